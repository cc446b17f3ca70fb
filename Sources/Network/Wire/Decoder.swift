import Vocabulary

/// Peels layers until a transport header is reached. Every wrapping is one file of `Wrappings/`; each is told the
/// range that is its own and answers what comes next. Lengths are checked once, at the door of each header.
package struct Decoder {
    private var reassembly = FragmentReassembly()
    /// A reassembled datagram's bytes: `PacketHeaders.payload` points here when `usedReassembly` is set.
    package private(set) var reassembled: [UInt8] = []
    package private(set) var usedReassembly = false
    /// Of the datagram that the last frame was a piece of; nil when it was none.
    package private(set) var fragment: FragmentIdentity?

    package init() {}

    /// As the other `decode`, for many packets: fills `headers` where the answer is `decoded`.
    @inline(__always)
    package mutating func decode(
        _ bytes: [UInt8], _ frame: Frame, into headers: inout PacketHeaders
    ) -> DecodeOutcome {
        usedReassembly = false
        fragment = nil
        if frame.kind == 1, frame.originalLength <= frame.bytes.count,
            let common = bytes.withUnsafeBytes({ CommonPath($0, frame.bytes) })
        {
            headers = PacketHeaders(common)
            return .decoded
        }
        return peel(bytes, frame, into: &headers)
    }

    /// For frames that the common path has refused: fills `headers` where the answer is `decoded`.
    package mutating func peel(_ bytes: [UInt8], _ frame: Frame, into headers: inout PacketHeaders) -> DecodeOutcome {
        let result = decode(
            bytes, frame.bytes, linkType: frame.linkType, originalLength: frame.originalLength, time: frame.time)
        switch result {
        case .decoded(let found):
            headers = found
            return .decoded
        case .noFlow, .fragment: return .noFlow
        case .malformed: return .malformed
        case .truncated: return .truncated
        case .unsupported: return .unsupported
        case .overLimit: return .overLimit
        }
    }

    /// Datagrams whose fragments were given up because a limit was reached.
    package var evictedDatagrams: Int { reassembly.evicted }
    /// Datagrams that wait for fragments, and the bytes of memory that they hold.
    package var waitingDatagrams: Int { reassembly.waiting }
    package var fragmentMemory: Int { reassembly.held }

    /// - Parameters:
    ///   - bytes: the reader's buffer; `range` the frame's place in it.
    ///   - originalLength: length on the wire.
    package mutating func decode(
        _ bytes: [UInt8], _ range: Range<Int>, linkType: UInt32, originalLength: Int, time: Instant?
    ) -> DecodeResult {
        usedReassembly = false
        fragment = nil
        let frame = range.clamped(to: 0..<bytes.count)
        var cursor = Cursor(at: frame.lowerBound, end: frame.upperBound, cut: originalLength > frame.count)
        let verdict = bytes.withUnsafeBufferPointer { Peeler.run(Bytes($0), &cursor, .link(linkType)) }
        if verdict == .incomplete { return reassemble(bytes, &cursor, time) }
        return verdict.result(cursor)
    }

    /// A tunnel's inner packet may have been cut into fragments before the outer one was, so this repeats a few times.
    private mutating func reassemble(_ bytes: [UInt8], _ cursor: inout Cursor, _ time: Instant?) -> DecodeResult {
        var source = bytes
        for _ in 0..<WireLimits.reassemblies {
            guard let mark = cursor.piece else { return .noFlow }
            let piece = FragmentPiece(
                source: cursor.headers.source, destination: cursor.headers.destination,
                identification: mark.identification, protocolNumber: mark.protocolNumber, offset: Int(mark.offset),
                more: mark.more, range: cursor.at..<cursor.end)
            if fragment == nil {
                fragment = FragmentIdentity(
                    source: piece.source, destination: piece.destination, identification: piece.identification,
                    number: piece.protocolNumber)
            }
            switch reassembly.add(piece, bytes: source, time: time, into: &reassembled) {
            case .waiting:
                usedReassembly = false
                return .fragment
            case .overLimit: return .overLimit
            case .whole(let number, let conflict):
                let whole = reassembled
                usedReassembly = true
                if conflict { cursor.headers.fragmentConflict = true }
                cursor.at = 0
                cursor.end = whole.count
                cursor.wireEnd = whole.count
                cursor.cut = false
                let next: Next = piece.source.isIPv4 ? .transport(number) : .extensions(number)
                let verdict = whole.withUnsafeBufferPointer { Peeler.run(Bytes($0), &cursor, next) }
                if verdict != .incomplete { return verdict.result(cursor) }
                source = whole
            }
        }
        return .overLimit
    }
}

/// How one packet is counted.
package enum DecodeOutcome: Sendable {
    case decoded
    /// Whole, but nothing for a flow: no IP, no TCP or UDP, or a fragment that waits for others.
    case noFlow
    case malformed, truncated, unsupported, overLimit
}

