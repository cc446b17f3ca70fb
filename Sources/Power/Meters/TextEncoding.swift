/// Recognises and checks a file's encoding. UTF-8 and GB18030 are split as bytes, because no GB18030 trail byte is a
/// separator, quote or line end; only headers and identifiers are decoded. UTF-16 is turned into UTF-8 first.
enum TextEncoding {
    typealias Encoding = MeterReadOptions.Encoding

    /// Bytes of a byte order mark and what it says; nil without one.
    static func mark(_ bytes: Span<UInt8>) -> (encoding: Encoding, length: Int)? {
        if bytes.count >= 3, bytes[0] == 0xef, bytes[1] == 0xbb, bytes[2] == 0xbf { return (.utf8, 3) }
        guard bytes.count >= 2 else { return nil }
        if bytes[0] == 0xff, bytes[1] == 0xfe { return (.utf16LE, 2) }
        if bytes[0] == 0xfe, bytes[1] == 0xff { return (.utf16BE, 2) }
        return nil
    }

    /// Decides between UTF-8 and GB18030 from the first lines. The header decides when it is not ASCII. Otherwise rows do:
    /// GB18030 only when several lines are valid there and none is UTF-8, so one damaged line does not turn the file.
    static func recognise(_ bytes: Span<UInt8>) -> Encoding {
        var start = 0
        var (unicode, chinese, header) = (0, 0, true)
        while start < bytes.count {
            var end = start
            var high = false
            while end < bytes.count, bytes[end] != 0x0a, bytes[end] != 0x0d {
                high = high || bytes[end] >= 0x80
                end += 1
            }
            // The last line of the block may be cut inside a character.
            if end == bytes.count, start > 0 { break }
            if high {
                let isUnicode = isValid(bytes, start..<end, .utf8)
                let isChinese = !isUnicode && isValid(bytes, start..<end, .gb18030)
                if header, isUnicode || isChinese { return isUnicode ? .utf8 : .gb18030 }
                unicode += isUnicode ? 1 : 0
                chinese += isChinese ? 1 : 0
            }
            header = false
            start = end + 1
        }
        return chinese >= 3 && unicode == 0 ? .gb18030 : .utf8
    }

    static func isValid(_ bytes: Span<UInt8>, _ range: Range<Int>, _ encoding: Encoding) -> Bool {
        encoding == .gb18030 ? isGB18030(bytes, range) : isUTF8(bytes, range)
    }

    private static func isUTF8(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var index = range.lowerBound
        func follows(_ place: Int, _ low: UInt8 = 0x80, _ high: UInt8 = 0xbf) -> Bool {
            place < range.upperBound && bytes[place] >= low && bytes[place] <= high
        }
        while index < range.upperBound {
            let lead = bytes[index]
            switch lead {
            case 0..<0x80: index += 1
            case 0xc2...0xdf:
                guard follows(index + 1) else { return false }
                index += 2
            case 0xe0...0xef:
                // No overlong forms below U+0800, no surrogates.
                guard follows(index + 1, lead == 0xe0 ? 0xa0 : 0x80, lead == 0xed ? 0x9f : 0xbf), follows(index + 2)
                else { return false }
                index += 3
            case 0xf0...0xf4:
                guard follows(index + 1, lead == 0xf0 ? 0x90 : 0x80, lead == 0xf4 ? 0x8f : 0xbf), follows(index + 2),
                    follows(index + 3)
                else { return false }
                index += 4
            default: return false
            }
        }
        return true
    }

    private static func isGB18030(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var index = range.lowerBound
        while index < range.upperBound {
            let lead = bytes[index]
            if lead < 0x80 {
                index += 1
                continue
            }
            guard lead >= 0x81, lead <= 0xfe, index + 1 < range.upperBound else { return false }
            let trail = bytes[index + 1]
            if trail >= 0x40, trail <= 0xfe, trail != 0x7f {
                index += 2
            } else if trail >= 0x30, trail <= 0x39 {
                guard index + 3 < range.upperBound, (0x81...0xfe).contains(bytes[index + 2]),
                    (0x30...0x39).contains(bytes[index + 3])
                else { return false }
                index += 4
            } else {
                return false
            }
        }
        return true
    }

    /// The text of a field without surrounding blanks, doubled quotes halved; nil when it is not valid.
    static func text(_ bytes: Span<UInt8>, _ range: Range<Int>, _ encoding: Encoding) -> String? {
        var raw: [UInt8] = []
        var index = range.lowerBound
        while index < range.upperBound {
            raw.append(bytes[index])
            let doubled = bytes[index] == 0x22 && index + 1 < range.upperBound && bytes[index + 1] == 0x22
            index += doubled ? 2 : 1
        }
        while let last = raw.last, isBlank(last) { raw.removeLast() }
        raw = Array(raw.drop { isBlank($0) })
        if raw.allSatisfy({ $0 < 0x80 }) { return String(decoding: raw, as: UTF8.self) }
        guard encoding == .gb18030 else { return String(validating: raw, as: UTF8.self) }
        return decodeGB18030(raw)
    }
}

/// Turns UTF-16 into UTF-8 block by block. A lone surrogate becomes a byte that is no UTF-8, so its row is rejected.
struct UTF16Transcoder {
    var bigEndian: Bool
    private var pending: [UInt8] = []
    private var high: UInt16?

    init(bigEndian: Bool) { self.bigEndian = bigEndian }

    mutating func append(_ block: [UInt8], to output: inout [UInt8], final: Bool) {
        let bytes = pending + block
        pending = []
        var index = 0
        while index + 1 < bytes.count {
            let unit =
                bigEndian
                ? UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1])
                : UInt16(bytes[index + 1]) << 8 | UInt16(bytes[index])
            index += 2
            take(unit, &output)
        }
        if index < bytes.count { pending = [bytes[index]] }
        if final, !pending.isEmpty || high != nil { output.append(0xff) }
    }

    private mutating func take(_ unit: UInt16, _ output: inout [UInt8]) {
        if let first = high {
            high = nil
            if unit & 0xfc00 == 0xdc00 {
                let value = 0x1_0000 + (UInt32(first & 0x3ff) << 10 | UInt32(unit & 0x3ff))
                if let scalar = Unicode.Scalar(value) { output.append(contentsOf: UTF8.encode(scalar) ?? .init()) }
                return
            }
            output.append(0xff)
        }
        if unit & 0xfc00 == 0xd800 {
            high = unit
        } else if let scalar = Unicode.Scalar(unit) {
            output.append(contentsOf: UTF8.encode(scalar) ?? .init())
        } else {
            output.append(0xff)
        }
    }
}
