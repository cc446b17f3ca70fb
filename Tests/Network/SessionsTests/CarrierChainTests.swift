import Flows
import Sessions
import Support
import Testing
import Vocabulary

/// Carriers inside one another, compressed, cut and broken.
struct CarrierChainTests {
    typealias Line = (direction: Direction, bytes: [UInt8])

    static func client(_ text: String) -> Line { (.clientToServer, Array(text.utf8)) }
    static func server(_ text: String) -> Line { (.serverToClient, Array(text.utf8)) }

    /// Plays the lines, each cut after every `step` bytes, or at `cut` alone.
    static func play(_ lines: [Line], step: Int = .max, cut: Int = 0) throws -> SessionObservation? {
        play(lines, step: step, cut: cut, in: try SessionScene())
    }

    /// - Parameter fresh: a scene in which nothing was said yet; its lists are read once for many plays.
    static func play(
        _ lines: [Line], step: Int = .max, cut: Int = 0, in fresh: SessionScene
    ) -> SessionObservation? {
        var scene = fresh
        for (direction, bytes) in lines {
            for piece in [bytes.prefix(cut), bytes.dropFirst(cut)] {
                var rest = piece
                while !rest.isEmpty {
                    scene.say(direction, Array(rest.prefix(step)), after: 1)
                    rest = rest.dropFirst(step)
                }
            }
        }
        return scene.finish().sessions.first
    }

    /// What must not depend on where the bytes were cut.
    static func gist(_ session: SessionObservation?) -> [String] {
        guard let session else { return [] }
        return [
            "\(session.tier) \(session.dialect) \(session.carrier) \(session.poolName ?? "-")",
            "\(session.account ?? "-") \(session.worker ?? "-") \(session.agent ?? "-") \(session.jobs ?? -1)",
            "\(session.submitted ?? -1) \(session.accepted ?? -1) \(session.rejected ?? -1)",
        ]
    }

