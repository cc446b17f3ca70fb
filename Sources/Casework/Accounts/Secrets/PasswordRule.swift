/// What a password must be (NIST SP 800-63B-4 section 3.1.1, ASVS 5.0 section 6.2): long, and not one that is tried
/// first. Which kinds of letters it has, and how old it is, does not matter. It is used exactly as entered.
package enum PasswordRule {
    /// Unicode scalars.
    package static let shortest = 12
    package static let longest = 128
    /// A shorter identifier stands in too many honest passwords ("eve" in "seven").
    static let personLetters = 4

    /// What a password lacks; the door says it in the reader's language.
    package enum Lack: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
        case tooShort, tooLong, common, containsPerson

        package var description: String {
            switch self {
            case .tooShort: "at least \(PasswordRule.shortest) characters"
            case .tooLong: "at most \(PasswordRule.longest) characters"
            case .common: "one of the passwords that are tried first"
            case .containsPerson: "contains the person's identifier"
            }
        }
    }

    /// Everything that stands against a password; empty for a good one.
    package static func lack(_ password: String, person: String) -> [Lack] {
        let length = password.unicodeScalars.count
        guard length <= longest, password.utf8.count <= AccountLimits.passwordBytes else { return [.tooLong] }
        var lacks: [Lack] = length < shortest ? [.tooShort] : []
        let lowered = password.lowercased()
        if CommonPasswords.contains(lowered) { lacks.append(.common) }
        let name = person.lowercased()
        if name.unicodeScalars.count >= personLetters, lowered.contains(name) { lacks.append(.containsPerson) }
        return lacks
    }
}
