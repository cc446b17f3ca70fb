import Bytes
import CZlib
import Foundation
import Support
import Testing

struct ByteSourceTests {
    static let plain = Array("hello, meter\n".utf8)
    /// `hello, meter` and a newline as one zstd frame with its check sum.
    static let zstd: [UInt8] = [
        40, 181, 47, 253, 4, 88, 105, 0, 0, 104, 101, 108, 108, 111, 44, 32, 109, 101, 116, 101, 114, 10, 5, 66, 188,
        243,
    ]

    /// One gzip member.
    static func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
        var stream = z_stream()
        try #require(
            deflateInit2_(
                &stream, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
                == Z_OK)
        defer { deflateEnd(&stream) }
        var input = bytes + [0]
        var output = [UInt8](repeating: 0, count: bytes.count + 1024)
        let left = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(bytes.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                return deflate(&stream, Z_FINISH) == Z_STREAM_END ? Int(stream.avail_out) : -1
            }
        }
        try #require(left >= 0)
        return Array(output.dropLast(left))
    }

    /// What a source gives before its end or its fault.
    struct Outcome {
        var bytes: [UInt8] = []
        var fault: InputError?
        var compression = ByteSource.Compression.none
        var consumed = 0
    }

    static func drain(_ source: ByteSource, step: Int = 1000) -> Outcome {
        var outcome = Outcome()
        do {
            while try source.read(into: &outcome.bytes, max: step) > 0 {}
        } catch {
            outcome.fault = error
        }
        outcome.compression = source.compression
        outcome.consumed = source.bytesConsumed
        return outcome
    }

    /// Reads `bytes` as a file, and from memory: both must give the same.
    static func read(_ bytes: [UInt8], step: Int = 1000) throws -> Outcome {
        let place = try Places.scratch("bytes")
        defer { try? FileManager.default.removeItem(at: place) }
        let file = place.appendingPathComponent("input")
        try Data(bytes).write(to: file)
        let outcome = drain(try ByteSource(path: file.path), step: step)
        let memory = drain(ByteSource(bytes: bytes), step: step)
        #expect(memory.bytes == outcome.bytes)
        #expect(memory.fault == outcome.fault)
        #expect(memory.compression == outcome.compression)
        return outcome
    }

    @Test(arguments: [1, 3, 1000, 1 << 20])
    func `a plain file comes out as it is`(step: Int) throws {
        for bytes in [[], [7], Self.plain, Array(repeating: 0x1F, count: 70_000)] {
            let outcome = try Self.read(bytes, step: step)
            #expect(outcome.bytes == bytes)
            #expect(outcome.fault == nil)
            #expect(outcome.compression == .none)
            #expect(outcome.consumed == bytes.count)
        }
    }

    @Test(arguments: [1, 5, 1 << 20])
    func `compressed files are known by their first bytes`(step: Int) throws {
        let gzip = try Self.read(Self.gzip(Self.plain), step: step)
        #expect(gzip.bytes == Self.plain)
        #expect(gzip.fault == nil)
        #expect(gzip.compression == .gzip)
        let zstd = try Self.read(Self.zstd, step: step)
        #expect(zstd.bytes == Self.plain)
        #expect(zstd.fault == nil)
        #expect(zstd.compression == .zstd)
        #expect(zstd.consumed == Self.zstd.count)
    }

    @Test func `members and frames follow one another`() throws {
        let gzip = try Self.gzip(Self.plain) + Self.gzip([]) + Self.gzip(Self.plain) + [0, 0, 0]
        let first = try Self.read(gzip)
        #expect(first.bytes == Self.plain + Self.plain)
        #expect(first.fault == nil)
        let second = try Self.read(Self.zstd + Self.zstd)
        #expect(second.bytes == Self.plain + Self.plain)
        #expect(second.fault == nil)
    }

    @Test(arguments: [1_000, 1 << 20])
    func `a compressed stream longer than a block is read whole`(step: Int) throws {
        var state: UInt32 = 1
        let noise = (0..<700_000).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 24)
        }
        let outcome = try Self.read(Self.gzip(noise) + Self.gzip(Self.plain), step: step)
        #expect(outcome.bytes == noise + Self.plain)
        #expect(outcome.fault == nil)
    }

    @Test func `only one layer is opened`() throws {
        let inner = try Self.gzip(Self.plain)
        #expect(try Self.read(Self.gzip(inner)).bytes == inner)
    }

    @Test func `a stream cut anywhere gives what it had and says so`() throws {
        for whole in [try Self.gzip(Self.plain), Self.zstd] {
            for length in 4..<whole.count {
                let outcome = try Self.read(Array(whole[..<length]))
                #expect(Self.plain.starts(with: outcome.bytes))
                #expect(outcome.fault?.kind == .truncated, "cut at \(length)")
            }
        }
    }

    @Test func `a wrong check sum is damage`() throws {
        var gzip = try Self.gzip(Self.plain)
        gzip[gzip.count - 6] ^= 1
        #expect(try Self.read(gzip).fault?.kind == .damaged)
        var zstd = Self.zstd
        zstd[zstd.count - 1] ^= 1
        #expect(try Self.read(zstd).fault?.kind == .damaged)
    }

    @Test func `a bomb ends at the ratio limit`() throws {
        let bomb = try Self.gzip([UInt8](repeating: 0, count: 2 * ByteLimits.freeExpansion))
        let outcome = try Self.read(bomb, step: 1 << 18)
        #expect(outcome.fault?.kind == .limit)
        #expect(outcome.bytes.count <= ByteLimits.freeExpansion + ByteLimits.blockBytes)
    }

    @Test func `flipped bits never hang`() throws {
        let whole = try Self.gzip(Self.plain)
        for bit in 0..<(whole.count * 8) {
            var bytes = whole
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(try Self.read(bytes).bytes.count < 1 << 16)
        }
    }

    @Test func `a pipe that gives byte after byte is read whole`() throws {
        for (bytes, compression) in [
            (Self.plain, ByteSource.Compression.none), (try Self.gzip(Self.plain), .gzip), (Self.zstd, .zstd),
        ] {
            let pipe = Pipe()
            let writer = Thread {
                for byte in bytes { pipe.fileHandleForWriting.write(Data([byte])) }
                try? pipe.fileHandleForWriting.close()
            }
            writer.start()
            let outcome = Self.drain(try ByteSource(descriptor: pipe.fileHandleForReading.fileDescriptor), step: 2)
            #expect(outcome.bytes == Self.plain)
            #expect(outcome.fault == nil)
            #expect(outcome.compression == compression)
        }
    }

    @Test func `a plain file says what is still to come`() throws {
        let place = try Places.scratch("bytes")
        defer { try? FileManager.default.removeItem(at: place) }
        let file = place.appendingPathComponent("input")
        let bytes = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 &* 167) }
        try Data(bytes).write(to: file)
        for source in [try ByteSource(path: file.path), ByteSource(bytes: bytes)] {
            #expect(source.remaining == 600_000)
            var head: [UInt8] = []
            #expect(try source.read(into: &head, max: 4) == 4)
            #expect(source.remaining == 599_996)
            var buffer = [UInt8](repeating: 0, count: 700_000)
            var filled = 0
            while case let count = try source.fill(&buffer, from: filled), count > 0 { filled += count }
            #expect(filled == 599_996)
            #expect(head + buffer[..<filled] == bytes)
            #expect(source.remaining == 0)
            #expect(source.bytesProduced == 600_000)
            #expect(source.bytesConsumed == 600_000)
        }
        #expect(ByteSource(bytes: try Self.gzip(bytes)).remaining == nil)
        let pipe = Pipe()
        pipe.fileHandleForWriting.write(Data(Self.plain))
        try pipe.fileHandleForWriting.close()
        #expect(try ByteSource(descriptor: pipe.fileHandleForReading.fileDescriptor).remaining == nil)
    }

    @Test(arguments: [0, 10, 5_000])
    func `a file that grows while it is read gives all that came`(first: Int) throws {
        let place = try Places.scratch("bytes")
        defer { try? FileManager.default.removeItem(at: place) }
        let file = place.appendingPathComponent("input")
        let bytes = (0..<400_000).map { UInt8(truncatingIfNeeded: $0 &* 167) }
        try Data(bytes[..<first]).write(to: file)
        let source = try ByteSource(path: file.path)
        let writer = try FileHandle(forWritingTo: file)
        try writer.seekToEnd()
        try writer.write(contentsOf: Data(bytes[first...]))
        try writer.close()
        // An end was seen in the empty one already.
        #expect(Self.drain(source, step: 1 << 18).bytes == (first == 0 ? [] : bytes))
    }

    @Test func `a file that is not there is unreadable`() {
        #expect(throws: InputError.self) { _ = try ByteSource(path: "/nonexistent/capture.pcap") }
    }
}
