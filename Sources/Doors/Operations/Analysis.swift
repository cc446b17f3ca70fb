import Archive
import Casebook
import Crypto
import Detectors
import Dispatch
import Foundation
import Fusion
import Meters
import Synchronization
import Vocabulary

/// From what is stored to what is believed: findings of every meter, feeder and session, weighed by site. A function of the
/// stored inputs, the register, the models and the prior; the clock has no say.
struct Analysis: Sendable {
    let configuration: Configuration
    let models: ModelSet
    let archive: Archive
    let observations: ObservationStore
    let register: RegisterFiles
    let records: [InputRecord]

    private struct Result {
        var findings: [Finding] = []
        var assessments: [SiteAssessment] = []
        var curves: [String: LoadCurve] = [:]
        var meters = 0
        var readings = 0
    }

    func publish(into casebook: CasebookDoor, now: Instant, outcome: inout Scan.Outcome) throws(OperationsError) {
        let result = try assess(facts: casebook.facts(), today: now.date(offset: beijingOffset))
        let sha256 = try digest(result)
        let counts = self.counts(result)
        let run = RunRecord(
            id: "run-" + sha256.prefix(16), started: now, finished: .present(), counts: counts, resultSHA256: sha256,
            models: models.names, prior: configuration.prior)
        let summary = try casebook.publish(
            run, findings: result.findings, assessments: result.assessments, curves: result.curves, now: now)
        outcome.run = run
        outcome.changed = summary.changed
        outcome.casesOpened = summary.opened
        outcome.casesUpdated = summary.updated
        outcome.assessments = result.assessments
    }

    private func assess(facts: RegisterFacts, today: CalendarDate) throws(OperationsError) -> Result {
        var result = Result()
        let network = networkFindings()
        let judged = try judge(try stored { () throws(ArchiveError) in try archive.meters(.meter) })
        result.meters = judged.count
        result.readings = judged.reduce(0) { $0 + $1.readings }
        let feeders = try judgeFeeders()
        result.findings = (network + judged.map(\.finding) + feeders).sorted { $0.id < $1.id }
        result.curves = try curves()
        let coverage = coverage(Dictionary(judged.map { ($0.meter, $0.coverage) }, uniquingKeysWith: { $1 }))
        result.assessments = Fuser(models.fusion).assess(
            sites: register.sites, links: register.links, findings: result.findings, coverage: coverage,
            facts: FactsOfSites.facts(facts, links: register.links, curves: result.curves, today: today),
            prior: configuration.prior)
        return result
    }

    private func stored<Value>(_ body: () throws(ArchiveError) -> Value) throws(OperationsError) -> Value {
        do {
            return try body()
        } catch {
            throw OperationsError.storage(configuration.store.path, error)
        }
    }

    private func networkFindings() -> [Finding] {
        records.filter { $0.kind == .capture && $0.state != .failed }.flatMap {
            observations.read($0.sha256)?.findings ?? []
        }
    }

    private struct Judged: Sendable {
        var meter: String
        var finding: Finding
        var readings: Int
        var coverage: Double
    }

    /// One finding a meter that has readings, in the order of the meters, on as many threads as there are processors. A
    /// meter's readings are in memory only while it is judged.
    private func judge(_ meters: [String]) throws(OperationsError) -> [Judged] {
        let judge = LoadJudge(model: models.load, prior: configuration.prior)
        let categories = self.categories()
        let offset = configuration.meters.first?.timezoneOffset ?? beijingOffset
        let results = Mutex([Swift.Result<Judged?, ArchiveError>](repeating: .success(nil), count: meters.count))
        DispatchQueue.concurrentPerform(iterations: meters.count) { index in
            let result = Swift.Result { () throws(ArchiveError) -> Judged? in
                guard let one = try archive.series(meters[index]) else { return nil }
                let analysis = judge.analyse(one, category: categories[one.meter], timezoneOffset: offset)
                return Judged(
                    meter: one.meter, finding: analysis.finding,
                    readings: one.kilowatts.lazy.filter { !$0.isNaN }.count, coverage: one.coverage)
            }
            results.withLock { $0[index] = result }
        }
        return try stored { () throws(ArchiveError) in
            var judged: [Judged] = []
            for result in results.withLock({ $0 }) { if let one = try result.get() { judged.append(one) } }
            return judged
        }
    }

    /// Customer class of a meter, by the site it belongs to last.
    private func categories() -> [String: String] {
        let bySite = Dictionary(register.sites.map { ($0.id, $0.category) }, uniquingKeysWith: { $1 })
        var result: [String: String] = [:]
        for link in register.links.sorted(by: { ($0.from?.daysSince1970 ?? .min) < ($1.from?.daysSince1970 ?? .min) })
        where link.kind == .meter {
            if let category = bySite[link.site] ?? nil { result[link.subject] = category }
        }
        return result
    }

