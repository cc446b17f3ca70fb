import Vocabulary
import Wire

extension FlowRecord {
    /// What the table has to do about a packet.
    enum Step {
        case done
        /// A datagram whose name is of interest.
        case datagram
        /// A whole TLS greeting.
        case greeting
        /// Follow from here; the side's next byte, when it is known.
        case promote(UInt32?, withBrace: Bool = false)
        /// Followed already.
        case followed
    }

    init(_ packet: FlowPacket, number: UInt32, stack: UInt16) {
        let opens = packet.isTCP && packet.tcpFlags & 0x12 == 0x02
        let answers = packet.isTCP && packet.tcpFlags & 0x12 == 0x12
        let sendsAsClient = opens || !answers && packet.sourceHasLargerPort
        self.init(key: packet.key, last: packet.moment, first: packet.moment, number: number, stack: stack)
        if sendsAsClient == packet.sourceIsLow { marks.insert(.clientIsLow) }
        if opens || answers { marks.insert(.handshake) }
        if opens {
            marks.insert(.hasInitial)
            initial = packet.sequence
        }
    }

    @inline(__always)
    func direction(_ isLow: Bool) -> Direction {
        marks.contains(.clientIsLow) == isLow ? .clientToServer : .serverToClient
    }

    func expected(_ isLow: Bool) -> UInt32? {
        if isLow { return marks.contains(.knownLow) ? nextLow : nil }
        return marks.contains(.knownHigh) ? nextHigh : nil
    }

    mutating func expect(_ sequence: UInt32, _ isLow: Bool) {
        if isLow { nextLow = sequence } else { nextHigh = sequence }
        marks.insert(isLow ? .knownLow : .knownHigh)
    }

    func hasFinished(_ isLow: Bool) -> Bool { marks.contains(isLow ? .finishedLow : .finishedHigh) }

    /// Counts a packet and looks at its payload.
    @inline(__always)
    mutating func take(
        _ packet: FlowPacket, _ bytes: UnsafeRawBufferPointer, looksFirst: Bool
    ) -> Step {
        let isLow = packet.sourceIsLow
        count(packet, isLow)
        if packet.fragmentConflict { marks.insert(.overlapConflict) }
        if !packet.isTCP {
            marks.insert(isLow ? .spokeLow : .spokeHigh)
            let isName = packet.key.isNames
            return isName || !looksFirst ? .datagram : .done
        }
        if packet.truncated, packet.payloadLength > packet.payload.count { marks.insert(.truncated) }
        if packet.tcpFlags & 0x20 != 0, !packet.isEmpty { marks.insert(.urgentData) }
        if packet.tcpFlags & 0x02 != 0 { marks.insert(.handshake) }
        if attention == .followed { return .followed }
        return segment(packet, isLow, bytes, looksFirst: looksFirst)
    }

    /// Sizes and times of both directions, for whoever judges a flow by its behaviour.
    @inline(__always)
    private mutating func count(_ packet: FlowPacket, _ isLow: Bool) {
        let size = UInt64(packet.wireLength)
        bytes &+= size
        packets = packets == .max ? .max : packets &+ 1
        if isLow {
            bytesLow &+= size
            packetsLow = packetsLow == .max ? .max : packetsLow &+ 1
        }
        if packet.payloadLength > 0 {
            if isLow {
                segmentsLow = segmentsLow == .max ? .max : segmentsLow &+ 1
            } else {
                segmentsHigh = segmentsHigh == .max ? .max : segmentsHigh &+ 1
            }
        }
        guard packet.moment != FlowRecord.unknownTime else { return }
        if first == FlowRecord.unknownTime { first = packet.moment }
        if last != FlowRecord.unknownTime {
            let (pause, overflow) = packet.moment.subtractingReportingOverflow(last)
            if !overflow, pause > Int64(longestPause) * 1_000_000 { longestPause = UInt32(clamping: pause / 1_000_000) }
        }
        last = packet.moment
    }

    @inline(__always)
    private mutating func segment(
        _ packet: FlowPacket, _ isLow: Bool, _ bytes: UnsafeRawBufferPointer, looksFirst: Bool
    ) -> Step {
        let isOpening = packet.tcpFlags & 0x02 != 0
        let sequence = isOpening ? packet.sequence &+ 1 : packet.sequence
        if isLow { ttlLow = max(ttlLow, packet.timeToLive) } else { ttlHigh = max(ttlHigh, packet.timeToLive) }
        if isOpening {
            if expected(isLow) == nil { expect(sequence, isLow) }
            let stamp = timestampOption(bytes, packet.options) ?? 0
            if isLow { stampLow = stamp } else { stampHigh = stamp }
        }
        if packet.payloadLength > 0 {
            let step = look(packet, isLow, sequence, bytes, looksFirst: looksFirst)
            if case .promote = step { return step }
            advance(sequence &+ UInt32(truncatingIfNeeded: packet.payloadLength), isLow)
            if packet.tcpFlags & 0x05 != 0 { end(packet, isLow, sequence, bytes) }
            return step
        }
        if packet.tcpFlags & 0x05 != 0 { end(packet, isLow, sequence, bytes) }
        return .done
    }

