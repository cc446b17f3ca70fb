import Capture
import Foundation
import Sessions
import Terminal
import Vocabulary

/// What `countermine pcap` was asked for.
package struct CaptureRequest: Sendable {
    package var paths: [String]
    package var filter: String?
    package var identities: Identities
    package var minimumTier: Tier?
    package var home: URL
    /// One, or more for reading beside following and the digest beside both.
    package var threads: Int
    /// Which files are identified by their SHA-256; the records of others have none.
    package var digests: Digests
    /// Where the packets of the reported sessions are written, as pcapng.
    package var evidence: String?
    /// Gives each account a name that is its own in this installation; nil leaves it out.
    package var pseudonyms: Pseudonyms?
    /// Whether SHA-256 is reckoned, which takes longer than the analysis of a large file.
    package enum Digests: Sendable {
        /// Of files up to `largest` bytes, and of every file when evidence is written.
        case automatic
        case all, none

        package static let largest = 256 << 20
    }

    /// False follows every flow from its first byte: the plain twin of the first look, for tests.
    package var looksFirst = true

    package init(
        paths: [String], filter: String?, identities: Identities, minimumTier: Tier?, home: URL, threads: Int = 1,
        digests: Digests = .automatic
    ) {
        self.threads = threads
        self.digests = digests
        self.paths = paths
        self.filter = filter
        self.identities = identities
        self.minimumTier = minimumTier
        self.home = home
    }
}

extension CaptureRequest {
    /// Whether the records of a file get its SHA-256.
    package func hashes(_ path: String) -> Bool {
        guard path != "-" else { return false }
        switch digests {
        case .all: return true
        case .none: return false
        case .automatic:
            if evidence != nil { return true }
            var status = stat()
            return stat(path, &status) != 0 || status.st_size <= Digests.largest
        }
    }
}

/// How a run over several inputs ended.
package struct RunOutcome: Sendable {
    package var done = 0
    package var bad = 0
    package var nothingDone: Bool { done == 0 && bad > 0 }
    package var partial: Bool { done > 0 && bad > 0 }
}

