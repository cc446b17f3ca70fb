import Casebook
import FoundationEssentials
import Vocabulary

/// What the provinces have told, the newest of each fact, and up to which bundle of each.
package struct NationMerge: Sendable, Equatable {
    package struct Held: Sendable, Equatable {
        package var sequence: Int
        /// Of the last bundle that was taken.
        package var digest: String
        package var asOf: String
        package var facts: [String: BundleFact]
    }

    package enum Outcome: String, Hashable, Sendable {
        case merged
        /// The last bundle again: nothing changes.
        case unchanged
    }

    package private(set) var provinces: [String: Held] = [:]

    package init() {}

    /// Takes a verified bundle whole, or says why not and stays as it was.
    @discardableResult
    package mutating func take(_ bundle: ProvincialBundle) throws(BundleRefusal) -> Outcome {
        let head = bundle.head
        let held = provinces[head.province]
        let last = held?.sequence ?? 0
        if let held, head.sequence == last {
            guard held.digest == bundle.digest else {
                throw BundleRefusal(
                    .conflicting, "sequence \(last) of \(head.province) was taken with another content",
                    "keep both files and ask the province")
            }
            return .unchanged
        }
        guard head.sequence > last else {
            throw BundleRefusal(
                .replayed, "sequence \(head.sequence) of \(head.province), taken up to \(last)", "send newer ones only")
        }
        guard head.sequence == last + 1 else {
            throw BundleRefusal(
                .outOfOrder, "sequence \(head.sequence) of \(head.province) after \(last)",
                "send \(last + 1) first")
        }
        guard head.previous == held?.digest ?? ProvincialBundle.genesis, held.map({ $0.asOf <= head.asOf }) ?? true
        else {
            throw BundleRefusal(
                .brokenChain, "sequence \(head.sequence) of \(head.province) does not follow what was taken",
                "ask the province which bundle it sent before")
        }
        provinces[head.province] = Held(
            sequence: head.sequence, digest: bundle.digest, asOf: head.asOf,
            facts: try joined(held?.facts ?? [:], bundle))
        return .merged
    }

    /// A bundle holds all cases and all findings that stand, and the figures of its window. Figures add up over the
    /// bundles; cases are never deleted and only go forward, so one that is gone or younger is a sign that something is
    /// wrong with the sender's book.
    private func joined(
        _ old: [String: BundleFact], _ bundle: ProvincialBundle
    ) throws(BundleRefusal) -> [String: BundleFact] {
        var facts = old.filter { $0.value.kind == "figure" }
        for fact in bundle.facts { facts[fact.key] = fact }
        for (key, fact) in old.sorted(by: { $0.key < $1.key }) {
            guard case .record(let before) = fact else { continue }
            guard case .record(let now)? = facts[key], now.version >= before.version else {
                throw BundleRefusal(
                    .brokenChain, "case \(before.id) is gone, or older than version \(before.version)",
                    "ask the province for a bundle of its whole book")
            }
        }
        return facts
    }

    /// Canonical lines; the last one is a digest of the others, so that a cut or changed file is seen.
    package var text: String {
        var lines: [String] = []
        for (province, held) in provinces.sorted(by: { $0.key < $1.key }) {
            let head: JSONValue = [
                "kind": "province", "province": .string(province), "sequence": .int(held.sequence),
                "digest": .string(held.digest), "as_of": .string(held.asOf), "facts": .int(held.facts.count),
            ]
            lines.append(head.text)
            lines += held.facts.values.map(\.line.text).sorted()
        }
        let body = lines.map { $0 + "\n" }.joined()
        let end: JSONValue = ["kind": "end", "sha256": .string(Digests.sha256(body.utf8))]
        return body + end.text + "\n"
    }

    private struct Line: Decodable {
        var province: String
        var sequence: Int
        var digest: String
        var asOf: String
        var facts: Int

        private enum CodingKeys: String, CodingKey {
            case province, sequence, digest, facts
            case asOf = "as_of"
        }
    }

    /// Reads what `text` wrote.
    package init(text: String) throws(BundleRefusal) {
        func refuse(_ line: Int, _ what: String) -> BundleRefusal {
            BundleRefusal(.malformed, line: line, what, "restore the file, or take all bundles again")
        }
        let lines = text.utf8.split(separator: 0x0A)
        var index = 0
        while index + 1 < lines.count {
            guard let head = try? JSONDecoder().decode(Line.self, from: Data(lines[index])), head.facts >= 0,
                head.facts < lines.count - index - 1, provinces[head.province] == nil
            else { throw refuse(index + 1, "not a province's line") }
            var facts: [String: BundleFact] = [:]
            for offset in 0..<head.facts {
                guard let fact = BundleFact(line: lines[index + 1 + offset]) else {
                    throw refuse(index + 2 + offset, "not a fact")
                }
                facts[fact.key] = fact
            }
            provinces[head.province] = Held(
                sequence: head.sequence, digest: head.digest, asOf: head.asOf, facts: facts)
            index += 1 + head.facts
        }
        // Written again it must be the same: that holds the digest, the order and the spelling in one.
        guard self.text.utf8.elementsEqual(text.utf8) else { throw refuse(lines.count, "its digest does not fit") }
    }

    /// One row a unit that should report. A unit that never did has empty cells: no data is not no mining.
    package func table(expected units: [String], states: [String]) -> [UInt8] {
        let all = Set(units).union(provinces.keys).sorted()
        let rows = all.map { unit -> [TableExport.Cell] in
            guard let held = provinces[unit] else {
                return [.text(unit)] + Array(repeating: .unknown, count: 4 + states.count)
            }
            var byState: [String: Int] = [:]
            var findings = 0
            for fact in held.facts.values {
                if case .record(let one) = fact { byState[one.state, default: 0] += 1 }
                if case .finding = fact { findings += 1 }
            }
            return [
                .text(unit), .count(held.sequence), .text(held.asOf), .count(byState.values.reduce(0, +)),
                .count(findings),
            ] + states.map { .count(byState[$0] ?? 0) }
        }
        return TableExport.csv(
            header: ["unit", "sequence", "as_of", "cases", "findings"] + states.map { "state_" + $0 }, rows: rows)
    }
}
