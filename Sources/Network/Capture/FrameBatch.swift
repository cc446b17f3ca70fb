import Vocabulary

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
