import Glibc
import Vocabulary

/// What was watched at a site, whether or not it spoke.
package struct SiteCoverage: Hashable, Sendable {
    /// Share of readings present over the window, 0 ... 1; nil without a meter.
    package var grid: Double?
    /// Seconds of capture that covered the site's own addresses; nil without one.
    package var networkSeconds: Double?

    package init(grid: Double? = nil, networkSeconds: Double? = nil) {
        self.grid = grid
        self.networkSeconds = networkSeconds
    }
}

/// Weighs every voice about a place: prior log-odds plus one term a finding, discounted for how surely the finding
/// belongs to the place and for what repeats. Pure: the same arguments give the same assessments in the same order.
package struct Fuser: Sendable {
    package let parameters: FusionParameters

    package init(_ parameters: FusionParameters) { self.parameters = parameters }

    /// One assessment a site, by site identifier. `prior` is the probability of mining at a place before anything was
    /// seen; it is kept inside 1e-9 ... 1 − 1e-9.
    package func assess(
        sites: [Site], links: [SiteLink], findings: [Finding], coverage: [String: SiteCoverage],
        facts: [String: [SiteFact]] = [:], prior: Double
    ) -> [SiteAssessment] {
        let index = LinkIndex(links)
        let known = Set(sites.map(\.id))
        var voices: [String: [Voice]] = [:]
        for finding in findings.sorted(by: { $0.id < $1.id }) {
            let reached = index.links(of: finding.subject, during: days(of: finding)).filter { known.contains($0.site) }
            let sharing = max(1, Set(reached.filter { strength(of: $0) > 0 }.map(\.site)).count)
            for (site, own) in Dictionary(grouping: reached, by: \.site) {
                // The surest of several links to the same place; the first given on a tie.
                var best: (link: SiteLink, strength: Double)?
                for link in own {
                    let strength = strength(of: link) / Double(sharing)
                    if strength > best?.strength ?? -1 { best = (link, strength) }
                }
                guard let best else { continue }
                voices[site, default: []].append(Voice(finding: finding, link: best.link, strength: best.strength))
            }
        }
        let natOnly = sitesBehindTranslation(links)
        let odds = Fuser.logOdds(prior)
        return sites.sorted { $0.id < $1.id }.map { site in
            var seen = coverage[site.id] ?? SiteCoverage()
            if natOnly.contains(site.id) { seen.networkSeconds = nil }
            return assess(
                site.id, voices: voices[site.id] ?? [], coverage: seen, facts: SiteFacts(facts[site.id] ?? []),
                prior: odds)
        }
    }

    /// Natural log-odds of a probability, kept away from the ends; NaN counts as the lower end.
    static func logOdds(_ probability: Double) -> Double {
        let kept = min(max(probability.isNaN ? 0 : probability, 1e-9), 1 - 1e-9)
        return log(kept / (1 - kept))
    }

    private func strength(of link: SiteLink) -> Double {
        var strength = parameters.linkStrength[link.basis] ?? parameters.otherBasisStrength
        if link.kind == .addressRange, link.from == nil { strength *= parameters.undatedAddressFactor }
        if link.kind == .feeder { strength *= parameters.feederFactor }
        return strength
    }

    private func days(of finding: Finding) -> ClosedRange<CalendarDate> {
        let span = period(of: finding)
        return span.lowerBound.date(
            offset: parameters.dayOffsetSeconds)...span.upperBound.date(
                offset: parameters.dayOffsetSeconds)
    }

    /// When what the finding tells of went on: from the onset where the grid side names one, else its window.
    func period(of finding: Finding) -> ClosedRange<Instant> {
        var from = finding.from
        var to = finding.to
        if let grid = finding.grid {
            if let onset = grid.onset { from = onset.start(offset: parameters.dayOffsetSeconds) }
            if let end = grid.end { to = end.start(offset: parameters.dayOffsetSeconds).adding(seconds: 86_399) }
        }
        return min(from, to)...max(from, to)
    }

    /// Sites whose only address links lie behind a carrier's translation: capturing there watches no place of theirs.
    private func sitesBehindTranslation(_ links: [SiteLink]) -> Set<String> {
        var own: Set<String> = []
        var shared: Set<String> = []
        for link in links where link.kind == .addressRange || link.kind == .line {
            if strength(of: link) > 0 { own.insert(link.site) } else { shared.insert(link.site) }
        }
        return shared.subtracting(own)
    }

    private func assess(
        _ site: String, voices: [Voice], coverage: SiteCoverage, facts: SiteFacts, prior: Double
    ) -> SiteAssessment {
        let grid = facts.held(weigh(voices.filter { $0.finding.modality == .grid }))
        let network = weigh(voices.filter { $0.finding.modality == .network })
        let terms = (grid + network).sorted { left, right in
            (-abs(left.logOdds), left.voice.finding.id) < (-abs(right.logOdds), right.voice.finding.id)
        }
        let sum = terms.reduce(prior) { $0 + $1.logOdds } + facts.logOdds
        let usable = voices.contains { $0.strength > 0 }
        var result = SiteAssessment(
            site: site, probability: nil, priorLogOdds: prior, logOdds: nil, basis: .noData,
            terms: terms.map { weighed in
                .init(
                    findingID: weighed.voice.finding.id, modality: weighed.voice.finding.modality,
                    subject: weighed.voice.finding.subject, logOdds: weighed.logOdds, link: weighed.voice.link)
            },
            agreement: facts.agreement, disagreement: facts.disagreement,
            gridCoverage: coverage.grid ?? grid.compactMap(\.voice.finding.coverage).max(),
            networkSeconds: coverage.networkSeconds)
        // Unknown is not zero: without a reading and without a captured second there is nothing to say.
        guard usable || (coverage.grid ?? 0) > 0 || (coverage.networkSeconds ?? 0) > 0 else { return result }
        result.logOdds = sum
        result.probability = 1 / (1 + exp(-sum))
        let comparison = Comparison(fuser: self, grid: grid, network: network, coverage: coverage)
        result.basis = comparison.basis
        result.kilowatts = comparison.kilowatts
        result.since = comparison.since
        result.agreement = comparison.agreement + facts.agreement
        result.disagreement = comparison.disagreement + facts.disagreement
        return result
    }
}

