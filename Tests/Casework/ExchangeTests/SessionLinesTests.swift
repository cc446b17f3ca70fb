import Exchange
import Support
import Testing
import Vocabulary

struct SessionLinesTests {
    static let contract =
        #"{"kind":"session","tier":"A1","probability":0.9999,"dialect":"stratum-v1","algorithm":"sha256d","coin":null,"#
        + #""carrier":["vlan","tcp"],"client":{"ip":"10.0.0.7","port":51234},"server":{"ip":"203.0.113.9","port":3333,"#
        + #""name":null},"pool":{"name":null,"via":null},"account":"bc1qexampleaccount","worker":"rig1","#
        + #""agent":"cgminer/4.12.1","#
        + #""first_seen":"2026-03-01T00:00:00.000000Z","last_seen":"2026-03-01T01:00:00Z","packets":812,"bytes":93122,"#
        + #""jobs":14,"shares":{"submitted":40,"accepted":39,"rejected":1,"verified":39},"#
        + #""difficulty":{"last":65536,"sum":2555904},"#
        + #""hashrate":{"value":1.1e14,"low":8.0e13,"high":1.5e14,"unit":"H/s","basis":"accepted shares"},"#
        + #""power_w":{"value":3300,"low":1700,"high":5900,"basis":"x"},"flags":["gap"],"#
        + #""reasons":[{"id":"share-verified","count":39}],"against":[],"#
        + #""evidence":[{"frame":12,"event":"subscribe"},{"frame":40,"event":"share-accepted"}],"capture":"a.pcap","#
        + #""capture_sha256":"abababababababababababababababababababababababababababababababab"}"#

    private func read(_ text: String) -> SessionLines {
        var lines = SessionLines()
        lines.take(Array(text.utf8), file: "in.jsonl")
        return lines
    }

    @Test func `the contract's record is taken over, the account masked, the worker left behind`() throws {
        let lines = read(Self.contract + "\n")
        let finding = try #require(lines.findings.first)
        let session = finding.session
        #expect(lines.counts == .init(lines: 1, sessions: 1))
        #expect(finding.probability == 0.9999 && finding.confidence == 99)
        #expect(finding.kilowatts?.value == 3.3 && finding.kilowatts?.high == 5.9)
        #expect(finding.reasons == ["share-verified"] && finding.flags == ["gap"])
        #expect(session.tier == .a1 && session.dialect == "stratum-v1" && session.route == .direct)
        #expect(session.server.port == 3333 && session.client?.port == 51_234)
        #expect(session.account == "bc1q…ount")
        #expect(session.packets == 812 && session.sharesAccepted == 39 && session.hashrate?.low == 8e13)
        #expect(session.evidence.map(\.frame) == [12, 40])
        #expect(session.seen?.upperBound == Instant(rfc3339: "2026-03-01T01:00:00Z"))
        #expect(!"\(finding)".contains("rig1"))
    }

    @Test func `what is unknown stays unknown`() throws {
        let lines = read(
            #"{"kind":"session","tier":"C","probability":null,"dialect":"kaspa","client":null,"#
                + #""server":{"ip":"2001:db8::1","port":1},"hashrate":null}"#)
        let finding = try #require(lines.findings.first)
        #expect(finding.probability == nil && finding.confidence == nil && finding.kilowatts == nil)
        #expect(finding.session.packets == nil && finding.session.client == nil && finding.session.seen == nil)
    }

    @Test func `a keyed name of the account is kept as it is`() throws {
        let name = String(repeating: "0f", count: 16)
        let text = Self.contract.replacing(#""worker":"rig1""#, with: "\"account_id\":\"\(name)\"")
        #expect(try #require(read(text).findings.first).session.account == name)
        let longer = Self.contract.replacing(#""worker":"rig1""#, with: #""account_id":"bc1qexampleaccount""#)
        #expect(try #require(read(longer).findings.first).session.account == "bc1q…ount")
    }

    @Test(arguments: [
        ("{", "line"), ("[]", "line"), ("\u{0}", "line"), (#"{"kind":"session"}"#, "line"),
        (#"{"kind":"session","tier":"Z","dialect":"x","server":{}}"#, "tier"),
        (#"{"kind":"session","tier":"A1","dialect":"x","server":{"ip":"1.2.3.4","port":70000}}"#, "*"),
        (#"{"kind":"session","tier":"A1","dialect":"x","server":{"ip":"1.2.3","port":7}}"#, "server.ip"),
        (#"{"kind":"session","tier":"A1","dialect":"x","server":{"ip":null,"port":7}}"#, "server"),
        (#"{"kind":"session","tier":"A1","dialect":"<x>","server":{"ip":"1.2.3.4","port":7}}"#, "dialect"),
        (#"{"kind":"session","tier":"A1","dialect":"x","probability":1e999,"server":{"ip":"1.2.3.4","port":7}}"#, "*"),
        (String(repeating: "[", count: 100_000), "line"),
    ])
    func `a bad line is refused with its place and the good ones are taken`(_ bad: String, _ column: String) throws {
        let lines = read(Self.contract + "\n" + bad + "\n\n" + #"{"kind":"contact"}"# + "\n" + Self.contract)
        #expect(lines.counts == .init(lines: 4, sessions: 1, duplicates: 1, other: 1, refused: 1))
        let refusal = try #require(lines.refused.first)
        #expect(refusal.file == "in.jsonl" && refusal.line == 2)
        #expect(column == "*" || refusal.column == column || refusal.column.hasPrefix(column))
        #expect(!refusal.remedy.isEmpty)
    }

    @Test func `numbers that cannot be are unknown`() throws {
        let text = Self.contract.replacing(#""probability":0.9999"#, with: #""probability":7"#)
            .replacing(#""low":8.0e13"#, with: #""low":8.0e15"#).replacing(#""packets":812"#, with: #""packets":-4"#)
        let finding = try #require(read(text).findings.first)
        #expect(finding.probability == nil && finding.session.hashrate == nil && finding.session.packets == nil)
    }

    @Test func `a line beyond the limit is refused, not read`() {
        let lines = read(String(repeating: " ", count: ExchangeLimits.lineBytes) + "{}")
        #expect(lines.counts.refused == 1)
    }
}
