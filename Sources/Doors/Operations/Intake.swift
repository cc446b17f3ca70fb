import Archive
import Casebook
import Dispatch
import Foundation
import Meters
import Synchronization
import Vocabulary

/// Takes new files in: decodes each in a child process, two at a time, and stores them one after another in their order.
struct Intake: Sendable {
    /// Children at once. Each may use the whole memory limit, so this is not simply the number of processors.
    static let childrenAtOnce = 2

    let scan: Scan
    let archive: Archive
    let casebook: CasebookDoor
    let observations: ObservationStore

    /// One record for each file found, known or new, in the order found.
    func takeIn(
        _ files: [PendingFile], outcome: inout Scan.Outcome, progress: (Int, Int) -> Void
    ) throws(OperationsError) -> [InputRecord] {
        let known = try casebook.inputs()
        var records: [InputRecord] = []
        var todo: [PendingFile] = []
        for file in files {
            if let record = known[Intake.key(file)], record.state != .failed {
                outcome.knownInputs += 1
                records.append(record)
            } else {
                todo.append(file)
            }
        }
        progress(0, todo.count)
        var start = 0
        while start < todo.count {
            let batch = Array(todo[start..<min(todo.count, start + Intake.childrenAtOnce)])
            for (file, decoded) in zip(batch, decode(batch)) {
                let record = try store(file, decoded)
                let wasKnown = known[Intake.key(file)] != nil
                if record.state == .failed { outcome.failedInputs += 1 } else if !wasKnown { outcome.newInputs += 1 }
                if let error = record.error {
                    outcome.problems.append(Scan.Problem(place: record.path, what: error, remedy: nil))
                }
                records.append(record)
                try casebook.stillHere(now: scan.now)
            }
            start += batch.count
            progress(start, todo.count)
        }
        return records.sorted { ($0.kind.rawValue, $0.path, $0.sha256) < ($1.kind.rawValue, $1.path, $1.sha256) }
    }

    static func key(_ file: PendingFile) -> String { "\(file.kind.rawValue) \(file.file.sha256)" }

    enum Decoded: Sendable {
        case meters(DecodedMeters)
        case capture(DecodedCapture)
        case failed(String)
    }

    private func decode(_ batch: [PendingFile]) -> [Decoded] {
        let results = Mutex([Decoded](repeating: .failed("not decoded"), count: batch.count))
        DispatchQueue.concurrentPerform(iterations: batch.count) { index in
            let decoded = decode(batch[index])
            results.withLock { $0[index] = decoded }
        }
        return results.withLock { $0 }
    }

    private func decode(_ file: PendingFile) -> Decoded {
        let child = DecodingChild(executable: scan.executable, limits: scan.configuration.limits)
        do {
            let bytes = try child.run(arguments(file))
            if file.kind == .capture {
                return .capture(try ChildFrame.decode(DecodedCapture.self, from: bytes).0)
            }
            let (summary, body) = try ChildFrame.decode(DecodedMeters.Summary.self, from: bytes)
            do {
                return .meters(DecodedMeters(summary: summary, series: try SeriesCodec.decode(Array(body))))
            } catch {
                return .failed("\(error)")
            }
        } catch {
            return .failed(error.reason)
        }
    }

    private func arguments(_ file: PendingFile) -> [String] {
        let limits = scan.configuration.limits
        var words = [
            "decode", file.kind == .capture ? "capture" : "meters", "--memory-mib", "\(limits.memoryMebibytes)",
            "--cpu-seconds", "\(limits.cpuSeconds)", "--sha256", file.file.sha256, "--name", file.file.name,
            "--now", scan.now.rfc3339(),
        ]
        if let unit = file.source.unit { words += ["--unit", unit] }
        if let interval = file.source.intervalMinutes { words += ["--interval", "\(interval)"] }
        if let encoding = file.source.encoding { words += ["--encoding", encoding] }
        words += ["--timezone-seconds=\(file.source.timezoneOffset)"]
        return words + ["--", file.file.url.path]
    }

    /// Readings first, then the record that says they are there: a kill between the two only repeats the first.
    private func store(_ file: PendingFile, _ decoded: Decoded) throws(OperationsError) -> InputRecord {
        var record = InputRecord(
            sha256: file.file.sha256, kind: file.kind, path: file.file.name, bytes: file.file.bytes, state: .done,
            recordedAt: scan.now)
        switch decoded {
        case .failed(let reason):
            record.state = .failed
            record.error = "could not be decoded: \(reason)"
        case .meters(let meters):
            let summary = meters.summary
            record.counts = summary.counts
            record.flags = summary.flags
            record.error = summary.error
            record.firstEvent = summary.first
            record.lastEvent = summary.last
            record.state =
                summary.refused
                ? .failed : summary.error != nil || summary.counts["rejected", default: 0] > 0 ? .partial : .done
            if !summary.refused {
                do {
                    try archive.store(
                        series: meters.series, kind: file.kind == .feeders ? .feeder : .meter, input: file.file.sha256,
                        now: scan.now)
                } catch {
                    throw OperationsError(.missing, place: scan.path("archive.sqlite"), what: "\(error)")
                }
            }
        case .capture(let capture):
            record.counts = capture.counts
            record.flags = capture.flags
            record.error = capture.error
            record.firstEvent = capture.first
            record.lastEvent = capture.last
            record.state = capture.refused ? .failed : capture.error == nil ? .done : .partial
            if !capture.refused { try observations.write(capture, sha256: file.file.sha256) }
        }
        try casebook.record(record)
        return record
    }
}
