import Vocabulary

/// One piece of an IP datagram.
struct FragmentPiece: Sendable {
    var source: IPAddress
    var destination: IPAddress
    var identification: UInt32
    var protocolNumber: UInt8
    /// Offset of the piece in the datagram's payload.
    var offset: Int
    var more: Bool
    /// Where its bytes lie in the frame's buffer.
    var range: Range<Int>
}

/// Puts fragments together. Where two pieces differ the first one stands. Bounded in datagrams and bytes; the oldest
/// datagram goes first.
struct FragmentReassembly {
    private struct Key: Hashable {
        var source: IPAddress
        var destination: IPAddress
        var identification: UInt32
        var number: UInt8
    }

    private struct Datagram {
        var bytes: [UInt8] = []
        /// Byte is there.
        var present: [Bool] = []
        var missing = 0
        var length: Int?
        var pieces = 0
        var conflict = false
        var order: Int
    }

    private var datagrams: [Key: Datagram] = [:]
    private var held = 0
    private var counter = 0
    /// The datagram that was completed last had pieces that contradict each other.
    private(set) var lastConflict = false

    /// The whole payload when this piece completes it.
    mutating func add(_ piece: FragmentPiece, bytes: [UInt8], time: Instant?) -> [UInt8]? {
        let key = Key(
            source: piece.source, destination: piece.destination, identification: piece.identification,
            number: piece.protocolNumber)
        counter += 1
        var datagram = datagrams.removeValue(forKey: key) ?? Datagram(order: counter)
        held -= datagram.bytes.count
        datagram.pieces += 1
        guard datagram.pieces <= WireLimits.fragments else { return nil }
        let end = piece.offset + piece.range.count
        if !piece.more, datagram.length == nil { datagram.length = end }
        if datagram.bytes.count < end {
            datagram.missing += end - datagram.bytes.count
            datagram.present.append(contentsOf: repeatElement(false, count: end - datagram.bytes.count))
            datagram.bytes.append(contentsOf: repeatElement(0, count: end - datagram.bytes.count))
        }
        for (index, from) in piece.range.enumerated() {
            if datagram.present[piece.offset + index] {
                if datagram.bytes[piece.offset + index] != bytes[from] { datagram.conflict = true }
                continue
            }
            datagram.bytes[piece.offset + index] = bytes[from]
            datagram.present[piece.offset + index] = true
            datagram.missing -= 1
        }
        if let length = datagram.length, length <= datagram.bytes.count, datagram.present[..<length].allSatisfy({ $0 })
        {
            lastConflict = datagram.conflict
            return Array(datagram.bytes[..<length])
        }
        held += datagram.bytes.count
        datagrams[key] = datagram
        evict()
        return nil
    }

    private mutating func evict() {
        while datagrams.count > WireLimits.fragmentedDatagrams || held > WireLimits.fragmentBytes {
            guard let oldest = datagrams.min(by: { $0.value.order < $1.value.order }) else { return }
            held -= oldest.value.bytes.count
            datagrams[oldest.key] = nil
        }
    }
}
