import Sessions
import Testing
import Vocabulary

/// Sessions whose work can be done again: the first block of Bitcoin as a pool would have handed it out.
struct VerifiedShareTests {
    private static let coinbase1 =
        "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054"
    private static let coinbase2 =
        "2030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f7220"
        + "62616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb6"
        + "49f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000"
    private static let zeros = String(repeating: "0", count: 64)

    private static func greeted(difficulty: String = "1", extranonce: String = "696d") throws -> SessionScene {
        var scene = try SessionScene()
        scene.client(#"{"id":1,"method":"mining.subscribe","params":["invented/1.0"]}"#)
        scene.server(
            #"{"id":1,"result":[[["mining.set_difficulty","1"],["mining.notify","1"]],"\#(extranonce)",2],"error":null}"#
        )
        scene.client(#"{"id":2,"method":"mining.authorize","params":["account.rig","x"]}"#)
        scene.server(#"{"id":2,"result":true,"error":null}"#)
        scene.server(#"{"id":null,"method":"mining.set_difficulty","params":[\#(difficulty)]}"#)
        scene.server(
            #"{"id":null,"method":"mining.notify","params":["j","\#(zeros)","\#(coinbase1)","\#(coinbase2)",[],"00000001","1d00ffff","495fab29",true]}"#
        )
        return scene
    }

    private static func submit(_ id: Int, extranonce2: String = "6573", nonce: String = "7c2bac1d") -> String {
        #"{"id":\#(id),"method":"mining.submit","params":["account.rig","j","\#(extranonce2)","495fab29","\#(nonce)"]}"#
    }

    private static func session(_ scene: SessionScene) throws -> SessionObservation {
        var scene = scene
        return try #require(scene.finish().sessions.first)
    }

    @Test func `a share whose work holds makes tier A1 and names its algorithm`() throws {
        var scene = try Self.greeted()
        scene.client(Self.submit(4))
        scene.server(#"{"id":4,"result":true,"error":null}"#)
        let session = try Self.session(scene)
        #expect(session.tier == .a1 && session.verified == 1 && session.algorithm == "sha256d")
        #expect(session.reasons.first?.id == "share-verified" && session.reasons.first?.count == 1)
        #expect(session.evidence.contains { $0.event == "share-verified" })
    }

    @Test func `a share sent twice is verified once, a wrong one never`() throws {
        var scene = try Self.greeted()
        scene.client(Self.submit(4))
        scene.client(Self.submit(5))
        scene.client(Self.submit(6, nonce: "7c2bac1e"))
        scene.client(Self.submit(7, extranonce2: "6574"))
        for id in 4...7 { scene.server(#"{"id":\#(id),"result":true,"error":null}"#) }
        let session = try Self.session(scene)
        #expect(session.verified == 1 && session.accepted == 4 && session.tier == .a1)
        #expect(session.against.contains { $0.id == "share-not-met" && $0.count == 2 })
    }

    @Test func `a refused share is no proof, an unanswered one is`() throws {
        var scene = try Self.greeted()
        scene.client(Self.submit(4))
        scene.server(#"{"id":4,"result":null,"error":[21,"stale",null]}"#)
        #expect(try Self.session(scene).verified != 1)
        scene = try Self.greeted()
        scene.client(Self.submit(4))
        let silent = try Self.session(scene)
        #expect(silent.verified == 1 && silent.tier == .a1)
    }

    @Test func `another nonce space or a target out of reach verifies nothing`() throws {
        var scene = try Self.greeted(extranonce: "696e")
        scene.client(Self.submit(4))
        scene.server(#"{"id":4,"result":true,"error":null}"#)
        #expect(try Self.session(scene).tier == .b)
        scene = try Self.greeted(difficulty: "100000")
        scene.client(Self.submit(4))
        scene.server(#"{"id":4,"result":true,"error":null}"#)
        #expect(try Self.session(scene).tier == .b)
    }

    @Test func `a new nonce space counts for later jobs`() throws {
        var scene = try Self.greeted(extranonce: "ffff")
        scene.server(#"{"id":null,"method":"mining.set_extranonce","params":["696d",2]}"#)
        scene.server(
            #"{"id":null,"method":"mining.notify","params":["k","\#(Self.zeros)","\#(Self.coinbase1)","\#(Self.coinbase2)",[],"00000001","1d00ffff","495fab29",true]}"#
        )
        scene.client(Self.submit(4))
        scene.server(#"{"id":4,"result":true,"error":null}"#)
        scene.client(Self.submit(5).replacing("\"j\"", with: "\"k\""))
        scene.server(#"{"id":5,"result":true,"error":null}"#)
        let session = try Self.session(scene)
        #expect(session.verified == 1 && session.tier == .a1)
    }

    @Test func `a hostile pool's jobs take bounded room`() throws {
        var scene = try Self.greeted()
        let long = String(repeating: "ab", count: 30_000)
        for job in 0..<200 {
            scene.server(
                #"{"id":null,"method":"mining.notify","params":["x\#(job)","\#(Self.zeros)","\#(long)","\#(long)",[],"00000001","1d00ffff","495fab29",true]}"#
            )
        }
        // The first job was given up for them; nothing is proved, nothing breaks.
        scene.client(Self.submit(4))
        scene.server(#"{"id":4,"result":true,"error":null}"#)
        let session = try Self.session(scene)
        #expect(session.verified == nil && session.accepted == 1)
    }
}
