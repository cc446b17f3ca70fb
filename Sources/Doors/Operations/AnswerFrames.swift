import Archive
import Foundation
import Meters

/// How a decoding child answers: frames of one kind byte, a length in eight bytes (little-endian) and that many bytes.
/// A child is not trusted: each frame is bounded by its kind and checked by whoever takes it in.
enum AnswerFrame {
    enum Kind: UInt8 {
        /// Identifiers of meters in the order of their numbers: a length in two bytes and UTF-8 each.
        case names = 1
        /// A batch of days; see `DayFrame`.
        case days = 2
        /// Series in the archive's codec.
        case series = 3
        /// JSON; the last frame.
        case summary = 4

        /// Longest payload, bytes.
        var limit: Int {
            switch self {
            case .names: 4 << 20
            case .days: 8 << 20
            case .series: 1 << 30
            // Counts and findings; more is no honest answer.
            case .summary: 256 << 20
            }
        }
    }

    static let headBytes = 9

    static func head(_ kind: Kind, length: Int) -> [UInt8] {
        var head = [kind.rawValue]
        for shift in stride(from: 0, to: 64, by: 8) { head.append(UInt8(truncatingIfNeeded: length >> shift)) }
        return head
    }

    /// Nil for an unknown kind or a length beyond its limit.
    static func parse(_ head: [UInt8]) -> (kind: Kind, length: Int)? {
        guard head.count == headBytes, let kind = Kind(rawValue: head[0]) else { return nil }
        var length: UInt64 = 0
        for index in 0..<8 { length |= UInt64(head[1 + index]) << UInt64(8 * index) }
        guard length <= UInt64(kind.limit) else { return nil }
        return (kind, Int(length))
    }
}

/// Writes frames to a descriptor.
struct AnswerWriter {
    let descriptor: Int32
    private var named = 0

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// The days, after the names that they are the first to use. False when nobody takes them any more.
    mutating func write(_ days: MeterDays, _ names: MeterNames) -> Bool {
        while named < names.count {
            var bytes: [UInt8] = []
            while named < names.count, bytes.count < AnswerFrame.Kind.names.limit / 2 {
                let name = names.bytes(UInt32(named)).prefix(Int(UInt16.max))
                bytes.append(UInt8(name.count & 0xFF))
                bytes.append(UInt8(name.count >> 8))
                bytes.append(contentsOf: name)
                named += 1
            }
            guard write(.names, bytes) else { return false }
        }
        let head = DayFrame.head(days)
        let length = head.count + days.meters.count * 4 + days.days.count * 4 + days.values.count * 4
        return put(AnswerFrame.head(.days, length: length)) && put(head) && put(days.meters) && put(days.days)
            && put(days.values)
    }

    func write(_ kind: AnswerFrame.Kind, _ payload: [UInt8]) -> Bool {
        put(AnswerFrame.head(kind, length: payload.count)) && put(payload)
    }

    private func put(_ words: [some BitwiseCopyable]) -> Bool {
        words.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let written = Glibc.write(descriptor, bytes.baseAddress.map { $0 + offset }, bytes.count - offset)
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { return false }
                offset += written
            }
            return true
        }
    }
}

/// A batch of days as bytes: slots of a day and number of days in four bytes each, 1 for kW or 0 for kWh, decimals, two
/// zeros; then the meters' numbers, the days and the values, four bytes each. Numbers in this machine's byte order: both
/// ends are one program on one machine.
enum DayFrame {
    static let headBytes = 12

    static func head(_ days: MeterDays) -> [UInt8] {
        var head: [UInt8] = []
        for number in [days.slotsPerDay, days.count] {
            for shift in stride(from: 0, to: 32, by: 8) { head.append(UInt8(truncatingIfNeeded: number >> shift)) }
        }
        return head + [days.isPower ? 1 : 0, UInt8(truncatingIfNeeded: days.decimals), 0, 0]
    }

    /// Nil when the bytes are no batch. Meters are numbers of the child's names, of which `meters` came before.
    static func parse(_ bytes: [UInt8], meters known: Int) -> StoredDays? {
        guard bytes.count >= headBytes else { return nil }
        func number(_ at: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) } }
        let (slots, count) = (number(0), number(4))
        guard slots > 0, slots <= ArchiveLimits.slotsPerDay, 86_400 % slots == 0,
            let quantum = Quantum(bytes[8] == 1 ? .kilowatts : .kilowattHours, exponent: -Int(bytes[9])),
            bytes.count - headBytes == 4 * count * (slots + 2)
        else { return nil }
        let meters = words(bytes, headBytes, count, as: UInt32.self)
        guard meters.allSatisfy({ Int($0) < known }) else { return nil }
        let days = words(bytes, headBytes + 4 * count, count, as: Int32.self)
        guard days.allSatisfy({ ArchiveLimits.days.contains($0) }) else { return nil }
        return StoredDays(
            meters: meters, days: days, slotsPerDay: slots, quantum: quantum,
            values: words(bytes, headBytes + 8 * count, count * slots, as: Int32.self))
    }

    /// The caller has checked that the bytes are there; a range beyond them would trap, not read.
    private static func words<Word: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: [UInt8], _ start: Int, _ count: Int, as: Word.Type
    ) -> [Word] {
        [Word](unsafeUninitializedCapacity: count) { words, filled in
            bytes[start..<(start + 4 * count)].withUnsafeBytes {
                UnsafeMutableRawBufferPointer(words).copyMemory(from: $0)
            }
            filled = count
        }
    }
}

extension RunningChild.Frame {
    /// The answer's last part.
    func summary<Answer: Decodable>(_ type: Answer.Type) throws(DecodingChild.Failure) -> Answer {
        guard AnswerFrame.Kind(rawValue: kind) == .summary else {
            throw DecodingChild.Failure(reason: "decoder sent a broken answer")
        }
        do {
            return try JSONDecoder().decode(type, from: Data(payload))
        } catch {
            throw DecodingChild.Failure(reason: "decoder sent a broken answer: \(error)")
        }
    }

    /// Each identifier of a frame of names; false when the frame is cut.
    func names(_ body: (ArraySlice<UInt8>) -> Void) -> Bool {
        var at = 0
        while at < payload.count {
            guard payload.count - at >= 2 else { return false }
            let length = Int(payload[at]) | Int(payload[at + 1]) << 8
            guard payload.count - at - 2 >= length else { return false }
            body(payload[(at + 2)..<(at + 2 + length)])
            at += 2 + length
        }
        return true
    }
}
