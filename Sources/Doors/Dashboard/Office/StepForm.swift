import Casebook
import Reports
import Vocabulary

/// The form of one step: what its guards ask for, field by field, and what was typed back into the step's fields.
struct StepForm {
    let words: Catalogue
    let rules: CaseRules
    let units: [Vocabulary.Unit]
    let site: String

    private func options(_ group: String, _ values: [String], empty: Bool = true) -> Form.Kind {
        .choice((empty ? [("", "–")] : []) + values.map { ($0, "\(words.word(group, $0)) (\($0))") })
    }

    private func unitOptions(_ level: Vocabulary.Unit.Level?) -> Form.Kind {
        let chosen = units.filter { level == nil || $0.level == level }
        return .choice(
            [("", "–")]
                + chosen.map { ($0.code, "\(words.language == .zh ? $0.nameZH : $0.nameEN) (\($0.code))") })
    }

    private func field(
        _ name: String, _ kind: Form.Kind = .text, needed: Bool = true, hint: String? = nil
    ) -> Form.Field {
        Form.Field(
            name, words["step.\(name)"], kind, needed: needed, hint: hint.map { words["step.hint.\($0)"] } ?? "")
    }

    /// What stands on the form for one guard; guards that nobody fills in have nothing.
    func fields(_ needed: TransitionGuard, _ offer: TransitionOffer) -> [Form.Field] {
        switch needed {
        case .evidenceViewed: [field("evidence_viewed", .check)]
        case .alternativesChecked:
            ExclusionCode.allCases.map { code in
                Form.Field(
                    "alternative_\(code.rawValue)",
                    words["step.alternative"] + " " + words.word("exclusion", code.rawValue),
                    .check)
            }
        case .jurisdictionSet: [field("jurisdiction", unitOptions(nil))]
        case .countySet: [field("county", unitOptions(.county))]
        case .reasonCode, .returnReason: [field("code", options("exclusion", offer.codes))]
        case .defenceOutcome: [field("defence_outcome", options("outcome", offer.outcomes))]
        case .secondReviewer, .secondReviewerIfScoreHigh:
            [
                field("second_person", hint: "second"), field("second_password", .password),
                field("second_code", needed: false),
            ]
        case .exemptionValid, .exemptionApplication, .exemptionEnded:
            [
                field("exemption_id"), field("exemption_licence"), field("exemption_applicant"),
                field("exemption_ceiling", .number), field("exemption_load", .number, needed: false),
                field("exemption_from", .date), field("exemption_to", .date),
                field("exemption_revoked", .date, needed: false),
            ]
        case .dueDatesSet:
            ["accept", "inspect_start", "inspect_report"].map { field("due_\($0)", .date) }
        case .twoInspectorsNamed:
            [field("inspector_1"), field("credential_1"), field("inspector_2"), field("credential_2")]
        case .inspectionRecord:
            [
                field("visited_on", .date), field("record_reference"), field("signed_by", hint: "names"),
                field("machines", .number, needed: false), field("nameplate_kw", .number, needed: false),
            ]
        case .categorySet: [field("category", options("category", CaseCategory.allCases.map(\.rawValue)))]
        case .newOrExistingSet:
            [
                field("since_earliest", .date, needed: false), field("since_latest", .date, needed: false),
                field("since_basis", options("since", ["first-session", "sustained-load", "energised", "statement"])),
                field("under_construction", .check, needed: false),
            ]
        case .legalReview: [field("legal_reviewer")]
        case .partyNotified: [field("notified_on", .date)]
        case .defenceWindowRecorded: [field("defence_until", .date)]
        case .residentialPowerCheck:
            OrderRecord.kinds.sorted().map {
                Form.Field("measure_\($0)", words.word("measure", $0), .check)
            } + [field("residential_checked", .check), field("residential", .check, needed: false)]
        case .stopProof:
            [
                field("baseline_kw", .number, needed: false), field("after_kw", .number, needed: false),
                field("baseline_days", .number, needed: false), field("after_days", .number, needed: false),
                field("reading_coverage", .number, needed: false, hint: "share"),
                field("sessions_after", .number, needed: false), field("capture_days", .number, needed: false),
                field("capture_coverage", .number, needed: false, hint: "share"), field("stop_visit", needed: false),
            ]
        case .closureChecklist:
            rules.lifecycle.closureChecklist.map { Form.Field("check_\($0)", words.word("closure", $0), .check) }
        case .lookbackRecord:
            [field("lookback_on", .date), field("lookback_reference"), field("lookback_passed", .check, needed: false)]
        case .newFindingLinked: [field("finding")]
        case .newEvidence: [field("new_evidence", .area)]
        case .humanActor, .exemptionCovers, .approverNotApplicant, .bothInspectorsSigned, .reviewerNotInspector,
            .approverAboveSubmitter, .moreRoundsDue, .allRoundsPassed, .episodeIncremented:
            []
        }
    }

