/// One direction of a TCP connection: puts segments in order. The first copy of a byte stands; a later copy that differs is a
/// conflict. What comes early waits, up to a limit; then the hole becomes a gap. What its host has most likely never taken
/// (`addDoubtful`) waits apart: it only fills a hole that nothing else fills.
struct StreamReassembler {
    private struct Held {
        var sequence: UInt32
        var frame: Int
        var bytes: [UInt8]
    }

    /// Sequence number of the next byte in order; nil until a segment was seen.
    private(set) var next: UInt32?
    private var waiting: [Held] = []
    private var doubtful: [Held] = []
    /// Bytes that wait, sound and doubtful.
    private(set) var waitingBytes = 0
    /// The last bytes handed on, ending at `next`.
    private var history: [UInt8] = []
    private(set) var conflict = false
    var finished = false

    /// What a segment yields, in order.
    enum Piece {
        /// Bytes that were not captured; `isCut`: because the capture cut the packet.
        case gap(Int, isCut: Bool)
        /// A part of the segment that was added.
        case fresh(Range<Int>)
        case held([UInt8], frame: Int)
    }

    struct Pieces {
        var all: [Piece] = []
    }

    mutating func start(at sequence: UInt32) { next = sequence }
    mutating func hasConflict() -> Bool { conflict }
    mutating func nextByte() -> UInt32? { next }
    mutating func held() -> Int { waitingBytes }

    /// By how much the bytes that wait grow.
    mutating func measured(_ body: (inout StreamReassembler) -> Void) -> Int {
        let before = waitingBytes
        body(&self)
        return waitingBytes - before
    }

    /// An end at this number: true when the stream stands there.
    mutating func end(at sequence: UInt32) -> Bool {
        let stands = next == sequence
        if next == nil || stands { finished = true }
        return stands
    }

    /// Distance from `next`, wrapping; positive is ahead.
    func distance(_ sequence: UInt32) -> Int32 { Int32(bitPattern: sequence &- (next ?? sequence)) }

    mutating func add(_ bytes: UnsafeRawBufferPointer, sequence: UInt32, frame: Int, into pieces: inout Pieces) {
        if next == nil { next = sequence }
        let ahead = distance(sequence)
        // A keep-alive carries one byte of the past; it says nothing.
        if bytes.count == 1, ahead == -1 { return }
        guard ahead.magnitude <= FlowLimits.windowBytes.magnitude else { return }
        if ahead > 0 {
            if !bytes.isEmpty { hold(Array(bytes), sequence, frame) }
        } else {
            if let range = advance(bytes, sequence) { pieces.all.append(.fresh(range)) }
            release(into: &pieces)
        }
        if waitingBytes > FlowLimits.waitingBytesADirection || waiting.count > FlowLimits.waitingSegmentsADirection {
            skip(into: &pieces)
        }
    }

    /// Bytes that were on the wire but not captured (snap length): a gap right behind what was captured.
    mutating func addMissing(_ count: Int, after sequence: UInt32, into pieces: inout Pieces) {
        guard count > 0, let next, distance(sequence) == 0 else { return }
        self.next = next &+ UInt32(clamping: count)
        history.removeAll(keepingCapacity: true)
        pieces.all.append(.gap(count, isCut: true))
        release(into: &pieces)
    }

    /// A segment that its host has most likely thrown away: kept to be compared, and against a hole.
    mutating func addDoubtful(_ bytes: UnsafeRawBufferPointer, sequence: UInt32, frame: Int) {
        if next == nil { next = sequence }
        let ahead = distance(sequence)
        guard ahead.magnitude <= FlowLimits.windowBytes.magnitude else { return }
        if ahead < 0 { compare(bytes, behind: Int(-Int64(ahead))) }
        guard Int64(ahead) + Int64(bytes.count) > 0 else { return }
        guard waitingBytes + bytes.count <= FlowLimits.waitingBytesADirection else { return }
        guard doubtful.count < FlowLimits.doubtfulSegments else { return }
        for other in waiting { note(other, against: bytes, sequence) }
        doubtful.append(Held(sequence: sequence, frame: frame, bytes: Array(bytes)))
        waitingBytes += bytes.count
    }

    /// The doubtful segments were sound after all.
    mutating func believe(into pieces: inout Pieces) {
        for one in takeDoubtful() {
            one.bytes.withUnsafeBytes { bytes in
                if distance(one.sequence) > 0 {
                    hold(one.bytes, one.sequence, one.frame)
                } else if let range = advance(bytes, one.sequence) {
                    pieces.all.append(.held(Array(bytes[range]), frame: one.frame))
                }
            }
        }
        release(into: &pieces)
    }

    private mutating func takeDoubtful() -> [Held] {
        let all = doubtful
        doubtful = []
        for one in all { waitingBytes -= one.bytes.count }
        return all
    }

    /// Gives up on what is missing and hands on all that waits.
    mutating func flush(into pieces: inout Pieces) {
        repeat { skip(into: &pieces) } while !waiting.isEmpty
        _ = takeDoubtful()
    }

