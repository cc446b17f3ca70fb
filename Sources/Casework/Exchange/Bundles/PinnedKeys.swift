/// The public keys of the provinces, handed over by another way than the bundles. A province may have two while it
/// changes from one to the next.
package struct PinnedKeys: Sendable, Equatable {
    package private(set) var keys: [String: [VerifyingKey]] = [:]

    package init() {}

    package mutating func pin(_ key: VerifyingKey, for province: String) {
        if keys[province, default: []].contains(key) { return }
        keys[province, default: []].append(key)
    }

    /// Reads lines of `PROVINCE HEX` (64 digits of the raw key); `#` begins a comment. A bad line is refused by itself.
    package static func read(_ text: String, file: String) -> (keys: PinnedKeys, refused: [ExchangeRefusal]) {
        var keys = PinnedKeys()
        var refused: [ExchangeRefusal] = []
        var owner: [VerifyingKey: String] = [:]
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            let bare = line.prefix { $0 != "#" }
            let fields = bare.split(whereSeparator: \.isWhitespace).map(String.init)
            if fields.isEmpty { continue }
            func refuse(_ column: String, _ what: String, _ remedy: String) {
                refused.append(.init(file: file, line: index + 1, column: column, what: what, remedy: remedy))
            }
            guard fields.count == 2 else {
                refuse("line", "not a province and a key", "write PROVINCE and 64 hexadecimal digits")
                continue
            }
            guard ProvincialBundle.isProvince(fields[0]) else {
                refuse("province", "not a province", "write six digits ending in 0000, or XPCC")
                continue
            }
            guard let raw = Digests.bytes(hex: fields[1]), let key = VerifyingKey(raw: raw) else {
                refuse("key", "not an Ed25519 public key", "write its 32 bytes as lower-case hexadecimal digits")
                continue
            }
            // One key for two provinces would let either speak for the other.
            guard owner[key] == nil || owner[key] == fields[0] else {
                refuse("key", "pinned for another province already", "give each province its own key")
                continue
            }
            owner[key] = fields[0]
            keys.pin(key, for: fields[0])
        }
        return (keys, refused)
    }

    /// As `read` takes it.
    package var text: String {
        keys.sorted { $0.key < $1.key }.flatMap { province, keys in
            keys.map { "\(province) \(Digests.hex($0.raw))\n" }
        }.joined()
    }
}
