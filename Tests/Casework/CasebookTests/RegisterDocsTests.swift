import Casebook
import Foundation
import Support
import Testing

struct RegisterDocsTests {
    /// Names in the first three cells of each row of the tables under a heading.
    private func names(under heading: String) throws -> [String] {
        let path = Places.root.appendingPathComponent("Docs/registers.md")
        let text = try String(contentsOf: path, encoding: .utf8)
        let part = try #require(text.components(separatedBy: "\n## ").first { $0.hasPrefix(heading) })
        let rows = part.split(separator: "\n").drop { !$0.hasPrefix("| column") }.dropFirst(2)
        return rows.prefix { $0.hasPrefix("| ") }.flatMap { row in
            row.split(separator: "|", omittingEmptySubsequences: false).dropFirst().prefix(3).flatMap {
                $0.split(separator: ",").map { $0.filter { $0 != "`" && $0 != "*" && $0 != " " } }
            }
        }.filter { !$0.isEmpty }
    }

    @Test(arguments: [
        ("Address assignments", 40), ("Parties", 30), ("Connection applications", 40), ("Exemptions", 25),
        ("Leads", 20),
    ])
    func `every column that the page names is read by the importer`(_ heading: String, _ atLeast: Int) throws {
        let names = try names(under: heading)
        #expect(names.count >= atLeast)
        for name in names {
            let file = Registers.file(name + "\n")
            let report =
                switch heading {
                case "Address assignments": AssignmentImport(file, key: Registers.key).report
                case "Parties": PartyImport(file, known: Registers.known, key: Registers.key).report
                case "Connection applications":
                    ApplicationImport(file, known: Registers.known, key: Registers.key).report
                case "Exemptions": ExemptionImport(file, known: Registers.known).report
                default: LeadImport(file, known: Registers.known, key: Registers.key).report
                }
            #expect(report.dropped.isEmpty, "\(heading): \(name)")
        }
    }
}
