import Casebook
import Vocabulary

/// The parts that come from the casebook: permits, what was done, who served the place, what was taken as evidence.
extension SiteReport {
    /// A province has thousands of files; the JSON form and `countermine status` name them all.
    private static let mostSources = 40

    /// Permits as one line each; unknown is said where no background was read.
    var permits: String {
        guard let background else { return words["unknown"] }
        guard !background.permits.isEmpty else { return words["permit.none"] }
        return background.permits.map { permit in
            words.filled("permit.text", text: permit.exemption.id)
                .replacing("{ceiling}", with: Figure.short(permit.exemption.ceilingKilowatts))
                .replacing("{from}", with: permit.exemption.from.description)
                .replacing("{to}", with: permit.exemption.to.description)
                .replacing(
                    "{outcome}",
                    with: permit.check.outcomes.map { words.word("permit", $0.rawValue) }.joined(separator: ", "))
        }.joined(separator: "; ")
    }

    /// Part 11: since when, by which anchor, which episodes before, who served.
    func standing() -> [ReportBlock] {
        guard let background else { return plain("report.s11", words["report.unknown11"]) }
        var text: [ReportBlock] = [.part(words["report.s11"])]
        let episode = background.episodes.last?.episode ?? 1
        if let began = background.commissioning, let range = began.range {
            text += facts([("report.since", "\(range.earliest) – \(range.latest)")])
            text += table(
                ["report.anchor", "report.class"],
                [CaseAnchor.a1, .a2].map { anchor in
                    [
                        "\(anchor.id) \(anchor.date)",
                        words.word("class", began.classified(anchor: anchor, episode: episode).rawValue),
                    ]
                }, empty: "unknown")
        } else {
            text.append(.paragraph(words["report.since.none"]))
            if let since = dossier.assessment?.since {
                text.append(.paragraph(words.filled("report.since.first", text: since.description)))
            }
        }
        text += [.heading(words["report.episodes"])]
        text += table(
            ["case.id", "case.episode", "case.state", "case.event"],
            background.episodes.map {
                [$0.id, "\($0.episode)", words.word("state", $0.state), words.time($0.eventTime)]
            }, empty: "empty.case")
        text += [.heading(words["report.services"])]
        return text
            + table(
                ["report.service.kind", "report.service", "report.service.roles", "report.service.cases"],
                background.services.map { one in
                    [
                        words.word("service", one.kind.rawValue), one.name,
                        one.roles.map { words.word("role", $0.rawValue) }.joined(separator: ", "), "\(one.cases)",
                    ]
                }, empty: "report.services.none")
    }

    /// Part 12: where the case stands, and each step that was taken.
    func actions() -> [ReportBlock] {
        guard let found = dossier.currentCase else { return plain("report.s12", words["empty.case"]) }
        var text: [ReportBlock] = [.part(words["report.s12"])]
        text += facts([
            ("case.state", words.word("state", found.state)), ("case.holder", unitName(found.holder)),
            ("case.due", words.day(found.due)), ("case.event", words.time(found.eventTime)),
            ("health.recorded", words.time(found.recordedAt)),
        ])
        guard let background, !background.steps.isEmpty else { return text }
        text += [.heading(words["report.steps"])]
        return text
            + table(
                ["report.step.when", "report.step.what", "report.step.to", "report.step.who"],
                background.steps.map { step in
                    [
                        words.time(step.happened),
                        step.transition + (step.undone ? " (\(words["report.step.undone"]))" : ""),
                        words.word("state", step.to),
                        step.actor.name + (step.actor.unit.isEmpty ? "" : " · " + unitName(step.actor.unit)),
                    ]
                }, empty: "empty.case")
    }

    /// Part 13: what was taken into the case with its custody, then the files that the analysis read.
    func evidence() -> [ReportBlock] {
        var text: [ReportBlock] = [.part(words["report.s13"])]
        if let stamp = background?.stamp.text { text.append(.paragraph(stamp)) }
        if let background {
            text += [.heading(words["report.evidence.case"])]
            text += table(
                ["evidence.file", "health.bytes", "SHA-256", "SM3", "report.seal", "report.custody"],
                background.evidence.map { item in
                    [
                        "\(item.id) \(item.source)", "\(item.digest.bytes)", item.digest.sha256, item.digest.sm3,
                        words.word("seal", item.seal.rawValue),
                        item.custody.map {
                            "\(words.word("custody", $0.act.rawValue)) \($0.by) \(words.time($0.at))"
                        }.joined(separator: "; "),
                    ]
                }, empty: "report.evidence.none")
            text += [.heading(words["report.evidence.sources"])]
        }
        var rows: [[String]] = []
        let captures = Set(networkFindings.compactMap(\.network?.captureSHA256))
        for input in snapshot.inputs where isSource(input, captures: captures) {
            rows.append([input.path, words["input.\(input.kind.rawValue)"], "\(input.bytes)", input.sha256])
        }
        let known = Set(snapshot.inputs.map(\.sha256))
        var listed: Set<String> = []
        for detail in networkFindings.compactMap(\.network)
        where !known.contains(detail.captureSHA256) && listed.insert(detail.captureSHA256).inserted {
            rows.append([detail.capture, words["input.capture"], words["unknown"], detail.captureSHA256])
        }
        text += table(
            ["evidence.file", "evidence.role", "health.bytes", "SHA-256"], Array(rows.prefix(Self.mostSources)),
            empty: "report.nofile")
        if rows.count > Self.mostSources { text.append(.paragraph("\(Self.mostSources) / \(rows.count)")) }
        if let code = QRCode(permalink) {
            text.append(.code(svg: code.svg(title: permalink), caption: words["report.link.caption"], text: permalink))
        }
        return text
    }

    private func isSource(_ input: InputRecord, captures: Set<String>) -> Bool {
        switch input.kind {
        case .capture: captures.contains(input.sha256)
        case .meters: dossier.links.contains { $0.kind == .meter }
        case .feeders: dossier.links.contains { $0.kind == .feeder }
        case .register: true
        }
    }

    /// Number of the report: the case (or the province where there is none yet) and the run whose result it tells. It
    /// names no person and no place, and means nothing outside the house.
    var permalink: String {
        let run = (snapshot.lastRun?.resultSHA256).map { String($0.prefix(16)) } ?? "no-run"
        return "urn:countermine:\(snapshot.province):\(dossier.currentCase?.id ?? "site-" + anonymous):\(run)"
    }

    /// A place without a case goes by a digest of its number, for a number may be that of a household's account.
    private var anonymous: String { String(ReportStyle.sha256("site " + dossier.site.id).prefix(12)) }
}
