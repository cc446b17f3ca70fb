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
        _read { if direction == .clientToServer { yield client } else { yield server } }
        _modify { if direction == .clientToServer { yield &client } else { yield &server } }
    }
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
