import Casebook
import Foundation
import Reports
import Vocabulary

/// The page of one case, and the steps that people take with it.
extension Visit {
    /// - Parameters:
    ///   - typed: What came with a step that was refused, to be shown again.
    func casePage(_ id: String, typed: [String: String] = [:]) throws -> PageContent {
        let detail = try reader.caseDetail(id)
        let record = detail.record
        let units = try reader.units()
        var page = PageContent(title: record.id)
        page.subtitle =
            "\(stateName(record.state)) · \(words["case.episode"]) \(record.episode) · "
            + "\(unitName(record.holder, units)) (\(record.holder))"
        page.crumbs = [(base, words["nav.national"]), (link("cases"), words["office.cases"])]
        page.buttons = [(words["office.to-site"], paths.site(record.site))]
        var facts = Panel(words["office.case.now"], width: 4)
        facts.facts = [
            ("case.state", stateName(record.state)),
            ("case.holder", "\(unitName(record.holder, units)) (\(record.holder))"),
            ("case.due", words.day(record.due)),
            (
                "office.clock",
                record.due.map { $0 < today ? words["office.late"] : words["office.in-time"] }
                    ?? words["office.no-clock"]
            ),
            ("case.event", words.time(record.eventTime)), ("health.recorded", words.time(record.recordedAt)),
            ("office.version", "\(record.version)"),
        ]
        var story = Panel(words["office.story"], note: "n = \(detail.steps.count)", width: 8)
        story.timeline = detail.steps.map { step in
            (
                when: words.time(step.happened),
                what: step.transition == "undo"
                    ? words["office.undone"] + " → " + stateName(step.to) : stateName(step.to),
                who: "\(step.actor.name) · \(roleName(step.actor.role))"
                    + (step.actor.unit.isEmpty ? "" : " · \(unitName(step.actor.unit, units))"),
                note:
                    "\(step.transition) · v\(step.version) · \(words["health.recorded"]) \(words.time(step.recordedAt))"
                    + (step.undone ? " · " + words["office.taken-back"] : "")
            )
        }
        if story.timeline.isEmpty { story.paragraphs = [words["office.story.none"]] }
        page.panels = [facts, story] + (try stepPanels(record, units, typed)) + (try papers(detail, typed: typed))
        return page
    }

    func roleName(_ id: String) -> String {
        if let role = office.settings.matrix.role(id) { return isEnglish ? role.en : role.zh }
        return words.word("role", id)
    }

    private func stepPanels(
        _ record: CaseRecord, _ units: [Vocabulary.Unit], _ typed: [String: String]
    ) throws -> [Panel] {
        let hats = try reader.offers(case: record.id, rules: office.settings.rules, now: now)
        let stepForm = StepForm(words: words, rules: office.settings.rules, units: units, site: record.site)
        var possible: [String: (hat: CaseActor, offer: TransitionOffer)] = [:]
        var refused: [String: (hat: CaseActor, offer: TransitionOffer)] = [:]
        for (hat, offers) in hats {
            for offer in offers.offers {
                if offer.isPossible {
                    if possible[offer.id] == nil { possible[offer.id] = (hat, offer) }
                } else if refused[offer.id].map({ $0.offer.refusals.count > offer.refusals.count }) ?? true {
                    refused[offer.id] = (hat, offer)
                }
            }
        }
        var panel = Panel(words["office.next"], note: words["office.next.note"])
        for (id, entry) in possible.sorted(by: { $0.key < $1.key }) {
            let fields = entry.offer.needs.flatMap { stepForm.fields($0, entry.offer) }
            panel.forms.append(
                form(
                    "step-\(id)", "step", record, entry.hat, heading: "\(id) → \(stateName(entry.offer.to))",
                    note: "\(roleName(entry.hat.role)) · \(unitName(entry.hat.unit, units))",
                    fields: [Form.Field("step", "", .hidden, value: id)] + fields,
                    typed: typed["step"] == id ? typed : [:]))
        }
        for (id, entry) in refused.sorted(by: { $0.key < $1.key }) where possible[id] == nil {
            var form = Form(
                id: "no-\(id)", target: "", posts: false, heading: "\(id) → \(stateName(entry.offer.to))", fields: [],
                submit: "")
            form.refusals = entry.offer.refusals.map(sentence)
            panel.forms.append(form)
        }
        if panel.forms.isEmpty { panel.paragraphs = [words["office.next.none"]] }
        guard !office.settings.demo else {
            for place in panel.forms.indices where panel.forms[place].refusals.isEmpty {
                panel.forms[place].refusals = [words["office.demo-read-only"]]
                panel.forms[place].fields = []
            }
            return [panel]
        }
        var back = Panel(words["office.undo"], note: words["office.undo.note"])
        if let hat = hats.first?.actor {
            back.forms = [
                form(
                    "undo", "undo", record, hat, heading: "", note: "", fields: [hatField(hats.map(\.actor), units)],
                    typed: typed["step"] == "undo" ? typed : [:])
            ]
        } else {
            back.paragraphs = [words["office.next.none"]]
        }
        return [panel, back]
    }

