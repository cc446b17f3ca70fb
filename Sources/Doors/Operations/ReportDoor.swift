import Casebook
import Exchange
import Foundation
import Reports
import Vocabulary

/// The kinds of report that can be written.
package enum ReportFormat: String, Sendable, CaseIterable { case html, pdf, json, csv, xlsx }

/// `countermine report`: the reports of places, one file a format.
extension StoreDoor {
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
        let day = (snapshot.lastRun?.finished ?? snapshot.asOf ?? Instant(seconds: 0)).date(offset: beijingOffset)
        let backgrounds = try reading { (reader) throws(CasebookError) in
            try reader.backgrounds(sites: wanted.filter { known[$0] != nil }, on: day)
        }
        var background = backgrounds.makeIterator()
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
                    version: Installation.version, legal: legal, background: background.next())
                for format in formats {
                    let file = place.appendingPathComponent("\(safeFileName(site)).\(format.rawValue)")
                    switch format {
                    case .html: try DurableFile.write(Array(report.html().utf8), to: file)
                    case .json: try DurableFile.write(Array(report.json().utf8), to: file)
                    case .csv:
                        let rows = report.longRows.map { $0.map { TableExport.Cell.text($0) } }
                        try DurableFile.write(TableExport.csv(header: report.longHeads, rows: rows), to: file)
                    case .xlsx:
                        let draft = file.path + ".partial"
                        try report.workbook.write(to: draft)
                        try DurableFile.write(Array(try Data(contentsOf: URL(fileURLWithPath: draft))), to: file)
                        try FileManager.default.removeItem(atPath: draft)
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
}

extension SiteReport {
    /// The report's tables, a sheet each, under the names of their parts.
    var workbook: Workbook {
        Workbook(
            title: title, made: made,
            sheets: tables.map { table in
                Workbook.Sheet(
                    name: table.part, header: table.heads, rows: table.rows.map { $0.map { TableExport.Cell.text($0) } }
                )
            })
    }
}
