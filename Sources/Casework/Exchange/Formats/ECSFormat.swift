import Vocabulary

/// Elastic Common Schema: one event a session, JSON lines. What the schema has no field for stands under `countermine`.
package enum ECSFormat: ExchangeFormat {
    package static let name = "ecs"
    package static let fileExtension = "jsonl"
    package static let mediaType = "application/x-ndjson"
    package static let specification = "Elastic Common Schema 8.11.0"

    package static func document(_ findings: [ExchangeFinding], _ context: ExchangeContext) -> ExchangeDocument {
        ExchangeDocument.lines(findings) { finding, seen in
            let session = finding.session
            let server = session.server.ip.description
            let addresses = Set([server] + (session.client.map { [$0.ip.description] } ?? []))
            let (duration, over) = seen.upperBound.nanoseconds.subtractingReportingOverflow(seen.lowerBound.nanoseconds)
            return .members([
                "@timestamp": .string(seen.lowerBound.rfc3339(digits: 9)),
                "ecs": ["version": "8.11.0"],
                "message": .string(finding.sentence),
                "tags": ["suspected", .string("tier-" + session.tier.rawValue.lowercased())],
                "event": .members([
                    "id": .string(finding.id), "kind": "alert", "category": ["network"],
                    "type": ["connection", "info"], "module": "countermine", "dataset": "countermine.session",
                    "start": .string(seen.lowerBound.rfc3339(digits: 9)),
                    "end": .string(seen.upperBound.rfc3339(digits: 9)),
                    "duration": over ? nil : .int(Int(duration)), "created": .string(context.asOf.rfc3339(digits: 3)),
                ]),
                "source": session.client.map {
                    [
                        "address": .string($0.ip.description), "ip": .string($0.ip.description),
                        "port": .int(Int($0.port)),
                    ]
                },
                "destination": .members([
                    "address": .string(session.hostName ?? server), "ip": .string(server),
                    "port": .int(Int(session.server.port)), "domain": .of(session.hostName),
                ]),
                "network": .members([
                    "transport": "tcp", "type": session.server.ip.isIPv4 ? "ipv4" : "ipv6", "iana_number": "6",
                    "protocol": .string(session.dialect), "bytes": .of(session.bytes),
                    "packets": .of(session.packets),
                ]),
                "observer": .members([
                    "vendor": "Countermine", "product": "countermine", "version": .string(context.version),
                    "type": "sensor", "name": .string(context.producer),
                ]),
                "threat": [
                    "indicator": .members([
                        "type": session.server.ip.isIPv4 ? "ipv4-addr" : "ipv6-addr", "ip": .string(server),
                        "port": .int(Int(session.server.port)), "provider": "Countermine",
                        "confidence": .string(level(finding)), "sightings": 1,
                        "first_seen": .string(seen.lowerBound.rfc3339(digits: 9)),
                        "last_seen": .string(seen.upperBound.rfc3339(digits: 9)),
                        "description": "Suspected mining endpoint, for review",
                    ])
                ],
                "related": ["ip": .strings(addresses.sorted())],
                "countermine": FindingFacts.object(finding),
            ])
        }
    }

    /// The schema's own scale.
    private static func level(_ finding: ExchangeFinding) -> String {
        switch finding.probability.map(Band.init(probability:)) {
        case .low: "Low"
        case .medium: "Medium"
        case .high: "High"
        case nil: "Not Specified"
        }
    }
}
