/// RFC 4180 rows with the line each begins on. Takes what people's spreadsheets write: a BOM, CR LF or LF, quoted line
/// ends. Works on bytes: a comma is a comma even after a combining mark.
package struct CSVRows {
    package struct Row {
        package let line: Int
        package let fields: [String]
        /// A quote was never closed, or text follows one: the fields cannot be trusted.
        package let malformed: Bool
    }

    private let bytes: [UInt8]
    private var at = 0
    private var line = 1

    package init(_ text: String) {
        bytes = Array(text.utf8)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
    }

    package mutating func next() -> Row? {
        guard at < bytes.count else { return nil }
        let begin = line
        var fields: [String] = []
        var malformed = false
        while true {
            let (field, sound) = field()
            fields.append(field)
            if !sound { malformed = true }
            guard at < bytes.count else { break }
            let byte = bytes[at]
            at += 1
            if byte == 0x2C {
                // A separator at the very end of the text still opens a last, empty field.
                if at == bytes.count {
                    fields.append("")
                    break
                }
                continue
            }
            if byte == 0x0D, at < bytes.count, bytes[at] == 0x0A { at += 1 }
            line += 1
            break
        }
        return Row(line: begin, fields: fields, malformed: malformed)
    }

    private mutating func field() -> (String, sound: Bool) {
        var value: [UInt8] = []
        guard at < bytes.count, bytes[at] == 0x22 else {
            while at < bytes.count, bytes[at] != 0x2C, bytes[at] != 0x0A, bytes[at] != 0x0D {
                value.append(bytes[at])
                at += 1
            }
            return (String(decoding: value, as: UTF8.self), true)
        }
        at += 1
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            if byte == 0x22 {
                guard at < bytes.count, bytes[at] == 0x22 else {
                    let ends = at == bytes.count || bytes[at] == 0x2C || bytes[at] == 0x0A || bytes[at] == 0x0D
                    while !ends, at < bytes.count, bytes[at] != 0x2C, bytes[at] != 0x0A { at += 1 }
                    return (String(decoding: value, as: UTF8.self), ends)
                }
                at += 1
            } else if byte == 0x0A {
                line += 1
            }
            value.append(byte)
        }
        return (String(decoding: value, as: UTF8.self), false)
    }
}
