import Capture
import Foundation
import Glibc
import Vocabulary

/// What becomes of a file that somebody sent: a child process decodes it under limits, and when it is of use it is put
/// where the next scan finds it. Nothing of its content is believed before that scan reads it again.
package struct UploadIntake: Sendable {
    package struct Outcome: Sendable {
        package var isCapture: Bool
        package var sha256: String
        package var counts: [(name: String, count: Int)] = []
        package var flags: [String] = []
        package var error: String?
        package var refused = false
        package var first: Instant?
        package var last: Instant?
        package var kept: String?
        package var known = false
    }

    private let configuration: Configuration
    private let executable: String

    package init(configuration: Configuration) {
        self.configuration = configuration
        executable = Installation.executable()
    }

    /// Folders of the store in which sent files wait for the scan; it looks into them beside the configured sources.
    static func folder(_ configuration: Configuration, capture: Bool) -> URL {
        configuration.store.appendingPathComponent("uploads/" + (capture ? "captures" : "meters"))
    }

    /// - Parameter progress: Told the share of the file that the child has read, 0 to 1, from another thread.
    package func take(
        _ path: String, now: Instant, progress: @escaping @Sendable (Double) -> Void
    ) -> Outcome {
        let isCapture = CapturePeek(path: path) != nil
        var outcome = Outcome(isCapture: isCapture, sha256: "")
        do {
            let (digest, bytes) = try InputCollector.digest(of: URL(fileURLWithPath: path))
            outcome.sha256 = digest
            let target = UploadIntake.folder(configuration, capture: isCapture).appendingPathComponent(
                digest + UploadIntake.ending(path, isCapture))
            if FileManager.default.fileExists(atPath: target.path) {
                outcome.known = true
                return outcome
            }
            try decode(path, bytes, now, progress, &outcome)
            guard !outcome.refused else { return outcome }
            try keep(path, target)
            outcome.kept = InputCollector.name(of: target, in: configuration.folder)
        } catch let failure as DecodingChild.Failure {
            outcome.error = "could not be decoded: \(failure.reason)"
            outcome.refused = true
        } catch {
            outcome.error = "\(error)"
            outcome.refused = true
        }
        return outcome
    }

    /// By content: what it was called is not asked.
    private static func ending(_ path: String, _ isCapture: Bool) -> String {
        var packed = ""
        if let file = FileHandle(forReadingAtPath: path) {
            let head = Array((try? file.read(upToCount: 4)) ?? Data())
            try? file.close()
            if head.starts(with: [0x1F, 0x8B]) { packed = ".gz" }
            if head.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { packed = ".zst" }
        }
        return (isCapture ? ".pcap" : ".csv") + packed
    }

    private func decode(
        _ path: String, _ bytes: Int, _ now: Instant, _ progress: @escaping @Sendable (Double) -> Void,
        _ outcome: inout Outcome
    ) throws {
        let limits = configuration.limits
        let zone = beijingOffset
        let child = try DecodingChild(executable: executable, limits: limits).start([
            "decode", outcome.isCapture ? "capture" : "meters", "--memory-mib", "\(limits.memoryMebibytes)",
            "--cpu-seconds", "\(limits.cpuSeconds)", "--sha256", outcome.sha256, "--name", "upload",
            "--now", now.rfc3339(), "--timezone-seconds=\(zone)", "--archive-seconds=\(zone)", "--", path,
        ])
        defer { child.stop() }
        let watch = ReadWatch(child.identifier, of: bytes, tell: progress)
        defer { watch.end() }
        if outcome.isCapture {
            var found: DecodedCapture?
            while let frame = try child.next() { found = try frame.summary(DecodedCapture.self) }
            guard let found else { throw DecodingChild.Failure(reason: "decoder sent nothing") }
            outcome.counts = [
                "in_file", "decoded", "malformed", "truncated", "unsupported", "over_limit", "flows", "sessions",
            ].map { ($0, found.counts[$0] ?? 0) }
            outcome.counts.append(("contacts", found.contacts.count))
            (outcome.flags, outcome.error, outcome.refused) = (found.flags, found.error, found.refused)
            (outcome.first, outcome.last) = (found.first, found.last)
        } else {
            var found: DecodedMeters?
            // Days and series are only counted here: the scan reads them from the kept file.
            while let frame = try child.next() {
                if frame.kind == AnswerFrame.Kind.summary.rawValue { found = try frame.summary(DecodedMeters.self) }
            }
            guard let found else { throw DecodingChild.Failure(reason: "decoder sent nothing") }
            outcome.counts = ["data", "loaded", "duplicate", "rejected", "readings", "missing"].map {
                ($0, found.counts[$0] ?? 0)
            }
            (outcome.flags, outcome.error, outcome.refused) = (found.flags, found.error, found.refused)
            (outcome.first, outcome.last) = (found.first, found.last)
            if found.counts["readings"] ?? 0 == 0 {
                outcome.refused = true
                outcome.error = outcome.error ?? "neither a capture nor a meter file with readings"
            }
        }
    }

    private func keep(_ path: String, _ target: URL) throws {
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw DecodingChild.Failure(reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0, rename(path, target.path) == 0 else {
            throw DecodingChild.Failure(reason: String(cString: strerror(errno)))
        }
    }
}

/// How much of its file a child has read, by what the system says of it.
private final class ReadWatch {
    private let timer: any DispatchSourceTimer

    init(_ process: pid_t, of bytes: Int, tell: @escaping @Sendable (Double) -> Void) {
        let source = DispatchSource.makeTimerSource(queue: .global())
        source.schedule(deadline: .now() + 0.3, repeating: 0.3)
        source.setEventHandler {
            guard let text = try? String(contentsOfFile: "/proc/\(process)/io", encoding: .utf8),
                let line = text.split(separator: "\n").first(where: { $0.hasPrefix("rchar: ") }),
                let read = Double(line.dropFirst(7)), bytes > 0
            else { return }
            // The program's own models are read too; the end is told by the end.
            tell(min(0.99, read / Double(bytes)))
        }
        source.resume()
        timer = source
    }

    func end() { timer.cancel() }
}
