import Vocabulary

/// Peels layers until a transport header is reached. Every wrapping is one method in one file; each is told the range that
/// is its own and answers what comes next. Lengths are checked once, at the door of each header.
package struct Decoder {
    private var reassembly = FragmentReassembly()
    /// A reassembled datagram's bytes: `PacketHeaders.payload` points here when `usedReassembly` is set.
    package private(set) var reassembled: [UInt8] = []
    package private(set) var usedReassembly = false

    package init() {}

    /// As the other `decode`, for many packets: fills `headers` where the answer is `decoded`.
    @inline(__always)
    package mutating func decode(
        _ bytes: [UInt8], _ frame: Frame, into headers: inout PacketHeaders
    ) -> DecodeOutcome {
        usedReassembly = false
        if frame.linkType == 1, frame.originalLength <= frame.range.count,
            bytes.withUnsafeBytes({ CommonPath.decode($0, frame.range, into: &headers) })
        {
            return .decoded
        }
        return peel(bytes, frame, into: &headers)
    }

    private mutating func peel(_ bytes: [UInt8], _ frame: Frame, into headers: inout PacketHeaders) -> DecodeOutcome {
        let result = decode(
            bytes, frame.range, linkType: frame.linkType, originalLength: frame.originalLength, time: frame.time)
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

    /// A frame as its reader gives it.
    package struct Frame {
        package var range: Range<Int>
        package var linkType: UInt32
        package var originalLength: Int
        package var time: Instant?

        @inline(__always)
        package init(range: Range<Int>, linkType: UInt32, originalLength: Int, time: Instant?) {
            self.range = range
            self.linkType = linkType
            self.originalLength = originalLength
            self.time = time
        }
    }

    /// - Parameters:
    ///   - bytes: the reader's buffer; `range` the frame's place in it.
    ///   - originalLength: length on the wire.
    package mutating func decode(
        _ bytes: [UInt8], _ range: Range<Int>, linkType: UInt32, originalLength: Int, time: Instant?
    ) -> DecodeResult {
        usedReassembly = false
        var cursor = Cursor(at: range.lowerBound, end: range.upperBound, cut: originalLength > range.count)
        var next = bytes.withUnsafeBufferPointer { LinkLayer.start(Bytes($0), linkType, &cursor) }
        for _ in 0..<3 {
            let result = bytes.withUnsafeBufferPointer { Peeler.run(Bytes($0), &cursor, &next) }
            guard case .needsReassembly(let piece) = result else { return result.answer }
            return reassemble(bytes, piece, cursor, time)
        }
        return .overLimit
    }

    private mutating func reassemble(
        _ bytes: [UInt8], _ piece: FragmentPiece, _ outer: Cursor, _ time: Instant?
    ) -> DecodeResult {
        guard let whole = reassembly.add(piece, bytes: bytes, time: time) else {
            return outer.cut && piece.range.isEmpty ? .truncated : .fragment
        }
        reassembled = whole
        usedReassembly = true
        var cursor = outer
        cursor.headers.fragmentConflict = reassembly.lastConflict
        cursor.at = 0
        cursor.end = whole.count
        cursor.wireEnd = whole.count
        cursor.cut = false
        var next: Next = .transport(piece.protocolNumber)
        let result = whole.withUnsafeBufferPointer { Peeler.run(Bytes($0), &cursor, &next) }
        // A fragment inside a reassembled datagram would be a second layer of the same trick.
        if case .needsReassembly = result { return .overLimit }
        return result.answer
    }
}

/// How one packet is counted.
package enum DecodeOutcome: Sendable {
    case decoded
    /// Whole, but nothing for a flow: no IP, no TCP or UDP, or a fragment that waits for others.
    case noFlow
    case malformed, truncated, unsupported, overLimit
}

/// Bounds-checked loads; what lies outside reads as nil.
struct Bytes {
    private let buffer: UnsafeBufferPointer<UInt8>
    init(_ buffer: UnsafeBufferPointer<UInt8>) { self.buffer = buffer }

    /// The caller has compared `at` with its cursor's end, which never passes the buffer's.
    subscript(at: Int) -> UInt8 { at >= 0 && at < buffer.count ? buffer[at] : 0 }
    func u16(_ at: Int) -> UInt16 { UInt16(self[at]) << 8 | UInt16(self[at + 1]) }
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
}

/// The header that comes next.
enum Next {
    case ethernet
    case etherType(UInt16)
    case ip, ipv4, ipv6, mpls, pppoe, ppp, gre
    case transport(UInt8)
    case udpPayload(UInt16, UInt16)
    case stop(DecodeResult)
    case needsReassembly(FragmentPiece)
}

enum PeelResult {
    case answered(DecodeResult)
    case needsReassembly(FragmentPiece)

    var answer: DecodeResult { if case .answered(let result) = self { result } else { .fragment } }
}

enum Peeler {
    static func run(_ bytes: Bytes, _ cursor: inout Cursor, _ next: inout Next) -> PeelResult {
        // Each wrapping takes at most a few steps; the layer limit ends a packet that wraps itself.
        for _ in 0..<(WireLimits.layers * 4) {
            if cursor.headers.layers.count >= WireLimits.layers { return .answered(.overLimit) }
            switch next {
            case .stop(let result): return .answered(result)
            case .needsReassembly(let piece): return .needsReassembly(piece)
            case .ethernet: next = LinkLayer.ethernet(bytes, &cursor)
            case .etherType(let type): next = LinkLayer.etherType(type, bytes, &cursor)
            case .ip: next = InternetLayer.either(bytes, &cursor)
            case .ipv4: next = InternetLayer.ipv4(bytes, &cursor)
            case .ipv6: next = InternetLayer.ipv6(bytes, &cursor)
            case .mpls: next = Wrappings.mpls(bytes, &cursor)
            case .pppoe: next = Wrappings.pppoe(bytes, &cursor)
            case .ppp: next = Wrappings.ppp(bytes, &cursor)
            case .gre: next = Wrappings.gre(bytes, &cursor)
            case .transport(let number): next = TransportLayer.start(number, bytes, &cursor)
            case .udpPayload(let from, let to): next = Wrappings.overUDP(from, to, bytes, &cursor)
            }
        }
        return .answered(.overLimit)
    }
}
