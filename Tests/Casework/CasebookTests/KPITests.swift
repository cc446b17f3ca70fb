import Casebook
import Foundation
import GRDB
import Testing
import Vocabulary

/// Worked out on paper from `FigureBook`.
struct KPITests {
    /// One line of a figure: part, value, numerator, denominator (nil = an amount), n.
    struct Line: Sendable {
        let id: String
        let part: String
        let value: Double?
        let n: Int
        init(_ id: String, _ value: Double?, n: Int, part: String = "") {
            self.id = id
            self.part = part
            self.value = value
            self.n = n
        }
    }

    /// The first week as it was known on its last evening.
    static let firstWeek: [Line] = [
        Line("K01", 6, n: 6), Line("K01", 5, n: 5, part: "cncert"), Line("K01", 1, n: 1, part: "public_tip"),
        Line("K01", 1, n: 1, part: "duplicates"), Line("K02", 2.0 / 4, n: 4), Line("K03", 2.0 / 3, n: 3),
        Line("K04", 1, n: 2), Line("K04", 1, n: 1, part: "exempt"), Line("K05", 0, n: 2), Line("K06", nil, n: 0),
        Line("K06", 6 + 14.0 / 24, n: 5, part: "open-median-age"), Line("K07", 1.0 / 5, n: 5),
        Line("K07", 4, n: 1, part: "total-days"), Line("K07", 1, n: 1, part: "holder:330000"),
        Line("K08", 1.0 / 3, n: 3), Line("K09", nil, n: 0), Line("K10", nil, n: 0), Line("K11", 0.29, n: 1),
        Line("K12", 0.29 * 14, n: 1), Line("K13", 0.29 * 14 * 0.4974, n: 1), Line("K14", 2.8, n: 1),
        Line("K14", 1.4, n: 1, part: "A1:measured"), Line("K15", 1000, n: 1), Line("K16", 0.5, n: 2),
        Line("K16", 0.75, n: 2, part: "meter-hours"), Line("K17", 0.5, n: 1),
        Line("K17", 0.1, n: 1, part: "packet-loss"),
        Line("K17", 0.1, n: 1, part: "unreadable"), Line("K18", 24, n: 2), Line("K18", 12, n: 1, part: "pcap"),
        Line("K19", 1, n: 5, part: "cncert"), Line("K19", nil, n: 1, part: "public_tip"), Line("K20", 0.5, n: 2),
        Line("K20", 3, n: 1, part: "median-days"), Line("K21", 2, n: 2), Line("K21", 1, n: 1, part: "A1:new"),
        Line("K21", 1, n: 1, part: "A1:existing"), Line("K21", 1, n: 1, part: "A2:existing"),
        Line("K22", 1.0 / 8, n: 8),
        Line("K22", 0, n: 2, part: "key"), Line("K22", 1.0 / 6, n: 6, part: "full"),
    ]

    /// The same week as it was known a week later: late notes have come in, one confirmation was taken back.
    static let firstWeekLater: [Line] = [
        Line("K01", 7, n: 7), Line("K01", 1, n: 1, part: "grid_company"), Line("K02", 3.0 / 4, n: 4),
        Line("K03", 1.0 / 3, n: 3), Line("K04", 1.0 / 2, n: 2), Line("K04", 1, n: 1, part: "exempt"),
        Line("K05", 0, n: 1), Line("K06", nil, n: 0),
        Line("K06", (1 + 14.0 / 24 + 6 + 14.0 / 24) / 2, n: 2, part: "open-median-age"), Line("K07", 0, n: 2),
        Line("K08", 1.0 / 3, n: 3), Line("K11", 0.29, n: 1), Line("K12", 4.06, n: 1), Line("K14", 3, n: 1),
        Line("K15", 1050, n: 1), Line("K16", 1, n: 2), Line("K16", 1, n: 2, part: "meter-hours"), Line("K20", 1, n: 2),
        Line("K20", 4, n: 2, part: "median-days"), Line("K21", 1, n: 1), Line("K22", 6.0 / 8, n: 8),
        Line("K22", 1, n: 2, part: "key"), Line("K22", 4.0 / 6, n: 6, part: "full"),
    ]

    static let secondWeek: [Line] = [
        Line("K01", 0, n: 0), Line("K02", 1.0 / 2, n: 2), Line("K03", 2.0 / 3, n: 3), Line("K04", 0, n: 1),
        Line("K05", 1, n: 1), Line("K06", 9, n: 1), Line("K06", 9, n: 1, part: "p90"),
        Line("K06", (8 + 14.0 / 24 + 13 + 14.0 / 24) / 2, n: 2, part: "open-median-age"), Line("K07", 1, n: 2),
        Line("K07", 10, n: 2, part: "total-days"), Line("K07", 1, n: 1, part: "holder:330110"), Line("K08", 0, n: 1),
        Line("K10", nil, n: 0), Line("K11", nil, n: 0), Line("K12", 0.29 * 182, n: 1),
        Line("K13", 0.29 * 182 * 0.4974, n: 1), Line("K14", 3, n: 1), Line("K15", nil, n: 0), Line("K16", nil, n: 0),
        Line("K17", nil, n: 0), Line("K18", 192, n: 2), Line("K20", nil, n: 0), Line("K21", 1, n: 1),
    ]

