/// One direction of a TCP connection: puts segments in order. The first copy of a byte stands; a later copy that differs is a
/// conflict. What comes early waits, up to a limit; then the hole becomes a gap.
struct StreamReassembler {
    /// Sequence number of the next byte in order; nil until a segment was seen.
    private(set) var next: UInt32?
    private var waiting: [(sequence: UInt32, frame: Int, bytes: [UInt8])] = []
    private(set) var waitingBytes = 0
    /// The last bytes handed on, ending at `next`.
    private var history: [UInt8] = []
    var conflict = false
    var finished = false

    /// What a segment yields, in order.
    enum Piece {
        case gap(Int)
        case data(ArraySlice<UInt8>, frame: Int)
    }

    mutating func start(at sequence: UInt32) { next = sequence }

    /// Distance from `next`, wrapping; positive is ahead.
    func distance(_ sequence: UInt32) -> Int32 { Int32(bitPattern: sequence &- (next ?? sequence)) }

    mutating func add(_ bytes: ArraySlice<UInt8>, sequence: UInt32, frame: Int, emit: (Piece) -> Void) {
        if next == nil { next = sequence }
        let ahead = distance(sequence)
        // A keep-alive carries one byte of the past; it says nothing.
        if bytes.count == 1, ahead == -1 { return }
        guard ahead.magnitude <= FlowLimits.windowBytes.magnitude else { return }
        if ahead > 0 {
            hold(bytes, sequence, frame)
        } else {
            deliver(bytes, sequence, frame, emit)
            release(emit)
        }
        if waitingBytes > FlowLimits.waitingBytesADirection { skip(emit) }
    }

    /// Bytes that were on the wire but not captured (snap length): a gap right behind what was captured.
    mutating func addMissing(_ count: Int, after sequence: UInt32, emit: (Piece) -> Void) {
        guard count > 0, let next, distance(sequence) == 0 else { return }
        self.next = next &+ UInt32(clamping: count)
        history.removeAll(keepingCapacity: true)
        emit(.gap(count))
        release(emit)
    }

    /// Gives up on what is missing and hands on all that waits.
    mutating func flush(_ emit: (Piece) -> Void) { while !waiting.isEmpty { skip(emit) } }

    private mutating func deliver(_ bytes: ArraySlice<UInt8>, _ sequence: UInt32, _ frame: Int, _ emit: (Piece) -> Void)
    {
        let behind = Int(-Int64(distance(sequence)))
        compare(bytes, behind: behind)
        guard behind < bytes.count else { return }
        let fresh = bytes.dropFirst(behind)
        next = (next ?? sequence) &+ UInt32(truncatingIfNeeded: fresh.count)
        remember(fresh)
        emit(.data(fresh, frame: frame))
    }

    /// The part of a segment that lies in the past, against what was handed on.
    private mutating func compare(_ bytes: ArraySlice<UInt8>, behind: Int) {
        guard behind > 0, !conflict else { return }
        let overlap = min(behind, bytes.count)
        for index in 0..<overlap {
            let place = history.count - behind + index
            if place >= 0, place < history.count, history[place] != bytes[bytes.startIndex + index] {
                conflict = true
                return
            }
        }
    }

    private mutating func remember(_ bytes: ArraySlice<UInt8>) {
        history.append(contentsOf: bytes.suffix(FlowLimits.historyBytes))
        if history.count > 2 * FlowLimits.historyBytes { history.removeFirst(history.count - FlowLimits.historyBytes) }
    }

    /// Keeps a segment that came early. Where it meets one that already waits the earlier arrival stands.
    private mutating func hold(_ bytes: ArraySlice<UInt8>, _ sequence: UInt32, _ frame: Int) {
        guard !bytes.isEmpty else { return }
        var pieces = [(sequence, bytes)]
        for other in waiting {
            var rest: [(UInt32, ArraySlice<UInt8>)] = []
            for (start, part) in pieces { rest += subtract(other, start, part) }
            pieces = rest
        }
        for (start, part) in pieces where !part.isEmpty {
            let at = waiting.firstIndex { distance($0.sequence) > distance(start) } ?? waiting.count
            waiting.insert((start, frame, Array(part)), at: at)
            waitingBytes += part.count
        }
    }

    private mutating func subtract(
        _ other: (sequence: UInt32, frame: Int, bytes: [UInt8]), _ start: UInt32, _ part: ArraySlice<UInt8>
    ) -> [(UInt32, ArraySlice<UInt8>)] {
        let offset = Int(Int32(bitPattern: other.sequence &- start))
        let from = max(0, offset)
        let to = min(part.count, offset + other.bytes.count)
        guard from < to else { return [(start, part)] }
        for index in from..<to where part[part.startIndex + index] != other.bytes[index - offset] { conflict = true }
        var rest: [(UInt32, ArraySlice<UInt8>)] = []
        if from > 0 { rest.append((start, part.prefix(from))) }
        if to < part.count { rest.append((start &+ UInt32(truncatingIfNeeded: to), part.dropFirst(to))) }
        return rest
    }

    private mutating func release(_ emit: (Piece) -> Void) {
        while let first = waiting.first, distance(first.sequence) <= 0 {
            waiting.removeFirst()
            waitingBytes -= first.bytes.count
            deliver(first.bytes[...], first.sequence, first.frame, emit)
        }
    }

    private mutating func skip(_ emit: (Piece) -> Void) {
        guard let first = waiting.first else { return }
        let gap = Int(distance(first.sequence))
        if gap > 0 {
            next = first.sequence
            history.removeAll(keepingCapacity: true)
            emit(.gap(gap))
        }
        release(emit)
    }
}
