import Accounts
import Casebook
import Reports
import Vocabulary

/// The page of one's own account, and what an administrator may do to another's.
extension AccountGate.Desk {
    func account(_ visitor: Visitor, shown: (heading: String, lines: [String])? = nil) -> PageContent {
        var page = PageContent(title: words["account.title"])
        page.subtitle = visitor.person
        if let shown {
            var panel = Panel(shown.heading)
            panel.paragraphs = shown.lines
            page.panels.append(panel)
        }
        page.panels += [password(), factor(visitor), views(visitor), tokens(visitor), events(visitor)]
        return page
    }

    private func password() -> Panel {
        var panel = Panel(words["account.password"], width: 6)
        panel.forms = [
            Form(
                id: "password", target: base + "account/password",
                fields: [
                    Form.Field("old", words["account.old-password"], .password, needed: true),
                    Form.Field(
                        "new", words["account.new-password"], .password, needed: true, hint: words["account.rule"]),
                ], submit: words["account.change"])
        ]
        return panel
    }

    /// Asked for again where a stolen session would do lasting harm.
    private var again: Form.Field {
        Form.Field("password", words["account.old-password"], .password, needed: true)
    }

    private func confirm(_ visitor: Visitor) throws {
        try book.confirmPassword(
            person: visitor.person, password: typed("password"), address: call.address, now: call.now)
    }

    private func factor(_ visitor: Visitor) -> Panel {
        var panel = Panel(words["account.factor"], width: 6)
        if (try? book.hasSecondFactor(person: visitor.person)) == true {
            panel.paragraphs = [words["account.factor.on"]]
        } else {
            panel.forms = [
                Form(
                    id: "factor", target: base + "account/factor", fields: [again],
                    submit: words["account.factor.begin"]
                ),
                Form(
                    id: "confirm", target: base + "account/confirm",
                    fields: [Form.Field("code", words["account.one-time"], needed: true)],
                    submit: words["account.factor.confirm"]),
            ]
        }
        return panel
    }

    private func tokens(_ visitor: Visitor) -> Panel {
        var panel = Panel(words["account.tokens"], note: words["account.tokens.note"])
        let all = (try? book.tokens(of: visitor.person)) ?? []
        panel.table(
            ["col.number", "col.name", "col.scope", "health.recorded", "col.expires", "account.revoked"],
            all.map { token in
                [
                    .text("\(token.id)"), .text(token.name), .text(token.scope.sorted().joined(separator: " ")),
                    .text(words.time(token.issuedAt)), .text(words.time(token.expiresAt)),
                    .text(token.revokedAt.map { words.time($0) } ?? "–"),
                ]
            }, empty: "account.tokens.none")
        panel.forms = [
            Form(
                id: "token", target: base + "account/token",
                fields: [
                    Form.Field("name", words["col.name"], needed: true),
                    Form.Field(
                        "scope", words["col.scope"],
                        .choice([("read", words["account.scope.read"]), ("read act", words["account.scope.act"])])),
                    Form.Field(
                        "days", words["account.days"], .choice(AccountGate.tokenDays.map { ("\($0)", "\($0)") })),
                    again,
                ], submit: words["account.token.issue"])
        ]
        let live = all.filter { $0.revokedAt == nil && $0.expiresAt > call.now }
        if !live.isEmpty {
            panel.forms.append(
                Form(
                    id: "revoke", target: base + "account/revoke",
                    fields: [
                        Form.Field("id", words["account.tokens"], .choice(live.map { ("\($0.id)", $0.name) }))
                    ], submit: words["account.token.revoke"]))
        }
        return panel
    }

    private func views(_ visitor: Visitor) -> Panel {
        var panel = Panel(words["account.views"], note: words["account.views.note"])
        let all = (try? book.savedViews(person: visitor.person)) ?? []
        panel.table(
            ["col.name", "col.address"], all.map { [.link($0.name, to: $0.address), .text($0.address)] },
            empty: "account.views.none")
        if !all.isEmpty {
            panel.forms = [
                Form(
                    id: "unview", target: base + "account/unview",
                    fields: [Form.Field("id", words["account.views"], .choice(all.map { ("\($0.id)", $0.name) }))],
                    submit: words["account.views.remove"])
            ]
        }
        return panel
    }

    func saveView(_ visitor: Visitor) -> GateAnswer {
        do {
            try book.saveView(
                person: visitor.person, name: typed("name"), address: typed("address"), now: call.now)
            return .seeOther(typed("address"))
        } catch {
            return .page(account(visitor), notice: why(error))
        }
    }

