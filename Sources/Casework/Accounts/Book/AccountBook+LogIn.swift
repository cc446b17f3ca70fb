import FoundationEssentials
import GRDB
import Synchronization
import Vocabulary

/// What comes of an attempt to log in. An unknown person, a disabled account and a wrong password are all `wrong`.
package enum LoginAnswer: Hashable, Sendable, CustomStringConvertible {
    /// `cookie` is the session's identifier, 43 letters and digits; it is not stored and not shown again.
    case opened(Session, cookie: String)
    /// The password is right; ask for the six digits and send all of it again.
    case secondFactorNeeded
    case wrong
    /// Nothing was looked at; ask again after so many seconds.
    case wait(seconds: Int)

    /// Without the secrets: this may stand in a log.
    package var description: String {
        switch self {
        case .opened(let session, _): "opened for \(session.person)"
        case .secondFactorNeeded: "second factor needed"
        case .wrong: "wrong"
        case .wait(let seconds): "wait \(seconds) s"
        }
    }
}

extension AccountBook {
    /// Logs a person in.
    ///
    /// After five failures each further attempt has to wait 1, 2, 4, … seconds, by account and by address; waiting
    /// costs no hash. From an address where the person has logged in before, only failures of this person from there
    /// count: strangers who keep guessing elsewhere keep nobody out.
    /// - Parameters:
    ///   - oneTimeCode: Six digits of the second factor, when they were asked for.
    ///   - address: Where the request comes from, as the server sees it, without a port.
    package func logIn(
        person: String, password: String, oneTimeCode: String? = nil, address: String, now: Instant
    ) throws(AccountsError) -> LoginAnswer {
        let (account, slots) = try asked(person, address, now: now)
        let attempt: LoginDelays.Attempt
        switch try judge(password, account, slots, now: now) {
        case .wait(let seconds): return .wait(seconds: seconds)
        case .wrong: return .wrong
        case .right(let granted): attempt = granted
        }
        guard let account else { return .wrong }
        guard let factor = account.factor else {
            return try open(account, step: nil, password, attempt, slots, now: now)
        }
        guard let oneTimeCode, !oneTimeCode.isEmpty else {
            // No failure, and no success either: what was counted stays.
            passing.withLock { $0.delays.forgive(attempt) }
            return .secondFactorNeeded
        }
        guard let secret = keys.open(factor, place: AccountBook.factorPlace(person)),
            let step = TimeCode.match(oneTimeCode, secret: secret, now: now)
        else {
            try fail(.secondFactorFailed, attempt, person: person, address: slots.address, now: now)
            return .wrong
        }
        return try open(account, step: step, password, attempt, slots, now: now)
    }

    /// Asks for the password again, before something that a stolen session must not do: a second factor, a token.
    /// Guessing is held back as a log-in is.
    package func confirmPassword(
        person: String, password: String, address: String, now: Instant
    ) throws(AccountsError) {
        _ = try confirmed(person: person, password: password, address: address, now: now)
    }

    /// Chooses another password, when the old one is right. Other sessions of the person end, tokens stay.
    /// - Parameter keeping: Cookie of the session that goes on.
    package func changePassword(
        person: String, old: String, new: String, keeping cookie: String?, address: String, now: Instant
    ) throws(AccountsError) {
        let account = try confirmed(person: person, password: old, address: address, now: now)
        let hash = try hashed(new, person: person)
        try transaction { db in
            guard try AccountRow.active(db, person).passwordAt == account.passwordAt else {
                throw AccountsError.wrongPassword
            }
            try AccountBook.setPassword(db, hash, of: person, now: now)
            try AccountBook.endSessions(db, of: person, keeping: cookie)
            try db.execute(sql: "DELETE FROM code WHERE person = ?", arguments: [person])
            try AccountEvent.append(db, .passwordChanged, at: now, person: person, address: address)
        }
    }

    // MARK: Steps

