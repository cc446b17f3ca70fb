import Casebook
import Foundation
import GRDB
import Testing
import Vocabulary

struct WeeklyReturnTests {
    private let friday = FigureBook.at(4.75)

    private func with(_ body: (String, CasebookWriter) throws -> Void) throws {
        try World.with { (path: String) throws in
            let book = try FigureBook(path)
            try book.twoWeeks()
            try book.records(path)
            let writer = try CasebookWriter.open(path, province: "330000")
            try body(path, writer)
            try writer.close()
        }
    }

    @Test func `a week ends on Friday at six in the zone of the province`() {
        func end(_ day: Double) -> Instant { WeeklyReturn.weekEnd(before: FigureBook.at(day), offset: 28_800) }
        #expect(end(4.75) == friday)
        #expect(end(4.7499) == FigureBook.at(-2.25))
        #expect(end(7) == friday && end(11.7) == friday && end(11.75) == FigureBook.at(11.75))
        #expect(friday.rfc3339() == "2026-09-11T10:00:00Z")
    }

    @Test func `a return is what was known on Friday, however late it is frozen, and is frozen once`() throws {
        try with { (path: String, writer: CasebookWriter) throws in
            let late = try writer.freezeWeek(friday, by: "scheduler", now: FigureBook.at(14))
            #expect(late.number == 1 && late.asOf == friday && late.corrects == nil)
            let line = try #require(late.body.lines.first { $0.of == "330000" })
            // Five cases came (c5 came on Saturday); c1 and c6 were confirmed; c3 is late, for its exclusion was not
            // yet told.
            #expect(line.received == 5 && line.open == 5 && line.settled == 0 && line.overdue == 1)
            #expect(line.new == 1 && line.existing == 1 && line.machines == 85 && line.kilowatts == nil)
            #expect(late.body.lines.map(\.of) == ["330000", "list:full", "list:key"])
            #expect(late.body.running.map(\.caseID) == ["c1", "c6"])
            #expect(late.body.running.first?.machines == 80)
            let again = try writer.freezeWeek(friday, by: "scheduler", now: FigureBook.at(20))
            #expect(again == late)
            #expect(try CasebookReader.open(path).weeklyReturns() == [late])
        }
    }

    @Test func `a correction is a later return with what differs; the first stays`() throws {
        try with { (path: String, writer: CasebookWriter) throws in
            let first = try writer.freezeWeek(friday, by: "scheduler", now: friday)
            let person = CaseActor(name: "Sheng Wei", role: "province_officer", unit: "330000")
            let second = try #require(
                try writer.correctWeek(friday, by: person, reason: "late notes", now: FigureBook.at(14)))
            #expect(second.number == 2 && second.corrects == 1 && second.body.weekEnd == friday)
            let line = try #require(second.body.lines.first { $0.of == "330000" })
            #expect(line.existing == 0 && line.machines == 80)
            let places = Set(second.changes.map(\.what))
            #expect(places.isSuperset(of: ["line 330000", "running c6", "K02 ", "K21 A1:existing"]))
            #expect(!places.contains("K01 cncert"))
            #expect(try writer.correctWeek(friday, by: person, reason: "again", now: FigureBook.at(14)) == nil)
            #expect(try CasebookReader.open(path).weeklyReturns() == [first, second])
            let robot = CaseActor(name: "scan", role: "province_officer", unit: "330000")
            #expect(
                try CaseScene.codes {
                    _ = try writer.correctWeek(friday, by: robot, reason: "x", now: FigureBook.at(14))
                }
                    == ["no-person"])
            #expect(
                try CaseScene.codes {
                    _ = try writer.correctWeek(friday, by: person, reason: " ", now: FigureBook.at(14))
                }
                    == ["reason-missing"])
        }
    }

    @Test func `another day, and a week that has not ended, are refused`() throws {
        try with { (_: String, writer: CasebookWriter) throws in
            for (day, now, code) in [(4.76, 14.0, "bad-end"), (3.75, 14, "bad-end"), (18.75, 14, "not-due")] {
                #expect(
                    try CaseScene.codes {
                        _ = try writer.freezeWeek(FigureBook.at(day), by: "x", now: FigureBook.at(now))
                    } == [code])
            }
            let person = CaseActor(name: "Sheng Wei", role: "province_officer", unit: "330000")
            #expect(
                try CaseScene.codes {
                    _ = try writer.correctWeek(friday, by: person, reason: "x", now: FigureBook.at(14))
                } == ["not-due"])
        }
    }

    @Test func `a return that was altered is an error with its number`() throws {
        try with { (path: String, writer: CasebookWriter) throws in
            _ = try writer.freezeWeek(friday, by: "scheduler", now: friday)
            let queue = try DatabaseQueue(path: path)
            #expect(throws: DatabaseError.self) { try queue.write { try $0.execute(sql: "DELETE FROM weekly_return") } }
            #expect(throws: DatabaseError.self) {
                try queue.write { try $0.execute(sql: "UPDATE weekly_return SET reason = ''") }
            }
            try queue.write {
                try $0.execute(
                    sql: "DROP TRIGGER weekly_return_fixed; UPDATE weekly_return SET body = replace(body, '80', '8')")
            }
            #expect(throws: CasebookError.corruptRow(table: "weekly_return", row: "1")) {
                try CasebookReader.open(path).weeklyReturns()
            }
        }
    }
}
