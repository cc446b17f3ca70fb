import Crypto
import FoundationEssentials
import GRDB

/// One spelling for every value that is stored or hashed: JSON with sorted keys and no spaces.
enum Canonical {
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A ratio may be infinite; JSON has no word for it.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func value<Value: Decodable>(_ type: Value.Type, _ text: String, table: String, row: String) throws -> Value
    {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do {
            return try decoder.decode(type, from: Data(text.utf8))
        } catch {
            throw CasebookError.corruptRow(table: table, row: row)
        }
    }

    static func sha256(_ text: String) -> String { hex(SHA256.hash(data: Data(text.utf8))) }

    static func hex(_ digest: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var bytes: [UInt8] = []
        for byte in digest {
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A SHA-256 over fields, each with its length before it, so that no two lists of fields make the same bytes.
struct FieldHash {
    private var hash = SHA256()

    mutating func add(_ text: String?) {
        guard let text else { return hash.update(data: Data("-".utf8)) }
        let bytes = Data(text.utf8)
        hash.update(data: Data("\(bytes.count):".utf8))
        hash.update(data: bytes)
    }

    mutating func add(_ value: DatabaseValue) {
        switch value.storage {
        case .null: add(nil)
        case .int64(let number): add("i\(number)")
        case .double(let number): add("d\(number.bitPattern)")
        case .string(let text): add("s" + text)
        case .blob(let data):
            hash.update(data: Data("b\(data.count):".utf8))
            hash.update(data: data)
        }
    }

    func hex() -> String { Canonical.hex(hash.finalize()) }
}