    private func confirmed(
        person: String, password: String, address: String, now: Instant
    ) throws(AccountsError) -> AccountRow {
        let (found, slots) = try asked(person, address, now: now)
        guard let account = found else { throw .noSuchAccount }
        guard account.disabledAt == nil else { throw .isDisabled }
        switch try judge(password, account, slots, now: now) {
        case .wait(let seconds): throw .wait(seconds: seconds)
        case .wrong: throw .wrongPassword
        case .right(let attempt): passing.withLock { $0.delays.forgive(attempt) }
        }
        return account
    }

    /// The account of a name, if there is one, and where attempts at it are counted.
    private func asked(
        _ person: String, _ address: String, now: Instant
    ) throws(AccountsError) -> (AccountRow?, LoginSlots) {
        let address = AccountBook.network(address)
        // What cannot be a name is one name: as much work, and none of it for the length.
        let person = AccountBook.isPerson(person) ? person : ""
        let (account, isKnown) = try read { db in
            (try AccountRow.fetch(db, person), try AccountBook.isKnown(db, address, of: person, now: now))
        }
        return (account, LoginSlots(person: person, address: address, isKnown: isKnown, keys: keys))
    }

    private enum Judgement {
        case wait(seconds: Int)
        case wrong
        /// Counted as a failure until the caller forgives it.
        case right(LoginDelays.Attempt)
    }

    /// Lets an attempt through or not, and compares the password. A failure is written down.
    private func judge(
        _ password: String, _ account: AccountRow?, _ slots: LoginSlots, now: Instant
    ) throws(AccountsError) -> Judgement {
        let attempt: LoginDelays.Attempt
        switch passing.withLock({ $0.delays.begin(checked: slots.checked, counted: slots.counted, now: now) }) {
        case .wait(let seconds): return .wait(seconds: seconds)
        case .go(let granted): attempt = granted
        }
        guard takeSeat(isStranger: !slots.isKnown) else {
            passing.withLock { $0.delays.forgive(attempt) }
            return .wait(seconds: 1)
        }
        let isRight = verified(password, account)
        leaveSeat(isStranger: !slots.isKnown)
        guard isRight else {
            try fail(.logInFailed, attempt, person: account?.person, address: slots.address, now: now)
            return .wrong
        }
        return .right(attempt)
    }

    /// True for the password of an account that is not disabled. Costs one hash in every case but that of a text too
    /// long to be a password, which costs none in any.
    private func verified(_ password: String, _ account: AccountRow?) -> Bool {
        guard (1...AccountLimits.passwordBytes).contains(password.utf8.count) else { return false }
        let isRight = hasher.verify(account?.password ?? PasswordHasher.dummy, Array(password.utf8))
        return isRight && account != nil && account?.disabledAt == nil
    }

    /// Opens the session, when nothing happened to the account since it was read.
    private func open(
        _ account: AccountRow, step: Int64?, _ password: String, _ attempt: LoginDelays.Attempt, _ slots: LoginSlots,
        now: Instant
    ) throws(AccountsError) -> LoginAnswer {
        let cookie = Secrets.long(random)
        // At another cost the hash is another, and `password_at` the same: a log-in beside this one still opens.
        let stronger = rehashed(password, account)
        let isOpen = try transaction { db in
            // A code that was used, be it by a log-in at the same moment, finds its step taken.
            try db.execute(
                sql: "UPDATE account SET logged_in_at = ?, password = ifnull(?, password), "
                    + "factor_step = ifnull(?, factor_step) WHERE person = ? AND password_at = ? "
                    + "AND disabled_at IS NULL AND factor IS ? "
                    + "AND (? IS NULL OR factor_step IS NULL OR factor_step < ?)",
                arguments: [
                    now.nanoseconds, stronger, step, account.person, account.passwordAt,
                    account.factor.map { Data($0) }, step, step,
                ])
            guard db.changesCount == 1 else { return false }
            try AccountBook.openSession(
                db, cookie: cookie, person: account.person, isSecondFactorDone: step != nil, now: now)
            try AccountBook.remember(db, slots.address, of: account.person, now: now)
            try db.execute(
                sql: "DELETE FROM delay WHERE slot = ?", arguments: [Int64(slots.person.number)])
            try AccountEvent.append(db, .loggedIn, at: now, person: account.person, address: slots.address)
            return true
        }
        guard isOpen else {
            try fail(
                step == nil ? .logInFailed : .secondFactorFailed, attempt, person: account.person,
                address: slots.address, now: now)
            return .wrong
        }
        passing.withLock {
            // The address is not cleared: else an own account would pay for guesses at others'.
            $0.delays.forgive(attempt)
            $0.delays.clear(slots.person)
        }
        return .opened(
            Session(
                person: account.person, openedAt: now, isSecondFactorDone: step != nil,
                csrfToken: keys.forgeryToken(cookie: cookie)), cookie: cookie)
    }

