import CZlib

/// Gzip, one member after another (RFC 1952). zlib checks each member's check sum and length.
final class GzipExpander: Expander {
    private var stream = z_stream()
    private var open = false
    private var members = 0
    private(set) var finished = false

    deinit { if open { inflateEnd(&stream) } }

    func expand(
        _ input: [UInt8], _ range: Range<Int>, atEnd: Bool, into output: inout [UInt8], max: Int
    ) throws(InputError) -> Int {
        // Without input there may still be output that had no room before.
        if range.isEmpty, !open { return 0 }
        if !open {
            // After the last member some writers pad with zeros; anything else that is no member is left unread.
            if members > 0, input[range.lowerBound] != 0x1F { return range.count }
            guard members < ByteLimits.gzipMembers else {
                throw InputError(.limit, offset: 0, detail: "too many gzip members")
            }
            stream = z_stream()
            guard inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
                throw InputError(.limit, offset: 0, detail: "no memory for gzip")
            }
            open = true
            finished = false
            members += 1
        }
        let (used, produced, code) = step(input, range, &output, max)
        switch code {
        case Z_STREAM_END:
            inflateEnd(&stream)
            open = false
            finished = true
        case Z_OK, Z_BUF_ERROR:
            if range.isEmpty, atEnd, produced == 0 {
                throw InputError(.truncated, offset: 0, detail: "the gzip stream ends before its end")
            }
        default: throw InputError(.damaged, offset: 0, detail: "the gzip stream is damaged")
        }
        return used
    }

    private func step(
        _ input: [UInt8], _ range: Range<Int>, _ output: inout [UInt8], _ max: Int
    ) -> (used: Int, produced: Int, code: Int32) {
        let before = output.count
        let room = min(max, ByteLimits.blockBytes)
        output.append(contentsOf: repeatElement(0, count: room))
        var code: Int32 = Z_OK
        var used = 0
        var left = 0
        input.withUnsafeBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                guard let from = source.baseAddress, let to = target.baseAddress else { return }
                stream.next_in = UnsafeMutablePointer(mutating: from + range.lowerBound)
                stream.avail_in = UInt32(range.count)
                stream.next_out = to + before
                stream.avail_out = UInt32(room)
                code = inflate(&stream, Z_NO_FLUSH)
                used = range.count - Int(stream.avail_in)
                left = Int(stream.avail_out)
            }
        }
        output.removeLast(left)
        return (used, room - left, code)
    }
}
