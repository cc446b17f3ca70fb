import FoundationEssentials
import Vocabulary

/// The 34 divisions of the first level, with their place on the tile map (row 1 = north, column 1 = west).
package struct ProvinceTable: Sendable {
    package struct Province: Hashable, Sendable {
        /// Six digits of GB/T 2260.
        package var code: String
        package var nameZH: String
        package var nameEN: String
        package var tileRow: Int
        package var tileColumn: Int
        /// Letters of ISO 3166-2:CN. They are for show; join on `code`.
        package var letters: String
    }

    package struct Failure: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// In the order of the codes.
    package let provinces: [Province]

    package init(provinces: [Province]) { self.provinces = provinces.sorted { $0.code < $1.code } }

    package subscript(code code: String) -> Province? { provinces.first { $0.code == code } }

    /// The divisions as units of the province level.
    package var units: [Unit] {
        provinces.map { Unit(code: $0.code, nameZH: $0.nameZH, nameEN: $0.nameEN, level: .province, parent: "CN") }
    }

    /// Reads `provinces.csv` of a model folder: `code,name_zh,name_en,tile_row,tile_col,letters`.
    package static func load(_ path: String) throws(Failure) -> ProvinceTable {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw Failure(description: "\(path): \(error)")
        }
        var rows = CSVRows(text)
        _ = rows.next()
        var provinces: [Province] = []
        var tiles: Set<[Int]> = []
        while let row = rows.next() {
            guard row.fields.count == 6, !row.malformed, RegisterImport.isSixDigits(row.fields[0]),
                let tileRow = Int(row.fields[3]), let tileColumn = Int(row.fields[4]),
                (1...20).contains(tileRow), (1...20).contains(tileColumn),
                tiles.insert([tileRow, tileColumn]).inserted,
                !provinces.contains(where: { $0.code == row.fields[0] })
            else {
                throw Failure(description: "\(path), line \(row.line): not a division, or its code or tile is taken")
            }
            provinces.append(
                Province(
                    code: row.fields[0], nameZH: row.fields[1], nameEN: row.fields[2], tileRow: tileRow,
                    tileColumn: tileColumn, letters: row.fields[5]))
        }
        guard !provinces.isEmpty else { throw Failure(description: "\(path): no divisions") }
        return ProvinceTable(provinces: provinces)
    }
}