    private func check(_ figures: [KPIFigure], _ lines: [Line], _ what: String) {
        #expect(figures.count == 22)
        for line in lines {
            guard let row = figures.first(where: { $0.id == line.id })?[line.part] else {
                Issue.record("\(what): no \(line.id) \(line.part)")
                continue
            }
            #expect(row.n == line.n, "\(what) \(line.id) \(line.part)")
            guard let value = row.value, let expected = line.value else {
                #expect(row.value == line.value, "\(what) \(line.id) \(line.part)")
                continue
            }
            #expect(abs(value - expected) < 1e-9 * max(1, abs(expected)), "\(what) \(line.id) \(line.part): \(value)")
        }
    }

    private func window(_ from: Double, _ to: Double, asOf: Double?) -> KPIWindow {
        KPIWindow(start: FigureBook.at(from), end: FigureBook.at(to), asOf: asOf.map { FigureBook.at($0) })
    }

    private func with(_ body: (String, CasebookReader) throws -> Void) throws {
        try World.with { (path: String) throws in
            let book = try FigureBook(path)
            try book.twoWeeks()
            try book.records(path)
            try body(path, try CasebookReader.open(path))
        }
    }

    @Test func `every figure as of three dates is what paper says`() throws {
        try with { (_: String, reader: CasebookReader) throws in
            check(try reader.figures(window(0, 7, asOf: 7)), KPITests.firstWeek, "first week")
            check(try reader.figures(window(0, 7, asOf: 14)), KPITests.firstWeekLater, "first week, later")
            check(try reader.figures(window(7, 14, asOf: 14)), KPITests.secondWeek, "second week")
        }
    }

