import Terminal
import Testing

@Suite struct TerminalTests {
    @Test("Chinese characters take two columns, combining marks none")
    func widths() {
        #expect(displayWidth("疑似") == 4)
        #expect(displayWidth("e\u{301}") == 1)
        #expect(displayWidth("kW") == 2)
        #expect(displayWidth("\u{1B}[1m") == 3)
    }

    @Test("columns stay in line when Chinese and Latin mix")
    func alignment() {
        var table = TextTable([.init("场所"), .init("kW", .right)])
        table.add(["示例冷库", "5"])
        table.add(["a", "1234"])
        let lines = table.lines(style: Style(.never, descriptor: 1))
        #expect(Set(lines.map(displayWidth)) == [displayWidth("示例冷库") + 2 + 4])
        #expect(lines[2] == "a" + String(repeating: " ", count: 9) + "1234")
    }

    @Test("a worker's name cannot move the cursor or turn the text round")
    func hostileText() {
        #expect(printable("\u{1B}[2Jrig\r\n") == "\\u{1b}[2Jrig\\u{d}\\u{a}")
        #expect(printable("a\u{202E}b") == "a\\u{202e}b")
    }

    @Test("a long cell is shortened between characters")
    func shortening() {
        #expect(shortened("示例示例示例", to: 7) == "示例示…")
        #expect(shortened("short", to: 7) == "short")
    }

    @Test("colour obeys the option, then the environment")
    func colour() {
        #expect(Style(.always, descriptor: 1, environment: { _ in "1" }).enabled)
        #expect(!Style(.auto, descriptor: 1, environment: { $0 == "NO_COLOR" ? "1" : nil }).enabled)
        #expect(Style(.auto, descriptor: -1, environment: { $0 == "FORCE_COLOR" ? "1" : nil }).enabled)
        #expect(!Style(.auto, descriptor: -1, environment: { _ in nil }).enabled)
    }

    @Test("progress redraws at most ten times a second and names the time that is left")
    func progress() {
        nonisolated(unsafe) var now: UInt64 = 0
        nonisolated(unsafe) var written: [String] = []
        var progress = ProgressLine(
            label: "frames", unit: "packets", total: 1000, mode: .terminal, write: { written.append($0) },
            clock: { now })
        now = 50_000_000
        progress.update(10)
        #expect(written.isEmpty)
        now = 1_000_000_000
        progress.update(100)
        #expect(written == ["\r\u{1B}[Kframes 100/1000 packets, 100/s, 0:09"])
        progress.finish()
        #expect(written.last == "\r\u{1B}[K")
    }
}
