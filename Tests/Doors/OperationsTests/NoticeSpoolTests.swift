import Foundation
import Operations
import Support
import Testing
import Vocabulary

@Suite struct NoticeSpoolTests {
    private static let now = Instant(nanoseconds: 1_790_000_000_000_000_000)

    private func spool(_ work: (NoticeSpool, URL) throws -> Void) throws {
        let folder = try Places.scratch("notices")
        defer { try? FileManager.default.removeItem(at: folder) }
        let box = folder.appendingPathComponent("outbox")
        var settings = NoticeSettings(spool: box, from: "scan@bureau.local", to: ["duty@bureau.local"])
        settings.about = [.late, .failed]
        try work(NoticeSpool(settings: settings, store: folder), box)
    }

    private func late(_ name: String) -> Notice {
        Notice(kind: .late, key: "late \(name)", subject: "迟到：\(name)", body: "最新数据: –")
    }

    @Test("a thing is told once as long as it lasts, and again when it comes back")
    func once() throws {
        try spool { spool, box in
            try #expect(spool.send([late("a")], now: Self.now).count == 1)
            try #expect(spool.send([late("a"), late("b\nc")], now: Self.now.adding(seconds: 1)).count == 1)
            try #expect(spool.send([late("a"), late("b\nc")], now: Self.now.adding(seconds: 2)).isEmpty)
            try #expect(spool.send([], now: Self.now.adding(seconds: 3)).isEmpty)
            try #expect(spool.send([late("a")], now: Self.now.adding(seconds: 4)).count == 1)
            try #expect(FileManager.default.contentsOfDirectory(atPath: box.path).count == 3)
        }
    }

    @Test("what was not asked for is not told")
    func asked() throws {
        try spool { spool, _ in
            let other = Notice(kind: .overdue, key: "o", subject: "s", body: "b")
            try #expect(spool.send([other], now: Self.now).isEmpty)
        }
    }

    @Test("a name cannot add a line to a mail's head, and a long subject is folded at whole characters")
    func head() throws {
        try spool { spool, box in
            let hostile = "x\r\nBcc: everybody@elsewhere\r\n\r\n" + String(repeating: "冷库𠮷", count: 60)
            let name = try #require(try spool.send([late(hostile)], now: Self.now).first)
            let text = try String(contentsOf: box.appendingPathComponent(name), encoding: .utf8)
            #expect(!text.contains("Bcc"))
            let parts = text.components(separatedBy: "\r\n\r\n")
            #expect(parts.count == 2)
            let lines = (parts.first ?? "").components(separatedBy: "\r\n")
            #expect(lines.allSatisfy { $0.utf8.count <= 85 && $0.utf8.allSatisfy { (0x20...0x7e).contains($0) } })
            let words = lines.filter { $0.contains("=?utf-8?B?") }.compactMap {
                $0.components(separatedBy: "?B?").last?.dropLast(2)
            }
            let subject = words.compactMap {
                Data(base64Encoded: String($0)).map { String(decoding: $0, as: UTF8.self) }
            }
            #expect(subject.joined() == "迟到：" + hostile)
        }
    }

    @Test("a spool that cannot be written is named")
    func unwritable() throws {
        try spool { spool, box in
            try Data().write(to: box)
            let notice = late("a")
            let error = #expect(throws: OperationsError.self) { try spool.send([notice], now: Self.now) }
            #expect(error?.place == box.path)
            #expect(error?.remedy?.contains("notices") == true)
        }
    }
}
