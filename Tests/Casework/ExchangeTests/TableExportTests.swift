import Casebook
import Exchange
import Testing
import Vocabulary

struct TableExportTests {
    private func lines(_ bytes: [UInt8]) -> [String] {
        String(decoding: bytes.dropFirst(3), as: UTF8.self).split(separator: "\r\n").map(String.init)
    }

    @Test(arguments: [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"),
        ("\r=1", "\"'\r=1\""),
        ("＝1", "'＝1"), ("=\u{301}1", "'=\u{301}1"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""),
        ("a\r\nb", "\"a\r\nb\""),
        ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""), ("a\u{0}b", "a\u{FFFD}b"), ("甲", "甲"), ("", ""),
        ("<script>", "<script>"), (" =1", " =1"),
    ])
    func `hostile cells are harmless`(_ raw: String, _ written: String) {
        let bytes = TableExport.csv(header: ["h"], rows: [[.text(raw)]])
        #expect(
            String(decoding: bytes, as: UTF8.self).unicodeScalars.elementsEqual(
                "\u{FEFF}h\r\n\(written)\r\n".unicodeScalars))
    }

    @Test func `a BOM leads, numbers stay numbers, unknown stays empty`() {
        let bytes = TableExport.csv(
            header: ["a", "b", "c", "d"], rows: [[.number(-1.5), .count(-2), .unknown, .number(.nan)]])
        #expect(Array(bytes.prefix(3)) == [0xEF, 0xBB, 0xBF])
        #expect(lines(bytes) == ["a,b,c,d", "-1.5,-2,,"])
    }

    @Test func `sites and cases are rows under the contract's names`() {
        let site = Site(id: "S1", name: "=cmd", address: "a,b", kind: "factory", unit: "330110")
        let one = CaseRecord(
            id: "330000-2026-0001", episode: 1, site: "S1", unit: "330000", state: "detected", holder: "330000",
            due: CalendarDate("2026-09-23"), eventTime: nil, recordedAt: Instant(seconds: 0), version: 1)
        let table = lines(TableExport.sites([SiteDossier(site: site, currentCase: one)]))
        #expect(table.count == 2)
        #expect(table[1] == "S1,'=cmd,\"a,b\",factory,330110,,false,detected,,,,,,,,,330000-2026-0001")
        let cases = lines(TableExport.cases([one]))
        #expect(cases[0].hasPrefix("case,episode,site,unit,state,holder,due"))
        #expect(cases[1] == "330000-2026-0001,1,S1,330000,detected,330000,2026-09-23,,1970-01-01T00:00:00Z,1")
    }
}
