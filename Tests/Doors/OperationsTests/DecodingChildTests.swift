import Foundation
import Operations
import Support
import Testing

@Suite struct DecodingChildTests {
    private let limits = Configuration.Limits(memoryMebibytes: 512, cpuSeconds: 5)

    /// Everything that a shell command answers, as kinds and payloads.
    private func answer(_ command: String, limit: Int = 1 << 30) throws -> [(UInt8, [UInt8])] {
        var child = DecodingChild(executable: "/bin/sh", limits: limits)
        child.outputLimit = limit
        let running = try child.start(["-c", command])
        var frames: [(UInt8, [UInt8])] = []
        while let frame = try running.next() { frames.append((frame.kind, frame.payload)) }
        return frames
    }

    /// Three frames of days: 300 000, 0 and 2 bytes.
    private let frames = """
        printf '\\002\\340\\223\\004\\000\\000\\000\\000\\000'; head -c 300000 /dev/zero
        printf '\\002\\000\\000\\000\\000\\000\\000\\000\\000'
        printf '\\002\\002\\000\\000\\000\\000\\000\\000\\000ab'
        """

    @Test("a child's answer comes back whole, frame by frame")
    func output() throws {
        let found = try answer(frames)
        #expect(found.map(\.0) == [2, 2, 2])
        #expect(found.map(\.1.count) == [300_000, 0, 2])
        #expect(found.last?.1 == Array("ab".utf8))
    }

    @Test("a child that dies by a signal costs a reason, not the parent")
    func death() throws {
        for end in ["kill -SEGV $$", "exit 7", "\(frames); kill -SEGV $$", "printf '\\002\\377'; exit 7"] {
            #expect(throws: DecodingChild.Failure.self) { try answer(end) }
        }
        do {
            _ = try answer("kill -XCPU $$")
            Issue.record("a killed child is no answer")
        } catch let failure as DecodingChild.Failure {
            #expect(failure.reason == "processor time limit")
        }
    }

    @Test("what is no frame is refused: an unknown kind, a length beyond all bounds")
    func broken() {
        for head in ["\\011\\001\\000\\000\\000\\000\\000\\000\\000", "\\002\\000\\000\\000\\000\\000\\000\\000\\177"] {
            #expect(throws: DecodingChild.Failure.self) { try answer("printf '\(head)'; cat /dev/zero") }
        }
    }

    @Test("a child that floods the pipe is stopped")
    func flood() {
        #expect(throws: DecodingChild.Failure.self) {
            try answer("while :; do \(frames); done", limit: 1 << 20)
        }
    }

    @Test("a child that is no longer wanted ends, however much it would still say")
    func stopped() throws {
        let running = try DecodingChild(executable: "/bin/sh", limits: limits).start([
            "-c", "while :; do \(frames); done",
        ])
        #expect(try running.next() != nil)
        running.stop()
    }

    @Test("a program that is not there is a reason too")
    func missing() {
        let child = DecodingChild(executable: "/no/such/program", limits: limits)
        #expect(throws: DecodingChild.Failure.self) { try child.start([]) }
    }
}

@Suite struct DurableFileTests {
    @Test("a file is replaced whole and leaves no temporary beside it")
    func replaced() throws {
        let folder = try Places.scratch("durable")
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("result.json")
        try DurableFile.write(Array("one".utf8), to: file)
        try DurableFile.write(Array("two".utf8), to: file)
        #expect(try String(contentsOf: file, encoding: .utf8) == "two")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["result.json"])
    }

    @Test("a folder that is not there is an error, not a trap")
    func missingFolder() {
        #expect(throws: (any Error).self) { try DurableFile.write([1], to: URL(fileURLWithPath: "/no/such/folder/x")) }
    }
}

@Suite struct SafeFileNameTests {
    @Test("no identifier becomes a path")
    func safe() {
        #expect(safeFileName("S-0001") == "S-0001")
        #expect(safeFileName("../../etc/passwd") == "~2e~2e~2f~2e~2e~2fetc~2fpasswd")
        #expect(safeFileName("示") == "~e7~a4~ba")
        #expect(safeFileName("") == "~")
        #expect(!safeFileName(String(repeating: "/", count: 5000)).contains("/"))
    }
}
