import Vocabulary

/// One piece of an IP datagram.
struct FragmentPiece: Sendable {
    var source: IPAddress
    var destination: IPAddress
    var identification: UInt32
    var protocolNumber: UInt8
    /// Offset of the piece in the datagram's payload: a multiple of eight.
    var offset: Int
    var more: Bool
    /// Where its bytes lie in the frame's buffer.
    var range: Range<Int>
}

/// Which datagram a fragment belongs to.
package struct FragmentIdentity: Hashable, Sendable {
    var source: IPAddress
    var destination: IPAddress
    var identification: UInt32
    /// The protocol for IPv4; the first header after the fragment's own for IPv6.
    var number: UInt8
}

/// What the fragment's header says beside the addresses: kept in the cursor, so it is small.
struct FragmentMark: Sendable {
    var identification: UInt32
    var offset: UInt16
    var protocolNumber: UInt8
    var more: Bool
}

/// Puts fragments together. Where two pieces differ the first one stands. Bounded in datagrams and bytes; the oldest
/// datagram goes first.
///
/// Work is proportional to the piece: pieces begin at multiples of eight, so what is there of each block of eight
/// bytes is always its beginning, and one number a block says how much. A count of bytes says when the datagram is
/// whole.
struct FragmentReassembly {
    enum Outcome {
        case waiting
        /// The datagram is whole: its protocol number, and whether its pieces contradicted each other.
        case whole(UInt8, conflict: Bool)
        case overLimit
    }

    private struct Key: Hashable {
        var source: IPAddress
        var destination: IPAddress
        var identification: UInt32
        /// 0 for IPv6, where only the first fragment's next header counts (RFC 8200, 4.5).
        var number: UInt8
    }

    private struct Datagram {
        var key: Key
        /// Neighbours by age; -1 at the ends.
        var older = -1
        var younger = -1
        /// Capture time of the first piece.
        var since: Instant?
        /// Bytes that are there, without those behind a known end.
        var present = 0
        /// From the first piece without a follower.
        var length: Int?
        var number: UInt8
        var pieces = 0
        var conflict = false
    }

    private var places: [Key: Int] = [:]
    private var datagrams: [Datagram] = []
    private var freePlaces: [Int] = []
    private var oldest = -1
    private var youngest = -1
    private var pages = FragmentPages()
    /// Datagrams that were given up because a limit was reached.
    private(set) var evicted = 0

    var waiting: Int { places.count }
    /// Bytes of memory that the waiting pieces and the tables hold.
    var held: Int { pages.held + datagrams.count * FragmentReassembly.placeSize }
    /// A datagram's record with its two places in the dictionary and in the free list.
    private static var placeSize: Int { MemoryLayout<Datagram>.stride + 2 * MemoryLayout<Key>.stride + 24 }
    private static let pageLimit =
        (WireLimits.fragmentBytes - WireLimits.fragmentedDatagrams * (placeSize + FragmentPages.directorySize))
        / (FragmentPages.pageSize + 4)

    /// Writes the whole payload over `output` when this piece completes it.
    mutating func add(
        _ piece: FragmentPiece, bytes: [UInt8], time: Instant?, into output: inout [UInt8]
    ) -> Outcome {
        let isIPv4 = piece.source.isIPv4
        let key = Key(
            source: piece.source, destination: piece.destination, identification: piece.identification,
            number: isIPv4 ? piece.protocolNumber : 0)
        if let place = places[key], hasExpired(datagrams[place], time) { close(place) }
        let place = places[key] ?? open(key, piece.protocolNumber, time)
        if piece.offset == 0, !isIPv4, !pages.holdsStart(place) { datagrams[place].number = piece.protocolNumber }
        datagrams[place].pieces += 1
        guard datagrams[place].pieces <= WireLimits.fragments else {
            drop(place)
            return .overLimit
        }
        let end = piece.offset + piece.range.count
        if !piece.more, datagrams[place].length == nil {
            datagrams[place].length = end
            // Once a datagram: bytes behind the end no longer count.
            datagrams[place].present = pages.count(place, below: end)
        }
        makeRoom(for: pages.missingPages(place, piece.offset..<end), besides: place)
        let limit = datagrams[place].length ?? Int.max
        let added = bytes.withUnsafeBufferPointer {
            pages.write(place, at: piece.offset, $0[piece.range], limit: limit, conflict: &datagrams[place].conflict)
        }
        datagrams[place].present += added
        guard let length = datagrams[place].length, datagrams[place].present >= length else { return .waiting }
        pages.read(place, length, into: &output)
        let answer = Outcome.whole(datagrams[place].number, conflict: datagrams[place].conflict)
        close(place)
        return answer
    }

    private func hasExpired(_ datagram: Datagram, _ time: Instant?) -> Bool {
        guard let time, let since = datagram.since else { return false }
        let (age, overflow) = time.nanoseconds.subtractingReportingOverflow(since.nanoseconds)
        return !overflow && age > WireLimits.fragmentSeconds * 1_000_000_000
    }

    private mutating func open(_ key: Key, _ number: UInt8, _ time: Instant?) -> Int {
        if places.count >= WireLimits.fragmentedDatagrams { drop(oldest) }
        var datagram = Datagram(key: key, since: time, number: number)
        datagram.older = youngest
        let place: Int
        if let free = freePlaces.popLast() {
            place = free
            datagrams[place] = datagram
        } else {
            place = datagrams.count
            datagrams.append(datagram)
            pages.addDirectory()
        }
        if youngest >= 0 { datagrams[youngest].younger = place } else { oldest = place }
        youngest = place
        places[key] = place
        return place
    }

    /// Evicts the oldest datagrams until `needed` pages are free. The datagram that is being written stays: it holds a
    /// small part of the pages at most.
    private mutating func makeRoom(for needed: Int, besides place: Int) {
        while pages.used + needed > FragmentReassembly.pageLimit {
            let victim = oldest == place ? datagrams[oldest].younger : oldest
            guard victim >= 0 else { return }
            drop(victim)
        }
    }

    private mutating func drop(_ place: Int) {
        guard place >= 0 else { return }
        evicted += 1
        close(place)
    }

    private mutating func close(_ place: Int) {
        let datagram = datagrams[place]
        places[datagram.key] = nil
        if datagram.older >= 0 {
            datagrams[datagram.older].younger = datagram.younger
        } else {
            oldest = datagram.younger
        }
        if datagram.younger >= 0 {
            datagrams[datagram.younger].older = datagram.older
        } else {
            youngest = datagram.older
        }
        pages.clear(place)
        freePlaces.append(place)
    }
}