/// `countermine pcap`: captures one after another, each with its sessions, contacts and one `capture` record.
package enum CaptureAnalysis {
    package struct Output: Sendable {
        package enum Row: Sendable {
            case session(Tier)
            case contact(ContactObservation)
            case link
            case capture([String])
            case problem(String)
            /// Worth knowing, and nothing wrong.
            case remark(String)
            case evidence(String)
        }

        /// The record of the contract; nil for a problem that has none.
        package var record: String?
        package var row: Row
        /// What a session's row is about.
        package var session: SeenSession?
    }

    /// A session of a run; its evidence counts frames in `capture`.
    package struct SeenSession: Sendable {
        package var observation: SessionObservation
        package var capture: String
    }

    package static func run(
        _ request: CaptureRequest, progress: ProgressLine.Mode, emit: (Output) -> Void
    ) throws(OperationsError) -> RunOutcome {
        let models = try sessionModels(request.home)
        var filter: PacketFilter?
        if let expression = request.filter {
            do {
                filter = try PacketFilter(expression)
            } catch {
                throw OperationsError(.usage, place: "--filter", what: error.detail, remedy: "see pcap-filter(7)")
            }
        }
        var outcome = RunOutcome()
        var evidence = EvidenceFile(request.evidence)
        for path in request.paths {
            let files = try files(path, &outcome, emit)
            // Files of a folder that one capture wrote one after another are followed as one.
            let sets = files.count > 1 ? CaptureSet.arrange(files).map(\.paths) : files.map { [$0] }
            for set in sets {
                let run = self.set(set, request, models, filter, progress, &outcome, emit)
                evidence.add(run, filter: filter, minimumTier: request.minimumTier)
            }
        }
        do {
            if let written = try evidence.write() { emit(written) }
        } catch {
            // What was found is told all the same: only this part is missing.
            outcome.bad += 1
            emit(Output(record: nil, row: .problem("\(error)")))
        }
        return outcome
    }

    static func sessionModels(_ home: URL) throws(OperationsError) -> SessionModels {
        do {
            return try SessionModels.load(
                from: home.appendingPathComponent("Models").path, version: Installation.modelsVersion)
        } catch {
            throw OperationsError(
                .missing, place: home.path, what: error.description, remedy: "reinstall the Models folder")
        }
    }

    private static func files(
        _ path: String, _ outcome: inout RunOutcome, _ emit: (Output) -> Void
    ) throws(OperationsError) -> [String] {
        if path == "-" { return ["-"] }
        do {
            let found = try InputCollector.files(
                under: URL(fileURLWithPath: path), endings: InputCollector.captureEndings)
            let base = path.hasSuffix("/") ? String(path.dropLast()) : path
            let root = URL(fileURLWithPath: path).standardizedFileURL.path
            // Records name files as the caller named their folder.
            return found.map {
                $0.standardizedFileURL.path == root ? path : base + $0.standardizedFileURL.path.dropFirst(root.count)
            }
        } catch {
            outcome.bad += 1
            emit(Output(record: nil, row: .problem("\(error)")))
            return []
        }
    }

    private static func set(
        _ paths: [String], _ request: CaptureRequest, _ models: SessionModels, _ filter: PacketFilter?,
        _ mode: ProgressLine.Mode, _ outcome: inout RunOutcome, _ emit: (Output) -> Void
    ) -> CaptureRun {
        var run = CaptureRun(models: models, looksFirst: request.looksFirst)
        var seconds: [Double] = []
        var digests: [String?] = []
        for path in paths {
            let started = monotonicNanoseconds()
            let isHashed = request.hashes(path)
            if !isHashed, request.digests == .automatic, path != "-" {
                emit(Output(record: nil, row: .remark("\(path): not hashed, being large (--digest sha256)")))
            }
            let digest = FileDigest(path: isHashed ? path : nil, beside: request.threads > 1)
            var bar = ProgressLine(label: path, unit: "packets", total: nil, mode: mode)
            run.read(
                CaptureIdentity(path: path, sha256: nil, timeDigits: 6), filter: filter, threads: request.threads
            ) { bar.update($0) }
            bar.finish()
            digests.append(digest.value)
            seconds.append(Double(monotonicNanoseconds() - started) / 1e9)
        }
        run.finish()
        run.describe(digests: digests, seconds: seconds)
        report(run, request.identities, request.pseudonyms, request.minimumTier, &outcome, emit)
        return run
    }

    /// The records of one set: its sessions, its contacts, then one capture record for each file.
    static func report(
        _ run: borrowing CaptureRun, _ identities: Identities, _ pseudonyms: Pseudonyms?, _ minimumTier: Tier?,
        _ outcome: inout RunOutcome,
        _ emit: (Output) -> Void
    ) {
        for session in run.sessions where minimumTier.map({ session.tier >= $0 }) ?? true {
            var session = session
            session.serverName = session.serverName ?? run.name(of: session.server.ip)
            let record = NetworkRecords.session(
                session, capture: run.parts[run.home(of: session)].identity, identities: identities,
                pseudonyms: pseudonyms
            ) { frame in
                let part = run.parts[run.file(ofFrame: frame)]
                return (frame - part.frameBase, part.identity.path)
            }
            let home = run.parts[run.home(of: session)]
            var seen = SeenSession(observation: session, capture: home.identity.path)
            // Frames of other files of the set keep the numbers of those; the story is about this one.
            seen.observation.evidence = session.evidence.compactMap {
                let part = run.parts[run.file(ofFrame: $0.frame)]
                guard part.identity.path == home.identity.path else { return nil }
                return Evidence(frame: $0.frame - part.frameBase, event: $0.event)
            }
            emit(Output(record: record, row: .session(session.tier), session: seen))
        }
        if let first = run.parts.first, minimumTier.map({ $0 <= .e }) ?? true {
            for contact in run.contacts {
                let record = NetworkRecords.contact(contact, capture: first.identity)
                emit(Output(record: record, row: .contact(contact)))
            }
            for link in run.links {
                emit(Output(record: NetworkRecords.link(link, run.sessions, capture: first.identity), row: .link))
            }
        }
        for summary in run.parts {
            if summary.error != nil || summary.refused {
                outcome.bad += 1
                let text = "\(summary.identity.path): \(summary.error ?? "unreadable")"
                emit(Output(record: nil, row: .problem(text)))
            }
            if !summary.refused { outcome.done += 1 }
            emit(Output(record: NetworkRecords.capture(summary), row: .capture(row(summary))))
        }
    }

    private static func row(_ summary: CaptureSummary) -> [String] {
        let packets = summary.packets
        return [
            summary.identity.path, summary.format ?? "–", "\(packets.inFile)", "\(packets.decoded)",
            "\(packets.malformed)",
            "\(packets.truncated)", "\(packets.unsupported)", "\(summary.flows)", "\(summary.sessions)",
            ([summary.error].compactMap { $0 } + summary.flags.sorted()).joined(separator: " "),
        ]
    }
}

/// A rate with a prefix: `1.05 T`.
func rate(_ value: Double) -> String {
    var value = value
    for prefix in ["", "k", "M", "G", "T", "P"] {
        if abs(value) < 1000 { return shortNumber(value) + " " + prefix }
        value /= 1000
    }
    return shortNumber(value) + " E"
}

/// A probability for people: never 1 and never 0, because neither is known.
func shownProbability(_ value: Double) -> String {
    if value > 0.99 { return "> 0.99" }
    if value < 0.01 { return "< 0.01" }
    return shortNumber(value)
}

/// Three significant digits for people.
func shortNumber(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    let digits = abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 2
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let rounded = (value * scale).rounded() / scale
    return digits == 0 ? whole(rounded) : "\(rounded)"
}

func whole(_ value: Double) -> String { value.isFinite && abs(value) < 1e15 ? "\(Int(value.rounded()))" : "–" }
