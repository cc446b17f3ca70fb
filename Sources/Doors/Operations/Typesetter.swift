import Foundation

/// The PDF engine beside the program: one helper process, one line a report.
struct Typesetter {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let problems = Pipe()

    /// Starts the helper. Throws what is missing, with its remedy, when there is no engine.
    init(home: URL) throws(OperationsError) {
        let engine = home.appendingPathComponent(".components")
        let script = home.appendingPathComponent("Scripts/typeset.py")
        guard FileManager.default.fileExists(atPath: engine.appendingPathComponent("typst").path) else {
            throw OperationsError(
                .missing, place: engine.path, what: "the PDF engine is not installed",
                remedy:
                    "run `make components` in the program's folder, or write --format html")
        }
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", script.path, engine.path]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = problems
        do {
            try process.run()
        } catch {
            throw OperationsError(
                .missing, place: script.path, what: "\(error)", remedy: "install python3, or write --format html")
        }
    }

    private struct Job: Encodable {
        var template: String
        var data: String
        var output: String
    }

    private struct Answer: Decodable {
        var ok: Bool
        var error: String?
    }

    /// Makes one PDF. Throws what the engine said.
    func make(template: String, data: String, to place: String) throws(OperationsError) {
        let told: String
        do {
            let line = try JSONEncoder().encode(Job(template: template, data: data, output: place))
            try input.fileHandleForWriting.write(contentsOf: line + [0x0A])
            told = try answerLine()
        } catch {
            throw OperationsError(
                .missing, place: place, what: "the PDF engine stopped: \(error)", remedy: "write --format html")
        }
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(told.utf8)) else {
            let why = String(decoding: problems.fileHandleForReading.availableData, as: UTF8.self)
            throw OperationsError(
                .missing, place: place, what: why.isEmpty ? "the PDF engine gave no answer" : why,
                remedy: "run `make components`, or write --format html")
        }
        guard answer.ok else {
            throw OperationsError(.missing, place: place, what: answer.error ?? "", remedy: "write --format html")
        }
    }

    /// Up to the end of a line, or of the helper.
    private func answerLine() throws -> String {
        var bytes = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), let one = byte.first, one != 0x0A {
            bytes.append(one)
            if bytes.count > 65_536 { break }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    func close() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}
