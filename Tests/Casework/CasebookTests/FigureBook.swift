import Casebook
import GRDB
import Testing
import Vocabulary

/// A book written by hand, row by row, so that every figure can be worked out on paper. Day 0 is Monday 2026-09-07,
/// Beijing time.
struct FigureBook {
    let queue: DatabaseQueue
    static let zero = CalendarDate(daysSince1970: 20_703)

    static func at(_ day: Double) -> Instant {
        zero.start(offset: 28_800).adding(seconds: Int64(day * 86_400))
    }
    static func date(_ day: Int) -> String { CalendarDate(daysSince1970: zero.daysSince1970 + day).description }
    static let ten = 10.0 / 24

    init(_ path: String) throws {
        try CasebookWriter.open(path, province: "330000").close()
        queue = try DatabaseQueue(path: path)
    }

    /// A case opened by the machine on `day` at ten, due on day `due`.
    func open(_ id: String, day: Int, due: Int, unit: String = "330000", episode: Int = 1, site: String? = nil) throws {
        let at = FigureBook.at(Double(day) + FigureBook.ten).nanoseconds
        try queue.write { db in
            try db.execute(
                sql: "INSERT INTO case_record VALUES (?, ?, ?, ?, 'detected', ?, ?, NULL, ?, 1)",
                arguments: [id, episode, site ?? "S-" + id, unit, unit, FigureBook.date(due), at])
            try db.execute(
                sql: "INSERT INTO case_opening VALUES (?, ?, ?)", arguments: [id, FigureBook.date(due), unit])
            try db.execute(
                sql:
                    "INSERT INTO case_event (case_id, transition, from_state, to_state, actor, reason, version, "
                    + "event_time, recorded_at) VALUES (?, 'T00', NULL, 'detected', 'scan', '', 1, 0, ?)",
                arguments: [id, at])
        }
    }

    /// A step on `day` at ten, written down on day `recorded` (nil = then).
    func step(
        _ id: String, _ transition: String, _ from: String, _ to: String, _ day: Int, recorded: Int? = nil,
        due: Int? = nil, holder: String = "330110", _ extra: [String: (any DatabaseValueConvertible)?] = [:]
    ) throws {
        let at = FigureBook.at(Double(day) + FigureBook.ten).nanoseconds
        let known = FigureBook.at(Double(recorded ?? day) + FigureBook.ten).nanoseconds
        try queue.write { db in
            let version =
                (try Int.fetchOne(db, sql: "SELECT version FROM case_record WHERE id = ?", arguments: [id]) ?? 0) + 1
            try db.execute(
                sql: "UPDATE case_record SET state = ?, version = ? WHERE id = ?", arguments: [to, version, id])
            try db.execute(
                sql:
                    "INSERT INTO case_event (case_id, transition, from_state, to_state, actor, reason, version, "
                    + "event_time, recorded_at) VALUES (?, ?, ?, ?, 'a person', '', ?, ?, ?)",
                arguments: [id, transition, from, to, version, at, known])
            var columns: [String: (any DatabaseValueConvertible)?] = [
                "seq": db.lastInsertedRowID, "role": "r", "unit": "330110", "holder": holder,
                "due": due.map { FigureBook.date($0) }, "fields": "{}",
            ]
            columns.merge(extra) { $1 }
            let names = columns.keys.sorted()
            try db.execute(
                sql: "INSERT INTO case_act (\(names.joined(separator: ", "))) VALUES "
                    + "(\(names.map { _ in "?" }.joined(separator: ", ")))",
                arguments: StatementArguments(names.map { columns[$0] ?? nil }))
        }
    }

    /// The kept facts of what was written by hand.
    func settle(_ path: String) throws {
        let writer = try CasebookWriter.open(path, province: "330000")
        try writer.rebuildFacts()
        try writer.close()
    }

    func lastStep(_ id: String, _ transition: String) throws -> Int64? {
        try queue.read {
            try Int64.fetchOne(
                $0, sql: "SELECT max(seq) FROM case_event WHERE case_id = ? AND transition = ?",
                arguments: [id, transition])
        }
    }