/// A finding that reaches a site, and how surely.
struct Voice {
    let finding: Finding
    let link: SiteLink
    let strength: Double

    /// What it would add by itself; what is not a number says nothing, what is infinite is capped with its side.
    func logOdds(cap: Double) -> Double {
        let ratio = finding.logLikelihoodRatio
        return ratio.isNaN || strength == 0 ? 0 : min(max(ratio, -cap), cap) * strength
    }
}

struct Weighed {
    let voice: Voice
    let logOdds: Double
}

extension Fuser {
    /// One side's terms. Findings for mining: the strongest in full, others of the same subject and of other subjects
    /// with falling weight, since sessions of one rig, or two meters of one hall, are not independent. Findings
    /// against: a quiet meter says nothing about the meter next door, so they count only when nothing speaks for
    /// mining, and then by their mean.
    func weigh(_ voices: [Voice]) -> [Weighed] {
        let plain = voices.map { ($0, $0.logOdds(cap: parameters.sideCap)) }
        guard plain.contains(where: { $0.1 > 0 }) else {
            let heard = max(1, plain.filter { $0.0.strength > 0 }.count)
            return plain.map { Weighed(voice: $0.0, logOdds: $0.1 / Double(heard)) }
        }
        let ordered = plain.sorted { ($1.1, $0.0.finding.id) < ($0.1, $1.0.finding.id) }
        var weights: [Subject: Double] = [:]
        var nextSubject = 1.0
        var result: [Weighed] = []
        for (voice, value) in ordered {
            guard value > 0 else {
                result.append(Weighed(voice: voice, logOdds: 0))
                continue
            }
            let weight: Double
            if let again = weights[voice.finding.subject] {
                weight = again * parameters.sameSubjectDecay
            } else {
                weight = nextSubject
                nextSubject *= parameters.sameSiteDecay
            }
            weights[voice.finding.subject] = weight
            result.append(Weighed(voice: voice, logOdds: value * weight))
        }
        let total = result.reduce(0) { $0 + $1.logOdds }
        guard total > parameters.sideCap else { return result }
        return result.map { Weighed(voice: $0.voice, logOdds: $0.logOdds * parameters.sideCap / total) }
    }
}
