/// Cuts what a scanner holds into pieces at line ends and has them read by several threads. What they find does not depend
/// on their number: it is used in the order of the file, by one thread.
struct FastReader {
    /// Made when a file turns out to be worth it: most are small.
    private var crew: Crew?
    private let threads: Int
    private var decoders: [PieceDecoder] = []
    private let mostPieces: Int
    /// Decimals of the values that the pieces give.
    var decimals = 3
    /// Rows to read one by one before pieces are worth trying again.
    private(set) var rest = 0
    private var patience = 64
    private var isFirst = true

    init(threads: Int) {
        self.threads = max(1, min(threads, MeterLimits.threads))
        mostPieces = self.threads == 1 ? 1 : self.threads * 2
    }

    func stop() { crew?.stop() }

    /// Bytes to have at hand for a round.
    var wantedBytes: Int {
        isFirst ? MeterLimits.firstPieceBytes : mostPieces * MeterLimits.pieceBytes
    }

    mutating func waited() { rest = max(0, rest - 1) }

    /// Nothing to gain for now: the layout is not ready.
    mutating func pause() { rest = 64 }

    /// Reads the whole lines of `bytes[from...]`; gives the decoders that hold what was found, in order, and the end of it.
    mutating func round(
        _ bytes: [UInt8], from: Int, _ plan: FastPlan, _ names: MeterIndex
    ) -> (pieces: ArraySlice<PieceDecoder>, end: Int) {
        // The last bytes wait for those behind them; at the end of the file the row path has them.
        let most = isFirst ? MeterLimits.firstPieceBytes : Int.max / 2
        let limit = max(from, min(bytes.count - FieldDecoder.slack, from + most))
        var cuts = [from]
        let last = Self.lastLineEnd(bytes, from, limit)
        let pieces = min(mostPieces, (last - from) / MeterLimits.firstPieceBytes + 1)
        while decoders.count < pieces { decoders.append(PieceDecoder()) }
        if pieces > 1, crew == nil { crew = Crew(threads: threads) }
        let step = (last - from) / pieces + 1
        while let start = cuts.last, start < last {
            let wanted = start + step
            cuts.append(cuts.count == pieces || wanted >= last ? last : Self.lineEnd(bytes, wanted, last))
        }
        let count = cuts.count - 1
        isFirst = false
        guard count > 0 else {
            pauseLonger()
            return (decoders[0..<0], from)
        }
        bytes.withUnsafeBufferPointer { text in
            guard let start = text.baseAddress else { return }
            guard let crew, count > 1 else {
                for part in 0..<count {
                    decoders[part].decode(start, text.count, cuts[part]..<cuts[part + 1], plan, names)
                }
                return
            }
            crew.run(count) { [decoders] part in
                decoders[part].decode(start, text.count, cuts[part]..<cuts[part + 1], plan, names)
            }
        }
        let used = decoders[0..<count]
        let taken = used.reduce(0) { $0 + $1.taken }
        // Text that does not fit costs both ways; it is tried again now and then, because files change their habits.
        if taken * 8 < last - from { pauseLonger() } else { patience = 64 }
        let wanted = used.reduce(0) { max($0, $1.wanted) }
        if wanted > decimals {
            decimals = min(wanted, FastPlan.mostDecimals)
            rest = 0
        }
        return (used, last)
    }

    private mutating func pauseLonger() {
        rest = patience
        patience = min(patience * 2, 1 << 16)
    }

    /// Behind the last line end before `limit`; `from` when there is none.
    private static func lastLineEnd(_ bytes: [UInt8], _ from: Int, _ limit: Int) -> Int {
        var at = limit
        while at > from {
            if bytes[at - 1] == 0x0a { return at }
            at -= 1
        }
        return from
    }

    /// Behind the first line end at or after `at`.
    private static func lineEnd(_ bytes: [UInt8], _ at: Int, _ limit: Int) -> Int {
        var at = at
        while at < limit, bytes[at - 1] != 0x0a { at += 1 }
        return at
    }
}
