import Carriers
import Stratum

/// Readers of text and of carriers. Those that read piece by piece must not care where the pieces were cut.
enum ReaderFuzz {
    /// What a reader told. Where it came upon damage or a limit the place depends on the cuts; then one may have told
    /// more than the other, but not something else.
    private struct Told {
        /// Heads, bodies and messages, whole ones.
        var parts: [[UInt8]] = []
        /// What comes in pieces of any size.
        var stream: [UInt8] = []
        var isBroken = false
        var limited = 0

        func agrees(with other: Told) -> Bool {
            if limited > 0 || other.limited > 0 { return true }
            return parts == other.parts && isBroken == other.isBroken
                && (stream.starts(with: other.stream) || other.stream.starts(with: stream))
        }
    }

    static func http(_ input: [UInt8]) {
        func read(_ pieces: [ArraySlice<UInt8>], words: Bool) -> Told {
            var reader = HTTPReader()
            var told = Told()
            for piece in pieces {
                var rest = piece
                while true {
                    let before = rest.count
                    guard let part = reader.next(&rest) else { break }
                    promise(rest.count < before, "a part out of no bytes")
                    switch part {
                    case .head(let head):
                        if words {
                            _ = (head.status, head.verb, head.target, head.asksForWebSocket, head.basicUser)
                        }
                        told.parts.append(Array(head.start.utf8))
                    case .body(let body): told.parts.append(body)
                    case .piece(let bytes): told.stream += bytes
                    }
                }
                promise(rest.isEmpty || reader.isBroken, "\(rest.count) bytes were left")
            }
            told.isBroken = reader.isBroken
            told.limited = reader.expansionLimited
            return told
        }
        let cut = CutInput(input)
        _ = StreamOpening.judge(cut.whole.prefix(StreamOpening.limit))
        // The words of a head are those of its bytes, which are compared: they are read once.
        let (whole, pieces) = (read([cut.whole[...]], words: true), read(cut.pieces, words: false))
        promise(whole.agrees(with: pieces), "HTTP read whole and in pieces differ: \(whole), \(pieces)")
    }

    static func webSocket(_ input: [UInt8]) {
        func read(_ pieces: [ArraySlice<UInt8>]) -> Told {
            var reader = WebSocketReader()
            reader.forgetsContext = (input.first ?? 0) & 1 == 1
            var told = Told()
            for piece in pieces {
                var rest = piece
                while true {
                    let before = rest.count
                    guard let part = reader.next(&rest) else { break }
                    promise(rest.count < before, "a payload out of no bytes")
                    told.stream += part.bytes
                }
                promise(rest.isEmpty || reader.isBroken, "\(rest.count) bytes were left")
            }
            told.isBroken = reader.isBroken
            told.limited = reader.expansionLimited
            return told
        }
        let cut = CutInput(input)
        let (whole, pieces) = (read([cut.whole[...]]), read(cut.pieces))
        promise(whole.agrees(with: pieces), "frames read whole and in pieces differ: \(whole), \(pieces)")
    }

    /// gzip members between messages of a plain stream.
    static func gzip(_ input: [UInt8]) {
        func read(_ pieces: [ArraySlice<UInt8>], gaps: Bool) -> Told {
            var reader = GzipReader()
            var told = Told()
            for (index, piece) in pieces.enumerated() {
                if gaps, index & 3 == 3 { reader.gap() }
                var rest = piece
                while let part = reader.next(&rest) {
                    switch part {
                    case .plain(let bytes): told.stream += bytes
                    case .inflated(let bytes, _): told.stream += bytes
                    case .damaged: told.parts.append([])
                    }
                    promise(told.stream.count <= 1 << 24, "\(input.count) bytes grew to \(told.stream.count)")
                }
                promise(rest.isEmpty || reader.isBroken, "\(rest.count) bytes were left")
            }
            told.isBroken = reader.isBroken
            told.limited = reader.expansionLimited
            return told
        }
        let cut = CutInput(input)
        let (whole, pieces) = (read([cut.whole[...]], gaps: false), read(cut.pieces, gaps: false))
        promise(whole.agrees(with: pieces), "gzip read whole and in pieces differ: \(whole), \(pieces)")
        _ = read(cut.pieces, gaps: true)
    }

    static func socks(_ input: [UInt8]) {
        let result = SocksReader.read(input[...])
        if case .done(let length, _) = result {
            promise((0...input.count).contains(length), "\(length) bytes taken of \(input.count)")
            promise(
                SocksReader.read(input[..<length]) == result, "the same opening without what follows reads otherwise")
        }
        _ = StreamOpening.judge(input[...])
    }

    static func names(_ input: [UInt8]) {
        // A slice that does not begin at 0, as those of the flow table do.
        let shifted = [0xFF] + input
        for name in [NameReaders.dnsQuestion(shifted.dropFirst()), NameReaders.tlsServerName(shifted.dropFirst())] {
            guard let name else { continue }
            promise(name.utf8.count <= 512, "a name of \(name.utf8.count) bytes")
            promise(name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "a name that cannot be shown")
        }
    }

    static func json(_ input: [UInt8]) {
        guard let value = try? JSONReader.read(input[...]) else { return }
        walk(value, 0)
        // Read again out of the middle of a larger buffer.
        let again = try? JSONReader.read(([0x7B] + input).dropFirst())
        promise(again == value, "the same text elsewhere reads otherwise")
        guard let message = StratumMessage(value) else { return }
        for dialect in DialectRegistry.all { _ = dialect.read(message) }
    }

    static func framer(_ input: [UInt8]) {
        func read(_ pieces: [ArraySlice<UInt8>]) -> ([JSONValue], Int) {
            var framer = MessageFramer()
            var messages: [JSONValue] = []
            for piece in pieces { framer.add(piece) { messages.append($0) } }
            return (messages, framer.strayBytes)
        }
        let cut = CutInput(input)
        let whole = read([cut.whole[...]])
        let pieces = read(cut.pieces)
        promise(whole.0 == pieces.0, "\(whole.0.count) messages whole, \(pieces.0.count) in pieces")
        promise(whole.1 == pieces.1, "\(whole.1) stray bytes whole, \(pieces.1) in pieces")
        promise((0...input.count).contains(whole.1), "\(whole.1) stray bytes of \(input.count)")
        // With a gap before every other piece nothing is promised but to go on.
        var framer = MessageFramer()
        for (index, piece) in cut.pieces.enumerated() {
            if index & 1 == 1 { _ = framer.gap(isCut: index & 2 == 2) }
            framer.add(piece) { _ in }
        }
    }

    private static func walk(_ value: JSONValue, _ depth: Int) {
        promise(depth <= StratumLimits.depth + 1, "a value \(depth) deep")
        if let number = value.double { promise(number.isFinite, "a number that is not finite") }
        if let text = value.word { _ = (expectedHashes(bigEndianTarget: text), splitIdentity(text)) }
        switch value {
        case .array(let items): for item in items { walk(item, depth + 1) }
        case .object(let members): for member in members { walk(member.value, depth + 1) }
        case .null, .bool, .number, .string: break
        }
    }
}