    /// Moves the stream over a segment that begins at or before `next`; the part of it that is new.
    private mutating func advance(_ bytes: UnsafeRawBufferPointer, _ sequence: UInt32) -> Range<Int>? {
        let behind = Int(-Int64(distance(sequence)))
        compare(bytes, behind: behind)
        guard behind < bytes.count else { return nil }
        if !doubtful.isEmpty { settle(bytes, sequence) }
        next = (next ?? sequence) &+ UInt32(truncatingIfNeeded: bytes.count - behind)
        remember(UnsafeRawBufferPointer(rebasing: bytes[behind...]))
        return behind..<bytes.count
    }

    /// Doubtful segments that lie under a sound one have had their answer.
    private mutating func settle(_ bytes: UnsafeRawBufferPointer, _ sequence: UInt32) {
        let end = sequence &+ UInt32(truncatingIfNeeded: bytes.count)
        for one in doubtful { note(one, against: bytes, sequence) }
        doubtful.removeAll { one in
            let over = Int32(bitPattern: one.sequence &+ UInt32(truncatingIfNeeded: one.bytes.count) &- end)
            if over <= 0 { waitingBytes -= one.bytes.count }
            return over <= 0
        }
    }

    /// A conflict where both hold other bytes in the same place.
    private mutating func note(_ held: Held, against bytes: UnsafeRawBufferPointer, _ sequence: UInt32) {
        let offset = Int(Int32(bitPattern: held.sequence &- sequence))
        let from = max(0, offset)
        let to = min(bytes.count, offset + held.bytes.count)
        guard from < to, !conflict else { return }
        for index in from..<to where bytes[index] != held.bytes[index - offset] {
            conflict = true
            return
        }
    }

    /// The part of a segment that lies in the past, against what was handed on.
    private mutating func compare(_ bytes: UnsafeRawBufferPointer, behind: Int) {
        guard behind > 0, !conflict else { return }
        let overlap = min(behind, bytes.count)
        for index in 0..<overlap {
            let place = history.count - behind + index
            if place >= 0, place < history.count, history[place] != bytes[index] {
                conflict = true
                return
            }
        }
    }

    private mutating func remember(_ bytes: UnsafeRawBufferPointer) {
        history.append(contentsOf: bytes.suffix(FlowLimits.historyBytes))
        if history.count > 2 * FlowLimits.historyBytes { history.removeFirst(history.count - FlowLimits.historyBytes) }
    }

    /// Keeps a segment that came early. Where it meets one that already waits the earlier arrival stands. What waits is in
    /// order and does not overlap, so only what lies under the segment is looked at.
    private mutating func hold(_ bytes: [UInt8], _ sequence: UInt32, _ frame: Int) {
        var at = firstWaiting(endingAfter: sequence)
        var from = 0
        while from < bytes.count {
            let start = sequence &+ UInt32(truncatingIfNeeded: from)
            let left = bytes.count - from
            let room = at < waiting.count ? Int(Int32(bitPattern: waiting[at].sequence &- start)) : left
            if room > 0 {
                let size = min(room, left)
                waiting.insert(
                    Held(sequence: start, frame: frame, bytes: Array(bytes[from..<(from + size)])), at: at)
                waitingBytes += size
                from += size
            } else {
                let size = min(waiting[at].bytes.count + room, left)
                for index in 0..<size where waiting[at].bytes[index - room] != bytes[from + index] { conflict = true }
                from += size
            }
            at += 1
        }
    }

    private func firstWaiting(endingAfter sequence: UInt32) -> Int {
        var low = 0
        var high = waiting.count
        while low < high {
            let middle = (low + high) / 2
            let end = waiting[middle].sequence &+ UInt32(truncatingIfNeeded: waiting[middle].bytes.count)
            if Int32(bitPattern: end &- sequence) > 0 { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// Hands on what waits right at `next`.
    private mutating func release(into pieces: inout Pieces) {
        var done = 0
        while done < waiting.count, distance(waiting[done].sequence) <= 0 {
            let first = waiting[done]
            done += 1
            waitingBytes -= first.bytes.count
            deliver(first, into: &pieces)
        }
        if done > 0 { waiting.removeFirst(done) }
    }

    private mutating func deliver(_ held: Held, into pieces: inout Pieces) {
        held.bytes.withUnsafeBytes { bytes in
            guard let range = advance(bytes, held.sequence) else { return }
            pieces.all.append(.held(Array(bytes[range]), frame: held.frame))
        }
    }

    /// Ends a hole: by a doubtful segment that fills it, or as a gap.
    private mutating func skip(into pieces: inout Pieces) {
        while let index = doubtful.firstIndex(where: { fills($0) }) {
            let one = doubtful.remove(at: index)
            waitingBytes -= one.bytes.count
            deliver(one, into: &pieces)
            release(into: &pieces)
        }
        guard let first = waiting.first else { return }
        let gap = Int(distance(first.sequence))
        if gap > 0 {
            next = first.sequence
            history.removeAll(keepingCapacity: true)
            pieces.all.append(.gap(gap, isCut: false))
        }
        release(into: &pieces)
    }

    private func fills(_ held: Held) -> Bool {
        let ahead = distance(held.sequence)
        return ahead <= 0 && Int64(ahead) + Int64(held.bytes.count) > 0
    }
}
