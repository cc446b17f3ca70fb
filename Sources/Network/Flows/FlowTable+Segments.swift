import Vocabulary
import Wire

/// TCP segments of followed flows.
extension FlowTable {
    mutating func segment(_ place: Int, _ packet: FlowPacket, _ bytes: UnsafeRawBufferPointer) {
        let deep = records[place].deep
        let direction = records[place].direction(packet.sourceIsLow)
        let isOpening = packet.tcpFlags & 0x02 != 0
        let sequence = isOpening ? packet.sequence &+ 1 : packet.sequence
        if isOpening, direction == .clientToServer, packet.tcpFlags & 0x10 == 0 {
            records[place].initial = packet.sequence
            records[place].marks.insert(.hasInitial)
        }
        let sum = packet.checksum(in: bytes)
        let stamp = timestampOption(bytes, packet.options)
        let judgement = followed[deep].judge(packet, direction, sequence, sum: sum, stamp: stamp)
        if judgement.hasBadSums { records[place].marks.insert(.badChecksum) }
        switch judgement.soundness {
        case .unsound: return
        case .doubtful: return doubt(place, packet, direction, sequence, bytes)
        case .sound: break
        }
        if packet.payloadLength > 0 { take(place, packet, direction, sequence, bytes) }
        if packet.tcpFlags & 0x05 != 0 { end(place, packet, direction, sequence, sum) }
    }

    private mutating func take(
        _ place: Int, _ packet: FlowPacket, _ direction: Direction, _ sequence: UInt32, _ bytes: UnsafeRawBufferPointer
    ) {
        let deep = records[place].deep
        let payload = UnsafeRawBufferPointer(rebasing: bytes[packet.payload])
        var pieces = StreamReassembler.Pieces()
        waitingBytes += followed[deep].add(
            payload, direction, sequence, missing: packet.payloadLength - payload.count, frame: packet.frame,
            into: &pieces)
        if waitingBytes > FlowLimits.waitingBytes { waitingBytes += followed[deep].flush(direction, into: &pieces) }
        handOn(place, direction, pieces, payload, packet.frame, packet.time)
    }

    /// Keeps a segment that its host most likely never took, until another copy comes or nothing else does.
    private mutating func doubt(
        _ place: Int, _ packet: FlowPacket, _ direction: Direction, _ sequence: UInt32, _ bytes: UnsafeRawBufferPointer
    ) {
        let deep = records[place].deep
        followed[deep][direction].doubtfulRun += 1
        var pieces = StreamReassembler.Pieces()
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        if followed[deep].isPatient(direction) {
            guard !packet.isEmpty else { return }
            let payload = UnsafeRawBufferPointer(rebasing: bytes[packet.payload])
            waitingBytes += followed[deep].addDoubtful(payload, direction, sequence, frame: packet.frame)
            return handOn(place, direction, pieces, nothing, packet.frame, packet.time)
        }
        // So many without another copy: the route or the clock has changed.
        waitingBytes += followed[deep].believe(direction, timeToLive: packet.timeToLive, into: &pieces)
        handOn(place, direction, pieces, nothing, packet.frame, packet.time)
        if packet.payloadLength > 0 { take(place, packet, direction, sequence, bytes) }
    }

    mutating func flush(_ place: Int, _ frame: Int, _ time: Instant?) {
        let deep = records[place].deep
        for direction in [Direction.clientToServer, .serverToClient] {
            var pieces = StreamReassembler.Pieces()
            waitingBytes += followed[deep].flush(direction, into: &pieces)
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
        if followed[records[place].deep].hasConflict(direction) {
            records[place].marks.insert(.overlapConflict)
        }
    }

    /// FIN and RST count only where the stream stands: one out of the window was not meant for the end host.
    private mutating func end(
        _ place: Int, _ packet: FlowPacket, _ direction: Direction, _ sequence: UInt32, _ sum: Bool?
    ) {
        let deep = records[place].deep
        let end = sequence &+ UInt32(truncatingIfNeeded: packet.payloadLength)
        let isReset = packet.tcpFlags & 0x04 != 0
        guard followed[deep].end(direction, at: end, isReset: isReset, sum: sum) else { return }
        for isLow in [true, false] {
            records[place].marks.insert(isLow ? .finishedLow : .finishedHigh)
            if let next = followed[deep].next(records[place].direction(isLow)) { records[place].expect(next, isLow) }
        }
        records[place].marks.insert(.ended)
        close(place, packet.frame, packet.time)
    }
}
