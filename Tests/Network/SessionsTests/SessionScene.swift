import Flows
import Foundation
import Sessions
import Support
import Testing
import Vocabulary
import Wire

/// A conversation by hand: what each side said, second by second.
struct SessionScene {
    var tracker: SessionTracker
    var transport = Transport.tcp
    var serverPort: UInt16 = 3333
    var clientAddress = IPAddress(ipv4: 0x0A00_0001)
    var serverAddress = IPAddress(ipv4: 0xC000_0201)
    private var frame = 0
    private var isLetGo = false
    private var flow = 0

    /// With invented lists: one pool, one algorithm.
    init() throws {
        let place = try Places.scratch("models")
        defer { try? FileManager.default.removeItem(at: place) }
        for (path, text) in [
            ("pools/v1/pools.csv", "name,pool,source,seen\npool.example.org,Example,invented,2026\n"),
            (
                "hardware/v1/efficiency.csv",
                "algorithm,from,low,value,high,source\nsha256d,2009,1e-11,2e-11,4e-11,invented\n"
            ),
            (
                "hardware/v1/agents.csv",
                "match,device,low,high,algorithm,source\nchip7,Machine 7,1e-11,2e-11,sha256d,x\n"
            ),
            ("pools/v1/coinbase-tags.csv", "tag,pool,source\n/Invented/,Invented Pool,x\n"),
            ("pools/v1/name-words.csv", "word,kind\npool,pool\nxmr,coin\nsha256,coin\nmempool,exclude\n"),
        ] {
            let file = place.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        tracker = SessionTracker(models: try SessionModels.load(from: place.path, version: "v1"))
    }

    private static let tcp: LayerStack = {
        var stack = LayerStack()
        stack.push(.tcp)
        return stack
    }()

    var summary: FlowSummary {
        FlowSummary(
            transport: transport, client: Endpoint(ip: clientAddress, port: 40_000),
            server: Endpoint(ip: serverAddress, port: serverPort), layers: SessionScene.tcp,
            packets: frame,
            bytes: 100 * frame,
            firstSeen: Instant(seconds: 1), lastSeen: Instant(seconds: Int64(frame)))
    }

    mutating func say(_ direction: Direction, _ text: String, line: Bool = true, after seconds: Int = 1) {
        say(direction, Array((text + (line ? "\n" : "")).utf8), after: seconds)
    }

    mutating func say(_ direction: Direction, _ bytes: [UInt8], after seconds: Int = 1) {
        frame += seconds
        let event = StreamEvent(
            kind: .data, flow: flow, direction: direction, frame: frame, time: Instant(seconds: Int64(frame)),
            bytes: 0..<bytes.count)
        // As the flow table does: what the tracker lets go does not come again.
        guard !isLetGo else { return }
        switch tracker.consume(event, bytes[...], summary) {
        case .follow, .keep: break
        case .opaque, .foreign: isLetGo = true
        }
    }

    /// A message of which the capture kept the beginning.
    mutating func cut(_ direction: Direction, _ text: String, missing: Int) {
        say(direction, text, line: false)
        tracker.consume(
            StreamEvent(
                kind: .gap, flow: flow, direction: direction, frame: frame, time: Instant(seconds: Int64(frame)),
                gapLength: missing, isCut: true), [], summary)
        say(direction, "rest of it\n", line: false)
    }

    /// Bytes that were never captured.
    mutating func lose(_ direction: Direction, _ count: Int) {
        frame += 1
        let event = StreamEvent(
            kind: .gap, flow: flow, direction: direction, frame: frame, time: Instant(seconds: Int64(frame)),
            gapLength: count)
        if !isLetGo { tracker.consume(event, [], summary) }
    }

    mutating func client(_ text: String, after seconds: Int = 1) { say(.clientToServer, text, after: seconds) }
    mutating func server(_ text: String, after seconds: Int = 1) { say(.serverToClient, text, after: seconds) }

    /// Ends the flow and opens another.
    mutating func close() {
        tracker.consume(
            StreamEvent(kind: .closed, flow: flow, direction: .clientToServer, frame: frame, time: nil), [], summary)
        flow += 1
        isLetGo = false
    }

    mutating func finish() -> (
        sessions: [SessionObservation], contacts: [ContactObservation], links: [SessionLink]
    ) {
        close()
        return tracker.finish()
    }

    static let notify =
        #"{"id":null,"method":"mining.notify","params":["j1","\#(String(repeating: "ab", count: 32))","01","02",[],"20000000","1a01aa3d","64000000",true]}"#

    static func submit(_ id: Int) -> String {
        #"{"id":\#(id),"method":"mining.submit","params":["bc1account.rig1","j1","00000001","64000001","0badcafe"]}"#
    }

    /// Both sides' greeting up to the first job, with difficulty 1000.
    mutating func greet(miner: Direction = .clientToServer) {
        say(miner, #"{"id":1,"method":"mining.subscribe","params":["invented/1.0"]}"#)
        say(miner.opposite, #"{"id":1,"result":[[["mining.notify","a1"]],"0a0b0c0d",4],"error":null}"#)
        say(miner, #"{"id":2,"method":"mining.authorize","params":["bc1account.rig1","x"]}"#)
        say(miner.opposite, #"{"id":2,"result":true,"error":null}"#)
        say(miner.opposite, #"{"id":null,"method":"mining.set_difficulty","params":[1000]}"#)
        say(miner.opposite, Self.notify)
    }
}
