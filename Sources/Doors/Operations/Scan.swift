import Archive
import Casebook
import Crypto
import Detectors
import Foundation
import Fusion
import Meters
import Vocabulary

/// The scheduled job: collect new inputs, analyse, fuse by site, update the casebook. Each step is idempotent by content:
/// a scan killed anywhere and run again ends in the state of one that was left alone.
package struct Scan: Sendable {
    package let configuration: Configuration
    package let executable: String
    package let home: URL
    /// The present: for what is stored as recorded, and for readings from the future. Never part of a result.
    package let now: Instant

    package init(configuration: Configuration, executable: String, home: URL, now: Instant) {
        self.configuration = configuration
        self.executable = executable
        self.home = home
        self.now = now
    }

    package struct Problem: Sendable {
        package var place: String
        package var what: String
        package var remedy: String?
    }

    package struct Outcome: Sendable {
        package var run: RunRecord
        package var newInputs = 0
        package var knownInputs = 0
        package var failedInputs = 0
        package var casesOpened = 0
        package var casesUpdated = 0
        package var problems: [Problem] = []
        /// Worth a word and no failure: a folder that is empty today.
        package var notes: [Problem] = []
        package var inputs: [InputRecord] = []
        package var assessments: [SiteAssessment] = []
        /// False when the store already held this very result.
        package var changed = false
    }

    enum Step: Sendable { case collecting, decoding, analysing, storing }

    /// - Parameter progress: called with files done and files in all, from one thread.
    package func run(progress: (Int, Int) -> Void = { _, _ in }) throws(OperationsError) -> Outcome {
        do {
            let outcome = try attempt(progress)
            try tell(outcome)
            return outcome
        } catch {
            // Another's scan writes its own log.
            if error.kind != .busy, FileManager.default.fileExists(atPath: configuration.store.path) {
                var log = ScanLog(started: now, process: getpid())
                log.fail(error, at: .present())
                log.write(configuration.store)
                try? tell(nil)
            }
            throw error
        }
    }

    private func tell(_ outcome: Outcome?) throws(OperationsError) {
        guard let notices = configuration.notices else { return }
        let status = try StatusDoor(configuration: configuration, now: .present())
        try NoticeSpool(settings: notices, store: configuration.store).send(
            status.notices(outcome, notices.language, now: .present()), now: .present())
    }

    private func attempt(_ progress: (Int, Int) -> Void) throws(OperationsError) -> Outcome {
        let models = try ModelSet.load(home: home)
        let register = try RegisterFiles.load(configuration, provinces: models.provinces)
        try makeStore()
        let archive = try open { () throws(ArchiveError) in try Archive.open(path("archive.sqlite")) }
        let casebook = try CasebookDoor.openWriter(
            path("casebook.sqlite"), configuration, now: now)
        defer { casebook.end() }
        var log = ScanLog(started: now, process: getpid())
        log.write(configuration.store)
        var outcome = Outcome(run: RunRecord.empty(now: now, prior: configuration.prior))
        outcome.problems = register.problems
        try casebook.store(register, now: now)

        var cache = DigestCache(store: configuration.store)
        let observations = try ObservationStore(store: configuration.store)
        let files = try collect(&cache, problems: &outcome.problems, notes: &outcome.notes)
        cache.save()
        let intake = Intake(scan: self, archive: archive, casebook: casebook, observations: observations)
        let records = try intake.takeIn(files, outcome: &outcome, progress: progress)
        outcome.inputs = records
        // Late and corrected readings have made features of their days stale.
        try open { () throws(ArchiveError) in _ = try archive.refresh(DayRecords.recipe) }

        let analysis = Analysis(
            configuration: configuration, models: models, archive: archive, observations: observations,
            register: register, records: records)
        try analysis.publish(into: casebook, now: now, outcome: &outcome)
        try casebook.note(StatusDoor.states(configuration, records, now), now: now)
        try AuditDoor(configuration: configuration).keepToday(now: now)
        log.end(outcome, at: .present())
        log.write(configuration.store)
        return outcome
    }

    func path(_ name: String) -> String { configuration.store.appendingPathComponent(name).path }

    private func makeStore() throws(OperationsError) {
        do {
            try FileManager.default.createDirectory(at: configuration.store, withIntermediateDirectories: true)
        } catch {
            throw OperationsError(
                .missing, place: configuration.store.path,
                what: "the store folder cannot be made: \(error.localizedDescription)",
                remedy: "check `store` in the configuration and the folder's permissions")
        }
    }

    private func open<Store>(_ body: () throws(ArchiveError) -> Store) throws(OperationsError) -> Store {
        do {
            return try body()
        } catch {
            throw OperationsError.storage(path("archive.sqlite"), error)
        }
    }

    private func collect(
        _ cache: inout DigestCache, problems: inout [Problem], notes: inout [Problem]
    ) throws(OperationsError) -> [PendingFile] {
        var found: [PendingFile] = []
        let groups: [(InputRecord.Kind, [Configuration.Source], [String])] = [
            (.meters, configuration.meters, InputCollector.meterEndings),
            (.feeders, configuration.feeders, InputCollector.meterEndings),
            (.capture, configuration.captures, InputCollector.captureEndings),
        ]
        var seen: Set<String> = []
        for (kind, sources, endings) in groups {
            // What was sent by the pages lies in the store, and is there once somebody sent something.
            let sent = kind == .feeders ? nil : UploadIntake.folder(configuration, capture: kind == .capture)
            let extra = sent.flatMap { FileManager.default.fileExists(atPath: $0.path) ? $0.path : nil }
            for source in sources
                + (extra.map { [Configuration.Source(path: $0, name: $0, timezoneOffset: beijingOffset)] } ?? [])
            {
                let place = URL(fileURLWithPath: source.path, relativeTo: configuration.folder).standardizedFileURL
                do {
                    let files = try InputCollector.files(under: place, endings: endings)
                    if files.isEmpty {
                        notes.append(
                            Problem(
                                place: place.path, what: "holds no input file",
                                remedy:
                                    "files end in .\(endings.prefix(3).joined(separator: ", .")) …; links are not followed"
                            ))
                    }
                    for file in files {
                        let name = InputCollector.name(of: file, in: configuration.folder)
                        let digest = try cache.digest(of: file)
                        // The same content under two names is one input: it counts once.
                        guard seen.insert("\(kind.rawValue) \(digest.sha256)").inserted else { continue }
                        found.append(
                            PendingFile(
                                kind: kind, source: source,
                                file: InputFile(url: file, name: name, sha256: digest.sha256, bytes: digest.bytes)))
                    }
                } catch {
                    problems.append(Problem(place: error.place, what: error.what, remedy: error.remedy))
                }
            }
        }
        return found
    }
}

/// A file that was found in a configured folder.
struct PendingFile: Sendable {
    var kind: InputRecord.Kind
    var source: Configuration.Source
    var file: InputFile
}