    @inline(__always)
    private mutating func look(
        _ packet: FlowPacket, _ isLow: Bool, _ sequence: UInt32, _ bytes: UnsafeRawBufferPointer,
        looksFirst: Bool
    ) -> Step {
        let known = expected(isLow)
        let ahead = known.map { Int32(bitPattern: sequence &- $0) } ?? 0
        // A keep-alive carries one byte of the past; it says nothing.
        if packet.payloadLength == 1, ahead == -1 { return .done }
        // Out of any window: it belongs to no stream.
        if ahead.magnitude > FlowLimits.windowBytes.magnitude { return .done }
        let mark: FlowMarks = isLow ? .spokeLow : .spokeHigh
        let isFirst = !marks.contains(mark)
        marks.insert(mark)
        guard looksFirst else { return .promote(known) }
        guard attention != .foreign else { return .done }
        let payload = UnsafeRawBufferPointer(rebasing: bytes[packet.payload])
        if attention == .opaque {
            // The bytes before were let go: what begins here is the start of what can be read.
            return FirstLook.beginsMessage(payload) ? .promote(sequence) : .done
        }
        let brace: FlowMarks = isLow ? .braceLow : .braceHigh
        let hadBrace = marks.contains(brace)
        // A hole, or bytes a second time: only following can tell what its host saw.
        if ahead != 0 { return .promote(ahead > 0 ? known : sequence, withBrace: hadBrace && ahead > 0) }
        if hadBrace {
            guard let goesOn = FirstLook.continues(payload) else { return .done }
            if goesOn { return .promote(known ?? sequence, withBrace: true) }
            marks.remove(brace)
        }
        if isFirst { return judge(payload, isCut: packet.truncated, known ?? sequence) }
        switch FirstLook.sign(payload) {
        case .message: return .promote(known ?? sequence)
        // Where the capture cut the segment, what comes next does not follow on the brace.
        case .brace: if payload.count == packet.payloadLength { marks.insert(brace) }
        case .nothing: break
        }
        detail &+= UInt32(truncatingIfNeeded: payload.count)
        attention = detail > FlowLimits.searchedBytes ? .opaque : .searched
        return .done
    }

    private mutating func judge(_ payload: UnsafeRawBufferPointer, isCut: Bool, _ start: UInt32) -> Step {
        switch FirstLook.opening(payload, isCut: isCut) {
        case .follow: return .promote(start)
        case .greeting:
            attention = .opaque
            return .greeting
        case .opaque:
            attention = .opaque
            return .done
        case .foreign:
            attention = .foreign
            return .done
        case .search:
            detail &+= UInt32(truncatingIfNeeded: payload.count)
            attention = .searched
            return .done
        }
    }

    private mutating func advance(_ end: UInt32, _ isLow: Bool) {
        guard let known = expected(isLow) else { return expect(end, isLow) }
        let ahead = Int32(bitPattern: end &- known)
        if ahead > 0, ahead <= FlowLimits.windowBytes { expect(end, isLow) }
    }

    /// FIN and RST count only where the stream stands, sound and from as far away as usual: others were not meant for the
    /// end host.
    private mutating func end(
        _ packet: FlowPacket, _ isLow: Bool, _ sequence: UInt32, _ bytes: UnsafeRawBufferPointer
    ) {
        let usual = isLow ? ttlLow : ttlHigh
        if packet.timeToLive > 0, usual >= FlowLimits.doubtfulHops,
            packet.timeToLive <= usual - FlowLimits.doubtfulHops
        {
            return
        }
        guard packet.checksum(in: bytes) != false else { return }
        let end = sequence &+ UInt32(truncatingIfNeeded: packet.payloadLength)
        let known = expected(isLow)
        let stands = known == end
        if known == nil || stands { marks.insert(isLow ? .finishedLow : .finishedHigh) }
        // A reset exactly where the stream stands ends both sides (RFC 5961, 3.2); elsewhere it ends nothing.
        let isReset = packet.tcpFlags & 0x04 != 0
        if marks.isSuperset(of: [.finishedLow, .finishedHigh]) || isReset && stands { marks.insert(.ended) }
    }
}
