import Casebook
import Vocabulary

extension BundleFact {
    /// All that a casebook has to tell, with the figures of a window. What another unit answers for (the Corps within
    /// Xinjiang) stays behind; `foreign` says how much.
    package static func all(
        _ casebook: CasebookReader, province: String, window: KPIWindow
    ) throws(CasebookError) -> (facts: [BundleFact], foreign: Int) {
        let snapshot = try casebook.snapshot()
        var facts = try casebook.cases().map { BundleFact($0) }
        for figure in try casebook.figures(window) {
            facts += figure.rows.map { BundleFact(figure, $0, unit: province, window: window) }
        }
        var units: [String: (Finding, String)] = [:]
        for dossier in snapshot.dossiers {
            for finding in dossier.findings { units[finding.id] = units[finding.id] ?? (finding, dossier.site.unit) }
        }
        for finding in try casebook.unplacedFindings() { units[finding.id] = (finding, province) }
        facts += units.values.map { BundleFact($0.0, unit: $0.1) }
        let own = facts.filter { ProvincialBundle.holds($0.unit, in: province) }
        return (own.sorted { $0.key < $1.key }, facts.count - own.count)
    }
}
