import Vocabulary

/// What most frames of a real network are - Ethernet with at most two 802.1Q tags, IPv4 without options or IPv6 without
/// extension headers, whole TCP or UDP - in one pass. Whatever is otherwise in any way is left to the peeling decoder,
/// which answers the same for these frames too (`CommonPathTests` compares the two).
///
/// A row of 64 bytes holds what was read. `run` fills many at once: a call for each packet would cost as much again.
package struct CommonPath: Sendable {
    package private(set) var sourceHigh: UInt64 = 0
    package private(set) var sourceLow: UInt64 = 0
    package private(set) var destinationHigh: UInt64 = 0
    package private(set) var destinationLow: UInt64 = 0
    package private(set) var sourcePort: UInt16 = 0
    package private(set) var destinationPort: UInt16 = 0
    package private(set) var sequence: UInt32 = 0
    package private(set) var acknowledgement: UInt32 = 0
    /// Places in the buffer: of the transport header, of the payload's first byte, and of the byte behind its last.
    package private(set) var header: UInt32 = 0
    package private(set) var payloadStart: UInt32 = 0
    package private(set) var payloadEnd: UInt32 = 0
    package private(set) var tcpFlags: UInt8 = 0
    package private(set) var timeToLive: UInt8 = 0
    package private(set) var isIPv4 = false
    package private(set) var isUDP = false
    /// 802.1Q tags: none, one or two.
    private var tags: UInt8 = 0
    /// The place of `layers` in `stacks`.
    package private(set) var stack: UInt8 = 0

    package var layers: LayerStack { CommonPath.stacks[Int(stack)] }

    /// TCP with no, one and two tags; then UDP.
    package static let stacks: [LayerStack] = [Layer.tcp, .udp].flatMap { transport in
        (0...2).map { tags in
            var stack = LayerStack()
            for _ in 0..<tags { stack.push(.vlan) }
            stack.push(transport)
            return stack
        }
    }

    package init() {}

    /// Reads frames into `rows` until one is not of this kind, and answers how many were read.
    /// - Parameters:
    ///   - bytes: the buffer that the frames lie in.
    ///   - rows: at least as many as `frames`.
    package static func run(
        _ bytes: UnsafeRawBufferPointer, _ frames: UnsafeBufferPointer<Frame>,
        into rows: UnsafeMutableBufferPointer<CommonPath>
    ) -> Int {
        var at = 0
        while at < min(frames.count, rows.count) {
            let frame = frames[at]
            // Ethernet, captured whole, its record believed.
            guard frame.kind == 1, frame.original <= frame.end &- frame.start,
                let row = CommonPath(bytes, Int(frame.start)..<Int(frame.end))
            else { break }
            rows[at] = row
            at += 1
        }
        return at
    }

    /// Nil for a frame that is not of this kind.
    /// - Parameter range: the frame's place in `bytes`, captured whole.
    @inline(__always)
    init?(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
        guard range.lowerBound >= 0, range.upperBound <= bytes.count, let base = bytes.baseAddress else { return nil }
        var at = range.lowerBound + 14
        guard range.upperBound - at >= 28 else { return nil }
        var type = load16(base, at - 2)
        while type == 0x8100 || type == 0x88A8 {
            tags += 1
            guard tags <= 2, range.upperBound - at >= 32 else { return nil }
            type = load16(base, at + 2)
            at += 4
        }
        let isRead =
            type == 0x0800
            ? ipv4(base, at, range.upperBound) : type == 0x86DD ? ipv6(base, at, range.upperBound) : false
        if !isRead { return nil }
        stack = isUDP ? tags &+ 3 : tags
    }

    @inline(__always)
    private mutating func ipv4(_ base: UnsafeRawPointer, _ at: Int, _ frameEnd: Int) -> Bool {
        // Version 4 with five words of header; neither more fragments nor an offset.
        guard base.load(fromByteOffset: at, as: UInt8.self) == 0x45, load16(base, at + 6) & 0x3FFF == 0 else {
            return false
        }
        let total = Int(load16(base, at + 2))
        guard total >= 28, at + total <= frameEnd else { return false }
        isIPv4 = true
        sourceLow = UInt64(load32(base, at + 12))
        destinationLow = UInt64(load32(base, at + 16))
        timeToLive = base.load(fromByteOffset: at + 8, as: UInt8.self)
        let number = base.load(fromByteOffset: at + 9, as: UInt8.self)
        return transport(number, base, at + 20, at + total)
    }

    @inline(__always)
    private mutating func ipv6(_ base: UnsafeRawPointer, _ at: Int, _ frameEnd: Int) -> Bool {
        guard frameEnd - at >= 48, base.load(fromByteOffset: at, as: UInt8.self) >> 4 == 6 else { return false }
        let length = Int(load16(base, at + 4))
        guard length >= 8, at + 40 + length <= frameEnd else { return false }
        sourceHigh = load64(base, at + 8)
        sourceLow = load64(base, at + 16)
        destinationHigh = load64(base, at + 24)
        destinationLow = load64(base, at + 32)
        timeToLive = base.load(fromByteOffset: at + 7, as: UInt8.self)
        let number = base.load(fromByteOffset: at + 6, as: UInt8.self)
        return transport(number, base, at + 40, at + 40 + length)
    }

    /// - Parameter at: at least eight bytes of the frame begin here.
    @inline(__always)
    private mutating func transport(_ number: UInt8, _ base: UnsafeRawPointer, _ at: Int, _ end: Int) -> Bool {
        sourcePort = load16(base, at)
        destinationPort = load16(base, at + 2)
        header = UInt32(truncatingIfNeeded: at)
        payloadEnd = UInt32(truncatingIfNeeded: end)
        if number == 6 {
            guard end - at >= 20 else { return false }
            let length = Int(base.load(fromByteOffset: at + 12, as: UInt8.self) >> 4) * 4
            guard length >= 20, end - at >= length else { return false }
            payloadStart = UInt32(truncatingIfNeeded: at + length)
            sequence = load32(base, at + 4)
            acknowledgement = load32(base, at + 8)
            tcpFlags = base.load(fromByteOffset: at + 13, as: UInt8.self)
            return true
        }
        // A tunnel's port, or a length of its own: for the other decoder.
        guard number == 17, Int(load16(base, at + 4)) == end - at,
            !Doors.mayCarry(fromPort: sourcePort, toPort: destinationPort)
        else { return false }
        isUDP = true
        payloadStart = UInt32(truncatingIfNeeded: at + 8)
        return true
    }
}

@inline(__always)
private func load16(_ base: UnsafeRawPointer, _ at: Int) -> UInt16 {
    UInt16(bigEndian: base.loadUnaligned(fromByteOffset: at, as: UInt16.self))
}

@inline(__always)
private func load32(_ base: UnsafeRawPointer, _ at: Int) -> UInt32 {
    UInt32(bigEndian: base.loadUnaligned(fromByteOffset: at, as: UInt32.self))
}

@inline(__always)
private func load64(_ base: UnsafeRawPointer, _ at: Int) -> UInt64 {
    UInt64(bigEndian: base.loadUnaligned(fromByteOffset: at, as: UInt64.self))
}
