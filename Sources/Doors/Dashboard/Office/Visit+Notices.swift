import Casebook
import Reports
import Vocabulary

/// What a person should know on coming in: what is due, what is late, what others did since.
extension Visit {
    private static let days: Int64 = 3
    private static let mostSteps = 100

    func notices() throws -> PageContent {
        var page = PageContent(title: words["office.notices"])
        page.subtitle =
            seen.map { words.filled("office.notices.since", text: words.time($0)) } ?? words["office.notices.first"]
        page.panels = [try dueSoon(), try news(), try permitsEnding()]
        if !token.isEmpty {
            var mark = Panel(words["office.notices.read"])
            mark.forms = [
                Form(id: "seen", target: link("notices/seen"), fields: [], submit: words["office.notices.mark"])
            ]
            page.panels.append(mark)
        }
        return page
    }

    private func dueSoon() throws -> Panel {
        var query = CaseListQuery()
        query.onlyOpen = true
        query.limit = 100
        let found = try reader.caseList(query, on: today)
        let until = now.adding(seconds: 86_400 * Visit.days).date(offset: office.settings.rules.dayOffsetSeconds)
        let due = found.lines.filter { line in line.due.map { $0 <= until } ?? false }
        var panel = Panel(words["office.notices.due"], note: "n = \(due.count)", width: 6)
        panel.table(
            ["case.id", "case.state", "case.due", "col.state"],
            due.map { line in
                [
                    .link(line.id, to: link("case/\(PagePaths.encoded(line.id))")), .text(stateName(line.state)),
                    .text(words.day(line.due)), .text(words[line.overdue ? "office.late" : "office.in-time"]),
                ]
            }, empty: "office.notices.none-due")
        if due.count == query.limit {
            panel.links = [(words["office.cases"], link("cases", [("open", "yes")]))]
        }
        return panel
    }

    /// What others did since this person last looked; the own steps are no news.
    private func news() throws -> Panel {
        let steps = try reader.recentSteps(limit: Visit.mostSteps).filter { step in
            step.actor != identity.name && (seen.map { $0 < step.at } ?? true)
        }
        var panel = Panel(words["office.notices.new"], note: "n = \(steps.count)", width: 6)
        panel.table(
            ["col.when", "case.id", "case.state", "col.who"],
            steps.map {
                [
                    .text(words.time($0.at)), .link($0.caseID, to: link("case/\(PagePaths.encoded($0.caseID))")),
                    .text(stateName($0.to)), .text($0.actor),
                ]
            }, empty: "office.notices.none-new")
        return panel
    }

    private func permitsEnding() throws -> Panel {
        let work = try reader.exemptionWork(on: today, within: 30, lifecycle: office.settings.rules.lifecycle)
        var panel = Panel(words["office.exemptions.work"], note: "n = \(work.count)")
        panel.table(
            ["col.exemption", "col.outcome", "col.last-day", "col.days-left"],
            work.map {
                [
                    .link($0.exemption.id, to: link("exemptions")),
                    .text($0.check.outcomes.map { words.word("exemption", $0.rawValue) }.joined(separator: ", ")),
                    .text($0.check.lastDay.description), .text("\($0.daysLeft)"),
                ]
            }, empty: "office.exemptions.quiet")
        return panel
    }
}
