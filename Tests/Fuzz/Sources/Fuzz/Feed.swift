/// Takes small values off the front of an input; what is missing reads as zero.
struct Feed {
    private let bytes: [UInt8]
    private var at = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isEmpty: Bool { at >= bytes.count }

    mutating func u8() -> UInt8 {
        guard at < bytes.count else { return 0 }
        defer { at += 1 }
        return bytes[at]
    }

    mutating func u16() -> UInt16 { UInt16(u8()) << 8 | UInt16(u8()) }
    mutating func u32() -> UInt32 { UInt32(u16()) << 16 | UInt32(u16()) }

    mutating func take(_ count: Int) -> [UInt8] {
        let end = min(bytes.count, at + max(0, count))
        defer { at = end }
        return Array(bytes[at..<end])
    }

    mutating func rest() -> [UInt8] { take(bytes.count) }
}

/// An input cut into pieces: the first byte seeds where. Both the pieces and the whole are read, and must say the same.
struct CutInput {
    let whole: [UInt8]
    let pieces: [ArraySlice<UInt8>]

    init(_ input: [UInt8]) {
        var feed = Feed(input)
        let seed = feed.u8()
        var state = UInt32(seed) &* 2_654_435_761 | 1
        let whole = feed.rest()
        var pieces: [ArraySlice<UInt8>] = []
        var at = 0
        while at < whole.count {
            state = state &* 1_664_525 &+ 1_013_904_223
            // Mostly short pieces, or longer ones with half of the seeds; some long ones.
            let short = Int(state >> 24 & (seed & 0x10 == 0 ? 7 : 63))
            let length = (state >> 30 == 0 ? Int(state >> 20 & 0x1FF) : short) + 1
            let end = min(whole.count, at + length)
            pieces.append(whole[at..<end])
            at = end
        }
        self.whole = whole
        self.pieces = pieces
    }
}
