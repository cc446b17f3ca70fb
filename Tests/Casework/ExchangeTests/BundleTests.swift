import Casebook
import Exchange
import Foundation
import Support
import Testing
import Vocabulary

struct BundleTests {
    private let key = SigningKey()
    private static let provinces = [
        "110000", "130000", "150000", "320000", "330000", "440000", "510000", "530000", "650000", "XPCC",
    ]

    private func unit(_ province: String) -> String {
        province == "XPCC" ? "XPCC01" : String(province.prefix(2)) + "0110"
    }

    private func time(_ day: Int) -> Instant { CalendarDate(daysSince1970: 20_500 + day).start() }

    private func facts(_ province: String, week: Int, cases: Int = 4) -> [BundleFact] {
        var facts = (1...max(1, cases)).map { number in
            BundleFact(
                CaseRecord(
                    id: "\(province)-2026-000\(number)", episode: 1, site: "secret-site", unit: province,
                    state: week > 1 ? "triaged" : "detected", holder: unit(province),
                    due: CalendarDate(daysSince1970: 20_510), eventTime: nil, recordedAt: time(1), version: week))
        }
        let window = KPIWindow(start: time(7 * week - 7), end: time(7 * week))
        var row = KPIRow.unknown
        row.part = "system_finding"
        row.value = .infinity
        row.numerator = 4
        row.n = cases
        row.note = "张三"
        let text = #"{"id":"K01","zh":"","en":"","unit":"","rows":[]}"#
        if let figure = try? JSONDecoder().decode(KPIFigure.self, from: Data(text.utf8)) {
            facts.append(BundleFact(figure, row, unit: province, window: window))
        }
        let network = NetworkDetail(
            tier: .a1, dialect: "stratum-v1", client: ExchangeSamples.endpoint("10.9.9.9", 1),
            server: ExchangeSamples.endpoint("45.67.89.10", 3333), account: "bc1qsecret", worker: "zhangsan",
            capture: "/home/somebody/x.pcap", captureSHA256: "")
        let finding = Finding(
            id: "f\(week)", subject: .meter("METER-77"), modality: .network, from: time(0), to: time(week),
            probability: 0.97, logLikelihoodRatio: 3, model: "m", network: network)
        facts.append(BundleFact(finding, unit: unit(province)))
        return facts
    }

    private func bundle(
        _ province: String, week: Int, after: ProvincialBundle?, key: SigningKey, cases: Int = 4
    ) throws -> [UInt8] {
        try ProvincialBundle.make(
            .init(
                province: province, after: after, from: time(7 * week - 7), to: time(7 * week), asOf: time(7 * week)),
            facts(province, week: week, cases: cases), key: key)
    }

    private func pinned(_ province: String = "330000") -> PinnedKeys {
        var keys = PinnedKeys()
        keys.pin(key.verifying, for: province)
        return keys
    }

    private func reason(_ body: () throws -> Void) -> BundleRefusal.Reason? {
        do { try body() } catch { return (error as? BundleRefusal)?.reason }
        return nil
    }

    @Test func `a bundle comes back as it was sent, and holds nothing personal`() throws {
        let bytes = try bundle("330000", week: 1, after: nil, key: key)
        let read = try ProvincialBundle.verify(bytes, keys: pinned())
        #expect(read.head.sequence == 1 && read.head.previous == ProvincialBundle.genesis)
        #expect(read.head.cases == 4 && read.head.figures == 1 && read.head.findings == 1)
        #expect(Set(read.facts) == Set(facts("330000", week: 1)))
        let text = String(decoding: bytes, as: UTF8.self)
        for secret in ["secret", "zhangsan", "张三", "10.9.9.9", "METER-77", "somebody", "inf"] {
            #expect(!text.contains(secret), "\(secret)")
        }
        #expect(try bundle("330000", week: 1, after: nil, key: key).dropLast(150) == bytes.dropLast(150))
    }

