import Stratum

/// Every dialect that is no JSON, with both sides' bytes in pieces: a control byte says side, gap and length of what follows.
enum BinaryFuzz {
    static func run(_ input: [UInt8]) {
        var feed = Feed(input)
        var pieces: [(fromClient: Bool, gap: Bool, bytes: [UInt8])] = []
        while !feed.isEmpty, pieces.count < 256 {
            let control = feed.u8()
            let count = control & 0x3F == 0x3F ? Int(feed.u16() & 0x0FFF) : Int(control & 0x3F)
            pieces.append((control & 0x80 == 0, control & 0x40 != 0, feed.take(count)))
        }
        guard let opening = pieces.first(where: { !$0.bytes.isEmpty })?.bytes else { return }
        promise(BinaryRegistry.candidates(opening[...]).count <= BinaryRegistry.all.count, "too many candidates")
        for type in BinaryRegistry.all {
            guard var dialect = type.init(opening: opening[...]) else { continue }
            var said: [BinarySaying] = []
            for piece in pieces {
                if piece.gap { dialect.gap(fromClient: piece.fromClient, into: &said) }
                dialect.take(piece.bytes[...], fromClient: piece.fromClient, into: &said)
                if dialect.verdict == .refused { break }
            }
            dialect.finish(into: &said)
            check(dialect.verdict, said, input.count)
        }
    }

    private static func check(_ verdict: BinaryVerdict, _ said: [BinarySaying], _ bytes: Int) {
        if case .inferred(let probability) = verdict {
            promise((0...1).contains(probability), "a probability of \(probability)")
        }
        promise(said.count <= 64 + 4 * bytes, "\(said.count) sayings of \(bytes) bytes")
        for one in said {
            switch one {
            case .activated(_, let difficulty, let hashes, _):
                promise(difficulty.isFinite && hashes.isFinite && hashes > 0, "a job worth \(hashes)")
            case .answered(_, let more, _): promise(more >= 0, "\(more) further answers")
            case .said, .earlier, .shown: continue
            }
        }
    }
}
