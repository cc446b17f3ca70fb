import Bytes
import Capture
import Flows
import Glibc
import Sessions
import Vocabulary
import Wire

enum SessionFuzz {
    /// The committed models; `FUZZ_MODELS` is the `Models` folder, `FUZZ_MODELS_VERSION` the version.
    private static let models: SessionModels = {
        func setting(_ name: String, _ usual: String) -> String { getenv(name).map { String(cString: $0) } ?? usual }
        let folder = setting("FUZZ_MODELS", "Models")
        do {
            return try SessionModels.load(from: folder, version: setting("FUZZ_MODELS_VERSION", "2026-11"))
        } catch {
            fatalError("models of \(folder): \(error)")
        }
    }()

    /// Lines of text said in turn on one connection: a line that begins with `<` is the server's, one with `!` follows
    /// a gap.
    static func talk(_ input: [UInt8]) {
        var feed = Feed(input)
        let settings = feed.u8()
        let client = Endpoint(ip: IPAddress(ipv4: 0x0A00_0001), port: 40_000)
        let server = Endpoint(ip: IPAddress(ipv4: 0x0A00_0002), port: settings & 1 == 0 ? 3333 : 80)
        var summary = FlowSummary(
            transport: .tcp, client: client, server: server, layers: LayerStack(),
            marks: settings & 2 == 0 ? [] : .gap)
        var tracker = SessionTracker(models: models)
        var clock = Instant(seconds: 1_800_000_000)
        summary.firstSeen = clock
        func say(_ kind: StreamEvent.Kind, _ direction: Direction, _ frame: Int, _ bytes: ArraySlice<UInt8>) {
            let event = StreamEvent(
                kind: kind, flow: 0, direction: direction, frame: frame, time: clock, bytes: bytes.indices,
                gapLength: kind == .gap ? 100 : 0, isCut: kind == .gap && settings & 1 == 1)
            _ = tracker.consume(event, bytes, summary)
        }
        say(.opened, .clientToServer, 1, [])
        var frame = 1
        for line in feed.rest().split(separator: 0x0A, omittingEmptySubsequences: false) {
            frame += 1
            clock = Instant(seconds: 1_800_000_000 + Int64(frame) * Int64(settings >> 2))
            let mark = line.first
            let direction: Direction = mark == UInt8(ascii: "<") ? .serverToClient : .clientToServer
            if mark == UInt8(ascii: "!") { say(.gap, direction, frame, []) }
            let isMarked = mark == UInt8(ascii: "<") || mark == UInt8(ascii: "!") || mark == UInt8(ascii: ">")
            say(.data, direction, frame, (isMarked ? line.dropFirst() : line) + [0x0A])
        }
        summary.lastSeen = clock
        say(.closed, .clientToServer, frame, [])
        check(tracker.finish())
    }

    /// A capture from its bytes to sessions, as the program reads it.
    static func path(_ input: [UInt8]) {
        guard let reader = try? CaptureReader(ByteSource(bytes: input)) else { return }
        var tracker = SessionTracker(models: models)
        // A byte of the file header that means nothing: both ways of looking are walked.
        var pipeline = Pipeline(looksFirst: (input.dropFirst(8).first ?? 0) & 1 == 0)
        while let frame = reader.next() {
            CaptureFuzz.check(frame, in: reader.buffer)
            if frame.malformed { continue }
            pipeline.add(
                reader.buffer, frame.bytes, linkType: frame.linkType, originalLength: frame.originalLength,
                time: frame.time
            ) { tracker.consume($0, $1, $2) }
        }
        pipeline.finish { tracker.consume($0, $1, $2) }
        check(tracker.finish())
    }

    private static func check(
        _ found: (sessions: [SessionObservation], contacts: [ContactObservation], links: [SessionLink])
    ) {
        for link in found.links {
            promise(link.first != link.second, "a session is joined with itself")
            promise(found.sessions.indices.contains(link.first), "a link to session \(link.first)")
            promise(found.sessions.indices.contains(link.second), "a link to session \(link.second)")
        }
        for session in found.sessions {
            for count in [session.jobs, session.submitted, session.accepted, session.rejected] {
                promise((count ?? 0) >= 0, "a count of \(count ?? 0)")
            }
            for number in [session.difficultyLast, session.difficultySum] {
                promise(number?.isFinite ?? true, "a difficulty of \(number ?? 0)")
            }
            for estimate in [session.hashrate, session.watts] {
                guard let estimate else { continue }
                let parts = [estimate.low, estimate.value, estimate.high]
                promise(parts.allSatisfy { $0.isFinite && $0 >= 0 }, "an estimate of \(parts)")
                promise(estimate.low <= estimate.value && estimate.value <= estimate.high, "an estimate of \(parts)")
            }
        }
        for contact in found.contacts { promise(contact.count > 0, "a contact seen \(contact.count) times") }
    }
}
