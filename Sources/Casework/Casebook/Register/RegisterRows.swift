import Vocabulary

/// What became of the rows of one file: `data = taken + refused + repeated`.
package struct RegisterCounts: Hashable, Sendable, Codable {
    package var data = 0
    package var taken = 0
    package var refused = 0
    /// Said before in the same file, word for word or with less to say.
    package var repeated = 0
    /// Of the taken ones, those that contradict another row or the store.
    package var doubtful = 0

    package init() {}

    package var addUp: Bool { data == taken + refused + repeated && doubtful <= taken }
}

/// One file as it was read: what became of its rows, and what was wrong.
package struct RegisterReport: Hashable, Sendable, Codable {
    package var file: String
    /// SHA-256 of the text, hex.
    package var sha256: String
    package var counts = RegisterCounts()
    package internal(set) var problems: [RegisterProblem] = []
    /// Problems there were in all; `problems` is cut off at a limit.
    package internal(set) var problemCount = 0
    /// Columns of the file that were not looked at; nothing of them is kept.
    package internal(set) var dropped: [String] = []

    mutating func note(_ line: Int, _ column: String, _ what: String, _ remedy: String) {
        problemCount += 1
        guard problems.count < CasebookLimits.registerProblems else { return }
        problems.append(RegisterProblem(file: file, line: line, column: column, what: what, remedy: remedy))
    }

    /// A row that had been taken is refused after all, because of another one.
    mutating func refuse(taken line: Int, _ column: String, _ what: String, _ remedy: String) {
        counts.taken -= 1
        counts.refused += 1
        note(line, column, what, remedy)
    }
}

/// What a file may point at.
package struct KnownRegister: Hashable, Sendable {
    package var units: Set<String>
    package var sites: Set<String>

    package init(units: [Unit], sites: [Site]) {
        self.units = Set(units.map(\.code))
        self.sites = Set(sites.map(\.id))
    }
}

/// A column by the name that the program uses, and what else files call it. Names are compared without case, width,
/// spaces, hyphens and underscores.
struct RegisterColumn {
    let name: String
    let others: [String]
    let needed: Bool

    init(_ name: String, _ others: String..., needed: Bool = false) {
        self.name = name
        self.others = others
        self.needed = needed
    }

    static func key(_ text: String) -> String {
        String(TextFold.plain(text).filter { !$0.isWhitespace && $0 != "_" && $0 != "-" })
    }
}

/// The rows of one file under its header. Rows that cannot be read are noted and passed over; each row that is handed
/// out must be given back to `settle`.
struct RegisterRows {
    private(set) var report: RegisterReport
    private var rows: CSVRows
    private var header: [String] = []
    private var places: [String: Int] = [:]
    private var sound = false

    init(_ file: RegisterFile, _ columns: [RegisterColumn]) {
        report = RegisterReport(file: file.name, sha256: Canonical.sha256(file.text))
        if file.text.utf8.count <= CasebookLimits.registerBytes {
            rows = CSVRows(file.text)
            sound = readHeader(columns)
        } else {
            rows = CSVRows("")
            report.note(0, "", "is larger than \(CasebookLimits.registerBytes) bytes", "split it")
        }
    }

    /// False when the file cannot be read by its first line.
    private mutating func readHeader(_ columns: [RegisterColumn]) -> Bool {
        header = (rows.next()?.fields ?? []).map(RegisterRow.trimmed)
        var known: [String: String] = [:]
        for column in columns {
            for name in [column.name] + column.others { known[RegisterColumn.key(name)] = column.name }
        }
        for (index, name) in header.enumerated() {
            let meant = known[RegisterColumn.key(name)]
            if meant == nil, !name.isEmpty { report.dropped.append(String(name.prefix(40))) }
            guard places[meant ?? name] != nil else {
                places[meant ?? name] = index
                continue
            }
            // Of two columns that nobody asked for, the first counts; of two that mean the same, none can.
            guard let meant else { continue }
            report.note(1, meant, "the column is there twice", "remove one of the two")
            return false
        }
        guard let lacking = columns.first(where: { $0.needed && places[$0.name] == nil }) else { return true }
        report.note(1, lacking.name, "the column is missing", "add it to the first line")
        return false
    }

