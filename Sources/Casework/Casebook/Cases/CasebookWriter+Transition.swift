import GRDB
import Vocabulary

extension CasebookWriter {
    /// Takes one step of the lifecycle with one case, in one transaction: every guard, the event with both dates, the
    /// due day, the desk, the audit row. Throws `staleCase` when the case has moved since `expectedVersion`, `refused`
    /// with every reason when the step may not be taken; then nothing is changed.
    ///
    /// - Parameters:
    ///   - happened: When it happened; nil = now. Never later than `now`, never before the step before it.
    /// - Returns: The case as it now stands; for a step that opens the next episode, the new case.
    @discardableResult
    package func transition(
        case id: String, by step: String, actor: CaseActor, reason: String,
        fields: TransitionFields = TransitionFields(),
        expectedVersion: Int, rules: CaseRules, happened: Instant? = nil, now: Instant
    ) throws(CasebookError) -> CaseRecord {
        try transaction { db in
            let history = try CasebookWriter.history(db, id, expectedVersion)
            guard let step = rules.lifecycle.transition(step) else {
                throw CasebookError.refused(caseID: id, [Refusal("unknown-transition", step)])
            }
            let check = TransitionCheck(
                db: db, history: history, rules: rules, actor: actor, happened: happened ?? now, now: now)
            var refusals = try check.refusals(step, fields: fields)
            if reason.utf8.count > CasebookLimits.formTextBytes { refusals.append(Refusal("bad-field", "reason")) }
            guard refusals.isEmpty else { throw CasebookError.refused(caseID: id, refusals) }
            return try CasebookWriter.take(
                step, check: check, reason: reason, fields: fields, at: happened ?? now, now: now)
        }
    }

    /// Takes the last step back: a new event with a reason, never a rewrite. The person must have the right to the step
    /// that is taken back, and where that took two, this takes two. The due day and the desk of before come back with
    /// the state.
    @discardableResult
    package func undo(
        case id: String, actor: CaseActor, reason: String, second: CaseActor? = nil, expectedVersion: Int,
        rules: CaseRules, now: Instant
    ) throws(CasebookError) -> CaseRecord {
        try transaction { db in
            let history = try CasebookWriter.history(db, id, expectedVersion)
            let check = TransitionCheck(db: db, history: history, rules: rules, actor: actor, happened: now, now: now)
            guard let last = history.steps.last, let before = history.steps.dropLast().last,
                let step = rules.lifecycle.transition(last.transition), let state = last.from,
                !rules.lifecycle.undo.never.contains(step.id), history.successor == nil
            else {
                throw CasebookError.refused(caseID: id, [Refusal("cannot-undo", history.steps.last?.transition ?? "")])
            }
            var refusals = try check.whoAndWhen(by: step.by.filter { $0 != Lifecycle.scheduler })
            let who: Set<TransitionGuard> = [.reviewerNotInspector, .secondReviewer, .secondReviewerIfScoreHigh]
            for needed in step.needs where who.contains(needed) {
                switch needed {
                case .reviewerNotInspector where history.inspectorsEver.contains(CaseActor.key(actor.name)):
                    refusals.append(Refusal(needed))
                case .secondReviewer:
                    if let lack = try check.secondLack(second) { refusals.append(Refusal(needed, lack)) }
                case .secondReviewerIfScoreHigh where check.scoreIsHigh:
                    if let lack = try check.secondLack(second) { refusals.append(Refusal(needed, lack)) }
                default: break
                }
            }
            refusals += CasebookWriter.reasonLack(reason)
            guard refusals.isEmpty else { throw CasebookError.refused(caseID: id, refusals) }
            var fields = TransitionFields()
            fields.second = second
            let act = CaseActRow(
                role: actor.role, unit: actor.unit, second: second?.name, holder: before.holder, due: before.due,
                undoes: last.seq, fields: fields)
            return try CasebookWriter.write(
                db, history.record, Lifecycle.undoID, to: state, actor: actor, reason: reason, act: act, at: now,
                now: now)
        }
    }

