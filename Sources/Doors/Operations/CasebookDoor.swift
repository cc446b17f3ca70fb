import Casebook
import Foundation
import Glibc
import Vocabulary

/// The casebook as a scan holds it: opened, locked and leased. One scan at a time works on a store.
final class CasebookDoor: Sendable {
    private let writer: CasebookWriter
    private let lease: ScanLease
    private let place: String
    /// Held open for its lock, which the system frees when this process ends, however it ends.
    private let lock: Int32

    private init(writer: CasebookWriter, lease: ScanLease, place: String, lock: Int32) {
        self.writer = writer
        self.lease = lease
        self.place = place
        self.lock = lock
    }

    static func openWriter(
        _ path: String, _ configuration: Configuration, now: Instant
    ) throws(OperationsError) -> CasebookDoor {
        let lock = try takeLock(path + ".lock")
        do {
            let writer = try CasebookWriter.open(
                path, province: configuration.province, demo: configuration.demo,
                keys: try AuditKeys.open(configuration.keys.path))
            let lease = try writer.acquireLease(
                owner: "scan of process \(getpid())", now: .sinceBoot(), ownerIsGone: true)
            return CasebookDoor(writer: writer, lease: lease, place: path, lock: lock)
        } catch {
            close(lock)
            throw OperationsError.storage(path, error)
        }
    }

    private static func takeLock(_ path: String) throws(OperationsError) -> Int32 {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw OperationsError(.missing, place: path, what: String(cString: strerror(errno)))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let owner = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            close(descriptor)
            throw OperationsError(
                .busy, place: path, what: "another scan works on this store (process \(owner))",
                remedy: "wait until it ends")
        }
        let name = Array("\(getpid())".utf8)
        ftruncate(descriptor, 0)
        _ = name.withUnsafeBytes { write(descriptor, $0.baseAddress, name.count) }
        return descriptor
    }

    func end() {
        try? writer.release(lease)
        try? writer.close()
        close(lock)
    }

    func store(_ register: RegisterFiles, now: Instant) throws(OperationsError) {
        _ = try told { () throws(CasebookError) in
            try writer.register(
                sites: register.sites, links: register.links, units: register.units,
                complete: register.problems.isEmpty,
                now: now)
        }
    }

    func inputs() throws(OperationsError) -> [String: InputRecord] {
        let records = try told { () throws(CasebookError) in
            let reader = try CasebookReader.open(place)
            let inputs = try reader.inputs()
            try reader.close()
            return inputs
        }
        return Dictionary(records.map { ("\($0.kind.rawValue) \($0.sha256)", $0) }, uniquingKeysWith: { $1 })
    }

    func facts() throws(OperationsError) -> RegisterFacts {
        try told { () throws(CasebookError) in
            let reader = try CasebookReader.open(place)
            let facts = try reader.registerFacts()
            try reader.close()
            return facts
        }
    }

    func record(_ input: InputRecord) throws(OperationsError) {
        _ = try told { () throws(CasebookError) in try writer.record(input) }
    }

    func stillHere(now: Instant) throws(OperationsError) {
        try told { () throws(CasebookError) in try writer.heartbeat(lease, now: .sinceBoot()) }
    }

    func publish(
        _ run: RunRecord, findings: [Finding], assessments: [SiteAssessment], curves: [String: LoadCurve], now: Instant
    ) throws(OperationsError) -> PublishSummary {
        try told { () throws(CasebookError) in
            try writer.publishRun(
                run, findings: findings, assessments: assessments, curves: curves, policy: CasePolicy(), lease: lease,
                now: now)
        }
    }

    /// How fresh the sources are that have a cadence; a source of which nothing newer came is not noted again.
    func note(_ sources: [StatusDoor.SourceState], now: Instant) throws(OperationsError) {
        let newest = try told { () throws(CasebookError) in try writer.newestEvents() }
        let records = sources.compactMap { source -> FigureRecord? in
            guard let cadence = source.cadenceSeconds, let event = source.newestEvent,
                newest[source.name].map({ $0 < event }) ?? true
            else { return nil }
            return .source(source.name, cadenceSeconds: cadence, newestEvent: event)
        }
        try told { () throws(CasebookError) in try writer.record(records, by: "scan", now: now) }
    }

    private func told<Value>(_ body: () throws(CasebookError) -> Value) throws(OperationsError) -> Value {
        do {
            return try body()
        } catch {
            throw OperationsError.storage(place, error)
        }
    }
}

extension RunRecord {
    static func empty(now: Instant, prior: Double) -> RunRecord {
        RunRecord(id: "", started: now, finished: now, counts: [:], resultSHA256: "", models: [], prior: prior)
    }
}
