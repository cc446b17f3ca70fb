import FoundationEssentials
import Vocabulary

/// A province's report to the nation: a head, facts, a signature, one canonical JSON object a line. One can only be had
/// by verifying it.
package struct ProvincialBundle: Sendable {
    package enum Limits {
        package static let bytes = 256 << 20
        package static let lineBytes = 16 << 10
        package static let facts = 2_000_000
    }

    package struct Head: Hashable, Sendable, Codable {
        package var province: String
        /// 1 and up, without a gap.
        package var sequence: Int
        /// Digest of the bundle before; 64 zeros for the first.
        package var previous: String
        package var from: String
        package var to: String
        package var asOf: String
        package var cases: Int
        package var figures: Int
        package var findings: Int
        package var bodySHA256: String

        private enum CodingKeys: String, CodingKey {
            case province, sequence, previous, from, to, cases, figures, findings
            case asOf = "as_of"
            case bodySHA256 = "body_sha256"
        }

        var line: JSONValue {
            [
                "kind": "bundle", "format": 1, "province": .string(province), "sequence": .int(sequence),
                "previous": .string(previous), "from": .string(from), "to": .string(to), "as_of": .string(asOf),
                "cases": .int(cases), "figures": .int(figures), "findings": .int(findings),
                "body_sha256": .string(bodySHA256),
            ]
        }
    }

    /// What a bundle that is to be made says of itself.
    package struct Issue: Sendable {
        package var province: String
        package var sequence: Int
        package var previous: String
        package var from: Instant
        package var to: Instant
        package var asOf: Instant

        /// - Parameter after: the province's bundle before it; nil for the first. `make` refuses another one's.
        package init(province: String, after: ProvincialBundle?, from: Instant, to: Instant, asOf: Instant) {
            self.province = province
            sequence = (after?.head.sequence ?? 0) + 1
            let own = after.map { $0.head.province == province } ?? true
            previous = own ? after?.digest ?? ProvincialBundle.genesis : ""
            self.from = from
            self.to = to
            self.asOf = asOf
        }
    }

    package static let genesis = String(repeating: "0", count: 64)

    package let head: Head
    package let facts: [BundleFact]
    /// SHA-256 of all its bytes.
    package let digest: String

    package static func isProvince(_ code: String) -> Bool {
        code == "XPCC"
            || code.utf8.count == 6 && code.hasSuffix("0000") && code.utf8.allSatisfy { (0x30...0x39).contains($0) }
                && code != "000000"
    }

    /// Whether a unit lies in a province; the Corps lies in Xinjiang and is none of its units.
    static func holds(_ unit: String, in province: String) -> Bool {
        if province == "XPCC" { return unit.hasPrefix("XPCC") }
        return unit.utf8.count == 6 && unit.utf8.allSatisfy { (0x30...0x39).contains($0) }
            && unit.prefix(2) == province.prefix(2)
    }

    /// Bytes of a signed bundle. Facts are put in order, so that the same facts make the same body.
    package static func make(_ issue: Issue, _ facts: [BundleFact], key: SigningKey) throws -> [UInt8] {
        func refuse(_ reason: BundleRefusal.Reason, _ what: String, _ remedy: String) -> BundleRefusal {
            BundleRefusal(reason, what, remedy)
        }
        guard isProvince(issue.province), facts.count <= Limits.facts, Digests.isSHA256(issue.previous),
            issue.sequence >= 1, issue.from <= issue.to
        else {
            throw refuse(
                .malformed, "head of \(issue.province)", "check province, window, bundle before, number of facts")
        }
        var known: Set<String> = []
        for fact in facts {
            guard holds(fact.unit, in: issue.province) else {
                throw refuse(.foreignUnit, "unit \(fact.unit)", "send only what \(issue.province) answers for")
            }
            guard fact.isSound, BundleFact(line: fact.line.text.utf8) == fact else {
                throw refuse(.malformed, "fact \(fact.key)", "correct it in the casebook")
            }
            guard known.insert(fact.key).inserted else {
                throw refuse(.malformed, "fact \(fact.key) twice", "send each fact once")
            }
        }
        let body = Array(facts.map { $0.line.text + "\n" }.sorted().joined().utf8)
        let head = Head(
            province: issue.province, sequence: issue.sequence, previous: issue.previous, from: issue.from.rfc3339(),
            to: issue.to.rfc3339(), asOf: issue.asOf.rfc3339(), cases: facts.count { $0.kind == "case" },
            figures: facts.count { $0.kind == "figure" }, findings: facts.count { $0.kind == "finding" },
            bodySHA256: Digests.sha256(body))
        let signed = Array((head.line.text + "\n").utf8) + body
        let seal = sealLine(key.verifying, try key.sign(signed))
        return signed + seal
    }

    private static func sealLine(_ key: VerifyingKey, _ signature: [UInt8]) -> [UInt8] {
        let line: JSONValue = [
            "kind": "signature", "algorithm": "ed25519", "key": .string(key.fingerprint),
            "value": .string(Digests.hex(signature)),
        ]
        return Array((line.text + "\n").utf8)
    }

    /// Reads a bundle, or says why it is none. The signature is checked before anything but the province's code is
    /// believed.
    package static func verify(_ bytes: [UInt8], keys: PinnedKeys) throws(BundleRefusal) -> ProvincialBundle {
        guard bytes.count <= Limits.bytes else {
            throw BundleRefusal(.malformed, "\(bytes.count) bytes", "send it in parts")
        }
        let (signed, seal) = try split(bytes)
        guard let end = signed.firstIndex(of: 0x0A), end <= Limits.lineBytes,
            let head = try? JSONDecoder().decode(Head.self, from: Data(signed[..<end])),
            Array(head.line.text.utf8) == Array(signed[..<end])
        else { throw BundleRefusal(.malformed, line: 1, "not a bundle's head", "ask the province for it again") }
        guard let pinned = keys.keys[head.province], !pinned.isEmpty else {
            throw BundleRefusal(
                .unknownProvince, line: 1, "no key is pinned for this province",
                "pin its key, handed over by another way")
        }
        let whole = Array(signed)
        // The last line is made anew from the key and the signature in it: it has one spelling only.
        let value = seal.count > 132 ? Array(seal.suffix(131).prefix(128)) : []
        guard let signature = Digests.bytes(hex: String(decoding: value, as: UTF8.self)),
            let key = pinned.first(where: { sealLine($0, signature) == Array(seal) }),
            key.verifies(signature, over: whole)
        else {
            throw BundleRefusal(
                .forged, "not signed by the key pinned for \(head.province)", "keep the file and ask the province")
        }
        let facts = try read(signed[(end + 1)...], head)
        return ProvincialBundle(head: head, facts: facts, digest: Digests.sha256(bytes))
    }

    /// All before the last line, and the last line.
    private static func split(_ bytes: [UInt8]) throws(BundleRefusal) -> (ArraySlice<UInt8>, ArraySlice<UInt8>) {
        guard bytes.last == 0x0A, let start = bytes.dropLast().lastIndex(of: 0x0A) else {
            throw BundleRefusal(.malformed, "cut off, or not a bundle", "ask the province for it again")
        }
        return (bytes[...start], bytes[(start + 1)...])
    }

    private static func read(_ body: ArraySlice<UInt8>, _ head: Head) throws(BundleRefusal) -> [BundleFact] {
        guard head.sequence >= 1, isProvince(head.province), Digests.isSHA256(head.previous), head.from <= head.to,
            [head.from, head.to, head.asOf].allSatisfy({ Instant(rfc3339: $0)?.rfc3339() == $0 })
        else {
            throw BundleRefusal(.malformed, line: 1, "head with impossible values", "ask the province for it again")
        }
        guard Digests.sha256(body) == head.bodySHA256 else {
            throw BundleRefusal(.countsDiffer, line: 1, "digest of the facts differs", "ask the province for it again")
        }
        var facts: [BundleFact] = []
        var known: Set<String> = []
        var start = body.startIndex
        while start < body.endIndex {
            let line = facts.count + 2
            guard let end = body[start...].firstIndex(of: 0x0A), end - start <= Limits.lineBytes,
                facts.count < Limits.facts, let fact = BundleFact(line: body[start..<end])
            else {
                throw BundleRefusal(
                    .malformed, line: line, "not a fact that a bundle may hold", "ask the province for it again")
            }
            guard holds(fact.unit, in: head.province) else {
                throw BundleRefusal(.foreignUnit, line: line, "unit \(fact.unit)", "ask the province for it again")
            }
            guard known.insert(fact.key).inserted else {
                throw BundleRefusal(.malformed, line: line, "the same fact twice", "ask the province for it again")
            }
            facts.append(fact)
            start = end + 1
        }
        for (kind, count) in [("case", head.cases), ("figure", head.figures), ("finding", head.findings)]
        where facts.count(where: { $0.kind == kind }) != count {
            throw BundleRefusal(.countsDiffer, line: 1, "count of \(kind)s differs", "ask the province for it again")
        }
        return facts
    }
}