    /// The next row that has as many fields as the header; nil at the end.
    mutating func next() -> RegisterRow? {
        guard sound else { return nil }
        while let row = rows.next() {
            if !row.malformed, row.fields.count == 1, RegisterRow.trimmed(row.fields[0]).isEmpty { continue }
            report.counts.data += 1
            guard !row.malformed, row.fields.count == header.count else {
                report.counts.refused += 1
                let what =
                    row.malformed ? "quotes do not match" : "has \(row.fields.count) fields, the header \(header.count)"
                report.note(
                    row.line, "", what, "quote fields that hold commas or quotes; double the quotes inside")
                continue
            }
            var reading = RegisterRow(line: row.line, places: places, fields: row.fields)
            if let long = row.fields.firstIndex(where: { $0.utf8.count > CasebookLimits.registerFieldBytes }) {
                reading.fail(header[long], "is longer than \(CasebookLimits.registerFieldBytes) bytes", "shorten it")
                settle(reading)
                continue
            }
            return reading
        }
        return nil
    }

    /// Counts a row: refused when something is wrong with it.
    mutating func settle(_ row: RegisterRow, repeated: Bool = false) {
        if let problem = row.problem {
            report.counts.refused += 1
            report.note(row.line, problem.column, problem.what, problem.remedy)
        } else if repeated {
            report.counts.repeated += 1
        } else {
            report.counts.taken += 1
        }
    }
}

/// A row under its header; the first thing wrong with it, once found.
struct RegisterRow {
    let line: Int
    private let places: [String: Int]
    private let fields: [String]
    private(set) var problem: (column: String, what: String, remedy: String)?

    init(line: Int, places: [String: Int], fields: [String]) {
        self.line = line
        self.places = places
        self.fields = fields
    }

    static func trimmed(_ text: String) -> String {
        var slice = Substring(text)
        while let first = slice.first, first.isWhitespace { slice.removeFirst() }
        while let last = slice.last, last.isWhitespace { slice.removeLast() }
        return String(slice)
    }

    func has(_ column: String) -> Bool { places[column] != nil }

    /// Without the spaces around; empty where the file has no such column.
    func text(_ column: String) -> String { places[column].map { RegisterRow.trimmed(fields[$0]) } ?? "" }

    /// Nil where nothing is written: unknown is not empty.
    func some(_ column: String) -> String? {
        let value = text(column)
        return value.isEmpty ? nil : value
    }

    mutating func fail(_ column: String, _ what: String, _ remedy: String) {
        if problem == nil { problem = (column, what, remedy) }
    }

    mutating func needed(_ column: String) -> String {
        let value = text(column)
        if value.isEmpty { fail(column, "is empty", "fill it in") }
        return value
    }

    mutating func date(_ column: String) -> CalendarDate? {
        let value = text(column)
        guard !value.isEmpty else { return nil }
        guard case .day(let day) = RegisterTime(value, zone: 0) else {
            fail(column, "\"\(value.prefix(40))\" is no date", "write it as YYYY-MM-DD, or leave it empty")
            return nil
        }
        return day
    }

    /// Two dates of which the second may not lie before the first; either may be open.
    mutating func dates(_ first: String = "from", _ last: String = "to") -> (CalendarDate?, CalendarDate?) {
        let from = date(first)
        let to = date(last)
        if let from, let to, to < from { fail(last, "lies before \(first)", "swap or mend the dates") }
        return (from, to)
    }

    /// A finite number that is not negative; nil where nothing is written.
    mutating func number(_ column: String, upTo highest: Double = .greatestFiniteMagnitude) -> Double? {
        let value = text(column)
        guard !value.isEmpty else { return nil }
        // `Double` also reads hexadecimal numbers and words.
        let plain = value.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        guard plain, let number = Double(value), number.isFinite, number <= highest else {
            let bound = highest < .greatestFiniteMagnitude ? " of at most \(highest)" : ""
            fail(column, "\"\(value.prefix(40))\" is no number\(bound)", "write it in plain digits, or leave it empty")
            return nil
        }
        return number
    }

