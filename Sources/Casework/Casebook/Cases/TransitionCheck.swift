import GRDB
import Vocabulary

/// The one place where steps are judged. With `fields` nil it looks ahead: only what the case, the actor and the day
/// already decide is said; what a form has yet to bring is not held against anyone.
struct TransitionCheck {
    let db: Database
    let history: CaseHistory
    let rules: CaseRules
    let actor: CaseActor
    let happened: Instant
    let now: Instant

    var today: CalendarDate { rules.day(happened) }

    /// Every reason why the step may not be taken; none when it may.
    func refusals(_ step: Lifecycle.Transition, fields: TransitionFields?) throws -> [Refusal] {
        var found = try whoAndWhen(by: step.by)
        if !step.from.contains(history.record.state) {
            found.append(Refusal("wrong-state", history.record.state))
        }
        if let successor = history.successor { found.append(Refusal("episode-opened", successor)) }
        if step.to == Lifecycle.measures, !history.isConfirmed {
            found.append(Refusal("wrong-state", "not confirmed by a named person"))
        }
        if actor.role == Lifecycle.scheduler, let due = history.record.due, due > rules.day(now) {
            found.append(Refusal("not-due", due.description))
        }
        if let bad = fields?.badField() { found.append(Refusal("bad-field", bad)) }
        for needed in step.needs {
            if let refusal = try refusal(needed, step, fields) { found.append(refusal) }
        }
        return found
    }

    /// Person, role, desk and clock: asked of every step, undoing and suspending too.
    func whoAndWhen(by roles: [String]) throws -> [Refusal] {
        var found: [Refusal] = []
        if !roles.contains(actor.role) { found.append(Refusal("wrong-role", roles.joined(separator: " "))) }
        if actor.role != Lifecycle.scheduler || !roles.contains(Lifecycle.scheduler) {
            if !actor.isNamedPerson { found.append(Refusal("no-person", actor.name)) }
        }
        let ladder = UnitLadder(db: db)
        if let unit = try ladder.unit(actor.unit) {
            if let level = rules.lifecycle.roles[actor.role]?.level, level != unit.level.rawValue {
                found.append(Refusal("wrong-level", "\(actor.role) at \(unit.level.rawValue) \(unit.code)"))
            }
            let reach = try ladder.chain(history.record.holder) + ladder.chain(history.record.unit)
            if !reach.contains(where: { $0.code == actor.unit }) {
                found.append(Refusal("out-of-scope", "\(history.record.holder) is not under \(actor.unit)"))
            }
        } else {
            found.append(Refusal("unknown-unit", actor.unit))
        }
        if let last = history.steps.last {
            if now < last.recordedAt { found.append(Refusal("clock-behind", last.recordedAt.rfc3339())) }
            if happened < last.happened { found.append(Refusal("out-of-order", last.happened.rfc3339())) }
        }
        if happened > now { found.append(Refusal("in-the-future", happened.rfc3339())) }
        return found
    }

