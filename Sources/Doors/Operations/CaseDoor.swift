import Casebook
import Foundation
import Vocabulary

/// `countermine case show|steps|move|undo`, `kpi` and `return`: what people do with cases, and the figures of it. The
/// dashboard is another face of the same steps.
package struct CaseDoor: Sendable {
    private let home: URL
    private let access: CasebookAccess

    package init(configuration: Configuration, home: URL) throws(OperationsError) {
        self.home = home
        access = try CasebookAccess(configuration)
    }

    private func rules() throws(OperationsError) -> CaseRules { try Installation.rules(home) }

    // MARK: Cases

    /// Each step of the lifecycle that leaves the case's state: whether this person may take it now, and why not.
    package func steps(_ id: String, _ actor: CaseActor, now: Instant) throws(OperationsError) -> [ListRow] {
        let rules = try rules()
        let found = try access.reading { (reader) throws(CasebookError) in
            try reader.offers(case: id, actor: actor, rules: rules, now: now)
        }
        guard let found else {
            throw OperationsError(
                .missing, place: id, what: "no such case", remedy: "`countermine case list` has every one")
        }
        return found.offers.map { offer in
            var record = Record(kind: "step")
            record.field("case", found.caseID)
            record.field("version", found.version)
            record.field("state", found.state)
            record.field("step", offer.id)
            record.field("to", offer.to)
            record.strings("needs", offer.needs.map(\.rawValue))
            record.strings("codes", offer.codes)
            record.strings("outcomes", offer.outcomes)
            record.array("refusals", offer.refusals) { refusal, inner in
                inner.field("code", refusal.code)
                inner.field("detail", refusal.detail)
            }
            return ListRow(
                record: record.line(),
                cells: [
                    offer.id, offer.to, offer.isPossible ? "✓" : "–",
                    offer.refusals.map(\.code).joined(separator: " "),
                    offer.needs.map(\.rawValue).joined(separator: " "),
                    offer.codes.joined(separator: " "), "\(found.version)",
                ])
        }
    }

    package struct Move: Sendable {
        package var id: String
        /// Identifier of the step; nil takes the last one back.
        package var step: String?
        package var actor: CaseActor
        package var reason: String
        /// JSON of `TransitionFields`.
        package var fields: [UInt8]?
        package var version: Int
        package var happened: Instant?

        package init(
            id: String, step: String?, actor: CaseActor, reason: String, fields: [UInt8]?, version: Int,
            happened: Instant? = nil
        ) {
            self.id = id
            self.step = step
            self.actor = actor
            self.reason = reason
            self.fields = fields
            self.version = version
            self.happened = happened
        }
    }

    /// Takes a step, or the last one back, and answers the case as it then stands.
    package func move(_ move: Move, now: Instant) throws(OperationsError) -> ListRow {
        var fields = TransitionFields()
        if let given = move.fields {
            do { fields = try JSONDecoder().decode(TransitionFields.self, from: Data(given)) } catch {
                throw OperationsError(
                    .usage, place: "--fields", what: "\(error)", remedy: "see Docs/Formats/casebook.md")
            }
        }
        let rules = try rules()
        let moved = try access.writing { (writer) throws(CasebookError) in
            guard let step = move.step else {
                return try writer.undo(
                    case: move.id, actor: move.actor, reason: move.reason, second: fields.second,
                    expectedVersion: move.version, rules: rules, now: now)
            }
            return try writer.transition(
                case: move.id, by: step, actor: move.actor, reason: move.reason, fields: fields,
                expectedVersion: move.version, rules: rules, happened: move.happened, now: now)
        }
        return StoreDoor.row(moved)
    }

    // MARK: Figures

    package struct Asked: Sendable {
        package var from: CalendarDate
        /// First day that is no longer counted.
        package var to: CalendarDate
        package var asOf: Instant?
        package var unit: String?
        package var only: Set<String>?

        package init(from: CalendarDate, to: CalendarDate, asOf: Instant?, unit: String?, only: Set<String>?) {
            self.from = from
            self.to = to
            self.asOf = asOf
            self.unit = unit
            self.only = only
        }
    }

    /// K01 to K22, one row a part.
    package func figures(_ asked: Asked, chinese: Bool) throws(OperationsError) -> [ListRow] {
        let window = KPIWindow(
            start: asked.from.start(offset: beijingOffset), end: asked.to.start(offset: beijingOffset),
            asOf: asked.asOf, unit: asked.unit, dayOffsetSeconds: beijingOffset)
        let figures = try access.reading { (reader) throws(CasebookError) in
            try reader.figures(window, only: asked.only)
        }
        return figures.sorted { $0.id < $1.id }.flatMap { figure in
            // A figure of which nothing is known is told all the same.
            (figure.rows.isEmpty ? [KPIRow.unknown] : figure.rows).map { row in
                var record = Record(kind: "kpi")
                record.field("id", figure.id)
                record.field("name", chinese ? figure.zh : figure.en)
                record.field("unit", figure.unit)
                record.field("part", row.part.isEmpty ? nil : row.part)
                record.field("value", row.value)
                record.field("numerator", row.numerator)
                record.field("denominator", row.denominator)
                record.field("n", row.n)
                record.field("low", row.low)
                record.field("high", row.high)
                record.field("note", row.note)
                let interval = row.low.flatMap { low in row.high.map { "\(shortNumber(low))–\(shortNumber($0))" } }
                return ListRow(
                    record: record.line(),
                    cells: [
                        figure.id, chinese ? figure.zh : figure.en, row.part, row.value.map { shortNumber($0) } ?? "–",
                        interval ?? "–", figure.unit, "\(row.n)", row.note ?? "",
                    ])
            }
        }
    }

    // MARK: Weekly returns

    package func returns() throws(OperationsError) -> [ListRow] {
        try access.reading { (reader) throws(CasebookError) in try reader.weeklyReturns() }.map { Self.row($0) }
    }

    /// Freezes the return of the last week that ended, or answers the one that is frozen already.
    package func freeze(by person: String, now: Instant) throws(OperationsError) -> ListRow {
        let end = WeeklyReturn.weekEnd(before: now, offset: beijingOffset)
        return Self.row(
            try access.writing { (writer) throws(CasebookError) in
                try writer.freezeWeek(end, by: person, offset: beijingOffset, now: now)
            })
    }

    private static func row(_ one: FrozenReturn) -> ListRow {
        var record = Record(kind: "return")
        record.field("number", one.number)
        record.field("week_end", one.body.weekEnd.rfc3339())
        record.field("as_of", one.asOf.rfc3339())
        record.field("corrects", one.corrects)
        record.field("sha256", one.sha256)
        record.array("lines", one.body.lines) { line, inner in
            inner.field("of", line.of)
            inner.field("received", line.received)
            inner.field("settled_this_week", line.settledThisWeek)
            inner.field("settled", line.settled)
            inner.field("open", line.open)
            inner.field("overdue", line.overdue)
            inner.field("existing", line.existing)
            inner.field("new", line.new)
            inner.field("undetermined", line.undetermined)
            inner.field("machines", line.machines)
            inner.field("kw", line.kilowatts)
            inner.field("kwh", line.kilowattHours)
            inner.field("measures", line.measures)
            inner.field("lookbacks", line.lookbacks)
            inner.field("recurrences", line.recurrences)
        }
        record.array("changes", one.changes) { change, inner in
            inner.field("what", change.what)
            inner.field("before", change.before)
            inner.field("after", change.after)
        }
        return ListRow(
            record: record.line(),
            cells: [
                "\(one.number)", one.body.weekEnd.rfc3339(), "\(one.body.lines.count)",
                one.corrects.map { "\($0)" } ?? "–",
                String(one.sha256.prefix(12)),
            ])
    }
}