    /// The code of a unit that the register knows.
    mutating func unit(_ column: String = "unit", of known: KnownRegister) -> String {
        let code = needed(column)
        if !code.isEmpty, !known.units.contains(code) {
            fail(column, "unit \"\(code.prefix(40))\" is not known", "mend the code, or add the unit to the units file")
        }
        return code
    }

    /// A site that the register knows; nil where nothing is written.
    mutating func site(_ column: String = "site", of known: KnownRegister) -> String? {
        guard let site = some(column) else { return nil }
        if !known.sites.contains(site) {
            fail(column, "\"\(site.prefix(40))\" is no site of the register", "add the site first, or mend the name")
        }
        return site
    }

    /// Nil where nothing is written.
    mutating func flag(_ column: String) -> Bool? {
        switch text(column).lowercased() {
        case "": return nil
        case "true", "1", "yes", "是": return true
        case "false", "0", "no", "否": return false
        default:
            fail(column, "is neither true nor false", "write true or false")
            return nil
        }
    }

    /// One of a list of words, by the word or by what people call it.
    mutating func word<Value: CaseIterable & RawRepresentable>(
        _ column: String, _ type: Value.Type, called: [String: Value]
    ) -> Value? where Value.RawValue == String {
        let value = needed(column)
        if let found = Value(rawValue: value) ?? called[value] { return found }
        let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
        fail(column, "\"\(value.prefix(40))\" is not known", "use one of \(words)")
        return nil
    }

    /// An instant; what has no zone is in the civil time of the register.
    ///
    /// - Parameter dayEnds: how a mere day is meant: nil = it will not do, the time is needed to the second; false =
    ///   its beginning; true = its end.
    mutating func instant(_ column: String, zone: Int, dayEnds: Bool?) -> Instant? {
        let value = text(column)
        guard !value.isEmpty else { return nil }
        switch RegisterTime(value, zone: zone) {
        case .instant(let at): return at
        case .day(let day):
            guard let dayEnds else {
                fail(column, "has no time of day", "write the time to the second")
                return nil
            }
            return CalendarDate(daysSince1970: day.daysSince1970 + (dayEnds ? 1 : 0)).start(offset: zone)
        case .none:
            fail(
                column, "\"\(value.prefix(40))\" is no time to the second",
                "write it as 2026-03-01T08:00:00+08:00 or 2026-03-01 08:00:00")
            return nil
        }
    }
}

/// A time as exports write it.
enum RegisterTime {
    case instant(Instant)
    case day(CalendarDate)

    /// `2026-03-01T08:00:00Z`, `2026-03-01 08:00:00`, `2026/3/1 8:00:00`, `20260301080000`, or a day alone.
    init?(_ text: String, zone: Int) {
        guard text.utf8.count <= 40 else { return nil }
        if text.utf8.count == 14, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            let d = Array(text)
            let day = "\(String(d[0..<4]))-\(String(d[4..<6]))-\(String(d[6..<8]))"
            let time = "\(String(d[8..<10])):\(String(d[10..<12])):\(String(d[12..<14]))"
            self.init("\(day)T\(time)", zone: zone)
            return
        }
        let parts = text.split(maxSplits: 1, omittingEmptySubsequences: true) { $0 == "T" || $0 == " " }
        let numbers = parts.first?.split(separator: text.contains("/") ? "/" : "-", omittingEmptySubsequences: false)
        guard let numbers, numbers.count == 3,
            let day = CalendarDate(numbers.map { $0.utf8.count == 1 ? "0\($0)" : String($0) }.joined(separator: "-"))
        else { return nil }
        guard parts.count == 2 else {
            self = .day(day)
            return
        }
        var time = String(parts[1])
        if time.utf8.dropFirst().first == UInt8(ascii: ":") { time = "0" + time }
        let hasZone = time.hasSuffix("Z") || time.utf8.suffix(6).first.map { $0 == 0x2B || $0 == 0x2D } ?? false
        let full = "\(day)T\(time)" + (hasZone ? "" : "Z")
        guard let at = Instant(rfc3339: full) else { return nil }
        self = .instant(hasZone ? at : at.adding(seconds: Int64(-zone)))
    }
}
