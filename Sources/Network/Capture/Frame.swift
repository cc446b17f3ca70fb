import Vocabulary

/// One captured packet: where its bytes lie in the reader's buffer, valid until the next call of `next()`.
package struct Frame: Sendable {
    /// 1-based number in the file.
    package var index: Int
    /// Nil when the file has no time for it (a simple packet block).
    package var time: Instant?
    /// LINKTYPE_ number of tcpdump.org's registry.
    package var linkType: UInt32
    package var bytes: Range<Int>
    /// Length on the wire.
    package var originalLength: Int
    /// The record itself cannot be believed (its length runs past its block): counted as malformed, not decoded.
    package var malformed: Bool

    package init(
        index: Int, time: Instant?, linkType: UInt32, bytes: Range<Int>, originalLength: Int, malformed: Bool = false
    ) {
        self.index = index
        self.time = time
        self.linkType = linkType
        self.bytes = bytes
        self.originalLength = originalLength
        self.malformed = malformed
    }
}

/// Frames and the bytes they lie in.
package struct FrameBatch: Sendable {
    package var bytes: [UInt8] = []
    package var frames: [Frame] = []

    package init() {}
}

/// Names of link types as records write them.
package func linkTypeName(_ number: UInt32) -> String {
    let names: [UInt32: String] = [
        0: "NULL", 1: "EN10MB", 9: "PPP", 12: "RAW", 14: "RAW", 101: "RAW", 104: "C_HDLC", 105: "IEEE802_11",
        108: "LOOP",
        113: "LINUX_SLL", 127: "IEEE802_11_RADIOTAP", 228: "IPV4", 229: "IPV6", 276: "LINUX_SLL2",
    ]
    return names[number] ?? "LINKTYPE_\(number)"
}
