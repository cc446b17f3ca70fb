import Casebook
import Foundation
import Reports
import Vocabulary

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
    let home: URL
    private let path: String

    package init(configuration: Configuration, home: URL) throws(OperationsError) {
        self.configuration = configuration
        self.home = home
        path = try configuration.stored("casebook.sqlite", "store")
    }

    func reading<Value>(_ body: (CasebookReader) throws(CasebookError) -> Value) throws(OperationsError)
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

    package func logicalDigest() throws(OperationsError) -> String {
        try reading { (reader) throws(CasebookError) in try reader.logicalDigest() }
    }
}
