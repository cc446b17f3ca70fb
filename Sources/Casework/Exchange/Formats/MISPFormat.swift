import Vocabulary

/// A MISP event: one `network-connection` object a session, one `ip-dst|port` attribute an endpoint. Nothing is marked
/// for detection (`to_ids`): whether it is to be acted upon, a person decides.
package enum MISPFormat: ExchangeFormat {
    package static let name = "misp"
    package static let fileExtension = "json"
    package static let mediaType = "application/json"
    package static let specification = "MISP core format; object template network-connection, version 7"

    package static func document(_ findings: [ExchangeFinding], _ context: ExchangeContext) -> ExchangeDocument {
        let (findings, left) = ExchangeDocument.distinct(findings)
        let stamp = JSONValue.string(String(context.asOf.seconds))
        let endpoints = Dictionary(grouping: findings, by: \.session.server).sorted { $0.key < $1.key }
        let attributes = endpoints.map { server, group in
            attribute(
                "ip-dst|port", "Network activity", .string("\(server.ip)|\(server.port)"), stamp,
                key: "endpoint|\(server.ip)|\(server.port)",
                ["comment": .string("Suspected mining endpoint, for review, \(group.count) session(s). 疑似，待核查。")])
        }
        let objects = findings.map { object($0, stamp) }
        let event = JSONValue.object([
            "uuid": .string(
                Digests.uuid5(.own, "misp|" + context.producer + "|" + Digests.key(findings.map(\.id)))),
            "info": .string("Suspected cryptocurrency mining sessions, for review (疑似挖矿会话，待核查)"),
            "date": .string(context.asOf.date().description), "timestamp": stamp, "threat_level_id": "4",
            "analysis": "0", "distribution": "0", "published": .bool(false),
            "Tag": [["name": "tlp:amber"], ["name": "suspected"]],
            "Attribute": .array(attributes), "Object": .array(objects),
        ])
        let bytes = JSONValue.object(["Event": event]).bytes + [0x0A]
        return ExchangeDocument(bytes: bytes, written: findings.count, left: left)
    }

    private static func attribute(
        _ type: String, _ category: String, _ value: JSONValue, _ stamp: JSONValue, key: String,
        _ more: [String: JSONValue]
    ) -> JSONValue {
        let members: [String: JSONValue] = [
            "type": .string(type), "category": .string(category), "value": value, "timestamp": stamp,
            "uuid": .string(Digests.uuid5(.own, "misp|attribute|" + key)), "to_ids": .bool(false), "distribution": "5",
        ]
        return .object(members.merging(more) { first, _ in first })
    }

    private static func object(_ finding: ExchangeFinding, _ stamp: JSONValue) -> JSONValue {
        let session = finding.session
        let relations: [(relation: String, type: String, value: String?)] = [
            ("ip-src", "ip-src", session.client.map { "\($0.ip)" }),
            ("src-port", "port", session.client.map { "\($0.port)" }),
            ("ip-dst", "ip-dst", "\(session.server.ip)"), ("dst-port", "port", "\(session.server.port)"),
            ("hostname-dst", "hostname", session.hostName),
            ("layer3-protocol", "text", session.server.ip.isIPv4 ? "IP" : "IPv6"), ("layer4-protocol", "text", "TCP"),
            ("layer7-protocol", "text", session.dialect),
            ("first-packet-seen", "datetime", session.seen?.lowerBound.rfc3339(digits: 6)),
            ("last-packet-seen", "datetime", session.seen?.upperBound.rfc3339(digits: 6)),
        ]
        let attributes = relations.compactMap { relation, type, value in
            value.map {
                attribute(
                    type, ["port", "text", "datetime"].contains(type) ? "Other" : "Network activity", .string($0),
                    stamp,
                    key: finding.id + "|" + relation,
                    ["object_relation": .string(relation), "disable_correlation": .bool(type != "ip-dst")])
            }
        }
        return .members([
            "name": "network-connection", "meta-category": "network",
            "template_uuid": "af16764b-f8e5-4603-9de1-de34d272f80b", "template_version": "7",
            "description": "A local or remote network connection",
            "uuid": .string(Digests.uuid5(.own, "misp|object|" + finding.id)), "timestamp": stamp,
            "distribution": "5", "first_seen": .of(session.seen?.lowerBound.rfc3339(digits: 6)),
            "last_seen": .of(session.seen?.upperBound.rfc3339(digits: 6)),
            "comment": .string(finding.sentence + "\n" + FindingFacts.text(finding)), "Attribute": .array(attributes),
        ])
    }
}