    private func refusal(
        _ needed: TransitionGuard, _ step: Lifecycle.Transition, _ fields: TransitionFields?
    ) throws -> Refusal? {
        if let known = knownRefusal(needed) { return known }
        guard let fields else { return nil }
        let lack: String?
        switch needed {
        case .humanActor, .reviewerNotInspector, .moreRoundsDue, .episodeIncremented: lack = nil
        case .approverAboveSubmitter: lack = try approverLack()
        case .evidenceViewed: lack = fields.evidenceViewed == true ? nil : "evidence not opened"
        case .alternativesChecked:
            lack = filled(fields.alternativesChecked) ? nil : "no lawful alternative ticked"
        case .jurisdictionSet: lack = try jurisdictionLack(fields.jurisdiction)
        case .reasonCode, .returnReason:
            lack = fields.code.map { (step.reasons ?? []).contains($0) } == true ? nil : "one of the listed codes"
        case .defenceOutcome:
            lack =
                fields.defenceOutcome.map { (step.outcomes ?? []).contains($0) } == true ? nil : "one of the outcomes"
        case .secondReviewer: lack = try secondLack(fields.second)
        case .secondReviewerIfScoreHigh: lack = scoreIsHigh ? try secondLack(fields.second) : nil
        case .exemptionValid: lack = validityLack(fields.exemption)
        case .exemptionCovers: lack = coverLack(fields.exemption)
        case .exemptionApplication: lack = applicationLack(fields.exemption)
        case .approverNotApplicant:
            let applicant = CaseActor.key(fields.exemption?.applicant ?? "")
            lack = applicant.isEmpty || applicant == CaseActor.key(actor.name) ? "approver is the applicant" : nil
        case .exemptionEnded: lack = exemptionStandsLack(fields.exemption)
        case .countySet: lack = try countyLack(fields.county)
        case .dueDatesSet: lack = dueDatesLack(fields.dueDates)
        case .twoInspectorsNamed: lack = inspectorsLack(fields.inspectors)
        case .inspectionRecord: lack = recordLack(fields.inspection)
        case .categorySet: lack = fields.category == nil ? "no category" : nil
        case .newOrExistingSet: lack = commissioningLack(fields.commissioning)
        case .bothInspectorsSigned: lack = signatureLack(fields.inspection)
        case .legalReview: lack = named(fields.order?.legalReviewer) ? nil : "no legal reviewer"
        case .partyNotified: lack = fields.order.map { $0.notifiedOn <= today } == true ? nil : "party not told"
        case .defenceWindowRecorded:
            lack = fields.order.map { $0.defenceUntil >= $0.notifiedOn } == true ? nil : "no window for the defence"
        case .residentialPowerCheck: lack = powerLack(fields.order)
        case .stopProof: lack = fields.stopProof.map { $0.lack(rules.stopRule) } ?? "no proof"
        case .closureChecklist:
            let open = Set(rules.lifecycle.closureChecklist).subtracting(fields.checklist ?? [])
            lack = open.isEmpty ? nil : open.sorted().joined(separator: " ")
        case .lookbackRecord: lack = lookbackLack(fields.lookback)
        case .allRoundsPassed: lack = nil
        case .newFindingLinked: lack = try findingLack(fields.finding)
        case .newEvidence: lack = filled(fields.newEvidence) ? nil : "no new evidence"
        }
        return lack.map { Refusal(needed, $0) }
    }

    /// What is settled before anyone fills in a form.
    private func knownRefusal(_ needed: TransitionGuard) -> Refusal? {
        switch needed {
        case .humanActor: actor.isNamedPerson ? nil : Refusal(needed)
        case .reviewerNotInspector:
            history.inspectorsEver.contains(CaseActor.key(actor.name)) ? Refusal(needed) : nil
        case .approverAboveSubmitter: (try? approverLack()).flatMap { $0 }.map { Refusal(needed, $0) }
        case .moreRoundsDue:
            history.roundsPassed + 1 < rules.lifecycle.lookbackDays.count
                ? nil : Refusal(needed, "this is the last round")
        case .allRoundsPassed:
            history.roundsPassed + 1 >= rules.lifecycle.lookbackDays.count
                ? nil : Refusal(needed, "\(history.roundsPassed) of \(rules.lifecycle.lookbackDays.count) passed")
        case .episodeIncremented: history.record.episode == .max ? Refusal(needed) : nil
        default: nil
        }
    }

    /// An unknown score counts as high: no doubt in favour of dropping a case with one pair of eyes.
    var scoreIsHigh: Bool { history.score.map { !($0 < rules.highScore) } ?? true }

    private func filled(_ text: String?) -> Bool { text.map { $0.contains { !$0.isWhitespace } } ?? false }
    private func filled(_ list: [String]?) -> Bool { list.map { !$0.isEmpty && $0.allSatisfy { filled($0) } } ?? false }
    private func named(_ name: String?) -> Bool { !CaseActor.machines.contains(CaseActor.key(name ?? "")) }

    private func approverLack() throws -> String? {
        guard let submitter = history.submitter else { return "nobody submitted" }
        let above = try UnitLadder(db: db).chain(submitter.unit).dropFirst()
        guard above.contains(where: { $0.code == actor.unit }) else {
            return "\(actor.unit) is not above \(submitter.unit)"
        }
        return CaseActor.key(submitter.name) == CaseActor.key(actor.name) ? "same person" : nil
    }

