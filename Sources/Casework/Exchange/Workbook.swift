import CXlsxWriter
import Foundation
import Vocabulary

/// A workbook of spreadsheets (Office Open XML, ECMA-376) by libxlsxwriter. Every text is a string cell: nothing in it
/// is a formula, a link or a macro, whatever it begins with.
///
/// Unsafe: holds the library's pointers to the workbook between opening and closing it, and nowhere else.
package struct Workbook: Sendable {
    package struct Sheet: Sendable {
        package var name: String
        package var header: [String]
        package var rows: [[TableExport.Cell]]

        package init(name: String, header: [String], rows: [[TableExport.Cell]]) {
            self.name = name
            self.header = header
            self.rows = rows
        }
    }

    package struct Fault: Error, CustomStringConvertible {
        package let description: String
    }

    /// What the form of the file allows.
    static let mostRows = 1_048_575
    static let mostColumns = 16_384
    static let mostUnits = 32_000

    private let sheets: [Sheet]
    private let title: String
    private let made: Instant

    /// - Parameter made: Written into the file as the day it was made, so that the same rows give the same bytes.
    package init(title: String, made: Instant, sheets: [Sheet]) {
        self.title = title
        self.made = made
        self.sheets = sheets
    }

    /// Writes the file; more rows than a sheet can hold are refused, not dropped.
    package func write(to path: String) throws {
        if let long = sheets.first(where: { $0.rows.count > Self.mostRows }) {
            throw Fault(description: "\(long.name): \(long.rows.count) rows, a sheet holds \(Self.mostRows)")
        }
        guard let book = workbook_new(path) else { throw Fault(description: "\(path): cannot be opened") }
        // Called once below whatever happens in between: it also frees the book.
        describe(book)
        var taken: Set<String> = []
        let bold = workbook_add_format(book)
        format_set_bold(bold)
        for sheet in sheets {
            guard let page = workbook_add_worksheet(book, Self.name(sheet.name, &taken)) else { continue }
            worksheet_freeze_panes(page, 1, 0)
            var widths = [Int](repeating: 8, count: min(Self.mostColumns, sheet.header.count))
            for (column, text) in sheet.header.prefix(Self.mostColumns).enumerated() {
                worksheet_write_string(page, 0, lxw_col_t(column), Self.text(text), bold)
                widths[column] = max(widths[column], Self.width(text))
            }
            for (row, cells) in sheet.rows.enumerated() {
                for (column, cell) in cells.prefix(Self.mostColumns).enumerated() {
                    write(cell, page, lxw_row_t(row + 1), lxw_col_t(column))
                    if row < 200, widths.indices.contains(column), case .text(let text) = cell {
                        widths[column] = max(widths[column], Self.width(text))
                    }
                }
            }
            for (column, width) in widths.enumerated() {
                let place = lxw_col_t(column)
                worksheet_set_column(page, place, place, Double(min(width, 60)) + 1, nil)
            }
        }
        let ended = workbook_close(book)
        guard ended == LXW_NO_ERROR else {
            throw Fault(description: "\(path): " + String(cString: lxw_strerror(ended)))
        }
    }

    private func describe(_ book: UnsafeMutablePointer<lxw_workbook>) {
        // The library copies what the pointers show.
        title.withCString { title in
            var about = lxw_doc_properties()
            about.title = UnsafeMutablePointer(mutating: title)
            about.created = time_t(made.nanoseconds / 1_000_000_000)
            workbook_set_properties(book, &about)
        }
    }

    private func write(
        _ cell: TableExport.Cell, _ page: UnsafeMutablePointer<lxw_worksheet>, _ row: lxw_row_t, _ column: lxw_col_t
    ) {
        switch cell {
        case .text(let text): worksheet_write_string(page, row, column, Self.text(text), nil)
        case .number(let value): if value.isFinite { worksheet_write_number(page, row, column, value, nil) }
        case .count(let value): worksheet_write_number(page, row, column, Double(value), nil)
        case .unknown: break
        }
    }

    /// Control characters make a file that no program opens; a longer text than a cell holds is cut with a mark.
    private static func text(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let control = scalar.value < 0x20 && scalar != "\t" && scalar != "\n"
            scalars.append(control || scalar.value == 0xFFFE || scalar.value == 0xFFFF ? "\u{FFFD}" : scalar)
        }
        let clean = String(scalars)
        guard clean.utf16.count > mostUnits else { return clean }
        return String(clean.unicodeScalars.prefix(mostUnits / 2)) + "…"
    }

    /// Columns that a text takes: East Asian letters are twice as wide.
    private static func width(_ text: String) -> Int {
        text.unicodeScalars.prefix(80).reduce(0) { $0 + ($1.value >= 0x1100 ? 2 : 1) }
    }

    /// At most 31 units, none of `[]:*?/\`, not empty, none twice.
    private static func name(_ wanted: String, _ taken: inout Set<String>) -> String {
        let bad: Set<Character> = ["[", "]", ":", "*", "?", "/", "\\", "'"]
        let plain = String(text(wanted).filter { !bad.contains($0) && !$0.isNewline }.prefix(24))
        let stem = plain.utf16.count > 24 ? String(plain.prefix(12)) : plain
        var name = stem.trimmingCharacters(in: .whitespaces).isEmpty ? "sheet" : stem
        var count = 1
        while !taken.insert(name.lowercased()).inserted {
            count += 1
            name = "\(stem) (\(count))"
        }
        return name
    }
}
