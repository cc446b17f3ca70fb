import Crypto
import Foundation
import HTTPTypes

/// What a browser may load and run on a page of ours.
enum ContentPolicy {
    static let hostName: HTTPField.Name = HTTPField.Name("Host") ?? .origin
    /// Nothing from elsewhere, nothing inline. The report alone carries its own style, as it must stand alone on a disk: that
    /// one sheet is named by its digest.
    static func policy(for page: Page) -> String {
        guard page.contentType.hasPrefix("text/html") else { return policy }
        let text = String(decoding: page.bytes, as: UTF8.self)
        guard let open = text.firstRange(of: "<style>"), let close = text.firstRange(of: "</style>"),
            open.upperBound <= close.lowerBound
        else { return policy }
        let digest = SHA256.hash(data: Array(text[open.upperBound..<close.lowerBound].utf8))
        let name = Data(digest).base64EncodedString()
        return policy.replacing("style-src 'self'", with: "style-src 'self' 'sha256-\(name)'")
    }

    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        + "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}
