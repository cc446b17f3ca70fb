/// A value with its interval. The interval is 95 % unless `basis` says otherwise; the unit is in the name that holds it.
package struct Estimate: Hashable, Sendable, Codable {
    package var value: Double
    package var low: Double
    package var high: Double
    package var basis: String?

    package init(value: Double, low: Double, high: Double, basis: String? = nil) {
        self.value = value
        self.low = low
        self.high = high
        self.basis = basis
    }
}

/// One ground for or against a finding. `id` is a key of the message catalogue; people's sentences are made at the door.
package struct Reason: Hashable, Sendable, Codable {
    package var id: String
    package var value: Double?
    package var reference: Double?
    package var unit: String?
    package var count: Int?
    /// A word instead of a number (a customer class, a name). Shown as text, never as markup.
    package var text: String?
    /// Weight in natural log-odds, positive speaks for mining; nil where the ground was not weighed by itself.
    package var logOdds: Double?

    package init(
        id: String, value: Double? = nil, reference: Double? = nil, unit: String? = nil, count: Int? = nil,
        text: String? = nil, logOdds: Double? = nil
    ) {
        // What could not be computed is unknown: no record and no page has a word for "not a number".
        func known(_ number: Double?) -> Double? { number.flatMap { $0.isFinite ? $0 : nil } }
        self.id = id
        self.value = known(value)
        self.reference = known(reference)
        self.unit = unit
        self.count = count
        self.text = text
        self.logOdds = known(logOdds)
    }
}

/// A place in a capture that shows an event: the 1-based frame number in its file.
package struct Evidence: Hashable, Sendable, Codable {
    package var frame: Int
    package var event: String

    package init(frame: Int, event: String) {
        self.frame = frame
        self.event = event
    }
}

/// How well mining is shown by traffic; `shared/knowledge/stratum.md`, section 0, has the wording each allows.
package enum Tier: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    case a1 = "A1"
    case a2 = "A2"
    case b = "B"
    case c = "C"
    case d = "D"
    case e = "E"

    /// The better shown is the greater: E < D < C < B < A2 < A1.
    package static func < (left: Tier, right: Tier) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) > (allCases.firstIndex(of: right) ?? 0)
    }
}

/// A probability in words: the bands of `Models`, never a verdict.
package enum Band: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    case low, medium, high

    package static func < (left: Band, right: Band) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }

    /// low below 0.5, medium below 0.8, high from 0.8 (the bands of the site page).
    package init(probability: Double) { self = probability >= 0.8 ? .high : probability >= 0.5 ? .medium : .low }
}

/// What was watched: a metering point, a feeder head, or an address at a time.
package enum Subject: Hashable, Sendable, Codable {
    case meter(String)
    case feeder(String)
    case address(IPAddress)

    /// `meter:S1`, `feeder:F1`, `address:192.0.2.1`.
    package var key: String {
        switch self {
        case .meter(let id): "meter:\(id)"
        case .feeder(let id): "feeder:\(id)"
        case .address(let ip): "address:\(ip)"
        }
    }
}

package enum Modality: String, Hashable, Sendable, Codable { case grid, network }

/// What a detector says about one subject in one window. It ranks work; it decides nothing.
package struct Finding: Hashable, Sendable, Codable {
    /// Stable for the same subject, modality and evidence: the same input gives the same identifier.
    package var id: String
    package var subject: Subject
    package var modality: Modality
    package var from: Instant
    package var to: Instant
    /// Calibrated at the run's prior; nil when there was too little data to say.
    package var probability: Double?
    /// Natural log likelihood ratio of mining against not mining, without any prior. This is what fusion adds up.
    package var logLikelihoodRatio: Double
    /// Share of the window's readings (grid) that were present, 0 ... 1; nil when not known.
    package var coverage: Double?
    /// Mining power, kW.
    package var kilowatts: Estimate?
    package var reasons: [Reason]
    package var against: [Reason]
    package var flags: [String]
    /// Detector and version, `night-minimum-step/1`.
    package var model: String
    package var grid: GridDetail?
    package var network: NetworkDetail?

    package init(
        id: String, subject: Subject, modality: Modality, from: Instant, to: Instant, probability: Double?,
        logLikelihoodRatio: Double, coverage: Double? = nil, kilowatts: Estimate? = nil, reasons: [Reason] = [],
        against: [Reason] = [], flags: [String] = [], model: String, grid: GridDetail? = nil,
        network: NetworkDetail? = nil
    ) {
        self.id = id
        self.subject = subject
        self.modality = modality
        self.from = from
        self.to = to
        self.probability = probability
        self.logLikelihoodRatio = logLikelihoodRatio
        self.coverage = coverage
        self.kilowatts = kilowatts
        self.reasons = reasons
        self.against = against
        self.flags = flags
        self.model = model
        self.grid = grid
        self.network = network
    }
}

