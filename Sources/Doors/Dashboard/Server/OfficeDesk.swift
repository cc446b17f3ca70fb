import Accounts
import Casebook
import Exchange
import Foundation
import Logging
import Reports
import Vocabulary

/// One request, taken apart, without anything of how it came.
package struct OfficeCall: Sendable {
    package var isPost: Bool
    /// As sent, percent signs and all.
    package var path: String
    package var query: String
    /// What was sent with a form or a record.
    package var body: String
    /// The fields of a form with parts, which is read as it arrives; nil where the body is to be read.
    package var fields: [String: String]?
    package var file: UploadedFile?
    /// The session's cookie, and the token of a program.
    package var session: String?
    package var bearer: String?
    package var address: String
    package var origin: String?
    package var host: String?

    package init(
        isPost: Bool = false, path: String, query: String = "", body: String = "", session: String? = nil,
        bearer: String? = nil, address: String = "-", origin: String? = nil, host: String? = nil
    ) {
        self.isPost = isPost
        self.path = path
        self.query = query
        self.body = body
        self.session = session
        self.bearer = bearer
        self.address = address
        self.origin = origin
        self.host = host
    }
}

/// What is sent back, and which row of the routes it was.
package struct OfficeReply: Sendable {
    package var route: String
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var page: Page
    /// Events that follow the head instead of a page, until one says that it is the last; nil = none any more.
    package var events: (@Sendable () -> (text: String, isDone: Bool)?)?

    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    package var text: String { String(decoding: page.bytes, as: UTF8.self) }
}

