/// One table of a report with the part in which it stands; plain text, for spreadsheets.
package struct ReportTable: Sendable, Equatable {
    /// Heading of the part.
    package var part: String
    /// Number of the part, from 1, and of the table within it, from 1.
    package var place: (part: Int, table: Int)
    package var heads: [String]
    package var rows: [[String]]

    package static func == (left: ReportTable, right: ReportTable) -> Bool {
        left.part == right.part && left.place == right.place && left.heads == right.heads && left.rows == right.rows
    }
}

extension SiteReport {
    /// Every table of the report, names and values too, in their order. Sentences and drawings are left to the other
    /// forms; the digest is of the pieces, so that it is the same in each spreadsheet.
    package var tables: [ReportTable] {
        var found: [ReportTable] = []
        var part = ""
        var place = (part: 0, table: 0)
        func add(_ heads: [String], _ rows: [[String]]) {
            place.table += 1
            found.append(ReportTable(part: part, place: place, heads: heads, rows: rows))
        }
        for block in blocks {
            switch block {
            case .part(let name):
                part = name
                place = (place.part + 1, 0)
            case .facts(let rows): add(["", words["table.value"]], rows)
            case .table(let heads, let rows): add(heads, rows)
            case .checklist(let items): add([words["report.checks"]], items.map { [$0] })
            default: break
            }
        }
        return found
    }

    /// Heads of the long form: one row a cell, so that each line has the same fields whatever the tables are.
    package var longHeads: [String] { ["part", "number", "row", "column", "value"].map { words["table.\($0)"] } }

    /// The cells of all tables in the long form.
    package var longRows: [[String]] {
        tables.flatMap { table in
            table.rows.enumerated().flatMap { number, row in
                // The name of a fact stands where the column's does.
                let isFacts = table.heads.first == ""
                let cells = isFacts ? Array(row.dropFirst()) : row
                return cells.enumerated().map { column, cell in
                    [
                        table.part, "\(table.place.table)", "\(number + 1)",
                        isFacts ? row.first ?? "" : table.heads.indices.contains(column) ? table.heads[column] : "",
                        cell,
                    ]
                }
            }
        }
    }
}
