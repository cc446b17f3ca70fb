import Casebook
import Reports
import Vocabulary

/// The network operator's page: runs, lines and servers, and no word about places or cases.
extension Visit {
    func operatorPage() throws -> PageContent {
        let (lines, endpoints) = try reader.lineTraffic()
        var page = PageContent(title: words["office.operator"])
        page.subtitle = words["office.operator.note"]
        let run = try reader.lastRun()
        var last = Panel(words["office.operator.run"], width: 4)
        last.facts = [
            ("data.runid", run?.id ?? words["unknown"]), ("data.finished", words.time(run?.finished)),
            ("report.models", run?.models.joined(separator: ", ") ?? words["unknown"]),
        ]
        var byLine = Panel(words["office.operator.lines"], note: "n = \(lines.count)", width: 8)
        byLine.table(
            ["col.line", "col.sessions", "col.clients", "session.tier", "office.uploads.first", "office.uploads.last"],
            lines.prefix(Visit.mostRows).map { one in
                [
                    .text(one.line), .text("\(one.sessions)"), .text("\(one.clients)"),
                    .text(one.sessions == 0 ? "–" : one.tier.rawValue), .text(one.first.map { words.time($0) } ?? "–"),
                    .text(one.last.map { words.time($0) } ?? "–"),
                ]
            }, empty: "office.operator.no-lines")
        var servers = Panel(words["office.operator.endpoints"], note: words["office.operator.review"])
        servers.table(
            [
                "session.server", "col.pool", "session.dialect", "session.tier", "col.sessions", "col.lines",
                "office.uploads.first", "office.uploads.last",
            ],
            endpoints.prefix(Visit.mostRows).map { one in
                [
                    .text("\(one.ip) : \(one.port)"), .text(one.pool ?? words["unknown"]),
                    .text(one.dialects.joined(separator: ", ")), .text(one.tier.rawValue), .text("\(one.sessions)"),
                    .text("\(one.lines)"), .text(words.time(one.first)), .text(words.time(one.last)),
                ]
            }, empty: "office.operator.no-endpoints")
        page.panels = [last, byLine, servers]
        return page
    }

    private struct OperatorRecord: Encodable {
        var lines: [LineTraffic]
        var endpoints: [EndpointTraffic]
    }

    func operatorRecords() throws -> Answer {
        let found = try reader.lineTraffic()
        return try record(OperatorRecord(lines: found.lines, endpoints: found.endpoints))
    }
}
