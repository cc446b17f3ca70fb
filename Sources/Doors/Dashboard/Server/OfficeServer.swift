import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What is known of a request beside its head: where it came from.
struct OfficeContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let address: String

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        address = source.channel.remoteAddress?.ipAddress ?? "-"
    }
}

/// The desk over HTTP.
package struct OfficeServer: Sendable {
    /// A form with its longest fields, a few times over.
    static let bodyLimit = 256 << 10
    static let idleSeconds: Int64 = 60

    private let desk: OfficeDesk
    private let host: String
    private let port: Int
    private let incoming: UploadFolder?

    /// - Parameter incoming: Where sent files arrive; nil takes none.
    package init(desk: OfficeDesk, host: String, port: Int, incoming: UploadFolder? = nil) {
        self.incoming = incoming
        self.desk = desk
        self.host = host
        self.port = port
    }

    /// Serves until SIGINT or SIGTERM.
    package func run(announce: @escaping @Sendable (Int) -> Void) async throws {
        var logger = Logger(label: "dashboard", factory: StreamLogHandler.standardError(label:))
        logger.logLevel = .warning
        let application = Application(
            router: router(), server: .http1(configuration: .init(idleTimeout: .seconds(Self.idleSeconds))),
            configuration: .init(address: .hostname(host, port: port), serverName: nil),
            onServerRunning: { channel in announce(channel.localAddress?.port ?? port) }, logger: logger)
        try await application.runService()
    }

    private func router() -> Router<OfficeContext> {
        let router = Router(context: OfficeContext.self, options: .autoGenerateHeadEndpoints)
        router.get("/") { request, context in await answer(request, context) }
        router.get("/**") { request, context in await answer(request, context) }
        router.post("/**") { request, context in await answer(request, context) }
        return router
    }

    private func answer(_ request: Request, _ context: OfficeContext) async -> Response {
        var call = OfficeCall(
            isPost: request.method == .post, path: request.uri.path, query: request.uri.query ?? "",
            session: request.cookies[desk.cookie]?.value, bearer: OfficeServer.bearer(request),
            address: context.address, origin: request.headers[.origin],
            host: request.head.authority ?? request.headers[ContentPolicy.hostName])
        if call.isPost {
            if let type = request.headers[.contentType], let parts = MultipartReader(contentType: type) {
                switch await UploadArrival(desk: desk, folder: incoming).take(request, parts, call) {
                case .arrived(let whole): call = whole
                case .refused(let status): return Response(status: status)
                }
            } else {
                guard let body = try? await request.body.collect(upTo: OfficeServer.bodyLimit) else {
                    return Response(status: .contentTooLarge)
                }
                call.body = String(buffer: body)
            }
        }
        let reply = desk.reply(to: call)
        // Whoever was to take the file has taken it over by now.
        if let file = call.file, !desk.isWaiting(file) { try? FileManager.default.removeItem(atPath: file.path) }
        var headers = HTTPFields()
        for (name, value) in reply.headers {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        if let next = reply.events {
            return Response(status: .init(code: reply.status), headers: headers, body: OfficeServer.following(next))
        }
        return Response(
            status: .init(code: reply.status), headers: headers,
            body: .init(byteBuffer: ByteBuffer(bytes: reply.page.bytes)))
    }

    /// Server-sent events, twice a second, for ten minutes at most; the page asks again after that.
    private static func following(_ next: @escaping @Sendable () -> (text: String, isDone: Bool)?) -> ResponseBody {
        ResponseBody { writer in
            for number in 0..<1_200 {
                guard let event = next() else { break }
                try await writer.write(ByteBuffer(string: "id: \(number)\ndata: \(event.text)\n\n"))
                if event.isDone { break }
                try await Task.sleep(for: .milliseconds(500))
            }
            try await writer.finish(nil)
        }
    }

    private static func bearer(_ request: Request) -> String? {
        guard let value = request.headers[.authorization], value.hasPrefix("Bearer ") else { return nil }
        return String(value.dropFirst("Bearer ".count))
    }
}