    /// A second pair of eyes is another named person with the reviewer's right, whose desk the case is in reach of.
    func secondLack(_ second: CaseActor?) throws -> String? {
        guard let second, second.isNamedPerson else { return "no second reviewer" }
        guard second.role == "reviewer" else { return "the second is no reviewer" }
        guard CaseActor.key(second.name) != CaseActor.key(actor.name) else { return "same person twice" }
        let ladder = UnitLadder(db: db)
        let reach = try ladder.chain(history.record.holder) + ladder.chain(history.record.unit)
        return reach.contains { $0.code == second.unit } ? nil : "the second is out of scope"
    }

    private func jurisdictionLack(_ code: String?) throws -> String? {
        guard let code else { return "no unit" }
        let chain = try UnitLadder(db: db).chain(code)
        return chain.contains { $0.code == history.record.unit } ? nil : "\(code) is not under \(history.record.unit)"
    }

    private func countyLack(_ code: String?) throws -> String? {
        guard let code else { return "no county" }
        let chain = try UnitLadder(db: db).chain(code)
        guard chain.first?.level == .county, chain.contains(where: { $0.code == history.record.unit }) else {
            return "\(code) is no county under \(history.record.unit)"
        }
        return nil
    }

    private func dueDatesLack(_ dates: [String: CalendarDate]?) -> String? {
        var last = today
        for clock in ["accept", "inspect_start", "inspect_report"] {
            guard let date = dates?[clock] else { return "no \(clock)" }
            guard date >= last, date.daysSince1970 - today.daysSince1970 <= CasebookLimits.clockDays else {
                return "\(clock) is out of order"
            }
            last = date
        }
        return nil
    }

    private func inspectorsLack(_ inspectors: [NamedInspector]?) -> String? {
        let real = (inspectors ?? []).filter { named($0.name) && filled($0.credential) }
        guard Set(real.map { CaseActor.key($0.name) }).count >= 2, Set(real.map(\.credential)).count >= 2,
            real.count == inspectors?.count
        else { return "two officers with credentials" }
        return nil
    }

    private func recordLack(_ record: InspectionRecord?) -> String? {
        guard let record, filled(record.reference) else { return "no record" }
        return record.visitedOn > today ? "the visit is in the future" : nil
    }

    private func signatureLack(_ record: InspectionRecord?) -> String? {
        let signed = Set((record?.signedBy ?? []).map { CaseActor.key($0) })
        let named = history.inspectorsNow
        return named.count >= 2 && named.isSubset(of: signed) ? nil : "not signed by both"
    }

    private func commissioningLack(_ commissioning: Commissioning?) -> String? {
        guard let commissioning, !commissioning.isEmpty else { return "no date of commissioning" }
        guard !commissioning.isBroken else { return "a range ends before it begins" }
        for anchor in rules.anchors where commissioning.settled[anchor.id] != nil {
            guard commissioning.byRule(anchor: anchor.date, episode: history.record.episode) == .undetermined else {
                return "the rule decides for \(anchor.id)"
            }
        }
        return nil
    }

    private func powerLack(_ order: OrderRecord?) -> String? {
        guard let order, order.residentialChecked else { return "nobody looked whether people live there" }
        guard !order.measures.isEmpty, OrderRecord.kinds.isSuperset(of: order.measures) else {
            return "no known measure"
        }
        let home = order.residential || history.site?.residential == true || history.category == .household
        if home, order.measures.contains(OrderRecord.cutsSupply) { return "no supply cut where people live" }
        if history.category == .victim, !OrderRecord.forVictims.isSuperset(of: order.measures) {
            return "the owner is a victim"
        }
        return nil
    }

    private func lookbackLack(_ record: LookbackRecord?) -> String? {
        guard let record, filled(record.reference) else { return "no record" }
        guard record.visitedOn <= today else { return "the visit is in the future" }
        return record.passed ? nil : "the round was not passed"
    }

