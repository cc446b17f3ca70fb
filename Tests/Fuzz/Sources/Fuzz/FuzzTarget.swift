import Glibc

/// The parsers that are fuzzed, one case each. `FUZZ_TARGET` in the environment chooses one: a single program links
/// faster than a program for each, and coverage is counted only where the chosen one walks.
enum FuzzTarget: String, CaseIterable {
    case expand, pcap, pcapng, peek, filter, link, fragments, stream
    case http, websocket, gzip, socks, names, json, framer, binary
    case sessions, path
    // The layouts of meter files, by their names.
    case long, register, nem, mscons
    case longByQuantity = "long-by-quantity"
    case wideByTime = "wide-by-time"
    case wideByDay = "wide-by-day"
    case registerByDay = "register-by-day"
    case greenButton = "green-button"
    case meterReadings = "iec61968-9"
    case jsonLines = "json-lines"

    static func chosen() -> FuzzTarget {
        let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
        guard let target = FuzzTarget(rawValue: name) else {
            let names = allCases.map(\.rawValue).joined(separator: " ")
            fatalError("FUZZ_TARGET is `\(name)`; it is one of: \(names)")
        }
        return target
    }

    /// False when the input is of no use to this target and need not be kept.
    func run(_ input: [UInt8]) -> Bool {
        switch self {
        case .expand: return CaptureFuzz.expand(input)
        case .pcap: return CaptureFuzz.read(input, blocks: false)
        case .pcapng: return CaptureFuzz.read(input, blocks: true)
        case .peek: return CaptureFuzz.peek(input)
        case .filter: FilterFuzz.run(input)
        case .link: PacketFuzz.link(input)
        case .fragments: PacketFuzz.fragments(input)
        case .stream: StreamFuzz.segments(input)
        case .http: ReaderFuzz.http(input)
        case .websocket: ReaderFuzz.webSocket(input)
        case .gzip: ReaderFuzz.gzip(input)
        case .socks: ReaderFuzz.socks(input)
        case .names: ReaderFuzz.names(input)
        case .json: ReaderFuzz.json(input)
        case .framer: ReaderFuzz.framer(input)
        case .binary: BinaryFuzz.run(input)
        case .sessions: SessionFuzz.talk(input)
        case .path: SessionFuzz.path(input)
        case .long, .register, .nem, .mscons, .longByQuantity, .wideByTime, .wideByDay, .registerByDay, .greenButton,
            .meterReadings, .jsonLines:
            MeterFuzz.file(input, layout: rawValue)
        }
        return true
    }
}

/// A promise that the input broke. The text is what the report shows.
func promise(_ holds: Bool, _ text: @autoclosure () -> String) {
    if !holds { fatalError("broken promise: " + text()) }
}
