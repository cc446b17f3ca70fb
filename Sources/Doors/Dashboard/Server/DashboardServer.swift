import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Logging

/// The dashboard over HTTP: the same pages that `StaticSite` writes, read-only.
/// The demo is open on loopback; any other store shows nothing but the login page until the key of `AccessKeys` is entered.
package struct DashboardServer: Sendable {
    /// Request bodies are one short form field.
    static let bodyLimit = 4_096

    private let pages: Pages
    private let keys: AccessKeys?
    private let host: String
    private let port: Int

    /// - Parameter open: no login, for the demo store only.
    package init(pages: Pages, host: String, port: Int, open: Bool) {
        self.pages = pages
        self.host = host
        self.port = port
        keys = open ? nil : AccessKeys()
    }

    /// The key to show to the person who started the server; nil when none is needed.
    package var accessKey: String? { keys?.key }

    /// Serves until SIGINT or SIGTERM.
    package func run(announce: @escaping @Sendable (Int) -> Void) async throws {
        var logger = Logger(label: "dashboard", factory: StreamLogHandler.standardError(label:))
        logger.logLevel = .warning
        let application = Application(
            router: router(), configuration: .init(address: .hostname(host, port: port), serverName: nil),
            onServerRunning: { channel in announce(channel.localAddress?.port ?? port) }, logger: logger)
        try await application.runService()
    }

    func router() -> Router<BasicRequestContext> {
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.get("/healthz") { _, _ in
            respond(.ok, Page(bytes: Array("ok\n".utf8), contentType: "text/plain; charset=utf-8"))
        }
        router.get("/") { request, _ in page("index.html", request) }
        router.get("/login") { _, _ in respond(.ok, LoginPage.page(problem: nil)) }
        router.post("/login") { request, _ in try await login(request) }
        router.post("/logout") { request, _ in logout(request) }
        router.get("/**") { request, _ in page(request.uri.path, request) }
        return router
    }

    private func page(_ path: String, _ request: Request) -> Response {
        let wanted = DashboardServer.normalised(path)
        let isPublic = wanted.hasPrefix("static/")
        if let keys, !isPublic, !keys.admits(request.cookies["countermine"]?.value, now: DashboardServer.now()) {
            return redirect("/login")
        }
        guard let page = pages.render(path: wanted) else {
            return respond(
                .notFound, Page(bytes: Array("404 not found\n".utf8), contentType: "text/plain; charset=utf-8"))
        }
        return respond(.ok, page)
    }

    private func login(_ request: Request) async throws -> Response {
        guard let keys else { return redirect("/") }
        // A form of another site cannot log a browser in here.
        if let origin = request.headers[.origin],
            let host = request.headers[DashboardServer.hostName] ?? request.head.authority,
            origin != "http://\(host)"
        {
            return respond(.forbidden, LoginPage.page(problem: .wrong))
        }
        let body = try await request.body.collect(upTo: DashboardServer.bodyLimit)
        let entered = LoginPage.key(inForm: String(buffer: body))
        switch keys.open(with: entered, now: DashboardServer.now()) {
        case .wrong: return respond(.unauthorized, LoginPage.page(problem: .wrong))
        case .wait(let seconds): return respond(.tooManyRequests, LoginPage.page(problem: .wait(seconds)))
        case .opened(let session):
            var response = redirect("/")
            response.headers[.setCookie] = "countermine=\(session); Path=/; HttpOnly; SameSite=Strict"
            return response
        }
    }

    private func logout(_ request: Request) -> Response {
        keys?.close(request.cookies["countermine"]?.value)
        var response = redirect("/login")
        response.headers[.setCookie] = "countermine=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"
        return response
    }

    private func redirect(_ place: String) -> Response {
        var response = respond(.seeOther, Page(bytes: [], contentType: "text/plain; charset=utf-8"))
        response.headers[.location] = place
        return response
    }

    private func respond(_ status: HTTPResponse.Status, _ page: Page) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = page.contentType
        headers[.cacheControl] = "no-store"
        headers[.contentSecurityPolicy] = DashboardServer.policy(for: page)
        headers[.xContentTypeOptions] = "nosniff"
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: page.bytes)))
    }

    static let hostName: HTTPField.Name = HTTPField.Name("Host") ?? .origin
    /// Nothing from elsewhere, nothing inline. The report alone carries its own style, as it must stand alone on a disk: that
    /// one sheet is named by its digest.
    static func policy(for page: Page) -> String {
        guard page.contentType.hasPrefix("text/html") else { return policy }
        let text = String(decoding: page.bytes, as: UTF8.self)
        guard let open = text.firstRange(of: "<style>"), let close = text.firstRange(of: "</style>"),
            open.upperBound <= close.lowerBound
        else { return policy }
        let digest = SHA256.hash(data: Array(text[open.upperBound..<close.lowerBound].utf8))
        let name = Data(digest).base64EncodedString()
        return policy.replacing("style-src 'self'", with: "style-src 'self' 'sha256-\(name)'")
    }

    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        + "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

    /// `/site/X.html` → `site/X.html`; a folder means its index. Percent signs stay: no page has one in its name.
    static func normalised(_ path: String) -> String {
        var path = Substring(path)
        while path.first == "/" { path.removeFirst() }
        return path.isEmpty || path.last == "/" ? String(path) + "index.html" : String(path)
    }

    static func now() -> Double {
        let elapsed = ContinuousClock.now - start
        return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
    }

    private static let start = ContinuousClock.now
}
