/// The first thing that is wrong with a package, or why none could be made.
package struct PackageFault: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Hashable, Sendable {
        case missing
        /// A list, manifest or key that is not one.
        case malformed
        /// The signature does not fit the list of digests.
        case badSignature = "bad-signature"
        /// Signed, but by another key than the one that was expected.
        case otherSigner = "other-signer"
        case changed
        /// A file that no list names.
        case extra
        /// The manifest says other than the list of digests.
        case manifestDiffers = "manifest-differs"
        case unreadable, unwritable, exists
    }

    package var kind: Kind
    /// Path within the package.
    package var path: String
    package var remedy: String

    init(_ kind: Kind, _ path: String, _ remedy: String) {
        self.kind = kind
        self.path = path
        self.remedy = remedy
    }

    package var description: String { "\(kind.rawValue): \(path); \(remedy)" }
}
