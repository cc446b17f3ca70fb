import Casebook
import Reports
import Vocabulary

/// What was typed is not lost: by an ended session, by another form's token, by a page that is looked at often.
extension OfficeDesk {
    /// The draft that a request names, if it is there.
    func draft(_ key: String?, now: Instant) -> (key: String, page: String?) {
        guard let key, let found = office.drafts.draft(key, now: now) else { return ("", nil) }
        return (found.key, Drafts.page(of: found.path))
    }

    /// Says why the form was not taken, shows what was typed, and leads back to the form with it.
    func keep(
        _ form: [String: String], _ asked: Asked, _ visitor: Visitor?, _ why: String, status: Int
    ) -> OfficeReply {
        guard !asked.isRecord else { return failure(status, asked, visitor) }
        let words = office.frame.words(asked.isEnglish ? .en : .zh)
        let key = office.drafts.keep(form, path: asked.path, now: clock())
        var content = PageContent(title: words[why])
        var panel = Panel(words["error.what"])
        panel.paragraphs = [words[why + ".text"]]
        let typed = form.filter { !Drafts.secrets.contains($0.key) && !$0.value.isEmpty }.sorted { $0.key < $1.key }
        panel.table(
            ["office.field", "col.value"], typed.map { [.text(words.word("step", $0.key)), .text($0.value)] },
            empty: "session.nothing")
        let query = key.map { "?draft=\(PagePaths.encoded($0))" } ?? ""
        panel.links = [
            visitor == nil
                ? (words["account.login"], base(asked) + "login" + query)
                : (words["session.again"], base(asked) + Drafts.page(of: asked.path) + query)
        ]
        content.panels = [panel]
        var plainly = asked
        plainly.query = [:]
        return page(content, plainly, visitor, nil, status: status)
    }

    /// Puts what was typed back into the form that it was typed into.
    func refill(_ content: inout PageContent, _ asked: Asked) {
        guard let key = asked.query["draft"], let draft = office.drafts.draft(key, now: clock()) else { return }
        for panel in content.panels.indices {
            for form in content.panels[panel].forms.indices {
                let own = content.panels[panel].forms[form]
                guard own.posts, own.target == base(asked) + draft.path else { continue }
                // Several forms of a case go to one address; the step tells them apart.
                let step = own.fields.first { $0.name == "step" }?.value
                guard step == nil || step == draft.fields["step"] else { continue }
                for field in own.fields.indices {
                    if case .hidden = own.fields[field].kind { continue }
                    if case .password = own.fields[field].kind { continue }
                    if let value = draft.fields[own.fields[field].name] {
                        content.panels[panel].forms[form].fields[field].value = value
                    }
                }
            }
        }
    }

    /// Lists that people filter, each with a name for coming back.
    private static let listed: Set<String> = ["sites", "cases", "leads", "audit", "unit/:id"]

    func keeping(_ route: Route, _ asked: Asked, _ visitor: Visitor?, _ visit: Visit) -> [Panel] {
        guard let visitor, !visitor.token.isEmpty else { return [] }
        if route.path.isEmpty {
            let views = gate.views(visitor.person)
            guard !views.isEmpty else { return [] }
            var panel = Panel(visit.words["account.views"])
            panel.links = views.map { ($0.name, $0.address) }
            return [panel]
        }
        guard Self.listed.contains(route.path) else { return [] }
        var panel = Panel(visit.words["account.views.save"])
        let here = surroundings(asked, visitor, visit, visit.words).here
        panel.forms = [
            Form(
                id: "view", target: base(asked) + "account/view",
                fields: [
                    Form.Field("name", visit.words["col.name"], needed: true),
                    Form.Field("address", "", .hidden, value: here),
                ], submit: visit.words["account.views.keep"])
        ]
        return [panel]
    }
}
