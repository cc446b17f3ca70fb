/// The parts of a capture's path that tell which rotation it belongs to: `eth0_00001_20260101120000.pcap.gz` is number
/// (1, 20260101120000) of stem `eth0`, `night.pcap3` number 3 of `night.pcap`.
struct CaptureName: Hashable {
    var folder: String
    var stem: String
    /// `pcap`, `pcapng`, …; empty when the name has no such ending.
    var ending: String
    /// How the numbers stand: `_#_#`, or `.pcap#` when they follow the ending.
    var shape: String
    /// The runs of digits, leading zeros taken off: compared by length, then as text, so that no run is too long.
    var numbers: [String]

    private static let endings = ["pcapng", "pcap", "cap", "dmp"]
    private static let packings = [".gz", ".zst", ".gzip", ".zstd"]

    init(path: String) {
        let cut = path.lastIndex(of: "/")
        folder = cut.map { String(path[...$0]) } ?? ""
        var base = Array((cut.map { path[path.index(after: $0)...] } ?? path[...]).utf8)
        for packing in CaptureName.packings where base.count > packing.utf8.count {
            if base.suffix(packing.utf8.count).elementsEqual(packing.utf8) {
                base.removeLast(packing.utf8.count)
                break
            }
        }
        // tcpdump -C: `night.pcap`, `night.pcap1`, …; log rotation: `night.pcap.1`.
        var tail = base.count
        while tail > 0, CaptureName.isDigit(base[tail - 1]) { tail -= 1 }
        let digits = Array(base[tail...])
        var front = Array(base[..<tail])
        if !digits.isEmpty, front.last == 0x2E { front.removeLast() }
        for ending in CaptureName.endings where front.count > ending.utf8.count {
            guard front.suffix(ending.utf8.count).elementsEqual(ending.utf8) else { continue }
            front.removeLast(ending.utf8.count)
            guard front.last == 0x2E else { break }
            front.removeLast()
            self.ending = ending
            if digits.isEmpty {
                let (stem, shape, numbers) = CaptureName.split(front)
                if !numbers.isEmpty {
                    (self.stem, self.shape, self.numbers) = (stem, shape, numbers)
                    return
                }
            }
            // A name without a number is the first of tcpdump's rotation.
            stem = String(decoding: front, as: UTF8.self)
            shape = ".pcap#"
            numbers = [CaptureName.trimmed(digits)]
            return
        }
        ending = ""
        (stem, shape, numbers) = CaptureName.split(base)
    }

    /// Takes the numbers off the end of a name. They begin at a separator, so that `eth0` and `eth1` stay two stems.
    private static func split(_ name: [UInt8]) -> (stem: String, shape: String, numbers: [String]) {
        func isSeparator(_ byte: UInt8) -> Bool { byte == 0x2D || byte == 0x5F || byte == 0x2E || byte == 0x3A }
        var start = name.count
        while start > 0 {
            let byte = name[start - 1]
            // The T and the Z of a time stamp.
            let stamp =
                byte == 0x54 && start > 1 && start < name.count && isDigit(name[start - 2]) && isDigit(name[start])
                || byte == 0x5A && start > 1 && isDigit(name[start - 2])
            guard isDigit(byte) || isSeparator(byte) || stamp else { break }
            start -= 1
        }
        if start > 0 {
            while start < name.count, !isSeparator(name[start]) { start += 1 }
        }
        var shape: [UInt8] = []
        var numbers: [String] = []
        var at = start
        while at < name.count {
            guard isDigit(name[at]) else {
                shape.append(name[at])
                at += 1
                continue
            }
            var end = at
            while end < name.count, isDigit(name[end]) { end += 1 }
            numbers.append(trimmed(Array(name[at..<end])))
            shape.append(0x23)
            at = end
        }
        guard !numbers.isEmpty else { return (String(decoding: name, as: UTF8.self), "", []) }
        return (String(decoding: name[..<start], as: UTF8.self), String(decoding: shape, as: UTF8.self), numbers)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private static func trimmed(_ digits: [UInt8]) -> String {
        String(decoding: digits.drop { $0 == 0x30 }, as: UTF8.self)
    }

    /// Whether the numbers of one name stand before those of another, the first run first.
    static func precedes(_ left: ArraySlice<String>, _ right: ArraySlice<String>) -> Bool {
        for (one, other) in zip(left, right) where one != other {
            return (one.utf8.count, one) < (other.utf8.count, other)
        }
        return left.count < right.count
    }
}