    /// The hash at today's cost, for a password that was hashed at another; nil when there is nothing to do, or no
    /// seat.
    private func rehashed(_ password: String, _ account: AccountRow) -> String? {
        guard hasher.isOutdated(account.password), takeSeat(isStranger: false) else { return nil }
        defer { leaveSeat(isStranger: false) }
        return hasher.hash(Array(password.utf8))
    }

    /// Writes a failure down, and the counts it raised: a restart forgets no delay.
    private func fail(
        _ kind: AccountEvent.Kind, _ attempt: LoginDelays.Attempt, person: String?, address: String, now: Instant
    ) throws(AccountsError) {
        let (counts, isWritten, unwritten) = passing.withLock { passing in
            let hour = now.seconds / 3600
            var unwritten = 0
            // One hour back is a request that was overtaken; more is a clock that was set back.
            if hour > passing.hour || hour < passing.hour - 1 {
                (passing.hour, passing.failures) = (hour, 0)
                (unwritten, passing.unwritten) = (passing.unwritten, 0)
            }
            passing.failures += 1
            let isWritten = passing.failures <= AccountLimits.failureEventsPerHour
            if !isWritten { passing.unwritten += 1 }
            let counts = attempt.slots.compactMap { slot in passing.delays.count(slot).map { (slot, $0) } }
            return (counts, isWritten, unwritten)
        }
        try transaction { db in
            for (slot, count) in counts {
                try db.execute(
                    sql: "INSERT OR REPLACE INTO delay (slot, failures, last_at) VALUES (?, ?, ?)",
                    arguments: [Int64(slot.number), count.failures, count.last.nanoseconds])
            }
            if unwritten > 0 {
                try AccountEvent.append(db, .logInFailedMore, at: now, detail: "\(unwritten)")
            }
            if isWritten {
                try AccountEvent.append(db, kind, at: now, person: person, address: address)
            }
        }
    }

    /// A place to compute one hash; false when all are taken.
    func takeSeat(isStranger: Bool) -> Bool {
        passing.withLock { passing in
            guard passing.hashes < AccountLimits.hashesAtOnce,
                !isStranger || passing.hashesOfStrangers < AccountLimits.hashesOfStrangers
            else { return false }
            passing.hashes += 1
            if isStranger { passing.hashesOfStrangers += 1 }
            return true
        }
    }

    func leaveSeat(isStranger: Bool) {
        passing.withLock { passing in
            passing.hashes -= 1
            if isStranger { passing.hashesOfStrangers -= 1 }
        }
    }
}

/// Where one attempt is counted, and what it is held back by.
struct LoginSlots: Sendable {
    /// What the request is known by, and whether the person has logged in from there.
    var address: String
    var isKnown: Bool
    /// The account's slot, or that of the account at an address it is known at: a success clears it.
    var person: LoginDelays.Slot
    var checked: [LoginDelays.Slot]
    var counted: [LoginDelays.Slot]

    init(person: String, address: String, isKnown: Bool, keys: BookKeys) {
        self.address = address
        self.isKnown = isKnown
        let place = LoginDelays.Slot(kind: .address, index: keys.slot("address \(address)"))
        self.person =
            isKnown
            ? LoginDelays.Slot(kind: .pair, index: keys.slot("pair \(address) \(person)"))
            : LoginDelays.Slot(kind: .account, index: keys.slot("account \(person)"))
        counted = [self.person, place]
        checked = isKnown ? [self.person] : counted
    }
}
