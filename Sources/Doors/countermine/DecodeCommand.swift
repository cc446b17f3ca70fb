import ArgumentParser
import Operations
import Vocabulary

/// What `scan` runs for each untrusted file, under limits. Writes one binary answer to standard output.
struct DecodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode", abstract: "Decodes one file for scan.", shouldDisplay: false)

    @Argument var what: String
    @Argument var path: String
    @Option var memoryMib: Int
    @Option var cpuSeconds: Int
    @Option var sha256: String
    @Option var name: String
    @Option var now: String
    @Option var unit: String?
    @Option var interval: Int?
    @Option var encoding: String?
    @Option var timezoneSeconds: Int
    @Option var archiveSeconds: Int

    mutating func run() async throws {
        guard let now = Instant(rfc3339: now) else { throw ValidationError("--now is not a time") }
        let job = DecodeJob(
            path: path, name: name, sha256: sha256, unit: unit, intervalMinutes: interval, encoding: encoding,
            timezoneOffset: timezoneSeconds, archiveOffset: archiveSeconds, now: now, home: try Installation.home())
        DecodingChild.confineSelf(.init(memoryMebibytes: memoryMib, cpuSeconds: cpuSeconds))
        try job.run(what: what)
    }
}
