import Bytes
import Detectors
import Vocabulary

/// What a decoding child says of a meter file after its readings.
package struct DecodedMeters: Codable, Sendable {
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
