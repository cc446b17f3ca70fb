import Bytes
import Capture
import Foundation
import Operations
import Support
import Terminal
import Testing
import Vocabulary

/// One capture in other clothes - another format, other files, packed - tells the same.
@Suite struct CaptureFormsTests {
    private struct Packet {
        var bytes: [UInt8]
        var time: Instant
        var link: UInt32
        var length: Int
    }

    static let samples = [
        "homes-with-rigs/captures/carrier-nat.pcapng", "homes-with-rigs/captures/home-one.pcap",
        "rented-factory-farm/captures/hall-vlan.pcap.gz", "valley-tariff-miner/captures/workshop-night.pcap.gz",
        "compromised-hosts/captures/campus-mirror.pcap.gz", "node-and-wallet/captures/node.pcap",
    ]

    private static func packets(_ file: URL) throws -> [Packet] {
        let reader = try CaptureReader(try ByteSource(path: file.path))
        var all: [Packet] = []
        while let frame = reader.next() {
            all.append(
                Packet(
                    bytes: Array(reader.buffer[frame.bytes]), time: try #require(frame.time), link: frame.linkType,
                    length: frame.originalLength))
        }
        return all
    }

    /// A pcap file with nanoseconds, big-endian when `swapped`.
    private static func pcap(_ packets: ArraySlice<Packet>, swapped: Bool = false) -> Data {
        var data = Data()
        func u32(_ value: Int) {
            let one = UInt32(truncatingIfNeeded: value)
            withUnsafeBytes(of: swapped ? one.bigEndian : one.littleEndian) { data.append(contentsOf: $0) }
        }
        func u16(_ value: UInt16) {
            withUnsafeBytes(of: swapped ? value.bigEndian : value.littleEndian) { data.append(contentsOf: $0) }
        }
        u32(0xA1B2_3C4D)
        u16(2)
        u16(4)
        u32(0)
        u32(0)
        u32(262_144)
        u32(Int(packets.first?.link ?? 1))
        for packet in packets {
            u32(Int(packet.time.seconds))
            u32(Int(packet.time.nanoseconds - packet.time.seconds * 1_000_000_000))
            u32(packet.bytes.count)
            u32(packet.length)
            data.append(contentsOf: packet.bytes)
        }
        return data
    }

    private static func sessions(_ path: URL) throws -> [String] {
        try CorpusTests.analyse([path.path]).sessions.map { session in
            CorpusTests.essence(session.filter { $0.key != "capture" })
        }.sorted()
    }

    @Test(
        "the same sessions from pcap, pcapng, the other byte order, a gzip file and a set of three", arguments: samples)
    func forms(_ sample: String) throws {
        let source = Places.root.appendingPathComponent("Samples/\(sample)")
        let expected = try Self.sessions(source)
        let packets = try Self.packets(source)
        #expect(packets.count > 10)
        let folder = try Places.scratch("forms")
        defer { try? FileManager.default.removeItem(at: folder) }

        let plain = folder.appendingPathComponent("plain.pcap")
        try Self.pcap(packets[...]).write(to: plain)
        #expect(try Self.sessions(plain) == expected)

        let swapped = folder.appendingPathComponent("swapped.pcap")
        try Self.pcap(packets[...], swapped: true).write(to: swapped)
        #expect(try Self.sessions(swapped) == expected)

        let next = folder.appendingPathComponent("next.pcapng")
        let writer = try PcapngWriter(path: next.path, comments: [])
        for packet in packets {
            try writer.write(
                bytes: packet.bytes[...], linkType: packet.link, time: packet.time, originalLength: packet.length,
                timeDigits: 9)
        }
        try writer.finish()
        #expect(try Self.sessions(next) == expected)

        let packer = Process()
        packer.executableURL = URL(fileURLWithPath: "/bin/gzip")
        packer.arguments = [plain.path]
        try packer.run()
        packer.waitUntilExit()
        #expect(try Self.sessions(plain.appendingPathExtension("gz")) == expected)

        let set = folder.appendingPathComponent("set")
        try FileManager.default.createDirectory(at: set, withIntermediateDirectories: true)
        for part in 0..<3 {
            let range = packets.count * part / 3..<packets.count * (part + 1) / 3
            try Self.pcap(packets[range]).write(to: set.appendingPathComponent("part_0000\(part + 1).pcap"))
        }
        #expect(try Self.sessions(set) == expected)
    }

