/// A document's text as UTF-8 or GB18030 bytes (UTF-16 is turned), in pieces of bounded size, with the line that is
/// read.
struct TextSource {
    private let feed: ByteFeed
    private(set) var buffer: [UInt8]
    private(set) var position = 0
    private var ended = false
    /// Line of `position`, from 1. Counted by `nextLine` and `next`.
    private(set) var line = 1
    private var transcoder: UTF16Transcoder?

    /// Goes on after `head`, whose byte order mark was taken away.
    init(head: DocumentHead, feed: @escaping ByteFeed) {
        buffer = head.bytes
        transcoder = head.transcoder
        self.feed = feed
    }

    /// Bytes in memory.
    init(bytes: [UInt8]) {
        buffer = bytes
        ended = true
        feed = { (_, _) in 0 }
    }

    /// What a search for the end of a piece gave.
    enum Piece {
        /// `closed` is false when the file ended first.
        case found(Range<Int>, line: Int, closed: Bool)
        /// Longer than `MeterLimits.recordBytes`; skipped.
        case tooLong(line: Int)
        case end
    }

    /// The next byte, or nil at the end.
    @inline(__always)
    mutating func next() throws(MeterError) -> UInt8? {
        if position == buffer.count {
            guard try fill() else { return nil }
        }
        let byte = buffer[position]
        position += 1
        if byte == 0x0a { line += 1 }
        return byte
    }

    /// The next line without its end (LF, CRLF or CR); the range is one of `buffer`, valid up to the next call.
    mutating func nextLine() throws(MeterError) -> Piece {
        try piece { byte in byte == 0x0a || byte == 0x0d }
    }

    /// The next stretch up to `terminator`, which is passed over; one after `release` is text.
    mutating func nextSegment(terminator: UInt8, release: UInt8) throws(MeterError) -> Piece {
        var released = false
        return try piece { byte in
            if released {
                released = false
                return false
            }
            released = byte == release && release != 0x20
            return byte == terminator && !released
        }
    }

    private mutating func piece(_ ends: (UInt8) -> Bool) throws(MeterError) -> Piece {
        let first = line
        var scanned = position
        var skipping = false
        while true {
            while scanned < buffer.count {
                let byte = buffer[scanned]
                scanned += 1
                guard ends(byte) else {
                    if byte == 0x0a { line += 1 }
                    continue
                }
                let found = position..<(scanned - 1)
                line += byte == 0x0a || byte == 0x0d ? 1 : 0
                position = scanned
                if byte == 0x0d { passLineFeed() }
                return skipping ? .tooLong(line: first) : .found(found, line: first, closed: true)
            }
            if scanned - position > MeterLimits.recordBytes {
                skipping = true
                position = scanned
            }
            let kept = scanned - position
            guard try fill() else {
                let rest = position..<buffer.count
                position = buffer.count
                if skipping { return .tooLong(line: first) }
                return rest.isEmpty ? .end : .found(rest, line: first, closed: false)
            }
            scanned = position + kept
        }
    }

    /// Looks at one byte without giving up the piece that was just found: only when it is already there.
    private mutating func passLineFeed() {
        if position < buffer.count {
            if buffer[position] == 0x0a { position += 1 }
        } else {
            pendingLineFeed = true
        }
    }

    /// A carriage return ended the block: a line feed at the start of the next one belongs to it.
    private var pendingLineFeed = false

    /// Reads on, keeping what is not yet used; false at the end.
    private mutating func fill() throws(MeterError) -> Bool {
        guard !ended else { return false }
        if position > 0 {
            buffer.removeSubrange(0..<position)
            position = 0
        }
        let before = buffer.count
        while !ended, buffer.count == before {
            if var active = transcoder {
                var block: [UInt8] = []
                ended = try feed(&block, MeterLimits.blockBytes) == 0
                active.append(block, to: &buffer, final: ended)
                transcoder = active
            } else {
                ended = try feed(&buffer, MeterLimits.blockBytes) == 0
            }
            if pendingLineFeed, before == 0, let first = buffer.first {
                pendingLineFeed = false
                if first == 0x0a { buffer.removeFirst() }
            }
        }
        return buffer.count > before
    }
}

