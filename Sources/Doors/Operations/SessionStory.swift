import Foundation
import Reports
import Sessions
import Stratum
import Terminal
import Vocabulary
import Wire

/// One session told in sentences: who, to whom, since when, how much, how sure, why, what speaks against, and where in the file
/// it can be looked at. The words come from the catalogue in Reports; nothing here says more than the record does.
package struct SessionStory {
    package struct Part: Equatable, Sendable {
        package var title: String
        package var lines: [String]
    }

    private let session: SessionObservation
    private let capture: String
    private let identities: Identities
    private let words: Catalogue

    package init(
        _ seen: CaptureAnalysis.SeenSession, identities: Identities, language: Language
    ) throws(OperationsError) {
        session = seen.observation
        capture = seen.capture
        self.identities = identities
        do {
            words = try Catalogue.load(language == .zh ? .zh : .en)
        } catch {
            throw OperationsError(.missing, place: "catalogue", what: "\(error)", remedy: "reinstall the program")
        }
    }

    package func parts() -> [Part] {
        [
            Part(title: words["story.what"], lines: what()),
            Part(title: words["story.who"], lines: who()),
            Part(title: words["story.work"], lines: work()),
            Part(title: words["story.for"], lines: session.reasons.map(words.sentence)),
            Part(title: words["story.against"], lines: against()),
            Part(title: words["story.frames"], lines: frames()),
            Part(title: words["story.look"], lines: look()),
        ]
    }

    private func line(_ key: String, _ values: (String, String?)...) -> String {
        var text = words["story.\(key)"]
        for (name, value) in values { text = text.replacing("{\(name)}", with: value ?? words["unknown"]) }
        return text
    }

    private func what() -> [String] {
        var lines = [
            line(
                "headline", ("client", endpointText(session.client)), ("server", endpointText(session.server)),
                ("dialect", session.dialect), ("capture", capture)),
            line("times", ("first", words.time(session.firstSeen)), ("last", words.time(session.lastSeen))),
            line(
                "tier", ("tier", session.tier.rawValue),
                ("meaning", words.word("tier", session.tier.rawValue.lowercased()))),
            line("probability", ("p", shownProbability(session.probability))),
        ]
        if session.carrier.count > 1 {
            lines.append(line("carrier", ("layers", session.carrier.joined(separator: " > "))))
        }
        for pair in session.outer {
            lines.append(line("outer", ("from", pair.source.description), ("to", pair.destination.description)))
        }
        return lines
    }

    private func who() -> [String] {
        var lines = [
            line("account", ("text", identities.shown(session.account))),
            line("worker", ("text", identities.shown(session.worker))),
            line("agent", ("text", session.agent)),
            line("pool", ("text", session.poolName ?? session.serverName)),
            line("coin", ("text", session.coin), ("algorithm", session.algorithm)),
        ]
        if let device = session.device { lines.append(line("device", ("text", device.name))) }
        if let tag = session.poolTag { lines.append(line("tag", ("text", tag))) }
        if let payout = session.payoutAddress { lines.append(line("payout", ("text", payout))) }
        if session.workers.all.count > 1 {
            lines.append(line("workers", ("count", "\(session.workers.all.count)")))
            lines += session.workers.all.prefix(20).map { one in
                let name = [identities.shown(one.account), identities.shown(one.worker)].compactMap { $0 }
                return line(
                    "one-worker", ("text", name.joined(separator: " / ")), ("submitted", "\(one.submitted)"),
                    ("accepted", "\(one.accepted)"))
            }
        }
        return lines
    }

    private func work() -> [String] {
        func count(_ value: Int?) -> String? { value.map(String.init) }
        var lines = [
            line(
                "shares", ("jobs", count(session.jobs)), ("submitted", count(session.submitted)),
                ("accepted", count(session.accepted)), ("rejected", count(session.rejected)))
        ]
        if let refused = session.refusals, session.rejected ?? 0 > 0 {
            lines.append(
                line(
                    "refused", ("stale", count(refused[.stale] ?? 0)), ("duplicate", count(refused[.duplicate] ?? 0)),
                    ("low", count(refused[.lowDifficulty] ?? 0))))
        }
        if let verified = session.verified { lines.append(line("verified", ("count", "\(verified)"))) }
        if let declared = session.declared {
            lines.append(line("declared", ("text", rate(declared) + (session.hashrateUnit ?? "H/s"))))
        }
        let unit = session.hashrateUnit ?? ""
        lines.append(
            session.hashrate.map {
                line("hashrate", ("text", interval($0) { rate($0) + unit }), ("basis", basis($0.basis)))
            }
                ?? line("hashrate-unknown"))
        lines.append(
            session.watts.map {
                line("power", ("text", interval($0) { shortNumber($0) + " W" }), ("basis", basis($0.basis)))
            }
                ?? line("power-unknown"))
        return lines
    }

    /// The record's English ground of a figure in the story's language: a known beginning, and the year in it if there is one.
    private func basis(_ text: String?) -> String? {
        guard let text else { return nil }
        let known = ["accepted shares", "submitted shares"].first { text.hasPrefix($0) }
        if let known {
            let open = text.hasSuffix("algorithm not known") ? words["basis.algorithm-not-known"] : ""
            return words["basis." + known.replacing(" ", with: "-")] + open
        }
        if text.contains("program's name") { return words["basis.machine"] }
        let year = text.split(separator: " ").first { $0.count == 4 && Int($0) != nil }
        return words["basis.machines"].replacing("{year}", with: year.map(String.init) ?? words["unknown"])
    }

    private func against() -> [String] {
        let doubts = session.flags.sorted().map { words.word("flag", $0) }
        let lines = session.against.map(words.sentence) + doubts
        return (lines.isEmpty ? [words["story.nothing-against"]] : lines) + [words["story.always-against"]]
    }

    private func frames() -> [String] {
        session.evidence.map { line("frame", ("frame", "\($0.frame)"), ("event", words.word("event", $0.event))) }
    }

    /// Commands that show the same with other people's tools.
    private func look() -> [String] {
        let numbers = Set(session.evidence.map(\.frame)).sorted().map { "\($0)" }.joined(separator: ",")
        let file =
            capture.contains(where: { $0 == " " || $0 == "'" }) ? "'\(capture.replacing("'", with: "'\\''"))'" : capture
        // A libpcap filter on hosts does not look into wrapped packets.
        let ends = "host \(session.client.ip) and port \(session.client.port) and host \(session.server.ip)"
        let filter = session.carrier.first == "tcp" ? "--filter '\(ends)' " : ""
        var lines = ["countermine pcap \(filter)--evidence session.pcapng \(file)"]
        if !numbers.isEmpty { lines.insert("tshark -r \(file) -Y 'frame.number in {\(numbers)}' -x", at: 0) }
        return lines
    }

    private func interval(_ estimate: Estimate, _ shown: (Double) -> String) -> String {
        "\(shown(estimate.value)) (\(shown(estimate.low)) – \(shown(estimate.high)))"
    }
}
