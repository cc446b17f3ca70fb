import Flows
import Sessions
import Shares
import Stratum
import Testing
import Vocabulary

/// Who spoke, what was refused and why, what the miner said of itself, and what joins two sessions.
struct SessionPeopleTests {
    private static let zeros = String(repeating: "0", count: 64)

    private static func greeted(agent: String = "invented/1.0", extranonce: String = "0badcafe") throws -> SessionScene
    {
        var scene = try SessionScene()
        greet(&scene, agent: agent, extranonce: extranonce)
        return scene
    }

    private static func greet(
        _ scene: inout SessionScene, agent: String = "invented/1.0", extranonce: String, user: String = "farm.rig1"
    ) {
        scene.client(#"{"id":1,"method":"mining.subscribe","params":["\#(agent)"]}"#)
        scene.server(
            #"{"id":1,"result":[[["mining.set_difficulty","1"],["mining.notify","1"]],"\#(extranonce)",4],"error":null}"#
        )
        scene.client(#"{"id":2,"method":"mining.authorize","params":["\#(user)","x"]}"#)
        scene.server(#"{"id":2,"result":true,"error":null}"#)
        scene.server(#"{"id":null,"method":"mining.set_difficulty","params":[1024]}"#)
        for job in ["a1", "a2", "a3"] { scene.server(notify(job)) }
    }

    /// A coinbase with a text and one output.
    private static func notify(_ id: String, text: String = "2f496e76656e7465642f") -> String {
        let first =
            "01000000" + "01" + zeros + "ffffffff" + "16" + "03aabb" + id + text
        let second =
            "ffffffff" + "01" + "00f2052a01000000" + "19" + "76a914" + String(repeating: "11", count: 20)
            + "88ac" + "00000000"
        return
            #"{"id":null,"method":"mining.notify","params":["\#(id)","\#(zeros)","\#(first)","\#(second)",[],"20000000","17034219","66f0a1b2",true]}"#
    }

    private static func submit(_ id: Int, _ user: String, nonce: Int) -> String {
        let nonce = String(0x1000_0000 + nonce, radix: 16)
        return
            #"{"id":\#(id),"method":"mining.submit","params":["\#(user)","a1","00000001","66f0a1c0","\#(nonce)"]}"#
    }

    @Test func `each worker has its own shares, and refusals their reason`() throws {
        var scene = try Self.greeted()
        scene.client(#"{"id":3,"method":"mining.authorize","params":["farm.rig2","x"]}"#)
        scene.server(#"{"id":3,"result":true,"error":null}"#)
        let answers = [
            "true,\"error\":null", "true,\"error\":null", "null,\"error\":[21,\"Job not found\",null]",
            "null,\"error\":[22,\"Duplicate share\",null]", "null,\"error\":{\"code\":23,\"message\":\"x\"}",
            "false,\"error\":[20,\"Other\",null]",
        ]
        for (place, answer) in answers.enumerated() {
            scene.client(Self.submit(10 + place, place == 1 ? "farm.rig2" : "farm.rig1", nonce: place))
            scene.server(#"{"id":\#(10 + place),"result":"# + answer + "}")
        }
        let session = try #require(scene.finish().sessions.first)
        #expect(session.accepted == 2 && session.rejected == 4)
        #expect(session.refusals == [.stale: 1, .duplicate: 1, .lowDifficulty: 1, .other: 1])
        let workers = session.workers.all
        #expect(workers.map(\.worker) == ["rig1", "rig2"])
        #expect(workers.map(\.submitted) == [5, 1] && workers.map(\.accepted) == [1, 1])
        #expect(session.reasons.contains { $0.id == "several-workers" && $0.count == 2 })
        #expect(!session.reasons.contains { $0.id == "several-accounts" })
    }

    @Test func `names without end are counted, not kept`() throws {
        var scene = try Self.greeted()
        for place in 0..<1_000 {
            scene.client(#"{"id":\#(place + 10),"method":"mining.authorize","params":["false\#(place).x","x"]}"#)
        }
        let session = try #require(scene.finish().sessions.first)
        #expect(session.workers.all.count == 256 && session.workers.beyond == 1_000 - 255)
        #expect(session.account == "farm")
    }

    @Test func `the pool is known by its coinbase, the machine by the agent`() throws {
        var scene = try Self.greeted(agent: "bitaxe/chip7/v2")
        scene.client(Self.submit(10, "farm.rig1", nonce: 1))
        scene.server(#"{"id":10,"result":true,"error":null}"#)
        let session = try #require(scene.finish().sessions.first)
        #expect(session.poolTag == "/Invented/" && session.poolName == "Invented Pool")
        #expect(session.payoutAddress?.hasPrefix("1") == true)
        #expect(session.device?.name == "Machine 7")
        let watts = try #require(session.watts)
        let rate = try #require(session.hashrate)
        #expect(abs(watts.low / (rate.low * 1e-11) - 1) < 1e-9 && abs(watts.high / (rate.high * 2e-11) - 1) < 1e-9)
    }

    @Test func `a declared rate far from the shares is told`() throws {
        let header = "0x" + String(repeating: "ab", count: 32)
        let boundary = "0x00000000ffff" + String(repeating: "0", count: 52)
        for (declared, differs) in [("0x1", true), ("0x1999999", false)] {
            var scene = try SessionScene()
            scene.client(#"{"id":1,"method":"eth_submitLogin","worker":"rig","params":["0xabc.rig","x"]}"#)
            scene.server(#"{"id":1,"result":true}"#)
            scene.client(#"{"id":5,"method":"eth_getWork","params":[]}"#)
            scene.server(#"{"id":0,"result":["\#(header)","\#(header)","\#(boundary)"]}"#)
            scene.client(#"{"id":9,"method":"eth_submitHashrate","params":["\#(declared)","0x1"]}"#)
            scene.client(
                #"{"id":40,"method":"eth_submitWork","params":["0x1234567812345678","\#(header)","\#(header)"]}"#,
                after: 158)
            scene.server(#"{"id":40,"result":true}"#)
            let session = try #require(scene.finish().sessions.first)
            #expect(session.declared != nil)
            #expect(session.against.contains { $0.id == "declared-rate-differs" } == differs, "\(declared)")
            // An invented mix does not meet the boundary.
            #expect(session.tier == .b)
        }
    }

    @Test func `claimed hashes that do not lie evenly are told`() throws {
        for (isEven, expected) in [(true, false), (false, true)] {
            var scene = try SessionScene()
            scene.client(#"{"id":1,"method":"login","params":{"login":"4abc","pass":"x","agent":"invented/1"}}"#)
            let job =
                #"{"blob":"\#(String(repeating: "0a", count: 76))","job_id":"k1","target":"ffff0000"}"#
            scene.server(#"{"id":1,"result":{"id":"s","job":\#(job),"status":"OK"},"error":null}"#)
            for place in 0..<40 {
                let part = isEven ? (place * 1_638 + 800) : 20
                let top = String(65_536 + part % 65_536, radix: 16).suffix(4)
                let hash = String(repeating: "0", count: 56) + top.suffix(2) + top.prefix(2) + "0000"
                scene.client(
                    #"{"id":\#(place + 2),"method":"submit","params":{"id":"s","job_id":"k1","nonce":"0badca\#(String(16 + place, radix: 16))","result":"\#(hash)"}}"#
                )
                scene.server(#"{"id":\#(place + 2),"result":{"status":"OK"},"error":null}"#)
            }
            let session = try #require(scene.finish().sessions.first)
            #expect(session.tier == .a2)
            #expect(session.against.contains { $0.id == "claimed-hashes-uneven" } == expected)
        }
    }

    @Test func `sessions with one account, nested nonces and the same jobs are joined`() throws {
        var scene = try SessionScene()
        scene.clientAddress = IPAddress(ipv4: 0x0A00_0002)
        scene.serverAddress = IPAddress(ipv4: 0x0A00_0001)
        Self.greet(&scene, extranonce: "0badcafe01")
        scene.close()
        scene.clientAddress = IPAddress(ipv4: 0x0A00_0001)
        scene.serverAddress = IPAddress(ipv4: 0xC000_0201)
        Self.greet(&scene, extranonce: "0badcafe", user: "other.rig")
        scene.close()
        scene.clientAddress = IPAddress(ipv4: 0x0A00_0003)
        Self.greet(&scene, extranonce: "11223344")
        let found = scene.finish()
        #expect(found.sessions.count == 3)
        let links = Set(found.links.map(\.what))
        #expect(links.isSuperset(of: [.sameAccount, .nonceSpaceInside, .equalJobs, .samePayout]))
        let nested = try #require(found.links.first { $0.what == .nonceSpaceInside })
        #expect(found.sessions[nested.first].client.ip == IPAddress(ipv4: 0x0A00_0002))
        #expect(found.sessions[nested.second].client.ip == IPAddress(ipv4: 0x0A00_0001))
        #expect(found.links.first { $0.what == .equalJobs }?.count == 3)
    }

    @Test func `a donation log-in is joined with the account it is the hash of`() throws {
        var scene = try SessionScene()
        for account in ["4invented", DonationLogin.pseudonym(of: "4invented"), DonationLogin.pseudonym(of: "4other")] {
            scene.client(
                #"{"id":1,"method":"login","params":{"login":"\#(account)","pass":"x","agent":"invented/1"}}"#)
            scene.close()
        }
        let found = scene.finish()
        #expect(found.links.filter { $0.what == .sameWallet }.count == 1)
        #expect(found.sessions.filter(\.isDonation).count == 2)
    }

    @Test func `of cut messages a long submit is a solution's, a short one is not`() throws {
        for (missing, dialect) in [(494, "equihash"), (60, "stratum-v1")] {
            var scene = try SessionScene()
            scene.client(#"{"id":1,"method":"mining.subscribe","params":["x"]}"#)
            scene.server(#"{"id":1,"result":true,"error":null}"#)
            for id in 4..<8 {
                scene.cut(.clientToServer, #"{"id":\#(id),"method":"mining.submit","par"#, missing: missing)
                scene.server(#"{"id":\#(id),"result":true,"error":null}"#)
            }
            let session = try #require(scene.finish().sessions.first)
            #expect(session.dialect == dialect && session.accepted == 4)
        }
    }
}
