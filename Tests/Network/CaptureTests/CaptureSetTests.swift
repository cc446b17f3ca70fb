import Capture
import Foundation
import Support
import Testing
import Vocabulary

/// A folder of small captures.
private final class Folder {
    let place: URL

    init() throws { place = try Places.scratch("sets") }

    deinit { try? FileManager.default.removeItem(at: place) }

    /// A capture whose packets have these times, in seconds.
    @discardableResult
    func add(_ name: String, _ times: [UInt32], link: UInt32 = 1) throws -> String {
        var file = CaptureBytes.pcap(big: false, link: link)
        for time in times { file.record([1, 2, 3], seconds: time, fraction: 0) }
        return try add(name, bytes: file.bytes)
    }

    @discardableResult
    func add(_ name: String, bytes: [UInt8]) throws -> String {
        let file = place.appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
        return file.path
    }

    /// The sets of all files, as names without the folder; the same for the files in any order.
    func sets() throws -> [[String]] {
        var paths: [String] = []
        for name in try FileManager.default.subpathsOfDirectory(atPath: place.path) {
            let file = place.appendingPathComponent(name)
            let kind = try file.resourceValues(forKeys: [.isDirectoryKey])
            if kind.isDirectory != true { paths.append(file.path) }
        }
        let sets = CaptureSet.arrange(paths.sorted())
        #expect(CaptureSet.arrange(paths.sorted().reversed()) == sets)
        return sets.map { $0.paths.map { String($0.dropFirst(place.path.count + 1)) } }
    }
}

struct CaptureSetTests {
    @Test(arguments: [
        ["c_00001_20260101000000.pcapng", "c_00002_20260101010000.pcapng", "c_00003_20260101020000.pcapng"],
        ["night.pcap", "night.pcap1", "night.pcap2"], ["night.pcap0", "night.pcap9", "night.pcap10"],
        ["a-2026-01-01_00:00:00.pcap", "a-2026-01-01_09:00:00.pcap", "a-2026-01-02_00:00:00.pcap"],
        ["a-20260101T000000Z.cap", "a-20260101T010000Z.cap", "a-20260102T000000Z.cap"],
        ["eth0.pcap.1", "eth0.pcap.2", "eth0.pcap.3"], ["001.pcap", "002.pcap", "003.pcap"],
        ["c_9", "c_10", "c_11"],
    ])
    func `a rotation is one set in the order of its times`(names: [String]) throws {
        let folder = try Folder()
        for (index, name) in names.enumerated().reversed() {
            try folder.add(name, [UInt32(1000 + 10 * index), UInt32(1009 + 10 * index)])
        }
        #expect(try folder.sets() == [names])
    }

    @Test func `a ring that was written over begins at its oldest file`() throws {
        let folder = try Folder()
        for (name, time) in [("r.pcap0", 400), ("r.pcap1", 500), ("r.pcap2", 200), ("r.pcap3", 300)] {
            try folder.add(name, [UInt32(time)])
        }
        #expect(try folder.sets() == [["r.pcap2", "r.pcap3", "r.pcap0", "r.pcap1"]])
    }

    @Test(arguments: [
        // Other interfaces, other stems, other shapes, numbers against the times.
        ["eth0.pcap", "eth1.pcap"], ["a-1.pcap", "b-2.pcap"], ["a-1.pcap", "a_2.pcap"], ["a-1.pcap", "a-2.pcapng"],
        ["a/c-1.pcap", "b/c-2.pcap"], ["c-20260102-1.pcap", "c-20260101-2.pcap"], ["c-1.pcap", "c-2-3.pcap"],
        ["alpha.pcap", "beta.pcap"], ["r.pcap1", "r.pcap0"],
    ])
    func `what is no rotation stays apart`(names: [String]) throws {
        let folder = try Folder()
        for (index, name) in names.enumerated() { try folder.add(name, [UInt32(1000 + 10 * index)]) }
        #expect(try folder.sets() == names.map { [$0] })
    }

