import Carriers
import Support
import Testing

struct WebSocketReaderTests {
    static func frame(_ text: String, opcode: UInt8 = 0x81, mask: [UInt8]? = [1, 2, 3, 4]) -> [UInt8] {
        frame(Array(text.utf8), opcode: opcode, mask: mask)
    }

    static func frame(_ bytes: [UInt8], opcode: UInt8 = 0x81, mask: [UInt8]? = [1, 2, 3, 4]) -> [UInt8] {
        var frame = [opcode]
        let flag: UInt8 = mask == nil ? 0 : 0x80
        if bytes.count < 126 {
            frame.append(flag | UInt8(bytes.count))
        } else if bytes.count < 1 << 16 {
            frame += [flag | 126, UInt8(bytes.count >> 8), UInt8(bytes.count & 255)]
        } else {
            frame += [flag | 127] + (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (56 - 8 * $0)) }
        }
        guard let mask else { return frame + bytes }
        return frame + mask + bytes.enumerated().map { $0.element ^ mask[$0.offset % 4] }
    }

    /// Messages; a part that does not begin one is joined to the part before.
    static func messages(_ pieces: [ArraySlice<UInt8>], forgets: Bool = false) -> (
        told: [String], reader: WebSocketReader
    ) {
        var reader = WebSocketReader()
        reader.forgetsContext = forgets
        var messages: [[UInt8]] = []
        for piece in pieces {
            var rest = piece
            while let part = reader.next(&rest) {
                if part.begins || messages.isEmpty { messages.append([]) }
                messages[messages.count - 1] += part.bytes
            }
        }
        return (messages.map { String(decoding: $0, as: UTF8.self) }, reader)
    }

    static func inPieces(_ bytes: [UInt8]) -> [[ArraySlice<UInt8>]] {
        (0...bytes.count).map { [bytes[..<$0], bytes[$0...]] } + [bytes.indices.map { bytes[$0...$0] }]
    }

    static let stream =
        frame("{\"a\":", opcode: 0x01) + frame("ping", opcode: 0x89) + frame("1}", opcode: 0x80) + frame("", mask: nil)
        + frame(String(repeating: "y", count: 300), mask: nil) + frame("", opcode: 0x8A)
        + frame("z", opcode: 0x02) + frame("", opcode: 0x80)

    @Test func `frames masked split and long give their payload and control frames none`() {
        let expected = ["{\"a\":1}", String(repeating: "y", count: 300), "z"]
        for pieces in Self.inPieces(Self.stream) { #expect(Self.messages(pieces).told == expected) }
        let long = String(repeating: "w", count: 70_000)
        #expect(Self.messages([Self.frame(long)[...]]).told == [long])
    }

    static let texts = [
        #"{"id":1,"method":"mining.subscribe","params":["a"]}"#,
        #"{"id":2,"method":"mining.authorize","params":["a","b"]}"#,
    ]

    /// What zlib's own deflate wrote with a window of 512 bytes; the second message refers to the first.
    static let written: [[UInt8]] = [
        "aa56ca4c51b232d451ca4d2dc9c80732957233f332f3d2f58a4b938a938b3293529574940a128b12738b95aca2951295626b0100",
        "aa066b31c2d492580ae4176556a16bd1514a026a0300",
    ].map { hex in
        stride(from: 0, to: hex.utf8.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
    }

    @Test func `compressed messages are expanded with the window of those before`() {
        // The second comes in three frames with a ping between, one of them empty.
        let second = Self.written[1]
        let bytes =
            Self.frame(Self.written[0], opcode: 0xC1) + Self.frame(Array(second.prefix(5)), opcode: 0x41)
            + Self.frame("", opcode: 0x89) + Self.frame(Array(second.dropFirst(5)), opcode: 0x00)
            + Self.frame("", opcode: 0x80) + Self.frame("{}", opcode: 0x81)
        for pieces in Self.inPieces(bytes) {
            let (told, reader) = Self.messages(pieces)
            #expect(told == Self.texts + ["{}"] && !reader.isBroken)
        }
    }

    @Test func `messages compressed each by itself need no window`() {
        let bytes = Self.texts.flatMap { text in
            var writer = DeflateWriter()
            return Self.frame(writer.message(Array(text.utf8)), opcode: 0xC1)
        }
        for forgets in [false, true] {
            for pieces in Self.inPieces(bytes) { #expect(Self.messages(pieces, forgets: forgets).told == Self.texts) }
        }
    }

    @Test func `a last block ends no window and a stored one is read`() {
        var writer = DeflateWriter()
        let long = String(repeating: "{\"abcdefghijklmnopqrstuvwxyz\":1234567890}", count: 20)
        let bytes =
            Self.frame(writer.message(Array(long.utf8), last: true), opcode: 0xC1)
            + Self.frame(writer.message(Array(long.utf8), last: true), opcode: 0xC1)
            + Self.frame([0, 2, 0, 0xFD, 0xFF, 0x7B, 0x7D, 0], opcode: 0xC1)
        #expect(Self.messages([bytes[...]]).told == [long, long, "{}"])
    }

    @Test func `a message whose window was not captured is passed over`() {
        var alone = DeflateWriter()
        let bytes = Self.frame(Self.written[1], opcode: 0xC1) + Self.frame(alone.message([0x7B, 0x7D]), opcode: 0xC1)
        let (told, reader) = Self.messages([bytes[...]])
        #expect(told.last == "{}" && !reader.isBroken)
        let many = (0..<20).flatMap { _ in Self.frame([UInt8](repeating: 0xFF, count: 9), opcode: 0xC1) }
        #expect(Self.messages([many[...]]).reader.isBroken)
    }

    @Test(arguments: [0x83, 0x8B, 0x80, 0xA1, 0x91, 0xC9, 0x09, 0xC0] as [UInt8])
    func `frames that may not stand here end the reading`(opcode: UInt8) {
        #expect(Self.messages([Self.frame("x", opcode: opcode)[...]]).reader.isBroken)
    }

    @Test func `a new message within one and a long control frame end the reading`() {
        #expect(Self.messages([(Self.frame("x", opcode: 0x01) + Self.frame("x"))[...]]).reader.isBroken)
        #expect(Self.messages([Self.frame(String(repeating: "p", count: 200), opcode: 0x89)[...]]).reader.isBroken)
    }

    @Test func `what follows a close frame is not read`() {
        #expect(
            Self.messages([(Self.frame("x") + Self.frame("by", opcode: 0x88) + Self.frame("y"))[...]]).told == ["x"])
    }

    @Test func `a frame of an impossible length does not trap`() {
        for byte in [0xFF, 0x7F] as [UInt8] {
            let bytes: [UInt8] = [0x82, 0x7F, byte] + [UInt8](repeating: 0xFF, count: 7) + [1, 2, 3]
            #expect(Self.messages([bytes[...]]).reader.isBroken == (byte == 0xFF))
        }
    }

    @Test func `a bomb ends at the cap and repeated messages do not`() {
        var writer = DeflateWriter()
        let bomb = Self.frame(writer.message([UInt8](repeating: 0x20, count: 4 << 20)), opcode: 0xC1)
        for pieces in [[bomb[...]], bomb.indices.map { bomb[$0...$0] }] {
            let (told, reader) = Self.messages(pieces)
            #expect(reader.isBroken && reader.expansionLimited == 1)
            #expect(told.reduce(0) { $0 + $1.utf8.count } <= 1 << 20)
        }
        // Within the ratio, but above what one message may hold.
        var stored: [UInt8] = []
        for _ in 0..<20 { stored += [0, 0xFF, 0xFF, 0, 0] + [UInt8](repeating: 0x41, count: 65_535) }
        let (told, reader) = Self.messages([Self.frame(stored, opcode: 0xC1)[...]])
        #expect(reader.expansionLimited == 1 && told.first?.utf8.count == 1 << 20)

        var other = DeflateWriter()
        let notify = String(repeating: "0123456789abcdef", count: 40)
        let stream = (0..<200).flatMap { _ in Self.frame(other.message(Array(notify.utf8)), opcode: 0xC1) }
        #expect(Self.messages([stream[...]]).told.count == 200)
    }

    @Test func `cuts and random flips neither trap nor pass the limits`() {
        var random = SplitMix(seed: 5)
        let samples = [
            Self.stream, Self.written.flatMap { Self.frame($0, opcode: 0xC1) },
            Self.frame(Self.written[0], opcode: 0x41, mask: nil) + Self.frame("", opcode: 0x80, mask: nil),
        ]
        for sample in samples { for length in 0..<sample.count { _ = Self.messages([sample[..<length]]) } }
        for round in 0..<20_000 {
            var bytes = samples[round % samples.count]
            for _ in 0...Int(random.next() % 3) {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            let at = Int(random.next() % UInt64(bytes.count))
            let told = Self.messages([bytes[..<at], bytes[at...]]).told
            #expect(told.reduce(0) { $0 + $1.utf8.count } <= 3 * (16 << 10 + 100 * bytes.count))
        }
    }

    @Test func `a frame is known without its handshake by what it holds`() {
        let text = #"{"id":1}"#
        for mask in [nil, [9, 8, 7, 6]] as [[UInt8]?] {
            let bytes = Self.frame(text, mask: mask)
            #expect(WebSocketReader.guess(bytes[...]) == .yes)
            for length in 0..<(bytes.count - text.utf8.count + 2) {
                #expect(WebSocketReader.guess(bytes[..<length]) == .more)
            }
            #expect(WebSocketReader.guess(Self.frame("[{\"id\":1}]", mask: mask)[...]) == .yes)
            #expect(WebSocketReader.guess(Self.frame("{x", mask: mask)[...]) == .no)
            #expect(WebSocketReader.guess(Self.frame("hello", mask: mask)[...]) == .no)
        }
        #expect(WebSocketReader.guess(([0x81, 126, 0, 9] + Array(text.utf8))[...]) == .no)
        #expect(WebSocketReader.guess(Array(text.utf8)[...]) == .no)
    }
}
