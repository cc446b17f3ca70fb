import FoundationEssentials
import Vocabulary

/// A notice, law or catalogue, with the days on which it held (`Models/legal/<version>/legal.json`).
package struct LegalBasis: Hashable, Sendable, Codable {
    /// Which part of a report cites it.
    package enum Use: String, Hashable, Sendable, Codable { case `case`, measure, procedure, data }

    package var id: String
    package var titleZh: String
    package var titleEn: String
    /// Document number; nil for a law.
    package var number: String?
    /// First day.
    package var from: CalendarDate
    /// The day on which it held no more; nil: it still holds.
    package var to: CalendarDate?
    package var supersededBy: String?
    package var uses: Set<Use>
    package var note: String

    private enum CodingKeys: String, CodingKey {
        case id, number, from, to, note
        case titleZh = "title_zh"
        case titleEn = "title_en"
        case supersededBy = "superseded_by"
        case uses = "for"
    }

    package func isValid(on day: CalendarDate) -> Bool { from <= day && (to.map { day < $0 } ?? true) }
}

/// What a report may cite on its day. A report of the past cites what held then.
package struct LegalTable: Sendable {
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    package let version: String
    package let bases: [LegalBasis]

    private struct File: Decodable {
        var format: Int
        var version: String
        var bases: [LegalBasis]
    }

    package static func load(_ path: String) throws(Failure) -> LegalTable {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw Failure(description: "\(path): \(error)")
        }
        return try LegalTable(data, name: path)
    }

    /// `name` is what the file is called in a failure.
    package init(_ data: Data, name: String) throws(Failure) {
        let file: File
        do {
            file = try JSONDecoder().decode(File.self, from: data)
        } catch {
            throw Failure(description: "\(name): not a table of legal bases: \(error)")
        }
        guard file.format == 1 else { throw Failure(description: "\(name): format \(file.format) is not known") }
        var seen: Set<String> = []
        for basis in file.bases {
            guard seen.insert(basis.id).inserted else {
                throw Failure(description: "\(name): \(basis.id) stands twice")
            }
            if let to = basis.to, to <= basis.from {
                throw Failure(description: "\(name): \(basis.id) ends before it begins")
            }
            if let next = basis.supersededBy, !file.bases.contains(where: { $0.id == next }) {
                throw Failure(description: "\(name): \(basis.id) is superseded by \(next), which is not there")
            }
        }
        version = file.version
        bases = file.bases
    }

    /// What held on `day`, in the table's order.
    package func valid(on day: CalendarDate, for use: LegalBasis.Use? = nil) -> [LegalBasis] {
        bases.filter { $0.isValid(on: day) && (use.map($0.uses.contains) ?? true) }
    }
}
