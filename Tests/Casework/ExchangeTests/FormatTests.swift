import Exchange
import Foundation
import Testing
import Vocabulary

/// Structure of each document by its published description: what must be there, of which type, out of which words.
struct FormatTests {
    typealias Object = [String: Any]

    private func write(_ name: String, _ findings: [ExchangeFinding] = ExchangeSamples.all) throws -> ExchangeDocument {
        try #require(ExchangeFormats.named(name)).document(findings, ExchangeSamples.context)
    }

    private func object(_ bytes: some Sequence<UInt8>) throws -> Object {
        try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? Object)
    }

    private func lines(_ document: ExchangeDocument) throws -> [Object] {
        try document.bytes.split(separator: 0x0A).map { try object($0) }
    }

    private func matches(_ text: Any?, _ pattern: String) -> Bool {
        (text as? String)?.range(of: "^(\(pattern))$", options: .regularExpression) != nil
    }

    private let uuid5 = "[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    private let stixTime = #"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}Z"#

    @Test func `a STIX bundle holds whole objects whose references are in it`() throws {
        let bundle = try object(try write("stix").bytes)
        #expect(bundle["type"] as? String == "bundle")
        #expect(matches(bundle["id"], "bundle--" + uuid5))
        #expect(bundle["spec_version"] == nil)
        let objects = try #require(bundle["objects"] as? [Object])
        let ids = objects.compactMap { $0["id"] as? String }
        #expect(Set(ids).count == objects.count)
        let domain: Set = ["identity", "indicator", "observed-data", "sighting", "note"]
        let observables: Set = ["ipv4-addr", "ipv6-addr", "network-traffic", "domain-name", "file"]
        for one in objects {
            let type = try #require(one["type"] as? String)
            #expect(one["spec_version"] as? String == "2.1")
            #expect(matches(one["id"], type + "--" + uuid5))
            #expect(domain.contains(type) || observables.contains(type), "\(type)")
            if domain.contains(type) {
                #expect(matches(one["created"], stixTime))
                #expect(matches(one["modified"], stixTime))
                #expect((one["created"] as? String ?? "~") <= (one["modified"] as? String ?? ""))
            }
            #expect(one.keys.allSatisfy { !$0.hasPrefix("x_") && $0.lowercased() == $0 })
            if let confidence = one["confidence"] as? Int { #expect((0...99).contains(confidence)) }
            for (key, value) in one where key.hasSuffix("_ref") { #expect(ids.contains(value as? String ?? "")) }
            for (key, value) in one where key.hasSuffix("_refs") {
                let references = try #require(value as? [String])
                #expect(!references.isEmpty && references.allSatisfy { ids.contains($0) })
            }
        }
        func all(_ type: String) -> [Object] { objects.filter { $0["type"] as? String == type } }
        #expect(all("indicator").count == 3)
        #expect(all("sighting").count == 4)
        #expect(all("observed-data").count == 4)
        for one in all("indicator") {
            #expect(one["indicator_types"] as? [String] == ["anomalous-activity"])
            #expect(one["pattern_type"] as? String == "stix")
            #expect((one["valid_from"] as? String ?? "~") < (one["valid_until"] as? String ?? ""))
            #expect(
                matches(
                    one["pattern"],
                    #"\[network-traffic:dst_ref.type = 'ipv[46]-addr' AND network-traffic:dst_ref.value = "#
                        + #"'[0-9a-f.:]+' AND network-traffic:dst_port = \d+\]"#))
        }
        for one in all("network-traffic") {
            #expect(one["src_ref"] != nil || one["dst_ref"] != nil)
            #expect((one["protocols"] as? [String])?.isEmpty == false)
            #expect((one["start"] as? String ?? "~") <= (one["end"] as? String ?? ""))
        }
        for one in all("observed-data") { #expect((1...999_999_999).contains(one["number_observed"] as? Int ?? 0)) }
        let text = String(decoding: try write("stix").bytes, as: UTF8.self)
        #expect(!text.contains("malicious"))
    }

    @Test func `identifiers of addresses are those that the standard makes of them`() throws {
        // Made with the python library stix2 3.0.2: IPv4Address(value="45.67.89.10").id
        let text = String(decoding: try write("stix", [ExchangeSamples.finding()]).bytes, as: UTF8.self)
        #expect(text.contains("ipv4-addr--e604c759-042b-5f45-8a47-c00e3abde48a"))
    }

    @Test func `a MISP event is marked for nobody's detection`() throws {
        let event = try #require(try object(try write("misp").bytes)["Event"] as? Object)
        #expect(matches(event["uuid"], uuid5))
        #expect(matches(event["date"], #"\d{4}-\d\d-\d\d"#))
        #expect(matches(event["timestamp"], #"\d+"#))
        #expect(["1", "2", "3", "4"].contains(event["threat_level_id"] as? String))
        #expect(["0", "1", "2"].contains(event["analysis"] as? String))
        #expect(event["published"] as? Bool == false)
        let objects = try #require(event["Object"] as? [Object])
        #expect(objects.count == 4)
        let own = try #require(event["Attribute"] as? [Object])
        let inner = objects.flatMap { $0["Attribute"] as? [Object] ?? [] }
        var ids: Set<String> = []
        for one in own + inner {
            #expect(one["to_ids"] as? Bool == false)
            #expect(ids.insert(one["uuid"] as? String ?? "").inserted)
            #expect(matches(one["type"], "ip-src|ip-dst|port|hostname|text|datetime|ip-dst.port"))
            #expect(matches(one["category"], "Network activity|Other"))
            #expect((one["value"] as? String)?.isEmpty == false)
        }
        #expect(inner.allSatisfy { $0["object_relation"] is String })
        #expect(own.contains { $0["value"] as? String == "45.67.89.10|3333" })
    }

    @Test func `ECS events carry the schema's words`() throws {
        let events = try lines(try write("ecs"))
        #expect(events.count == 4)
        for one in events {
            #expect(matches(one["@timestamp"], #"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z"#))
            #expect((one["ecs"] as? Object)?["version"] as? String == "8.11.0")
            let event = try #require(one["event"] as? Object)
            #expect(event["kind"] as? String == "alert")
            #expect(event["category"] as? [String] == ["network"])
            #expect(event["type"] as? [String] == ["connection", "info"])
            let known: Set = [
                "@timestamp", "ecs", "event", "message", "tags", "source", "destination", "network", "observer",
                "threat", "related", "countermine",
            ]
            #expect(Set(one.keys).isSubset(of: known))
            #expect((one["destination"] as? Object)?["ip"] is String)
            let indicator = (one["threat"] as? Object)?["indicator"] as? Object
            #expect(matches(indicator?["confidence"], "Not Specified|None|Low|Medium|High"))
            #expect((one["tags"] as? [String])?.contains("suspected") == true)
        }
        #expect(events.contains { $0["source"] == nil })
    }

    @Test func `OCSF detection findings have what class 2004 asks for`() throws {
        for one in try lines(try write("ocsf")) {
            #expect(one["class_uid"] as? Int == 2004)
            #expect(one["category_uid"] as? Int == 2)
            #expect(one["type_uid"] as? Int == 2004 * 100 + (one["activity_id"] as? Int ?? 0))
            #expect(one["severity_id"] as? Int == 0)
            #expect(one["time"] as? Int == 1_772_323_200_123)
            let metadata = try #require(one["metadata"] as? Object)
            #expect(metadata["version"] as? String == "1.3.0")
            #expect((metadata["product"] as? Object)?["vendor_name"] is String)
            let info = try #require(one["finding_info"] as? Object)
            #expect(info["uid"] is String && info["title"] is String)
            let evidence = try #require((one["evidences"] as? [Object])?.first)
            #expect((evidence["connection_info"] as? Object)?["direction_id"] as? Int == 2)
            for observable in one["observables"] as? [Object] ?? [] {
                #expect([1, 2].contains(observable["type_id"] as? Int ?? 0))
            }
            if let score = one["confidence_score"] as? Int { #expect((0...99).contains(score)) }
            #expect([1, 2, 3].contains(one["confidence_id"] as? Int ?? 1))
        }
    }

    @Test func `EVE lines have the fields of an alert and no others`() throws {
        let alert: Set = ["action", "gid", "signature_id", "rev", "signature", "category", "severity", "metadata"]
        let top: Set = [
            "timestamp", "event_type", "flow_id", "src_ip", "src_port", "dest_ip", "dest_port", "proto", "pcap_cnt",
            "alert", "flow",
        ]
        let meta: Set = [
            "affected_product", "attack_target", "created_at", "deployment", "signature_severity", "tag", "updated_at",
        ]
        for one in try lines(try write("eve")) {
            #expect(matches(one["timestamp"], #"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d+[+\-]\d+"#))
            #expect(one["event_type"] as? String == "alert")
            #expect(Set(one.keys).isSubset(of: top))
            let body = try #require(one["alert"] as? Object)
            #expect(Set(body.keys) == alert)
            #expect(body["action"] as? String == "allowed")
            let metadata = try #require(body["metadata"] as? [String: [String]])
            #expect(Set(metadata.keys).isSubset(of: meta))
            #expect(metadata["tag"]?.contains("suspected") == true)
            #expect((one["flow_id"] as? Int ?? 0) > 0)
        }
    }

    @Test func `an IODEF document has its elements in the order of RFC 7970`() throws {
        let walk = XMLWalk(try write("iodef").bytes)
        #expect(walk.sound)
        #expect(walk.root == "IODEF-Document")
        #expect(walk.attributes("IODEF-Document").allSatisfy { $0["version"] == "2.00" && $0["xml:lang"] == "en" })
        #expect(walk.namespaces == ["urn:ietf:params:xml:ns:iodef-2.0"])
        let order: [String: [String]] = [
            "IODEF-Document": ["Incident"],
            "Incident": [
                "IncidentID", "StartTime", "EndTime", "GenerationTime", "Description", "Assessment", "Contact",
                "EventData", "AdditionalData",
            ],
            "EventData": ["StartTime", "EndTime", "Flow"], "Flow": ["System"], "System": ["Node", "Service"],
            "Node": ["DomainData", "Address"], "Service": ["ServiceName", "Port"], "ServiceName": ["Description"],
            "Assessment": ["SystemImpact", "Confidence"], "Contact": ["ContactName"], "DomainData": ["Name"],
        ]
        #expect(walk.children.count == order.count)
        for (parent, found) in walk.children {
            let allowed = try #require(order[parent], "\(parent)")
            for sequence in found {
                let places = sequence.map { allowed.firstIndex(of: $0) ?? -1 }
                #expect(!places.contains(-1) && places == places.sorted(), "\(parent): \(sequence)")
            }
        }
        let words: [(String, String, Set<String>)] = [
            ("Incident", "purpose", ["traceback", "mitigation", "reporting", "watch", "other", "ext-value"]),
            ("System", "category", ["source", "target", "intermediate", "sensor", "infrastructure", "ext-value"]),
            ("Confidence", "rating", ["low", "medium", "high", "numeric", "unknown", "ext-value"]),
            ("Address", "category", ["ipv4-addr", "ipv6-addr"]), ("Assessment", "occurrence", ["actual", "potential"]),
            ("AdditionalData", "dtype", ["string", "integer", "real", "date-time", "xml", "ext-value"]),
        ]
        for (element, attribute, allowed) in words {
            let found = walk.attributes(element)
            #expect(!found.isEmpty)
            #expect(found.allSatisfy { $0[attribute].map(allowed.contains) == true }, "\(element)@\(attribute)")
        }
        #expect(walk.attributes("Incident").count == 4)
        #expect(try write("iodef", []).bytes.isEmpty)
    }

    @Test func `a session without a time is left out and said so, not given a time`() throws {
        for format in ExchangeFormats.all where format.name != "misp" {
            let document = format.document(
                [ExchangeSamples.timeless, ExchangeSamples.finding()], ExchangeSamples.context)
            #expect(document.written == 1)
            #expect(document.left.map(\.id) == [ExchangeSamples.timeless.id])
        }
        let event = try #require(try object(try write("misp", [ExchangeSamples.timeless]).bytes)["Event"] as? Object)
        let one = try #require((event["Object"] as? [Object])?.first)
        #expect(one["first_seen"] == nil)
    }

    @Test func `no document carries a worker, an account or a withheld client`() throws {
        let line =
            #"{"kind":"session","tier":"A1","probability":0.99,"dialect":"stratum-v1","#
            + #""client":{"ip":"10.7.7.7","port":9},"#
            + #""server":{"ip":"45.67.89.10","port":3333,"name":null},"#
            + #""account":"bc1qsecretaccountofsomebody","worker":"zhangsan","#
            + #""first_seen":"2026-03-01T00:00:00Z","last_seen":null,"capture_sha256":null}"#
        var reader = SessionLines()
        reader.take(Array(line.utf8), file: "x")
        let finding = try #require(reader.findings.first)
        for format in ExchangeFormats.all {
            let with = String(
                decoding: format.document([finding], ExchangeSamples.context).bytes, as: UTF8.self)
            let without = String(
                decoding: format.document([finding.withoutClient], ExchangeSamples.context).bytes, as: UTF8.self)
            #expect(with.contains("10.7.7.7") && !without.contains("10.7.7.7"))
            #expect(!with.contains("secretaccount") && !with.contains("zhangsan"))
            #expect(with.contains("uspected"))
        }
    }
}
