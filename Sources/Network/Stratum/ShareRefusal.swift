/// Why a pool did not take a share, as far as its answer says (`stratum.md` 1.1: codes 21 to 23; other pools write it in
/// words).
package enum ShareRefusal: String, Sendable, Hashable, CaseIterable {
    /// The job was over: work that came too late.
    case stale
    /// The same share once more.
    case duplicate
    case lowDifficulty = "low_difficulty"
    case other

    package static func read(_ message: StratumMessage) -> ShareRefusal {
        var texts: [String] = []
        var code: Double?
        // `[21, "Job not found", null]`, `{"code":21,"message":"…"}`, `"stale"`, or `["false","reason"]` as the result.
        if let items = message.error?.items {
            code = items.first?.double
            texts = items.dropFirst().prefix(2).compactMap(\.string)
        } else if let error = message.error, error.isObject {
            code = error["code"]?.double
            texts = [error["message"]?.string].compactMap { $0 }
        } else if let text = message.error?.string {
            texts = [text]
        }
        texts += (message.result?.items ?? []).dropFirst().prefix(1).compactMap(\.string)
        for text in texts { if let known = read(String(text.prefix(200)).lowercased()) { return known } }
        switch code {
        case 21: return .stale
        case 22: return .duplicate
        case 23: return .lowDifficulty
        default: return .other
        }
    }

    private static func read(_ words: String) -> ShareRefusal? {
        if words.contains("duplicate") || words.contains("already submitted") { return .duplicate }
        if words.contains("stale") || words.contains("expired") || words.contains("not found")
            || words.contains("unknown job") || words.contains("invalid job") || words.contains("outdated")
        {
            return .stale
        }
        if words.contains("difficulty") || words.contains("above target") || words.contains("high-hash")
            || words.contains("high hash")
        {
            return .lowDifficulty
        }
        return nil
    }
}
