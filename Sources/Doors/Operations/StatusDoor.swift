import Casebook
import Foundation
import Vocabulary

/// `countermine status`: what ran, what is late, what failed and why.
package struct StatusDoor: Sendable {
    package enum Health: String, Sendable, Comparable {
        case ok, late, failed

        package static func < (left: Health, right: Health) -> Bool {
            (left == .ok ? 0 : left == .late ? 1 : 2) < (right == .ok ? 0 : right == .late ? 1 : 2)
        }
    }

    package struct SourceState: Sendable {
        package var name: String
        package var kind: InputRecord.Kind
        package var files: Int
        package var failed: Int
        package var newestEvent: Instant?
        package var cadenceSeconds: Int?
        /// Seconds since the newest event; nil where nothing came yet.
        package var ageSeconds: Double?
        /// More than twice its cadence old, or expected and not there at all.
        package var isLate: Bool
    }

    package let log: ScanLog?
    package let lastResult: RunRecord?
    package let sources: [SourceState]
    package let failures: [InputRecord]
    package let overdueCases: Int
    package let openCases: Int
    package let storeBytes: Int

    package init(configuration: Configuration, now: Instant) throws(OperationsError) {
        log = ScanLog.read(configuration.store)
        var inputs: [InputRecord] = []
        var run: RunRecord?
        var counts = (open: 0, overdue: 0)
        let path = configuration.store.appendingPathComponent("casebook.sqlite").path
        if FileManager.default.fileExists(atPath: path) {
            do {
                let reader = try CasebookReader.open(path)
                inputs = try reader.inputs()
                run = try reader.lastRun()
                counts = try reader.openCases(on: now.date(offset: beijingOffset))
                try reader.close()
            } catch {
                throw OperationsError.storage(path, error)
            }
        }
        lastResult = run
        openCases = counts.open
        overdueCases = counts.overdue
        failures = inputs.filter { $0.state == .failed }
        sources = Self.states(configuration, inputs, now)
        storeBytes = Self.bytes(under: configuration.store)
    }

    /// The worst of everything.
    package var health: Health {
        if log == nil || log?.state == .failed || log?.isBroken == true || !failures.isEmpty { return .failed }
        return sources.contains(where: \.isLate) || overdueCases > 0 ? .late : .ok
    }

    static func states(
        _ configuration: Configuration, _ inputs: [InputRecord], _ now: Instant
    ) -> [SourceState] {
        configuration.sources.map { kind, source in
            let place = URL(fileURLWithPath: source.path, relativeTo: configuration.folder).standardizedFileURL
            let name = InputCollector.name(of: place, in: configuration.folder)
            let own = inputs.filter { $0.kind == kind && ($0.path == name || $0.path.hasPrefix(name + "/")) }
            let newest = own.compactMap(\.lastEvent).max()
            let age = newest.map { now.timeInterval(since: $0) }
            let isLate = source.cadenceSeconds.map { cadence in age.map { $0 > 2 * Double(cadence) } ?? true } ?? false
            return SourceState(
                name: source.name, kind: kind, files: own.count, failed: own.count { $0.state == .failed },
                newestEvent: newest, cadenceSeconds: source.cadenceSeconds, ageSeconds: age, isLate: isLate)
        }
    }

    private static func bytes(under folder: URL) -> Int {
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: [.fileSizeKey])
        var sum = 0
        while let file = files?.nextObject() as? URL {
            sum += (try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0
        }
        return sum
    }

    // MARK: Told

    /// One `status` record, one `source` record each, one `failure` record each.
    package func records() -> [String] {
        var head = Record(kind: "status")
        head.field("health", health.rawValue)
        head.field("state", log.map { $0.isBroken ? "broken-off" : $0.state.rawValue } ?? "never")
        head.field("started", log?.started.rfc3339(digits: 0))
        head.field("finished", log?.finished?.rfc3339(digits: 0))
        head.object("inputs") {
            $0.field("new", log?.newInputs)
            $0.field("known", log?.knownInputs)
            $0.field("failed", log?.failedInputs)
        }
        head.field("problems", log?.problemCount)
        head.field("result_sha256", lastResult?.resultSHA256)
        head.field("result_since", lastResult?.finished.rfc3339(digits: 0))
        head.object("cases") {
            $0.field("open", openCases)
            $0.field("overdue", overdueCases)
        }
        head.field("store_bytes", storeBytes)
        var lines = [head.line()]
        for source in sources {
            var record = Record(kind: "source")
            record.field("name", source.name)
            record.field("of", source.kind.rawValue)
            record.field("files", source.files)
            record.field("failed", source.failed)
            record.field("newest_event", source.newestEvent?.rfc3339(digits: 0))
            record.field("age_s", source.ageSeconds)
            record.field("cadence_s", source.cadenceSeconds)
            // Without a cadence nothing is late, and nothing in time.
            record.field("late", source.cadenceSeconds.map { _ in source.isLate ? "yes" : "no" })
            lines.append(record.line())
        }
        for (place, what, remedy) in failed {
            var record = Record(kind: "failure")
            record.field("place", place)
            record.field("what", what)
            record.field("remedy", remedy)
            lines.append(record.line())
        }
        return lines
    }

    /// Everything that went wrong at the last attempt, and files that never could be read; each said once.
    package var failed: [(place: String, what: String, remedy: String?)] {
        var told: Set<String> = []
        let problems = (log?.problems ?? []).map { ($0.place, $0.what, $0.remedy) }
        return (problems + failures.map { ($0.path, $0.error ?? "failed", nil) }).filter { told.insert($0.0).inserted }
    }

    package func lines(_ language: Language) -> [String] {
        func word(_ zh: String, _ en: String) -> String { language == .zh ? zh : en }
        let states: [ScanLog.State: String] = [
            .running: word("正在运行", "running"), .done: word("完成", "done"), .partial: word("部分完成", "partly done"),
            .failed: word("失败", "failed"),
        ]
        var lines: [String] = []
        if let log {
            let state =
                log.isBroken ? word("中断（进程已不在；下次运行会接着做）", "broken off; the next one goes on") : states[log.state]
            let when = (log.finished ?? log.started).beijing
            lines.append("\(word("上次扫描", "Last scan")): \(state ?? "") · \(when)")
            lines.append(
                word(
                    "输入：新 \(log.newInputs)，已知 \(log.knownInputs)，失败 \(log.failedInputs)",
                    "Inputs: \(log.newInputs) new, \(log.knownInputs) known, \(log.failedInputs) failed"))
        } else {
            lines.append(word("尚未扫描过", "No scan was tried yet"))
        }
        if let lastResult {
            lines.append("\(word("现行结果自", "Result that stands since")): \(lastResult.finished.beijing)")
        }
        lines.append(
            word("案件：在办 \(openCases)，超期 \(overdueCases)", "Cases: \(openCases) open, \(overdueCases) overdue"))
        lines.append("\(word("存储", "Store")): \((storeBytes + 1_048_575) / 1_048_576) MiB")
        return lines
    }

    /// Cells of a source: name, kind, files, failed, newest event, age, late.
    package func cells(_ source: SourceState, _ language: Language) -> [String] {
        func word(_ zh: String, _ en: String) -> String { language == .zh ? zh : en }
        let hours = source.ageSeconds.map { $0 / 3600 }
        return [
            source.name, source.kind.rawValue, "\(source.files)", "\(source.failed)",
            source.newestEvent?.beijing ?? "–", hours.map { shortNumber($0) } ?? "–",
            source.cadenceSeconds.map { shortNumber(Double($0) / 3600) } ?? "–",
            source.cadenceSeconds.map { _ in source.isLate ? word("迟到", "late") : word("正常", "in time") } ?? "–",
        ]
    }
}

extension Instant {
    /// To the minute, with its zone.
    var beijing: String {
        let second = secondOfDay(offset: beijingOffset)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(date(offset: beijingOffset)) \(two(second / 3600)):\(two(second / 60 % 60)) +08:00"
    }
}
