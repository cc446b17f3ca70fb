import Shares
import Stratum

/// What a session's first jobs are, so that the same ones are known from another server.
struct JobMarks {
    private(set) var all: Set<UInt64> = []
    /// Of the first job that has one.
    private(set) var coinbase: Coinbase?

    /// Identifiers of a few letters are counters: they mark nothing.
    mutating func add(_ id: String?, _ template: JobTemplate?) {
        guard all.count < SessionLimits.jobMarks else { return }
        switch template {
        case .bitcoin(let one):
            if coinbase == nil { coinbase = Coinbase.read(one) }
            all.insert(Self.hash(one.previous + one.coinbase1 + one.coinbase2))
        case .equihash(let one): all.insert(Self.hash(one.head))
        default:
            if let id, id.utf8.count >= 8 { all.insert(Self.hash(id.utf8)) }
        }
    }

    /// FNV-1a.
    private static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
