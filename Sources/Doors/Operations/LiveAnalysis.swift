import Capture
import Foundation
import Glibc
import Sessions
import Terminal
import Vocabulary

/// What `countermine capture` was asked for.
package struct LiveRequest: Sendable {
    package var interface: String
    package var filter: String?
    /// Seconds; nil goes on until it is interrupted.
    package var duration: Double?
    /// Where all packets are kept as pcapng; nil keeps none.
    package var keep: String?
    package var identities: Identities
    package var minimumTier: Tier?
    package var home: URL

    package init(
        interface: String, filter: String?, duration: Double?, keep: String?, identities: Identities,
        minimumTier: Tier?, home: URL
    ) {
        self.interface = interface
        self.filter = filter
        self.duration = duration
        self.keep = keep
        self.identities = identities
        self.minimumTier = minimumTier
        self.home = home
    }
}

/// `countermine capture`: a network interface in place of a file.
package enum LiveAnalysis {
    /// Milliseconds without a packet after which clock and signals are looked at.
    private static let patience = 200

    /// One interface: the row of the table and the record.
    package static func interfaces() throws(OperationsError) -> [(row: [String], record: String)] {
        do {
            return try LiveCapture.interfaces().map { one in
                let state = one.up ? (one.running ? "up" : "up, no link") : "down"
                var record = Record(kind: "interface")
                record.field("name", one.name)
                record.field("state", state)
                record.field("description", one.summary)
                return ([one.name, state, one.summary], record.line())
            }
        } catch {
            throw OperationsError(.missing, place: "interfaces", what: error.detail, remedy: error.remedy)
        }
    }

    /// - Parameter opened: told whom the process runs as once the interface is open, and what libpcap grumbled about.
    package static func run(
        _ request: LiveRequest, progress: ProgressLine.Mode, opened: (String) -> Void,
        emit: (CaptureAnalysis.Output) -> Void
    ) throws(OperationsError) -> RunOutcome {
        let models = try CaptureAnalysis.sessionModels(request.home)
        let live: LiveCapture
        var writer: PcapngWriter?
        do {
            var settings = LiveCapture.Settings(interface: request.interface)
            settings.filter = request.filter
            live = try LiveCapture(settings)
            // What reads hostile packets should be able to do as little as possible.
            if let identity = try Privileges.drop() { opened("running as user \(identity.user)") }
        } catch {
            let kind: OperationsError.Kind = error.kind == .badFilter ? .usage : .missing
            throw OperationsError(kind, place: request.interface, what: error.detail, remedy: error.remedy)
        }
        if let warning = live.warning { opened(warning) }
        do {
            if let keep = request.keep {
                writer = try PcapngWriter(path: keep, comments: ["live capture on \(request.interface)"])
            }
        } catch {
            throw OperationsError(.missing, place: error.path, what: error.detail, remedy: error.remedy)
        }
        Interruption.watch()
        let feed = LiveFeed(live, writer: writer, duration: request.duration, patience: patience)
        let started = monotonicNanoseconds()
        var run = CaptureRun(models: models)
        var bar = ProgressLine(label: request.interface, unit: "packets", total: nil, mode: progress)
        let identity = CaptureIdentity(
            path: "interface:" + request.interface, sha256: nil, timeDigits: live.timeDigits)
        run.read(
            live: identity, linkType: live.linkType, tick: { bar.update($0) }, source: { feed.next(&$0) })
        bar.finish()
        run.finish()
        run.describe(
            live: feed.drops, seconds: Double(monotonicNanoseconds() - started) / 1e9, error: feed.error,
            timeDigits: live.timeDigits)
        var outcome = RunOutcome()
        CaptureAnalysis.report(run, request.identities, nil, request.minimumTier, &outcome, emit)
        return outcome
    }
}

/// Batches of a live capture until its time is over, somebody interrupts it, or the interface goes.
private final class LiveFeed {
    private let live: LiveCapture
    private let writer: PcapngWriter?
    private let end: UInt64?
    private let patience: Int
    private(set) var drops: LiveCapture.Drops?
    private(set) var error: String?

    init(_ live: LiveCapture, writer: PcapngWriter?, duration: Double?, patience: Int) {
        self.live = live
        self.writer = writer
        self.patience = patience
        end = duration.map { monotonicNanoseconds() + UInt64(max(0, min($0, 1e9)) * 1e9) }
    }

    func next(_ batch: inout FrameBatch) -> Bool {
        do {
            while !Interruption.came, end.map({ monotonicNanoseconds() < $0 }) ?? true {
                guard try live.nextBatch(waiting: patience) > 0 else { continue }
                batch.bytes.removeAll(keepingCapacity: true)
                batch.bytes.append(contentsOf: live.buffer)
                batch.frames = live.frames
                for frame in live.frames {
                    try writer?.write(
                        bytes: live.buffer[frame.bytes], linkType: frame.linkType, time: frame.time,
                        originalLength: frame.originalLength, timeDigits: live.timeDigits)
                }
                return true
            }
            drops = try live.drops()
            try writer?.finish()
        } catch {
            self.error = "\(error)"
            drops = try? live.drops()
        }
        return false
    }
}

/// SIGINT and SIGTERM end a live capture as its time does: what was seen is still told.
enum Interruption {
    // Set by the handler alone and read by one thread; a word that is written whole.
    nonisolated(unsafe) private static var flag: sig_atomic_t = 0

    static var came: Bool { flag != 0 }

    static func watch() {
        flag = 0
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in Interruption.flag = 1 }
        sigaction(SIGINT, &action, nil)
        sigaction(SIGTERM, &action, nil)
    }
}
