import Bytes
import Capture
import Foundation
import Support
import Testing
import Vocabulary

/// Builds capture files byte by byte.
struct CaptureBytes {
    var bytes: [UInt8] = []
    var big = false

    mutating func u16(_ value: UInt16) {
        bytes += big ? [UInt8(value >> 8), UInt8(value & 255)] : [UInt8(value & 255), UInt8(value >> 8)]
    }

    mutating func u32(_ value: UInt32) {
        let parts = [24, 16, 8, 0].map { UInt8(value >> UInt32($0) & 255) }
        bytes += big ? parts : parts.reversed()
    }

    static func pcap(magic: UInt32 = 0xA1B2_C3D4, big: Bool, link: UInt32 = 1) -> CaptureBytes {
        var file = CaptureBytes(big: big)
        file.u32(magic)
        file.u16(2)
        file.u16(4)
        for value: UInt32 in [0, 0, 65_535, link] { file.u32(value) }
        return file
    }

    mutating func record(
        _ payload: [UInt8], seconds: UInt32 = 1_000, fraction: UInt32 = 5, original: UInt32? = nil,
        modified: Bool = false
    ) {
        for value in [seconds, fraction, UInt32(payload.count), original ?? UInt32(payload.count)] { u32(value) }
        if modified { bytes += [UInt8](repeating: 9, count: 8) }
        bytes += payload
    }

    mutating func block(_ type: UInt32, _ body: (inout CaptureBytes) -> Void) {
        var inner = CaptureBytes(big: big)
        body(&inner)
        while inner.bytes.count % 4 != 0 { inner.bytes.append(0) }
        let length = UInt32(inner.bytes.count + 12)
        u32(type)
        u32(length)
        bytes += inner.bytes
        u32(length)
    }

    mutating func section() {
        block(0x0A0D_0D0A) {
            $0.u32(0x1A2B_3C4D)
            $0.u16(1)
            $0.u16(0)
            $0.u32(.max)
            $0.u32(.max)
        }
    }

    mutating func interface(link: UInt16 = 1, snap: UInt32 = 0, options: (inout CaptureBytes) -> Void = { _ in }) {
        block(1) {
            $0.u16(link)
            $0.u16(0)
            $0.u32(snap)
            options(&$0)
        }
    }

    mutating func enhanced(
        _ payload: [UInt8], interface: UInt32 = 0, high: UInt32 = 0, low: UInt32 = 1_500_000, captured: UInt32? = nil
    ) {
        block(6) {
            for value in [interface, high, low, captured ?? UInt32(payload.count), UInt32(payload.count)] {
                $0.u32(value)
            }
            $0.bytes += payload
        }
    }
}

struct CaptureOutcome {
    var frames: [Frame] = []
    var payloads: [[UInt8]] = []
    var error: CaptureError?
    var truncated = false
    var timeDigits = 0
    var linkTypes: [UInt32] = []
    var format: CaptureReader.Format?

    static func read(_ bytes: [UInt8]) throws -> CaptureOutcome {
        let place = try Places.scratch("capture")
        defer { try? FileManager.default.removeItem(at: place) }
        let file = place.appendingPathComponent("input")
        try Data(bytes).write(to: file)
        var outcome = CaptureOutcome()
        let reader = try CaptureReader(try ByteSource(path: file.path))
        while let frame = reader.next() {
            outcome.frames.append(frame)
            outcome.payloads.append(Array(reader.buffer[frame.bytes]))
        }
        #expect(reader.next()?.index == nil)
        outcome.error = reader.error
        outcome.truncated = reader.truncated
        outcome.timeDigits = reader.timeDigits
        outcome.linkTypes = reader.linkTypes
        outcome.format = reader.format
        return outcome
    }
}

