import Meters
import Vocabulary

/// Series as one message between a decoder child and its parent. The parent trusts nothing in it: every length is
/// checked against what is there before memory is asked for.
package enum SeriesCodec {
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package enum Kind: String, Sendable {
            case notAMessage, truncated, trailingBytes, tooManySeries, badIdentifier, badInterval, tooLong
        }
        package let kind: Kind
        /// Byte of the message at which it was seen.
        package let offset: Int

        package init(kind: Kind, offset: Int) {
            self.kind = kind
            self.offset = offset
        }

        package var description: String { "series message: \(kind.rawValue) at byte \(offset)" }
    }

    private static let magic: [UInt8] = Array("CMS1".utf8)

    package static func encode(_ series: [MeterSeries]) -> [UInt8] {
        var bytes = magic
        bytes.reserveCapacity(8 + series.reduce(0) { $0 + 32 + $1.kilowatts.count * 4 })
        append(UInt64(series.count), 4, to: &bytes)
        for one in series {
            let name = Array(one.meter.utf8)
            append(UInt64(name.count), 2, to: &bytes)
            bytes += name
            append(UInt64(bitPattern: one.start.nanoseconds), 8, to: &bytes)
            append(UInt64(bitPattern: Int64(one.intervalSeconds)), 4, to: &bytes)
            append(UInt64(one.kilowatts.count), 4, to: &bytes)
            for value in one.kilowatts { append(UInt64(value.bitPattern), 4, to: &bytes) }
        }
        return bytes
    }

    package static func decode(_ bytes: [UInt8]) throws(Failure) -> [MeterSeries] {
        guard bytes.count >= 8, Array(bytes[0..<4]) == magic, bytes.count <= ArchiveLimits.messageBytes else {
            throw Failure(kind: .notAMessage, offset: 0)
        }
        let count = Int(number(bytes, 4, 4))
        // The smallest series takes 19 bytes, so a count alone cannot ask for more than the message is long.
        guard count <= ArchiveLimits.seriesPerMessage, count <= (bytes.count - 8) / 19 else {
            throw Failure(kind: .tooManySeries, offset: 4)
        }
        var series: [MeterSeries] = []
        series.reserveCapacity(count)
        var at = 8
        for _ in 0..<count { series.append(try one(bytes, &at)) }
        guard at == bytes.count else { throw Failure(kind: .trailingBytes, offset: at) }
        return series
    }

    private static func one(_ bytes: [UInt8], _ at: inout Int) throws(Failure) -> MeterSeries {
        guard bytes.count - at >= 2 else { throw Failure(kind: .truncated, offset: at) }
        let length = Int(number(bytes, at, 2))
        guard length > 0, length <= ArchiveLimits.identifierBytes else {
            throw Failure(kind: .badIdentifier, offset: at)
        }
        guard bytes.count - at >= 2 + length + 16 else { throw Failure(kind: .truncated, offset: at) }
        guard let meter = String(validating: bytes[(at + 2)..<(at + 2 + length)], as: UTF8.self) else {
            throw Failure(kind: .badIdentifier, offset: at + 2)
        }
        at += 2 + length
        let start = Int64(bitPattern: number(bytes, at, 8))
        let interval = Int(number(bytes, at + 8, 4))
        guard interval > 0, interval <= 86_400, 86_400 % interval == 0 else {
            throw Failure(kind: .badInterval, offset: at + 8)
        }
        let count = Int(number(bytes, at + 12, 4))
        at += 16
        guard count <= ArchiveLimits.readingsPerSeries else { throw Failure(kind: .tooLong, offset: at - 4) }
        guard bytes.count - at >= count * 4 else { throw Failure(kind: .truncated, offset: at) }
        var values: [Float] = []
        values.reserveCapacity(count)
        for index in 0..<count {
            let value = Float(bitPattern: UInt32(truncatingIfNeeded: number(bytes, at + index * 4, 4)))
            // One spelling of "missing" inside the house: a payload in a NaN would make equal series unequal as bytes.
            values.append(value.isNaN ? .nan : value)
        }
        at += count * 4
        return MeterSeries(
            meter: meter, start: Instant(nanoseconds: start), intervalSeconds: interval, kilowatts: values)
    }

    private static func append(_ value: UInt64, _ width: Int, to bytes: inout [UInt8]) {
        for shift in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * shift))) }
    }

    /// Little-endian; the caller has checked that the bytes are there.
    private static func number(_ bytes: [UInt8], _ at: Int, _ width: Int) -> UInt64 {
        var value: UInt64 = 0
        for shift in 0..<width { value |= UInt64(bytes[at + shift]) << UInt64(8 * shift) }
        return value
    }
}
