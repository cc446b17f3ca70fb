import Sessions
import Testing
import Vocabulary

/// A whole talk of each dialect over one flow: one session, with its name, its people and its work.
struct DialectSessionTests {
    private static let a = String(repeating: "a1", count: 32)
    private static let b = String(repeating: "b2", count: 32)
    /// 2^32 hashes, but for one part in 65536.
    private static let target = "00000000ffff" + String(repeating: "0", count: 52)
    private static let targetHashes = 4_295_032_833.0

    private static func subscribe(_ params: String) -> String {
        #"{"id":1,"method":"mining.subscribe","params":\#(params)}"#
    }
    private static func authorize(_ user: String) -> String {
        #"{"id":2,"method":"mining.authorize","params":["\#(user)","x"]}"#
    }
    private static func push(_ method: String, _ params: String) -> String {
        #"{"id":null,"method":"\#(method)","params":\#(params)}"#
    }
    private static func result(_ id: Int, _ text: String) -> String { #"{"id":\#(id),"result":\#(text),"error":null}"# }

    /// Says the greeting, then four shares with their answers, the last one refused, and returns the only session.
    private func session(
        _ greeting: [(isMiner: Bool, text: String)], submit: (method: String, params: String),
        good: String = "true", refusal: String? = nil
    ) throws -> SessionObservation {
        var scene = try SessionScene()
        for line in greeting { if line.isMiner { scene.client(line.text) } else { scene.server(line.text) } }
        for share in 10..<14 {
            scene.client(#"{"id":\#(share),"method":"\#(submit.method)","params":\#(submit.params)}"#, after: 9)
            if share < 13 {
                scene.server(Self.result(share, good))
            } else {
                scene.server(refusal ?? #"{"id":\#(share),"result":null,"error":[23,"low",null]}"#)
            }
        }
        let found = scene.finish()
        #expect(found.sessions.count == 1)
        return try #require(found.sessions.first)
    }

    private func expect(
        _ session: SessionObservation, _ dialect: String, account: String?, worker: String?, agent: String?,
        jobs: Int = 1, hashes: Double
    ) throws {
        #expect(session.dialect == dialect)
        #expect(session.account == account && session.worker == worker && session.agent == agent)
        #expect(session.jobs == jobs && session.submitted == 4 && session.accepted == 3 && session.rejected == 1)
        let rate = try #require(session.hashrate)
        #expect(session.hashrateUnit == "H/s")
        // Within 31 to 45 seconds from the first word on work to the last.
        #expect(rate.value > 3 * hashes / 60 && rate.value < 3 * hashes / 25)
    }

    @Test func `a talk of EthereumStratum 2 is one session`() throws {
        let session = try session(
            [
                (
                    true,
                    #"{"id":0,"method":"mining.hello","params":{"agent":"invented-2","host":"pool.example.org","port":"4d2","proto":"EthereumStratum/2.0.0"}}"#
                ),
                (
                    false,
                    Self.result(
                        0, #"{"proto":"EthereumStratum/2.0.0","encoding":"plain","timeout":"b4","maxerrors":"5"}"#)
                ),
                (true, #"{"id":1,"method":"mining.subscribe"}"#), (false, Self.result(1, #""s-1""#)),
                (true, Self.authorize("0xinvented.rig7")), (false, Self.result(2, #""w-77""#)),
                (
                    false,
                    #"{"method":"mining.set","params":{"epoch":"dc","target":"\#(Self.target)","algo":"ethash"}}"#
                ),
                (false, #"{"method":"mining.notify","params":["bf04","6526d5","\#(Self.a)","0"]}"#),
            ], submit: ("mining.submit", #"["bf04","68765fccd712","w-77"]"#))
        try expect(
            session, "ethereum-stratum-2", account: "0xinvented", worker: "rig7", agent: "invented-2",
            hashes: Self.targetHashes)
    }

    @Test func `a talk of Ethash without a version is one session`() throws {
        let session = try session(
            [
                (true, Self.subscribe("[]")), (false, Self.result(1, "true")),
                (true, Self.authorize("0xinvented.rig4")), (false, Self.result(2, "true")),
                (false, Self.push("mining.notify", #"["j","0x\#(Self.a)","0x\#(Self.b)","0x\#(Self.target)",true]"#)),
            ],
            submit: ("mining.submit", #"["0xinvented.rig4","j","0x0123456789abcdef","0x\#(Self.a)","0x\#(Self.b)"]"#))
        try expect(
            session, "ethash-stratum", account: "0xinvented", worker: "rig4", agent: nil, hashes: Self.targetHashes)
    }

    @Test func `a talk of KawPow is one session and not Equihash`() throws {
        let session = try session(
            [
                (true, Self.subscribe(#"["invented/3.4",null,"rvn.pool.example","6060"]"#)),
                (false, Self.result(1, #"[null,"5f21c0"]"#)),
                (true, Self.authorize("Rinvented.rig5")), (false, Self.result(2, "true")),
                (false, Self.push("mining.set_target", #"["\#(Self.target)"]"#)),
                (
                    false,
                    Self.push(
                        "mining.notify", #"["j","\#(Self.a)","\#(Self.b)","\#(Self.target)",true,3000000,"1b00ffff"]"#)
                ),
            ], submit: ("mining.submit", #"["Rinvented.rig5","j","0x0123456789abcdef","0x\#(Self.a)","0x\#(Self.b)"]"#))
        try expect(
            session, "kawpow", account: "Rinvented", worker: "rig5", agent: "invented/3.4", hashes: Self.targetHashes)
    }

    @Test(arguments: ["0badcafe", "c3a91f0700000001"])
    func `a talk of Autolykos is one session and not V1`(nonce: String) throws {
        // 2^256 ÷ 2^224, but for the last digit.
        let bound = "26959946667150639794667015087019630673637144422540572481103610249216"
        let session = try session(
            [
                (true, Self.subscribe(#"["invented/2.0"]"#)),
                (
                    false,
                    #"{"id":1,"result":[[["mining.set_difficulty","1"],["mining.notify","2"]],"c3a91f07",4],"error":null}"#
                ),
                (true, Self.authorize("9invented.rig6")), (false, Self.result(2, "true")),
                (false, Self.push("mining.set_difficulty", "[1]")),
                (false, Self.push("mining.notify", #"["j",900000,"\#(Self.a)","","",2,"\#(bound)","64000000",true]"#)),
            ], submit: ("mining.submit", #"["9invented.rig6","j","00000001","64000001","\#(nonce)"]"#))
        try expect(
            session, "autolykos", account: "9invented", worker: "rig6", agent: "invented/2.0", hashes: 0x1p32)
    }

    @Test(arguments: [
        "[12345678901234567890,18446744073709551615,9007199254740993,1],1700000000000",
        #""\#(String(repeating: "ab", count: 80))""#,
    ])
    func `a talk of Kaspa is one session and not Ethereum`(work: String) throws {
        let account = "kaspa:qz" + String(repeating: "ac", count: 29)
        let session = try session(
            [
                (true, Self.subscribe(#"["IceRiverMiner-v1.1","EthereumStratum/1.0.0"]"#)),
                (false, Self.result(1, #"[true,"EthereumStratum/1.0.0"]"#)),
                (true, Self.authorize(account + ".rig8")), (false, Self.result(2, "true")),
                (false, Self.push("set_extranonce", #"["0001",6]"#)),
                (false, Self.push("mining.set_difficulty", "[4096]")),
                (false, #"{"id":7,"jsonrpc":"2.0","method":"mining.notify","params":["12",\#(work)]}"#),
            ], submit: ("mining.submit", #"["\#(account).rig8","12","0x0123456789abcdef"]"#))
        try expect(
            session, "kaspa", account: account, worker: "rig8", agent: "IceRiverMiner-v1.1", hashes: 4096 * 0x1p32)
    }

    @Test func `a talk of Alephium counts sixteen times as much`() throws {
        let jobs = (0..<3).map {
            #"{"jobId":"7a\#($0)","fromGroup":0,"toGroup":\#($0),"headerBlob":"00ff","txsBlob":"01","height":2,"targetBlob":"00ff"}"#
        }
        let nonce = String(repeating: "ab", count: 24)
        let session = try session(
            [
                (true, Self.subscribe(#"["invented/1.1"]"#)), (false, Self.result(1, #""result""#)),
                (true, Self.authorize("1invented.rig2")), (false, Self.result(2, "true")),
                (false, Self.push("mining.set_extranonce", #"["0b7e"]"#)),
                (false, Self.push("mining.set_difficulty", "[2]")),
                (false, Self.push("mining.notify", "[" + jobs.joined(separator: ",") + "]")),
            ],
            submit: (
                "mining.submit",
                #"{"jobId":"7a1","fromGroup":0,"toGroup":1,"nonce":"\#(nonce)","worker":"1invented.rig2"}"#
            ))
        try expect(
            session, "alephium", account: "1invented", worker: "rig2", agent: "invented/1.1", jobs: 3,
            hashes: 2 * 16 * 0x1p30)
    }

    @Test func `a talk of CKB with the verbs of V1 is one session`() throws {
        let session = try session(
            [
                (true, Self.subscribe(#"["invented/0.9",null]"#)), (false, Self.result(1, #"[null,"00ab12cd",12]"#)),
                (true, Self.authorize("ckb1invented.rig9")), (false, Self.result(2, "true")),
                (false, Self.push("mining.set_target", #"["\#(Self.target)"]"#)),
                (false, Self.push("mining.notify", #"["j","\#(Self.a)",15000000,"\#(Self.b)",true]"#)),
            ], submit: ("mining.submit", #"["ckb1invented.rig9","j","000000000000000000000000"]"#))
        try expect(
            session, "ckb", account: "ckb1invented", worker: "rig9", agent: "invented/0.9", hashes: Self.targetHashes)
    }

    @Test func `a talk of CKB with a node's verbs is one session`() throws {
        let session = try session(
            [
                (
                    true,
                    #"{"id":1,"method":"ckb_submitLogin","params":{"login":"ckb1invented","agent":"invented/0.9","worker":"rig9"}}"#
                ),
                (false, Self.result(1, #"{"nonce_pre":"00ab12cd","nonce_bytes":12}"#)),
                (true, #"{"id":2,"method":"ckb_getWork","params":[]}"#),
                (false, Self.result(0, #"{"pow_hash":"0x\#(Self.a)","target":"0x\#(Self.target)"}"#)),
            ],
            submit: ("ckb_submitWork", #"{"pow_hash":"0x\#(Self.a)","nonce":"0x00000000000000000000000000000001"}"#))
        try expect(
            session, "ckb", account: "ckb1invented", worker: "rig9", agent: "invented/0.9", hashes: Self.targetHashes)
    }

    @Test func `a talk of Conflux is one session`() throws {
        let session = try session(
            [
                (true, Self.subscribe(#"["cfx:invented.rig1",""]"#)), (false, Self.result(1, #""true""#)),
                (false, Self.push("mining.notify", #"["j","120000000","0x\#(Self.a)","0x\#(Self.target)"]"#)),
            ], submit: ("mining.submit", #"["cfx:invented.rig1","j","0x0123456789abcdef","0x\#(Self.a)"]"#),
            good: #"["true"]"#)
        try expect(
            session, "conflux", account: "cfx:invented", worker: "rig1", agent: nil, hashes: Self.targetHashes)
    }

    @Test func `the miner's side of KawPow and of Ethash alone is a session`() throws {
        var scene = try SessionScene()
        for share in 0..<3 {
            scene.client(
                #"{"id":\#(share),"method":"mining.submit","params":["a.r","j","0x0123456789abcdef","0x\#(Self.a)","0x\#(Self.b)"]}"#
            )
        }
        let session = try #require(scene.finish().sessions.first)
        #expect(session.tier == .c && session.submitted == 3 && session.dialect == "kawpow")
    }

    @Test func `an address of Kaspa is enough where only the miner's side was seen`() throws {
        let user = "qz" + String(repeating: "ac", count: 29) + "e.rig8"
        var scene = try SessionScene()
        scene.client(Self.subscribe(#"["invented/1.0","EthereumStratum/1.0.0"]"#))
        scene.client(Self.authorize(user))
        for share in 10..<14 {
            scene.client(#"{"id":\#(share),"method":"mining.submit","params":["\#(user)","12","0123456789abcdef"]}"#)
        }
        let session = try #require(scene.finish().sessions.first)
        #expect(session.dialect == "kaspa" && session.worker == "rig8" && session.submitted == 4)
    }

    @Test(arguments: [
        (#"["invented/1.0","EthereumStratum/1.0.0"]"#, #"["a.r","j","0123456789ab"]"#, "ethereum-stratum-1"),
        (#"["invented/1.0"]"#, #"["a.r","j","00000001","64000001","0badcafe"]"#, "stratum-v1"),
        (#"["invented/1.0",null,"pool.example.org","3357"]"#, nil, "equihash"),
        (#"["invented/1.0"]"#, nil, "stratum-v1"),
    ])
    func `words that are shared stay with the dialect that had them first`(
        greeting: String, share: String?, name: String
    ) throws {
        var scene = try SessionScene()
        scene.client(Self.subscribe(greeting))
        scene.client(Self.authorize("account.rig1"))
        if let share {
            for id in 10..<30 { scene.client(#"{"id":\#(id),"method":"mining.submit","params":\#(share)}"#) }
        }
        #expect(try #require(scene.finish().sessions.first).dialect == name)
    }
}