    private func hatField(_ hats: [CaseActor], _ units: [Vocabulary.Unit]) -> Form.Field {
        Form.Field(
            "role", words["office.hat"],
            .choice(hats.map { ("\($0.role)@\($0.unit)", "\(roleName($0.role)) · \(unitName($0.unit, units))") }),
            needed: true)
    }

    private func form(
        _ id: String, _ act: String, _ record: CaseRecord, _ hat: CaseActor, heading: String, note: String,
        fields: [Form.Field], typed: [String: String]
    ) -> Form {
        var fields = fields
        fields.append(Form.Field("version", "", .hidden, value: "\(record.version)"))
        if !fields.contains(where: { $0.name == "role" }) {
            fields.append(Form.Field("role", "", .hidden, value: "\(hat.role)@\(hat.unit)"))
        }
        fields.append(Form.Field("reason", words["office.reason"], .area))
        for place in fields.indices {
            if case .hidden = fields[place].kind { continue }
            if case .password = fields[place].kind { continue }
            if let value = typed[fields[place].name] { fields[place].value = value }
        }
        return Form(
            id: id, target: link("case/\(PagePaths.encoded(record.id))/\(act)"), heading: heading, note: note,
            fields: fields, submit: words[act == "undo" ? "office.undo" : "office.take"])
    }

    /// A refusal in words: its code's sentence and what it is about.
    func sentence(_ refusal: Refusal) -> String {
        let text = words.word("refusal", refusal.code)
        return refusal.detail.isEmpty ? text : "\(text) (\(refusal.detail))"
    }

    // MARK: Acts

    /// The hat that was sent, if it is one of the person's own.
    func hat(_ text: String?) throws -> CaseActor {
        let parts = (text ?? "").split(separator: "@", maxSplits: 1).map(String.init)
        guard parts.count == 2,
            let hat = identity.hats(office.settings.matrix).first(where: { $0.role == parts[0] && $0.unit == parts[1] })
        else { throw Complaint("role", text ?? "") }
        return hat
    }

    private func version() throws -> Int {
        guard let text = form["version"], let version = Int(text) else {
            throw Complaint("version", form["version"] ?? "")
        }
        return version
    }

    func takeStep(_ id: String) throws -> Answer {
        // Not there and not theirs are the same, before anything is read of the form.
        let record = try reader.caseDetail(id).record
        let units = try reader.units()
        let stepForm = StepForm(words: words, rules: office.settings.rules, units: units, site: record.site)
        do {
            let hat = try hat(form["role"])
            let second = try secondPerson(record)
            let fields = try stepForm.read(form, second: second)
            let version = try version()
            let step = form["step"] ?? ""
            let moved = try office.writing { (writer) throws(CasebookError) in
                try writer.transition(
                    case: id, by: step, actor: hat, reason: form["reason"] ?? "", fields: fields,
                    expectedVersion: version, rules: office.settings.rules, now: now)
            }
            return .seeOther(link("case/\(PagePaths.encoded(moved.id))", [("done", step)]))
        } catch {
            guard let why = explained(error) else { throw error }
            return .refused(try casePage(id, typed: form), why)
        }
    }

    func undoStep(_ id: String) throws -> Answer {
        _ = try reader.caseDetail(id)
        do {
            let hat = try hat(form["role"])
            let version = try version()
            let moved = try office.writing { (writer) throws(CasebookError) in
                try writer.undo(
                    case: id, actor: hat, reason: form["reason"] ?? "", expectedVersion: version,
                    rules: office.settings.rules, now: now)
            }
            return .seeOther(link("case/\(PagePaths.encoded(moved.id))", [("done", "undo")]))
        } catch {
            guard let why = explained(error) else { throw error }
            var typed = form
            typed["step"] = "undo"
            return .refused(try casePage(id, typed: typed), why)
        }
    }

    /// The second pair of eyes gives its own password on the form; nobody signs for another.
    private func secondPerson(_ record: CaseRecord) throws -> CaseActor? {
        guard let name = form["second_person"], !name.isEmpty else { return nil }
        guard vouch(name, form["second_password"] ?? "", form["second_code"] ?? "") else {
            throw Complaint("second_password", name)
        }
        let hats = try office.identity(name).hats(office.settings.matrix)
        return hats.first { $0.role == "reviewer" }
    }

    /// What a person can mend, in words; nil for what nobody here can.
    func explained(_ error: any Error) -> String? {
        switch error {
        case let complaint as Complaint:
            return words["office.bad-field"].replacing("{field}", with: words.word("step", complaint.name))
                .replacing("{text}", with: complaint.text)
        case CasebookError.refused(_, let refusals):
            return words["office.refused"] + " " + refusals.map(sentence).joined(separator: "; ")
        case CasebookError.staleCase(_, let version, let state, let by):
            return words["office.stale"].replacing("{version}", with: "\(version)")
                .replacing("{state}", with: stateName(state)).replacing("{by}", with: by)
        default: return nil
        }
    }
}
