import Vocabulary

/// A STIX 2.1 bundle: for each session observed data with its addresses, traffic and capture, a note, a sighting, and
/// an indicator for its endpoint. Without extensions: every reader of the standard reads all of it.
package enum STIXFormat: ExchangeFormat {
    package static let name = "stix"
    package static let fileExtension = "json"
    package static let mediaType = "application/stix+json;version=2.1"
    package static let specification = "STIX 2.1 (OASIS Standard, 10 June 2021)"

    package static func document(_ findings: [ExchangeFinding], _ context: ExchangeContext) -> ExchangeDocument {
        let (taken, left) = ExchangeDocument.timed(findings)
        var builder = Builder(context)
        let endpoints = Dictionary(grouping: taken) { $0.finding.session.server }
        for (server, group) in endpoints { builder.indicator(server, group) }
        for (finding, seen) in taken { builder.session(finding, seen) }
        // Names first, the rest by identifier: order is no part of STIX, but equal bytes are easy to compare.
        let objects = builder.objects.sorted { $0.key < $1.key }.map(\.value)
        let body = JSONValue.array(objects)
        let bundle = JSONValue.object([
            "type": "bundle", "id": .string("bundle--" + Digests.uuid5(.own, "bundle|" + body.text)), "objects": body,
        ])
        return ExchangeDocument(bytes: bundle.bytes + [0x0A], written: taken.count, left: left)
    }

    private struct Builder {
        let context: ExchangeContext
        let identity: String
        private(set) var objects: [String: JSONValue] = [:]
        private var indicators: [Endpoint: String] = [:]

        init(_ context: ExchangeContext) {
            self.context = context
            identity = "identity--" + Digests.uuid5(.own, "identity|" + context.producer)
            // A fixed day: the same sender is the same object in every bundle.
            let made: JSONValue = "2026-01-01T00:00:00.000Z"
            objects[identity] = .object([
                "type": "identity", "spec_version": "2.1", "id": .string(identity), "created": made, "modified": made,
                "name": .string("Countermine, " + context.producer), "identity_class": "system",
            ])
        }

        /// Created when first seen and modified when last seen: the same object has the same `created` in every bundle.
        private mutating func add(
            _ type: String, key: String, _ seen: ClosedRange<Instant>, _ members: [String: JSONValue?]
        ) -> String {
            let id = type + "--" + Digests.uuid5(.own, type + "|" + key)
            var all = members.compactMapValues { $0 }
            all["type"] = .string(type)
            all["spec_version"] = "2.1"
            all["id"] = .string(id)
            all["created_by_ref"] = .string(identity)
            all["created"] = .string(stamp(seen.lowerBound))
            all["modified"] = .string(stamp(seen.upperBound))
            objects[id] = .object(all)
            return id
        }

        private func stamp(_ time: Instant) -> String { time.rfc3339(digits: 3) }

        /// As many digits as are needed: the identifier is made of the text, and readers make it anew from the time.
        private func shortest(_ time: Instant) -> String {
            var text = time.rfc3339(digits: 6).dropLast()
            while text.hasSuffix("0") { text = text.dropLast() }
            return (text.hasSuffix(".") ? text.dropLast() : text) + "Z"
        }

        /// A cyber observable; its identifier follows from the properties that the standard names for its type.
        private mutating func observe(
            _ type: String, naming: [String: JSONValue], _ others: [String: JSONValue?] = [:]
        ) -> String {
            let id = type + "--" + Digests.uuid5(.stixObservables, JSONValue.object(naming).text)
            var all = naming.merging(others.compactMapValues { $0 }) { first, _ in first }
            all["type"] = .string(type)
            all["spec_version"] = "2.1"
            all["id"] = .string(id)
            objects[id] = .object(all)
            return id
        }

        private mutating func observe(_ ip: IPAddress) -> String {
            observe(ip.isIPv4 ? "ipv4-addr" : "ipv6-addr", naming: ["value": .string(ip.description)])
        }

        mutating func indicator(
            _ server: Endpoint, _ group: [(finding: ExchangeFinding, seen: ClosedRange<Instant>)]
        ) {
            guard let first = group.map(\.seen.lowerBound).min(), let last = group.map(\.seen.upperBound).max() else {
                return
            }
            let version = server.ip.isIPv4 ? "ipv4" : "ipv6"
            let pattern =
                "[network-traffic:dst_ref.type = '\(version)-addr' AND network-traffic:dst_ref.value = "
                + "'\(server.ip)' AND network-traffic:dst_port = \(server.port)]"
            let tier = group.map(\.finding.session.tier).max() ?? .e
            // Two instants may fall into one millisecond; the end must lie after the beginning.
            indicators[server] = add(
                "indicator", key: "\(server.ip)|\(server.port)|\(first.nanoseconds)", first...last,
                [
                    "name": .string("Suspected mining endpoint \(server.ip) port \(server.port)"),
                    "description": .string(
                        "Candidate for review, not a determination: sessions that look like mining were seen here "
                            + "(\(group.count)). 疑似矿池接入点，待人工核查，不是认定结论。"),
                    "indicator_types": ["anomalous-activity"], "pattern": .string(pattern), "pattern_type": "stix",
                    "pattern_version": "2.1", "valid_from": .string(stamp(first)),
                    "valid_until": .string(stamp(context.expiry(last))),
                    "confidence": .of(group.compactMap(\.finding.confidence).max()),
                    "labels": .strings(["suspected", "tier-" + tier.rawValue.lowercased()]),
                ])
        }

        mutating func session(_ finding: ExchangeFinding, _ seen: ClosedRange<Instant>) {
            let session = finding.session
            let server = observe(session.server.ip)
            let client = session.client.map { observe($0.ip) }
            var naming: [String: JSONValue] = [
                "start": .string(shortest(seen.lowerBound)), "end": .string(shortest(seen.upperBound)),
                // The dialect stands in the note: the list of protocols asks for registered service names.
                "dst_ref": .string(server), "dst_port": .int(Int(session.server.port)),
                "protocols": .strings([session.server.ip.isIPv4 ? "ipv4" : "ipv6", "tcp"]),
            ]
            if let client, let port = session.client?.port {
                naming["src_ref"] = .string(client)
                naming["src_port"] = .int(Int(port))
            }
            var seenObjects = [observe("network-traffic", naming: naming, ["is_active": .bool(false)]), server]
            if let client { seenObjects.append(client) }
            if let host = session.hostName {
                seenObjects.append(
                    observe("domain-name", naming: ["value": .string(host)], ["resolves_to_refs": [.string(server)]]))
            }
            if let digest = session.captureSHA256 {
                seenObjects.append(observe("file", naming: ["hashes": .object(["SHA-256": .string(digest)])]))
            }
            let first = stamp(seen.lowerBound)
            let last = stamp(seen.upperBound)
            let labels = JSONValue.strings(["suspected", "tier-" + session.tier.rawValue.lowercased()])
            let data = add(
                "observed-data", key: finding.id, seen,
                [
                    "first_observed": .string(first), "last_observed": .string(last), "number_observed": 1,
                    "object_refs": .strings(Set(seenObjects).sorted()), "labels": labels,
                    "confidence": .of(finding.confidence),
                ])
            _ = add(
                "note", key: finding.id, seen,
                [
                    "abstract": .string(finding.sentence), "content": .string(FindingFacts.text(finding)),
                    "object_refs": [.string(data)], "labels": labels,
                ])
            guard let indicator = indicators[session.server] else { return }
            _ = add(
                "sighting", key: finding.id, seen,
                [
                    "first_seen": .string(first), "last_seen": .string(last), "count": 1,
                    "sighting_of_ref": .string(indicator), "observed_data_refs": [.string(data)],
                    "where_sighted_refs": [.string(identity)], "confidence": .of(finding.confidence),
                    "labels": labels,
                ])
        }
    }
}
