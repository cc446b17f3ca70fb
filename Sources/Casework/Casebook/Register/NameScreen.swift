import FoundationEssentials
import Vocabulary

/// A word that may not stand in the name or the business scope of a firm, found where it stands.
package struct NameHit: Hashable, Sendable, Codable {
    /// The term as the list has it.
    package var term: String
    /// What is written there.
    package var written: String
}

/// Looks for the words that registrars refuse. A hit is a matter for market supervision: it says nothing of mining and
/// has no number by which it could be added to a score.
package struct NameScreen: Sendable {
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    private struct Term {
        let name: String
        let letters: [Character]
        /// So short that two words side by side would make it by chance: written together or each letter apart.
        var isAcronym: Bool { letters.count <= 4 && letters.allSatisfy { $0.isASCII && $0.isLetter } }
    }

    private let terms: [Term]
    /// Phrases in which a term means something else or is denied.
    private let innocent: [[Character]]
    private let variants: [Character: Character]

    /// Reads `terms.csv` (`term,word`), `variants.csv` (`written,read`) and `look-alikes.csv` (`phrase`) of a model
    /// folder.
    package static func load(_ folder: String) throws(Failure) -> NameScreen {
        func rows(_ name: String, _ columns: [String]) throws(Failure) -> [[String]] {
            let path = folder + "/" + name
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
                throw Failure(description: "\(path): cannot be read")
            }
            var reader = RegisterRows(
                RegisterFile(name: path, text: text), columns.map { RegisterColumn($0, needed: true) })
            var found: [[String]] = []
            while var row = reader.next() {
                found.append(columns.map { row.needed($0) })
                reader.settle(row)
            }
            if let problem = reader.report.problems.first {
                throw Failure(description: "\(path), line \(problem.line): \(problem.column) \(problem.what)")
            }
            return found
        }
        return try NameScreen(
            terms: rows("terms.csv", ["term", "word"]).map { ($0[0], $0[1]) },
            variants: rows("variants.csv", ["written", "read"]).map { ($0[0], $0[1]) },
            lookAlikes: rows("look-alikes.csv", ["phrase"]).map { $0[0] })
    }

    /// - Parameters:
    ///   - terms: name of the term, and a spelling of it.
    ///   - variants: a sign, and the sign it is read as (traditional to simplified, look-alike to Latin).
    package init(
        terms: [(name: String, word: String)], variants: [(written: String, read: String)], lookAlikes: [String]
    ) throws(Failure) {
        var map: [Character: Character] = [:]
        for (written, read) in variants {
            guard written.count == 1, read.count == 1, let one = written.first, let other = read.first else {
                throw Failure(description: "\(written) to \(read): not one sign to one sign")
            }
            map[one] = other
        }
        self.variants = map
        var read: [Term] = []
        for (name, word) in terms {
            let letters = NameScreen.letters(word, map).map(\.sign)
            guard letters.count >= 2 else { throw Failure(description: "\(name): a term needs two letters or more") }
            read.append(Term(name: name, letters: letters))
        }
        guard !read.isEmpty else { throw Failure(description: "no terms") }
        self.terms = read
        innocent = lookAlikes.map { NameScreen.letters($0, map).map(\.sign) }.filter { !$0.isEmpty }
    }

    /// Each term at most once, in the order of the list.
    package func hits(in text: String) -> [NameHit] {
        let plain = String(text.prefix(CasebookLimits.screenedSigns))
        let original = Array(plain)
        var hits: [NameHit] = []
        for run in NameScreen.runs(NameScreen.letters(plain, variants)) {
            let signs = run.map(\.sign)
            let cleared = innocent.flatMap { NameScreen.places(of: $0, in: signs) }
            for term in terms where !hits.contains(where: { $0.term == term.name }) {
                let place = NameScreen.places(of: term.letters, in: signs).first { place in
                    NameScreen.standsAlone(place, in: run) && !(term.isAcronym && NameScreen.isUneven(run[place]))
                        && !cleared.contains { $0.lowerBound <= place.lowerBound && place.upperBound <= $0.upperBound }
                }
                guard let place else { continue }
                let written = original[run[place.lowerBound].at...run[place.upperBound - 1].at]
                hits.append(NameHit(term: term.name, written: String(written)))
            }
        }
        return hits
    }

    // MARK: Letters

    /// A letter with its place in the text, and whether something that joins stood before it.
    private struct Letter {
        let sign: Character
        let at: Int
        /// What stood before it: nothing, something thin (a space, a dot), or an end of what belongs together.
        let before: Gap
        enum Gap { case none, thin, bound }
        var isLatin: Bool { sign.isASCII && sign.isLetter }
    }

    private static let thin: Set<Character> = ["-", "_", ".", "·", "•", "・", "*", "+", "|", "/", "\\", "~", "'", "‧"]

    private static func letters(_ text: String, _ variants: [Character: Character]) -> [Letter] {
        var result: [Letter] = []
        var gap = Letter.Gap.bound
        for (at, sign) in text.enumerated() {
            for scalar in TextFold.plain(String(sign)).unicodeScalars where !isUnseen(scalar) {
                let folded = Character(scalar)
                let read = variants[folded] ?? folded
                if read.isLetter || read.isNumber {
                    result.append(Letter(sign: read, at: at, before: gap))
                    gap = .none
                } else {
                    gap = gap == .bound || !(read.isWhitespace || thin.contains(read)) ? .bound : .thin
                }
            }
        }
        return result
    }

    /// Signs without width, and marks over or under a letter.
    private static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isDefaultIgnorableCodePoint || scalar.properties.generalCategory == .nonspacingMark
    }

    private static func runs(_ letters: [Letter]) -> [[Letter]] {
        var runs: [[Letter]] = []
        for letter in letters {
            if letter.before == .bound || runs.isEmpty { runs.append([]) }
            runs[runs.count - 1].append(letter)
        }
        return runs
    }

    private static func places(of word: [Character], in signs: [Character]) -> [Range<Int>] {
        guard let first = word.first, word.count <= signs.count else { return [] }
        return (0...(signs.count - word.count)).compactMap { start in
            signs[start] == first && signs[start..<(start + word.count)].elementsEqual(word)
                ? start..<(start + word.count) : nil
        }
    }

    private static func isUneven(_ letters: ArraySlice<Letter>) -> Bool {
        Set(letters.dropFirst().map { $0.before == .none }).count > 1
    }

    /// A Latin word is not a part of a longer one (`RWA` in `Norway`); Chinese has no such bounds.
    private static func standsAlone(_ place: Range<Int>, in run: [Letter]) -> Bool {
        let first = run[place.lowerBound]
        if first.isLatin, place.lowerBound > 0, first.before == .none, run[place.lowerBound - 1].isLatin {
            return false
        }
        guard run[place.upperBound - 1].isLatin, place.upperBound < run.count else { return true }
        let next = run[place.upperBound]
        return !(next.isLatin && next.before == .none)
    }
}

