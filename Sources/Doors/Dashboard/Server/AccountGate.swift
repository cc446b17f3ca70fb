import Accounts
import Casebook
import Reports
import Vocabulary

/// The door of an installation: a person with a password, and a second factor where one is asked for.
struct AccountGate: Gate {
    let isOpen = false
    let isSecure: Bool
    let book: AccountBook
    let office: Office

    /// Days that a token may live, on the form.
    private static let tokenDays = [30, 90, 366]

    // MARK: Who comes

    func visitor(session cookie: String, now: Instant) -> Visitor? {
        guard let session = try? book.session(for: cookie, now: now) else { return nil }
        // A person who was taken out of the casebook has no pages any more.
        guard let identity = try? office.identity(session.person) else { return nil }
        return Visitor(
            person: session.person, token: session.csrfToken,
            needsSecondFactor: !session.isSecondFactorDone && AccountGate.isAdministrator(identity, office))
    }

    func visitor(bearer: String, now: Instant) -> Visitor? {
        guard let token = try? book.token(for: bearer, now: now) else { return nil }
        return Visitor(person: token.person, token: "", scope: token.scope)
    }

    /// Those who hold the keys of the house need two factors.
    static func isAdministrator(_ identity: Identity, _ office: Office) -> Bool {
        identity.roles.contains { office.settings.matrix.role($0.role)?.kind == .administrator }
    }

    func vouches(for person: String, password: String, code: String, address: String, now: Instant) -> Bool {
        let answer = try? book.logIn(
            person: person, password: password, oneTimeCode: code.isEmpty ? nil : code, address: address, now: now)
        guard case .opened(_, let cookie) = answer else { return false }
        try? book.logOut(cookie: cookie, now: now)
        return true
    }

    // MARK: Its pages

    func answer(_ call: GateCall) -> GateAnswer? {
        let words = office.frame.words(call.isEnglish ? .en : .zh)
        let desk = Desk(gate: self, call: call, words: words)
        switch (call.path, call.isPost) {
        case ("login", false):
            return desk.isFirstRun ? .seeOther(desk.base + "start") : .bare(desk.login(), status: 200)
        case ("login", true): return desk.logIn()
        case ("logout", true):
            if let session = call.session { try? book.logOut(cookie: session, now: call.now) }
            return .session(nil, place: desk.base + "login")
        case ("start", false):
            return desk.isFirstRun ? .bare(desk.start(), status: 200) : .seeOther(desk.base + "login")
        case ("start", true): return desk.redeemFirstRun()
        case ("redeem", false): return .bare(desk.redeem(), status: 200)
        case ("redeem", true): return desk.takeCode()
        default: break
        }
        guard let visitor = call.visitor, visitor.scope == nil else { return nil }
        switch (call.path, call.isPost) {
        case ("account", false): return .page(desk.account(visitor), notice: nil)
        case ("account/password", true): return desk.changePassword(visitor)
        case ("account/factor", true): return desk.beginFactor(visitor)
        case ("account/confirm", true): return desk.confirmFactor(visitor)
        case ("account/token", true): return desk.issueToken(visitor)
        case ("account/revoke", true): return desk.revokeToken(visitor)
        case ("users/account", true): return desk.actOnAnother(visitor)
        default:
            // Until the second factor is set up there is no other page.
            return visitor.needsSecondFactor
                ? .page(desk.account(visitor), notice: words["account.factor.needed"]) : nil
        }
    }

    /// One call, in its language.
    private struct Desk {
        let gate: AccountGate
        let call: GateCall
        let words: Catalogue

        var book: AccountBook { gate.book }
        var base: String { call.isEnglish ? "/en/" : "/" }
        var isFirstRun: Bool { (try? book.isEmpty) ?? false }

        private func typed(_ name: String) -> String { call.form[name] ?? "" }

        private func bare(_ title: String, _ note: String, _ form: Form, _ problem: String?) -> PageContent {
            var page = PageContent(title: words[title])
            var panel = Panel(words[title], width: 6)
            panel.paragraphs = [problem, words[note]].compactMap { $0 }
            panel.forms = [form]
            page.panels = [panel]
            return page
        }

