import Vocabulary

/// What joins two sessions of a capture: for the casebook's graph (`stratum.md` 6, row 18). A link says what is the same, never
/// who is to blame.
package struct SessionLink: Hashable, Sendable {
    package enum What: String, Hashable, Sendable {
        /// One account, several clients.
        case sameAccount = "same-account"
        /// One client, several accounts: pool switching, or a tool that mines part of the time for its maker.
        case severalAccounts = "several-accounts"
        /// A miner's donation log-in is the Keccak-256 of the other's account.
        case sameWallet = "same-wallet"
        /// The same jobs from two servers: one stands before the other, or both before a third.
        case equalJobs = "equal-jobs"
        /// The first's nonce space lies inside the second's: the second is the upstream of what serves the first.
        case nonceSpaceInside = "nonce-space-inside"
        /// Two servers whose jobs pay the same output script.
        case samePayout = "same-payout"
    }

    package var what: What
    /// Places in the list of sessions.
    package var first: Int
    package var second: Int
    /// Jobs, for `equal-jobs`.
    package var count: Int?
}

/// Finds links among the sessions of one capture. Each group of equals is joined to its first member, so that work and output
/// stay proportional to the sessions.
enum SessionLinks {
    static func find(_ sessions: [SessionObservation]) -> [SessionLink] {
        var links: [SessionLink] = []
        var seen: Set<SessionLink> = []
        func add(_ link: SessionLink) {
            guard link.first != link.second, links.count < SessionLimits.links, seen.insert(link).inserted else {
                return
            }
            links.append(link)
        }
        var firstOfAccount: [String: Int] = [:]
        var firstOfClient: [IPAddress: Int] = [:]
        var firstOfPayout: [[UInt8]: Int] = [:]
        var firstOfJob: [UInt64: Int] = [:]
        var equalJobs: [[Int]: Int] = [:]
        for (place, session) in sessions.enumerated() {
            if let account = session.account {
                if let first = firstOfAccount[account] {
                    if sessions[first].client.ip != session.client.ip {
                        add(SessionLink(what: .sameAccount, first: first, second: place))
                    }
                } else {
                    firstOfAccount[account] = place
                }
                if let first = firstOfClient[session.client.ip] {
                    if sessions[first].account != account {
                        add(SessionLink(what: .severalAccounts, first: first, second: place))
                    }
                } else {
                    firstOfClient[session.client.ip] = place
                }
            }
            if let payout = session.payoutScript {
                if let first = firstOfPayout[payout] {
                    if sessions[first].server.ip != session.server.ip {
                        add(SessionLink(what: .samePayout, first: first, second: place))
                    }
                } else {
                    firstOfPayout[payout] = place
                }
            }
            for mark in session.jobMarks {
                if let first = firstOfJob[mark] {
                    if sessions[first].server.ip != session.server.ip { equalJobs[[first, place], default: 0] += 1 }
                } else {
                    firstOfJob[mark] = place
                }
            }
        }
        for (pair, count) in equalJobs.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) })
        where count >= SessionLimits.equalJobs {
            add(SessionLink(what: .equalJobs, first: pair[0], second: pair[1], count: count))
        }
        for link in donations(sessions, firstOfAccount) + nested(sessions) { add(link) }
        return links
    }

    /// XMRig logs in at its maker's pool with a hash of the user's own log-in: the same on every pool and relay.
    private static func donations(_ sessions: [SessionObservation], _ accounts: [String: Int]) -> [SessionLink] {
        let names = sessions.indices.filter { sessions[$0].isDonation }
        guard !names.isEmpty else { return [] }
        var owners: [String: Int] = [:]
        for (account, place) in accounts.sorted(by: { $0.value < $1.value }).prefix(SessionLimits.hashedAccounts) {
            owners[DonationLogin.pseudonym(of: account)] = place
        }
        return names.compactMap { place in
            sessions[place].account.flatMap { owners[$0.lowercased()] }.map {
                SessionLink(what: .sameWallet, first: $0, second: place)
            }
        }
    }

    /// A proxy gives each of its miners its own nonce space with a few bytes more.
    private static func nested(_ sessions: [SessionObservation]) -> [SessionLink] {
        var upstream: [[UInt8]: Int] = [:]
        for (place, session) in sessions.enumerated() {
            if let space = session.nonceSpace, space.count >= SessionLimits.leastNonceSpace { upstream[space] = place }
        }
        return sessions.indices.compactMap { place in
            guard let space = sessions[place].nonceSpace, space.count > SessionLimits.leastNonceSpace else {
                return nil
            }
            for length in SessionLimits.leastNonceSpace..<space.count {
                guard let other = upstream[Array(space.prefix(length))], other != place,
                    // The upstream's client is what the miner speaks with, or the jobs are the same.
                    sessions[other].client.ip == sessions[place].server.ip
                        || !sessions[other].jobMarks.isDisjoint(with: sessions[place].jobMarks)
                else { continue }
                return SessionLink(what: .nonceSpaceInside, first: place, second: other)
            }
            return nil
        }
    }
}
