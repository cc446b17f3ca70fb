import GRDB
import Vocabulary

/// Due days, by the lifecycle's clocks and the calendar of the installation.
struct CaseClocks {
    let rules: CaseRules
    let history: CaseHistory

    /// Last day of the clock that starts when a case enters `state` on `day`; nil where no clock runs.
    func due(entering state: String, on day: CalendarDate, with fields: TransitionFields, by step: String)
        -> CalendarDate?
    {
        guard let name = rules.lifecycle.state(state)?.clock, let clock = rules.lifecycle.clocks[name] else {
            return nil
        }
        if clock.of == "exemption" { return (fields.exemption ?? history.exemption)?.to }
        if let rounds = clock.calendarDays {
            // T21 passes a round; an approval begins to count anew.
            let passed = step == "closure_submitted" ? 0 : history.roundsPassed + 1
            let closed = step == "closure_submitted" ? day : history.closing.map { rules.day($0.happened) } ?? day
            guard passed < rounds.count else { return nil }
            return CalendarDate(daysSince1970: closed.daysSince1970 + rounds[passed])
        }
        let usual = rules.calendar.adding(workingDays: clock.workingDays ?? 0, to: day)
        // The dispatcher's dates stand while they lie ahead; a visit that must be made again gets the usual days.
        let set = (fields.dueDates ?? history.standing.last { $0.fields.dueDates != nil }?.fields.dueDates)?[name]
        return set.map { $0 >= day ? $0 : usual } ?? usual
    }

    /// Working days in (`from`, `to`]; none when `to` is not later.
    static func workingDays(_ calendar: WorkingCalendar, from: CalendarDate, to: CalendarDate) -> Int {
        let last = min(to.daysSince1970, from.daysSince1970 + CasebookLimits.clockDays)
        guard last > from.daysSince1970 else { return 0 }
        return ((from.daysSince1970 + 1)...last).count { calendar.isWorkingDay(CalendarDate(daysSince1970: $0)) }
    }
}

/// A case whose clock has run out.
package struct OverdueCase: Hashable, Sendable, Codable {
    package var id: String
    package var state: String
    package var holder: String
    package var due: CalendarDate
    /// Calendar days since.
    package var days: Int
}

/// A case near or over a limit of the law.
package struct OuterLimitWarning: Hashable, Sendable, Codable {
    package var id: String
    package var limit: String
    package var last: CalendarDate
    /// Calendar days left; negative when it is over.
    package var daysLeft: Int
}

extension CasebookReader {
    /// Every open case whose clock ran out before `day`, the longest first. It asks the store, not a page: a case is
    /// late whether anybody looks or not. A suspended case is not late before its suspension ends, since its due day
    /// moved with it.
    package func overdue(on day: CalendarDate) throws(CasebookError) -> [OverdueCase] {
        try reading { db in
            try Row.fetchAll(
                db,
                sql:
                    "SELECT case_id, state, holder, due FROM case_fact "
                    + "WHERE open = 1 AND due < ? ORDER BY due, case_id",
                arguments: [day.description]
            ).map { row in
                let text: String = row["due"]
                guard let due = CalendarDate(text) else {
                    throw CasebookError.corruptRow(table: "case_fact", row: row["case_id"])
                }
                return OverdueCase(
                    id: row["case_id"], state: row["state"], holder: row["holder"], due: due,
                    days: day.daysSince1970 - due.daysSince1970)
            }
        }
    }

    /// Cases with less than `within` days left to a limit of the law, or beyond it.
    package func outerLimits(
        on day: CalendarDate, within: Int = 14, rules: CaseRules
    ) throws(CasebookError) -> [OuterLimitWarning] {
        try reading { db in
            var found: [OuterLimitWarning] = []
            for limit in rules.lifecycle.outerLimits {
                let rows = try Row.fetchAll(
                    db,
                    sql: """
                        SELECT f.case_id, min(coalesce(e.event_time, e.recorded_at)) AS since
                        FROM case_fact f JOIN case_event e ON e.case_id = f.case_id AND e.to_state = ?
                            AND NOT EXISTS (SELECT 1 FROM case_act a WHERE a.undoes = e.seq)
                        WHERE f.open = 1 AND NOT EXISTS (
                            SELECT 1 FROM case_event u WHERE u.case_id = f.case_id AND u.to_state = ?
                                AND NOT EXISTS (SELECT 1 FROM case_act a WHERE a.undoes = u.seq))
                        GROUP BY f.case_id ORDER BY f.case_id
                        """, arguments: [limit.state, limit.until])
                for row in rows {
                    let since = rules.day(Instant(nanoseconds: row["since"]))
                    let last = CalendarDate(daysSince1970: since.daysSince1970 + limit.days)
                    let left = last.daysSince1970 - day.daysSince1970
                    guard left < within else { continue }
                    found.append(OuterLimitWarning(id: row["case_id"], limit: limit.id, last: last, daysLeft: left))
                }
            }
            return found
        }
    }
}
