import GRDB
import Vocabulary

/// What the figures need beside the cases. Everything is appended; a correction is a later record of the same thing.
package enum FigureRecord: Hashable, Sendable {
    /// The ten sources of the provincial model, section 3.
    package static let leadSources: Set<String> = [
        "national_list", "communications_admin", "cncert", "grid_company", "network_operator", "internet_company",
        "public_tip", "other_authority", "self_check", "system_finding",
    ]

    case lead(id: String, source: String, unit: String, receivedAt: Instant, duplicateOf: String?)
    case leadCase(lead: String, caseID: String)
    case handover(id: String, caseID: String, receiver: String, sentAt: Instant, due: CalendarDate)
    case reply(handover: String, at: Instant)
    case listItem(list: String, caseID: String)
    /// Energy of a reading cycle, kWh; `account`: of the whole account.
    case energy(
        caseID: String, from: CalendarDate, to: CalendarDate, mining: Double, account: Double?, low: Double?,
        high: Double?)
    case emissionFactor(unit: String, year: Int, tonnesPerMWh: Double)
    case surcharge(
        unit: String, yuanPerKWh: Double, from: CalendarDate, to: CalendarDate?, wholeAccount: Bool, basis: String)
    case meterDay(meter: String, unit: String, day: CalendarDate, expected: Int, present: Int, hours: Double)
    case linkDay(
        link: String, unit: String, day: CalendarDate, scopeHours: Double, watchedHours: Double, packets: Int,
        lost: Int,
        unreadable: Int)
    case source(String, cadenceSeconds: Int, newestEvent: Instant)

    /// What is wrong with it; nil when nothing is.
    var lack: String? {
        switch self {
        case .lead(let id, let source, _, _, let twin):
            if id.isEmpty || twin == id { return "lead" }
            return FigureRecord.leadSources.contains(source) ? nil : "source \(source)"
        case .handover(let id, _, let receiver, _, _): return id.isEmpty || receiver.isEmpty ? "handover" : nil
        case .energy(_, let from, let to, let mining, let account, let low, let high):
            let numbers = [mining, account ?? 0, low ?? 0, high ?? 0]
            return from <= to && numbers.allSatisfy { $0.isFinite && $0 >= 0 } ? nil : "energy"
        case .emissionFactor(_, let year, let factor):
            return (1990...2200).contains(year) && factor.isFinite && factor >= 0 ? nil : "factor"
        case .surcharge(_, let rate, let from, let to, _, _):
            return rate.isFinite && rate >= 0 && to.map { $0 >= from } ?? true ? nil : "rate"
        case .meterDay(_, _, _, let expected, let present, let hours):
            return expected >= 0 && (0...max(expected, 0)).contains(present) && (0...25).contains(hours)
                ? nil : "coverage"
        case .linkDay(_, _, _, let scope, let watched, let packets, let lost, let unreadable):
            let fine = (0...25).contains(scope) && watched >= 0 && watched <= scope && packets >= 0 && lost >= 0
            return fine && (0...max(packets, 0)).contains(unreadable) ? nil : "coverage"
        case .source(_, let cadence, _): return cadence > 0 ? nil : "cadence"
        case .leadCase, .reply, .listItem: return nil
        }
    }

    func insert(_ db: Database, now: Instant) throws {
        func put(_ table: String, _ columns: String, _ values: StatementArguments) throws {
            let marks = Array(repeating: "?", count: columns.split(separator: ",").count + 1).joined(separator: ", ")
            try db.cachedStatement(sql: "INSERT INTO \(table) (\(columns), recorded_at) VALUES (\(marks))").execute(
                arguments: values + [now.nanoseconds])
        }
        switch self {
        case .lead(let id, let source, let unit, let at, let twin):
            try put("lead", "id, source, unit, received_at, duplicate_of", [id, source, unit, at.nanoseconds, twin])
        case .leadCase(let lead, let caseID): try put("lead_case", "lead, case_id", [lead, caseID])
        case .handover(let id, let caseID, let receiver, let at, let due):
            try put(
                "handover", "id, case_id, receiver, sent_at, due",
                [id, caseID, receiver, at.nanoseconds, due.description])
        case .reply(let handover, let at):
            try put("handover_reply", "handover, replied_at", [handover, at.nanoseconds])
        case .listItem(let list, let caseID): try put("list_item", "list, case_id", [list, caseID])
        case .energy(let caseID, let from, let to, let mining, let account, let low, let high):
            try put(
                "measured_energy", "case_id, first_day, last_day, mining_kwh, account_kwh, low_kwh, high_kwh",
                [caseID, from.description, to.description, mining, account, low, high])
        case .emissionFactor(let unit, let year, let factor):
            try put("emission_factor", "unit, year, tonnes_per_mwh", [unit, year, factor])
        case .surcharge(let unit, let rate, let from, let to, let whole, let basis):
            let other = try Bool.fetchOne(
                db,
                sql:
                    "SELECT 1 FROM surcharge_rate WHERE unit = ? "
                    + "AND first_day <= ? AND coalesce(last_day, '9999-12-31') >= ?",
                arguments: [unit, to?.description ?? "9999-12-31", from.description])
            // Two rates on one day would be charged twice.
            guard other == nil else {
                throw CasebookError.refused(caseID: unit, [Refusal("bad-field", "rate overlaps")])
            }
            try put(
                "surcharge_rate", "unit, yuan_per_kwh, first_day, last_day, whole_account, basis",
                [unit, rate, from.description, to?.description, whole, basis])
        case .meterDay(let meter, let unit, let day, let expected, let present, let hours):
            try put(
                "meter_coverage", "meter, unit, day, expected, present, hours",
                [meter, unit, day.description, expected, present, hours])
        case .linkDay(let link, let unit, let day, let scope, let watched, let packets, let lost, let unreadable):
            try put(
                "link_coverage", "link, unit, day, scope_hours, watched_hours, packets, lost, unreadable",
                [link, unit, day.description, scope, watched, packets, lost, unreadable])
        case .source(let name, let cadence, let newest):
            try put("source_seen", "source, cadence_s, newest_event", [name, cadence, newest.nanoseconds])
        }
    }
}

extension CasebookWriter {
    /// The newest event that was noted of each source.
    package func newestEvents() throws(CasebookError) -> [String: Instant] {
        try transaction { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT source, max(newest_event) AS newest FROM source_seen GROUP BY source")
            return Dictionary(
                rows.map { ($0["source"], Instant(nanoseconds: $0["newest"])) }, uniquingKeysWith: { first, _ in first }
            )
        }
    }

    /// Appends records, all or none, with one audit row. What is not a number or ends before it begins is refused.
    package func record(_ records: [FigureRecord], by actor: String, now: Instant) throws(CasebookError) {
        guard !records.isEmpty else { return }
        try transaction { db in
            for (index, record) in records.enumerated() {
                if let lack = record.lack {
                    throw CasebookError.refused(caseID: "record \(index)", [Refusal("bad-field", lack)])
                }
                try record.insert(db, now: now)
            }
            try AuditChain.append(
                db, at: now, actor: actor, action: "figures", object: "records:\(records.count)",
                detail: Canonical.sha256("\(records)"))
        }
    }
}
