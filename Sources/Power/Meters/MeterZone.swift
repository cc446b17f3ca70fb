import Glibc
internal import Vocabulary

/// The zone of stamps that carry none: a fixed offset, or a named zone with clock changes.
package struct MeterZone: Hashable, Sendable {
    struct Transition: Hashable, Sendable {
        /// First second, UTC, from which `offset` holds.
        var at: Int64
        var offset: Int64
    }

    /// China has kept UTC+8 without clock changes for as long as interval meters exist.
    package static let china = MeterZone(offsetSeconds: 8 * 3600)

    /// Before the first transition; seconds east of UTC.
    var initialOffset: Int64
    /// Ascending.
    var transitions: [Transition] = []

    package init(offsetSeconds: Int) { initialOffset = Int64(max(-86_399, min(86_399, offsetSeconds))) }

    /// Reads `+08:00`, `-0330`, `UTC`, `Z`, or a name such as `Europe/Berlin` from the system's zone files.
    package init(name: String) throws(MeterError) {
        if ["Asia/Shanghai", "Asia/Urumqi", "PRC", "CST-8"].contains(name) {
            self = .china
        } else if ["UTC", "Z", "GMT"].contains(name) {
            self.init(offsetSeconds: 0)
        } else if let offset = MeterZone.fixedOffset(name) {
            self.init(offsetSeconds: offset)
        } else if let read = MeterZone.systemZone(name) {
            self = read
        } else {
            throw MeterError(.badOption, detail: "unknown zone \(name)")
        }
    }

    var isFixed: Bool { transitions.isEmpty }

    /// UTC seconds of a local time. A local hour that comes twice is read as the first, unless the meter's reading before
    /// it (`after`) is already there. Nil for a local time that the clock skipped.
    func utc(local: Int64, after previous: Int64?) -> Int64? {
        if transitions.isEmpty { return local &- initialOffset }
        // Clock changes are at most a day apart from their local time, so two neighbours of the place decide.
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle].at <= local &- 86_400 { low = middle + 1 } else { high = middle }
        }
        var found: Int64?
        for index in (low - 1)..<min(low + 3, transitions.count) {
            let from = index < 0 ? Int64.min : transitions[index].at
            let until = index + 1 < transitions.count ? transitions[index + 1].at : Int64.max
            let utc = local &- (index < 0 ? initialOffset : transitions[index].offset)
            guard utc >= from, utc < until else { continue }
            if found == nil { found = utc }
            if let previous, utc <= previous { continue }
            return utc
        }
        return found
    }

    private static func fixedOffset(_ name: String) -> Int? {
        let bytes = Array(name.utf8)
        guard bytes.count >= 3, bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-") else { return nil }
        var parser = StampParser()
        // The stamp reader knows zones; a day is put before them.
        let text = Array("2000-01-01T00:00".utf8) + bytes
        return parser.stamp(text.span, 0..<text.count)?.offset.map { Int($0) }
    }

    private static func systemZone(_ name: String) -> MeterZone? {
        let allowed = name.utf8.allSatisfy {
            ($0 >= 0x30 && $0 <= 0x39) || ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7a) || $0 == 0x2f || $0 == 0x5f
                || $0 == 0x2d
                || $0 == 0x2b
        }
        guard allowed, !name.isEmpty, name.utf8.count < 64, !name.hasPrefix("/") else { return nil }
        guard let file = fopen("/usr/share/zoneinfo/" + name, "rb") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 17)
        let count = fread(&bytes, 1, bytes.count, file)
        return MeterZone(zoneFile: Array(bytes.prefix(count)))
    }

    /// A TZif file (RFC 9636): the 64-bit block of version 2 and later. The rule for years after the last transition is
    /// not needed: system files are written with transitions up to 2037.
    init?(zoneFile bytes: [UInt8]) {
        func word(_ at: Int, _ size: Int) -> Int64? {
            guard at >= 0, at + size <= bytes.count else { return nil }
            var value: UInt64 = bytes[at] >= 0x80 ? .max : 0
            for index in at..<(at + size) { value = value << 8 | UInt64(bytes[index]) }
            return Int64(bitPattern: value)
        }
        func block(_ at: Int) -> [Int]? {
            guard bytes.count >= at + 44, Array(bytes[at..<(at + 4)]) == Array("TZif".utf8) else { return nil }
            let counts = (0..<6).map { Int(word(at + 20 + 4 * $0, 4) ?? -1) }
            return counts.allSatisfy { (0...MeterLimits.zoneTransitions).contains($0) } ? counts : nil
        }
        // Order of counts: ut indicators, standard indicators, leap seconds, transitions, types, name characters.
        guard let old = block(0), bytes[4] >= UInt8(ascii: "2") else { return nil }
        let second = 44 + old[3] * 5 + old[4] * 6 + old[5] + old[2] * 8 + old[1] + old[0]
        guard let counts = block(second), counts[4] > 0 else { return nil }
        let times = second + 44
        let kinds = times + counts[3] * 8
        let types = kinds + counts[3]
        guard let first = word(types, 4) else { return nil }
        self.init(offsetSeconds: Int(first))
        for index in 0..<counts[3] {
            guard let at = word(times + index * 8, 8), kinds + index < bytes.count,
                let offset = word(types + Int(bytes[kinds + index]) * 6, 4), abs(offset) < 86_400
            else { return nil }
            if let last = transitions.last, last.at >= at { return nil }
            transitions.append(Transition(at: at, offset: offset))
        }
    }
}