    func removeView(_ visitor: Visitor) -> GateAnswer {
        done(visitor) {
            guard let id = Int64(typed("id")) else { throw AccountsError.badInput(words["account.views"]) }
            try book.removeView(person: visitor.person, id: id)
        }
    }

    func markSeen(_ visitor: Visitor) -> GateAnswer {
        try? book.markNoticesSeen(person: visitor.person, now: call.now)
        return .seeOther(base + "notices")
    }

    private func events(_ visitor: Visitor) -> Panel {
        var panel = Panel(words["account.events"])
        let own = ((try? book.events(limit: 500)) ?? []).filter { $0.person == visitor.person }.prefix(20)
        panel.table(
            ["col.when", "col.what", "col.address", "col.detail"],
            own.map {
                [
                    .text(words.time($0.at)), .text(words.word("account-event", $0.kind.rawValue)),
                    .text($0.address ?? "–"), .text($0.detail ?? ""),
                ]
            }, empty: "none-found")
        return panel
    }

    private func done(_ visitor: Visitor, _ act: () throws -> Void) -> GateAnswer {
        do {
            try act()
            return .page(account(visitor), notice: words["account.done"])
        } catch {
            return .page(account(visitor), notice: why(error))
        }
    }

    func changePassword(_ visitor: Visitor) -> GateAnswer {
        done(visitor) {
            try book.changePassword(
                person: visitor.person, old: typed("old"), new: typed("new"), keeping: call.session,
                address: call.address, now: call.now)
        }
    }

    func beginFactor(_ visitor: Visitor) -> GateAnswer {
        do {
            try confirm(visitor)
            let setup = try book.beginSecondFactor(person: visitor.person, now: call.now)
            return .page(
                account(visitor, shown: (words["account.factor.secret"], [setup.secret, setup.url])), notice: nil)
        } catch {
            return .page(account(visitor), notice: why(error))
        }
    }

    func confirmFactor(_ visitor: Visitor) -> GateAnswer {
        done(visitor) {
            try book.confirmSecondFactor(
                person: visitor.person, code: typed("code"), keeping: call.session, now: call.now)
        }
    }

    func issueToken(_ visitor: Visitor) -> GateAnswer {
        do {
            guard let days = Int64(typed("days")), (1...366).contains(days) else {
                throw AccountsError.badInput(words["account.days"])
            }
            try confirm(visitor)
            let text = try book.issueToken(
                person: visitor.person, name: typed("name"),
                scope: Set(typed("scope").split(separator: " ").map(String.init)).intersection(["read", "act"]),
                expires: call.now.adding(seconds: days * 86_400 - 60), now: call.now)
            return .page(account(visitor, shown: (words["account.token.once"], [text])), notice: nil)
        } catch {
            return .page(account(visitor), notice: why(error))
        }
    }

    func revokeToken(_ visitor: Visitor) -> GateAnswer {
        done(visitor) {
            guard let id = Int64(typed("id")),
                try book.tokens(of: visitor.person).contains(where: { $0.id == id })
            else { throw AccountsError.badInput(words["account.tokens"]) }
            try book.revokeToken(id: id, person: visitor.person, now: call.now)
        }
    }

    /// What who makes people may do to another's account: a code for it, its second factor, its end.
    func actOnAnother(_ visitor: Visitor) -> GateAnswer? {
        guard !visitor.needsSecondFactor, let identity = try? gate.office.identity(visitor.person),
            let reader = try? gate.office.reader(identity), let permit = try? reader.permit(.users),
            permit.terms.contains(.create)
        else { return nil }
        let person = typed("person")
        do {
            guard (try? gate.office.identity(person)) != nil else {
                throw AccountsError.badInput(words["account.invite.who"])
            }
            switch typed("act") {
            case "remove-factor": try book.removeSecondFactor(person: person, by: visitor.person, now: call.now)
            case "disable":
                let administrators = try reader.people().filter {
                    AccountGate.isAdministrator($0.identity, gate.office)
                }
                try book.disable(
                    person: person, by: visitor.person, administrators: Set(administrators.map(\.identity.person)),
                    now: call.now)
            case "enable": try book.enable(person: person, by: visitor.person, now: call.now)
            default:
                let code = try book.invite(person: person, by: visitor.person, now: call.now)
                let heading = words["account.invite.once"].replacing("{person}", with: person)
                return .page(account(visitor, shown: (heading, [code])), notice: nil)
            }
            return .page(account(visitor), notice: words["account.done"])
        } catch {
            return .page(account(visitor), notice: why(error))
        }
    }
}
