import Synchronization
import Vocabulary

/// What somebody had typed when the session ended or the form's token was another: kept for a while in memory, for who
/// has its key. Passwords and codes are not kept.
final class Drafts: Sendable {
    static let most = 500
    static let seconds: Int64 = 1_800
    static let bytes = 64 << 10
    static let secrets: Set<String> = ["token", "password", "old", "new", "code", "second_password", "second_code"]

    struct Draft: Sendable {
        var key: String
        /// Where the form was sent to, without the language.
        var path: String
        var fields: [String: String]
        var at: Instant
    }

    private let kept = Mutex<[Draft]>([])

    /// The key of what was kept; nil when there was nothing, or too much.
    func keep(_ form: [String: String], path: String, now: Instant) -> String? {
        let fields = form.filter { !Drafts.secrets.contains($0.key) && !$0.value.isEmpty }
        let size = fields.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard !fields.isEmpty, size <= Drafts.bytes else { return nil }
        let key = (0..<4).map { _ in String(UInt32.random(in: .min ... .max), radix: 36) }.joined()
        kept.withLock { list in
            list.removeAll { $0.at.adding(seconds: Drafts.seconds) < now }
            if list.count >= Drafts.most { list.removeFirst() }
            list.append(Draft(key: key, path: path, fields: fields, at: now))
        }
        return key
    }

    func draft(_ key: String, now: Instant) -> Draft? {
        kept.withLock { list in
            list.first { $0.key == key && $0.at.adding(seconds: Drafts.seconds) >= now }
        }
    }

    /// The page that has the form which is sent to `path`.
    static func page(of path: String) -> String {
        var parts = path.split(separator: "/").map(String.init)
        if parts == ["upload"] { return "uploads" }
        if parts.count > 1 { parts.removeLast() }
        return parts.joined(separator: "/")
    }
}
