import Flows
import Sessions
import Testing
import Vocabulary

/// Management interfaces of miners are contacts, never sessions; what talks to nodes for a pool is neither.
struct ManagementTests {
    private static let device = IPAddress(ipv4: 0xC000_0201)

    private static func contacts(port: UInt16 = 4028, _ talk: [(Direction, String)]) throws -> [ContactObservation] {
        var scene = try SessionScene()
        scene.serverPort = port
        for (direction, text) in talk { scene.say(direction, text, line: false) }
        let all = scene.finish()
        #expect(all.sessions.isEmpty)
        return all.contacts
    }

    private static let status =
        #"{"STATUS":[{"STATUS":"S","When":1,"Code":11,"Msg":"Summary","Description":"cgminer 4.11.1"}]"#

    private static func answer(_ body: String) -> String {
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n" + body
    }

    @Test(arguments: [
        (#","SUMMARY":[{"Elapsed":9,"GHS 5s":14000.1}],"id":1}"#, "cgminer-api cgminer 4.11.1"),
        (
            #","POOLS":[{"POOL":0,"URL":"stratum+tcp://pool.example.org:3333","User":"account.rig1"}],"id":1}"#,
            "cgminer-api cgminer 4.11.1 stratum+tcp://pool.example.org:3333"
        ), (#","VERSION":[{"API":"3.1","Type":"Invented S1"}],"id":1}"#, "cgminer-api cgminer 4.11.1 Invented S1"),
    ])
    func `a device that is asked by commands is named by its answer`(rest: String, name: String) throws {
        let found = try Self.contacts([
            (.clientToServer, #"{"command":"summary"}"#), (.serverToClient, Self.status + rest + "\u{0}"),
        ])
        #expect(found.map(\.what) == [.management] && found.map(\.name) == [name])
        #expect(found.map(\.client) == [Self.device])
    }

    @Test func `Whatsminer's answer has its status at the top`() throws {
        let found = try Self.contacts([
            (.clientToServer, #"{"cmd":"summary"}"#),
            (.serverToClient, #"{"STATUS":"S","When":1,"Code":131,"Msg":{"power":3300},"Description":"invented 2"}"#),
        ])
        #expect(found.map(\.name) == ["cgminer-api invented 2"])
    }

    @Test func `a question alone tells on the interface's own port only`() throws {
        #expect(try Self.contacts([(.clientToServer, #"{"command":"summary"}"#)]).map(\.name) == ["cgminer-api"])
        #expect(try Self.contacts(port: 8_000, [(.clientToServer, #"{"command":"summary"}"#)]).isEmpty)
        #expect(try Self.contacts([(.clientToServer, #"{"command":"play"}"#)]).isEmpty)
    }

    @Test func `a miner's HTTP interface is named by program and pool`() throws {
        let xmrig =
            #"{"id":"a","worker_id":"rig1","hashrate":{"total":[1.5,1.4,null]},"ua":"XMRig/6.22.0","connection":{"pool":"pool.example.org:3333","uptime":9}}"#
        let found = try Self.contacts(
            port: 8_080,
            [
                (.clientToServer, "GET /1/summary HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n"),
                (.serverToClient, Self.answer(xmrig)),
            ])
        #expect(found.map(\.name) == ["xmrig-http XMRig/6.22.0 pool.example.org:3333"])
        let axe =
            #"{"power":14.2,"hashRate":512.7,"ASICModel":"BM1366","stratumURL":"pool.example.org","stratumUser":"account.rig1"}"#
        let other = try Self.contacts(
            port: 80,
            [
                (.clientToServer, "GET /api/system/info HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n"),
                (.serverToClient, Self.answer(axe)),
            ])
        #expect(other.map(\.name) == ["axeos-http BM1366 pool.example.org"])
    }

    @Test func `other programs' answers at the same paths are nothing`() throws {
        for body in [#"{"status":"ok","version":"1.2"}"#, #"{"hashrate":7,"connection":"keep-alive"}"#, "[1,2]"] {
            let found = try Self.contacts(
                port: 80,
                [
                    (.clientToServer, "GET /1/summary HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n"),
                    (.serverToClient, Self.answer(body)),
                ])
            #expect(found.isEmpty)
        }
        let service = #"{"STATUS":"S","Code":200}"#
        #expect(try Self.contacts([(.clientToServer, #"{"a":1}"#), (.serverToClient, service)]).isEmpty)
    }

    // MARK: Nodes

    private static func post(_ body: String, path: String = "/", headers: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: 192.0.2.1\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n" + body
    }

    private static let template =
        #"{"id":1,"method":"getblocktemplate","params":[{"capabilities":["coinbasetxn","workid"],"rules":["segwit"]}]}"#
    private static let block = #"{"id":2,"method":"submitblock","params":["00000020ab"]}"#
    private static let daemon =
        #"{"jsonrpc":"2.0","id":"0","method":"get_block_template","params":{"wallet_address":"4A","reserve_size":8}}"#
    private static let old =
        #"{"jsonrpc":"2.0","id":"0","method":"getblocktemplate","params":{"wallet_address":"4A","reserve_size":8}}"#
    private static let given =
        #"{"id":1,"result":{"bits":"1a01aa3d","height":9,"previousblockhash":"00","transactions":[]},"error":null}"#
    private static let blob = #"{"id":"0","jsonrpc":"2.0","result":{"blocktemplate_blob":"0e0e","difficulty":9}}"#

    @Test func `a pool that asks its node for work is no miner`() throws {
        let polls = (0..<6).flatMap { _ in
            [(Direction.clientToServer, Self.post(Self.template)), (.serverToClient, Self.answer(Self.given))]
        }
        let talk =
            polls + [
                (.clientToServer, Self.post(Self.block)), (.serverToClient, Self.answer(#"{"id":2,"result":null}"#)),
            ]
        #expect(try Self.contacts(port: 8_332, talk).isEmpty)
        for call in [Self.daemon, Self.old] {
            let daemon = (0..<6).flatMap { _ in
                [
                    (Direction.clientToServer, Self.post(call, path: "/json_rpc")),
                    (.serverToClient, Self.answer(Self.blob)),
                ]
            }
            #expect(try Self.contacts(port: 18_081, daemon).isEmpty)
        }
    }

    @Test func `a miner that asks its own node is one as before`() throws {
        var scene = try SessionScene()
        scene.serverPort = 8_332
        let headers = "User-Agent: cgminer/4.11.1\r\nX-Mining-Extensions: longpoll midstate rollntime\r\n"
        for _ in 0..<3 {
            scene.say(.clientToServer, Self.post(Self.template, headers: headers), line: false)
            scene.say(.serverToClient, Self.answer(Self.given), line: false)
        }
        let session = try #require(scene.finish().sessions.first)
        #expect(session.dialect == "getblocktemplate" && session.agent == "cgminer/4.11.1")
    }
}
