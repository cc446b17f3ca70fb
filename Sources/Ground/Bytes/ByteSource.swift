import CZlib
import CZstd
import Glibc

/// Bytes of a file, a pipe or an array, plain or compressed, in order. What is compressed is known by its first bytes, not
/// by its name; one layer is opened, no more.
package final class ByteSource {
    package enum Compression: String, Sendable { case none, gzip, zstd }

    /// Read at a time from a file that is no larger.
    private static let smallestBlock = 1 << 12

    /// -1 when all bytes lie in `block`.
    private let descriptor: Int32
    private let owned: Bool
    private var block: [UInt8]
    private var filled = 0
    private var position = 0
    private var ended = false
    private var expander: (any Expander)?
    package private(set) var compression: Compression = .none
    /// Bytes taken from the file so far, as they lie on disk.
    package private(set) var bytesConsumed = 0
    /// Bytes given out so far.
    package private(set) var bytesProduced = 0

    /// Opens a file; `-` is standard input.
    package convenience init(path: String) throws(InputError) {
        if path == "-" {
            try self.init(descriptor: 0, owned: false)
        } else {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw InputError(.unreadable, offset: 0, detail: String(cString: strerror(errno)))
            }
            try self.init(descriptor: descriptor, owned: true)
        }
    }

    package init(descriptor: Int32, owned: Bool = false) throws(InputError) {
        self.descriptor = descriptor
        self.owned = owned
        block = [UInt8](repeating: 0, count: ByteSource.blockBytes(for: descriptor))
        // Four bytes tell; a pipe may give them one by one.
        while filled < 4, !ended { try fill() }
        recognise()
    }

    /// Bytes that are in memory already: read as those of a file that holds them, without a copy.
    package init(bytes: [UInt8]) {
        descriptor = -1
        owned = false
        block = bytes
        filled = bytes.count
        ended = true
        bytesConsumed = bytes.count
        recognise()
    }

    private func recognise() {
        if filled >= 2, block[0] == 0x1F, block[1] == 0x8B {
            compression = .gzip
            expander = GzipExpander()
        } else if filled >= 4, block[0] == 0x28, block[1] == 0xB5, block[2] == 0x2F, block[3] == 0xFD {
            compression = .zstd
            expander = ZstdExpander()
        }
    }

    deinit { if owned { close(descriptor) } }

    /// Bytes still to come, as far as that is known: a plain file may grow or shrink while it is read. Nil for a pipe and
    /// for what is compressed.
    package var remaining: Int? {
        guard compression == .none else { return nil }
        let here = filled - position
        if ended { return here }
        return ByteSource.unread(descriptor).map { $0 + here }
    }

    /// Bytes of a plain file behind the place where the next read(2) begins; nil for anything else.
    private static func unread(_ descriptor: Int32) -> Int? {
        var about = stat()
        guard fstat(descriptor, &about) == 0, about.st_mode & S_IFMT == S_IFREG else { return nil }
        let place = lseek(descriptor, 0, SEEK_CUR)
        return place < 0 ? nil : max(0, Int(about.st_size) - Int(place))
    }

    /// A small file does not need a large block: setting it to zero would cost more than reading the file. Some files
    /// say that they hold nothing and give bytes all the same (procfs); for those `refill` makes the block larger.
    private static func blockBytes(for descriptor: Int32) -> Int {
        guard let unread = unread(descriptor) else { return ByteLimits.blockBytes }
        return min(ByteLimits.blockBytes, max(ByteSource.smallestBlock, unread))
    }

    /// Appends up to `max` bytes to `buffer`; 0 means the end. A compressed stream that breaks off gives what it had and
    /// then throws `truncated`.
    package func read(into buffer: inout [UInt8], max: Int) throws(InputError) -> Int {
        guard max > 0 else { return 0 }
        let count = expander == nil ? try readPlain(&buffer, max) : try readExpanded(&buffer, max)
        bytesProduced += count
        return count
    }

    /// Fills `buffer` from `start` to its end, or less; 0 means the end. What is not compressed goes there without a copy.
    package func fill(_ buffer: inout [UInt8], from start: Int) throws(InputError) -> Int {
        guard start >= 0, start < buffer.count else { return 0 }
        if expander == nil {
            let count: Int
            if position < filled {
                count = min(buffer.count - start, filled - position)
                let rest = block[position..<(position + count)]
                buffer.withUnsafeMutableBytes {
                    UnsafeMutableRawBufferPointer(rebasing: $0[start...]).copyBytes(from: rest)
                }
                position += count
            } else {
                count = ended ? 0 : try readBlock(&buffer, from: start)
            }
            bytesProduced += count
            return count
        }
        var part: [UInt8] = []
        let count = try read(into: &part, max: buffer.count - start)
        buffer.replaceSubrange(start..<(start + count), with: part)
        return count
    }

    private func readPlain(_ buffer: inout [UInt8], _ max: Int) throws(InputError) -> Int {
        if position == filled, !ended { try refill() }
        let count = min(max, filled - position)
        buffer.append(contentsOf: block[position..<(position + count)])
        position += count
        return count
    }

    private func readExpanded(_ buffer: inout [UInt8], _ max: Int) throws(InputError) -> Int {
        let before = buffer.count
        while buffer.count == before {
            if position == filled, !ended { try refill() }
            guard let expander else { return 0 }
            let used: Int
            do {
                // No more than a block at a time, also of what is in memory: zlib counts in 32 bits.
                let end = min(filled, position + ByteLimits.blockBytes)
                used = try expander.expand(
                    block, position..<end, atEnd: ended && position == filled, into: &buffer, max: max)
            } catch {
                throw InputError(error.kind, offset: bytesConsumed - (filled - position), detail: error.detail)
            }
            position += used
            let produced = bytesProduced + buffer.count - before
            let taken = bytesConsumed - (filled - position)
            if produced > ByteLimits.expandedBytes
                || produced > ByteLimits.freeExpansion && produced / ByteLimits.expansionRatio > taken
            {
                throw InputError(
                    .limit, offset: taken, detail: "expands to more than \(ByteLimits.expansionRatio) times its size")
            }
            if expander.finished, position == filled, ended { break }
            if used == 0, buffer.count == before, ended, position == filled { break }
        }
        return buffer.count - before
    }

    private func refill() throws(InputError) {
        if filled == block.count, filled < ByteLimits.blockBytes {
            block = [UInt8](repeating: 0, count: ByteLimits.blockBytes)
        }
        filled = 0
        position = 0
        try fill()
    }

    private func fill() throws(InputError) {
        let count = try readBlock(&block, from: filled)
        filled += count
    }

    /// One read(2) into `buffer` from `start` on; 0 sets `ended`.
    private func readBlock(_ buffer: inout [UInt8], from start: Int) throws(InputError) -> Int {
        while true {
            let room = buffer.count - start
            let count = buffer.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress.map { $0 + start }, room)
            }
            if count < 0, errno == EINTR { continue }
            if count < 0 {
                throw InputError(.unreadable, offset: bytesConsumed, detail: String(cString: strerror(errno)))
            }
            if count == 0 { ended = true }
            bytesConsumed += count
            return count
        }
    }
}

/// Turns compressed bytes into plain ones.
protocol Expander: AnyObject {
    /// A whole stream ended and no other has begun.
    var finished: Bool { get }
    /// Takes from `input[range]`, appends at most `max` bytes, answers how many bytes it took.
    func expand(
        _ input: [UInt8], _ range: Range<Int>, atEnd: Bool, into output: inout [UInt8], max: Int
    ) throws(InputError) -> Int
}
