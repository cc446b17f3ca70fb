import Flows
import Stratum
import Vocabulary
import Wire

/// One mining session as the traffic shows it (contract, section 3). Counts that could not be known are nil, never 0.
package struct SessionObservation: Sendable {
    package var tier: Tier
    package var probability: Double
    package var dialect: String
    package var algorithm: String?
    package var coin: String?
    /// Layers from the outermost to the one that carried the messages: `vlan`, `tcp`, …
    package var carrier: [String]
    /// Ends of the tunnels around it, outermost first.
    package var outer: [AddressPair] = []
    package var client: Endpoint
    package var server: Endpoint
    package var serverName: String?
    package var poolName: String?
    package var poolVia: String?
    /// Verbatim; masking is done where a record is written.
    package var account: String?
    package var worker: String?
    package var agent: String?
    /// What the account's text shows of itself.
    package var accountForm: AccountForm?
    /// All who spoke on the connection, with their shares.
    package var workers = WorkerCounts()
    /// The account is XMRig's hash of the user's own log-in.
    package var isDonation = false
    /// What the agent gives away of the machine.
    package var device: DeviceHint?
    /// Text that the pool's operator writes into its coinbases, and the output script that they pay.
    package var poolTag: String?
    package var payoutScript: [UInt8]?
    package var payoutAddress: String?
    /// The pool's part of the nonce space.
    package var nonceSpace: [UInt8]?
    /// Its first jobs, to be compared with those of other sessions.
    package var jobMarks: Set<UInt64> = []
    package var firstSeen: Instant?
    package var lastSeen: Instant?
    package var packets: Int
    package var bytes: Int
    package var jobs: Int?
    package var submitted: Int?
    package var accepted: Int?
    package var rejected: Int?
    /// Of the rejected ones; nil where the pool's answers were not seen.
    package var refusals: [ShareRefusal: Int]?
    /// Hashes a second that the miner says it does.
    package var declared: Double?
    /// Shares whose work was recomputed and met its target; nil where this program cannot recompute the family.
    package var verified: Int?
    package var difficultyLast: Double?
    package var difficultySum: Double?
    package var hashrate: Estimate?
    /// `H/s`, `Sol/s`, …
    package var hashrateUnit: String?
    /// Watts at the device, from the efficiency interval of the algorithm in `Models/hardware`.
    package var watts: Estimate?
    package var flags: Set<String>
    package var reasons: [Reason]
    package var against: [Reason]
    package var evidence: [Evidence]

    package init(
        tier: Tier, probability: Double, dialect: String, client: Endpoint, server: Endpoint, carrier: [String],
        packets: Int, bytes: Int
    ) {
        self.tier = tier
        self.probability = probability
        self.dialect = dialect
        self.client = client
        self.server = server
        self.carrier = carrier
        self.packets = packets
        self.bytes = bytes
        flags = []
        reasons = []
        against = []
        evidence = []
    }
}

/// A name, address or port on a list, or a pool's name in DNS, SNI, CONNECT or SOCKS, without a session (tier E).
package struct ContactObservation: Hashable, Sendable {
    package enum What: String, Hashable, Sendable, Codable {
        case dns, sni, address, connect, socks
        /// A miner's management interface was asked or has answered: `client` is the device, `name` what it calls itself.
        case management
    }

    package var what: What
    package var name: String
    package var client: IPAddress
    package var count: Int

    package init(what: What, name: String, client: IPAddress, count: Int) {
        self.what = what
        self.name = name
        self.client = client
        self.count = count
    }
}
