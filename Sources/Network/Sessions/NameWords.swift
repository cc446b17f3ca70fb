/// Words of host names that make an unlisted name look like a pool's (`stratum.md` 2.2). Whole words of a label only: `carpool`
/// and `minecraft` hold none.
package struct NameWords: Sendable {
    package enum Kind: String, Sendable, CaseIterable { case pool, coin, exclude }

    private var words: [[UInt8]: Kind] = [:]
    private var longest = 0

    package init() {}

    mutating func add(_ word: String, _ kind: Kind) {
        let bytes = Array(word.lowercased().utf8)
        words[bytes] = kind
        longest = max(longest, bytes.count)
    }

    /// - Parameter name: in lower case.
    /// - Returns: whether it has a word of a pool and one of a coin, and none that is another's.
    package func isPoolLike(_ name: [UInt8]) -> Bool {
        var kinds: Set<Kind> = []
        var start = 0
        for place in 0...name.count {
            // A word ends at a dot, a dash, an underscore, and where letters meet digits: `xmr-eu1.pool`.
            let isEnd = place == name.count || !name[place].isLetterOrDigit
            guard isEnd || place > start && name[place].isDigit != name[place - 1].isDigit else { continue }
            for end in [place, isEnd ? nil : wholeWord(name, from: place)].compactMap({ $0 }) {
                guard end > start, end - start <= longest, let kind = words[Array(name[start..<end])] else { continue }
                kinds.insert(kind)
            }
            start = isEnd ? place + 1 : place
        }
        return kinds == [.pool, .coin]
    }

    /// The end of the word with its digits, where a listed word has some itself: `sha256`.
    private func wholeWord(_ name: [UInt8], from: Int) -> Int {
        name[from...].firstIndex { !$0.isLetterOrDigit } ?? name.count
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (48...57).contains(self) }
    fileprivate var isLetterOrDigit: Bool { isDigit || (97...122).contains(self) || (65...90).contains(self) }
}
