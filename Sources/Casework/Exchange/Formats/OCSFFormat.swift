import Vocabulary

/// Open Cybersecurity Schema Framework: a Detection Finding (class 2004) a session, JSON lines.
package enum OCSFFormat: ExchangeFormat {
    package static let name = "ocsf"
    package static let fileExtension = "jsonl"
    package static let mediaType = "application/x-ndjson"
    package static let specification = "OCSF 1.3.0, Detection Finding (2004)"

    package static func document(_ findings: [ExchangeFinding], _ context: ExchangeContext) -> ExchangeDocument {
        ExchangeDocument.lines(findings) { finding, seen in
            let session = finding.session
            let server = endpoint(session.server, name: session.hostName)
            return .members([
                "category_uid": 2, "category_name": "Findings", "class_uid": 2004, "class_name": "Detection Finding",
                "activity_id": 1, "activity_name": "Create", "type_uid": 200_401,
                "type_name": "Detection Finding: Create", "time": milliseconds(seen.lowerBound),
                "start_time": milliseconds(seen.lowerBound), "end_time": milliseconds(seen.upperBound),
                "status_id": 1, "status": "New", "message": .string(finding.sentence),
                // A sensor's severity would be a judgement about the place; it is left to the reader.
                "severity_id": 0, "severity": "Unknown",
                "confidence_score": .of(finding.confidence),
                "confidence_id": finding.probability.map { .int(level($0)) },
                "metadata": .members([
                    "version": "1.3.0", "uid": .string(finding.id),
                    "product": .members([
                        "name": "Countermine", "vendor_name": "Countermine", "version": .string(context.version),
                    ]),
                    "logged_time": milliseconds(context.asOf), "labels": ["suspected", "疑似"],
                ]),
                "finding_info": .members([
                    "uid": .string(finding.id), "title": "Suspected cryptocurrency mining session",
                    "desc": .string(finding.sentence), "first_seen_time": milliseconds(seen.lowerBound),
                    "last_seen_time": milliseconds(seen.upperBound), "types": ["suspected"],
                ]),
                "evidences": [
                    .members([
                        "src_endpoint": session.client.map { endpoint($0, name: nil) }, "dst_endpoint": server,
                        "connection_info": [
                            "direction_id": 2, "direction": "Outbound", "protocol_num": 6, "protocol_name": "tcp",
                            "protocol_ver_id": .int(session.server.ip.isIPv4 ? 4 : 6),
                        ],
                        "data": FindingFacts.object(finding),
                    ])
                ],
                "observables": .array(
                    [observable("evidences[].dst_endpoint.ip", 2, "\(session.server.ip)")]
                        + (session.hostName.map { [observable("evidences[].dst_endpoint.hostname", 1, $0)] } ?? [])),
            ])
        }
    }

    /// Milliseconds since 1970, rounded down.
    private static func milliseconds(_ time: Instant) -> JSONValue {
        let whole = time.nanoseconds / 1_000_000
        return .int(Int(time.nanoseconds % 1_000_000 < 0 ? whole - 1 : whole))
    }

    /// Low, medium, high (1, 2, 3).
    private static func level(_ probability: Double) -> Int {
        switch Band(probability: probability) {
        case .low: 1
        case .medium: 2
        case .high: 3
        }
    }

    private static func endpoint(_ side: Endpoint, name: String?) -> JSONValue {
        .members(["ip": .string(side.ip.description), "port": .int(Int(side.port)), "hostname": .of(name)])
    }

    private static func observable(_ name: String, _ type: Int, _ value: String) -> JSONValue {
        .object(["name": .string(name), "type_id": .int(type), "value": .string(value)])
    }
}
