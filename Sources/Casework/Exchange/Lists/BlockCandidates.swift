import Vocabulary

/// Endpoints that a person may decide to have blocked. This program applies nothing.
package struct BlockCandidates: Sendable {
    package struct Policy: Sendable {
        /// Less well shown sessions make no candidate.
        package var leastTier: Tier = .b
        /// Other names known at one address above which it counts as shared hosting.
        package var sharedNames = 5
        /// Never named, whatever was seen there (resolvers, own services).
        package var spared: [AddressRange] = []
        /// How many names are known to live at an address, from the resolver's or a passive record.
        package var namesAt: [IPAddress: Int] = [:]

        package init() {}
    }

    /// One address with the ports on which mining was seen.
    package struct Candidate: Hashable, Sendable {
        package var ip: IPAddress
        package var ports: [UInt16]
        /// Names by which it was asked for.
        package var names: [String]
        package var firstSeen: Instant
        package var lastSeen: Instant
        package var expires: CalendarDate
        /// Sessions that speak for it.
        package var evidence: Int
        package var tier: Tier
        package var confidence: Int?
        /// Known names at the address when they are more than the policy's degree; then it is only named in a comment.
        package var sharedNames: Int?
    }

    package private(set) var candidates: [Candidate] = []
    /// Sessions that made none, by reason.
    package private(set) var left: [String: Int] = [:]
    package let context: ExchangeContext

    package init(_ findings: [ExchangeFinding], _ policy: Policy = Policy(), _ context: ExchangeContext) {
        self.context = context
        var kept: [ExchangeFinding] = []
        let (distinct, twice) = ExchangeDocument.distinct(findings)
        for one in twice { left[one.why, default: 0] += 1 }
        for finding in distinct {
            let ip = finding.session.server.ip
            let why: String? =
                if !AddressClasses.isPublic(ip) {
                    "private or reserved address"
                } else if policy.spared.contains(where: { $0.contains(ip) }) {
                    "spared address"
                } else if finding.session.tier < policy.leastTier {
                    "tier below \(policy.leastTier.rawValue)"
                } else if let seen = finding.session.seen {
                    if context.expiry(seen.upperBound) <= context.asOf {
                        "expired"
                    } else {
                        // A clock that is wrong, or a capture made so that its entry never ends.
                        seen.upperBound > context.asOf.adding(seconds: 86_400) ? "seen in the future" : nil
                    }
                } else {
                    "no time known"
                }
            if let why { left[why, default: 0] += 1 } else { kept.append(finding) }
        }
        for (ip, group) in Dictionary(grouping: kept, by: \.session.server.ip).sorted(by: { $0.key < $1.key }) {
            let seen = group.compactMap(\.session.seen)
            guard let first = seen.map(\.lowerBound).min(), let last = seen.map(\.upperBound).max() else { continue }
            let names = Set(group.compactMap(\.session.hostName)).sorted()
            let known = max(names.count, policy.namesAt[ip] ?? 0)
            candidates.append(
                Candidate(
                    ip: ip, ports: Set(group.map(\.session.server.port)).sorted(), names: names, firstSeen: first,
                    lastSeen: last, expires: context.expiry(last).date(), evidence: group.count,
                    tier: group.map(\.session.tier).max() ?? .e, confidence: group.compactMap(\.confidence).max(),
                    sharedNames: known > policy.sharedNames ? known : nil))
        }
    }

    /// Comment lines that every list begins with.
    func head(_ mark: String) -> [String] {
        let gone = left.sorted { $0.key < $1.key }.map { "\($0.value) (\($0.key))" }.joined(separator: ", ")
        return [
            "Countermine: candidates for review, not applied / 供人工核查的候选清单，未执行任何阻断",
            "Suspected mining endpoints. A person decides on each; check shared hosting first.",
            "As of \(context.asOf.rfc3339()), by \(BlockCandidates.plain(context.producer)). "
                + "Each entry expires \(context.validDays) days after it was last seen.",
            "Candidates: \(candidates.count); sessions left out: \(gone.isEmpty ? "none" : gone)",
        ].map { "\(mark) \($0)" }
    }

    /// The evidence of one candidate, on one line.
    func note(_ one: Candidate) -> String {
        var text = "evidence \(one.evidence) sessions, tier \(one.tier.rawValue)"
        if let confidence = one.confidence { text += ", probability \(confidence) %" }
        text += ", seen \(one.firstSeen.date()) to \(one.lastSeen.date()), expires \(one.expires)"
        return text
    }

    func warning(_ one: Candidate) -> String? {
        one.sharedNames.map { "WARNING shared hosting: \($0) names at \(one.ip); left as a comment" }
    }

    /// One line, written in one direction; what was configured by hand may hold anything.
    static func plain(_ text: String) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let breaks: Bool =
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
                default: false
                }
            out.append(breaks ? "\u{FFFD}" : scalar)
        }
        return String(out)
    }
}

/// How a list is spelled.
package protocol BlockListForm: Sendable {
    static var name: String { get }
    static var fileExtension: String { get }
    static func text(_ list: BlockCandidates) -> String
}

/// All of them; a new one is a type and a line here.
package enum BlockLists {
    package static let all: [any BlockListForm.Type] = [
        PlainList.self,
        RPZList.self,
        NFTablesList.self,
        SuricataList.self,
    ]

    package static func named(_ name: String) -> (any BlockListForm.Type)? { all.first { $0.name == name } }
}
