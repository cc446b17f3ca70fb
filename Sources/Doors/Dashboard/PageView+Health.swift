import Casebook
import Reports
import Vocabulary

extension PageView {
    func health() -> Panel {
        var panel = Panel(words["health.title"], note: "n = \(snapshot.inputs.count)")
        panel.table(
            [
                "health.kind", "health.file", "health.state", "health.counts", "health.from", "health.to",
                "health.problem",
            ],
            snapshot.inputs.map { input in
                let counts = input.counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                return [
                    .text(words["input.\(input.kind.rawValue)"]), .text(input.path),
                    .text(words["input.\(input.state.rawValue)"]), .text(counts.joined(separator: ", ")),
                    .text(words.time(input.firstEvent)), .text(words.time(input.lastEvent)),
                    .text(([input.error ?? "–"] + input.flags).joined(separator: "; ")),
                ]
            }, empty: "empty.inputs")
        return panel
    }

    func data() -> PageContent {
        var page = PageContent(title: words["data.title"])
        var run = Panel(words["data.run"])
        if let last = snapshot.lastRun {
            let counts = last.counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            run.facts = [
                ("data.runid", last.id), ("data.finished", words.time(last.finished)),
                ("data.result", last.resultSHA256), ("health.counts", counts.joined(separator: ", ")),
            ]
        } else {
            run.paragraphs = [words["empty.norun"]]
        }
        var digests = Panel("SHA-256")
        digests.table(
            ["health.file", "health.bytes", "SHA-256", "health.recorded"],
            snapshot.inputs.map {
                [.text($0.path), .text("\($0.bytes)"), .text($0.sha256), .text(words.time($0.recordedAt))]
            }, empty: "empty.inputs")
        page.panels = [run, health(), digests]
        return page
    }

    func method() -> PageContent {
        var page = PageContent(title: words["method.title"])
        var how = Panel(words["method.how"], width: 6)
        how.paragraphs = [words["method.p1"], words["method.p2"], words["method.bands"]]
        let run = snapshot.lastRun
        let prior = run?.prior ?? .nan
        how.facts = [
            ("method.models", run?.models.joined(separator: ", ") ?? words["unknown"]),
            ("method.prior", prior.isFinite ? Figure.fixed(prior, 5) : words["unknown"]),
        ]
        var limits = Panel(words["method.limits"], width: 6)
        limits.paragraphs = ["method.l1", "method.l2", "method.l3", "method.l4"].map { words[$0] }
        page.panels = [how, limits]
        return page
    }
}
