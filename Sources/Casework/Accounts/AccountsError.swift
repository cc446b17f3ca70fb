/// What can go wrong with the accounts. None of the texts holds a secret.
package enum AccountsError: Error, Equatable, CustomStringConvertible {
    /// Another program's file; it was not touched.
    case notAnAccountBook(path: String)
    /// Written by a newer program; it was not touched. Carries the first step this program does not know.
    case newerVersion(path: String, step: String)
    /// The key handed to `AccountBook.open` has the wrong length.
    case badKey(bytes: Int)
    /// The book was made with another key; without the right one its second factors cannot be read.
    case wrongKey(path: String)
    /// SQLite's words, or the system's: disk full, locked, damaged page.
    case storage(path: String, what: String)
    /// The system gave no memory for a password hash.
    case outOfMemory
    /// Accounts exist already: the first run is over.
    case notEmpty
    /// A one-time code that is unknown, used, or past its time; the three are told apart by nobody.
    case codeNotValid
    case weakPassword([PasswordRule.Lack])
    /// The present password, asked again before a change, is wrong.
    case wrongPassword
    /// Too many failures just now, or too many log-ins at once: ask again after `seconds`.
    case wait(seconds: Int)
    /// No account of that person.
    case noSuchAccount
    case isDisabled
    /// The last administrator, or the last account at all, stays.
    case lastAdministrator
    /// A second factor is there already; an administrator removes it first.
    case secondFactorExists
    /// The six digits do not fit, or nothing was begun that they could confirm.
    case wrongSecondFactor
    /// A person's identifier, a token's name, scope or end that cannot be taken.
    case badInput(String)
    /// A bound of `AccountLimits` is reached.
    case tooMany(String)

    package var description: String {
        switch self {
        case .notAnAccountBook(let path): "\(path): not an account book"
        case .newerVersion(let path, let step):
            "\(path): written by a newer version (step \(step)); update the program, the accounts were not touched"
        case .badKey(let bytes): "the key of the accounts has \(bytes) bytes instead of \(AccountLimits.keyBytes)"
        case .wrongKey(let path):
            "\(path): made with another key; restore the key file that was kept beside it when it was made"
        case .storage(let path, let what): "\(path): \(what)"
        case .outOfMemory: "not enough memory for a password hash"
        case .notEmpty: "there are accounts already; an administrator invites further persons"
        case .codeNotValid: "this code is not valid, was used, or is too old; ask for a new one"
        case .weakPassword(let lacks): "password: \(lacks.map(\.description).joined(separator: "; "))"
        case .wrongPassword: "the present password is wrong"
        case .wait(let seconds): "try again in \(seconds) s"
        case .noSuchAccount: "no such account"
        case .isDisabled: "the account is disabled"
        case .lastAdministrator: "the last administrator cannot be disabled; appoint another one first"
        case .secondFactorExists: "there is a second factor already; an administrator can remove it"
        case .wrongSecondFactor: "the code of the second factor is wrong, was used, or is too old"
        case .badInput(let what): what
        case .tooMany(let what): "too many \(what)"
        }
    }
}

/// Bounds of this room, in one place.
package enum AccountLimits {
    /// Bytes of the key under which second factors are sealed.
    package static let keyBytes = 32
    /// Seconds a connection waits for another's lock.
    static let busySeconds = 5.0
    /// Longest identifier of a person, UTF-8 bytes.
    package static let personBytes = 128
    /// Longest text that is hashed as a password, UTF-8 bytes: 128 characters need at most 512.
    package static let passwordBytes = 1024
    /// Longest cookie, token or code that is looked at, UTF-8 bytes.
    static let secretBytes = 128
    /// Longest name of an address that is none, Unicode scalars.
    static let addressLetters = 64

    /// argon2id: passes and bytes of memory. 0.11 s on a server core; RFC 9106 section 4 names 3 passes with 64 MiB for
    /// machines with little memory to spare.
    package static let hashPasses: UInt64 = 3
    package static let hashMemory = 64 << 20
    /// Password hashes computed at one time (64 MiB each), and how many of them strangers may occupy: a flood from
    /// outside leaves one for an address from which the person has logged in before.
    static let hashesAtOnce = 4
    static let hashesOfStrangers = 3

    /// Failures before the first delay; then 1, 2, 4, … seconds.
    package static let freeTries = 5
    /// Longest delay of an address, and of an account. The account's is shorter so that one attacking address, which is
    /// held back longer than the account, leaves its owner a turn.
    package static let addressDelaySeconds: Int64 = 900
    package static let accountDelaySeconds: Int64 = 300
    /// Quiet seconds after which failures are forgotten.
    package static let failureMemorySeconds: Int64 = 6 * 3600
    /// Addresses from which a person has logged in, kept per person, and for how long.
    static let knownAddresses = 16
    static let knownAddressSeconds: Int64 = 90 * 86_400

    package static let idleSeconds: Int64 = 30 * 60
    package static let absoluteSeconds: Int64 = 12 * 3600
    package static let sessionsPerPerson = 64
    /// A session's last use is written at most this often.
    package static let touchSeconds: Int64 = 60
    /// Sessions whose last use is kept in memory between two writes.
    static let usesInMemory = 16_384
    /// A session that was opened this far in the future ends: the clock was set back.
    static let clockSlackSeconds: Int64 = 60

    package static let firstRunCodeSeconds: Int64 = 3600
    package static let invitationSeconds: Int64 = 72 * 3600
    /// Time to scan the picture and type the first six digits.
    package static let secondFactorSetupSeconds: Int64 = 15 * 60

    package static let tokensPerPerson = 32
    static let viewsPerPerson = 50
    static let viewAddressBytes = 2_000
    package static let tokenNameBytes = 64
    package static let scopes = 16
    package static let scopeBytes = 32
    package static let tokenSeconds: Int64 = 366 * 86_400

    /// Failed log-ins written one by one within an hour; the rest are counted in one row.
    package static let failureEventsPerHour = 600
    /// Events of one answer.
    package static let events = 10_000
}
