import Foundation
import Operations
import Support
import Testing

@Suite struct DecodingChildTests {
    private let limits = Configuration.Limits(memoryMebibytes: 512, cpuSeconds: 5)

    @Test("a child's output comes back whole")
    func output() throws {
        let child = DecodingChild(executable: "/usr/bin/head", limits: limits)
        #expect(try child.run(["-c", "300000", "/dev/zero"]).count == 300_000)
    }

    @Test("a child that dies by a signal costs a reason, not the parent")
    func death() throws {
        let child = DecodingChild(executable: "/bin/sh", limits: limits)
        #expect(throws: DecodingChild.Failure.self) { try child.run(["-c", "kill -SEGV $$"]) }
        #expect(throws: DecodingChild.Failure.self) { try child.run(["-c", "exit 7"]) }
        do {
            _ = try child.run(["-c", "kill -XCPU $$"])
            Issue.record("a killed child is no answer")
        } catch {
            #expect(error.reason == "processor time limit")
        }
    }

    @Test("a child that floods the pipe is stopped")
    func flood() throws {
        var child = DecodingChild(executable: "/bin/cat", limits: limits)
        child.outputLimit = 1 << 20
        #expect(throws: DecodingChild.Failure.self) { try child.run(["/dev/zero"]) }
    }

    @Test("a program that is not there is a reason too")
    func missing() {
        let child = DecodingChild(executable: "/no/such/program", limits: limits)
        #expect(throws: DecodingChild.Failure.self) { try child.run([]) }
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
