import Vocabulary
import Wire

/// What following a connection byte by byte takes.
struct Followed {
    /// One direction.
    struct Side {
        var stream = StreamReassembler()
        /// Segments whose check sum was good, and wrong.
        var good = 0
        var wrong = 0
        /// The highest time to live seen: what its segments arrive with.
        var timeToLive: UInt8 = 0
        /// Doubtful segments since the last sound one.
        var doubtfulRun = 0
        /// Latest time stamp (RFC 7323) of the segments that reached the stream's end.
        var stamp: UInt32?

        /// A segment that its host has most likely never seen or thrown away: too few hops left to get there, or older than
        /// what was taken already (RFC 7323, 5.3).
        func doubts(_ packet: FlowPacket, stamp: UInt32?) -> Bool {
            if packet.timeToLive > 0, timeToLive >= FlowLimits.doubtfulHops,
                packet.timeToLive <= timeToLive - FlowLimits.doubtfulHops
            {
                return true
            }
            guard let stamp, let known = self.stamp else { return false }
            return Int32(bitPattern: stamp &- known) < 0
        }

        mutating func isSound(_ packet: FlowPacket, stamp: UInt32?, renews: Bool) {
            doubtfulRun = 0
            timeToLive = max(timeToLive, packet.timeToLive)
            guard renews, let stamp else { return }
            if self.stamp.map({ Int32(bitPattern: stamp &- $0) > 0 }) ?? true { self.stamp = stamp }
        }
    }

    var record: Int
    var number: Int
    var client = Side()
    var server = Side()
    /// Messages were found in it: the last to be evicted.
    var hasEvidence = false
    var isFree = false

    subscript(_ direction: Direction) -> Side {
        get { direction == .clientToServer ? client : server }
        _modify { if direction == .clientToServer { yield &client } else { yield &server } }
    }
}

/// Everything is asked of a followed flow by methods that change it in place: a copy would count every buffer's owners.
extension Followed {
    enum Soundness { case sound, doubtful, unsound }

    /// Whether its host will have taken a segment.
    mutating func judge(
        _ packet: FlowPacket, _ direction: Direction, _ sequence: UInt32, sum: Bool?, stamp: UInt32?
    ) -> (soundness: Soundness, hasBadSums: Bool) { self[direction].judge(packet, sequence, sum: sum, stamp: stamp) }

    /// Adds a segment; answers by how much the bytes that wait have grown.
    mutating func add(
        _ payload: UnsafeRawBufferPointer, _ direction: Direction, _ sequence: UInt32, missing: Int, frame: Int,
        into pieces: inout StreamReassembler.Pieces
    ) -> Int {
        self[direction].stream.measured { stream in
            stream.add(payload, sequence: sequence, frame: frame, into: &pieces)
            if missing > 0 {
                stream.addMissing(
                    missing, after: sequence &+ UInt32(truncatingIfNeeded: payload.count), into: &pieces)
            }
        }
    }

    mutating func addDoubtful(
        _ payload: UnsafeRawBufferPointer, _ direction: Direction, _ sequence: UInt32, frame: Int
    ) -> Int {
        self[direction].stream.measured { $0.addDoubtful(payload, sequence: sequence, frame: frame) }
    }

    mutating func believe(
        _ direction: Direction, timeToLive: UInt8, into pieces: inout StreamReassembler.Pieces
    ) -> Int {
        self[direction].doubtfulRun = 0
        self[direction].timeToLive = timeToLive
        self[direction].stamp = nil
        return self[direction].stream.measured { $0.believe(into: &pieces) }
    }

    mutating func flush(_ direction: Direction, into pieces: inout StreamReassembler.Pieces) -> Int {
        self[direction].stream.measured { $0.flush(into: &pieces) }
    }

    mutating func isPatient(_ direction: Direction) -> Bool { self[direction].isPatient() }
    mutating func hasConflict(_ direction: Direction) -> Bool { self[direction].stream.hasConflict() }
    mutating func next(_ direction: Direction) -> UInt32? { self[direction].stream.nextByte() }
    mutating func held() -> Int { client.stream.held() + server.stream.held() }

    /// True when the connection is over.
    mutating func end(_ direction: Direction, at end: UInt32, isReset: Bool, sum: Bool?) -> Bool {
        guard sum != false || client.good == 0 && server.good == 0 else { return false }
        let stands = self[direction].stream.end(at: end)
        // A reset exactly where the stream stands ends both sides (RFC 5961, 3.2); elsewhere it ends nothing.
        return client.stream.finished && server.stream.finished || isReset && stands
    }
}

extension Followed.Side {
    mutating func judge(
        _ packet: FlowPacket, _ sequence: UInt32, sum: Bool?, stamp: UInt32?
    ) -> (soundness: Followed.Soundness, hasBadSums: Bool) {
        if let sum { if sum { good += 1 } else { wrong += 1 } }
        // Wrong sums beside good ones of the same side: an insertion the end host never took. All wrong: offload.
        let hasBadSums = wrong > 0 && good > 0
        if sum == false, good > 0 { return (.unsound, hasBadSums) }
        if packet.tcpFlags & 0x02 != 0, stream.next == nil { stream.start(at: sequence) }
        if doubts(packet, stamp: stamp) { return (.doubtful, hasBadSums) }
        // RFC 7323, 4.3: a segment at or before what was expected renews the stamp, a second copy too.
        isSound(packet, stamp: stamp, renews: stream.distance(sequence) <= 0)
        return (.sound, hasBadSums)
    }

    mutating func isPatient() -> Bool { doubtfulRun <= FlowLimits.doubtfulRun }
}

/// Value of the time stamp option in a TCP header's options; nil without one.
func timestampOption(_ bytes: UnsafeRawBufferPointer, _ options: Range<Int>) -> UInt32? {
    var at = options.lowerBound
    while at < options.upperBound {
        switch bytes[at] {
        case 0: return nil
        case 1: at += 1
        case 8:
            guard at + 6 <= options.upperBound, bytes[at + 1] == 10 else { return nil }
            let high = UInt32(bytes[at + 2]) << 24 | UInt32(bytes[at + 3]) << 16
            return high | UInt32(bytes[at + 4]) << 8 | UInt32(bytes[at + 5])
        default:
            guard at + 1 < options.upperBound, bytes[at + 1] >= 2 else { return nil }
            at += Int(bytes[at + 1])
        }
    }
    return nil
}
