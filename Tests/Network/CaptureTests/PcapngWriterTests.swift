import Capture
import Foundation
import Glibc
import Support
import Testing
import Vocabulary

/// One packet as it goes into the writer.
private struct Given {
    var bytes: [UInt8]
    var linkType: UInt32 = 1
    var time: Instant?
    var original: Int?
    var comment: String?
    var digits = 6
    var snap = 0

    func write(to writer: PcapngWriter) throws(CaptureWriteError) {
        try writer.write(
            bytes: bytes[...], linkType: linkType, time: time, originalLength: original ?? bytes.count,
            comment: comment, timeDigits: digits, snapLength: snap)
    }
}

private func written(_ packets: [Given], comments: [String] = []) throws -> [UInt8] {
    let place = try Places.scratch("writer")
    defer { try? FileManager.default.removeItem(at: place) }
    let file = place.appendingPathComponent("out.pcapng")
    let writer = try PcapngWriter(path: file.path, comments: comments)
    for packet in packets { try packet.write(to: writer) }
    try writer.finish()
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.path) == ["out.pcapng"])
    return try Array(Data(contentsOf: file))
}

/// Every option of the code in the blocks of the type, as bytes; `fixed` is the length of the block's own fields.
private func options(_ file: [UInt8], type: UInt32, fixed: Int, code: Int) -> [[UInt8]] {
    func number(_ at: Int, _ width: Int) -> Int { (0..<width).reversed().reduce(0) { $0 << 8 | Int(file[at + $1]) } }
    var found: [[UInt8]] = []
    var at = 0
    while at + 12 <= file.count {
        let length = number(at + 4, 4)
        if number(at, 4) == Int(type) {
            let captured = type == 6 ? (number(at + 20, 4) + 3) / 4 * 4 : 0
            var option = at + 8 + fixed + captured
            while option + 4 <= at + length - 4, number(option, 2) != 0 {
                let size = number(option + 2, 2)
                if number(option, 2) == code { found.append(Array(file[(option + 4)..<(option + 4 + size)])) }
                option += 4 + (size + 3) / 4 * 4
            }
        }
        at += length
    }
    return found
}

private func text(_ bytes: [UInt8]) -> String? { String(validating: bytes, as: UTF8.self) }

struct PcapngWriterTests {
    @Test func `what is written is read back`() throws {
        let packets = [
            Given(bytes: [1, 2, 3], time: Instant(seconds: 1_700_000_000, nanoseconds: 123_456_000)),
            Given(bytes: [], time: Instant(seconds: 0), original: 1500),
            Given(bytes: [4, 5, 6, 7], linkType: 113, time: Instant(seconds: 5, nanoseconds: 999_999_999), digits: 9),
            Given(
                bytes: Array(repeating: 9, count: 262_144), time: Instant(seconds: 4_294_967_296), original: 300_000,
                snap: 262_144),
            Given(bytes: [8], time: Instant(seconds: -2, nanoseconds: 3_000), comment: "before the epoch"),
            Given(bytes: [8], time: Instant(nanoseconds: -1), digits: 9),
        ]
        let outcome = try CaptureOutcome.read(try written(packets, comments: ["case 7", "cut from night.pcap"]))
        #expect(outcome.error == nil)
        #expect(outcome.format == .pcapng)
        #expect(outcome.payloads == packets.map(\.bytes))
        #expect(outcome.frames.map(\.time) == packets.map(\.time))
        #expect(outcome.frames.map(\.linkType) == packets.map(\.linkType))
        #expect(outcome.frames.map(\.originalLength) == packets.map { $0.original ?? $0.bytes.count })
        #expect(outcome.timeDigits == 9)
        #expect(outcome.linkTypes == [1, 113])
    }

    @Test func `the same packets give the same bytes`() throws {
        let packets = (0..<200).map {
            Given(bytes: Array(repeating: UInt8($0), count: $0), time: Instant(seconds: Int64($0)), comment: "\($0)")
        }
        #expect(try written(packets, comments: ["a"]) == (try written(packets, comments: ["a"])))
    }

    @Test func `microseconds are kept when no more is asked for`() throws {
        let packets = [Given(bytes: [1], time: Instant(seconds: 1, nanoseconds: 1_999))]
        let outcome = try CaptureOutcome.read(try written(packets))
        #expect(outcome.frames.first?.time == Instant(seconds: 1, nanoseconds: 1_000))
        #expect(outcome.timeDigits == 6)
    }

    @Test func `one interface stands for each link type, snap length and resolution`() throws {
        let time = Instant(seconds: 1)
        let packets = [
            Given(bytes: [1], time: time), Given(bytes: [1], time: time, digits: 3), Given(bytes: [1], time: time),
            Given(bytes: [1], time: time, digits: 9), Given(bytes: [1], time: time, snap: 96),
            Given(bytes: [1], linkType: 101, time: time), Given(bytes: [1], linkType: 101, time: time),
        ]
        let resolutions = options(try written(packets), type: 1, fixed: 8, code: 9)
        #expect(resolutions == [[6], [9], [6], [6]])
    }

    @Test func `a packet without a time takes that of the one before and says so`() throws {
        let file = try written([
            Given(bytes: [1], time: nil), Given(bytes: [2], time: Instant(seconds: 9)), Given(bytes: [3], comment: "x"),
        ])
        let outcome = try CaptureOutcome.read(file)
        #expect(outcome.frames.map(\.time) == [Instant(seconds: 0), Instant(seconds: 9), Instant(seconds: 9)])
        let comments = options(file, type: 6, fixed: 20, code: 1).map(text)
        #expect(comments == [PcapngWriter.timelessNote, "x", PcapngWriter.timelessNote])
    }

