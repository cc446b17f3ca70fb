import Vocabulary

/// Suricata's EVE: one `alert` line a session, with action `allowed`; nothing was stopped.
package enum EVEFormat: ExchangeFormat {
    package static let name = "eve"
    package static let fileExtension = "jsonl"
    package static let mediaType = "application/x-ndjson"
    package static let specification = "Suricata EVE JSON, etc/schema.json, event type alert"

    /// Below the range for local rules, so that a rule of the site never has the same number.
    static let signature = 990_001

    package static func document(_ findings: [ExchangeFinding], _ context: ExchangeContext) -> ExchangeDocument {
        ExchangeDocument.lines(findings) { finding, seen in
            let session = finding.session
            // 52 bits: every reader's numbers hold them exactly.
            let flow = Int(Digests.key([finding.id]).prefix(13), radix: 16) ?? 0
            let tags =
                [
                    "suspected", "tier " + session.tier.rawValue, "dialect " + session.dialect,
                    "route " + session.route.rawValue, "finding " + finding.id,
                ] + (finding.confidence.map { ["confidence \($0)"] } ?? [])
                + (session.captureSHA256.map { ["capture " + $0] } ?? [])
            return .members([
                "timestamp": .string(stamp(seen.upperBound)), "event_type": "alert", "flow_id": .int(flow),
                "src_ip": .of(session.client?.ip.description), "src_port": .of(session.client.map { Int($0.port) }),
                "dest_ip": .string(session.server.ip.description), "dest_port": .int(Int(session.server.port)),
                "proto": "TCP",
                "pcap_cnt": .of(session.evidence.first.flatMap { $0.frame > 0 ? $0.frame : nil }),
                "alert": [
                    "action": "allowed", "gid": 1, "signature_id": .int(signature), "rev": 1,
                    "signature": .string("Countermine suspected mining session, for review"),
                    "category": "Misc activity", "severity": 3,
                    "metadata": [
                        "tag": .strings(tags), "signature_severity": ["Informational"],
                        "created_at": [.string(context.asOf.date().description)],
                    ],
                ],
                "flow": ["start": .string(stamp(seen.lowerBound))],
            ])
        }
    }

    /// `2026-03-01T00:00:00.000000+0000`.
    private static func stamp(_ time: Instant) -> String { time.rfc3339(digits: 6).dropLast() + "+0000" }
}
