import Capture
import Testing
import Vocabulary

struct PcapngNotesTests {
    /// Takes every block of a file, as the reader would hand them over.
    private static func notes(_ file: CaptureBytes) -> PcapngNotes {
        var notes = PcapngNotes()
        func number(_ at: Int) -> UInt32 {
            let part = file.bytes[at..<(at + 4)]
            return (file.big ? Array(part) : part.reversed()).reduce(0) { $0 << 8 | UInt32($1) }
        }
        var at = 0
        while at < file.bytes.count {
            let length = Int(number(at + 4))
            if number(at) == 0x0A0D_0D0A { notes.beginSection() }
            notes.take(number(at), file.bytes, at..<(at + length), bigEndian: file.big)
            at += length
        }
        return notes
    }

    private static func texts(_ notes: PcapngNotes) -> [String] { notes.names.map { "\($0.address) \($0.name)" } }

    @Test(arguments: [true, false])
    func `names of addresses are kept`(big: Bool) {
        var file = CaptureBytes(big: big)
        file.section()
        file.block(4) {
            $0.record(1, [10, 0, 0, 7] + Array("miner.example\0alias\0".utf8))
            $0.record(2, [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1] + Array("pool\0".utf8))
            $0.record(3, [1, 2, 3, 4, 5, 6] + Array("card\0".utf8))
            $0.record(1, [10, 0, 0, 7] + Array("alias\0".utf8))
            $0.record(0, [])
        }
        let notes = PcapngNotesTests.notes(file)
        #expect(PcapngNotesTests.texts(notes) == ["10.0.0.7 miner.example", "10.0.0.7 alias", "2001:db8::1 pool"])
        #expect(notes.badNames == 0)
    }

    @Test func `hostile names stay text and within their length`() {
        var file = CaptureBytes()
        file.block(4) {
            $0.record(1, [1, 1, 1, 1] + [0x1B, 0xFF, 0x41, 0])
            $0.record(1, [1, 1, 1, 1] + [UInt8](repeating: 0x61, count: 255) + [0])
            $0.record(1, [1, 1, 1, 1] + [UInt8](repeating: 0x61, count: 256) + [0])
            $0.record(1, [1, 1, 1, 1, 0])
            $0.record(1, [1, 1, 1])
            $0.record(1, [1, 1, 1, 1] + [UInt8](repeating: 1, count: 255))
        }
        let notes = PcapngNotesTests.notes(file)
        #expect(notes.names.map(\.name.utf8.count) == [7, 255, 255])
        #expect(notes.names.first?.name == "\u{FFFD}\u{FFFD}A")
        #expect(notes.badNames == 3)
    }

    @Test func `more names than the limit are counted`() {
        var file = CaptureBytes()
        for high in 0..<5 {
            file.block(4) { block in
                for low in 0..<1000 { block.record(1, [10, 0, 0, UInt8(high)] + Array("host\(low)\0".utf8)) }
            }
        }
        let notes = PcapngNotesTests.notes(file)
        #expect(notes.names.count == PcapngNotes.Limits.names)
        #expect(notes.namesOverLimit == 5000 - PcapngNotes.Limits.names)
    }

    @Test(arguments: [true, false])
    func `losses are summed over interfaces and sections, the last word of each`(big: Bool) {
        var file = CaptureBytes(big: big)
        for _ in 0..<2 {
            file.section()
            file.statistics(interface: 0, [4: 50, 5: 1, 7: 1])
            file.statistics(interface: 0, [4: 100, 5: 2, 7: 3])
            file.statistics(interface: 1, [4: 7])
        }
        let sum = PcapngNotesTests.notes(file).statistics
        #expect(sum.interfaces == 4)
        #expect(sum.received == 214)
        #expect(sum.droppedByInterface == 4)
        #expect(sum.droppedBySystem == 6)
    }

    @Test func `counters at their end do not wrap`() {
        var file = CaptureBytes()
        file.section()
        for interface: UInt32 in 0..<5000 { file.statistics(interface: interface, [5: .max]) }
        file.block(5) { $0.u32(0) }
        let notes = PcapngNotesTests.notes(file)
        #expect(notes.statistics.droppedByInterface == .max)
        #expect(notes.statistics.interfaces == PcapngNotes.Limits.interfaces)
        #expect(notes.badStatistics == 5001 - PcapngNotes.Limits.interfaces)
    }

    @Test func `secrets and unknown blocks are counted only`() {
        var file = CaptureBytes()
        file.section()
        file.interface()
        file.enhanced([1, 2, 3])
        file.block(10) { $0.bytes += Array("CLIENT_RANDOM 00 11".utf8) }
        file.block(0xBAD) { $0.u32(7) }
        file.block(9) { $0.u32(7) }
        let notes = PcapngNotesTests.notes(file)
        #expect(notes.secretsBlocks == 1)
        #expect(notes.unknownBlocks == 2)
        #expect(notes.names.isEmpty)
    }

    @Test func `any bytes as a body come to an end`() {
        var state: UInt64 = 1
        for round in 0..<20_000 {
            var body: [UInt8] = []
            for _ in 0..<(round % 64) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                body.append(UInt8(state >> 56) & (round % 3 == 0 ? 7 : 255))
            }
            var notes = PcapngNotes()
            let bytes = [UInt8](repeating: 0, count: 8) + body + [0, 0, 0, 0]
            notes.take(round % 2 == 0 ? 4 : 5, bytes, 0..<bytes.count, bigEndian: round % 4 < 2)
            #expect(notes.names.allSatisfy { $0.name.utf8.count <= PcapngNotes.Limits.nameBytes })
        }
    }
}

extension CaptureBytes {
    fileprivate mutating func record(_ kind: UInt16, _ value: [UInt8]) {
        u16(kind)
        u16(UInt16(value.count))
        bytes += value
        while bytes.count % 4 != 0 { bytes.append(0) }
    }

    fileprivate mutating func statistics(interface: UInt32, _ counters: KeyValuePairs<UInt16, UInt64>) {
        block(5) {
            for value in [interface, 0, 0] { $0.u32(value) }
            for (code, value) in counters {
                $0.u16(code)
                $0.u16(8)
                let high = UInt32(value >> 32)
                let low = UInt32(value & 0xFFFF_FFFF)
                for half in $0.big ? [high, low] : [low, high] { $0.u32(half) }
            }
            $0.u32(0)
        }
    }
}