    @Test func `files that run at the same time stay apart`() throws {
        let folder = try Folder()
        try folder.add("host-1.pcap", [1000, 1100])
        try folder.add("host-2.pcap", [1050, 1150])
        try folder.add("copy-1.pcap", [2000])
        try folder.add("copy-2.pcap", [2000])
        #expect(
            try folder.sets() == [["host-1.pcap"], ["host-2.pcap"], ["copy-1.pcap"], ["copy-2.pcap"]])
    }

    @Test func `a rotation that paused for months is two sets`() throws {
        let folder = try Folder()
        for (index, day) in ([0, 30, 60, 93, 94] as [UInt32]).enumerated() {
            try folder.add("c-\(index).pcap", [day * 86_400])
        }
        #expect(try folder.sets() == [["c-0.pcap", "c-1.pcap", "c-2.pcap"], ["c-3.pcap", "c-4.pcap"]])
    }

    @Test func `a few packets out of order at the border do not part two files`() throws {
        let folder = try Folder()
        for (name, fractions) in [("c-1.pcap", [0, 900_050]), ("c-2.pcap", [900_000])] as [(String, [UInt32])] {
            var file = CaptureBytes.pcap(big: false)
            for fraction in fractions { file.record([1], fraction: fraction) }
            try folder.add(name, bytes: file.bytes)
        }
        #expect(try folder.sets() == [["c-1.pcap", "c-2.pcap"]])
    }

    @Test func `another link type is another set`() throws {
        let folder = try Folder()
        for index: UInt32 in 0..<4 { try folder.add("c-\(index).pcap", [1000 + index], link: index < 2 ? 1 : 113) }
        #expect(try folder.sets() == [["c-0.pcap", "c-1.pcap"], ["c-2.pcap", "c-3.pcap"]])
    }

    @Test func `a number before the counter tells two rotations apart`() throws {
        let folder = try Folder()
        for (name, time) in [("h-1_1", 1000), ("h-2_1", 1001), ("h-1_2", 1100), ("h-2_2", 1101)] {
            try folder.add("\(name).pcap", [UInt32(time)])
        }
        #expect(try folder.sets() == [["h-1_1.pcap", "h-1_2.pcap"], ["h-2_1.pcap", "h-2_2.pcap"]])
    }

    @Test func `packed files belong to their rotation`() throws {
        let folder = try Folder()
        // A stored gzip member: header, one stored block, check sum and length.
        var plain = CaptureBytes.pcap(big: false)
        plain.record([1, 2, 3], seconds: 900)
        let length = UInt16(plain.bytes.count)
        var packed = CaptureBytes()
        packed.bytes = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1]
        packed.u16(length)
        packed.u16(~length)
        packed.bytes += plain.bytes
        packed.u32(crc32(plain.bytes))
        packed.u32(UInt32(length))
        try folder.add("c-1.pcap.gz", bytes: packed.bytes)
        try folder.add("c-2.pcap", [1000])
        #expect(try folder.sets() == [["c-1.pcap.gz", "c-2.pcap"]])
    }

    @Test func `pcapng files of one rotation are joined`() throws {
        let folder = try Folder()
        for index: UInt32 in 1...3 {
            var file = CaptureBytes(big: index == 2)
            file.section()
            file.interface(link: 1)
            file.block(0xBAD) { $0.bytes += [UInt8](repeating: 0, count: 4000) }
            file.enhanced([1, 2, 3], low: index * 1_000_000)
            try folder.add("c_\(index).pcapng", bytes: file.bytes)
        }
        #expect(try folder.sets() == [["c_1.pcapng", "c_2.pcapng", "c_3.pcapng"]])
    }

    @Test func `what cannot be read or has no time stands alone at the end`() throws {
        let folder = try Folder()
        try folder.add("c-1.pcap", [2000])
        try folder.add("c-2.pcap", [3000])
        try folder.add("c-3.pcap", [])
        try folder.add("c-4.pcap", bytes: Array("no capture".utf8))
        try folder.add("c-5.pcap", bytes: [])
        var late = CaptureBytes()
        late.section()
        late.interface()
        late.block(0xBAD) { $0.bytes += [UInt8](repeating: 0, count: 2 << 20) }
        late.enhanced([1])
        try folder.add("c-6.pcap", bytes: late.bytes)
        let missing = folder.place.appendingPathComponent("c-7.pcap").path
        #expect(
            try folder.sets() == [["c-1.pcap", "c-2.pcap"], ["c-3.pcap"], ["c-4.pcap"], ["c-5.pcap"], ["c-6.pcap"]])
        let alone = CaptureSet.arrange(["-", missing, "/dev/zero"])
        #expect(alone.map(\.paths) == [["-"], ["/dev/zero"], [missing]])
        #expect(alone.allSatisfy { $0.parts.first?.firstTime == nil })
    }

    @Test func `files cut anywhere come to an end`() throws {
        let folder = try Folder()
        var file = CaptureBytes()
        file.section()
        file.interface()
        file.enhanced([1, 2, 3])
        for length in 0..<file.bytes.count {
            let path = try folder.add("cut-\(length)", bytes: Array(file.bytes[..<length]))
            #expect(CaptureSet.arrange([path]).first?.parts.first?.firstTime == nil)
        }
        let whole = try folder.add("whole", bytes: file.bytes)
        #expect(CaptureSet.arrange([whole]).first?.parts.first?.linkTypes == [1])
    }

    private func crc32(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { one, _ in one & 1 == 1 ? one >> 1 ^ 0xEDB8_8320 : one >> 1 }
        }
    }
}
