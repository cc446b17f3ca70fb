import Vocabulary

/// Everything a page or a report says about one site, read in one go.
package struct SiteDossier: Sendable {
    package var site: Site
    package var links: [SiteLink]
    package var assessment: SiteAssessment?
    package var findings: [Finding]
    package var currentCase: CaseRecord?
    /// Sum of the site's metered load over the window of the last run; nil when there is no meter or no reading.
    package var curve: LoadCurve?

    package init(
        site: Site, links: [SiteLink] = [], assessment: SiteAssessment? = nil, findings: [Finding] = [],
        currentCase: CaseRecord? = nil, curve: LoadCurve? = nil
    ) {
        self.site = site
        self.links = links
        self.assessment = assessment
        self.findings = findings
        self.currentCase = currentCase
        self.curve = curve
    }
}

extension SiteDossier {
    /// When mining was seen on the network, each session once.
    package var sessionTimes: [Range<Instant>] {
        findings.compactMap { finding in
            finding.network.map { network in
                let from = network.firstSeen ?? finding.from
                return from..<max(from, network.lastSeen ?? finding.to)
            }
        }
    }
}

/// A regular load curve; a missing reading is NaN.
package struct LoadCurve: Sendable, Equatable {
    package var start: Instant
    package var intervalSeconds: Int
    /// Average kW a reading.
    package var kilowatts: [Float]

    package init(start: Instant, intervalSeconds: Int, kilowatts: [Float]) {
        self.start = start
        self.intervalSeconds = intervalSeconds
        self.kilowatts = kilowatts
    }
}

/// One site × one episode.
package struct CaseRecord: Hashable, Sendable, Codable {
    package var id: String
    package var episode: Int
    package var site: String
    /// Answering unit (province or Corps).
    package var unit: String
    /// A state of the lifecycle; the machine only ever writes `detected`.
    package var state: String
    /// Unit whose desk holds it now.
    package var holder: String
    package var due: CalendarDate?
    /// When what it is about happened (first sign), and when it was recorded here.
    package var eventTime: Instant?
    package var recordedAt: Instant
    package var version: Int

    package init(
        id: String, episode: Int, site: String, unit: String, state: String, holder: String, due: CalendarDate?,
        eventTime: Instant?, recordedAt: Instant, version: Int
    ) {
        self.id = id
        self.episode = episode
        self.site = site
        self.unit = unit
        self.state = state
        self.holder = holder
        self.due = due
        self.eventTime = eventTime
        self.recordedAt = recordedAt
        self.version = version
    }
}

/// One input file as the store knows it.
package struct InputRecord: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable { case meters, feeders, capture, register }
    package enum State: String, Hashable, Sendable, Codable { case done, partial, failed }

    /// SHA-256 of the file as it lies on disk, hex.
    package var sha256: String
    package var kind: Kind
    /// Path relative to the configuration's folder.
    package var path: String
    package var bytes: Int
    package var state: State
    /// What was wrong, with place and remedy; nil when nothing was.
    package var error: String?
    package var flags: [String]
    /// Reconciling counts, by the contract's names (`data`, `loaded`, … or `in_file`, `decoded`, …).
    package var counts: [String: Int]
    package var firstEvent: Instant?
    package var lastEvent: Instant?
    package var recordedAt: Instant

    package init(
        sha256: String, kind: Kind, path: String, bytes: Int, state: State, error: String? = nil, flags: [String] = [],
        counts: [String: Int] = [:], firstEvent: Instant? = nil, lastEvent: Instant? = nil, recordedAt: Instant
    ) {
        self.sha256 = sha256
        self.kind = kind
        self.path = path
        self.bytes = bytes
        self.state = state
        self.error = error
        self.flags = flags
        self.counts = counts
        self.firstEvent = firstEvent
        self.lastEvent = lastEvent
        self.recordedAt = recordedAt
    }
}

/// One scan, as it was recorded.
package struct RunRecord: Hashable, Sendable, Codable {
    package var id: String
    package var started: Instant
    package var finished: Instant
    package var counts: [String: Int]
    /// Depends on inputs, models and rules only.
    package var resultSHA256: String
    package var models: [String]
    package var prior: Double

    package init(
        id: String, started: Instant, finished: Instant, counts: [String: Int], resultSHA256: String, models: [String],
        prior: Double
    ) {
        self.id = id
        self.started = started
        self.finished = finished
        self.counts = counts
        self.resultSHA256 = resultSHA256
        self.models = models
        self.prior = prior
    }
}

/// What the pages are made from: one consistent reading of the store.
package struct CasebookSnapshot: Sendable {
    /// The province this installation answers for (six-digit code); other provinces show as "no data".
    package var province: String
    /// Newest event time of any input; "data as of".
    package var asOf: Instant?
    package var units: [Unit]
    package var dossiers: [SiteDossier]
    package var inputs: [InputRecord]
    package var lastRun: RunRecord?
    package var demo: Bool

    package init(
        province: String, asOf: Instant?, units: [Unit], dossiers: [SiteDossier], inputs: [InputRecord],
        lastRun: RunRecord?, demo: Bool
    ) {
        self.province = province
        self.asOf = asOf
        self.units = units
        self.dossiers = dossiers
        self.inputs = inputs
        self.lastRun = lastRun
        self.demo = demo
    }
}
