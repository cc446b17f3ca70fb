import CZlib
import Synchronization

/// Undoes DEFLATE (RFC 1951) piece by piece, bare or in a zlib (RFC 1950) or gzip (RFC 1952) wrapping. It knows no
/// file and trusts no length: the caller says each time how much may come out.
package final class Inflater {
    package enum Format: Sendable {
        case raw, zlib, gzip

        /// zlib's `windowBits`. The largest window reads what any smaller one wrote.
        fileprivate var windowBits: Int32 {
            switch self {
            case .raw: -15
            case .zlib: 15
            case .gzip: 31
            }
        }
    }

    package enum Outcome: Equatable, Sendable {
        /// All input was taken and all that it gave is out.
        case more
        /// The stream has ended; what follows it was left in the input.
        case end
        /// No such stream, or a wrong check sum; what came out before may be used.
        case damaged
        /// More would come out than was allowed.
        case limit
    }

    /// Output is made room for in steps of this many bytes, so that a small message costs little.
    private static let stepBytes = 4 << 10

    /// How many may live at a time. Each keeps up to 40 KiB, and a capture can open as many compressed streams as it
    /// likes.
    package final class Allowance: Sendable {
        /// 160 MiB for all captures that this process reads.
        package static let shared = Allowance(most: 4_096)

        private let most: Int
        private let alive = Atomic<Int>(0)

        package init(most: Int) { self.most = most }

        fileprivate func enter() -> Bool {
            if alive.add(1, ordering: .relaxed).newValue <= most { return true }
            leave()
            return false
        }

        fileprivate func leave() { alive.subtract(1, ordering: .relaxed) }
    }

    private let allowance: Allowance
    // At one address for its whole life: zlib keeps a pointer to it.
    private let stream: UnsafeMutablePointer<z_stream>

    /// Nil when too many live already, or zlib finds no memory.
    package init?(_ format: Format, within allowance: Allowance = .shared) {
        guard allowance.enter() else { return nil }
        // Nothing of `self` is set before zlib has agreed: an object that is whole would be ended on the way out.
        let made = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        made.initialize(to: z_stream())
        guard inflateInit2_(made, format.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            made.deallocate()
            allowance.leave()
            return nil
        }
        self.allowance = allowance
        stream = made
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        allowance.leave()
    }

    /// Begins a new stream. `keepsWindow`: it may refer to bytes of the one before (RFC 7692, 7.2.3.5).
    package func restart(keepsWindow: Bool) {
        if keepsWindow { inflateResetKeep(stream) } else { inflateReset(stream) }
    }

    /// Takes bytes off the front of `input` and appends what they hold to `output`, at most `limit` bytes.
    package func inflate(_ input: inout ArraySlice<UInt8>, into output: inout [UInt8], limit: Int) -> Outcome {
        let start = output.count
        while true {
            // One byte more than allowed tells a full output from one that ends right there.
            let room = min(Self.stepBytes, max(0, limit) - (output.count - start) + 1)
            guard room > 0 else {
                output.removeLast(output.count - start - max(0, limit))
                return .limit
            }
            let (code, filled) = step(&input, &output, room)
            switch code {
            case Z_STREAM_END:
                guard output.count - start <= max(0, limit) else { continue }
                return .end
            case Z_OK, Z_BUF_ERROR: if !filled, input.isEmpty || code == Z_BUF_ERROR { return .more }
            default:
                output.removeLast(max(0, output.count - start - max(0, limit)))
                return .damaged
            }
        }
    }

    private func step(
        _ input: inout ArraySlice<UInt8>, _ output: inout [UInt8], _ room: Int
    ) -> (code: Int32, filled: Bool) {
        let before = output.count
        let offered = min(input.count, 1 << 30)
        output.append(contentsOf: repeatElement(0, count: room))
        var code = Z_OK
        input.withUnsafeBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                guard let to = target.baseAddress else { return }
                // An empty slice has no address; zlib wants one even for nothing.
                var nothing: UInt8 = 0
                withUnsafeMutablePointer(to: &nothing) { empty in
                    stream.pointee.next_in = source.baseAddress.map { UnsafeMutablePointer(mutating: $0) } ?? empty
                    stream.pointee.avail_in = UInt32(offered)
                    stream.pointee.next_out = to + before
                    stream.pointee.avail_out = UInt32(room)
                    code = CZlib.inflate(stream, Z_NO_FLUSH)
                }
            }
        }
        let left = Int(stream.pointee.avail_out)
        output.removeLast(left)
        input = input.dropFirst(offered - Int(stream.pointee.avail_in))
        return (code, left == 0)
    }
}
