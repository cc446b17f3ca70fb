import Archive
import Bytes
import Foundation
import Meters
import Vocabulary

/// What a decoding child hands back for a meter file: counts as JSON, then the series in the archive's codec.
package struct DecodedMeters: Sendable {
    package struct Summary: Codable, Sendable {
        package var counts: [String: Int]
        package var flags: [String]
        package var error: String?
        /// Nothing of the file was believed.
        package var refused: Bool
        package var layout: String?
        package var unit: String?
        package var energyKilowattHours: Double?
        package var first: Instant?
        package var last: Instant?
    }

    package var summary: Summary
    package var series: [MeterSeries]
}

/// What a decoding child hands back for a capture: findings and counts.
package struct DecodedCapture: Codable, Sendable {
    package var findings: [Finding]
    package var contacts: [Contact]
    /// Addresses that were seen at all, sorted, up to a limit: what the capture covered.
    package var clients: [IPAddress]
    package var counts: [String: Int]
    package var flags: [String]
    package var error: String?
    package var refused: Bool
    package var first: Instant?
    package var last: Instant?

    package struct Contact: Codable, Hashable, Sendable {
        package var what: String
        package var name: String
        package var client: IPAddress
        package var count: Int
    }
}

/// A length in eight bytes, little-endian, that many bytes of JSON, then raw bytes.
enum ChildFrame {
    /// The JSON part is counts and findings; more than this is no honest answer.
    static let headerLimit = 256 << 20

    static func encode(_ header: some Encodable, body: [UInt8] = []) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let json = try encoder.encode(header)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + json.count + body.count)
        for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: json.count >> shift)) }
        bytes.append(contentsOf: json)
        bytes.append(contentsOf: body)
        return bytes
    }

    static func decode<Header: Decodable>(_ type: Header.Type, from bytes: [UInt8]) throws(DecodingChild.Failure) -> (
        Header, ArraySlice<UInt8>
    ) {
        guard bytes.count >= 8 else { throw DecodingChild.Failure(reason: "decoder sent nothing") }
        var length: UInt64 = 0
        for index in 0..<8 { length |= UInt64(bytes[index]) << UInt64(8 * index) }
        guard length <= UInt64(headerLimit), length <= UInt64(bytes.count - 8) else {
            throw DecodingChild.Failure(reason: "decoder sent a broken answer")
        }
        let end = 8 + Int(length)
        do {
            return (try JSONDecoder().decode(type, from: Data(bytes[8..<end])), bytes[end...])
        } catch {
            throw DecodingChild.Failure(reason: "decoder sent a broken answer: \(error)")
        }
    }
}
