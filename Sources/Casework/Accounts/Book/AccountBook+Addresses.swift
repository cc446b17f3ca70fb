import GRDB
import Vocabulary

extension AccountBook {
    /// What is counted as one address: IPv4 as it is, of IPv6 the first 64 bits, which one household or attacker has in
    /// plenty. Anything else is one address under its own name, shortened and made visible.
    static func network(_ text: String) -> String {
        guard let address = IPAddress(text) else {
            return String(
                text.unicodeScalars.prefix(AccountLimits.addressLetters).map {
                    Character(AccountEvent.isVisible($0) ? $0 : "\u{fffd}")
                })
        }
        if address.isIPv4 { return address.description }
        // ::ffff:a.b.c.d is IPv4 seen by a socket for both.
        if address.high == 0, address.low >> 32 == 0xffff {
            return IPAddress(ipv4: UInt32(truncatingIfNeeded: address.low)).description
        }
        return IPAddress(high: address.high, low: 0).description + "/64"
    }

    /// True when the person has logged in from there within 90 days.
    static func isKnown(_ db: Database, _ address: String, of person: String, now: Instant) throws -> Bool {
        try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM known_address WHERE person = ? AND address = ? AND last_at > ?)",
            arguments: [
                person, address, now.adding(seconds: -AccountLimits.knownAddressSeconds).nanoseconds,
            ]) ?? false
    }

    /// Remembers where a person logged in from; the oldest address goes first.
    static func remember(_ db: Database, _ address: String, of person: String, now: Instant) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO known_address (person, address, last_at) VALUES (?, ?, ?)",
            arguments: [person, address, now.nanoseconds])
        try db.execute(
            sql: "DELETE FROM known_address WHERE person = ? AND address NOT IN (SELECT address FROM known_address "
                + "WHERE person = ? ORDER BY last_at DESC, address LIMIT ?)",
            arguments: [person, person, AccountLimits.knownAddresses])
    }
}
