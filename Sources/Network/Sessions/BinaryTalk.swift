import Stratum

/// The dialects that are no JSON, over one flow: all that may still be it are fed, until one is sure.
struct BinaryTalk {
    private var candidates: [any BinaryDialect] = []
    private var hasBegun = false

    /// Whether bytes are still wanted.
    var mayHear: Bool { !hasBegun || !candidates.isEmpty }

    private var winner: (any BinaryDialect)? {
        candidates.first {
            switch $0.verdict {
            case .certain, .inferred: true
            case .open, .refused: false
            }
        }
    }

    /// One dialect is sure enough for a session.
    private(set) var isSure = false

    /// Name of the dialect that is sure; nil where none is.
    var name: BinaryName? { winner.map { BinaryName(type(of: $0)) } }

    /// Of a dialect that can only be inferred.
    var probability: Double? {
        guard case .inferred(let probability)? = winner?.verdict else { return nil }
        return probability
    }

    mutating func take(_ bytes: ArraySlice<UInt8>, fromClient: Bool) -> [BinarySaying] {
        guard !bytes.isEmpty else { return [] }
        if !hasBegun {
            hasBegun = true
            candidates = BinaryRegistry.candidates(bytes)
        }
        return feed { $0.take(bytes, fromClient: fromClient, into: &$1) }
    }

    mutating func gap(fromClient: Bool) -> [BinarySaying] {
        // In the midst of a stream there is an opening of its own.
        candidates.isEmpty ? [] : feed { $0.gap(fromClient: fromClient, into: &$1) }
    }

    mutating func finish() -> [BinarySaying] { candidates.isEmpty ? [] : feed { $0.finish(into: &$1) } }

    private mutating func feed(_ body: (inout any BinaryDialect, inout [BinarySaying]) -> Void) -> [BinarySaying] {
        var said: [BinarySaying] = []
        for place in candidates.indices { body(&candidates[place], &said) }
        candidates.removeAll { $0.verdict == .refused }
        let sure = winner
        isSure = sure != nil
        if let sure, candidates.count > 1, sure.verdict == .certain {
            candidates = [sure]
        }
        return said
    }
}
