/// Tunnels of proxy programs that are sold to hide mining (`stratum.md` 1.18): each frame is a length of four bytes, the most
/// significant first, and AES blocks that were chained from the same first value every time, so that the first block of a
/// frame is that of all others. What is inside stays unknown.
package struct StaticIVDialect: BinaryDialect {
    package static let name = "static-iv-tunnel"
    /// By judgement: no other program is known to send this, but the frames do not say what they carry.
    static let probability = 0.5

    private static let block = 16
    private static let lengths = 32...(1 << 20)
    /// Frames of one side, and of both, before anything is said.
    private static let leastOfOneSide = 6
    private static let least = 8

    /// One direction.
    private struct Side {
        var head: [UInt8] = []
        /// Bytes of the frame that are still to come; 0 between frames.
        var left = 0
        var first: [UInt8] = []
        var tail: [UInt8] = []
        var lastTail: [UInt8] = []
        var frames = 0
        var lengths: Set<Int> = []
        var isLost = false
    }

    package private(set) var verdict = BinaryVerdict.open
    private var client = Side()
    private var server = Side()

    package init?(opening: ArraySlice<UInt8>) {
        guard opening.first == 0 else { return nil }
        let start = opening.startIndex
        if opening.count > 1, opening[start + 1] > 0x10 { return nil }
        if opening.count > 3, opening[start + 3] % 16 != 0 { return nil }
    }

    package mutating func take(_ bytes: ArraySlice<UInt8>, fromClient: Bool, into said: inout [BinarySaying]) {
        guard verdict == .open else { return }
        let fits = fromClient ? Self.read(bytes, &client) : Self.read(bytes, &server)
        guard fits else {
            verdict = .refused
            return
        }
        let most = client.frames > server.frames ? client : server
        guard most.frames >= Self.leastOfOneSide, client.frames + server.frames >= Self.least, most.lengths.count > 1
        else { return }
        verdict = .inferred(Self.probability)
        said.append(.shown("repeated-block"))
    }

    package mutating func gap(fromClient: Bool, into said: inout [BinarySaying]) {
        if fromClient { Self.lose(&client) } else { Self.lose(&server) }
    }

    private static func lose(_ side: inout Side) {
        side.isLost = true
        side.left = 0
        side.head = []
        side.tail = []
    }

    /// False when these are no frames.
    private static func read(_ bytes: ArraySlice<UInt8>, _ side: inout Side) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            if side.left > 0 {
                let part = rest.prefix(side.left)
                side.left -= part.count
                rest = rest.dropFirst(part.count)
                side.tail = Array((side.tail + part.suffix(block)).suffix(block))
                if side.left == 0, !end(&side) { return false }
                continue
            }
            // The length and the first block.
            let part = rest.prefix(4 + block - side.head.count)
            side.head += part
            rest = rest.dropFirst(part.count)
            guard side.head.count >= 4 else { continue }
            let length = side.head[0..<4].reduce(0) { $0 << 8 | Int($1) }
            guard lengths.contains(length), length % block == 0 else { return passOver(&side, &rest) }
            guard side.head.count == 4 + block else { continue }
            let first = Array(side.head[4...])
            if side.first.isEmpty {
                guard StreamShape.distinct(first[...]) >= 10 else { return false }
                side.first = first
            } else if first != side.first {
                return passOver(&side, &rest)
            }
            side.isLost = false
            side.head = []
            side.left = length - block
            if side.lengths.count < 8 { side.lengths.insert(length) }
        }
        return true
    }

    /// Behind a gap a piece may begin anywhere: the next one is looked at.
    private static func passOver(_ side: inout Side, _ rest: inout ArraySlice<UInt8>) -> Bool {
        guard side.isLost else { return false }
        side.head = []
        rest = []
        return true
    }

    /// The end of a frame is as random as any cipher's, and never the same twice in a row.
    private static func end(_ side: inout Side) -> Bool {
        side.frames += 1
        defer {
            side.lastTail = side.tail
            side.tail = []
        }
        return side.tail != side.lastTail && StreamShape.distinct(side.tail[...]) >= 9
    }
}
