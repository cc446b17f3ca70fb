import Archive
import Casebook
import Foundation
import Meters
import Vocabulary

/// Takes new files in: decodes each in a child process, one ahead of the other, and stores them one after another in their
/// order.
struct Intake: Sendable {
    /// Bytes that a child may answer for each byte of its file, beyond a floor: a compressed file of constant days grows
    /// a hundredfold before the reader of compressed files gives up.
    static let outputPerByte = 512

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
        // The next child decodes while this one's answer is stored.
        var ahead = todo.first.map { start($0) }
        for (index, file) in todo.enumerated() {
            guard let child = ahead else { break }
            ahead = index + 1 < todo.count ? start(todo[index + 1]) : nil
            let record = try store(file, child)
            let wasKnown = known[Intake.key(file)] != nil
            if record.state == .failed { outcome.failedInputs += 1 } else if !wasKnown { outcome.newInputs += 1 }
            if let error = record.error {
                outcome.problems.append(Scan.Problem(place: record.path, what: error, remedy: nil))
            }
            records.append(record)
            try casebook.stillHere(now: scan.now)
            progress(index + 1, todo.count)
        }
        return records.sorted { ($0.kind.rawValue, $0.path, $0.sha256) < ($1.kind.rawValue, $1.path, $1.sha256) }
    }

    static func key(_ file: PendingFile) -> String { "\(file.kind.rawValue) \(file.file.sha256)" }

    private enum Child {
        case running(RunningChild)
        case failed(String)
    }

    private func start(_ file: PendingFile) -> Child {
        var child = DecodingChild(executable: scan.executable, limits: scan.configuration.limits)
        let (most, overflow) = file.file.bytes.multipliedReportingOverflow(by: Intake.outputPerByte)
        child.outputLimit = max(child.outputLimit, overflow ? .max : most)
        do { return .running(try child.start(arguments(file))) } catch { return .failed(error.reason) }
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
        words += [
            "--timezone-seconds=\(file.source.timezoneOffset)", "--archive-seconds=\(archive.offsetSeconds)",
        ]
        return words + ["--", file.file.url.path]
    }

    /// Readings first, then the record that says they are there: a kill between the two only repeats the first.
    private func store(_ file: PendingFile, _ child: Child) throws(OperationsError) -> InputRecord {
        var record = InputRecord(
            sha256: file.file.sha256, kind: file.kind, path: file.file.name, bytes: file.file.bytes, state: .done,
            recordedAt: scan.now)
        do {
            guard case .running(let running) = child else {
                if case .failed(let reason) = child { throw DecodingChild.Failure(reason: reason) }
                return record
            }
            defer { running.stop() }
            if file.kind == .capture {
                try take(capture: try answer(DecodedCapture.self, running), file, &record)
            } else {
                try MeterDelivery(archive: archive, now: scan.now).take(running, file, &record)
            }
        } catch let failure as DecodingChild.Failure {
            record.state = .failed
            record.error = "could not be decoded: \(failure.reason)"
        } catch let error as OperationsError {
            throw error
        } catch {
            throw OperationsError.storage(scan.path("archive.sqlite"), error)
        }
        try casebook.record(record)
        return record
    }

    private func answer<Answer: Decodable>(
        _ type: Answer.Type, _ child: RunningChild
    ) throws(DecodingChild.Failure) -> Answer {
        var answer: Answer?
        while let frame = try child.next() { answer = try frame.summary(type) }
        guard let answer else { throw DecodingChild.Failure(reason: "decoder sent nothing") }
        return answer
    }

    private func take(
        capture: DecodedCapture, _ file: PendingFile, _ record: inout InputRecord
    ) throws(OperationsError) {
        record.counts = capture.counts
        record.flags = capture.flags
        record.error = capture.error
        record.firstEvent = capture.first
        record.lastEvent = capture.last
        record.state = capture.refused ? .failed : capture.error == nil ? .done : .partial
        if !capture.refused { try observations.write(capture, sha256: file.file.sha256) }
    }
}
