import Casebook
import Foundation
import Vocabulary

/// `countermine register|lead|exemption`: what is known of places, people and addresses beside the sites, taken in row by row
/// and asked about.
package struct RegisterDoor: Sendable {
    /// What a file of the register holds.
    package enum Content: String, CaseIterable, Sendable { case parties, exemptions, applications, assignments, leads }

    private let configuration: Configuration
    private let home: URL
    private let access: CasebookAccess

    package init(configuration: Configuration, home: URL) throws(OperationsError) {
        self.configuration = configuration
        self.home = home
        access = try CasebookAccess(configuration)
    }

    // MARK: Taking in

    package struct Taken: Sendable {
        /// One `register` record, one `problem` record each.
        package var records: [String]
        /// For people, the problems last.
        package var lines: [String]
        package var refused: Int
        package var taken: Int
    }

    /// Takes the good rows of a file and names the others.
    /// - Parameter complete: what the file does not hold any more is retired, if no row of it was refused.
    package func take(
        _ content: Content, from path: String, complete: Bool, by actor: String, now: Instant
    ) throws(OperationsError) -> Taken {
        let file = try read(path)
        let known = try access.reading { (reader) throws(CasebookError) in
            KnownRegister(units: try reader.units(), sites: try reader.sites())
        }
        let key = try KeyFolder(place: configuration.keys).registerKey()
        let leads = content == .leads ? LeadImport(file, known: known, key: key) : nil
        let done = try access.writing { (writer) throws(CasebookError) -> RegisterTaken in
            if let leads { return try writer.take(leads, by: actor, now: now) }
            return switch content {
            case .parties:
                try writer.take(
                    PartyImport(file, known: known, key: key), complete: complete, by: actor, now: now)
            case .exemptions:
                try writer.take(ExemptionImport(file, known: known), complete: complete, by: actor, now: now)
            case .applications:
                try writer.take(
                    ApplicationImport(file, known: known, key: key), complete: complete, by: actor, now: now)
            case .assignments, .leads: try writer.take(AssignmentImport(file, key: key), by: actor, now: now)
            }
        }
        var told = Self.told(content, done)
        // The senders' receipts are for whoever hands them back.
        for lead in leads?.leads ?? [] {
            var record = Record(kind: "receipt")
            record.field("lead", lead.id)
            record.field("source", lead.source.rawValue)
            record.field("reference", lead.reference)
            record.field("receipt", lead.receipt)
            told.records.append(record.line())
        }
        return told
    }

    private func read(_ path: String) throws(OperationsError) -> RegisterFile {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
        } catch {
            throw OperationsError(.missing, place: path, what: "cannot be read: \(error.localizedDescription)")
        }
        do {
            return try RegisterFile(name: URL(fileURLWithPath: path).lastPathComponent, bytes: data)
        } catch {
            throw OperationsError(.missing, place: path, what: error.what, remedy: error.remedy)
        }
    }

    private static func told(_ content: Content, _ done: RegisterTaken) -> Taken {
        let report = done.report
        var head = Record(kind: "register")
        head.field("of", content.rawValue)
        head.field("file", report.file)
        head.field("sha256", report.sha256)
        head.object("rows") {
            $0.field("data", report.counts.data)
            $0.field("taken", report.counts.taken)
            $0.field("refused", report.counts.refused)
            $0.field("repeated", report.counts.repeated)
            $0.field("doubtful", report.counts.doubtful)
        }
        head.field("changed", done.changed)
        head.field("revision", done.revision)
        head.strings("columns_not_kept", report.dropped)
        head.field("problems", report.problemCount)
        var records = [head.line()]
        // A column under a name that is not known may have been the one that mattered.
        var lines: [String] = []
        if !report.dropped.isEmpty {
            lines.append("\(report.file): not read: \(report.dropped.joined(separator: ", "))")
        }
        for problem in report.problems {
            var record = Record(kind: "problem")
            record.field("file", problem.file)
            record.field("line", problem.line == 0 ? nil : problem.line)
            record.field("column", problem.column.isEmpty ? nil : problem.column)
            record.field("what", problem.what)
            record.field("remedy", problem.remedy)
            records.append(record.line())
            let column = problem.column.isEmpty ? "" : " [\(problem.column)]"
            lines.append("\(problem.file):\(problem.line)\(column): \(problem.what); \(problem.remedy)")
        }
        return Taken(
            records: records, lines: lines, refused: report.counts.refused, taken: report.counts.taken)
    }

    // MARK: Asking

    /// Who had an address at an instant, claim by claim; `state` says `held`, `disputed` or why there is no answer.
    package func holder(
        _ text: String, port: UInt16?, at: Instant?, realm: String, doubtSeconds: Int64
    ) throws(OperationsError) -> (state: String, rows: [ListRow]) {
        guard let address = IPAddress(text) else {
            throw OperationsError(.usage, place: text, what: "is no IP address")
        }
        let answer = try access.reading { (reader) throws(CasebookError) in
            try reader.holder(of: address, port: port, at: at, realm: realm, doubt: doubtSeconds)
        }
        let (state, claims): (String, [AddressAssignment]) =
            switch answer {
            case .held(let rows): ("held", rows)
            case .disputed(let rows): ("disputed", rows)
            case .noAnswer(let reason): (reason.rawValue, [])
            }
        let rows = claims.map { claim in
            var record = Record(kind: "holder")
            record.field("state", state)
            record.field("address", claim.address.description)
            record.field("realm", claim.realm.isEmpty ? nil : claim.realm)
            record.field("port_low", claim.ports.map { Int($0.lowerBound) })
            record.field("port_high", claim.ports.map { Int($0.upperBound) })
            record.field("inside", claim.inside?.description)
            record.field("line", claim.line)
            record.field("device", claim.device?.masked)
            record.field("from", claim.from.rfc3339(digits: 0))
            record.field("to", claim.to?.rfc3339(digits: 0))
            return ListRow(
                record: record.line(),
                cells: [
                    state, claim.address.description,
                    claim.ports.map { "\($0.lowerBound)–\($0.upperBound)" } ?? "–",
                    claim.inside?.description ?? "–", claim.line ?? "–", claim.device?.masked ?? "–",
                    claim.from.rfc3339(digits: 0), claim.to?.rfc3339(digits: 0) ?? "–",
                ])
        }
        return (state, rows)
    }

    /// The evidence that a thing rests on, each with the way to it.
    package func trace(_ text: String) throws(OperationsError) -> [ListRow] {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, let kind = GraphNode.Kind(rawValue: parts[0]) else {
            throw OperationsError(
                .usage, place: text, what: "is no node",
                remedy:
                    "write kind:identifier, kinds: \(GraphNode.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let node = GraphNode(kind, parts[1])
        guard let trace = try access.reading({ (reader) throws(CasebookError) in try reader.trace(from: node) }) else {
            throw OperationsError(.missing, place: text, what: "the store knows no such \(kind.rawValue)")
        }
        return trace.evidence.map { item in
            var record = Record(kind: "trace")
            record.field("from", trace.start.description)
            record.field("evidence", item.kind.rawValue)
            record.field("ref", item.ref)
            record.field("source", item.source)
            record.field("sha256", item.sha256)
            record.field("first", item.from?.rfc3339())
            record.field("last", item.to?.rfc3339())
            record.array("frames", item.frames) { frame, inner in inner.field("frame", frame.frame) }
            record.array("path", item.path) { edge, inner in
                inner.field("from", edge.from.description)
                inner.field("to", edge.to.description)
                inner.field("edge", edge.kind)
                inner.field("first", edge.first?.rfc3339())
                inner.field("last", edge.last?.rfc3339())
                inner.field("basis", edge.basis)
            }
            record.field("more", trace.isCut ? "yes" : "no")
            return ListRow(
                record: record.line(),
                cells: [
                    item.kind.rawValue, item.ref, item.source, "\(item.path.count)",
                    item.path.map { "\($0.from) –\($0.kind)→ \($0.to)" }.joined(separator: "; "),
                ])
        }
    }

    /// Who or what serves several cases.
    package func facilitators() throws(OperationsError) -> [ListRow] {
        try access.reading { (reader) throws(CasebookError) in try reader.facilitators() }.map { one in
            var record = Record(kind: "facilitator")
            record.field("of", one.kind.rawValue)
            record.field("id", one.id)
            record.field("name", one.party?.name)
            record.strings("roles", one.roles.map(\.rawValue))
            record.field("sites", one.sites)
            record.field("cases", one.count)
            record.field("confirmed", one.confirmed)
            record.strings("case_ids", Set(one.cases.map(\.id)).sorted())
            return ListRow(
                record: record.line(),
                cells: [
                    one.kind.rawValue, one.name, one.roles.map(\.rawValue).joined(separator: " "), "\(one.sites)",
                    "\(one.count)", "\(one.confirmed)",
                ])
        }
    }

    /// Names that market supervision should look at. They raise no mining score.
    package func names() throws(OperationsError) -> [ListRow] {
        let folder = model("name-screen")
        let screen: NameScreen
        do { screen = try NameScreen.load(folder) } catch { throw Self.badModel(folder, error) }
        let (parties, sites) = try access.reading { (reader) throws(CasebookError) in
            (try reader.parties(), try reader.sites())
        }
        return screen.suggestions(parties: parties, sites: sites).map { one in
            var record = Record(kind: "name_hit")
            record.field("receiver", one.receiver)
            record.field("about", one.about)
            record.field("field", one.field.rawValue)
            record.array("hits", one.hits) { hit, inner in
                inner.field("term", hit.term)
                inner.field("written", hit.written)
            }
            return ListRow(
                record: record.line(),
                cells: [one.about, one.field.rawValue, one.hits.map(\.term).joined(separator: " "), one.receiver])
        }
    }

    /// Applications for connection, those that should be visited first at the top.
    package func applications() throws(OperationsError) -> [ListRow] {
        let (folder, file) = (model("name-screen"), model("application-screen") + "/rules.json")
        let screen: ApplicationScreen
        do {
            screen = try ApplicationScreen.load(file, names: try NameScreen.load(folder))
        } catch { throw Self.badModel(file, error) }
        return try access.reading { (reader) throws(CasebookError) in
            try reader.screenedApplications(by: screen)
        }.map { one in
            let asked = one.application
            var record = Record(kind: "application")
            record.field("id", asked.id)
            record.field("received", asked.received.description)
            record.field("unit", asked.unit)
            record.field("site", asked.site)
            record.field("site_name", asked.siteName)
            record.field("kw", asked.kilowatts)
            record.field("score", one.score)
            record.array("reasons", one.reasons) { reason, inner in
                inner.field("id", reason.id)
                inner.field("points", reason.points)
                inner.field("value", reason.value)
                inner.field("reference", reason.reference)
                inner.field("unit", reason.unit)
                inner.field("text", reason.text)
            }
            record.strings("unknown", one.unknown)
            record.strings("cases", one.cases)
            return ListRow(
                record: record.line(),
                cells: [
                    asked.id, asked.siteName, asked.unit, shortNumber(asked.kilowatts), shortNumber(one.score),
                    one.reasons.map(\.id).joined(separator: " "), one.unknown.joined(separator: " "),
                ])
        }
    }

    private func model(_ name: String) -> String {
        home.appendingPathComponent("Models/\(name)/\(Installation.modelsVersion)").path
    }

    private static func badModel(_ place: String, _ error: any Error) -> OperationsError {
        OperationsError(
            .missing, place: place, what: "\(error)", remedy: "reinstall the Models folder of this version")
    }

    // MARK: Exemptions and leads

    /// Exemptions that have run out, are exceeded, or run out within `days`.
    package func exemptions(on day: CalendarDate, within days: Int) throws(OperationsError) -> [ListRow] {
        let lifecycle = try Installation.rules(home).lifecycle
        return try access.reading { (reader) throws(CasebookError) in
            try reader.exemptionWork(on: day, within: days, lifecycle: lifecycle)
        }.map { work in
            let one = work.exemption
            var record = Record(kind: "exemption")
            record.field("id", one.id)
            record.field("site", one.site)
            record.field("subject", one.subject)
            record.field("of", one.kind.rawValue)
            record.field("licence", one.licence)
            record.field("ceiling_kw", one.ceilingKilowatts)
            record.estimate("measured_kw", work.check.measured)
            record.strings("outcomes", work.check.outcomes.map(\.rawValue))
            record.field("last_day", one.to.description)
            record.field("days_left", work.daysLeft)
            record.field("case", work.caseID)
            record.field("step", work.step)
            return ListRow(
                record: record.line(),
                cells: [
                    one.id, one.site ?? one.subject ?? "–", one.kind.rawValue, shortNumber(one.ceilingKilowatts),
                    work.check.measured.map { shortNumber($0.value) } ?? "–",
                    work.check.outcomes.map(\.rawValue).joined(separator: " "), one.to.description,
                    "\(work.daysLeft)", work.caseID.map { $0 + (work.step.map { " " + $0 } ?? "") } ?? "–",
                ])
        }
    }

    package func leads(limit: Int) throws(OperationsError) -> [ListRow] {
        try access.reading { (reader) throws(CasebookError) in try reader.leads(limit: limit) }.lines.map { line in
            let lead = line.lead
            var record = Record(kind: "lead")
            record.field("id", lead.id)
            record.field("source", lead.source.rawValue)
            record.field("received", lead.received.rfc3339(digits: 0))
            record.field("unit", lead.unit)
            record.field("matter", lead.matter.rawValue)
            record.field("subject", lead.subject)
            record.field("text", lead.text)
            record.field("duplicate_of", line.duplicateOf)
            record.strings("cases", line.cases)
            return ListRow(
                record: record.line(),
                cells: [
                    lead.id, lead.source.rawValue, lead.received.beijing, lead.unit, lead.matter.rawValue,
                    lead.subject ?? "–", line.duplicateOf ?? "–", line.cases.joined(separator: " "),
                ])
        }
    }

    /// What a sender learns of a lead: its receipt, when it came, how it stands.
    package func lead(receipt: String, source: String) throws(OperationsError) -> ListRow {
        guard let from = Lead.Source(rawValue: source) else {
            throw OperationsError(
                .usage, place: source, what: "is no source of leads",
                remedy: "known: \(Lead.Source.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let reply = try access.reading { (reader) throws(CasebookError) in
            try reader.leadReply(receipt: receipt, source: from)
        }
        guard let reply else {
            throw OperationsError(.missing, place: receipt, what: "no such receipt for this source")
        }
        var record = Record(kind: "lead_status")
        record.field("receipt", reply.receipt)
        record.field("received", reply.received.rfc3339(digits: 0))
        record.field("status", reply.status.rawValue)
        return ListRow(
            record: record.line(), cells: [reply.receipt, reply.received.beijing, reply.status.rawValue])
    }
}
