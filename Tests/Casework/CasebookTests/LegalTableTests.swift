import Casebook
import Foundation
import Support
import Testing
import Vocabulary

@Suite struct LegalTableTests {
    private func table() throws -> LegalTable {
        try LegalTable.load(Places.root.appendingPathComponent("Models/legal/2026-11/legal.json").path)
    }

    private func day(_ text: String) throws -> CalendarDate { try #require(CalendarDate(text)) }

    @Test("a report dated before the notice of 2026 cites another basis than one dated after it")
    func beforeAndAfter() throws {
        let table = try table()
        let before = Set(table.valid(on: try day("2026-02-05")).map(\.id))
        let after = Set(table.valid(on: try day("2026-02-06")).map(\.id))
        #expect(before.subtracting(after) == ["pboc-2021-237"])
        #expect(after.subtracting(before) == ["pboc-2026-42"])
        #expect(before.contains("ndrc-2021-1283") && after.contains("ndrc-2021-1283"))
    }

    @Test("one edition of the catalogue holds on any day, and what a measure cites is a part of what holds")
    func editions() throws {
        let table = try table()
        for text in ["2021-10-01", "2024-01-31", "2024-02-01", "2026-11-23"] {
            let held = table.valid(on: try day(text), for: .measure)
            #expect(held.count { $0.id.hasPrefix("catalogue") } == 1, "\(text)")
            #expect(held.allSatisfy { $0.uses.contains(.measure) })
        }
        #expect(table.valid(on: try day("1990-01-01")).isEmpty)
    }

    @Test(
        "a table that contradicts itself is refused with the row",
        arguments: [
            (#"{"id":"a","from":"2020-01-01"},{"id":"a","from":"2020-01-01"}"#, "twice"),
            (#"{"id":"a","from":"2020-01-02","to":"2020-01-01"}"#, "before it begins"),
            (#"{"id":"a","from":"2020-01-02","superseded_by":"b"}"#, "not there"),
            (#"{"id":"a","from":"tomorrow"}"#, "not a table"),
        ])
    func refused(_ rows: String, _ word: String) throws {
        let whole = rows.replacingOccurrences(
            of: #""from""#, with: #""title_zh":"","title_en":"","for":[],"note":"","from""#)
        let error = #expect(throws: LegalTable.Failure.self) {
            try LegalTable(Data(#"{"format":1,"version":"x","bases":[\#(whole)]}"#.utf8), name: "file")
        }
        #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
    }
}
