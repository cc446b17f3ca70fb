import Flows
import Foundation
import Sessions
import Support
import Testing
import Vocabulary

struct SessionTrackerTests {
    @Test func `a whole session is counted and its rate has limits`() throws {
        var scene = try SessionScene()
        scene.greet()
        for share in 0..<16 {
            scene.client(SessionScene.submit(10 + share), after: 9)
            scene.server(#"{"id":\#(10 + share),"result":true,"error":null}"#)
        }
        scene.client(SessionScene.submit(50))
        scene.server(#"{"id":50,"result":null,"error":[23,"low",null]}"#)
        let found = scene.finish()
        let session = try #require(found.sessions.first)
        #expect(found.sessions.count == 1 && found.contacts.isEmpty)
        #expect(session.tier == .b)
        #expect(session.probability > 0.99)
        #expect(session.dialect == "stratum-v1")
        #expect(session.client.port == 40_000 && session.server.port == 3333)
        #expect(session.account == "bc1account" && session.worker == "rig1" && session.agent == "invented/1.0")
        #expect(session.coin == "BTC" && session.algorithm == "sha256d")
        #expect(session.jobs == 1 && session.submitted == 17 && session.accepted == 16 && session.rejected == 1)
        #expect(session.difficultyLast == 1000)
        #expect(session.verified == 0)
        #expect(session.against.map(\.id) == ["address-check-failed"] && session.flags.isEmpty)
        let rate = try #require(session.hashrate)
        #expect(session.hashrateUnit == "H/s")
        // From the difficulty in second 5 to the last answer in second 168.
        let expected = 16 * 1000 * 4_295_032_833.0 / 163
        #expect(abs(rate.value / expected - 1) < 1e-9)
        #expect(abs(rate.low / rate.value - 0.5716) < 0.001 && abs(rate.high / rate.value - 1.6239) < 0.001)
        let watts = try #require(session.watts)
        #expect(abs(watts.value / (rate.value * 2e-11) - 1) < 1e-9)
        #expect(watts.low < watts.value && watts.value < watts.high)
        #expect(session.evidence.contains(Evidence(frame: 1, event: "subscribe")))
        #expect(session.reasons.contains(Reason(id: "share-accepted", count: 16)))
    }

    @Test func `one side alone leaves the other unknown`() throws {
        var scene = try SessionScene()
        scene.client(#"{"id":1,"method":"mining.subscribe","params":["invented/1.0"]}"#)
        scene.client(#"{"id":2,"method":"mining.authorize","params":["account.rig1","x"]}"#)
        scene.client(SessionScene.submit(4))
        let session = try #require(scene.finish().sessions.first)
        #expect(session.tier == .c)
        #expect(session.submitted == 1)
        #expect(session.jobs == nil && session.accepted == nil && session.rejected == nil && session.hashrate == nil)
        #expect(session.against.map(\.id).contains("miner-side-only"))
    }

    @Test func `the pool's side alone is a session too`() throws {
        var scene = try SessionScene()
        scene.server(#"{"id":1,"result":[[["mining.notify","a1"]],"0a0b0c0d",4],"error":null}"#)
        scene.server(#"{"id":null,"method":"mining.set_difficulty","params":[1000]}"#)
        scene.server(SessionScene.notify)
        scene.server(#"{"id":4,"result":true,"error":null}"#)
        let session = try #require(scene.finish().sessions.first)
        #expect(session.tier == .c)
        #expect(session.jobs == 1 && session.accepted == 1)
        #expect(session.submitted == nil)
        #expect(session.against.map(\.id).contains("pool-side-only"))
    }

    @Test func `roles follow the messages not the ports`() throws {
        var scene = try SessionScene()
        scene.greet(miner: .serverToClient)
        let session = try #require(scene.finish().sessions.first)
        #expect(session.client.port == 3333 && session.server.port == 40_000)
        #expect(session.tier == .b)
    }

    @Test func `messages cut at every byte give the same session`() throws {
        var scene = try SessionScene()
        for text in [#"{"id":1,"method":"mining.subscribe","params":[]}"#, SessionScene.submit(4)] {
            for byte in Array((text + "\n").utf8) { scene.say(.clientToServer, [byte]) }
        }
        for byte in Array((SessionScene.notify + "\n").utf8) { scene.say(.serverToClient, [byte]) }
        let session = try #require(scene.finish().sessions.first)
        #expect(session.jobs == 1 && session.submitted == 1)
    }

    @Test func `a RandomX share under its target is better shown than a plain one`() throws {
        func tier(_ top: String) throws -> Tier? {
            var scene = try SessionScene()
            let blob = String(repeating: "07", count: 76)
            scene.client(#"{"id":1,"method":"login","params":{"login":"4x","pass":"x","agent":"invented/6"}}"#)
            scene.server(
                #"{"id":1,"result":{"job":{"blob":"\#(blob)","job_id":"k1","target":"b88d0600"},"status":"OK"},"error":null}"#
            )
            let claimed = String(repeating: "ab", count: 24) + top
            scene.client(
                #"{"id":2,"method":"submit","params":{"job_id":"k1","nonce":"0badcafe","result":"\#(claimed)"}}"#)
            scene.server(#"{"id":2,"result":{"status":"OK"},"error":null}"#)
            return scene.finish().sessions.first?.tier
        }
        #expect(try tier("0000000000000000") == .a2)
        #expect(try tier("ffffffffffffffff") == .b)
    }

    @Test func `a tunnel's target is the pool`() throws {
        var scene = try SessionScene()
        scene.serverPort = 8080
        scene.say(
            .clientToServer, "CONNECT pool.example.org:3333 HTTP/1.1\r\nHost: pool.example.org\r\n\r\n", line: false)
        scene.say(.serverToClient, "HTTP/1.1 200 Connection established\r\n\r\n", line: false)
        scene.greet()
        let session = try #require(scene.finish().sessions.first)
        #expect(session.tier == .b)
        #expect(session.poolName == "pool.example.org:3333")
        #expect(session.poolVia == "192.0.2.1:8080")
    }

    @Test func `a question for a listed name is a contact and no session`() throws {
        var scene = try SessionScene()
        scene.transport = .udp
        scene.serverPort = 53
        func question(_ labels: [String]) -> [UInt8] {
            [1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + labels.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [
                0, 0, 1, 0, 1,
            ]
        }
        scene.say(.clientToServer, question(["eu", "Pool", "example", "org"]))
        scene.say(.clientToServer, question(["eu", "pool", "example", "org"]))
        scene.say(.clientToServer, question(["carpool", "example", "org"]))
        let found = scene.finish()
        #expect(found.sessions.isEmpty)
        #expect(
            found.contacts == [
                ContactObservation(
                    what: .dns, name: "eu.pool.example.org", client: IPAddress(ipv4: 0x0A00_0001), count: 2)
            ])
    }

    static let decoys: [(name: String, client: [String], server: [String])] = [
        (
            "wallet",
            [
                #"{"id":0,"method":"server.version","params":["w","1.4"]}"#,
                #"{"id":1,"method":"blockchain.headers.subscribe","params":[]}"#,
            ],
            [#"{"id":0,"result":["s","1.4"]}"#, #"{"id":1,"result":{"hex":"00","height":1}}"#]
        ),
        (
            "language server",
            ["Content-Length: 80\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"mining.subscribe\",\"params\":[]}"],
            ["Content-Length: 40\r\n\r\n{\"id\":1,\"result\":{}}"]
        ),
        (
            "page", ["GET /\(SessionScene.notify) HTTP/1.1\r\n\r\n"],
            ["HTTP/1.1 200 OK\r\n\r\n\(SessionScene.notify)\n\(SessionScene.submit(1))"]
        ),
        ("quotation", ["look: \(SessionScene.submit(1)) is a share"], ["> \(SessionScene.notify)"]),
        (
            "application", [#"{"id":1,"method":"login","params":{"login":"me","pass":"x"}}"#],
            [#"{"id":1,"result":{"status":"OK"}}"#]
        ),
        ("node", [#"{"id":1,"method":"eth_blockNumber","params":[]}"#], [#"{"id":1,"result":"0x10"}"#]),
        (
            "node asked for work", [#"{"id":1,"method":"eth_getWork","params":[]}"#],
            [#"{"id":1,"result":null,"error":{"code":-32000}}"#]
        ),
        (
            "service that answers in pairs", (0..<40).map { #"{"id":\#($0),"method":"balance","params":["a"]}"# },
            (0..<40).map { #"{"id":\#($0),"result":["abc","00ff"],"error":null}"# }
        ),
        (
            "watcher of a node", (0..<40).map { #"{"id":\#($0),"method":"eth_getWork","params":[]}"# },
            (0..<40).map { #"{"id":\#($0),"result":null}"# }
        ),
        ("binary", ["\u{1}\u{2}\u{3}{{{{"], ["\u{0}\u{0}"]), ("nothing", [], []),
    ]

    @Test func `decoys give nothing`() throws {
        for decoy in Self.decoys {
            var scene = try SessionScene()
            for text in decoy.client { scene.client(text) }
            for text in decoy.server { scene.server(text) }
            let found = scene.finish()
            #expect(found.sessions.isEmpty && found.contacts.isEmpty, "\(decoy.name)")
        }
    }

    @Test func `random bytes give no session`() throws {
        var scene = try SessionScene()
        var seed: UInt64 = 17
        for round in 0..<400 {
            let bytes = (0..<200).map { _ in
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(seed >> 40 & 255)
            }
            scene.say(round % 2 == 0 ? .clientToServer : .serverToClient, bytes)
            if round % 20 == 19 { scene.close() }
        }
        #expect(scene.finish().sessions.isEmpty)
    }
}

struct SessionModelsTests {
    @Test func `a pool's name covers whole labels only`() throws {
        let place = Places.root.appendingPathComponent("Models").path
        guard FileManager.default.fileExists(atPath: place) else { return }
        let version = try #require(try FileManager.default.contentsOfDirectory(atPath: place + "/pools").max())
        let models = try SessionModels.load(from: place, version: version)
        #expect(models.pool(for: "eth-eu1.NANOPOOL.org") != nil)
        #expect(models.pool(for: "notnanopool.org") == nil)
        #expect(models.pool(for: "org") == nil)
        #expect(models.pool(for: "") == nil)
        // The quick answer never rules out what the list has.
        for name in ["nanopool.org", "eth-eu1.nanopool.org", "a.b.c.nanopool.org", "x.eth-eu1.nanopool.org"] {
            #expect(models.pool(for: name) != nil && models.mayList(Array(name.utf8)))
        }
        let others = (0..<2_000).map { "host\($0).example\($0 % 7).org" }
        #expect(others.count { models.mayList(Array($0.utf8)) } < 100)
        #expect(!models.mayList([]))
        #expect(models.watts(Estimate(value: 1, low: 1, high: 1), algorithm: nil, year: nil) == nil)
    }

    @Test func `lists that are missing or short are told`() {
        #expect(throws: SessionModels.Failure.self) { _ = try SessionModels.load(from: "/nonexistent", version: "v1") }
    }
}
