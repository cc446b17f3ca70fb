/// What a dialect that is no JSON makes of a piece of its stream.
package enum BinarySaying: Sendable, Hashable {
    /// A message; the answer names its `id`.
    case said(Role, id: String?, StratumEvent)
    /// An answer to requests that were seen, and to as many `more` as were not.
    case answered(ids: [String], more: Int, good: Bool)
    /// A job that was handed out before comes into force: what one share of it is worth, and what is hashed.
    case activated(job: String, difficulty: Double, hashes: Double, template: JobTemplate)
    /// What follows was said by this side, earlier than the piece that showed its end.
    case earlier(fromClient: Bool)
    /// Something other than a message shows the dialect: the name of the reason.
    case shown(String)
}

/// How sure a binary dialect is of a whole flow.
package enum BinaryVerdict: Sendable, Hashable {
    /// Not enough was seen.
    case open
    /// Its own words were read.
    case certain
    /// Nothing can be read, but the shape is the dialect's: tier D, with the probability that the flow serves mining.
    case inferred(Double)
    /// Another protocol.
    case refused
}

/// A way of talking that is not JSON. It is fed what both sides send, in the order of the capture, however it was cut;
/// what it keeps is bounded whatever comes.
package protocol BinaryDialect: Sendable {
    /// Name in records, vectors and documents.
    static var name: String { get }
    static var hashrateUnit: String { get }
    static var algorithm: String? { get }

    /// Nil when no flow of this dialect begins with these bytes; there may be as few as one.
    init?(opening: ArraySlice<UInt8>)

    var verdict: BinaryVerdict { get }
    mutating func take(_ bytes: ArraySlice<UInt8>, fromClient: Bool, into said: inout [BinarySaying])
    /// Bytes of one side are missing; what follows is not joined to what came before.
    mutating func gap(fromClient: Bool, into said: inout [BinarySaying])
    /// The flow has ended.
    mutating func finish(into said: inout [BinarySaying])
}

extension BinaryDialect {
    package static var hashrateUnit: String { "H/s" }
    package static var algorithm: String? { nil }
    package mutating func finish(into said: inout [BinarySaying]) {}
}

/// Every binary dialect, one line each.
package enum BinaryRegistry {
    package static let all: [any BinaryDialect.Type] = [
        StratumV2Dialect.self,
        SealedStratumV2Dialect.self,
        DatumDialect.self,
        P2PoolDialect.self,
        StaticIVDialect.self,
        DuinoCoinDialect.self,
    ]

    /// Those that a flow with this beginning may be of. Text of a JSON message is of none.
    package static func candidates(_ opening: ArraySlice<UInt8>) -> [any BinaryDialect] {
        guard let first = opening.first else { return [] }
        if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
            guard let next = opening.dropFirst().first, next >= 0x80 || next < 0x20 && next != 0x0A && next != 0x0D
            else {
                return []
            }
        }
        return all.compactMap { $0.init(opening: opening) }
    }
}

/// A binary dialect as a session's record names it.
package struct BinaryName: Dialect {
    package let name: String
    package let hashrateUnit: String
    package let algorithm: String?

    package init(_ type: any BinaryDialect.Type) {
        name = type.name
        hashrateUnit = type.hashrateUnit
        algorithm = type.algorithm
    }

    package func read(_ message: StratumMessage) -> Reading? { nil }
}