    /// Stops the clock until `end`, with a reason. The due day moves by the working days of the pause. What is late
    /// already stays late.
    @discardableResult
    package func suspend(
        case id: String, until end: CalendarDate, actor: CaseActor, reason: String, expectedVersion: Int,
        rules: CaseRules, now: Instant
    ) throws(CasebookError) -> CaseRecord {
        try transaction { db in
            let history = try CasebookWriter.history(db, id, expectedVersion)
            let today = rules.day(now)
            let check = TransitionCheck(db: db, history: history, rules: rules, actor: actor, happened: now, now: now)
            var refusals = try check.whoAndWhen(by: rules.lifecycle.suspend.by)
            refusals += CasebookWriter.reasonLack(reason)
            let state = history.record.state
            if rules.lifecycle.state(state)?.kind != .open || history.successor != nil {
                refusals.append(Refusal("wrong-state", state))
            }
            if end <= today || end.daysSince1970 - today.daysSince1970 > rules.lifecycle.suspend.longestDays {
                refusals.append(Refusal("bad-end", end.description))
            }
            if let running = history.steps.last?.suspendedUntil, running >= today {
                refusals.append(Refusal("wrong-state", "suspended until \(running)"))
            }
            guard let due = history.record.due, due >= today else {
                refusals.append(Refusal("already-overdue", history.record.due?.description ?? "no clock runs"))
                throw CasebookError.refused(caseID: id, refusals)
            }
            guard refusals.isEmpty else { throw CasebookError.refused(caseID: id, refusals) }
            let left = CaseClocks.workingDays(rules.calendar, from: today, to: due)
            let act = CaseActRow(
                role: actor.role, unit: actor.unit, holder: history.record.holder,
                due: rules.calendar.adding(workingDays: left, to: end), suspendedUntil: end)
            return try CasebookWriter.write(
                db, history.record, Lifecycle.suspendID, to: state, actor: actor, reason: reason, act: act, at: now,
                now: now)
        }
    }

    /// Lets the clock run again before the end of the pause.
    @discardableResult
    package func resume(
        case id: String, actor: CaseActor, reason: String, expectedVersion: Int, rules: CaseRules, now: Instant
    ) throws(CasebookError) -> CaseRecord {
        try transaction { db in
            let history = try CasebookWriter.history(db, id, expectedVersion)
            let today = rules.day(now)
            let check = TransitionCheck(db: db, history: history, rules: rules, actor: actor, happened: now, now: now)
            var refusals = try check.whoAndWhen(by: rules.lifecycle.suspend.by)
            refusals += CasebookWriter.reasonLack(reason)
            guard let end = history.steps.last?.suspendedUntil, end >= today, let due = history.record.due else {
                throw CasebookError.refused(caseID: id, refusals + [Refusal("not-suspended")])
            }
            guard refusals.isEmpty else { throw CasebookError.refused(caseID: id, refusals) }
            let left = CaseClocks.workingDays(rules.calendar, from: end, to: due)
            let act = CaseActRow(
                role: actor.role, unit: actor.unit, holder: history.record.holder,
                due: rules.calendar.adding(workingDays: left, to: today))
            return try CasebookWriter.write(
                db, history.record, Lifecycle.resumeID, to: history.record.state, actor: actor, reason: reason,
                act: act,
                at: now, now: now)
        }
    }

    /// The one thing that goes by date: closed cases whose round is due become work. It decides nothing.
    ///
    /// - Returns: Identifiers of the cases that were moved, sorted.
    package func openLookbacks(rules: CaseRules, now: Instant) throws(CasebookError) -> [String] {
        let today = rules.day(now).description
        let due = try transaction { db in
            try Row.fetchAll(
                db, sql: "SELECT case_id, version FROM case_fact WHERE state = 'closed' AND due <= ? ORDER BY case_id",
                arguments: [today]
            ).map { (id: $0["case_id"] as String, version: $0["version"] as Int) }
        }
        guard let step = rules.lifecycle.transitions.first(where: { $0.by.contains(Lifecycle.scheduler) }) else {
            return []
        }
        for one in due {
            try transition(
                case: one.id, by: step.id, actor: .scheduler(unit: province), reason: "look-back is due",
                expectedVersion: one.version, rules: rules, now: now)
        }
        return due.map(\.id)
    }

    // MARK: The writing itself

    private static func history(_ db: Database, _ id: String, _ expected: Int) throws -> CaseHistory {
        guard let history = try CaseHistory(db, id: id) else {
            throw CasebookError.refused(caseID: id, [Refusal("unknown-case")])
        }
        guard history.record.version == expected else {
            throw CasebookError.staleCase(
                caseID: id, version: history.record.version, state: history.record.state,
                by: history.steps.last?.actor.name ?? "")
        }
        return history
    }