    @Test func `of 1 000 changes of a single bit every one is refused`() throws {
        let bytes = try bundle("330000", week: 1, after: nil, key: key, cases: 9)
        let keys = pinned()
        _ = try ProvincialBundle.verify(bytes, keys: keys)
        var random = SplitMix(seed: 9)
        var refused = 0
        for _ in 0..<1_000 {
            var changed = bytes
            changed[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            if reason({ _ = try ProvincialBundle.verify(changed, keys: keys) }) != nil { refused += 1 }
        }
        #expect(refused == 1_000)
    }

    @Test func `every bit of the head and of the signature counts`() throws {
        let bytes = try bundle("330000", week: 1, after: nil, key: key)
        let keys = pinned()
        let head = bytes.firstIndex(of: 0x0A) ?? 0
        let seal = bytes.dropLast().lastIndex(of: 0x0A) ?? 0
        for place in Array(0...head) + Array(seal..<bytes.count) {
            for bit in 0..<8 {
                var changed = bytes
                changed[place] ^= 1 << UInt8(bit)
                #expect(reason { _ = try ProvincialBundle.verify(changed, keys: keys) } != nil)
            }
        }
    }

    @Test func `a cut, lengthened, empty or huge-looking bundle is refused`() throws {
        let bytes = try bundle("330000", week: 1, after: nil, key: key)
        let keys = pinned()
        for count in 0..<bytes.count {
            #expect(reason { _ = try ProvincialBundle.verify(Array(bytes.prefix(count)), keys: keys) } != nil)
        }
        for extra in ["\n", " ", "{}\n", "\u{0}"] {
            #expect(reason { _ = try ProvincialBundle.verify(bytes + extra.utf8, keys: keys) } != nil)
        }
        #expect(reason { _ = try ProvincialBundle.verify(bytes + bytes, keys: keys) } != nil)
    }

    @Test func `another province's key, an unpinned province and a stranger's key are refused`() throws {
        let other = SigningKey()
        var keys = pinned()
        keys.pin(other.verifying, for: "510000")
        let theirs = try bundle("330000", week: 1, after: nil, key: other)
        #expect(reason { _ = try ProvincialBundle.verify(theirs, keys: keys) } == .forged)
        let stranger = try bundle("330000", week: 1, after: nil, key: SigningKey())
        #expect(reason { _ = try ProvincialBundle.verify(stranger, keys: keys) } == .forged)
        let unknown = try bundle("110000", week: 1, after: nil, key: key)
        #expect(reason { _ = try ProvincialBundle.verify(unknown, keys: keys) } == .unknownProvince)
        keys.pin(other.verifying, for: "330000")
        #expect(throws: Never.self) { try ProvincialBundle.verify(theirs, keys: keys) }
    }

    /// A bundle that the province's own key signed, with one text replaced by another.
    private func resigned(_ find: String, _ put: String, mendDigest: Bool = true) throws -> [UInt8] {
        let bytes = try bundle("330000", week: 1, after: nil, key: key)
        var lines = String(decoding: bytes, as: UTF8.self).replacing(find, with: put).split(separator: "\n").map {
            String($0)
        }
        lines.removeLast()
        if mendDigest {
            let body = lines.dropFirst().map { $0 + "\n" }.joined()
            let mark = "\"body_sha256\":\""
            let start = try #require(lines[0].range(of: mark)).upperBound
            lines[0].replaceSubrange(
                start..<lines[0].index(start, offsetBy: 64), with: ExternalHash.sha256(Array(body.utf8)))
        }
        return try ExternalHash.seal(lines.map { $0 + "\n" }.joined(), key)
    }

    @Test(arguments: [
        (#""version":1"#, #""version":1,"worker":"zhangsan""#, BundleRefusal.Reason.malformed),
        (#""version":1"#, #""version": 1"#, .malformed), (#""version":1"#, #""version":-1"#, .malformed),
        (#""state":"detected""#, #""state":"王某，身份证号""#, .malformed),
        (#""unit":"330000","version""#, #""unit":"510000","version""#, .foreignUnit),
        (#""cases":4"#, #""cases":5"#, .countsDiffer), (#""probability":0.97"#, #""probability":1.5"#, .malformed),
        (#""sequence":1"#, #""sequence":0"#, .malformed), (#""server_port":3333"#, #""server_port":70000"#, .malformed),
        ("330000-2026-0002", "330000-2026-0001", .malformed),
    ])
    func `even the right key cannot sign what no bundle may hold`(
        _ find: String, _ put: String, _ expected: BundleRefusal.Reason
    ) throws {
        #expect(throws: Never.self) { try ProvincialBundle.verify(try resigned("\u{1}", ""), keys: pinned()) }
        let bytes = try resigned(find, put)
        #expect(reason { _ = try ProvincialBundle.verify(bytes, keys: pinned()) } == expected)
    }

    @Test func `a body that is not the one of the head is refused`() throws {
        let bytes = try resigned(#""version":1"#, #""version":2"#, mendDigest: false)
        #expect(reason { _ = try ProvincialBundle.verify(bytes, keys: pinned()) } == .countsDiffer)
    }

    @Test func `ten provinces merged twice, in any order, give the same nation`() throws {
        var keys = PinnedKeys()
        var bundles: [[ProvincialBundle]] = []
        for province in Self.provinces {
            let own = SigningKey()
            keys.pin(own.verifying, for: province)
            var chain: [ProvincialBundle] = []
            for week in 1...3 {
                let bytes = try bundle(province, week: week, after: chain.last, key: own)
                chain.append(try ProvincialBundle.verify(bytes, keys: keys))
            }
            bundles.append(chain)
        }
        var nation = NationMerge()
        for week in 0..<3 { for chain in bundles { #expect(try nation.take(chain[week]) == .merged) } }
        let once = nation
        for chain in bundles {
            #expect(reason { try nation.take(chain[0]) } == .replayed)
            #expect(reason { try nation.take(chain[1]) } == .replayed)
            #expect(try nation.take(chain[2]) == .unchanged)
        }
        #expect(nation == once && nation.text == once.text)
        var turned = NationMerge()
        for chain in bundles.reversed() { for one in chain { try turned.take(one) } }
        #expect(turned.text == once.text)
        #expect(nation.provinces.count == 10)
        #expect(nation.provinces["XPCC"]?.facts.values.count { $0.kind == "case" } == 4)
        #expect(nation.provinces["330000"]?.facts.values.count { $0.kind == "figure" } == 3)
        #expect(nation.provinces["330000"]?.facts.values.count { $0.kind == "finding" } == 1)
        #expect(try NationMerge(text: nation.text) == nation)
        let table = String(decoding: nation.table(expected: ["330000", "620000"], states: ["triaged"]), as: UTF8.self)
        #expect(table.contains("620000,,,,,\r\n"))
        #expect(table.contains("330000,3,2026-03-09T00:00:00Z,4,1,4\r\n"))
    }

    @Test func `a gap, a fork, a second content and a book that went back are refused and change nothing`() throws {
        let keys = pinned()
        func read(_ week: Int, _ after: ProvincialBundle?, cases: Int = 4) throws -> ProvincialBundle {
            try ProvincialBundle.verify(
                try bundle("330000", week: week, after: after, key: key, cases: cases), keys: keys)
        }
        let first = try read(1, nil)
        let second = try read(2, first)
        let third = try read(3, second)
        var nation = NationMerge()
        #expect(reason { try nation.take(second) } == .outOfOrder)
        #expect(nation == NationMerge())
        try nation.take(first)
        let held = nation
        #expect(reason { try nation.take(third) } == .outOfOrder)
        #expect(reason { try nation.take(try read(1, nil, cases: 5)) } == .conflicting)
        let fork = try read(2, try read(1, nil, cases: 5), cases: 5)
        #expect(reason { try nation.take(fork) } == .brokenChain)
        #expect(reason { try nation.take(try read(2, first, cases: 3)) } == .brokenChain)
        #expect(reason { try nation.take(try read(0, first)) } == .brokenChain)
        #expect(nation == held)
        try nation.take(second)
        #expect(reason { try nation.take(first) } == .replayed)
    }

    @Test func `a nation's file that was cut or changed is not read`() throws {
        var nation = NationMerge()
        try nation.take(
            try ProvincialBundle.verify(try bundle("330000", week: 1, after: nil, key: key), keys: pinned()))
        let bytes = Array(nation.text.utf8)
        var random = SplitMix(seed: 3)
        for _ in 0..<300 {
            var changed = bytes
            changed[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<7, using: &random)
            #expect(throws: BundleRefusal.self) { try NationMerge(text: String(decoding: changed, as: UTF8.self)) }
            let cut = bytes.prefix(Int.random(in: 0..<bytes.count, using: &random))
            #expect(throws: BundleRefusal.self) { try NationMerge(text: String(decoding: cut, as: UTF8.self)) }
        }
        #expect(throws: BundleRefusal.self) { try NationMerge(text: "") }
        #expect(try NationMerge(text: NationMerge().text) == NationMerge())
    }

    @Test func `what cannot be sent is refused before it is signed`() throws {
        let other = try ProvincialBundle.verify(
            try bundle("330000", week: 1, after: nil, key: key), keys: pinned())
        #expect(reason { _ = try bundle("510000", week: 2, after: other, key: key) } == .malformed)
        #expect(reason { _ = try bundle("33", week: 1, after: nil, key: key) } == .malformed)
        let issue = ProvincialBundle.Issue(province: "330000", after: nil, from: time(0), to: time(7), asOf: time(7))
        let foreign = facts("510000", week: 1)
        #expect(reason { _ = try ProvincialBundle.make(issue, foreign, key: key) } == .foreignUnit)
        let twice = facts("330000", week: 1) + facts("330000", week: 1)
        #expect(reason { _ = try ProvincialBundle.make(issue, twice, key: key) } == .malformed)
        let back = ProvincialBundle.Issue(province: "330000", after: nil, from: time(7), to: time(0), asOf: time(7))
        #expect(reason { _ = try ProvincialBundle.make(back, [], key: key) } == .malformed)
        #expect(throws: Never.self) { try ProvincialBundle.make(issue, [], key: key) }
    }

    @Test func `pinned keys are read line by line, and one key serves one province`() {
        let hex = String(pinned().text.dropFirst(7).prefix(64))
        let (keys, refused) = PinnedKeys.read(
            "# keys\n330000 \(hex)\n510000 \(hex)\n33 \(hex)\n110000 \(hex.dropLast())\n110000\n", file: "k")
        #expect(keys == pinned())
        #expect(refused.map(\.line) == [3, 4, 5, 6])
        #expect(refused.map(\.column) == ["key", "province", "key", "line"])
    }
}