/// From a request to its answer. Every page and record is asked for as the person who is logged in; what is not theirs
/// and what is not there look the same.
package struct OfficeDesk: Sendable {
    /// A name with the prefix by which browsers take it from this very host over TLS alone.
    package var cookie: String { gate.isSecure ? "__Host-countermine" : "countermine" }

    let office: Office
    let gate: any Gate
    private let metrics = Metrics()
    private let openAPI: [UInt8]
    let clock: @Sendable () -> Instant

    /// - Parameters:
    ///   - accounts: Who may log in; nil for the demo alone, which is open and read-only.
    ///   - isSecure: Browsers reach it over TLS, so that cookies say so.
    package init(
        office: Office, accounts: AccountBook?, isSecure: Bool, clock: @escaping @Sendable () -> Instant
    ) {
        self.office = office
        gate = accounts.map { AccountGate(isSecure: isSecure, book: $0, office: office) } ?? OpenGate()
        self.clock = clock
        openAPI = OpenAPI.document(version: office.settings.version)
    }

    /// What is asked for, once the language and the kind are known.
    struct Asked {
        var path: String
        var isEnglish: Bool
        var isRecord: Bool
        var query: [String: String]
        var address: String
        var isPost: Bool
    }

    package func reply(to call: OfficeCall) -> OfficeReply {
        let started = ContinuousClock.now
        var reply = answer(call)
        let took = (ContinuousClock.now - started).components
        if reply.route.isEmpty { reply.route = "/" }
        metrics.count(
            route: reply.route, status: reply.status,
            seconds: Double(took.seconds) + Double(took.attoseconds) / 1e18)
        return reply
    }

    private func answer(_ call: OfficeCall) -> OfficeReply {
        var path = Substring(call.path)
        while path.first == "/" { path.removeFirst() }
        // Browsers ask for this one by themselves.
        if path == "favicon.ico" { path = "static/favicon.svg" }
        if let file = office.frame.file(String(path)) { return named("static", respond(200, file, caches: true)) }
        switch path {
        case "healthz": return named("healthz", plain(200, "ok\n"))
        case "readyz":
            let ready = office.isReady()
            return named("readyz", plain(ready ? 200 : 503, ready ? "ready\n" : "the store cannot be read\n"))
        default: break
        }
        var asked = Asked(
            path: "", isEnglish: path == "en" || path.hasPrefix("en/"), isRecord: path.hasPrefix("api/"),
            query: FormText.parse(call.query), address: call.address, isPost: call.isPost)
        if asked.isEnglish { path = path.dropFirst(path == "en" ? 2 : 3) }
        if path == "index.html" { path = "" }
        asked.path = String(path)
        return settle(call, asked, call.isPost ? call.fields ?? fields(call.body, asked) : [:])
    }

    private func named(_ route: String, _ reply: OfficeReply) -> OfficeReply {
        var reply = reply
        reply.route = route
        return reply
    }

    private func fields(_ text: String, _ asked: Asked) -> [String: String] {
        guard asked.isRecord else { return FormText.parse(text) }
        // An object of texts and numbers; what is nested stays the text that it was.
        guard let object = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
            return [:]
        }
        return object.compactMapValues { value in
            switch value {
            case let text as String: text
            case let number as Int: "\(number)"
            default:
                JSONSerialization.isValidJSONObject(value)
                    ? (try? JSONSerialization.data(withJSONObject: value)).map { String(decoding: $0, as: UTF8.self) }
                    : nil
            }
        }
    }

    private func visitor(_ call: OfficeCall, now: Instant) -> Visitor? {
        if let bearer = call.bearer, bearer.utf8.count <= 256 { return gate.visitor(bearer: bearer, now: now) }
        if let session = call.session, session.utf8.count <= 256 { return gate.visitor(session: session, now: now) }
        return nil
    }

    /// Longest file that this request may bring, asked once its fields are known and before a byte of the file is
    /// kept: 0 where nobody may, or not this person, or not there.
    package func fileLimit(_ call: OfficeCall) -> Int {
        var path = Substring(call.path)
        while path.first == "/" { path.removeFirst() }
        if path.hasPrefix("en/") { path.removeFirst(3) }
        let now = clock()
        guard call.isPost, !gate.isOpen, let visitor = visitor(call, now: now), !visitor.needsSecondFactor,
            call.bearer != nil || isOwn(call) && call.fields?["token"] == visitor.token,
            let (route, _) = OfficeDesk.route(String(path), isPost: true), route.fileLimit > 0,
            visitor.scope.map({ $0.contains("act") && route.kind == .record }) ?? true,
            let identity = try? office.identity(visitor.person), let reader = try? office.reader(identity),
            route.action.map({ (try? reader.permit($0)) != nil }) ?? true
        else { return 0 }
        return route.fileLimit
    }

    /// Whether the file is still to be looked at, and so is not to be taken away.
    package func isWaiting(_ file: UploadedFile) -> Bool { office.uploads?.holds(file.path) ?? false }

    private func settle(_ call: OfficeCall, _ asked: Asked, _ form: [String: String]) -> OfficeReply {
        let now = clock()
        let visitor = visitor(call, now: now)
        // A page of another site cannot send a form here, nor a form without the session's token.
        if asked.isPost, call.bearer == nil {
            guard isOwn(call) else { return named("origin", failure(403, asked, visitor)) }
            if let visitor, !visitor.token.isEmpty, form["token"] != visitor.token {
                return named("token", keep(form, asked, visitor, "session.other", status: 403))
            }
        }
        let draft = draft(form["draft"] ?? asked.query["draft"], now: now)
        let own = GateCall(
            path: asked.path, isPost: asked.isPost, form: form, visitor: visitor, session: call.session,
            address: asked.address, isEnglish: asked.isEnglish, now: now, draft: draft.key, draftPage: draft.page)
        // The pages lead such a person to the set-up; a program has nothing to be led to.
        if asked.isRecord, visitor?.needsSecondFactor == true { return named("login", failure(401, asked, nil)) }
        if !asked.isRecord, let answer = gate.answer(own) { return named("account", show(answer, asked, visitor)) }
        guard gate.isOpen || visitor != nil else {
            if asked.isRecord { return named("login", failure(401, asked, nil)) }
            guard asked.isPost else { return named("login", redirect(base(asked) + "login")) }
            return named("login", keep(form, asked, nil, "session.ended", status: 401))
        }
        if asked.path == "metrics" { return named("metrics", plain(200, metrics.text(ready: office.isReady()))) }
        if asked.path == "api/v1/openapi.json" {
            return named("openapi", respond(200, Page(bytes: openAPI, contentType: "application/json")))
        }
        guard let (route, segments) = OfficeDesk.route(asked.path, isPost: asked.isPost) else {
            return named("none", failure(404, asked, visitor))
        }
        if let scope = visitor?.scope, !scope.contains(route.isPost ? "act" : "read") || route.kind != .record {
            return named(route.path, failure(404, asked, visitor))
        }
        return named(route.path, perform(route, segments, asked, form, call.file, visitor, now))
    }

    private func perform(
        _ route: Route, _ segments: [String: String], _ asked: Asked, _ form: [String: String],
        _ file: UploadedFile?, _ visitor: Visitor?, _ now: Instant
    ) -> OfficeReply {
        do {
            let identity = try office.identity(visitor?.person ?? "")
            let reader = try office.reader(identity)
            if let action = route.action { try reader.permit(action) }
            let address = asked.address
            let visit = Visit(
                office: office, reader: reader, words: office.frame.words(asked.isEnglish ? .en : .zh),
                segments: segments, query: asked.query, form: form, file: file,
                seen: route.path == "notices" ? gate.noticesSeen(identity.person) : nil, token: visitor?.token ?? "",
                now: now,
                vouch: { gate.vouches(for: $0, password: $1, code: $2, address: address, now: now) })
            switch try route.answer(visit) {
            case .page(var content):
                content.panels += keeping(route, asked, visitor, visit)
                return page(content, asked, visitor, visit)
            case .download(let page, let name):
                var reply = respond(200, page)
                reply.headers.append(("Content-Disposition", "attachment; filename=\"\(name)\""))
                return reply
            case .events(let next):
                var reply = respond(200, Page(bytes: [], contentType: "text/event-stream"))
                reply.events = next
                return reply
            case .bytes(let page), .record(let page): return respond(200, page)
            case .seeOther(let place): return redirect(place)
            case .refused(let content, let why):
                return page(content, asked, visitor, visit, notice: why, status: 409)
            }
        } catch let complaint as Complaint {
            return failure(400, asked, visitor, "\(complaint.name): \(complaint.text)")
        } catch CasebookError.noSuchObject {
            return failure(404, asked, visitor)
        } catch CasebookError.refused(_, let refusals) {
            let why = refusals.map { $0.detail.isEmpty ? $0.code : "\($0.code) (\($0.detail))" }
            return failure(409, asked, visitor, why.joined(separator: "; "))
        } catch CasebookError.staleCase(_, let version, let state, _) {
            return failure(409, asked, visitor, "version \(version), \(state)")
        } catch {
            // What the store says may name paths: it goes to the log of the machine, the page gets a number.
            let number = String(UInt32.random(in: .min ... .max), radix: 16)
            Logger(label: "dashboard", factory: StreamLogHandler.standardError(label:)).error(
                "\(number) \(route.path): \(error)")
            return failure(500, asked, visitor, number)
        }
    }

    /// The row of the table that a path belongs to, with the names in it.
    static func route(_ path: String, isPost: Bool) -> (Route, [String: String])? {
        let isRecord = path == "api/v1" || path.hasPrefix("api/v1/")
        let own = isRecord ? path.dropFirst("api/v1/".count) : Substring(path)
        let parts = own.split(separator: "/", omittingEmptySubsequences: true)
        for route in Route.all where (route.kind == .record) == isRecord && route.isPost == isPost {
            let wanted = route.path.split(separator: "/")
            guard wanted.count == parts.count else { continue }
            var segments: [String: String] = [:]
            let fits = zip(wanted, parts).allSatisfy { name, part in
                guard name.hasPrefix(":") else { return name == part }
                guard let text = String(part).removingPercentEncoding, !text.isEmpty, !text.utf8.contains(0) else {
                    return false
                }
                segments[String(name.dropFirst())] = text
                return true
            }
            if fits { return (route, segments) }
        }
        return nil
    }

    /// No `Origin`, or this very server's.
    private func isOwn(_ call: OfficeCall) -> Bool {
        guard let origin = call.origin else { return true }
        guard let host = call.host else { return false }
        return origin == "http://\(host)" || origin == "https://\(host)"
    }

    // MARK: Answers

    func base(_ asked: Asked) -> String { asked.isEnglish ? "/en/" : "/" }

    private func show(_ answer: GateAnswer, _ asked: Asked, _ visitor: Visitor?) -> OfficeReply {
        switch answer {
        case .bare(let content, let status):
            return page(content, asked, nil, nil, status: status)
        case .page(let content, let notice):
            return page(content, asked, visitor, nil, notice: notice)
        case .seeOther(let place): return redirect(place)
        case .session(let value, let place):
            var reply = redirect(place)
            let life = value == nil ? "; Max-Age=0" : ""
            reply.headers.append(
                (
                    "Set-Cookie",
                    "\(cookie)=\(value ?? ""); Path=/; HttpOnly; SameSite=Strict"
                        + (gate.isSecure ? "; Secure" : "") + life
                ))
            return reply
        }
    }

    private static let places: [(path: String, key: String, action: AccessAction?)] = [
        ("", "nav.national", .rollUp), ("sites", "office.sites", .caseRead), ("cases", "office.cases", .caseRead),
        ("notices", "office.notices", .caseRead),
        ("leads", "office.leads", .lead), ("exemptions", "office.exemptions", .caseRead),
        ("facilitators", "office.facilitators", .caseRead), ("returns", "office.returns", .rollUp),
        ("uploads", "office.uploads", .scan), ("operator", "office.operator", .scan),
        ("health", "nav.data", .rollUp), ("audit", "office.audit", .audit), ("users", "office.users", .users),
        ("method", "nav.method", nil),
    ]

    func surroundings(_ asked: Asked, _ visitor: Visitor?, _ visit: Visit?, _ words: Catalogue) -> Surroundings {
        let base = base(asked)
        let other = asked.isEnglish ? "/" : "/en/"
        let kept = asked.query.sorted { $0.key < $1.key }.filter { $0.key != "done" }.map {
            "\(PagePaths.encoded($0.key))=\(PagePaths.encoded($0.value))"
        }
        let query = kept.isEmpty ? "" : "?" + kept.joined(separator: "&")
        var around = Surroundings(
            base: base, root: "/", home: base, otherLanguage: other + (asked.isPost ? "" : asked.path + query))
        around.demo = office.settings.demo
        around.here = asked.isPost ? "" : base + asked.path + query
        guard let visit else { return around }
        around.asOf = try? visit.asOf()
        around.navigation = Self.places.filter { place in
            (place.action.map(visit.may) ?? true) && (place.path != "operator" || visit.reader.hasLines)
        }.map {
            (base + $0.path, words[$0.key], $0.path == asked.path)
        }
        if asked.query["done"] != nil { around.notice = words["office.done"] }
        if let visitor, !visitor.token.isEmpty {
            around.reader = .init(
                name: visit.identity.name, token: visitor.token, account: base + "account", logout: base + "logout")
        }
        return around
    }

    func page(
        _ content: PageContent, _ asked: Asked, _ visitor: Visitor?, _ visit: Visit?, notice: String? = nil,
        status: Int = 200
    ) -> OfficeReply {
        let words = office.frame.words(asked.isEnglish ? .en : .zh)
        if let wanted = asked.query["csv"] { return table(content, wanted, words, asked, visitor) }
        var content = content
        if visitor != nil, !asked.isPost { refill(&content, asked) }
        for panel in content.panels.indices {
            for form in content.panels[panel].forms.indices {
                content.panels[panel].forms[form].sign(visitor?.token ?? "")
            }
        }
        var visit = visit
        if visit == nil, let visitor, let identity = try? office.identity(visitor.person),
            let reader = try? office.reader(identity)
        {
            visit = Visit(
                office: office, reader: reader, words: words, segments: [:], query: [:], form: [:],
                token: visitor.token, now: clock(), vouch: { _, _, _ in false })
        }
        var around = surroundings(asked, visitor, visit, words)
        if let notice { around.notice = notice }
        guard let page = office.frame.render(content, around, words) else {
            return plain(500, "the page cannot be made\n")
        }
        return respond(status, page)
    }
}