    /// What was typed, as the step takes it. A date or a number that does not parse is told by its field.
    /// - Parameter second: who the second person is, once that person's own password was right.
    func read(_ form: [String: String], second: CaseActor?) throws(Complaint) -> TransitionFields {
        let typed = Typed(form: form)
        var fields = TransitionFields()
        fields.evidenceViewed = typed.tick("evidence_viewed")
        let ticked = ExclusionCode.allCases.map(\.rawValue).filter { typed.tick("alternative_\($0)") == true }
        fields.alternativesChecked = ticked.isEmpty ? nil : ticked
        fields.jurisdiction = typed.text("jurisdiction")
        fields.county = typed.text("county")
        fields.code = typed.text("code")
        fields.defenceOutcome = typed.text("defence_outcome")
        fields.second = second
        fields.exemption = try exemption(typed)
        var dates: [String: CalendarDate] = [:]
        for clock in ["accept", "inspect_start", "inspect_report"] { dates[clock] = try typed.day("due_\(clock)") }
        fields.dueDates = dates.isEmpty ? nil : dates
        let inspectors = ["1", "2"].compactMap { number in
            typed.text("inspector_\(number)").map {
                NamedInspector(name: $0, credential: typed.text("credential_\(number)") ?? "")
            }
        }
        fields.inspectors = inspectors.isEmpty ? nil : inspectors
        if let visited = try typed.day("visited_on") {
            fields.inspection = InspectionRecord(
                visitedOn: visited, reference: typed.text("record_reference") ?? "", signedBy: typed.list("signed_by"),
                machines: try typed.count("machines"), nameplateKilowatts: try typed.number("nameplate_kw"))
        }
        fields.category = typed.text("category").flatMap(CaseCategory.init(rawValue:))
        fields.commissioning = try commissioning(typed)
        fields.order = try order(typed)
        fields.stopProof = try stopProof(typed)
        let checked = rules.lifecycle.closureChecklist.filter { typed.tick("check_\($0)") == true }
        fields.checklist = checked.isEmpty ? nil : checked
        if let visited = try typed.day("lookback_on") {
            fields.lookback = LookbackRecord(
                visitedOn: visited, reference: typed.text("lookback_reference") ?? "",
                passed: typed.tick("lookback_passed") == true)
        }
        fields.finding = typed.text("finding")
        fields.newEvidence = typed.text("new_evidence")
        return fields
    }

    private func exemption(_ typed: Typed) throws(Complaint) -> ExemptionTerms? {
        guard let id = typed.text("exemption_id"), let from = try typed.day("exemption_from"),
            let to = try typed.day("exemption_to")
        else { return nil }
        guard let ceiling = try typed.number("exemption_ceiling") else {
            throw Complaint("exemption_ceiling", "")
        }
        return ExemptionTerms(
            id: id, licence: typed.text("exemption_licence") ?? "", site: site, ceilingKilowatts: ceiling,
            loadKilowatts: try typed.number("exemption_load"), applicant: typed.text("exemption_applicant") ?? "",
            from: from, to: to, revokedOn: try typed.day("exemption_revoked"))
    }

    private func commissioning(_ typed: Typed) throws(Complaint) -> Commissioning? {
        let isBuilt = typed.tick("under_construction") == true
        let earliest = try typed.day("since_earliest")
        guard isBuilt || earliest != nil else { return nil }
        var sources: [Commissioning.Source] = []
        if let earliest, let basis = typed.text("since_basis").flatMap(Commissioning.Basis.init(rawValue:)) {
            sources = [Commissioning.Source(basis, earliest, try typed.day("since_latest") ?? earliest)]
        }
        return Commissioning(sources: sources, underConstruction: isBuilt)
    }

    private func order(_ typed: Typed) throws(Complaint) -> OrderRecord? {
        guard let reviewer = typed.text("legal_reviewer"), let notified = try typed.day("notified_on"),
            let until = try typed.day("defence_until")
        else { return nil }
        return OrderRecord(
            measures: OrderRecord.kinds.sorted().filter { typed.tick("measure_\($0)") == true },
            legalReviewer: reviewer, notifiedOn: notified, defenceUntil: until,
            residentialChecked: typed.tick("residential_checked") == true,
            residential: typed.tick("residential") == true)
    }

    private func stopProof(_ typed: Typed) throws(Complaint) -> StopProof? {
        let visit = typed.text("stop_visit")
        let after = try typed.number("after_kw")
        guard visit != nil || after != nil else { return nil }
        return StopProof(
            baselineKilowatts: try typed.number("baseline_kw"), afterKilowatts: after,
            baselineDays: try typed.count("baseline_days") ?? 0, afterDays: try typed.count("after_days") ?? 0,
            readingCoverage: try typed.number("reading_coverage"), sessions: try typed.count("sessions_after"),
            captureDays: try typed.count("capture_days") ?? 0, captureCoverage: try typed.number("capture_coverage"),
            visit: visit)
    }

    /// The texts of a form; an empty one is not there.
    private struct Typed {
        var form: [String: String]

        func text(_ name: String) -> String? { form[name].flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 } }
        func tick(_ name: String) -> Bool? { form[name].map { $0 == "yes" } }
        func list(_ name: String) -> [String] {
            (form[name] ?? "").split(whereSeparator: { ",，、;；\n".contains($0) }).map {
                $0.trimmingPrefix(while: \.isWhitespace)
            }.map { String($0) }.filter { !$0.isEmpty }
        }
        func day(_ name: String) throws(Complaint) -> CalendarDate? {
            guard let text = text(name) else { return nil }
            guard let day = CalendarDate(text) else { throw Complaint(name, text) }
            return day
        }
        func number(_ name: String) throws(Complaint) -> Double? {
            guard let text = text(name) else { return nil }
            guard let value = Double(text), value.isFinite, value >= 0 else { throw Complaint(name, text) }
            return value
        }
        func count(_ name: String) throws(Complaint) -> Int? {
            guard let text = text(name) else { return nil }
            guard let value = Int(text), (0...10_000_000).contains(value) else { throw Complaint(name, text) }
            return value
        }
    }
}