/// Bounds-checked loads; what lies outside reads as 0.
struct Bytes {
    private let buffer: UnsafeBufferPointer<UInt8>
    init(_ buffer: UnsafeBufferPointer<UInt8>) { self.buffer = buffer }

    /// The caller has compared `at` with its cursor's end, which never passes the buffer's.
    @inline(__always) subscript(at: Int) -> UInt8 { at >= 0 && at < buffer.count ? buffer[at] : 0 }
    @inline(__always) func u16(_ at: Int) -> UInt16 {
        guard at >= 0, at < buffer.count - 1 else { return UInt16(self[at]) << 8 }
        return UInt16(buffer[at]) << 8 | UInt16(buffer[at + 1])
    }
    func u32(_ at: Int) -> UInt32 { UInt32(u16(at)) << 16 | UInt32(u16(at + 2)) }
    func u64(_ at: Int) -> UInt64 { UInt64(u32(at)) << 32 | UInt64(u32(at + 4)) }
}

/// Where the peeling stands.
struct Cursor {
    var at: Int
    /// End of the captured bytes that belong to the current layer.
    var end: Int
    /// Where the layer ends on the wire; beyond `end` when the capture cut it.
    var wireEnd: Int
    var cut: Bool
    /// An IP header was read, so the next one lies inside it.
    var insideIP = false
    private var steps = 0
    /// What waits for other fragments, after the verdict `incomplete`.
    var piece: FragmentMark?
    var headers = PacketHeaders()

    init(at: Int, end: Int, cut: Bool) {
        self.at = at
        self.end = end
        self.cut = cut
        wireEnd = cut ? Int.max / 2 : end
    }

    func has(_ count: Int) -> Bool { end - at >= count }
    /// Too short: the capture cut it, or the packet lies.
    var short: Next { cut ? .stop(.truncated) : .stop(.malformed(at)) }

    /// Pays for one step; false when the packet has used up its own.
    mutating func spend() -> Bool {
        steps += 1
        return steps <= WireLimits.steps
    }

    /// For headers that are only guessed (a tunnel's port): `count` bytes were there on the wire, but the capture cut
    /// them.
    func lost(_ count: Int) -> Bool { cut && !has(count) && wireEnd - at >= count }

    /// The layer ends `length` bytes from here. False when that runs past a packet that was captured whole.
    mutating func limit(_ length: Int) -> Bool {
        let stop = at + length
        if stop > end, !cut { return false }
        wireEnd = min(stop, wireEnd)
        if stop <= end {
            end = stop
            cut = false
        }
        return true
    }
}

/// The header that comes next.
enum Next {
    case link(UInt32)
    case ethernet
    case etherType(UInt16)
    case ip, ipv4, ipv6, ppp, wireless
    /// An IPv6 extension header or what follows the last.
    case extensions(UInt8)
    case transport(UInt8)
    case udpPayload(UInt16, UInt16)
    case stop(Verdict)
}

/// How the peeling ended: small, so that a step copies no headers. They stay in the cursor.
enum Verdict: Equatable {
    case flow, noFlow, truncated, unsupported, overLimit
    case malformed(Int)
    /// `Cursor.piece` is to be put together with others.
    case incomplete

    /// A transport header was read; the headers are the cursor's own.
    static func decoded(_ headers: PacketHeaders) -> Verdict { .flow }

    func result(_ cursor: Cursor) -> DecodeResult {
        switch self {
        case .flow: .decoded(cursor.headers)
        case .noFlow: .noFlow
        case .truncated: .truncated
        case .unsupported: .unsupported
        case .overLimit: .overLimit
        case .malformed(let at): .malformed(at)
        case .incomplete: .fragment
        }
    }
}

enum Peeler {
    static func run(_ bytes: Bytes, _ cursor: inout Cursor, _ first: Next) -> Verdict {
        var next = first
        // The limits on steps and on layers end a packet that wraps itself.
        while cursor.spend(), !cursor.headers.layers.overflowed {
            switch next {
            case .stop(let verdict): return verdict
            case .link(let type): next = LinkLayer.start(type, bytes, &cursor)
            case .ethernet: next = LinkLayer.ethernet(bytes, &cursor)
            case .etherType(let type): next = LinkLayer.etherType(type, bytes, &cursor)
            case .ip: next = InternetLayer.either(bytes, &cursor)
            case .ipv4: next = InternetLayer.ipv4(bytes, &cursor)
            case .ipv6: next = InternetLayer.ipv6(bytes, &cursor)
            case .extensions(let number): next = InternetLayer.extensions(number, bytes, &cursor)
            case .ppp: next = PPP.peel(bytes, &cursor)
            case .wireless: next = LinkLayer.wireless(bytes, &cursor)
            case .transport(let number): next = TransportLayer.start(number, bytes, &cursor)
            case .udpPayload(let from, let to):
                next = Doors.open(fromPort: from, toPort: to, bytes, &cursor) ?? .stop(.flow)
            }
        }
        return .overLimit
    }
}
