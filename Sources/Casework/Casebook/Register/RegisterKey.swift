import Crypto
import FoundationEssentials
import Vocabulary

/// A number of a person or a device: for show with most of it hidden, for comparing under a key. The number itself is
/// nowhere in the store.
package struct MaskedIdentity: Hashable, Sendable, Codable {
    package var masked: String
    /// HMAC-SHA-256, hex; equal for equal numbers under the same key.
    package var key: String
}

/// The secret of an installation under which numbers are compared. It is kept outside the store: short numbers can be
/// guessed by trial, so a plain digest would hide nothing.
package struct RegisterKey: Sendable {
    private let secret: SymmetricKey

    /// Nil when the secret is shorter than 128 bits.
    package init?(_ bytes: some Sequence<UInt8>) {
        let data = Data(bytes)
        guard data.count >= CasebookLimits.secretBytes else { return nil }
        secret = SymmetricKey(data: data)
    }

    /// `use` keeps numbers of different sorts apart. Case, width, spaces and hyphens do not count.
    package func hide(_ number: String, use: String) -> MaskedIdentity {
        let plain = String(TextFold.plain(number).filter { !$0.isWhitespace && $0 != "-" && $0 != ":" })
        // Of a short number the two ends would leave little to guess.
        let masked =
            plain.count < CasebookLimits.maskedEnds
            ? "…" + plain.suffix(plain.count < 6 ? 0 : 2) : maskedIdentity(plain)
        return MaskedIdentity(masked: masked, key: tag(use + "\u{0}" + plain))
    }

    func tag(_ text: String) -> String {
        Canonical.hex(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: secret))
    }
}
