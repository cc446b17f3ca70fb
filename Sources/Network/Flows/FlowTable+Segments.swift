import Vocabulary
import Wire

/// TCP segments of followed flows.
extension FlowTable {
    mutating func segment(
        _ place: Int, _ packet: FlowPacket, _ bytes: UnsafeRawBufferPointer
    ) {
        let deep = Int(records[place].deep)
        let direction = records[place].direction(packet.sourceIsLow)
        let (frame, time) = (packet.frame, packet.time)
        let sum = packet.checksum(in: bytes)
        if let good = sum {
            if good { followed[deep][direction].good += 1 } else { followed[deep][direction].wrong += 1 }
            // Wrong sums beside good ones of the same side: an insertion the end host never took. All wrong: offload.
            let anyGood = followed[deep][direction].good > 0
            if followed[deep][direction].wrong > 0, anyGood { records[place].marks.insert(.badChecksum) }
            if !good, anyGood { return }
        }
        let isOpening = packet.tcpFlags & 0x02 != 0
        let sequence = isOpening ? packet.sequence &+ 1 : packet.sequence
        if isOpening {
            if direction == .clientToServer, packet.tcpFlags & 0x10 == 0 {
                records[place].initial = packet.sequence
                records[place].marks.insert(.hasInitial)
            }
            if followed[deep][direction].stream.next == nil { followed[deep][direction].stream.start(at: sequence) }
        }
        let stamp = timestampOption(bytes, packet.options)
        if followed[deep][direction].doubts(packet, stamp: stamp) {
            return doubt(place, packet, direction, sequence, bytes, frame, time)
        }
        // RFC 7323, 4.3: a segment at or before what was expected renews the stamp, a second copy too.
        let isReached = followed[deep][direction].stream.distance(sequence) <= 0
        if packet.payloadLength > 0 { take(place, packet, direction, sequence, bytes, frame, time) }
        followed[deep][direction].isSound(packet, stamp: stamp, renews: isReached)
        if packet.tcpFlags & 0x05 != 0 { end(place, packet, direction, sequence, sum, frame, time) }
    }

    private mutating func take(
        _ place: Int, _ packet: FlowPacket, _ direction: Direction, _ sequence: UInt32,
        _ bytes: UnsafeRawBufferPointer, _ frame: Int, _ time: Instant?
    ) {
        let deep = Int(records[place].deep)
        let payload = UnsafeRawBufferPointer(rebasing: bytes[packet.payload])
        var pieces = StreamReassembler.Pieces()
        let before = followed[deep][direction].stream.waitingBytes
        followed[deep][direction].stream.add(payload, sequence: sequence, frame: frame, into: &pieces)
        let missing = packet.payloadLength - payload.count
        if missing > 0 {
            let end = sequence &+ UInt32(truncatingIfNeeded: payload.count)
            followed[deep][direction].stream.addMissing(missing, after: end, into: &pieces)
        }
        waitingBytes += followed[deep][direction].stream.waitingBytes - before
        if waitingBytes > FlowLimits.waitingBytes {
            waitingBytes -= followed[deep][direction].stream.waitingBytes
            followed[deep][direction].stream.flush(into: &pieces)
        }
        handOn(place, direction, pieces, payload, frame, time)
    }

    /// Keeps a segment that its host most likely never took, until another copy comes or nothing else does.
    private mutating func doubt(
        _ place: Int, _ packet: FlowPacket, _ direction: Direction, _ sequence: UInt32,
        _ bytes: UnsafeRawBufferPointer, _ frame: Int, _ time: Instant?
    ) {
        let deep = Int(records[place].deep)
        followed[deep][direction].doubtfulRun += 1
        if followed[deep][direction].doubtfulRun > FlowLimits.doubtfulRun {
            // So many without another copy: the route or the clock has changed.
            followed[deep][direction].doubtfulRun = 0
            followed[deep][direction].timeToLive = packet.timeToLive
            followed[deep][direction].stamp = nil
            var pieces = StreamReassembler.Pieces()
            followed[deep][direction].stream.believe(into: &pieces)
            handOn(place, direction, pieces, UnsafeRawBufferPointer(start: nil, count: 0), frame, time)
            if packet.payloadLength > 0 { take(place, packet, direction, sequence, bytes, frame, time) }
            return
        }
        guard !packet.isEmpty else { return }
        let payload = UnsafeRawBufferPointer(rebasing: bytes[packet.payload])
        followed[deep][direction].stream.addDoubtful(payload, sequence: sequence, frame: frame)
        if followed[deep][direction].stream.conflict { records[place].marks.insert(.overlapConflict) }
    }

    mutating func flush(_ place: Int, _ frame: Int, _ time: Instant?) {
        let deep = Int(records[place].deep)
        for direction in [Direction.clientToServer, .serverToClient] {
            var pieces = StreamReassembler.Pieces()
            waitingBytes -= followed[deep][direction].stream.waitingBytes
            followed[deep][direction].stream.flush(into: &pieces)
            handOn(place, direction, pieces, UnsafeRawBufferPointer(start: nil, count: 0), frame, time)
        }
    }

    private mutating func handOn(
        _ place: Int, _ direction: Direction, _ pieces: StreamReassembler.Pieces, _ payload: UnsafeRawBufferPointer,
        _ frame: Int, _ time: Instant?
    ) {
        let number = Int(records[place].number)
        for piece in pieces.all {
            switch piece {
            case .gap(let length, let isCut):
                if !isCut { records[place].marks.insert(.gap) }
                events.append(
                    StreamEvent(
                        kind: .gap, flow: number, direction: direction, frame: frame, time: time, gapLength: length,
                        isCut: isCut, record: place))
            case .fresh(let range): emit(.data, place, direction, frame, time, payload[range])
            case .held(let bytes, let from):
                bytes.withUnsafeBytes { emit(.data, place, direction, from, time, $0[0..<$0.count]) }
            }
        }
        if followed[Int(records[place].deep)][direction].stream.conflict {
            records[place].marks.insert(.overlapConflict)
        }
    }

    /// FIN and RST count only where the stream stands: one out of the window was not meant for the end host.
    private mutating func end(
        _ place: Int, _ packet: FlowPacket, _ direction: Direction, _ sequence: UInt32,
        _ sum: Bool?, _ frame: Int, _ time: Instant?
    ) {
        let deep = Int(records[place].deep)
        guard sum != false || followed[deep].client.good == 0 && followed[deep].server.good == 0 else { return }
        let end = sequence &+ UInt32(truncatingIfNeeded: packet.payloadLength)
        let next = followed[deep][direction].stream.next
        let stands = next == end
        if next == nil || stands { followed[deep][direction].stream.finished = true }
        // A reset exactly where the stream stands ends both sides (RFC 5961, 3.2); elsewhere it ends nothing.
        let isReset = packet.tcpFlags & 0x04 != 0
        let areFinished = followed[deep].client.stream.finished && followed[deep].server.stream.finished
        if areFinished || isReset && stands {
            for isLow in [true, false] {
                records[place].marks.insert(isLow ? .finishedLow : .finishedHigh)
                if let next = followed[deep][records[place].direction(isLow)].stream.next {
                    records[place].expect(next, isLow)
                }
            }
            records[place].marks.insert(.ended)
            close(place, frame, time)
        }
    }
}