struct PcapTests {
    @Test(arguments: [true, false], [0xA1B2_C3D4, 0xA1B2_3C4D, 0xA1B2_CD34] as [UInt32])
    func `every byte order and resolution is read`(big: Bool, magic: UInt32) throws {
        let modified = magic == 0xA1B2_CD34
        var file = CaptureBytes.pcap(magic: magic, big: big, link: 113)
        file.record([1, 2, 3], modified: modified)
        file.record([], seconds: 4_000_000_000, fraction: 0, modified: modified)
        file.record([4], original: 1500, modified: modified)
        let outcome = try CaptureOutcome.read(file.bytes)
        #expect(outcome.error == nil)
        #expect(outcome.payloads == [[1, 2, 3], [], [4]])
        #expect(outcome.frames.map(\.index) == [1, 2, 3])
        #expect(outcome.frames.map(\.originalLength) == [3, 0, 1500])
        #expect(outcome.linkTypes == [113])
        let nano = magic == 0xA1B2_3C4D
        #expect(outcome.timeDigits == (nano ? 9 : 6))
        #expect(outcome.frames[0].time == Instant(seconds: 1_000, nanoseconds: nano ? 5 : 5_000))
        #expect(outcome.frames[1].time == Instant(seconds: 4_000_000_000))
    }

    @Test func `a file cut anywhere keeps its whole records`() throws {
        var file = CaptureBytes.pcap(big: false)
        file.record([1, 2, 3])
        let first = file.bytes.count
        file.record([4, 5, 6, 7])
        for length in 25..<file.bytes.count {
            let outcome = try CaptureOutcome.read(Array(file.bytes[..<length]))
            #expect(outcome.payloads == (length >= first ? [[1, 2, 3]] : []))
            #expect(outcome.truncated == (length != first))
            #expect(outcome.error?.kind == (length == first ? nil : .truncated))
        }
    }

    @Test func `an absurd record ends the reading`() throws {
        var file = CaptureBytes.pcap(big: false)
        file.record([1])
        for value: UInt32 in [1, 1, 0xFFFF_FFFF, 0xFFFF_FFFF] { file.u32(value) }
        let outcome = try CaptureOutcome.read(file.bytes)
        #expect(outcome.frames.count == 1)
        #expect(outcome.error?.kind == .malformed)
        #expect(outcome.error?.offset == 41)
    }

    @Test func `what is no capture is refused`() throws {
        func kind(_ bytes: [UInt8]) -> CaptureError.Kind? {
            do { _ = try CaptureOutcome.read(bytes) } catch let error as CaptureError { return error.kind } catch {}
            return nil
        }
        #expect(kind([]) == .empty)
        #expect(kind([1]) == .notACapture)
        #expect(kind(Array("GET / HTTP/1.1".utf8)) == .notACapture)
        #expect(kind(Array(CaptureBytes.pcap(big: true).bytes[..<20])) == .truncated)
    }
}

struct PcapngTests {
    @Test(arguments: [true, false])
    func `two sections number their interfaces anew`(big: Bool) throws {
        var file = CaptureBytes(big: big)
        file.section()
        file.interface(link: 1)
        file.interface(link: 101)
        file.enhanced([1, 2, 3, 4, 5], interface: 1)
        file.big = !big
        file.section()
        file.interface(link: 113)
        file.block(0xBAD) { $0.u32(7) }
        file.enhanced([9])
        file.enhanced([9], interface: 1)
        let outcome = try CaptureOutcome.read(file.bytes)
        #expect(outcome.format == .pcapng)
        #expect(outcome.error == nil)
        #expect(outcome.linkTypes == [1, 101, 113])
        #expect(outcome.frames.map(\.malformed) == [false, false, true])
        #expect(outcome.frames.prefix(2).map(\.linkType) == [101, 113])
        #expect(outcome.payloads == [[1, 2, 3, 4, 5], [9], []])
        #expect(outcome.frames[0].time == Instant(seconds: 1, nanoseconds: 500_000_000))
    }