/// The beginning of a file, from which its format is recognised: text without its byte order mark, UTF-16 turned to
/// UTF-8.
struct DocumentHead {
    private(set) var bytes: [UInt8]
    let encoding: MeterReadOptions.Encoding
    fileprivate let transcoder: UTF16Transcoder?

    init(raw: [UInt8], declared: MeterReadOptions.Encoding?) {
        let mark = TextEncoding.mark(raw.span)
        encoding = declared ?? mark?.encoding ?? TextEncoding.recognise(raw.span)
        bytes = Array(raw.dropFirst(mark?.length ?? 0))
        guard encoding == .utf16LE || encoding == .utf16BE else {
            transcoder = nil
            return
        }
        var fresh = UTF16Transcoder(bigEndian: encoding == .utf16BE)
        var text: [UInt8] = []
        fresh.append(bytes, to: &text, final: false)
        bytes = text
        transcoder = fresh
    }

    /// Reads up to `MeterLimits.headBytes`; fewer only when the file is shorter. The second part gives the same bytes
    /// again and then what comes after them, a damage that ended the first part included.
    static func raw(_ feed: @escaping ByteFeed) throws(MeterError) -> (bytes: [UInt8], all: ByteFeed, rest: ByteFeed) {
        var raw: [UInt8] = []
        var damage: MeterError?
        do throws(MeterError) {
            while raw.count < MeterLimits.headBytes, try feed(&raw, MeterLimits.blockBytes) > 0 {}
        } catch {
            // A cut file keeps what came before the cut; any other damage is met at once.
            guard error.kind == .truncated, !raw.isEmpty else { throw error }
            damage = error
        }
        let rest: ByteFeed = { [damage] (buffer, max) throws(MeterError) in
            if let damage { throw damage }
            return try feed(&buffer, max)
        }
        var position = 0
        let all: ByteFeed = { [raw] (buffer, max) throws(MeterError) in
            guard position < raw.count else { return try rest(&buffer, max) }
            let count = min(max, raw.count - position)
            buffer.append(contentsOf: raw[position..<(position + count)])
            position += count
            return count
        }
        return (raw, all, rest)
    }

    /// The first byte that is no white space, and where it stands.
    var firstInk: (byte: UInt8, place: Int)? {
        guard let place = bytes.firstIndex(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0a && $0 != 0x0d })
        else { return nil }
        return (bytes[place], place)
    }

    /// True when the text, white space before it passed over, begins with these characters.
    func begins(with prefix: String) -> Bool {
        guard let ink = firstInk else { return false }
        return bytes[ink.place...].starts(with: prefix.utf8)
    }

    /// The first lines that are not empty, decoded as well as may be.
    func lines(_ count: Int) -> [String] {
        var found: [String] = []
        for line in bytes.split(maxSplits: count, whereSeparator: { $0 == 0x0a || $0 == 0x0d }).prefix(count) {
            let raw = Array(line.prefix(MeterLimits.blockBytes))
            let decoded = encoding == .gb18030 ? decodeGB18030(raw) : nil
            found.append(decoded ?? String(decoding: raw, as: UTF8.self))
        }
        return found
    }

    /// The fields of the rows after the header, for formats that rows tell. Quotes are not minded: only texts of
    /// quantities are looked for.
    func firstRows(separator: UInt8) -> [[String]] {
        let character = Character(Unicode.Scalar(separator))
        return lines(MeterLimits.previewRows).dropFirst().map {
            $0.split(separator: character, omittingEmptySubsequences: false).map { String($0) }
        }
    }

    /// Names of the first elements of an XML document, without prefixes; empty when it is none.
    func elementNames(_ count: Int) throws(MeterError) -> [String] {
        guard firstInk?.byte == UInt8(ascii: "<") else { return [] }
        var reader = XMLPullReader(TextSource(bytes: bytes))
        var names: [String] = []
        while names.count < count {
            do throws(MeterError) {
                switch try reader.next() {
                case .start(let name): names.append(name)
                case .end: continue
                case .done: return names
                }
            } catch {
                // The head may be cut anywhere; a declaration that is refused is refused now.
                if error.kind == .truncated { return names }
                throw error
            }
        }
        return names
    }
}
