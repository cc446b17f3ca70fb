import Glibc

/// Paths under which miners' programs answer about themselves over HTTP: the summaries of XMRig and the system's state of
/// AxeOS. Whether it is such an answer its body tells.
package enum ManagementPaths {
    private static let paths: [StaticString] = [
        "/1/summary", "/2/summary", "/2/backends", "/api.json", "/api/system/info",
    ]

    package static func contains(_ target: String) -> Bool {
        paths.contains { $0.withUTF8Buffer { target.utf8.starts(with: $0) } }
    }

    /// Whether a payload begins with GET and such a path.
    static func isAsked(_ payload: UnsafeRawBufferPointer) -> Bool {
        guard let base = payload.baseAddress, payload.count >= 16, payload[0] == UInt8(ascii: "G"),
            payload[4] == UInt8(ascii: "/"),
            payload[5] == UInt8(ascii: "1") || payload[5] == UInt8(ascii: "2") || payload[5] == UInt8(ascii: "a")
        else { return false }
        return paths.contains { path in
            let length = path.utf8CodeUnitCount
            return payload.count >= 4 + length && memcmp(base + 4, path.utf8Start, length) == 0
        }
    }
}