    /// if_tsresol, if_tsoffset, and the time that 1 500 000 ticks then are.
    static let clocks: [(UInt8, Int64, Int64)] = [
        (3, 0, 1_500_000_000_000), (9, 0, 1_500_000), (0x94, 0, 1_430_511_475), (6, -1, 500_000_000),
        (6, 1_700_000_000, 1_700_000_001_500_000_000),
    ]

    @Test(arguments: clocks)
    func `resolution and offset are applied`(resolution: UInt8, offset: Int64, nanoseconds: Int64) throws {
        for big in [true, false] {
            var file = CaptureBytes(big: big)
            file.section()
            file.interface {
                $0.u16(9)
                $0.u16(1)
                $0.bytes += [resolution, 0, 0, 0]
                $0.u16(14)
                $0.u16(8)
                let bits = UInt64(bitPattern: offset)
                let halves = [UInt32(bits >> 32), UInt32(truncatingIfNeeded: bits)]
                for half in big ? halves : halves.reversed() { $0.u32(half) }
                $0.u32(0)
            }
            file.enhanced([1])
            let outcome = try CaptureOutcome.read(file.bytes)
            #expect(outcome.frames.first?.time == Instant(nanoseconds: nanoseconds))
            #expect(outcome.timeDigits == (resolution == 9 || resolution == 0x94 ? 9 : 6))
        }
    }

    @Test func `times at the edge of the numbers do not trap`() throws {
        for resolution: UInt8 in [0, 18, 19, 127, 0x80, 0xBE, 0xFF] {
            var file = CaptureBytes()
            file.section()
            file.interface {
                $0.u16(9)
                $0.u16(1)
                $0.bytes += [resolution, 0, 0, 0]
                $0.u16(14)
                $0.u16(8)
                $0.u32(.max)
                $0.u32(0x7FFF_FFFF)
            }
            file.enhanced([1], high: .max, low: .max)
            #expect(try CaptureOutcome.read(file.bytes).frames.count == 1)
        }
    }

    @Test func `simple packets have no time and end at the snap length`() throws {
        var file = CaptureBytes()
        file.section()
        file.interface(snap: 4)
        file.block(3) {
            $0.u32(6)
            $0.bytes += [1, 2, 3, 4]
        }
        let outcome = try CaptureOutcome.read(file.bytes)
        #expect(outcome.payloads == [[1, 2, 3, 4]])
        #expect(outcome.frames.first?.time == nil)
        #expect(outcome.frames.first?.originalLength == 6)
    }

    @Test func `a captured length beyond its block is one malformed frame`() throws {
        var file = CaptureBytes()
        file.section()
        file.interface()
        file.enhanced([1, 2, 3, 4], captured: 5)
        file.enhanced([1, 2, 3, 4], captured: .max)
        file.enhanced([8])
        file.block(6) { $0.u32(0) }
        file.block(3) { _ in }
        let outcome = try CaptureOutcome.read(file.bytes)
        #expect(outcome.frames.map(\.malformed) == [true, true, false, true, true])
        #expect(outcome.error == nil)
    }

    @Test(arguments: [0, 4, 11, 13, 0xFFFF_FFFF, 0xFFFF_FFFC] as [UInt32])
    func `a block length that cannot be ends the reading`(length: UInt32) throws {
        var file = CaptureBytes()
        file.section()
        file.interface()
        file.enhanced([1])
        file.u32(6)
        file.u32(length)
        file.bytes += [UInt8](repeating: 0, count: 64)
        let outcome = try CaptureOutcome.read(file.bytes)
        #expect(outcome.frames.count == 1)
        #expect(outcome.error?.kind == .malformed)
    }

    @Test func `a second length that differs ends the reading`() throws {
        var file = CaptureBytes()
        file.section()
        file.interface()
        file.enhanced([1])
        file.bytes[file.bytes.count - 4] ^= 4
        #expect(try CaptureOutcome.read(file.bytes).error?.kind == .malformed)
    }

