import Casebook
import Crypto
import Foundation
import Vocabulary

/// The register as the configuration names it: units, sites and dated links. Rows that cannot be believed are named and left
/// out; a file that cannot be read at all stops the run before the store is touched.
struct RegisterFiles: Sendable {
    var units: [Vocabulary.Unit]
    var sites: [Site]
    var links: [SiteLink]
    var problems: [Scan.Problem]
    /// SHA-256 over the three files' own digests.
    var sha256: String

    static func load(_ configuration: Configuration, provinces: ProvinceTable) throws(OperationsError) -> RegisterFiles
    {
        var hash = SHA256()
        func text(_ file: URL) throws(OperationsError) -> String {
            let data: Data
            do {
                data = try Data(contentsOf: file)
            } catch {
                throw OperationsError(
                    .missing, place: file.path, what: "the register file cannot be read",
                    remedy: "check `register` and `units` in the configuration")
            }
            hash.update(data: SHA256.hash(data: data).withUnsafeBytes { Data($0) })
            guard let text = String(data: data, encoding: .utf8) else {
                throw OperationsError(.missing, place: file.path, what: "not UTF-8 text", remedy: "save it as UTF-8")
            }
            return text
        }
        let units = try text(configuration.units)
        let sites = try text(configuration.sites)
        let links = try text(configuration.links)
        let names = [configuration.units, configuration.sites, configuration.links].map {
            InputCollector.name(of: $0, in: configuration.folder)
        }
        let imported = RegisterImport(
            units: RegisterFile(name: names[0], text: units), sites: RegisterFile(name: names[1], text: sites),
            links: RegisterFile(name: names[2], text: links), provinces: provinces)
        return RegisterFiles(
            units: imported.units, sites: imported.sites, links: imported.links,
            problems: imported.problems.map {
                Scan.Problem(
                    place: "\($0.file):\($0.line)" + ($0.column.isEmpty ? "" : " [\($0.column)]"), what: $0.what,
                    remedy: $0.remedy)
            }, sha256: hex(hash.finalize()))
    }
}
