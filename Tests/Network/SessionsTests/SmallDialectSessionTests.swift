import Flows
import Sessions
import Testing
import Vocabulary

/// A whole talk of each smaller dialect over one flow: a greeting, jobs, shares taken and one refused.
struct SmallDialectSessionTests {
    struct Talk: Sendable, CustomStringConvertible {
        var dialect: String
        var account: String? = "someone"
        var worker: String? = "rig1"
        var agent: String? = "invented/1.0"
        var greeting: [(Direction, String)]
        var jobs = 1
        var share: String
        var good: String
        var bad: String?
        /// Expected hashes of one share; nil where none follow from what is said.
        var hashes: Double?

        var description: String { dialect }
    }

    private static func hex(_ text: String, _ digits: Int) -> String {
        String(String(repeating: text, count: digits / text.utf8.count + 1).prefix(digits))
    }

    private static let c = Direction.clientToServer
    private static let s = Direction.serverToClient
    private static let root = hex("5c1e90ab", 64)
    /// 32 zero bits, then 0xffff…: 2^32 hashes.
    private static let target = "00000000" + hex("f", 56)
    private static let subscribed = #"{"id":1,"result":[[["mining.notify","a1"]],"0a0b0c0d",4],"error":null}"#
    private static let authorize = #"{"id":2,"method":"mining.authorize","params":["someone.rig1","x"]}"#
    private static let yes = #"{"id":2,"result":true,"error":null}"#
    private static let refused = #"{"id":9,"result":null,"error":[23,"low",null]}"#
    private static let taken = #"{"id":9,"result":true,"error":null}"#

