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
    static let tokenDays = [30, 90, 366]

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
        guard let identity = try? office.identity(token.person) else { return nil }
        let lacksFactor = (try? book.hasSecondFactor(person: token.person)) != true
        return Visitor(
            person: token.person, token: "", scope: token.scope,
            needsSecondFactor: lacksFactor && AccountGate.isAdministrator(identity, office))
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

    func noticesSeen(_ person: String) -> Instant? { (try? book.noticesSeen(person: person)) ?? nil }

    func views(_ person: String) -> [(name: String, address: String)] {
        ((try? book.savedViews(person: person)) ?? []).map { ($0.name, $0.address) }
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
        // A token would go round the second factor that is asked for.
        case ("account/token", true) where !visitor.needsSecondFactor: return desk.issueToken(visitor)
        case ("account/revoke", true): return desk.revokeToken(visitor)
        case ("users/account", true): return desk.actOnAnother(visitor)
        case ("account/view", true) where !visitor.needsSecondFactor: return desk.saveView(visitor)
        case ("account/unview", true) where !visitor.needsSecondFactor: return desk.removeView(visitor)
        case ("notices/seen", true) where !visitor.needsSecondFactor: return desk.markSeen(visitor)
        default:
            // Until the second factor is set up there is no other page.
            return visitor.needsSecondFactor
                ? .page(desk.account(visitor), notice: words["account.factor.needed"]) : nil
        }
    }

    /// One call, in its language.
    struct Desk {
        let gate: AccountGate
        let call: GateCall
        let words: Catalogue

        var book: AccountBook { gate.book }
        var base: String { call.isEnglish ? "/en/" : "/" }
        var isFirstRun: Bool { (try? book.isEmpty) ?? false }

        func typed(_ name: String) -> String { call.form[name] ?? "" }

        private func bare(_ title: String, _ note: String, _ form: Form, _ problem: String?) -> PageContent {
            var page = PageContent(title: words[title])
            var panel = Panel(words[title], width: 6)
            panel.paragraphs = [problem, words[note]].compactMap { $0 }
            panel.forms = [form]
            page.panels = [panel]
            return page
        }

        /// What went wrong, in the reader's language where there are words for it.
        func why(_ error: any Error) -> String {
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
                    ] + (call.draft.isEmpty ? [] : [Form.Field("draft", "", .hidden, value: call.draft)]),
                    submit: words["account.login"]), problem)
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
            case .opened(_, let cookie):
                // Back to the form that was being filled in.
                let again = call.draftPage.map { "\($0)?draft=\(PagePaths.encoded(call.draft))" } ?? ""
                return .session(cookie, place: base + again)
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
    }
}
