import Casebook
import Foundation
import Support
import Testing
import Vocabulary

struct AssignmentTests {
    private let dhcp = """
        address,line,mac,from,to
        192.0.2.10,LINE-A,00:11:22:33:44:55,2026-03-01 00:00:00,2026-03-01 12:00:00
        192.0.2.10,LINE-B,,2026-03-01 12:00:00,2026-03-02 00:00:00
        192.0.2.10,LINE-B,,2026-03-01 12:00:00,2026-03-03 00:00:00
        192.0.2.11,,66-77-88-99-aa-bb,2026-03-01,2026-03-02
        """
    private let nat = """
        公网IP,端口段,私网IP,账号,开始时间,结束时间
        198.51.100.1,1024-2047,,LINE-C,2026-03-01 00:00:00,2026-03-01 06:00:00
        198.51.100.1,2048-3071,,LINE-D,2026-03-01 00:00:00,2026-03-01 06:00:00
        198.51.100.1,1024-2047,,LINE-E,2026-03-01 06:00:00,2026-03-01 07:00:00
        198.51.100.1,5000,100.64.0.9,,2026-03-01 00:00:00,2026-03-01 06:00:00
        198.51.100.1,6000,,LINE-F,2026-03-01 00:00:00,2026-03-01 00:00:00
        """
    private let inside = """
        address,line,from,to
        100.64.0.9,LINE-G,2026-02-28 00:00:00,2026-03-01 03:00:00
        100.64.0.9,LINE-H,2026-03-01 03:00:00,2026-03-02 00:00:00
        """

    private func read(_ text: String) -> AssignmentImport { AssignmentImport(Registers.file(text), key: Registers.key) }

    private func store(_ texts: [String], _ body: (CasebookReader, CasebookWriter) throws -> Void) throws {
        try World.with { path in
            let writer = try World.fill(path)
            for text in texts { _ = try writer.take(read(text), by: "op", now: World.now) }
            try body(try CasebookReader.open(path), writer)
            try writer.close()
        }
    }

    private func ask(_ reader: CasebookReader, _ ip: String, _ port: UInt16?, _ at: String?, doubt: Int64 = 0) throws
        -> HolderAnswer
    {
        try reader.holder(
            of: try #require(IPAddress(ip)), port: port,
            at: try at.map { time in try Registers.at("2026-03-\(time)+08:00") },
            doubt: doubt)
    }

    private func lines(_ answer: HolderAnswer) -> [String?] {
        if case .held(let rows) = answer { return rows.map(\.line) }
        return []
    }

    @Test func `rows are typed, prolonged leases are repetitions, hardware is never in clear`() throws {
        let one = read(dhcp)
        #expect(one.report.counts == counts(data: 4, taken: 3, repeated: 1))
        #expect(one.rows[1].to == (try Registers.at("2026-03-03T00:00:00+08:00")))
        #expect(!"\(one.rows)".contains("33:44"))
        #expect(read(nat).report.counts == counts(data: 5, taken: 5))
    }

    private func counts(data: Int, taken: Int, refused: Int = 0, repeated: Int = 0, doubtful: Int = 0)
        -> RegisterCounts
    {
        var counts = RegisterCounts()
        counts.doubtful = doubtful
        (counts.data, counts.taken, counts.refused, counts.repeated) = (data, taken, refused, repeated)
        return counts
    }

