import Exchange
import Testing
import Vocabulary

struct BlockListTests {
    static var policy: BlockCandidates.Policy {
        var policy = BlockCandidates.Policy()
        policy.spared = [AddressRange("45.67.90.0/24")].compactMap { $0 }
        if let shared = IPAddress("45.67.91.1") { policy.namesAt[shared] = 12 }
        return policy
    }

    static var findings: [ExchangeFinding] {
        typealias S = ExchangeSamples
        return S.all
            + [
                S.finding(S.session(port: 4444, name: "pool.example.org")),
                S.finding(), S.finding(S.session(server: "45.67.90.1")), S.finding(S.session(server: "45.67.91.1")),
                S.finding(S.session(server: "2a00:1450::5")), S.finding(S.session(server: "10.0.0.1")),
                S.finding(S.session(server: "203.0.113.9")), S.finding(S.session(server: "45.67.92.1", tier: .c)),
                S.finding(
                    S.session(server: "45.67.93.1", first: "2025-01-01T00:00:00Z", last: "2025-01-02T00:00:00Z")),
                S.timeless, S.finding(S.session(server: "45.67.94.1", last: "2200-01-01T00:00:00Z")),
            ]
    }

    private let list = BlockCandidates(findings, policy, ExchangeSamples.context)

    @Test(arguments: [
        "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "127.0.0.1", "169.254.1.1", "0.0.0.0",
        "192.0.2.1", "198.51.100.7", "203.0.113.9", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "::",
        "::1", "::ffff:8.8.8.8", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1", "2002::1", "2001::1",
        "64:ff9b::808:808", "3fff::1", "4000::1",
    ])
    func `a private or reserved address is never named`(_ text: String) throws {
        let ip = try #require(IPAddress(text))
        #expect(!AddressClasses.isPublic(ip))
        let one = BlockCandidates(
            [ExchangeSamples.finding(ExchangeSamples.session(server: text))], .init(), ExchangeSamples.context)
        #expect(one.candidates.isEmpty)
        #expect(one.left == ["private or reserved address": 1])
        for form in BlockLists.all { #expect(!form.text(one).contains(text == "::" ? " :: " : text)) }
    }

    @Test(arguments: ["45.67.89.10", "172.32.0.1", "100.128.0.1", "2a00:1450::99", "2400::1", "223.255.255.255"])
    func `a public address is public`(_ text: String) throws {
        #expect(AddressClasses.isPublic(try #require(IPAddress(text))))
    }

    @Test func `what makes no candidate is counted by reason, and the counts add up`() {
        #expect(list.candidates.map(\.ip.description) == ["45.67.89.10", "45.67.89.11", "45.67.91.1", "2a00:1450::5"])
        #expect(
            list.left == [
                "private or reserved address": 2, "spared address": 1, "tier below B": 2, "expired": 1,
                "no time known": 1, "seen in the future": 1, "the same session again": 1,
            ])
        let counted = list.candidates.reduce(0) { $0 + $1.evidence } + list.left.values.reduce(0, +)
        #expect(counted == Self.findings.count)
        #expect(list.candidates[0].ports == [3333, 4444])
        #expect(list.candidates[0].names == ["pool.example.org"])
        #expect(list.candidates[0].evidence == 3)
        #expect(list.candidates[0].expires == CalendarDate("2026-05-31"))
    }

    @Test func `every list says what it is, and shared hosting is only named behind a warning`() {
        for form in BlockLists.all {
            let text = form.text(list)
            let lines = text.split(separator: "\n")
            #expect(lines[0].contains("candidates for review, not applied"))
            #expect(text.contains("expires 2026-05-30"))
            #expect(text.contains("evidence 3 sessions"))
            let shared = lines.filter { $0.contains("45.67.91.1") || $0.contains("1.91.67.45") }
            #expect(shared.contains { $0.contains("WARNING shared hosting: 12 names") })
            let comment = form.name == "rpz" ? ";" : "#"
            #expect(
                shared.allSatisfy { $0.drop { $0 == " " }.hasPrefix(comment) || $0.contains("# 45.67.91.1") },
                "\(form.name)")
            #expect(!text.contains("drop") && !text.contains("reject"))
        }
    }

    @Test func `the order of the findings does not change a list`() {
        let turned = BlockCandidates(Self.findings.reversed(), Self.policy, ExchangeSamples.context)
        for form in BlockLists.all { #expect(form.text(turned) == form.text(list)) }
    }

    @Test func `nothing seen makes a list that says so`() {
        let none = BlockCandidates([], .init(), ExchangeSamples.context)
        for form in BlockLists.all {
            #expect(form.text(none).contains("Candidates: 0; sessions left out: none"))
            #expect(!form.text(none).contains("elements"))
        }
    }

    @Test func `a name that many addresses or lines could hide in makes no line of its own`() {
        var session = ExchangeSamples.session(name: "a.example.org\nevil.example.org CNAME .")
        session.poolName = "x\ndrop tcp any any -> any any"
        var context = ExchangeSamples.context
        context.producer = "330000\n45.1.1.1\r\n; x\u{2028}y"
        let one = BlockCandidates([ExchangeSamples.finding(session)], .init(), context)
        for form in BlockLists.all {
            let text = form.text(one)
            #expect(!text.contains("evil"))
            #expect(!text.split(whereSeparator: \.isNewline).contains { $0.hasPrefix("45.1.1.1") })
        }
    }

    @Test func `two endpoints never share a rule number`() {
        let many = (1...2_000).map { number in
            ExchangeSamples.finding(
                ExchangeSamples.session(server: "45.70.\(number / 250).\(number % 250 + 1)", port: UInt16(number)))
        }
        let text = SuricataList.text(BlockCandidates(many, .init(), ExchangeSamples.context))
        let numbers = text.split(separator: "sid:").dropFirst().map { $0.prefix { $0.isNumber } }
        #expect(numbers.count == 2_000)
        #expect(Set(numbers).count == 2_000)
        #expect(numbers.allSatisfy { (1_000_000..<2_000_000).contains(Int($0) ?? 0) })
    }
}