/// What a hit is good for: a note to market supervision. It is offered; a person sends it.
package struct HandoverSuggestion: Hashable, Sendable, Codable {
    package enum Field: String, Hashable, Sendable, Codable {
        case partyName = "party-name"
        case scope
        case siteName = "site-name"
    }

    package static let marketSupervision = "market-supervision"

    package var receiver: String
    /// `party:…` or `site:…`.
    package var about: String
    package var field: Field
    package var hits: [NameHit]
}

extension NameScreen {
    /// Firms and institutions, and the names under which sites are registered; people's own names are not looked at.
    package func suggestions(parties: [Party], sites: [Site]) -> [HandoverSuggestion] {
        func suggest(_ about: String, _ field: HandoverSuggestion.Field, _ text: String) -> HandoverSuggestion? {
            let hits = hits(in: text)
            return hits.isEmpty
                ? nil
                : HandoverSuggestion(
                    receiver: HandoverSuggestion.marketSupervision, about: about, field: field, hits: hits)
        }
        return parties.filter { $0.kind != .person }.flatMap { party in
            [
                suggest("party:\(party.id)", .partyName, party.name),
                party.scope.flatMap { suggest("party:\(party.id)", .scope, $0) },
            ].compactMap(\.self)
        } + sites.compactMap { suggest("site:\($0.id)", .siteName, $0.name) }
    }
}
