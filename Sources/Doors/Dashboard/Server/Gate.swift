import Vocabulary

/// Somebody who was let in.
struct Visitor: Sendable {
    /// Identifier of the person in the casebook.
    var person: String
    /// What forms must bring; empty for a program with a token, which has no forms.
    var token: String
    /// What a token may be used for; nil = a person at a browser, who may do what the roles say.
    var scope: Set<String>?
    /// An administrator who has set up no second factor yet; there is no page but that one.
    var needsSecondFactor = false
}

/// Who may come in. The pages ask nothing else about accounts.
protocol Gate: Sendable {
    /// Nobody logs in, for there is nothing to keep: the demo.
    var isOpen: Bool { get }
    /// Whether the connection is encrypted, so that cookies say so.
    var isSecure: Bool { get }
    func visitor(session: String, now: Instant) -> Visitor?
    func visitor(bearer: String, now: Instant) -> Visitor?
    func vouches(for person: String, password: String, code: String, address: String, now: Instant) -> Bool
    /// When that person last said that they had seen what is new; nil = never.
    func noticesSeen(_ person: String) -> Instant?
    /// Addresses that the person goes back to.
    func views(_ person: String) -> [(name: String, address: String)]
    /// Pages of the gate itself (login, account, tokens); nil for a path that is none.
    func answer(_ call: GateCall) -> GateAnswer?
}

/// A request to the gate's own pages.
struct GateCall: Sendable {
    var path: String
    var isPost: Bool
    var form: [String: String]
    var visitor: Visitor?
    var session: String?
    var address: String
    var isEnglish: Bool
    var now: Instant
    /// Key of what was typed before the session ended; empty = nothing was.
    var draft = ""
    /// Where the form of that draft stands.
    var draftPage: String?
}

enum GateAnswer: Sendable {
    /// A page with its own frame, for who is not in yet.
    case bare(PageContent, status: Int)
    /// A page like the others.
    case page(PageContent, notice: String?)
    case seeOther(String)
    /// A cookie to be set (nil = taken away), and where to go.
    case session(String?, place: String)
}

/// The demo's: open, and nothing can be changed behind it.
struct OpenGate: Gate {
    let isOpen = true
    let isSecure = false
    func visitor(session: String, now: Instant) -> Visitor? { nil }
    func visitor(bearer: String, now: Instant) -> Visitor? { nil }
    func vouches(for person: String, password: String, code: String, address: String, now: Instant) -> Bool { false }
    func noticesSeen(_ person: String) -> Instant? { nil }
    func views(_ person: String) -> [(name: String, address: String)] { [] }
    func answer(_ call: GateCall) -> GateAnswer? { nil }
}