    @Test func `hostile comments stay text`() throws {
        let hostile = "a\u{0}b\u{1B}[2Jc\r\nd\u{202E}e\u{7F}f\u{85}g\u{2028}h\u{FFFF}i é 矿"
        let file = try written(
            [Given(bytes: [1], time: Instant(seconds: 1), comment: hostile)],
            comments: [hostile, "", String(repeating: "矿", count: 100_000)])
        let clean = "a\u{FFFD}b\u{FFFD}[2Jc  d\u{FFFD}e\u{FFFD}f\u{FFFD}g\u{FFFD}h\u{FFFD}i é 矿"
        let section = options(file, type: 0x0A0D_0D0A, fixed: 16, code: 1).map(text)
        #expect(section == [clean, "", String(repeating: "矿", count: PcapngWriter.Limits.commentBytes / 3)])
        #expect(options(file, type: 6, fixed: 20, code: 1).map(text) == [clean])
        #expect(options(file, type: 0x0A0D_0D0A, fixed: 16, code: 4).map(text) == ["Countermine"])
    }

    @Test func `too many comments are counted, not written`() throws {
        let file = try written([], comments: (0..<1_000).map { "\($0)" })
        let section = options(file, type: 0x0A0D_0D0A, fixed: 16, code: 1).map(text)
        #expect(section.count == PcapngWriter.Limits.comments)
        #expect(section.last == "745 more comments left out")
        #expect(section.dropLast().last == "254")
    }

    @Test func `a packet the format cannot hold is refused and the rest goes on`() throws {
        let place = try Places.scratch("writer")
        defer { try? FileManager.default.removeItem(at: place) }
        let path = place.appendingPathComponent("out.pcapng").path
        let writer = try PcapngWriter(path: path, comments: [])
        for bad in [Given(bytes: [1], linkType: 65_536), Given(bytes: Array(repeating: 0, count: 262_145))] {
            let error = #expect(throws: CaptureWriteError.self) { try bad.write(to: writer) }
            #expect(error?.kind == .packet)
        }
        try Given(bytes: [1], time: Instant(seconds: 1)).write(to: writer)
        try writer.finish()
        #expect(writer.packets == 1)
        #expect(try CaptureOutcome.read(Array(Data(contentsOf: URL(fileURLWithPath: path)))).payloads == [[1]])
        let late = #expect(throws: CaptureWriteError.self) { try writer.finish() }
        #expect(late?.kind == .ended)
    }

    @Test func `a file appears whole or not at all`() throws {
        let place = try Places.scratch("writer")
        defer { try? FileManager.default.removeItem(at: place) }
        let path = place.appendingPathComponent("out.pcapng").path
        try Data("old".utf8).write(to: URL(fileURLWithPath: path))
        do {
            let writer = try PcapngWriter(path: path, comments: ["never finished"])
            try Given(bytes: [1], time: Instant(seconds: 1)).write(to: writer)
            #expect(try FileManager.default.contentsOfDirectory(atPath: place.path).count == 2)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path) == ["out.pcapng"])
        #expect(FileManager.default.contents(atPath: path) == Data("old".utf8))
        let writer = try PcapngWriter(path: path, comments: [])
        try writer.finish()
        #expect(FileManager.default.contents(atPath: path)?.first == 0x0A)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    // In a process of its own: the limit stands for a full disk.
    @Test func `a disk that takes no more leaves nothing behind`() async {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 1 << 20, rlim_max: 1 << 20)
            try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            let place = try Places.scratch("writer")
            defer { try? FileManager.default.removeItem(at: place) }
            let path = place.appendingPathComponent("out.pcapng").path
            let packet = [UInt8](repeating: 1, count: 200_000)
            var failures: [CaptureWriteError] = []
            do {
                let writer = try PcapngWriter(path: path, comments: [])
                for _ in 0..<20 {
                    do throws(CaptureWriteError) {
                        try writer.write(
                            bytes: packet[...], linkType: 1, time: Instant(seconds: 1), originalLength: packet.count)
                    } catch {
                        failures.append(error)
                    }
                }
                let last = #expect(throws: CaptureWriteError.self) { try writer.finish() }
                #expect(last == failures.first)
            }
            // The first refusal stands for all that follow.
            #expect(failures.count > 10 && Set(failures).count == 1)
            #expect(failures.first?.kind == .unwritable)
            #expect(failures.first?.path == path)
            #expect(try FileManager.default.contentsOfDirectory(atPath: place.path).isEmpty)
        }
    }

    @Test func `two writers work in one folder`() throws {
        let place = try Places.scratch("writer")
        defer { try? FileManager.default.removeItem(at: place) }
        let paths = ["a", "b"].map { place.appendingPathComponent($0).path }
        let writers = try paths.map { try PcapngWriter(path: $0, comments: [$0]) }
        for writer in writers { try writer.finish() }
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path).sorted() == ["a", "b"])
    }

    @Test func `a place that cannot be written to is named with a remedy`() throws {
        let place = try Places.scratch("writer")
        defer { try? FileManager.default.removeItem(at: place) }
        let missing = place.appendingPathComponent("no/such/out.pcapng").path
        for path in [missing, place.path, place.path + "/", "/dev/null", "", ".."] {
            let error = #expect(throws: CaptureWriteError.self) { try PcapngWriter(path: path, comments: []) }
            #expect(error?.kind == .place, "\(path)")
            #expect(error?.path == path)
            #expect(error?.remedy.isEmpty == false)
        }
        let error = #expect(throws: CaptureWriteError.self) { try PcapngWriter(path: missing, comments: []) }
        #expect(error?.description.hasSuffix("No such file or directory; make the folder first") == true)
    }
}
