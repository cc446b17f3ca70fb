internal import Bytes

/// Where a reader's bytes come from.
extension MeterReader {
    static func feed(bytes: [UInt8]) -> ByteFeed {
        var position = 0
        return { (buffer, max) throws(MeterError) in
            let count = min(max, bytes.count - position)
            buffer.append(contentsOf: bytes[position..<(position + count)])
            position += count
            return count
        }
    }

    static func feed(path: String) throws(MeterError) -> ByteFeed {
        let source: ByteSource
        do { source = try ByteSource(path: path) } catch { throw MeterError(error) }
        return feed(source)
    }

    static func feed(descriptor: Int32) throws(MeterError) -> ByteFeed {
        let source: ByteSource
        do { source = try ByteSource(descriptor: descriptor) } catch { throw MeterError(error) }
        return feed(source)
    }

    private static func feed(_ source: ByteSource) -> ByteFeed {
        { (buffer, max) throws(MeterError) in
            do throws(InputError) { return try source.read(into: &buffer, max: max) } catch { throw MeterError(error) }
        }
    }
}

extension MeterError {
    init(_ error: InputError) {
        let kind: Kind =
            switch error.kind {
            case .unreadable: .unreadable
            case .damaged: .damaged
            case .truncated: .truncated
            case .limit: .limit
            }
        self.init(kind, detail: error.description)
    }
}
