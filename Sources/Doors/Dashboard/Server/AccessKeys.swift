import Crypto
import Synchronization

/// Who may read a server that is not the demo. There are no accounts yet: the person who starts the server is shown a key
/// on their own terminal, and a browser that enters it gets a session. Both die with the process.
final class AccessKeys: Sendable {
    /// Most sessions kept; the oldest goes first, so that logins cannot fill the memory.
    static let sessionLimit = 64
    /// Seconds without a request after which a session ends, and seconds after which it ends whatever happens.
    static let idleSeconds: Double = 30 * 60
    static let absoluteSeconds: Double = 12 * 3600
    /// Wrong keys in a row after which each further try waits.
    static let freeTries = 5

    private struct Session {
        var digest: SHA256Digest
        var opened: Double
        var used: Double
    }

    private struct State {
        var sessions: [Session] = []
        var failures = 0
        var blockedUntil = 0.0
    }

    enum Answer: Equatable {
        case opened(session: String)
        case wrong
        case wait(seconds: Int)
    }

    let key: String
    private let digest: SHA256Digest
    private let state = Mutex(State())

    init(key: String = AccessKeys.random()) {
        self.key = key
        digest = SHA256.hash(data: Array(key.utf8))
    }

    /// - Parameter now: seconds of a monotonic clock.
    func open(with entered: String, now: Double) -> Answer {
        state.withLock { state in
            if now < state.blockedUntil { return .wait(seconds: Int((state.blockedUntil - now).rounded(.up))) }
            // Digests compare in constant time, and a long wrong key costs no more than a short one.
            guard SHA256.hash(data: Array(entered.utf8.prefix(256))) == digest else {
                state.failures += 1
                if state.failures >= AccessKeys.freeTries {
                    let delay = Double(1 << min(10, state.failures - AccessKeys.freeTries))
                    state.blockedUntil = now + min(delay, 900)
                }
                return .wrong
            }
            state.failures = 0
            let session = AccessKeys.random()
            if state.sessions.count >= AccessKeys.sessionLimit { state.sessions.removeFirst() }
            state.sessions.append(Session(digest: SHA256.hash(data: Array(session.utf8)), opened: now, used: now))
            return .opened(session: session)
        }
    }

    func admits(_ session: String?, now: Double) -> Bool {
        guard let session, session.utf8.count <= 256 else { return false }
        let wanted = SHA256.hash(data: Array(session.utf8))
        return state.withLock { state in
            state.sessions.removeAll {
                now - $0.used > AccessKeys.idleSeconds || now - $0.opened > AccessKeys.absoluteSeconds
            }
            guard let index = state.sessions.firstIndex(where: { $0.digest == wanted }) else { return false }
            state.sessions[index].used = now
            return true
        }
    }

    func close(_ session: String?) {
        guard let session else { return }
        let wanted = SHA256.hash(data: Array(session.utf8.prefix(256)))
        state.withLock { $0.sessions.removeAll { $0.digest == wanted } }
    }

    /// 160 random bits from the system, in 32 letters and digits.
    static func random() -> String {
        let alphabet = Array("abcdefghijkmnpqrstuvwxyz23456789".utf8)
        var generator = SystemRandomNumberGenerator()
        return String(
            decoding: (0..<32).map { _ in alphabet[Int(generator.next(upperBound: UInt32(32)))] }, as: UTF8.self)
    }
}