    @Test func `a file cut anywhere ends`() throws {
        var file = CaptureBytes()
        file.section()
        file.interface()
        file.enhanced([1, 2, 3])
        file.enhanced([4, 5, 6])
        for length in 4..<file.bytes.count {
            let outcome = try CaptureOutcome.read(Array(file.bytes[..<length]))
            #expect(outcome.frames.count <= 1)
        }
        #expect(try CaptureOutcome.read(file.bytes).frames.count == 2)
    }

    @Test func `random damage never hangs or traps`() throws {
        var whole = CaptureBytes()
        whole.section()
        whole.interface()
        for index: UInt8 in 0..<4 { whole.enhanced([index, 1, 2, 3, 4, 5]) }
        var plain = CaptureBytes.pcap(big: true)
        for index: UInt8 in 0..<4 { plain.record([index, 1, 2, 3]) }
        var seed: UInt64 = 99
        for round in 0..<600 {
            var bytes = round % 2 == 0 ? whole.bytes : plain.bytes
            for _ in 0..<(1 + round % 5) {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[4 + Int(seed >> 33) % (bytes.count - 4)] = UInt8(seed >> 20 & 255)
            }
            let frames = (try? CaptureOutcome.read(bytes))?.frames.count ?? 0
            #expect(frames <= bytes.count / 12)
        }
    }
}

struct PacketFilterTests {
    /// Ethernet, IPv4, TCP from port 1000 to port 3333, no payload.
    static let frame: [UInt8] =
        [UInt8](repeating: 2, count: 12) + [8, 0, 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
        + [3, 232, 13, 5, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 16, 1, 0, 0, 0, 0, 0]

    @Test func `libpcap's words choose the packets`() throws {
        let frame = Frame(
            index: 1, time: nil, linkType: 1, bytes: 0..<Self.frame.count, originalLength: Self.frame.count)
        #expect(try PacketFilter("tcp port 3333").passes(frame, in: Self.frame))
        #expect(try PacketFilter("host 10.0.0.2 and tcp").passes(frame, in: Self.frame))
        #expect(try !PacketFilter("udp").passes(frame, in: Self.frame))
    }

    @Test func `a raw frame is filtered by its own link type`() throws {
        let bytes = Array(Self.frame.dropFirst(14))
        let frame = Frame(index: 1, time: nil, linkType: 101, bytes: 0..<bytes.count, originalLength: bytes.count)
        let filter = try PacketFilter("tcp dst port 3333")
        #expect(!filter.passes(frame, in: bytes))
        try filter.prepare(linkType: 101)
        #expect(filter.passes(frame, in: bytes))
    }

    @Test func `a slip in the expression is told at once`() throws {
        #expect(throws: CaptureError.self) { _ = try PacketFilter("tcp prt 3333") }
        // A name would be asked for on the network.
        for name in ["host pool.example.org", "net example", "src localhost", "gateway router", "ether host printer"] {
            #expect(throws: CaptureError.self, "\(name)") { _ = try PacketFilter(name) }
        }
        let good = [
            "ip6 host 2001:db8::1", "ether host 02:00:00:00:00:01", "port https",
            "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
            "net 10.0.0.0/8", "ip[6:2] & 0x1fff = 0", "vlan 5 and not udp", "icmp[icmptype] == icmp-echo",
            "portrange 3000-4000", "ip proto \\tcp", "less 100 or greater 0x40",
        ]
        for expression in good { _ = try PacketFilter(expression) }
    }
}

struct PacketCountsTests {
    @Test func `every packet is in exactly one count`() {
        var counts = PacketCounts()
        counts.inFile = 5
        counts.decoded = 2
        #expect(!counts.reconcile)
        counts.malformed = 1
        counts.truncated = 1
        counts.unsupported = 1
        #expect(counts.reconcile)
    }

    @Test func `link types have names`() {
        #expect(linkTypeName(1) == "EN10MB")
        #expect(linkTypeName(9_999) == "LINKTYPE_9999")
    }
}