    /// The same gist wherever the lines are cut.
    static func same(_ lines: [Line]) throws -> SessionObservation {
        let fresh = try SessionScene()
        let whole = try #require(play(lines, in: fresh))
        let longest = lines.map(\.bytes.count).max() ?? 0
        for cut in 1..<longest { #expect(gist(play(lines, cut: cut, in: fresh)) == gist(whole), "cut at \(cut)") }
        #expect(gist(play(lines, step: 1, in: fresh)) == gist(whole))
        return whole
    }

    /// A session of one share, each side's messages one by one.
    static let talk: [(Direction, String)] = [
        (.clientToServer, #"{"id":1,"method":"mining.subscribe","params":["invented/1.0"]}"#),
        (.serverToClient, #"{"id":1,"result":[[["mining.notify","a1"]],"0a0b0c0d",4],"error":null}"#),
        (.clientToServer, #"{"id":2,"method":"mining.authorize","params":["bc1account.rig1","x"]}"#),
        (.serverToClient, #"{"id":2,"result":true,"error":null}"#),
        (.serverToClient, #"{"id":null,"method":"mining.set_difficulty","params":[1000]}"#),
        (.serverToClient, SessionScene.notify),
        (.clientToServer, SessionScene.submit(4)),
        (.serverToClient, #"{"id":4,"result":true,"error":null}"#),
    ]

    static var lines: [Line] { talk.map { ($0.0, Array(($0.1 + "\n").utf8)) } }

    static func frame(_ bytes: [UInt8], masked: Bool, first: UInt8 = 0x81) -> [UInt8] {
        let mask: [UInt8] = masked ? [9, 8, 7, 6] : []
        let flag: UInt8 = masked ? 0x80 : 0
        let size =
            bytes.count < 126
            ? [flag | UInt8(bytes.count)]
            : [
                flag | 126, UInt8(bytes.count >> 8), UInt8(bytes.count & 255),
            ]
        return [first] + size + mask + (masked ? bytes.enumerated().map { $0.element ^ mask[$0.offset % 4] } : bytes)
    }

    static func framed() -> [Line] {
        talk.map { ($0.0, frame(Array($0.1.utf8), masked: $0.0 == .clientToServer)) }
    }

    static let upgrade = [
        client(
            "GET /proxy HTTP/1.1\r\nHost: Pool.example.org\r\nConnection: keep-alive, Upgrade\r\n"
                + "Upgrade: h2c, WebSocket\r\n\r\n"),
        server("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
    ]

    @Test func `compressed WebSocket messages are a session, with a window and without`() throws {
        var writers = [DeflateWriter(), DeflateWriter()]
        let kept: [Line] = Self.talk.map { direction, text in
            let bytes = writers[Int(direction.rawValue)].message(Array(text.utf8))
            return (direction, Self.frame(bytes, masked: direction == .clientToServer, first: 0xC1))
        }
        let session = try Self.same(Self.upgrade + kept)
        #expect(session.tier == .b && session.carrier == ["tcp", "websocket"] && session.accepted == 1)
        #expect(session.poolName == "pool.example.org" && session.agent == "invented/1.0" && session.flags.isEmpty)

        let alone: [Line] = Self.talk.map { direction, text in
            var writer = DeflateWriter()
            return (direction, Self.frame(writer.message(Array(text.utf8)), masked: true, first: 0xC1))
        }
        let forgetful = Self.server(
            "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nSec-WebSocket-Extensions: permessage-deflate; "
                + "server_no_context_takeover; client_no_context_takeover\r\n\r\n")
        #expect(try Self.play([Self.upgrade[0], forgetful] + alone)?.accepted == 1)
    }

    @Test func `a session that grows beyond the cap says so`() throws {
        var writer = DeflateWriter()
        let bomb = Self.frame(writer.message([UInt8](repeating: 0x20, count: 2 << 20)), masked: true, first: 0xC1)
        let session = try #require(try Self.play(Self.upgrade + Self.framed() + [(.clientToServer, bomb)]))
        #expect(session.accepted == 1 && session.flags == ["memory_limit"])
    }

    @Test func `chatter in frames of its own hides no message`() throws {
        let chatter = Self.frame(Array("ping 1".utf8), masked: true)
        let lines = Self.framed().flatMap { [(Direction.clientToServer, chatter), $0] }
        #expect(try Self.play(Self.upgrade + lines)?.accepted == 1)
    }

    @Test func `a handshake that is refused first is tried again`() throws {
        let refusal = Self.server("HTTP/1.1 401 Who\r\nContent-Length: 3\r\n\r\nno!")
        let session = try Self.same([Self.upgrade[0], refusal] + Self.upgrade + Self.framed())
        #expect(session.carrier == ["tcp", "websocket"] && session.accepted == 1)
    }

    @Test func `frames are known without their handshake and again behind a gap`() throws {
        #expect(Self.gist(try Self.same(Self.framed())).first == "b stratum-v1 [\"tcp\", \"websocket\"] -")
        var scene = try SessionScene()
        for (direction, bytes) in Self.upgrade + Self.framed().dropLast(2) { scene.say(direction, bytes) }
        scene.tracker.consume(
            StreamEvent(kind: .gap, flow: 0, direction: .clientToServer, frame: 90, time: nil, gapLength: 147), [],
            scene.summary)
        for (direction, bytes) in Self.framed().suffix(2) { scene.say(direction, bytes) }
        let session = try #require(scene.finish().sessions.first)
        #expect(session.submitted == 1 && session.accepted == 1)
    }

    static let socks: [Line] = [
        (.clientToServer, [5, 1, 0]), (.serverToClient, [5, 0]),
        (.clientToServer, [5, 1, 0, 3, 5] + Array("proxy".utf8) + [0x1F, 0x90]),
        (.serverToClient, [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
    ]

    static func connect(_ target: String) -> [Line] {
        [
            client("CONNECT \(target) HTTP/1.1\r\nHost: \(target)\r\n\r\n"),
            server("HTTP/1.1 200 Connection established\r\n\r\n"),
        ]
    }

    @Test func `WebSocket inside CONNECT inside SOCKS is read and the last target kept`() throws {
        let session = try Self.same(
            Self.socks + Self.connect("eu.pool.example.org:443") + Self.upgrade + Self.framed())
        #expect(session.carrier == ["tcp", "socks", "http-connect", "websocket"] && session.tier == .b)
        #expect(session.poolName == "eu.pool.example.org:443" && session.accepted == 1)
    }

    @Test func `handshakes sent before any answer are paired in their order`() throws {
        let chain = Self.connect("a.example:1") + Self.connect("b.example:2") + Self.upgrade
        let asked = chain.filter { $0.direction == .clientToServer }
        let answered = chain.filter { $0.direction == .serverToClient }
        let session = try #require(try Self.play(asked + answered + Self.framed()))
        #expect(session.carrier == ["tcp", "http-connect", "http-connect", "websocket"])
        #expect(session.poolName == "b.example:2" && session.accepted == 1)
    }

    @Test func `four carriers are taken off and a fifth is not`() throws {
        let chain = (1...5).map { Self.connect("host\($0).example:80") }
        let four = try #require(try Self.play(chain.prefix(4).flatMap { $0 } + Self.lines))
        #expect(four.carrier.count == 5 && four.poolName == "host4.example:80")
        #expect(try Self.play(chain.flatMap { $0 } + Self.lines) == nil)
    }

    @Test func `a proxy that wants a password first is asked again`() throws {
        let wants = Self.server("HTTP/1.1 407 Who\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n")
        let session = try Self.same(
            [Self.connect("p.example:3333")[0], wants] + Self.connect("p.example:3333") + Self.lines)
        #expect(session.carrier == ["tcp", "http-connect"] && session.accepted == 1)
    }

    @Test func `the pool's side of a tunnel is read by itself`() throws {
        let lines = (Self.connect("p.example:1") + Self.lines).filter { $0.direction == .serverToClient }
        let session = try #require(try Self.play(lines))
        #expect(session.jobs == 1 && session.carrier == ["tcp", "http-connect"])
    }

    @Test func `messages that turn to gzip are read on`() throws {
        let packed: [Line] = Self.talk.dropFirst(2).map { ($0.0, DeflateWriter.gzip(Array(($0.1 + "\n").utf8))) }
        let session = try Self.same(Array(Self.lines.prefix(2)) + packed)
        #expect(session.carrier == ["tcp", "gzip"] && session.accepted == 1 && session.tier == .b)
    }

    static func post(_ body: String, headers: String = "", packed: Bool = false) -> Line {
        let bytes = packed ? DeflateWriter.gzip(Array(body.utf8)) : Array(body.utf8)
        let head =
            "POST / HTTP/1.1\r\nHost: pool.example.org:8332\r\nAuthorization: Basic YWNjb3VudC5yaWcxOng=\r\n\(headers)"
            + (packed ? "Content-Encoding: gzip\r\n" : "") + "Content-Length: \(bytes.count)\r\n\r\n"
        return (.clientToServer, Array(head.utf8) + bytes)
    }

    static func chunked(_ body: String) -> Line {
        let bytes = DeflateWriter.gzip(Array(body.utf8))
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
        var answer = Array(head.utf8)
        for piece in [bytes.prefix(11), bytes.dropFirst(11)] {
            answer += Array((String(piece.count, radix: 16) + ";x=\"1\"\r\n").utf8) + piece + Array("\r\n".utf8)
        }
        return (.serverToClient, answer + Array("0\r\nX-T: 1\r\n\r\n".utf8))
    }

    static let ask = #"{"id":1,"method":"getwork","params":[]}"#
    static let work =
        #"{"id":1,"result":{"data":"\#(CarriedSessionTests.header)","#
        + #""target":"\#(CarriedSessionTests.target)"},"error":null}"#
    static let share = #"{"id":2,"method":"getwork","params":["\#(CarriedSessionTests.header)"]}"#

    @Test func `packed and chunked calls on one connection are a session`() throws {
        let lines = [
            Self.client("GET / HTTP/1.1\r\nHost: pool.example.org\r\n\r\n"),
            Self.server("HTTP/1.1 404 No\r\nContent-Length: 10\r\n\r\nHTTP/1.1 2"),
            Self.post(#"{"id":0,"method":"getblockcount","params":[]}"#),
            Self.server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
            Self.post(Self.ask, headers: "Expect: 100-continue\r\n", packed: true),
            Self.server("HTTP/1.1 100 Continue\r\n\r\n"), Self.chunked(Self.work),
            Self.client("HEAD / HTTP/1.1\r\n\r\n"),
            Self.server("HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n"),
            // Two calls in one breath, and their answers.
            (.clientToServer, Self.post(Self.share).bytes + Self.client("GET /lp HTTP/1.1\r\n\r\n").bytes),
            Self.server("HTTP/1.1 200 OK\r\nContent-Length: 35\r\n\r\n" + #"{"id":2,"result":true,"error":nul"# + "l}"),
            Self.chunked(Self.work),
        ]
        let session = try Self.same(lines)
        #expect(session.dialect == "getwork" && session.tier == .b && session.carrier == ["tcp", "http"])
        #expect(session.submitted == 1 && session.accepted == 1 && session.account == "account")
        #expect(session.poolName == "pool.example.org:8332")
    }

    @Test func `an interim answer before the call was read ends nothing`() throws {
        let call = Self.post(Self.ask, headers: "Expect: 100-continue\r\n")
        let at = call.bytes.count - Self.ask.utf8.count
        let lines: [Line] = [
            (.clientToServer, Array(call.bytes[..<at])), Self.server("HTTP/1.1 100 Continue\r\n\r\n"),
            (.clientToServer, Array(call.bytes[at...])), Self.server("HTTP/1.0 200 OK\r\n\r\n" + Self.work),
        ]
        let session = try #require(try Self.play(lines))
        #expect(session.tier == .b && session.jobs == 1)
    }

    @Test func `calls behind a gap are read again`() throws {
        var scene = try SessionScene()
        let before = [Self.post(Self.ask), Self.chunked(Self.work)]
        for (direction, bytes) in before { scene.say(direction, bytes) }
        for direction in [Direction.clientToServer, .serverToClient] {
            scene.tracker.consume(
                StreamEvent(kind: .gap, flow: 0, direction: direction, frame: 90, time: nil, gapLength: 147), [],
                scene.summary)
        }
        scene.say(.clientToServer, Self.post(Self.share).bytes)
        let yes = #"{"id":2,"result":true,"error":null}"#
        scene.say(.serverToClient, "HTTP/1.1 200 OK\r\nContent-Length: \(yes.utf8.count)\r\n\r\n\(yes)", line: false)
        let session = try #require(scene.finish().sessions.first)
        #expect(session.submitted == 1 && session.accepted == 1)
    }

    @Test func `a caller that only browses gives nothing`() throws {
        var lines: [Line] = []
        for _ in 0..<20 {
            lines += [Self.client("GET / HTTP/1.1\r\n\r\n"), Self.server("HTTP/1.1 200 OK\r\n\r\n" + Self.work)]
        }
        #expect(try Self.play(lines) == nil)
        #expect(try Self.play([Self.server("HTTP/1.1 200 OK\r\n\r\n" + Self.talk[3].1)] + Self.lines) == nil)
    }

    @Test func `random flips in any chain never trap`() throws {
        var random = SplitMix(seed: 21)
        let chain = Self.socks + Self.connect("p.example:1") + Self.upgrade + Self.framed()
        let calls = [Self.post(Self.ask, packed: true), Self.chunked(Self.work), Self.post(Self.share)]
        let fresh = try SessionScene()
        for round in 0..<20_000 {
            var lines = round % 2 == 0 ? chain : calls
            for _ in 0...Int(random.next() % 3) {
                let line = Int(random.next() % UInt64(lines.count))
                let at = Int(random.next() % UInt64(lines[line].bytes.count))
                lines[line].bytes[at] = UInt8(truncatingIfNeeded: random.next())
            }
            _ = Self.play(lines, cut: Int(random.next() % 200), in: fresh)
        }
    }
}