    @Test func `bad rows are refused with place and reason, the good ones are taken`() {
        let one = read(
            """
            address,ports,inside,line,from,to
            192.0.2.300,1-2,,L,2026-03-01 00:00:00,2026-03-01 01:00:00
            192.0.2.1,1-99999,,L,2026-03-01 00:00:00,2026-03-01 01:00:00
            192.0.2.1,9-2,,L,2026-03-01 00:00:00,2026-03-01 01:00:00
            192.0.2.1,,,L,2026-03-01 00:00:00,2026-03-01 01:00:00
            192.0.2.1,1-2,,,2026-03-01 00:00:00,2026-03-01 01:00:00
            192.0.2.1,1-2,,L,2026-03-01,2026-03-02
            192.0.2.1,1-2,,L,2026-03-01 08:00,2026-03-01 09:00
            192.0.2.1,1-2,,L,2026-03-01 02:00:00,2026-03-01 01:00:00
            192.0.2.1,1-2,,L,2026-03-01 02:00:00,
            192.0.2.1,1-2,x,L,2026-03-01 02:00:00,2026-03-01 03:00:00
            192.0.2.1,1-2,,L
            192.0.2.1,1-2,,L,2026-03-01 02:00:00,2026-03-01 03:00:00
            """)
        #expect(one.report.counts == counts(data: 12, taken: 1, refused: 11))
        #expect(
            Registers.places(one.report) == [
                "2:address", "3:ports", "4:ports", "5:ports", "6:line", "7:from", "8:from", "9:to", "10:to",
                "11:inside", "12:",
            ])
    }

    @Test func `who held an address and port at an instant`() throws {
        try store([dhcp, nat, inside]) { (reader, _) throws in
            #expect(lines(try ask(reader, "192.0.2.10", 4444, "01T11:59:59")) == ["LINE-A"])
            #expect(lines(try ask(reader, "192.0.2.10", nil, "01T12:00:00")) == ["LINE-B"])
            #expect(lines(try ask(reader, "198.51.100.1", 1500, "01T05:59:59")) == ["LINE-C"])
            #expect(lines(try ask(reader, "198.51.100.1", 2500, "01T05:59:59")) == ["LINE-D"])
            #expect(lines(try ask(reader, "198.51.100.1", 1500, "01T06:00:00")) == ["LINE-E"])
            // A translation that began and ended in one second.
            #expect(lines(try ask(reader, "198.51.100.1", 6000, "01T00:00:00")) == ["LINE-F"])
            // The log names an address inside; who had that is in another log, by time.
            #expect(lines(try ask(reader, "198.51.100.1", 5000, "01T02:00:00")) == [nil, "LINE-G"])
            #expect(lines(try ask(reader, "198.51.100.1", 5000, "01T04:00:00")) == [nil, "LINE-H"])
            guard case .held(let rows) = try ask(reader, "192.0.2.11", 1, "01T08:00:00") else {
                Issue.record("not held")
                return
            }
            #expect(rows.first?.device?.masked == "…bb")
        }
    }

    @Test func `behind a shared address nobody is named without port and time`() throws {
        try store([dhcp, nat, inside]) { (reader, _) throws in
            #expect(try ask(reader, "198.51.100.1", nil, "01T05:00:00") == .noAnswer(.portNeeded))
            #expect(try ask(reader, "198.51.100.1", nil, "09T05:00:00") == .noAnswer(.portNeeded))
            #expect(try ask(reader, "198.51.100.1", 1500, nil) == .noAnswer(.timeNeeded))
            #expect(try ask(reader, "192.0.2.10", 1, nil) == .noAnswer(.timeNeeded))
            #expect(try ask(reader, "198.51.100.1", 1500, "01T08:00:00") == .noAnswer(.notLogged))
            #expect(try ask(reader, "203.0.113.9", 1, "01T08:00:00") == .noAnswer(.notLogged))
            // Clocks that may differ by a minute do not tell C from E.
            #expect(try ask(reader, "198.51.100.1", 1500, "01T05:59:30", doubt: 60) == .noAnswer(.changedHands))
            #expect(lines(try ask(reader, "198.51.100.1", 1500, "01T05:58:30", doubt: 60)) == ["LINE-C"])
            #expect(try ask(reader, "198.51.100.1", 5000, "01T02:59:30", doubt: 60) == .noAnswer(.changedHands))
        }
    }

    private func claims(_ answer: HolderAnswer) -> [String?] {
        if case .disputed(let rows) = answer { return rows.map(\.line).sorted { ($0 ?? "") < ($1 ?? "") } }
        return []
    }

    @Test func `two holders at one time are both shown and neither is chosen, before and after it the log holds`()
        throws
    {
        let file = """
            address,line,from,to
            192.0.2.1,A,2026-03-01 00:00:00,2026-03-01 10:00:00
            192.0.2.1,B,2026-03-01 09:00:00,2026-03-01 11:00:00
            192.0.2.1,A,2026-03-01 12:00:00,
            192.0.2.2,C,2026-03-01 00:00:00,2026-03-01 10:00:00
            """
        let one = read(file)
        #expect(one.report.counts == counts(data: 4, taken: 4, doubtful: 2))
        #expect(Registers.places(one.report) == ["2:address", "3:address"])
        #expect(one.report.problems.first?.what.contains("line 3") == true)
        try store([file]) { (reader, writer) throws in
            #expect(claims(try ask(reader, "192.0.2.1", 1, "01T09:30:00")) == ["A", "B"])
            #expect(lines(try ask(reader, "192.0.2.1", 1, "01T08:30:00")) == ["A"])
            #expect(lines(try ask(reader, "192.0.2.1", 1, "01T10:30:00")) == ["B"])
            #expect(lines(try ask(reader, "192.0.2.1", 1, "01T13:00:00")) == ["A"])
            // A later file against the store, whichever came first.
            let later = read("address,line,from,to\n192.0.2.2,D,2026-03-01 09:00:00,2026-03-01 11:00:00\n")
            let taken = try writer.take(later, by: "op", now: World.now)
            #expect(taken.report.counts == counts(data: 1, taken: 1, doubtful: 1))
            #expect(taken.report.problems.first?.what.contains("the store") == true)
            #expect(claims(try ask(reader, "192.0.2.2", 1, "01T09:30:00")) == ["C", "D"])
            #expect(lines(try ask(reader, "192.0.2.2", 1, "01T08:30:00")) == ["C"])
            // The operator mends the end of the first: the doubt is gone, and what was said before is still there.
            let mended = read("address,line,from,to\n192.0.2.2,C,2026-03-01 00:00:00,2026-03-01 09:00:00\n")
            #expect(try writer.take(mended, by: "op", now: World.now).changed == 2)
            #expect(lines(try ask(reader, "192.0.2.2", 1, "01T09:30:00")) == ["D"])
        }
    }

    @Test func `an own address that is shared at the same time is doubt, not a household`() throws {
        let own = "address,line,from,to\n198.51.100.1,LINE-Z,2026-03-01 00:00:00,2026-03-02 00:00:00\n"
        try store([nat, own]) { (reader, _) throws in
            #expect(claims(try ask(reader, "198.51.100.1", 1500, "01T05:00:00")) == ["LINE-C", "LINE-Z"])
            #expect(try ask(reader, "198.51.100.1", nil, "01T12:00:00") == .noAnswer(.portNeeded))
        }
    }

    @Test func `a log whose ends are a second late loses those seconds only`() throws {
        var text = "address,line,from,to\n"
        for hour in 10..<20 {
            text += "192.0.2.9,L\(hour),2026-03-01 \(hour):00:00,2026-03-01 \(hour + 1):00:01\n"
        }
        try store([text]) { (reader, _) throws in
            for hour in 10..<20 {
                #expect(lines(try ask(reader, "192.0.2.9", 1, "01T\(hour):30:00")) == ["L\(hour)"])
            }
            #expect(claims(try ask(reader, "192.0.2.9", 1, "01T12:00:00")) == ["L11", "L12"])
        }
    }

    /// A plain twin: every two rows against each other.
    @Test(arguments: 0..<40)
    func `exactly the rows that contradict another are in doubt`(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        var text = "address,port_low,port_high,line,from,to\n"
        var rows: [(low: Int, high: Int, line: Int, from: Int, to: Int)] = []
        for _ in 0..<(10 + Int(seed)) {
            let low = Int.random(in: 0...12, using: &random)
            let from = Int.random(in: 0...40, using: &random)
            let row = (
                low: low, high: low + Int.random(in: 0...3, using: &random),
                line: Int.random(in: 0...2, using: &random),
                from: from, to: from + Int.random(in: 1...8, using: &random)
            )
            // The same holder, ports and beginning would be one assignment.
            guard
                !rows.contains(where: { ($0.low, $0.high, $0.line, $0.from) == (row.low, row.high, row.line, row.from) }
                )
            else { continue }
            rows.append(row)
            func time(_ second: Int) -> String { "2026-03-01 00:00:\(second < 10 ? "0" : "")\(second)" }
            text += "192.0.2.1,\(row.low),\(row.high),L\(row.line),\(time(row.from)),\(time(row.to))\n"
        }
        let clashing = rows.indices.filter { i in
            rows.contains { other in
                let one = rows[i]
                return one.line != other.line && one.low <= other.high && other.low <= one.high && one.from < other.to
                    && other.from < one.to
            }
        }
        let one = read(text)
        #expect(one.report.problems.map { $0.line - 2 } == clashing)
        #expect(one.report.counts == counts(data: rows.count, taken: rows.count, doubtful: clashing.count))
    }

    @Test func `the same file again changes nothing, a longer lease is a new version`() throws {
        try store([dhcp, nat]) { (reader, writer) throws in
            let before = try reader.logicalDigest()
            for text in [dhcp, nat] {
                let again = try writer.take(read(text), by: "op", now: World.now.adding(seconds: 99))
                #expect(again.revision == nil && again.changed == 0)
            }
            #expect(try reader.logicalDigest() == before)
            let longer = dhcp.replacing("2026-03-03 00:00:00", with: "2026-03-04 00:00:00")
            #expect(try writer.take(read(longer), by: "op", now: World.now).changed == 2)
            #expect(lines(try ask(reader, "192.0.2.10", 1, "03T12:00:00")) == ["LINE-B"])
            guard case .intact = try reader.auditVerify() else {
                Issue.record("chain broken")
                return
            }
        }
    }

    @Test(arguments: [(3000, "line"), (12_000, "too many")])
    func `a file of nothing but contradictions ends soon and says so`(_ count: Int, _ says: String) {
        var text = "address,port_low,port_high,line,from,to\n"
        for index in 0..<count {
            text += "192.0.2.1,\(index),\(60_000 - index),L\(index),2026-03-01 00:00:00,2026-03-02 00:00:00\n"
        }
        let one = read(text)
        #expect(one.report.counts == counts(data: count, taken: count, doubtful: count))
        #expect(one.report.problemCount == count && one.report.problems.first?.what.contains(says) == true)
    }

    @Test func `numbers beyond all bounds neither trap nor name anybody`() throws {
        let far = """
            address,line,from,to
            192.0.2.1,A,9999-12-31 00:00:00,
            192.0.2.1,B,99999999-01-01 00:00:00,
            192.0.2.1,C,0001-01-01 00:00:00,0001-01-02 00:00:00
            192.0.2.1,D,2026-03-01 00:00:00,9999-12-31 23:59:59
            """
        let one = read(far)
        #expect(one.report.counts.addUp && one.report.counts.data == 4 && one.report.counts.refused >= 1)
        try store([far, nat]) { (reader, _) throws in
            for at in [Instant(nanoseconds: .max), Instant(nanoseconds: .min)] {
                for doubt in [0, Int64.max, Int64.min] {
                    let answer = try reader.holder(
                        of: try #require(IPAddress("198.51.100.1")), port: 65_535, at: at, doubt: doubt)
                    #expect(answer == .noAnswer(.notLogged))
                }
            }
            // Within a doubt of ever the port had many holders.
            #expect(try ask(reader, "198.51.100.1", 1500, "01T05:00:00", doubt: .max) == .noAnswer(.changedHands))
        }
    }
}
