import Vocabulary

/// What most frames of a real network are - Ethernet with at most two 802.1Q tags, IPv4 without options or IPv6 without
/// extension headers, whole TCP or UDP - in one pass. Whatever is otherwise in any way is left to the peeling decoder,
/// which answers the same for these frames too (`CommonPathTests` compares the two).
enum CommonPath {
    /// TCP with no, one and two tags; then UDP.
    private static let stacks: [LayerStack] = [Layer.tcp, .udp].flatMap { transport in
        (0...2).map { tags in
            var stack = LayerStack()
            for _ in 0..<tags { stack.push(.vlan) }
            stack.push(transport)
            return stack
        }
    }

    /// Fills `headers` and answers true, or answers false and leaves them to be filled by another.
    /// - Parameter range: the frame's place in `bytes`, captured whole.
    @inline(__always)
    static func decode(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, into headers: inout PacketHeaders) -> Bool
    {
        guard range.lowerBound >= 0, range.upperBound <= bytes.count, let base = bytes.baseAddress else { return false }
        var at = range.lowerBound + 14
        guard range.upperBound - at >= 28 else { return false }
        var type = load16(base, at - 2)
        var tags = 0
        while type == 0x8100 || type == 0x88A8 {
            tags += 1
            guard tags <= 2, range.upperBound - at >= 32 else { return false }
            type = load16(base, at + 2)
            at += 4
        }
        if type == 0x0800 { return ipv4(base, at, range.upperBound, tags, &headers) }
        if type == 0x86DD { return ipv6(base, at, range.upperBound, tags, &headers) }
        return false
    }

    @inline(__always)
    private static func ipv4(
        _ base: UnsafeRawPointer, _ at: Int, _ frameEnd: Int, _ tags: Int, _ headers: inout PacketHeaders
    ) -> Bool {
        // Version 4 with five words of header; neither more fragments nor an offset.
        guard base.load(fromByteOffset: at, as: UInt8.self) == 0x45, load16(base, at + 6) & 0x3FFF == 0 else {
            return false
        }
        let total = Int(load16(base, at + 2))
        guard total >= 28, at + total <= frameEnd else { return false }
        headers.source = IPAddress(ipv4: load32(base, at + 12))
        headers.destination = IPAddress(ipv4: load32(base, at + 16))
        headers.timeToLive = base.load(fromByteOffset: at + 8, as: UInt8.self)
        let number = base.load(fromByteOffset: at + 9, as: UInt8.self)
        return transport(number, base, at + 20, at + total, tags, &headers)
    }

    @inline(__always)
    private static func ipv6(
        _ base: UnsafeRawPointer, _ at: Int, _ frameEnd: Int, _ tags: Int, _ headers: inout PacketHeaders
    ) -> Bool {
        guard frameEnd - at >= 48, base.load(fromByteOffset: at, as: UInt8.self) >> 4 == 6 else { return false }
        let length = Int(load16(base, at + 4))
        guard length >= 8, at + 40 + length <= frameEnd else { return false }
        headers.source = IPAddress(high: load64(base, at + 8), low: load64(base, at + 16))
        headers.destination = IPAddress(high: load64(base, at + 24), low: load64(base, at + 32))
        headers.timeToLive = base.load(fromByteOffset: at + 7, as: UInt8.self)
        let number = base.load(fromByteOffset: at + 6, as: UInt8.self)
        return transport(number, base, at + 40, at + 40 + length, tags, &headers)
    }

    @inline(__always)
    private static func transport(
        _ number: UInt8, _ base: UnsafeRawPointer, _ at: Int, _ end: Int, _ tags: Int,
        _ headers: inout PacketHeaders
    ) -> Bool {
        let from = load16(base, at)
        let to = load16(base, at + 2)
        let start: Int
        if number == 6 {
            guard end - at >= 20 else { return false }
            let length = Int(base.load(fromByteOffset: at + 12, as: UInt8.self) >> 4) * 4
            guard length >= 20, end - at >= length else { return false }
            start = at + length
            headers.transport = .tcp
            headers.sequence = load32(base, at + 4)
            headers.acknowledgement = load32(base, at + 8)
            headers.tcpFlags = base.load(fromByteOffset: at + 13, as: UInt8.self)
            headers.tcpHeader = at
            headers.options = (at + 20)..<start
            headers.layers = stacks[tags]
        } else if number == 17 {
            // A tunnel's port, or a length of its own: for the other decoder.
            guard Int(load16(base, at + 4)) == end - at, !Doors.mayCarry(fromPort: from, toPort: to) else {
                return false
            }
            start = at + 8
            headers.transport = .udp
            headers.sequence = 0
            headers.acknowledgement = 0
            headers.tcpFlags = 0
            headers.tcpHeader = nil
            headers.options = 0..<0
            headers.layers = stacks[3 + tags]
        } else {
            return false
        }
        headers.sourcePort = from
        headers.destinationPort = to
        headers.payload = start..<end
        headers.payloadLength = end - start
        headers.truncated = false
        headers.checksumGood = nil
        headers.fragmentConflict = false
        if !headers.outer.isEmpty { headers.outer = AddressPairs() }
        return true
    }

    @inline(__always)
    private static func load16(_ base: UnsafeRawPointer, _ at: Int) -> UInt16 {
        UInt16(bigEndian: base.loadUnaligned(fromByteOffset: at, as: UInt16.self))
    }

    @inline(__always)
    private static func load32(_ base: UnsafeRawPointer, _ at: Int) -> UInt32 {
        UInt32(bigEndian: base.loadUnaligned(fromByteOffset: at, as: UInt32.self))
    }

    @inline(__always)
    private static func load64(_ base: UnsafeRawPointer, _ at: Int) -> UInt64 {
        UInt64(bigEndian: base.loadUnaligned(fromByteOffset: at, as: UInt64.self))
    }
}
