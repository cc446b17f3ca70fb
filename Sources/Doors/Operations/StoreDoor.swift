import Casebook
import Foundation
import Reports
import Vocabulary

/// The kinds of report that can be written.
package enum ReportFormat: String, Sendable, CaseIterable { case html, json, pdf }

/// A row of a list: its record, and its cells for a table.
package struct ListRow: Sendable {
    package var record: String
    package var cells: [String]
}

extension Configuration {
    /// Path of a file of the store; throws what to do when there is none yet.
    func stored(_ file: String, _ name: String) throws(OperationsError) -> String {
        let path = store.appendingPathComponent(file).path
        guard FileManager.default.fileExists(atPath: path) else {
            throw OperationsError(
                .missing, place: path, what: "there is no \(name) yet",
                remedy: "run `countermine scan` with this configuration first")
        }
        return path
    }
}

/// A store as the reading commands see it.
package struct StoreDoor: Sendable {
    package let configuration: Configuration
    private let home: URL
    private let path: String

    package init(configuration: Configuration, home: URL) throws(OperationsError) {
        self.configuration = configuration
        self.home = home
        path = try configuration.stored("casebook.sqlite", "store")
    }

    private func reading<Value>(_ body: (CasebookReader) throws(CasebookError) -> Value) throws(OperationsError)
        -> Value
    {
        do {
            let reader = try CasebookReader.open(path)
            let value = try body(reader)
            try reader.close()
            return value
        } catch {
            throw OperationsError.storage(path, error)
        }
    }

    package func snapshot() throws(OperationsError) -> CasebookSnapshot {
        try reading { (reader) throws(CasebookError) in try reader.snapshot() }
    }

    /// What reports cite.
    package func legal() throws(OperationsError) -> LegalTable {
        try Installation.model(home, "legal", "legal.json") { (path) throws(LegalTable.Failure) in
            try LegalTable.load(path)
        }
    }

    /// Path of the casebook, for who keeps it open.
    package var casebookPath: String { path }

    package func matrix() throws(OperationsError) -> AccessMatrix { try Installation.matrix(home) }
    package func rules() throws(OperationsError) -> CaseRules { try Installation.rules(home) }

    /// The 34 divisions with their tiles.
    package func tiles() throws(OperationsError) -> [ProvinceTile] {
        try ModelSet.load(home: home).provinces.provinces.map {
            ProvinceTile(
                code: $0.code, nameZH: $0.nameZH, nameEN: $0.nameEN, letters: $0.letters, row: $0.tileRow,
                column: $0.tileColumn)
        }
    }

    /// Every registered site, most suspected first; sites of which nothing is known stand last.
    package func sites() throws(OperationsError) -> [ListRow] {
        let dossiers = try snapshot().dossiers.sorted {
            let left = $0.assessment?.probability ?? -1
            let right = $1.assessment?.probability ?? -1
            return left == right ? $0.site.id < $1.site.id : left > right
        }
        return dossiers.map { dossier in
            let assessment = dossier.assessment
            // Kilowatts belong to a suspicion; below it the estimate would be of nothing.
            let kilowatts = (assessment?.probability ?? 0) >= 0.5 ? assessment?.kilowatts : nil
            var record = Record(kind: "site")
            record.field("site", dossier.site.id)
            record.field("name", dossier.site.name)
            record.field("unit", dossier.site.unit)
            record.field("state", dossier.currentCase?.state)
            record.field("probability", assessment?.probability)
            record.estimate("kw", kilowatts)
            record.field("basis", assessment?.basis.rawValue ?? SiteAssessment.Basis.noData.rawValue)
            record.field("since", assessment?.since?.description)
            return ListRow(
                record: record.line(),
                cells: [
                    dossier.site.id, dossier.site.name, dossier.site.unit, dossier.currentCase?.state ?? "–",
                    assessment?.probability.map { shownProbability($0) } ?? "–",
                    kilowatts.map { shortNumber($0.value) } ?? "–",
                    assessment?.basis.rawValue ?? "no-data", assessment?.since?.description ?? "–",
                ])
        }
    }

    package func cases() throws(OperationsError) -> [ListRow] {
        try reading { (reader) throws(CasebookError) in try reader.cases() }.map { Self.row($0) }
    }

    static func row(_ one: CaseRecord) -> ListRow {
        var record = Record(kind: "case")
        record.field("case", one.id)
        record.field("episode", one.episode)
        record.field("site", one.site)
        record.field("unit", one.unit)
        record.field("state", one.state)
        record.field("holder", one.holder)
        record.field("due", one.due?.description)
        return ListRow(
            record: record.line(),
            cells: [
                one.id, "\(one.episode)", one.site, one.unit, one.state, one.holder, one.due?.description ?? "–",
            ])
    }

    /// Writes one file a format for each of the places and answers their paths. Where PDFs cannot be made the other
    /// forms are written all the same, before it is told.
    /// - Parameter sites: Identifiers; empty = every place of `unit`.
    package func report(
        _ sites: [String], unit: String? = nil, formats: [ReportFormat], language: Language, to folder: String
    ) throws(OperationsError) -> [String] {
        let snapshot = try snapshot()
        let known = Dictionary(snapshot.dossiers.map { ($0.site.id, $0) }, uniquingKeysWith: { first, _ in first })
        let wanted = sites.isEmpty ? snapshot.dossiers.filter { $0.site.unit == unit }.map(\.site.id) : sites
        if wanted.isEmpty {
            throw OperationsError(
                .missing, place: unit ?? "", what: "no site of this unit is in the register",
                remedy: "`countermine site list` has every one")
        }
        let place = URL(fileURLWithPath: folder)
        var paths: [String] = []
        var typeset: [(data: [UInt8], file: URL)] = []
        let legal = try legal()
        do {
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            for site in wanted {
                guard let dossier = known[site] else {
                    throw OperationsError(
                        .missing, place: site, what: "no such site in the register",
                        remedy: "`countermine site list` has every one")
                }
                let report = try SiteReport(
                    dossier: dossier, snapshot: snapshot, language: PageLanguage(rawValue: language.rawValue) ?? .zh,
                    version: Installation.version, legal: legal)
                for format in formats {
                    let file = place.appendingPathComponent("\(safeFileName(site)).\(format.rawValue)")
                    switch format {
                    case .html: try DurableFile.write(Array(report.html().utf8), to: file)
                    case .json: try DurableFile.write(Array(report.json().utf8), to: file)
                    case .pdf:
                        typeset.append((try report.typesetting(), file))
                        continue
                    }
                    paths.append(file.path)
                }
            }
        } catch let error as OperationsError {
            throw error
        } catch {
            throw OperationsError.storage(place.path, error, lead: "the report cannot be written")
        }
        return paths + (try self.typeset(typeset))
    }

    private func typeset(_ jobs: [(data: [UInt8], file: URL)]) throws(OperationsError) -> [String] {
        guard !jobs.isEmpty else { return [] }
        let typesetter = try Typesetter(home: home)
        defer { typesetter.close() }
        let work = FileManager.default.temporaryDirectory.appendingPathComponent("countermine-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: work) }
        let template = work.appendingPathComponent("site-report.typ")
        let data = work.appendingPathComponent("data.json")
        var paths: [String] = []
        for job in jobs {
            do {
                try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
                if paths.isEmpty { try Data(try SiteReport.template()).write(to: template) }
                try Data(job.data).write(to: data)
            } catch {
                throw OperationsError.storage(work.path, error, lead: "the report cannot be written")
            }
            try typesetter.make(template: template.path, data: data.path, to: job.file.path)
            paths.append(job.file.path)
        }
        return paths
    }

    package func logicalDigest() throws(OperationsError) -> String {
        try reading { (reader) throws(CasebookError) in try reader.logicalDigest() }
    }
}