/// The grid side of a finding.
package struct GridDetail: Hashable, Sendable, Codable {
    /// `base-step`, `sustained-flat`, …, `none` (contract, section 4).
    package var signature: String
    package var onset: CalendarDate?
    package var end: CalendarDate?
    package var category: String?
    package var machinesLow: Int?
    package var machinesHigh: Int?
    package var machineUnitKilowatts: Double?
    /// Feature name to value, as in the feature catalogue.
    package var features: [String: Double]

    package init(
        signature: String, onset: CalendarDate? = nil, end: CalendarDate? = nil, category: String? = nil,
        machinesLow: Int? = nil, machinesHigh: Int? = nil, machineUnitKilowatts: Double? = nil,
        features: [String: Double] = [:]
    ) {
        self.signature = signature
        self.onset = onset
        self.end = end
        self.category = category
        self.machinesLow = machinesLow
        self.machinesHigh = machinesHigh
        self.machineUnitKilowatts = machineUnitKilowatts
        self.features = features
    }
}

/// The network side of a finding: one session, identities already masked unless the run asked for them in full.
package struct NetworkDetail: Hashable, Sendable, Codable {
    package var tier: Tier
    package var dialect: String
    package var algorithm: String?
    package var client: Endpoint
    package var server: Endpoint
    package var poolName: String?
    package var account: String?
    package var worker: String?
    package var agent: String?
    package var firstSeen: Instant?
    package var lastSeen: Instant?
    package var packets: Int
    package var bytes: Int
    package var jobs: Int?
    package var submitted: Int?
    package var accepted: Int?
    package var rejected: Int?
    package var hashrate: Estimate?
    package var hashrateUnit: String?
    package var capture: String
    package var captureSHA256: String
    package var evidence: [Evidence]

    package init(
        tier: Tier, dialect: String, algorithm: String? = nil, client: Endpoint, server: Endpoint,
        poolName: String? = nil, account: String? = nil, worker: String? = nil, agent: String? = nil,
        firstSeen: Instant? = nil, lastSeen: Instant? = nil, packets: Int = 0, bytes: Int = 0, jobs: Int? = nil,
        submitted: Int? = nil, accepted: Int? = nil, rejected: Int? = nil, hashrate: Estimate? = nil,
        hashrateUnit: String? = nil, capture: String, captureSHA256: String, evidence: [Evidence] = []
    ) {
        self.tier = tier
        self.dialect = dialect
        self.algorithm = algorithm
        self.client = client
        self.server = server
        self.poolName = poolName
        self.account = account
        self.worker = worker
        self.agent = agent
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.packets = packets
        self.bytes = bytes
        self.jobs = jobs
        self.submitted = submitted
        self.accepted = accepted
        self.rejected = rejected
        self.hashrate = hashrate
        self.hashrateUnit = hashrateUnit
        self.capture = capture
        self.captureSHA256 = captureSHA256
        self.evidence = evidence
    }
}

/// Hides an account or worker for anything that leaves the operator's machine: the first and last four characters stay.
/// Counted in grapheme clusters, so no character is cut; nine or fewer are hidden whole.
package func maskedIdentity(_ text: String) -> String {
    text.count <= 9 ? String(repeating: "*", count: min(text.count, 4)) : text.prefix(4) + "…" + text.suffix(4)
}