    private func judgeFeeders() throws(OperationsError) -> [Finding] {
        let offset = configuration.feeders.first?.timezoneOffset ?? beijingOffset
        let detector = FeederBalanceDetector(model: models.load, prior: configuration.prior)
        var sitesOnFeeder: [String: Set<String>] = [:]
        for link in register.links where link.kind == .feeder {
            sitesOnFeeder[link.subject, default: []].insert(link.site)
        }
        let unitOf = Dictionary(register.sites.map { ($0.id, $0.unit) }, uniquingKeysWith: { $1 })
        let onAny = sitesOnFeeder.values.reduce(into: Set<String>()) { $0.formUnion($1) }
        return try stored { () throws(ArchiveError) in
            var findings: [Finding] = []
            for feeder in try archive.meters(.feeder) {
                guard let head = try archive.series(feeder, kind: .feeder) else { continue }
                let sites = sitesOnFeeder[feeder] ?? []
                let meters = try series(register.links.filter { $0.kind == .meter && sites.contains($0.site) })
                guard !meters.isEmpty else { continue }
                // A meter that is missing from the list stands under another feeder of the same county.
                let units = Set(sites.compactMap { unitOf[$0] })
                let near = register.links.filter {
                    $0.kind == .meter && !sites.contains($0.site) && onAny.contains($0.site)
                        && unitOf[$0.site].map(units.contains) ?? false
                }
                let others = near.count <= FeederTopology.Limits.others ? try series(near) : []
                findings.append(
                    detector.analyse(
                        feeder: feeder, head: head, meters: meters, others: others, timezoneOffset: offset
                    ).finding)
            }
            return findings
        }
    }

    /// The series of the meters that links name, each once, those with readings.
    private func series(_ links: [SiteLink]) throws(ArchiveError) -> [MeterSeries] {
        var found: [MeterSeries] = []
        for meter in Set(links.map(\.subject)).sorted() {
            if let one = try archive.series(meter) { found.append(one) }
        }
        return found
    }

    /// Sum of a site's meters where all of them have a reading; a missing one leaves the sum unknown.
    private func curves() throws(OperationsError) -> [String: LoadCurve] {
        try stored { () throws(ArchiveError) in
            var result: [String: LoadCurve] = [:]
            for (site, links) in Dictionary(grouping: register.links.filter { $0.kind == .meter }, by: \.site) {
                if let curve = Self.sum(try series(links)) { result[site] = curve }
            }
            return result
        }
    }

    private static func sum(_ parts: [MeterSeries]) -> LoadCurve? {
        guard let first = parts.first, parts.allSatisfy({ $0.intervalSeconds == first.intervalSeconds }) else {
            return nil
        }
        let start = parts.map(\.start).min() ?? first.start
        let end = parts.map(\.end).max() ?? first.end
        let step = Int64(first.intervalSeconds)
        var sum = [Float](repeating: 0, count: Int((end.seconds - start.seconds) / max(1, step)))
        for part in parts {
            let shift = Int((part.start.seconds - start.seconds) / max(1, step))
            for index in sum.indices {
                let at = index - shift
                sum[index] += at >= 0 && at < part.kilowatts.count ? part.kilowatts[at] : .nan
            }
        }
        return LoadCurve(start: start, intervalSeconds: first.intervalSeconds, kilowatts: sum)
    }

    /// - Parameter meters: share of the readings present, by meter.
    private func coverage(_ meters: [String: Double]) -> [String: SiteCoverage] {
        var result: [String: SiteCoverage] = [:]
        let captured = records.filter { $0.kind == .capture && $0.state != .failed }.compactMap { record in
            observations.read(record.sha256).flatMap { one in
                one.first.flatMap { first in one.last.map { (first, $0, Set(one.clients)) } }
            }
        }
        for (site, links) in Dictionary(grouping: register.links, by: \.site) {
            let shares = Set(links.filter { $0.kind == .meter }.map(\.subject)).sorted().compactMap { meters[$0] }
            var seen = SiteCoverage()
            if !shares.isEmpty { seen.grid = shares.reduce(0, +) / Double(shares.count) }
            let ranges = links.filter { $0.kind == .addressRange }.compactMap { AddressRange($0.subject) }
            // A capture covers a site when any of the site's addresses was seen in it.
            for (first, last, clients) in captured
            where clients.contains(where: { ip in ranges.contains { $0.contains(ip) } }) {
                seen.networkSeconds = (seen.networkSeconds ?? 0) + last.timeInterval(since: first)
            }
            result[site] = seen
        }
        return result
    }

    private func counts(_ result: Result) -> [String: Int] {
        func suspected(_ modality: Modality) -> Int {
            result.findings.count { $0.modality == modality && ($0.probability ?? 0) >= 0.5 }
        }
        let captures = records.filter { $0.kind == .capture && $0.state != .failed }
        return [
            "meters": result.meters, "readings": result.readings, "captures": captures.count,
            "packets": captures.reduce(0) { $0 + $1.counts["in_file", default: 0] }, "findings_grid": suspected(.grid),
            "findings_network": suspected(.network),
            "findings_fused": result.assessments.count { ($0.probability ?? 0) >= 0.5 },
            "inputs": records.count, "inputs_failed": records.count { $0.state == .failed },
        ]
    }

    /// SHA-256 over inputs, models, rules and what follows from them.
    private func digest(_ result: Result) throws(OperationsError) -> String {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            var hash = SHA256()
            hash.update(
                data: Array(
                    "countermine \(Installation.version) \(models.sha256) \(register.sha256) \(configuration.prior)\n"
                        .utf8))
            for record in records {
                hash.update(data: Array("\(record.kind.rawValue) \(record.sha256) \(record.state.rawValue)\n".utf8))
            }
            hash.update(data: try encoder.encode(result.findings))
            hash.update(data: try encoder.encode(result.assessments))
            return hex(hash.finalize())
        } catch {
            throw OperationsError(.internalFault, place: "result", what: "cannot be written as JSON: \(error)")
        }
    }
}
