/// Why a bundle is not taken. Nothing of a refused bundle is taken.
package struct BundleRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: String, Hashable, Sendable, CaseIterable {
        /// Not the shape of a bundle, or not spelled canonically.
        case malformed
        /// No key is pinned for the province that it names.
        case unknownProvince = "unknown-province"
        /// The signature is not that of the province's pinned key over these bytes.
        case forged
        /// The counts or the digest in the head do not fit the lines.
        case countsDiffer = "counts-differ"
        /// A fact about another province's unit.
        case foreignUnit = "foreign-unit"
        /// A sequence number below the last one that was taken.
        case replayed
        /// Another content under a sequence number that was taken before.
        case conflicting
        /// Bundles are missing before it.
        case outOfOrder = "out-of-order"
        /// It does not name the bundle before it, or goes back in time.
        case brokenChain = "broken-chain"
    }

    package var reason: Reason
    /// 1-based; 0 where the whole is meant.
    package var line: Int
    package var what: String
    package var remedy: String

    init(_ reason: Reason, line: Int = 0, _ what: String, _ remedy: String) {
        self.reason = reason
        self.line = line
        self.what = what
        self.remedy = remedy
    }

    package var description: String {
        "\(reason.rawValue)\(line > 0 ? ", line \(line)" : ""): \(what); \(remedy)"
    }
}
