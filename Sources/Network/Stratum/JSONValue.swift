/// A parsed JSON value. Numbers keep their text: job identifiers beyond 2^53 must not lose digits.
package indirect enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONValue])
    /// Members in the order of the text; of doubled keys the last one counts.
    case object([Member])

    package struct Member: Sendable, Hashable {
        package var key: String
        package var value: JSONValue
    }

    package subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.key == key }?.value
    }

    package var string: String? { if case .string(let text) = self { text } else { nil } }
    package var items: [JSONValue]? { if case .array(let items) = self { items } else { nil } }
    package var isObject: Bool { if case .object = self { true } else { false } }
    package var memberCount: Int { if case .object(let members) = self { members.count } else { 0 } }
    package var isNull: Bool { self == .null }

    /// A number, or a string that holds one. Nil when it is not finite.
    package var double: Double? {
        switch self {
        case .number(let text), .string(let text):
            guard text.utf8.count <= StratumLimits.numberBytes, let value = Double(text), value.isFinite else {
                return nil
            }
            return value
        default: return nil
        }
    }

    /// A string, or a number's own text: identifiers come as either.
    package var word: String? {
        switch self {
        case .string(let text), .number(let text): text
        default: nil
        }
    }

    /// An identifier to pair replies with requests: `1` and `"1"` are the same to pools that echo either.
    package var identity: String? { word }
}

/// Limits of this room.
package enum StratumLimits {
    /// Nesting: messages stay below 6; deeper text is not for us.
    package static let depth = 64
    /// One message. Pools drop clients above 10 KiB; Equihash jobs and batches stay far below this.
    package static let messageBytes = 1 << 20
    /// A message above this is read but told: no pool or miner says so much at once.
    package static let usualMessageBytes = 1 << 16
    /// Either part of a coinbase, and the hashes of a merkle branch, that are kept to recompute shares.
    static let coinbaseBytes = 32 << 10
    static let branchHashes = 64
    /// Text of a number.
    package static let numberBytes = 400
    /// Values of one message, so that a short text cannot grow to a large tree.
    package static let values = 20_000
}
