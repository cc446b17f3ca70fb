import Foundation
import Vocabulary

/// The last attempt at a scan, whatever became of it: `last-scan.json` in the store. A result that changed nothing leaves no
/// trace in the casebook, and a scan that failed none at all; whoever answers for the job must see both.
package struct ScanLog: Codable, Sendable {
    package enum State: String, Codable, Sendable { case running, done, partial, failed }

    package struct Problem: Codable, Sendable {
        package var place: String
        package var what: String
        package var remedy: String?
    }

    /// Problems that are kept; more are counted.
    static let mostProblems = 200

    package var state: State
    package var process: Int32
    package var started: Instant
    package var finished: Instant?
    package var newInputs = 0
    package var knownInputs = 0
    package var failedInputs = 0
    package var opened = 0
    package var updated = 0
    package var problems: [Problem] = []
    package var problemCount = 0

    init(started: Instant, process: Int32) {
        state = .running
        self.started = started
        self.process = process
    }

    mutating func end(_ outcome: Scan.Outcome, at now: Instant) {
        finished = now
        newInputs = outcome.newInputs
        knownInputs = outcome.knownInputs
        failedInputs = outcome.failedInputs
        opened = outcome.casesOpened
        updated = outcome.casesUpdated
        problemCount = outcome.problems.count
        problems = outcome.problems.prefix(Self.mostProblems).map {
            Problem(place: $0.place, what: $0.what, remedy: $0.remedy)
        }
        state = outcome.failedInputs > 0 || !outcome.problems.isEmpty ? .partial : .done
    }

    mutating func fail(_ error: OperationsError, at now: Instant) {
        finished = now
        state = .failed
        problemCount = 1
        problems = [Problem(place: error.place, what: error.what, remedy: error.remedy)]
    }

    private static func place(_ store: URL) -> URL { store.appendingPathComponent("last-scan.json") }

    /// Nil when no scan was tried yet, or when what is there was not written by one.
    static func read(_ store: URL) -> ScanLog? {
        guard let data = try? Data(contentsOf: place(store)) else { return nil }
        return try? JSONDecoder().decode(ScanLog.self, from: data)
    }

    /// A log that cannot be written does not end a scan.
    func write(_ store: URL) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        guard let data = try? encoder.encode(self) else { return }
        try? DurableFile.write(Array(data), to: Self.place(store))
    }

    /// Whether the process that was at it is gone: killed, or its machine was restarted.
    var isBroken: Bool { state == .running && kill(process, 0) != 0 && errno == ESRCH }
}
