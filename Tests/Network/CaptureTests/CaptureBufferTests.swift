import Bytes
import Capture
import Foundation
import Support
import Testing
import Vocabulary

/// The reader's buffer fits the file, and what the file said of its size is no promise.
struct CaptureBufferTests {
    /// Payloads of many sizes: 2 MB in all, some longer than what is read at a time.
    static let payloads = (0..<900).map { number in
        [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number % 90 == 89 ? 100_000 : number)
    }

    static func pcap(_ payloads: [[UInt8]]) -> [UInt8] {
        var file = CaptureBytes.pcap(big: false)
        for payload in payloads { file.record(payload) }
        return file.bytes
    }

    /// A section whose second block is 3 MB of something that is passed over.
    static func pcapng(_ payloads: [[UInt8]]) -> [UInt8] {
        var file = CaptureBytes()
        file.section()
        file.interface()
        file.block(0x0BAD) { $0.bytes = [UInt8](repeating: 7, count: 3 << 20) }
        for payload in payloads { file.enhanced(payload) }
        return file.bytes
    }

    static func one(by reader: CaptureReader) -> [[UInt8]] {
        var found: [[UInt8]] = []
        while let frame = reader.next() { found.append(Array(reader.buffer[frame.bytes])) }
        return found
    }

    static func batches(of reader: CaptureReader, _ batch: inout FrameBatch) -> [[UInt8]] {
        var found: [[UInt8]] = []
        while reader.nextBatch(&batch) { found += batch.frames.map { Array(batch.bytes[$0.bytes]) } }
        return found
    }

    @Test(arguments: [0, 1, 10, 900])
    func `a capture in memory reads as its file does`(count: Int) throws {
        let payloads = Array(Self.payloads.prefix(count))
        let place = try Places.scratch("capture")
        defer { try? FileManager.default.removeItem(at: place) }
        let file = place.appendingPathComponent("input")
        // What a small file left behind is used for a large one.
        var batch = FrameBatch()
        for bytes in [Self.pcap(payloads), Self.pcapng(payloads)] {
            try Data(bytes).write(to: file)
            for source in [{ ByteSource(bytes: bytes) }, { try ByteSource(path: file.path) }] {
                let reader = try CaptureReader(try source())
                #expect(Self.one(by: reader) == payloads)
                #expect(reader.error == nil)
                #expect(Self.batches(of: try CaptureReader(try source()), &batch) == payloads)
                var fresh = FrameBatch()
                #expect(Self.batches(of: try CaptureReader(try source()), &fresh) == payloads)
            }
        }
    }

    @Test(arguments: [24, 30, 100, 10_000], [true, false])
    func `a capture that grows while it is read gives all packets`(first: Int, inBatches: Bool) throws {
        let bytes = Self.pcap(Self.payloads)
        let place = try Places.scratch("capture")
        defer { try? FileManager.default.removeItem(at: place) }
        let file = place.appendingPathComponent("input")
        try Data(bytes[..<first]).write(to: file)
        let reader = try CaptureReader(try ByteSource(path: file.path))
        let writer = try FileHandle(forWritingTo: file)
        try writer.seekToEnd()
        try writer.write(contentsOf: Data(bytes[first...]))
        try writer.close()
        var batch = FrameBatch()
        let found = inBatches ? Self.batches(of: reader, &batch) : Self.one(by: reader)
        #expect(found == Self.payloads)
        #expect(reader.error == nil)
    }

    @Test func `a length that the file cannot hold is no reason for memory`() throws {
        var file = CaptureBytes()
        file.section()
        file.u32(1)
        file.u32(16 << 20)
        let reader = try CaptureReader(ByteSource(bytes: file.bytes))
        #expect(reader.next() == nil)
        #expect(reader.error?.kind == .truncated)
        #expect(reader.buffer.count < 1 << 13)
    }
}