    private static func reasonLack(_ reason: String) -> [Refusal] {
        if !reason.contains(where: { !$0.isWhitespace }) { return [Refusal("reason-missing")] }
        return reason.utf8.count > CasebookLimits.formTextBytes ? [Refusal("bad-field", "reason")] : []
    }

    private static func take(
        _ step: Lifecycle.Transition, check: TransitionCheck, reason: String, fields: TransitionFields, at: Instant,
        now: Instant
    ) throws -> CaseRecord {
        let history = check.history
        let old = history.record
        let day = check.rules.day(at)
        let holder = try holder(step, check, fields)
        let due = CaseClocks(rules: check.rules, history: history).due(
            entering: step.to, on: day, with: fields, by: old.state)
        var act = CaseActRow(
            role: check.actor.role, unit: check.actor.unit, second: fields.second?.name, holder: holder, due: due,
            fields: fields)
        // What was not mining cannot be kept without its code.
        if step.to == "excluded" {
            guard let code = fields.code, ExclusionCode(rawValue: code) != nil else {
                throw CasebookError.refused(
                    caseID: old.id, [Refusal(.reasonCode, "an exclusion needs a code X1 to X9")])
            }
            act.exclusion = code
        }
        if let commissioning = fields.commissioning {
            for anchor in check.rules.anchors {
                act.classes[anchor.id] = commissioning.classified(anchor: anchor, episode: old.episode)
            }
        }
        guard step.nextEpisode == true else {
            return try write(
                check.db, old, step.id, to: step.to, actor: check.actor, reason: reason, act: act, at: at, now: now)
        }
        act.previous = old.id
        return try openEpisode(step, after: old, check: check, reason: reason, act: act, at: at, now: now)
    }

    private static func holder(
        _ step: Lifecycle.Transition, _ check: TransitionCheck, _ fields: TransitionFields
    ) throws -> String {
        let old = check.history.record
        switch step.holder {
        case nil: return old.holder
        case .county: return fields.county ?? old.holder
        case .answering: return old.unit
        case .submitter: return check.history.submitter?.unit ?? old.holder
        case .above: return try UnitLadder(db: check.db).chain(check.actor.unit).dropFirst().first?.code ?? old.unit
        }
    }

    private static func write(
        _ db: Database, _ old: CaseRecord, _ step: String, to state: String, actor: CaseActor, reason: String,
        act: CaseActRow, at: Instant, now: Instant
    ) throws -> CaseRecord {
        let version = old.version + 1
        try db.execute(
            sql: "UPDATE case_record SET state = ?, holder = ?, due = ?, version = ? WHERE id = ? AND version = ?",
            arguments: [state, act.holder, act.due?.description, version, old.id, old.version])
        try CaseLog.append(
            db, caseID: old.id, transition: step, from: old.state, to: state, actor: actor.name, reason: reason,
            version: version, eventTime: at, now: now, act: act)
        try CaseFacts.refresh(db, old.id)
        return try current(db, old.id)
    }

    private static func openEpisode(
        _ step: Lifecycle.Transition, after old: CaseRecord, check: TransitionCheck, reason: String, act: CaseActRow,
        at: Instant, now: Instant
    ) throws -> CaseRecord {
        let db = check.db
        let episode = try Int.fetchOne(
            db, sql: "SELECT max(episode) FROM case_record WHERE site = ?", arguments: [old.site])
        let id = try CaseNumber.next(db, unit: old.unit, year: check.rules.day(now).components.year)
        try db.execute(
            sql:
                "INSERT INTO case_record (id, episode, site, unit, state, holder, due, event_time, recorded_at, "
                + "version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
            arguments: [
                id, (episode ?? old.episode) + 1, old.site, old.unit, step.to, act.holder, act.due?.description,
                at.nanoseconds, now.nanoseconds,
            ])
        try CaseLog.append(
            db, caseID: id, transition: step.id, from: old.state, to: step.to, actor: check.actor.name, reason: reason,
            version: 1, eventTime: at, now: now, act: act)
        try db.execute(sql: "UPDATE case_record SET due = NULL WHERE id = ?", arguments: [old.id])
        try CaseFacts.refresh(db, id)
        try CaseFacts.refresh(db, old.id)
        return try current(db, id)
    }

    private static func current(_ db: Database, _ id: String) throws -> CaseRecord {
        guard let record = try Stored.caseRecord(db, id: id) else {
            throw CasebookError.corruptRow(table: "case_record", row: id)
        }
        return record
    }
}
