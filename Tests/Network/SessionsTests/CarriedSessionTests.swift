import Flows
import Sessions
import Testing
import Vocabulary

/// Sessions inside HTTP, WebSocket and SOCKS.
struct CarriedSessionTests {
    static let header = String(repeating: "01", count: 68) + String(repeating: "02", count: 60)
    /// Little-endian: difficulty 1 has 0xffff at the top behind four zero bytes.
    static let target = String(repeating: "00", count: 26) + "ffff00000000"

    static func post(_ body: String, extra: String = "X-Mining-Extensions: midstate\r\n") -> String {
        "POST / HTTP/1.1\r\nHost: pool.example.org:8332\r\nAuthorization: Basic YWNjb3VudC5yaWcxOng=\r\n"
            + "User-Agent: invented/1.0\r\n\(extra)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    static func answer(_ body: String) -> String {
        "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test func `getwork over HTTP is a session with its shares`() throws {
        var scene = try SessionScene()
        for share in 0..<3 {
            scene.say(.clientToServer, Self.post("{\"id\":1,\n \"method\":\"getwork\",\"params\":[]}"), line: false)
            scene.say(
                .serverToClient,
                Self.answer(#"{"id":1,"result":{"data":"\#(Self.header)","target":"\#(Self.target)"},"error":null}"#),
                line: false)
            scene.say(
                .clientToServer, Self.post(#"{"id":2,"method":"getwork","params":["\#(Self.header)"]}"#), line: false)
            scene.say(
                .serverToClient, Self.answer(#"{"id":2,"result":\#(share < 2),"error":null}"#), line: false)
        }
        let session = try #require(scene.finish().sessions.first)
        #expect(session.dialect == "getwork" && session.tier == .b && session.carrier == ["tcp", "http"])
        #expect(session.account == "account" && session.worker == "rig1" && session.agent == "invented/1.0")
        #expect(session.poolName == "pool.example.org:8332")
        #expect(session.submitted == 3 && session.accepted == 2 && session.rejected == 1)
        #expect(abs((session.difficultySum ?? 0) - 2) < 1e-3)
    }

    @Test func `a miner's bare question for a template is an attempt and a pool's own is none`() throws {
        let body = #"{"id":0,"method":"getblocktemplate","params":[{"capabilities":["coinbasetxn","workid"]}]}"#
        for (extra, expected) in [("X-Mining-Extensions: longpoll\r\n", [Tier.c]), ("", [])] {
            var scene = try SessionScene()
            scene.say(.clientToServer, Self.post(body, extra: extra), line: false)
            scene.server(#"{"id":0,"result":null,"error":[20,"Parse error",null]}"#)
            let sessions = scene.finish().sessions
            #expect(sessions.map(\.tier) == expected)
            #expect(sessions.allSatisfy { $0.dialect == "getblocktemplate" })
        }
    }

    @Test func `a node's calls over HTTP give nothing`() throws {
        for verb in ["getblockchaininfo", "eth_blockNumber", "eth_getWork", "login", "submit", "mining.subscribe"] {
            var scene = try SessionScene()
            for _ in 0..<12 {
                scene.say(
                    .clientToServer, Self.post(#"{"id":1,"method":"\#(verb)","params":[]}"#, extra: ""), line: false)
                scene.say(.serverToClient, Self.answer(#"{"id":1,"result":null}"#), line: false)
            }
            #expect(scene.finish().sessions.isEmpty, "\(verb)")
        }
    }

    @Test func `Ethash work over HTTP has its own name`() throws {
        var scene = try SessionScene()
        let word = "0x" + String(repeating: "0", count: 8) + String(repeating: "ab", count: 28)
        scene.say(.clientToServer, Self.post(#"{"id":1,"method":"eth_getWork","params":[]}"#, extra: ""), line: false)
        scene.say(.serverToClient, Self.answer(#"{"id":1,"result":["\#(word)","\#(word)","\#(word)"]}"#), line: false)
        let session = try #require(scene.finish().sessions.first)
        #expect(session.dialect == "eth-getwork" && session.tier == .b)
    }

    static func frame(_ text: String, masked: Bool) -> [UInt8] {
        let mask: [UInt8] = masked ? [9, 8, 7, 6] : []
        let bytes = Array(text.utf8)
        return [0x81, (masked ? 0x80 : 0) | 126, UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + mask
            + (masked ? bytes.enumerated().map { $0.element ^ mask[$0.offset % 4] } : bytes)
    }

    @Test func `a session in WebSocket frames is read`() throws {
        var scene = try SessionScene()
        scene.say(
            .clientToServer, "GET /proxy HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", line: false)
        scene.say(.serverToClient, "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n", line: false)
        scene.say(
            .clientToServer,
            Self.frame(#"{"id":1,"method":"mining.subscribe","params":["invented/1.0"]}"#, masked: true))
        scene.say(
            .serverToClient,
            Self.frame(#"{"id":1,"result":[[["mining.notify","a1"]],"0a0b0c0d",4],"error":null}"#, masked: false))
        scene.say(.serverToClient, Self.frame(SessionScene.notify, masked: false))
        let session = try #require(scene.finish().sessions.first)
        #expect(session.tier == .b && session.carrier == ["tcp", "websocket"] && session.agent == "invented/1.0")
    }

    @Test func `a SOCKS request names the pool, with and without a session`() throws {
        // The port's low byte 0x5C is a letter: it must not hide the message behind it.
        let host = "eu.pool.example.org"
        let request: [UInt8] = [5, 1, 0, 5, 1, 0, 3, UInt8(host.utf8.count)] + Array(host.utf8) + [0x11, 0x5C]
        var scene = try SessionScene()
        scene.say(.clientToServer, request)
        scene.say(.serverToClient, [5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0] as [UInt8])
        scene.greet()
        let session = try #require(scene.finish().sessions.first)
        #expect(
            session.tier == .b && session.poolName == "eu.pool.example.org:4444" && session.carrier == ["tcp", "socks"])

        var other = try SessionScene()
        other.say(.clientToServer, request)
        other.say(.serverToClient, [5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0] as [UInt8])
        other.say(.clientToServer, [0x16, 3, 1, 0, 200, 1])
        let found = other.finish()
        #expect(found.sessions.isEmpty && found.contacts.map(\.what) == [.socks])
        #expect(found.contacts.map(\.name) == ["eu.pool.example.org"])
    }
}

/// Counting where bytes are missing or the algorithm decides.
struct WorkCountTests {
    @Test func `the sum is of difficulties`() throws {
        var scene = try SessionScene()
        scene.greet()
        for id in 10..<14 {
            scene.client(SessionScene.submit(id))
            scene.server(#"{"id":\#(id),"result":true,"error":null}"#)
        }
        let session = try #require(scene.finish().sessions.first)
        #expect(session.difficultyLast == 1000 && session.difficultySum == 4000)
    }

    static func greeting(account: String, bits: String) throws -> SessionObservation {
        var scene = try SessionScene()
        scene.client(#"{"id":2,"method":"mining.authorize","params":["\#(account)","x"]}"#)
        scene.server(#"{"id":2,"result":true,"error":null}"#)
        scene.server(#"{"id":null,"method":"mining.set_difficulty","params":[1000]}"#)
        scene.server(SessionScene.notify.replacing("1a01aa3d", with: bits))
        scene.client(SessionScene.submit(4))
        scene.server(#"{"id":4,"result":true,"error":null}"#)
        return try #require(scene.finish().sessions.first)
    }

    @Test func `Scrypt difficulties are worth less and an unknown algorithm leaves room`() throws {
        let scrypt = try Self.greeting(account: "ltc1account", bits: "1a01aa3d")
        let sha = try Self.greeting(account: "word", bits: "17034219")
        let unknown = try Self.greeting(account: "word", bits: "1a01aa3d")
        #expect(scrypt.algorithm == "scrypt" && sha.algorithm == "sha256d" && unknown.algorithm == nil)
        let rates = try [scrypt, sha, unknown].map { try #require($0.hashrate) }
        #expect(abs(rates[0].value * 65_536 / rates[1].value - 1) < 1e-9)
        #expect(abs(rates[2].low * 65_536 / rates[1].low - 1) < 1e-9 && rates[2].high == rates[1].high)
        #expect(sha.watts != nil && unknown.watts == nil)
    }

    @Test func `answers that come before their requests are paired by the frames' order`() throws {
        var scene = try SessionScene()
        let lines: [(Direction, Int, String)] = [
            (.serverToClient, 5, #"{"id":null,"method":"mining.set_difficulty","params":[1000]}"#),
            (.serverToClient, 6, SessionScene.notify),
            (.serverToClient, 8, #"{"id":4,"result":true,"error":null}"#),
            (.serverToClient, 10, #"{"id":5,"result":null,"error":[23,"low",null]}"#),
            (.clientToServer, 7, SessionScene.submit(4)), (.clientToServer, 9, SessionScene.submit(5)),
        ]
        for (direction, frame, text) in lines {
            let bytes = Array((text + "\n").utf8)
            scene.tracker.consume(
                StreamEvent(
                    kind: .data, flow: 0, direction: direction, frame: frame, time: Instant(seconds: Int64(frame)),
                    bytes: 0..<bytes.count), bytes[...], scene.summary)
        }
        let session = try #require(scene.finish().sessions.first)
        #expect(session.tier == .b)
        #expect(session.submitted == 2 && session.accepted == 1 && session.rejected == 1)
        #expect(session.difficultySum == 1000)
        let rate = try #require(session.hashrate)
        // From second 5 to second 10.
        #expect(abs(rate.value / (1000 * 4_295_032_833.0 / 5) - 1) < 1e-9)
    }

    @Test func `a whole message right behind a gap is counted`() throws {
        var scene = try SessionScene()
        scene.greet()
        scene.tracker.consume(
            StreamEvent(kind: .gap, flow: 0, direction: .clientToServer, frame: 20, time: nil, gapLength: 147), [],
            scene.summary)
        scene.client(SessionScene.submit(4), after: 20)
        scene.server(#"{"id":4,"result":true,"error":null}"#)
        let session = try #require(scene.finish().sessions.first)
        #expect(session.submitted == 1 && session.accepted == 1)
    }
}
