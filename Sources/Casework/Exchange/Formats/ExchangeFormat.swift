import Vocabulary

/// What every document says of its making.
package struct ExchangeContext: Sendable {
    /// Given from outside: the same findings and the same moment make the same bytes.
    package var asOf: Instant
    /// Unit that sends: `330000`, `CN`, or an operator's name.
    package var producer: String
    package var version: String
    /// Days that a suspicion is worth looking at, counted from the last time it was seen.
    package var validDays = 90

    package init(asOf: Instant, producer: String, version: String, validDays: Int = 90) {
        self.asOf = asOf
        self.producer = ExchangeLimits.clipped(producer)
        self.version = ExchangeLimits.clipped(version)
        self.validDays = min(max(validDays, 1), 3_650)
    }

    func expiry(_ seen: Instant) -> Instant { seen.adding(seconds: Int64(validDays) * 86_400) }
}

/// A document, and what of the findings it could not hold: `written + left.count` is what was given.
package struct ExchangeDocument: Sendable {
    package var bytes: [UInt8]
    package var written: Int
    package var left: [(id: String, why: String)]

    /// By identifier, each once. Of two with one identifier the same one stays, in whatever order they came.
    static func distinct(_ findings: [ExchangeFinding]) -> (
        taken: [ExchangeFinding], left: [(id: String, why: String)]
    ) {
        var taken: [ExchangeFinding] = []
        var left: [(id: String, why: String)] = []
        func tie(_ one: ExchangeFinding) -> String {
            let session = one.session
            return "\(session.lastSeen?.nanoseconds ?? 0) \(session.packets ?? 0) " + FindingFacts.text(one)
        }
        for one in findings.sorted(by: { $0.id == $1.id ? tie($0) < tie($1) : $0.id < $1.id }) {
            if taken.last?.id == one.id {
                left.append((one.id, "the same session again"))
            } else {
                taken.append(one)
            }
        }
        return (taken, left)
    }

    /// The findings that have the times a format asks for; the others are left, with the reason.
    static func timed(_ findings: [ExchangeFinding]) -> (
        taken: [(finding: ExchangeFinding, seen: ClosedRange<Instant>)], left: [(id: String, why: String)]
    ) {
        var taken: [(finding: ExchangeFinding, seen: ClosedRange<Instant>)] = []
        let (all, twice) = distinct(findings)
        var left = twice
        for finding in all {
            if let seen = finding.session.seen {
                taken.append((finding, seen))
            } else {
                left.append((finding.id, "no time is known, and the format asks for one"))
            }
        }
        return (taken, left)
    }

    /// One JSON object a line.
    static func lines(
        _ findings: [ExchangeFinding], _ object: (ExchangeFinding, ClosedRange<Instant>) -> JSONValue
    ) -> ExchangeDocument {
        let (taken, left) = timed(findings)
        var bytes: [UInt8] = []
        for (finding, seen) in taken {
            bytes += object(finding, seen).bytes
            bytes.append(0x0A)
        }
        return ExchangeDocument(bytes: bytes, written: taken.count, left: left)
    }
}

/// A format that others read.
package protocol ExchangeFormat: Sendable {
    /// As a person types it.
    static var name: String { get }
    static var fileExtension: String { get }
    static var mediaType: String { get }
    /// The published description it follows, with its version.
    static var specification: String { get }
    static func document(_ findings: [ExchangeFinding], _ context: ExchangeContext) -> ExchangeDocument
}

/// All of them; a new one is a file and a line here.
package enum ExchangeFormats {
    package static let all: [any ExchangeFormat.Type] = [
        STIXFormat.self,
        MISPFormat.self,
        ECSFormat.self,
        OCSFFormat.self,
        IODEFFormat.self,
        EVEFormat.self,
    ]

    package static func named(_ name: String) -> (any ExchangeFormat.Type)? { all.first { $0.name == name } }
}