    static let talks: [Talk] = [
        Talk(
            dialect: "grin",
            greeting: [
                (
                    c,
                    #"{"id":"0","method":"login","params":{"login":"someone.rig1","pass":"x","agent":"invented/1.0"}}"#
                ),
                (s, #"{"id":"0","method":"login","result":"ok","error":null}"#),
                (c, #"{"id":"1","method":"getjobtemplate","params":null}"#),
                (
                    s,
                    #"{"id":"1","method":"getjobtemplate","result":{"difficulty":16384,"height":9,"job_id":0,"pre_pow":"\#(hex("00ab", 490))"}}"#
                ),
                (
                    s,
                    #"{"id":"Stratum","method":"job","params":{"difficulty":16384,"height":9,"job_id":1,"pre_pow":"\#(hex("00ab", 490))"}}"#
                ),
            ], jobs: 2,
            share:
                #"{"id":"0","method":"submit","params":{"edge_bits":32,"height":9,"job_id":1,"nonce":77,"pow":[\#((1...42).map(String.init).joined(separator: ","))]}}"#,
            good: #"{"id":"0","method":"submit","result":"ok","error":null}"#,
            bad: #"{"id":"0","method":"submit","error":{"code":-32501,"message":"Share rejected"}}"#, hashes: 42),
        Talk(
            dialect: "beam", agent: nil,
            greeting: [
                (c, #"{"method":"login","api_key":"someone.rig1","id":"login"}"#),
                (
                    s,
                    #"{"method":"result","id":"login","code":0,"description":"Login successful","nonceprefix":"ad"}"#
                ),
                // Exponent 4 and no mantissa but the hidden one: 2^24 · 2^(4 − 24).
                (s, #"{"method":"job","id":"7","input":"\#(root)","height":9,"difficulty":67108864}"#),
            ],
            share:
                #"{"method":"solution","id":"7","nonce":"0badcafe01020304","output":"\#(hex("1f", 208))"}"#,
            good: #"{"method":"result","id":"7","code":1,"description":"accepted"}"#,
            bad: #"{"method":"result","id":"7","code":2,"description":"rejected"}"#, hashes: 16),
        Talk(
            dialect: "ironfish",
            greeting: [
                (
                    c,
                    #"{"id":0,"method":"mining.subscribe","body":{"version":2,"agent":"invented/1.0","publicAddress":"someone.rig1"}}"#
                ),
                (s, #"{"id":5,"method":"mining.subscribed","body":{"clientId":1,"xn":"0a"}}"#),
                (s, #"{"id":6,"method":"mining.set_target","body":{"target":"\#(target)"}}"#),
                (
                    s,
                    #"{"id":7,"method":"mining.notify","body":{"miningRequestId":3,"header":"\#(hex("7a", 360))"}}"#
                ),
            ],
            share: #"{"id":9,"method":"mining.submit","body":{"miningRequestId":3,"randomness":"0badcafe01020304"}}"#,
            good: #"{"id":77,"method":"mining.submitted","body":{"id":9,"result":true}}"#,
            bad: #"{"id":77,"method":"mining.submitted","body":{"id":9,"result":false}}"#, hashes: 4_294_967_296),
        Talk(
            dialect: "kadena",
            greeting: [
                (c, #"{"id":1,"method":"mining.subscribe","params":["invented/1.0",null]}"#),
                (s, #"{"id":1,"result":[null,"0a0b",6],"error":null}"#), (c, authorize), (s, yes),
                (s, #"{"id":null,"method":"mining.set_target","params":["\#(target)"]}"#),
                (s, #"{"id":null,"method":"mining.notify","params":["j1","\#(hex("9e01", 572))",true]}"#),
            ],
            share: #"{"id":9,"method":"mining.submit","params":["someone.rig1","j1","0badcafe0102"]}"#, good: taken,
            bad: refused, hashes: 4_294_967_296),
        Talk(
            dialect: "handshake",
            greeting: [
                (c, #"{"id":1,"method":"mining.subscribe","params":["invented/1.0"]}"#), (s, subscribed),
                (c, authorize), (s, yes), (s, #"{"id":null,"method":"mining.set_difficulty","params":[1]}"#),
                (
                    s,
                    #"{"id":null,"method":"mining.notify","params":["j1","\#(root)","01","02",[],"\#(root)","\#(root)","\#(root)","00000000","1a01aa3d","64000000",true]}"#
                ),
            ],
            share: #"{"id":9,"method":"mining.submit","params":["someone.rig1","j1","0001","64000001","0badcafe"]}"#,
            good: taken, bad: #"{"id":9,"result":null,"error":{"code":21,"message":"stale"}}"#,
            hashes: 4_295_032_833),
        Talk(
            dialect: "decred", agent: "gominer/2.0.0-decred",
            greeting: [
                (c, #"{"id":1,"method":"mining.subscribe","params":["gominer/2.0.0-decred"]}"#), (s, subscribed),
                (c, authorize), (s, yes), (s, #"{"id":null,"method":"mining.set_difficulty","params":[1]}"#),
                (
                    s,
                    #"{"id":null,"method":"mining.notify","params":["j1","\#(root)","\#(hex("0c", 200))","0a000000",[],"00000007","","64000000",true]}"#
                ),
            ],
            share:
                #"{"id":9,"method":"mining.submit","params":["someone.rig1","j1","\#(hex("0b", 24))","64000001","0badcafe"]}"#,
            good: taken, bad: refused, hashes: 4_295_032_833),
        Talk(
            dialect: "xelis",
            greeting: [
                (c, #"{"id":1,"method":"mining.subscribe","params":["invented/1.0"]}"#),
                (s, #"{"id":1,"result":["s1","\#(hex("0a", 64))",32,"\#(root)"],"error":null}"#), (c, authorize),
                (s, yes), (s, #"{"id":null,"method":"mining.set_difficulty","params":[20000]}"#),
                (
                    s,
                    #"{"id":null,"method":"mining.notify","params":["j1","0000018a2b3c4d5e","\#(root)","xel/v2",true]}"#
                ),
            ],
            share: #"{"id":9,"method":"mining.submit","params":["someone.rig1","j1","0badcafe01020304"]}"#,
            good: taken, bad: refused, hashes: 20_000),
        Talk(
            dialect: "aleo",
            greeting: [
                (c, #"{"id":1,"method":"mining.subscribe","params":["invented/1.0","AleoStratum/2.0.0"]}"#),
                (s, #"{"id":1,"result":["s1","0a0b"],"error":null}"#), (c, authorize), (s, yes),
                (s, #"{"id":null,"method":"mining.set_target","params":[65536]}"#),
                (s, #"{"id":null,"method":"mining.notify","params":["j1","ab1\#(hex("q2w3", 58))",true]}"#),
            ],
            share:
                #"{"id":9,"method":"mining.submit","params":["someone.rig1","j1","0badcafe01020304","\#(hex("5e", 96))"]}"#,
            good: taken, bad: refused, hashes: 65_536),
        Talk(
            dialect: "qubic", account: hex("ABCDEFGHIJ", 60), agent: nil,
            greeting: [
                (c, #"{"id":1,"wallet":"\#(hex("ABCDEFGHIJ", 60))","worker":"rig1"}"#),
                (s, #"{"id":1,"result":true,"error":null}"#), (s, #"{"id":2,"computorId":"ZYX"}"#),
                (s, #"{"id":3,"seed":"0a0b"}"#), (s, #"{"id":6,"difficulty":120}"#),
            ],
            share: #"{"id":4,"nonce":"77","seed":"0a0b","computorId":"ZYX"}"#,
            good: #"{"id":4,"result":true,"error":null}"#, bad: #"{"id":4,"result":false,"error":"low"}"#,
            hashes: nil),
        coinhive,
    ]

    static let coinhive = Talk(
        dialect: "coinhive", worker: nil, agent: nil,
        greeting: [
            (c, #"{"type":"auth","params":{"site_key":"someone","type":"anonymous","user":null,"goal":0}}"#),
            (s, #"{"type":"authed","params":{"token":"","hashes":0}}"#),
            (
                s,
                #"{"type":"job","params":{"job_id":"8812","blob":"\#(hex("07d6", 152))","target":"ffffff00"}}"#
            ),
        ],
        share:
            #"{"type":"submit","params":{"version":7,"job_id":"8812","nonce":"a1b2c3d4","result":"\#(root)"}}"#,
        good: #"{"type":"hash_accepted","params":{"hashes":256}}"#, bad: nil,
        hashes: 4_294_967_295.0 / 16_777_215.0)

    @Test(arguments: talks)
    func `a whole talk is one session of its dialect`(talk: Talk) throws {
        var scene = try SessionScene()
        for (direction, text) in talk.greeting { scene.say(direction, text) }
        for _ in 0..<8 {
            scene.client(talk.share, after: 9)
            scene.server(talk.good)
        }
        if let bad = talk.bad {
            scene.client(talk.share)
            scene.server(bad)
        }
        try check(talk, scene.finish().sessions)
    }

    @Test func `a page's miner is read in masked WebSocket frames`() throws {
        let talk = Self.coinhive
        var scene = try SessionScene()
        scene.say(
            .clientToServer, "GET /proxy HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", line: false)
        scene.say(.serverToClient, "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n", line: false)
        let shares = (0..<8).flatMap { _ in [(Self.c, talk.share), (Self.s, talk.good)] }
        for (direction, text) in talk.greeting + shares {
            scene.say(direction, CarriedSessionTests.frame(text, masked: direction == Self.c), after: 5)
        }
        let sessions = scene.finish().sessions
        try check(talk, sessions)
        #expect(sessions.first?.carrier == ["tcp", "websocket"])
    }

    @Test func `other JSON with a type in WebSocket frames is no session`() throws {
        var scene = try SessionScene()
        scene.say(
            .clientToServer, "GET /chat HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", line: false)
        scene.say(.serverToClient, "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n", line: false)
        for _ in 0..<8 {
            scene.say(
                .clientToServer,
                CarriedSessionTests.frame(#"{"type":"submit","params":{"form":"a","job_id":"7"}}"#, masked: true))
            scene.say(
                .serverToClient,
                CarriedSessionTests.frame(#"{"type":"job","params":{"job_id":"7","state":"done"}}"#, masked: false))
        }
        #expect(scene.finish().sessions.isEmpty)
    }

    @Test func `Ethash shares with nonces as long as Kadena's stay Ethash`() throws {
        var scene = try SessionScene()
        scene.client(#"{"id":1,"method":"mining.subscribe","params":["invented/1.0",null]}"#)
        scene.client(Self.authorize)
        scene.server(
            #"{"id":null,"method":"mining.notify","params":["j1","\#(Self.root)","\#(Self.root)",true]}"#)
        for _ in 0..<8 {
            scene.client(#"{"id":9,"method":"mining.submit","params":["someone.rig1","j1","0badcafe0102"]}"#)
            scene.server(Self.taken)
        }
        let session = try #require(scene.finish().sessions.first)
        #expect(session.dialect == "ethereum-stratum-1" && session.accepted == 8)
    }

    private func check(_ talk: Talk, _ sessions: [SessionObservation]) throws {
        let session = try #require(sessions.first)
        #expect(sessions.count == 1)
        #expect(session.dialect == talk.dialect && session.tier == .b)
        #expect(session.account == talk.account && session.worker == talk.worker && session.agent == talk.agent)
        let bad = session.carrier.contains("websocket") || talk.bad == nil ? 0 : 1
        #expect(session.jobs == talk.jobs && session.submitted == 8 + bad)
        #expect(session.accepted == 8 && session.rejected == bad)
        guard let hashes = talk.hashes else {
            #expect(session.hashrate == nil)
            return
        }
        // All eight shares lie within some eighty seconds of the job.
        let rate = try #require(session.hashrate)
        #expect((60...100).contains(hashes * 8 / rate.value))
        #expect(session.difficultyLast.map { $0 > 0 } == true)
    }
}