        /// What went wrong, in the reader's language where there are words for it.
        private func why(_ error: any Error) -> String {
            switch error {
            case AccountsError.weakPassword(let lacks):
                words["account.weak"] + " " + lacks.map { words.word("password", $0.rawValue) }.joined(separator: "; ")
            case AccountsError.codeNotValid: words["account.code-not-valid"]
            case AccountsError.wrongPassword: words["account.wrong-password"]
            case AccountsError.wait(let seconds): words["account.wait"].replacing("{seconds}", with: "\(seconds)")
            case AccountsError.wrongSecondFactor: words["account.wrong-factor"]
            case AccountsError.badInput(let what), AccountsError.tooMany(let what): what
            case AccountsError.lastAdministrator: words["account.last-administrator"]
            case AccountsError.noSuchAccount: words["account.none"]
            default: words["error.500.text"]
            }
        }

        // MARK: Coming in

        func login(_ problem: String? = nil) -> PageContent {
            bare(
                "account.login", "account.login.note",
                Form(
                    id: "login", target: base + "login",
                    fields: [
                        Form.Field("person", words["account.person"], value: typed("person"), needed: true),
                        Form.Field("password", words["account.password"], .password, needed: true),
                        Form.Field("code", words["account.one-time"], hint: words["account.one-time.hint"]),
                    ], submit: words["account.login"]), problem)
        }

        func logIn() -> GateAnswer {
            let code = typed("code")
            let answer: LoginAnswer
            do {
                answer = try book.logIn(
                    person: typed("person"), password: typed("password"), oneTimeCode: code.isEmpty ? nil : code,
                    address: call.address, now: call.now)
            } catch {
                return .bare(login(why(error)), status: 503)
            }
            switch answer {
            case .opened(_, let cookie): return .session(cookie, place: base)
            case .secondFactorNeeded: return .bare(login(words["account.factor.ask"]), status: 401)
            case .wrong: return .bare(login(words["account.wrong"]), status: 401)
            case .wait(let seconds):
                return .bare(login(words["account.wait"].replacing("{seconds}", with: "\(seconds)")), status: 429)
            }
        }

        func start(_ problem: String? = nil) -> PageContent {
            bare(
                "account.start", "account.start.note",
                Form(
                    id: "start", target: base + "start",
                    fields: [
                        Form.Field("code", words["account.code"], value: typed("code"), needed: true),
                        Form.Field("person", words["account.person"], value: typed("person"), needed: true),
                        Form.Field(
                            "password", words["account.new-password"], .password, needed: true,
                            hint: words["account.rule"]),
                    ], submit: words["account.start"]), problem)
        }

        func redeemFirstRun() -> GateAnswer {
            let person = typed("person")
            // The first account is the system administrator's: everybody else is invited.
            guard let identity = try? gate.office.identity(person),
                identity.roles.contains(where: { $0.role == "system_admin" })
            else { return .bare(start(words["account.start.who"]), status: 400) }
            do {
                try book.redeemFirstRun(
                    code: typed("code"), person: person, password: typed("password"), address: call.address,
                    now: call.now)
                return .seeOther(base + "login")
            } catch {
                return .bare(start(why(error)), status: 400)
            }
        }

        func redeem(_ problem: String? = nil) -> PageContent {
            bare(
                "account.redeem", "account.redeem.note",
                Form(
                    id: "redeem", target: base + "redeem",
                    fields: [
                        Form.Field("code", words["account.code"], value: typed("code"), needed: true),
                        Form.Field(
                            "password", words["account.new-password"], .password, needed: true,
                            hint: words["account.rule"]),
                    ], submit: words["account.redeem"]), problem)
        }

        func takeCode() -> GateAnswer {
            do {
                try book.redeem(
                    code: typed("code"), password: typed("password"), address: call.address, now: call.now)
                return .seeOther(base + "login")
            } catch {
                return .bare(redeem(why(error)), status: 400)
            }
        }

        // MARK: One's own account

        func account(_ visitor: Visitor, shown: (heading: String, lines: [String])? = nil) -> PageContent {
            var page = PageContent(title: words["account.title"])
            page.subtitle = visitor.person
            if let shown {
                var panel = Panel(shown.heading)
                panel.paragraphs = shown.lines
                page.panels.append(panel)
            }
            page.panels += [password(), factor(visitor), tokens(visitor), events(visitor)]
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
}