    /// Two weeks with six cases, what was written late, and what was undone.
    func twoWeeks() throws {
        for (id, day, due) in [("c1", 0, 2), ("c2", 0, 2), ("c6", 0, 2), ("c3", 1, 3), ("c4", 3, 7), ("c5", 5, 8)] {
            try open(id, day: day, due: due)
        }
        try step("c1", "T01", "detected", "triaged", 1)
        try step("c1", "T04", "triaged", "assigned", 1)
        try step("c1", "T05", "assigned", "accepted", 2)
        try step("c1", "T07", "accepted", "inspecting", 3)
        try step(
            "c1", "T09", "inspecting", "confirmed", 4,
            ["category": "M1", "class_a1": "new", "class_a2": "new", "machines": 80])
        try step("c1", "T12", "confirmed", "measures_ordered", 5)
        try step(
            "c1", "T15", "measures_ordered", "stopped", 6, due: 9,
            ["baseline_kw": 300, "after_kw": 10, "low_kw": 280, "high_kw": 295, "power_basis": "measured"])
        try step("c6", "T01", "detected", "triaged", 1)
        try step("c6", "T04", "triaged", "assigned", 1)
        try step("c6", "T05", "assigned", "accepted", 1)
        try step("c6", "T07", "accepted", "inspecting", 2)
        try step(
            "c6", "T09", "inspecting", "confirmed", 3, due: 10,
            ["category": "M2", "class_a1": "existing", "class_a2": "existing", "machines": 5])
        try step("c4", "T03", "detected", "exempt", 5)
        try step("c2", "T01", "detected", "triaged", 4)
        try step("c2", "T04", "triaged", "assigned", 4)
        try step("c2", "T06", "assigned", "triaged", 5, due: 8, holder: "330000")
        // Week two.
        try step("c3", "T02", "detected", "excluded", 3, recorded: 8, ["exclusion": "X3"])
        try step("c2", "T04", "triaged", "assigned", 8)
        try step("c1", "T17", "stopped", "closure_submitted", 8, holder: "330100")
        try step("c1", "T18", "closure_submitted", "closed", 9, due: 39)
        try step("c2", "T05", "assigned", "accepted", 9)
        try step("c6", "undo", "confirmed", "inspecting", 9, due: 10, ["undoes": try lastStep("c6", "T09")])
        try step("c2", "T07", "accepted", "inspecting", 10)
        try step("c2", "T10", "inspecting", "excluded", 11, ["exclusion": "X3"])
    }

    func records(_ path: String) throws {
        let writer = try CasebookWriter.open(path, province: "330000")
        func put(_ day: Double, _ records: [FigureRecord]) throws {
            try writer.record(records, by: "clerk", now: FigureBook.at(day))
        }
        func day(_ offset: Int) -> CalendarDate { CalendarDate(daysSince1970: FigureBook.zero.daysSince1970 + offset) }
        let at = FigureBook.at
        try put(
            0.5,
            (1...5).flatMap { number -> [FigureRecord] in
                [
                    .lead(
                        id: "A\(number)", source: "cncert", unit: "330000", receivedAt: at(0.2), duplicateOf: nil),
                    .leadCase(lead: "A\(number)", caseID: "c1"),
                ]
            } + [
                .emissionFactor(unit: "330000", year: 2022, tonnesPerMWh: 0.5153),
                .emissionFactor(unit: "330000", year: 2023, tonnesPerMWh: 0.4974),
                .surcharge(
                    unit: "330000", yuanPerKWh: 0.5, from: day(-2), to: nil, wholeAccount: true, basis: "notice"),
            ])
        try put(
            0.6,
            ["c1", "c3"].map { .listItem(list: "key", caseID: $0) }
                + ["c1", "c2", "c3", "c4", "c5", "c6"].map { .listItem(list: "full", caseID: $0) })
        try put(
            3.5,
            [
                .lead(id: "L6", source: "public_tip", unit: "330000", receivedAt: at(2.5), duplicateOf: nil),
                .leadCase(lead: "L6", caseID: "c6"),
                .lead(id: "L7", source: "public_tip", unit: "330000", receivedAt: at(3.1), duplicateOf: "L6"),
                .handover(id: "h1", caseID: "c1", receiver: "communications", sentAt: at(1), due: day(5)),
                .handover(id: "h2", caseID: "c2", receiver: "police", sentAt: at(1), due: day(6)),
            ])
        try put(4.5, [.reply(handover: "h1", at: at(4))])
        try put(
            6.5,
            (0...6).flatMap { offset -> [FigureRecord] in
                [
                    .meterDay(meter: "m1", unit: "330000", day: day(offset), expected: 96, present: 96, hours: 24),
                    .meterDay(meter: "m2", unit: "330000", day: day(offset), expected: 96, present: 48, hours: 24),
                ]
            } + [
                .linkDay(
                    link: "l1", unit: "330000", day: day(0), scopeHours: 24, watchedHours: 12, packets: 900, lost: 100,
                    unreadable: 90),
                .source("meters", cadenceSeconds: 86_400, newestEvent: at(6)),
                .source("pcap", cadenceSeconds: 3600, newestEvent: at(6.5)),
                .energy(
                    caseID: "c1", from: day(0), to: day(6), mining: 1400, account: 2000, low: 1300, high: 1450),
            ])
        try put(
            9,
            [
                .lead(id: "L8", source: "grid_company", unit: "330000", receivedAt: at(6), duplicateOf: nil),
                .reply(handover: "h2", at: at(6)),
                .energy(
                    caseID: "c1", from: day(0), to: day(6), mining: 1500, account: 2100, low: 1400, high: 1550),
            ]
                + (0...6).map {
                    .meterDay(meter: "m2", unit: "330000", day: day($0), expected: 96, present: 96, hours: 24)
                })
        try writer.rebuildFacts()
        try writer.close()
    }
}
