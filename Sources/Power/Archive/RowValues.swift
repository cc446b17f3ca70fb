import GRDB

/// Values of a database row that may be damaged: GRDB's own subscript ends the process when a value has another type.
extension Row {
    func integer(_ column: String) throws -> Int64 {
        guard let value = Int64.fromDatabaseValue(self[column] as DatabaseValue? ?? .null) else {
            throw ArchiveError.damaged(file: "catalogue", offset: 0, what: "column \(column) holds no number")
        }
        return value
    }

    func count(_ column: String) throws -> Int { Int(try integer(column)) }

    func text(_ column: String) throws -> String {
        guard let value = String.fromDatabaseValue(self[column] as DatabaseValue? ?? .null) else {
            throw ArchiveError.damaged(file: "catalogue", offset: 0, what: "column \(column) holds no text")
        }
        return value
    }

    func bytes(_ column: String) throws -> [UInt8] {
        switch (self[column] as DatabaseValue? ?? .null).storage {
        case .blob(let data): return [UInt8](data)
        default: throw ArchiveError.damaged(file: "catalogue", offset: 0, what: "column \(column) holds no blob")
        }
    }
}
