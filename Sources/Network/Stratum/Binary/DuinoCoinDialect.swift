/// Duino-Coin: lines of words between commas. The pool greets with its version; the miner asks `JOB,user,kind,key`, is given
/// `hash,hash,difficulty`, and hands in `result,rate,program,rig`; the pool says `GOOD`, `BAD` or `BLOCK`.
package struct DuinoCoinDialect: BinaryDialect {
    package static let name = "duino-coin"
    package static let algorithm: String? = "duco-s1"

    private static let lineBytes = 512
    private static let hashDigits = 40
    /// The result is any number up to a hundred times the difficulty.
    private static let hashesOfDifficulty = 50.0

    private static let kinds = ["AVR", "ESP", "LOW", "MEDIUM", "NET", "EXTREME", "MEGA", "DUE", "ARM", "STM32"]

    package private(set) var verdict = BinaryVerdict.open
    private var client: [UInt8] = []
    private var server: [UInt8] = []
    private var lastIsClient: Bool?
    private var asked = 0
    private var given = 0
    private var handedIn = 0
    private var settled = 0
    private var strays = 0
    private var open = 0
    /// The miner named a kind of machine or of difficulty that is the dialect's own.
    private var isKnownKind = false

    package init?(opening: ArraySlice<UInt8>) {
        guard let first = opening.first else { return nil }
        let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
        let isHash = (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(first)
        let isWord = [UInt8(ascii: "J"), UInt8(ascii: "G"), UInt8(ascii: "B")].contains(first)
        guard isDigit || isHash || isWord, opening.prefix(16).allSatisfy({ Self.isText($0) }) else { return nil }
    }

    private static func isText(_ byte: UInt8) -> Bool { (0x20...0x7E).contains(byte) || byte == 0x0A || byte == 0x0D }

    package mutating func take(_ bytes: ArraySlice<UInt8>, fromClient: Bool, into said: inout [BinarySaying]) {
        guard verdict != .refused else { return }
        // Older programs end no line: it ends where the other side answers.
        if let lastIsClient, lastIsClient != fromClient { flush(lastIsClient, &said) }
        lastIsClient = fromClient
        for byte in bytes {
            guard verdict != .refused else { return }
            if byte == 0x0A {
                flush(fromClient, &said)
            } else if !Self.isText(byte) || (fromClient ? client.count : server.count) >= Self.lineBytes {
                stray()
                if fromClient { client = [] } else { server = [] }
            } else if fromClient {
                client.append(byte)
            } else {
                server.append(byte)
            }
        }
    }

    package mutating func gap(fromClient: Bool, into said: inout [BinarySaying]) {
        if fromClient { client = [] } else { server = [] }
    }

    package mutating func finish(into said: inout [BinarySaying]) {
        flush(true, &said)
        flush(false, &said)
    }

    private mutating func flush(_ fromClient: Bool, _ said: inout [BinarySaying]) {
        let line = fromClient ? client : server
        if fromClient { client = [] } else { server = [] }
        let text = String(decoding: line.last == 0x0D ? line.dropLast() : line[...], as: UTF8.self)
        guard !text.isEmpty else { return }
        said.append(.earlier(fromClient: fromClient))
        let words = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        if !(ask(words, &said) || give(words, &said) || settle(words, &said) || handIn(words, &said)) { stray() }
        let isBothSides = asked > 0 && given > 0
        let isOneSide = isKnownKind && handedIn > 0 || given > 0 && settled > 0
        if verdict == .open, isBothSides || isOneSide { verdict = .certain }
    }

    /// Versions, words of the day; a stream of other lines is another protocol.
    private mutating func stray() {
        strays = min(strays + 1, 1 << 20)
        if strays > 4 + 2 * (asked + given) { verdict = .refused }
    }

    private mutating func ask(_ words: [String], _ said: inout [BinarySaying]) -> Bool {
        guard (3...5).contains(words.count), words[0] == "JOB", (1...64).contains(words[1].utf8.count),
            (2...16).contains(words[2].utf8.count),
            words[2].utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) })
        else { return false }
        asked = min(asked + 1, 1 << 20)
        if Self.kinds.contains(where: { words[2].hasPrefix($0) }) { isKnownKind = true }
        said.append(.said(.miner, id: "job", .authorize(account: words[1], worker: nil)))
        return true
    }

    private mutating func give(_ words: [String], _ said: inout [BinarySaying]) -> Bool {
        guard words.count == 3, words[0].utf8.count == Self.hashDigits, words[1].utf8.count == Self.hashDigits,
            isHexadecimal(words[0], Self.hashDigits...Self.hashDigits),
            isHexadecimal(words[1], Self.hashDigits...Self.hashDigits), (1...10).contains(words[2].utf8.count),
            let difficulty = UInt32(words[2]), difficulty > 0
        else { return false }
        given = min(given + 1, 1 << 20)
        if asked > 0 { said.append(.answered(ids: ["job"], more: 0, good: true)) }
        let worth = Double(difficulty)
        said.append(
            .said(
                .pool, id: nil,
                .job(
                    id: words[1], difficulty: worth, hashes: worth * Self.hashesOfDifficulty,
                    algorithm: Self.algorithm)))
        return true
    }

    private mutating func handIn(_ words: [String], _ said: inout [BinarySaying]) -> Bool {
        guard (2...8).contains(words.count), asked > 0, (1...12).contains(words[0].utf8.count), UInt64(words[0]) != nil,
            let rate = Double(words[1]), rate.isFinite, rate >= 0
        else { return false }
        handedIn = min(handedIn + 1, 1 << 20)
        open = min(open + 1, 1 << 20)
        if words.count > 2 { said.append(.said(.miner, id: nil, .subscribe(agent: words[2], host: nil))) }
        let rig = words.count > 3 && words[3] != "None" ? words[3] : nil
        said.append(.said(.miner, id: "share", .submit(job: nil, account: nil, worker: rig, claimed: nil)))
        return true
    }

    private mutating func settle(_ words: [String], _ said: inout [BinarySaying]) -> Bool {
        guard (1...2).contains(words.count), ["GOOD", "BAD", "BLOCK"].contains(words[0]), given + handedIn > 0 else {
            return false
        }
        settled = min(settled + 1, 1 << 20)
        let isKnown = open > 0
        if isKnown { open -= 1 }
        said.append(.answered(ids: isKnown ? ["share"] : [], more: isKnown ? 0 : 1, good: words[0] != "BAD"))
        return true
    }
}