    @Test(
        "the evidence of a capture tells the same sessions again, of fragmented datagrams too",
        arguments: [false, true])
    func evidence(inFragments: Bool) throws {
        let sample = Places.root.appendingPathComponent("Samples/homes-with-rigs/captures/carrier-nat.pcapng")
        let folder = try Places.scratch("evidence")
        defer { try? FileManager.default.removeItem(at: folder) }
        let source = inFragments ? folder.appendingPathComponent("fragments.pcap") : sample
        if inFragments {
            let pieces = try Self.packets(sample).enumerated().flatMap { Self.halves($1, number: $0) }
            try Self.pcap(pieces[...]).write(to: source)
        }
        let file = folder.appendingPathComponent("evidence.pcapng")
        var request = CaptureRequest(
            paths: [source.path], filter: nil, identities: .full, minimumTier: nil, home: Places.root)
        request.evidence = file.path
        var records: [String] = []
        _ = try CaptureAnalysis.run(request, progress: .silent) { output in
            if let record = output.record { records.append(record) }
        }
        #expect(records.filter { $0.contains(#""kind":"evidence""#) }.count == 1)
        let expected = try Self.sessions(source)
        #expect(!expected.isEmpty)
        #expect(try Self.sessions(file) == expected)
        let whole = try Self.packets(source).count
        #expect(try Self.packets(file).count < whole)
    }

    @Test("large files are hashed when it is asked for, and when evidence is written")
    func digests() throws {
        let folder = try Places.scratch("digests")
        defer { try? FileManager.default.removeItem(at: folder) }
        // Holes take no room on disk.
        let sizes = [
            ("small.pcap", CaptureRequest.Digests.largest), ("large.pcap", CaptureRequest.Digests.largest + 1),
        ]
        let paths = try sizes.map { name, size in
            let file = folder.appendingPathComponent(name)
            try Data().write(to: file)
            let handle = try FileHandle(forWritingTo: file)
            try handle.truncate(atOffset: UInt64(size))
            try handle.close()
            return file.path
        }
        func hashed(_ digests: CaptureRequest.Digests, evidence: String? = nil) -> [Bool] {
            var request = CaptureRequest(
                paths: paths, filter: nil, identities: .full, minimumTier: nil, home: Places.root, digests: digests)
            request.evidence = evidence
            return (paths + ["-"]).map { request.hashes($0) }
        }
        #expect(hashed(.automatic) == [true, false, false])
        #expect(hashed(.automatic, evidence: "out.pcapng") == [true, true, false])
        #expect(hashed(.all) == [true, true, false])
        #expect(hashed(.none) == [false, false, false])
    }

    /// An IPv4 packet as two fragments; anything else, and what is too short, as it is.
    private static func halves(_ packet: Packet, number: Int) -> [Packet] {
        let at = 14
        guard packet.link == 1, packet.bytes.count > at + 60, packet.bytes[12] == 8, packet.bytes[13] == 0,
            packet.bytes[at] == 0x45
        else { return [packet] }
        let total = Int(packet.bytes[at + 2]) << 8 | Int(packet.bytes[at + 3])
        let middle = (total - 20) / 16 * 8
        guard middle > 0, packet.bytes.count >= at + total else { return [packet] }
        return [(0, middle, true), (middle, total - 20, false)].map { start, end, more in
            var piece = packet
            piece.bytes = Array(packet.bytes[..<(at + 20)] + packet.bytes[(at + 20 + start)..<(at + 20 + end)])
            let length = 20 + end - start
            let field = start / 8 | (more ? 0x2000 : 0)
            let parts = [(2, length), (4, number & 0xFFFF), (6, field)]
            for (place, value) in parts {
                piece.bytes[at + place] = UInt8(value >> 8)
                piece.bytes[at + place + 1] = UInt8(value & 0xFF)
            }
            piece.length = piece.bytes.count
            return piece
        }
    }
}