    @Test func `what is kept and what is added up anew agree, figure by figure`() throws {
        try with { (_: String, reader: CasebookReader) throws in
            for (from, to) in [(0.0, 7.0), (7, 14), (0, 400)] {
                #expect(
                    try reader.figures(window(from, to, asOf: nil)) == reader.figures(window(from, to, asOf: 90_000)))
            }
            #expect(try reader.stateCounts() == reader.stateCounts(asOf: FigureBook.at(14)))
            #expect(try reader.stateCounts(asOf: FigureBook.at(7))["confirmed"] == 1)
            #expect(try reader.stateCounts(asOf: FigureBook.at(-1)).isEmpty)
        }
    }

    @Test func `another unit's cases do not count, an empty book has no shares`() throws {
        try with { (_: String, reader: CasebookReader) throws in
            var other = window(0, 7, asOf: 7)
            other.unit = "340000"
            for figure in try reader.figures(other) where figure.id != "K18" {
                #expect(figure.rows.allSatisfy { $0.n == 0 && ($0.value ?? 0) == 0 }, "\(figure.id)")
            }
            for id in ["K02", "K03", "K04", "K05", "K07", "K08", "K09", "K10", "K16", "K17", "K20", "K22"] {
                #expect(try reader.figures(other, only: [id]).first?.value == nil, "\(id)")
            }
            var own = window(0, 7, asOf: 7)
            own.unit = "330000"
            #expect(try reader.figures(own) == reader.figures(window(0, 7, asOf: 7)))
        }
    }

    @Test func `notes say what is red, hidden, or a counterfactual, and intervals hold the value`() throws {
        try with { (_: String, reader: CasebookReader) throws in
            let figures = try reader.figures(window(0, 7, asOf: 7))
            func figure(_ id: String) -> KPIFigure? { figures.first { $0.id == id } }
            #expect(figure("K18")?["pcap"]?.note == "red" && figure("K18")?["meters"]?.note == nil)
            #expect(figure("K19")?["public_tip"]?.note == "hidden")
            #expect(figure("K19")?["public_tip"]?.numerator == nil)
            #expect(figure("K12")?[""]?.note == "counterfactual")
            #expect(figure("K11")?[""]?.low == 0.28 && figure("K11")?[""]?.high == 0.295)
            #expect(figure("K13")?["330000:2026"]?.note == "factor 2023")
            // Wilson at 2 of 4: 0.1500 … 0.8500.
            let share = try #require(figure("K02")?[""])
            #expect(abs((share.low ?? 0) - 0.15004) < 1e-4 && abs((share.high ?? 0) - 0.84996) < 1e-4)
            for row in figures.flatMap(\.rows) {
                guard let value = row.value, let low = row.low, let high = row.high else { continue }
                #expect(low <= value + 1e-12 && value <= high + 1e-12)
            }
        }
    }

    @Test func `the worked check: 300 kW to 10 kW, 1000 hours ago, in Zhejiang`() throws {
        try World.with { (path: String) throws in
            let book = try FigureBook(path)
            try book.open("c1", day: 0, due: 2)
            try book.step("c1", "T09", "inspecting", "confirmed", 1)
            try book.step(
                "c1", "T15", "measures_ordered", "stopped", 2, ["baseline_kw": 300, "after_kw": 10])
            let writer = try CasebookWriter.open(path, province: "330000")
            try writer.record(
                [.emissionFactor(unit: "330000", year: 2023, tonnesPerMWh: 0.4974)], by: "clerk", now: FigureBook.at(0))
            try writer.rebuildFacts()
            try writer.close()
            let reader = try CasebookReader.open(path)
            let end = 2 + FigureBook.ten + 1000.0 / 24
            let figures = try reader.figures(window(0, end, asOf: nil))
            func value(_ id: String) -> Double { figures.first { $0.id == id }?.value ?? .nan }
            #expect(abs(value("K11") - 0.290) < 1e-9)
            #expect(abs(value("K12") - 290) < 1e-3)
            #expect(abs(value("K13") - 144.2) < 0.05)
            // A year is the most that is claimed; the years' factors are taken year by year.
            let late = try reader.figures(window(0, 1000, asOf: nil))
            #expect(abs((late.first { $0.id == "K12" }?.value ?? .nan) - 0.29 * 8760) < 1e-6)
            #expect(late.first { $0.id == "K13" }?.rows.count == 3)
        }
    }

    @Test func `no factor for the province leaves the carbon blank`() throws {
        try World.with { (path: String) throws in
            let book = try FigureBook(path)
            try book.open("c1", day: 0, due: 2, unit: "XPCC")
            try book.step("c1", "T15", "measures_ordered", "stopped", 2, ["baseline_kw": 300, "after_kw": 10])
            try book.step("c1", "T16", "stopped", "measures_ordered", 4)
            try book.settle(path)
            let reader = try CasebookReader.open(path)
            let figures = try reader.figures(window(0, 7, asOf: 7))
            #expect(figures.first { $0.id == "K13" }?[""]?.value == nil)
            #expect(figures.first { $0.id == "K13" }?[""]?.note == "no factor")
            // Two days until the load came back.
            #expect(abs((figures.first { $0.id == "K12" }?.value ?? 0) - 0.29 * 48) < 1e-9)
        }
    }

    @Test func `recurrence and look-back rounds as of three dates`() throws {
        try World.with { (path: String) throws in
            let book = try FigureBook(path)
            try book.open("c1", day: 0, due: 2)
            try book.step("c1", "T09", "inspecting", "confirmed", 1, ["class_a1": "existing"])
            try book.step("c1", "T18", "closure_submitted", "closed", 10, due: 40)
            try book.step("c1", "T20", "closed", "lookback", 40, due: 45)
            try book.step("c1", "T21", "lookback", "closed", 44, due: 100)
            try book.step("c1", "T23", "closed", "recurred", 120, due: 122)
            try book.open("c2", day: 10_000, due: 10_000, episode: 2, site: "S-c1")
            try book.step("c2", "T24", "recurred", "triaged", 121, recorded: 195, ["previous": "c1"])
            try book.settle(path)
            let reader = try CasebookReader.open(path)
            func row(_ id: String, _ from: Double, _ to: Double, _ asOf: Double) throws -> KPIRow? {
                try reader.figures(window(from, to, asOf: asOf), only: [id]).first?[""]
            }
            // A closing counts when it is 180 days old; the next episode was written down on day 195.
            #expect(try row("K09", 0, 190, 190)?.n == 0)
            #expect(try row("K09", 0, 191, 191)?.value == 0)
            #expect(try row("K09", 0, 200, 200)?.value == 1)
            // Round one was due on day 45 and done on day 44; round two, due on day 100, nobody began.
            #expect(try row("K10", 40, 50, 50)?.value == 1)
            #expect(try row("K10", 40, 50, 43)?.value == 0)
            #expect(try row("K10", 95, 105, 105)?.value == 0)
            #expect(try row("K10", 50, 95, 105)?.n == 0)
        }
    }

    @Test func `figures that are no numbers, and rates that overlap, are refused whole`() throws {
        try with { (path: String, reader: CasebookReader) throws in
            let writer = try CasebookWriter.open(path, province: "330000")
            let day = FigureBook.zero
            let bad: [FigureRecord] = [
                .energy(caseID: "c1", from: day, to: day, mining: .nan, account: nil, low: nil, high: nil),
                .emissionFactor(unit: "330000", year: 2024, tonnesPerMWh: -1),
                .lead(id: "Z", source: "rumour", unit: "330000", receivedAt: FigureBook.at(0), duplicateOf: nil),
                .surcharge(unit: "330000", yuanPerKWh: 1, from: day, to: nil, wholeAccount: false, basis: "x"),
                .meterDay(meter: "m", unit: "330000", day: day, expected: 10, present: 11, hours: 24),
                .listItem(list: "key", caseID: "c99"),
            ]
            let before = try reader.figures(window(0, 7, asOf: nil))
            for record in bad {
                #expect(throws: CasebookError.self) {
                    try writer.record(
                        [
                            .lead(
                                id: "Y", source: "cncert", unit: "330000", receivedAt: FigureBook.at(0),
                                duplicateOf: nil), record,
                        ],
                        by: "clerk", now: FigureBook.at(20))
                }
            }
            #expect(try reader.figures(window(0, 7, asOf: nil)) == before)
        }
    }
}
