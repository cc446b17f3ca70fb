import ArgumentParser
import Glibc
import Operations
import Terminal

extension ColorChoice: ExpressibleByArgument {}
extension Language: ExpressibleByArgument {}
extension Identities: ExpressibleByArgument {}

struct CommonOptions: ParsableArguments {
    @Option(help: "Language of people's text: zh or en. Records never change with it.")
    var lang: Language = .fromEnvironment()

    @Option(help: "Colour: auto, always or never.")
    var color: ColorChoice = .auto

    @Flag(name: .shortAndLong, help: "No progress, no summary on standard error.")
    var quiet = false

    var output: Style { Style(color, descriptor: 1) }
    var progress: ProgressLine.Mode { ProgressLine.mode(quiet: quiet) }
}

/// How results are written.
struct FormatOptions: ParsableArguments {
    @Flag(help: "One JSON object a line.")
    var jsonl = false

    @Flag(help: "One JSON document.")
    var json = false

    @Flag(help: "A CSV table.")
    var csv = false

    func validate() throws {
        if [jsonl, json, csv].filter({ $0 }).count > 1 {
            throw ValidationError("choose one of --jsonl, --json and --csv")
        }
    }

    var format: OutputFormat { jsonl ? .jsonl : json ? .json : csv ? .csv : .table }
}

enum OutputFormat { case table, jsonl, json, csv }

/// Standard output in blocks, so that a line costs no system call. A closed pipe ends the program quietly.
struct Output: ~Copyable {
    private var buffer: [UInt8] = []

    mutating func line(_ text: String) {
        buffer.append(contentsOf: text.utf8)
        buffer.append(0x0A)
        if buffer.count >= 1 << 16 { flush() }
    }

    mutating func text(_ text: String) {
        buffer.append(contentsOf: text.utf8)
        if buffer.count >= 1 << 16 { flush() }
    }

    mutating func flush() {
        var offset = 0
        while offset < buffer.count {
            let written = buffer.withUnsafeBytes { write(1, $0.baseAddress.map { $0 + offset }, buffer.count - offset) }
            if written < 0 {
                if errno == EINTR { continue }
                exit(errno == EPIPE ? 0 : 3)
            }
            offset += written
        }
        buffer.removeAll(keepingCapacity: true)
    }
}

/// Writes finished record lines in the chosen machine form: lines, one document, or a table of their top-level fields.
struct RecordSink: ~Copyable {
    private let format: OutputFormat
    private var output = Output()
    private var count = 0

    init(_ format: OutputFormat) {
        self.format = format
        if format == .json { output.text("[") }
    }

    mutating func write(_ record: String) {
        switch format {
        case .jsonl: output.line(record)
        case .json:
            output.text(count == 0 ? "\n" : ",\n")
            output.text(record)
        case .csv, .table: break
        }
        count += 1
    }

    mutating func text(_ lines: [String]) {
        for line in lines { output.line(line) }
    }

    mutating func finish() {
        if format == .json { output.text(count == 0 ? "]\n" : "\n]\n") }
        output.flush()
    }
}
