/// What stands before the first row: encoding, separator, column names.
extension RecordScanner {
    /// Reads the first block, settles encoding and separator, and tells the encoding.
    mutating func start(
        declared: MeterReadOptions.Encoding?
    ) throws(MeterError) -> MeterReadOptions.Encoding {
        guard try open() else { throw MeterError(.empty) }
        let mark = TextEncoding.mark(buffer.span)
        let encoding = declared ?? mark?.encoding ?? TextEncoding.recognise(buffer.span)
        begin(skipping: mark?.length ?? 0, encoding: encoding)
        separator = Self.separator(buffer.span, lookahead)
        return encoding
    }

    /// The first record's names, decoded. `encoding` UTF-16 was turned into UTF-8 before.
    mutating func header(_ encoding: MeterReadOptions.Encoding) throws(MeterError) -> [String] {
        switch try next() {
        case .end: throw MeterError(.noHeader)
        case .tooLong: throw MeterError(.recordTooLong, line: table.line, detail: "no header")
        case .unterminatedQuote: throw MeterError(.unterminatedQuote, line: table.line)
        case .record: break
        }
        guard table.count <= MeterLimits.columns else {
            throw MeterError(.tooManyColumns, line: table.line, detail: "\(table.count) columns")
        }
        guard !table.hasNUL, !table.badQuote, TextEncoding.isValid(buffer.span, table.record, encoding) else {
            throw MeterError(.notText, line: table.line, detail: visible(buffer.span, table.record))
        }
        var names: [String] = []
        for index in 0..<table.count {
            guard let name = TextEncoding.text(buffer.span, table[index], encoding) else {
                throw MeterError(.notText, line: table.line, detail: "column \(index + 1)")
            }
            names.append(name)
        }
        return names
    }

    /// The first line's most frequent candidate outside quotes.
    private static func separator(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt8 {
        var (commas, semicolons, tabs, quoted) = (0, 0, 0, false)
        scan: for index in range {
            switch bytes[index] {
            case UInt8(ascii: "\""): quoted.toggle()
            case 0x0a, 0x0d: if !quoted { break scan }
            case UInt8(ascii: ","): commas += quoted ? 0 : 1
            case UInt8(ascii: ";"): semicolons += quoted ? 0 : 1
            case UInt8(ascii: "\t"): tabs += quoted ? 0 : 1
            default: break
            }
        }
        if semicolons > commas, semicolons >= tabs { return UInt8(ascii: ";") }
        return tabs > commas ? UInt8(ascii: "\t") : UInt8(ascii: ",")
    }
}