    /// What was seen must go on after the closing: a late finding about the old days is no recurrence.
    private func findingLack(_ id: String?) throws -> String? {
        guard let id else { return "no finding" }
        let bodies = try String.fetchAll(db, sql: "SELECT body FROM finding WHERE id = ?", arguments: [id])
        let found = try bodies.map { try Canonical.value(Finding.self, $0, table: "finding", row: id) }
        guard !found.isEmpty else { return "no finding \(id)" }
        guard let closing = history.closing else { return nil }
        return found.contains { $0.to > closing.happened } ? nil : "the finding ends before the closing"
    }

    // MARK: Exemptions

    private func applicationLack(_ terms: ExemptionTerms?) -> String? {
        guard let terms, filled(terms.id), filled(terms.licence), filled(terms.applicant) else {
            return "no application"
        }
        guard terms.site == history.record.site else { return "it is for another site" }
        return validityLack(terms)
    }

    private func validityLack(_ terms: ExemptionTerms?) -> String? {
        guard let terms, filled(terms.id), filled(terms.licence) else { return "no exemption" }
        guard terms.from <= today, today <= terms.to else { return "not valid on \(today)" }
        return terms.revokedOn.map { $0 <= today } == true ? "revoked" : nil
    }

    private func coverLack(_ terms: ExemptionTerms?) -> String? {
        guard let terms, terms.site == history.record.site else { return "it is for another site" }
        guard let load = terms.loadKilowatts, load.isFinite, load >= 0, terms.ceilingKilowatts.isFinite else {
            return "load not known"
        }
        return load <= terms.ceilingKilowatts ? nil : "load above the ceiling"
    }

    /// The exemption that the case rests on must have ended; `seen` brings a revocation or a measured load.
    private func exemptionStandsLack(_ seen: ExemptionTerms?) -> String? {
        guard let terms = history.exemption else { return nil }
        if today > terms.to { return nil }
        if let revoked = seen?.revokedOn, seen?.id == terms.id, revoked <= today { return nil }
        if let load = seen?.loadKilowatts, seen?.id == terms.id, load > terms.ceilingKilowatts { return nil }
        return "valid until \(terms.to)"
    }
}

extension TransitionFields {
    /// The first field that is too long or no number; input comes from a form.
    func badField() -> String? {
        let texts: [(String, String?)] = [
            ("jurisdiction", jurisdiction), ("code", code), ("county", county), ("defenceOutcome", defenceOutcome),
            ("finding", finding), ("newEvidence", newEvidence), ("second", second?.name),
            ("exemption", exemption.map { $0.id + $0.licence + $0.applicant }),
            ("inspection", inspection?.reference), ("lookback", lookback?.reference),
            ("stopProof", stopProof?.visit), ("order", order?.legalReviewer),
        ]
        for (name, text) in texts where (text?.utf8.count ?? 0) > CasebookLimits.formTextBytes { return name }
        let lists: [(String, [String]?)] = [
            ("alternativesChecked", alternativesChecked), ("checklist", checklist), ("signedBy", inspection?.signedBy),
            ("measures", order?.measures), ("inspectors", inspectors?.map { $0.name + $0.credential }),
            ("dueDates", dueDates.map { Array($0.keys) }), ("settled", commissioning.map { Array($0.settled.keys) }),
            ("sources", commissioning.map { Array(repeating: "", count: $0.sources.count) }),
        ]
        for (name, list) in lists {
            guard let list else { continue }
            if list.count > CasebookLimits.formList { return name }
            if list.contains(where: { $0.utf8.count > CasebookLimits.formTextBytes }) { return name }
        }
        let numbers: [(String, [Double])] = [
            ("exemption", [exemption?.ceilingKilowatts, exemption?.loadKilowatts].compactMap { $0 }),
            ("stopProof", stopProof?.numbers ?? []),
            ("inspection", [inspection?.nameplateKilowatts].compactMap { $0 }),
        ]
        for (name, values) in numbers where !values.allSatisfy({ $0.isFinite && $0 >= 0 }) { return name }
        if let machines = inspection?.machines, !(0...10_000_000).contains(machines) { return "inspection" }
        return nil
    }
}
