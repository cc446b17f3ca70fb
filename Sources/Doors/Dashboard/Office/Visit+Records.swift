import Casebook
import Foundation
import Reports
import Vocabulary

/// What the pages show, as JSON for other programs: sorted keys, times as RFC 3339, unknown left out, the same rows in
/// scope and the same masks.
extension Visit {
    static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return encoder
    }()

    func record(_ value: some Encodable) throws -> Answer {
        .record(Page(bytes: Array(try Visit.encoder.encode(value)) + [0x0A], contentType: "application/json"))
    }

    private struct List<Row: Encodable>: Encodable {
        var total: Int?
        var rows: [Row]
    }

    private struct SiteRow: Encodable {
        var site: Site
        var assessment: SiteAssessment?
        var caseID: String?
        var state: String?

        enum CodingKeys: String, CodingKey {
            case site, assessment, state
            case caseID = "case"
        }
    }

    private struct UnitRow: Encodable {
        var unit: String
        var sites: Int
        var scored: Int
        /// Nil where nobody was assessed: unknown is not zero.
        var high: Int?
        var medium: Int?
        var kilowatts: Estimate?

        enum CodingKeys: String, CodingKey {
            case unit, sites, scored, high, medium
            case kilowatts = "kw"
        }
    }

    private struct SiteRecord: Encodable {
        var site: Site
        var links: [SiteLink]
        var assessment: SiteAssessment?
        var findings: [Finding]
        var newestCase: CaseRecord?
        var masked: [String]

        enum CodingKeys: String, CodingKey {
            case site, links, assessment, findings, masked
            case newestCase = "case"
        }
    }

    private struct StepRow: Encodable {
        var transition: String
        var from: String?
        var to: String
        var actor: CaseActor
        var version: Int
        var happened: String
        var recordedAt: String
        var undone: Bool

        enum CodingKeys: String, CodingKey {
            case transition, from, to, actor, version, happened, undone
            case recordedAt = "recorded_at"
        }
    }

    private struct OfferRow: Encodable {
        var actor: CaseActor
        var offer: TransitionOffer
    }

    private struct CaseBody: Encodable {
        var record: CaseRecord
        var steps: [StepRow]
        var evidence: [EvidenceItem]
        var offers: [OfferRow]

        enum CodingKeys: String, CodingKey {
            case steps, evidence, offers
            case record = "case"
        }
    }

    private struct LeadRow: Encodable {
        var id: String
        var source: Lead.Source
        var received: String
        var unit: String
        var matter: Lead.Matter
        var subject: String?
        var duplicateOf: String?
        var cases: [String]

        enum CodingKeys: String, CodingKey {
            case id, source, received, unit, matter, subject, cases
            case duplicateOf = "duplicate_of"
        }
    }

    private struct Curve: Encodable {
        /// Nanoseconds since 1970 of the first piece, and how long one is, seconds.
        var start: String
        var pieceSeconds: Double
        /// Days of the suspicion, milliseconds since 1970; null where there is none, or no end.
        var since: Double?
        var until: Double?
        /// kW; null where there is no reading.
        var least: [Float?]
        var most: [Float?]
        /// Times of mining sessions, from and to, milliseconds since 1970.
        var sessions: [[Double]]

        enum CodingKeys: String, CodingKey {
            case start, least, most, since, until, sessions
            case pieceSeconds = "piece_s"
        }
    }

    func figureRecords() throws -> Answer {
        var (window, _) = try window()
        let zone = office.settings.rules.dayOffsetSeconds
        if let from = try day("from") { window.start = from.start(offset: zone) }
        if let to = try day("to") { window.end = to.start(offset: zone) }
        guard window.start < window.end else { throw Complaint("from", query["from"] ?? "") }
        return try record(List(total: nil, rows: try office.figures(reader, window).sorted { $0.id < $1.id }))
    }

    func unitRecords() throws -> Answer {
        try record(
            List(
                total: nil,
                rows: try office.unitSums(reader).map { one in
                    UnitRow(
                        unit: one.unit, sites: one.sites, scored: one.scored, high: one.scored == 0 ? nil : one.high,
                        medium: one.scored == 0 ? nil : one.medium, kilowatts: one.kilowatts)
                }))
    }

    func siteRecords() throws -> Answer {
        let found = try reader.siteLines(try siteQuery(try reader.units()))
        return try record(
            List(
                total: found.total,
                rows: found.lines.map {
                    SiteRow(site: $0.site, assessment: $0.assessment, caseID: $0.caseID, state: $0.state)
                }))
    }

    func siteRecord(_ id: String) throws -> Answer {
        let found = try reader.dossier(site: id)
        let whole = found.dossier
        return try record(
            SiteRecord(
                site: whole.site, links: whole.links, assessment: whole.assessment, findings: whole.findings,
                newestCase: whole.currentCase, masked: found.masked))
    }

    /// Most and least load of each piece of time, so that years are as cheap as days.
    func curveRecord(_ id: String) throws -> Answer {
        let dossier = try reader.dossier(site: id).dossier
        guard let curve = dossier.curve, curve.intervalSeconds > 0 else {
            throw CasebookError.noSuchObject("curve:\(id)")
        }
        let flagged = dossier.findings.first { $0.grid?.onset != nil }?.grid
        func milliseconds(_ day: CalendarDate?) -> Double? {
            day.map { Double($0.start(offset: office.settings.rules.dayOffsetSeconds).nanoseconds / 1_000_000) }
        }
        let step = Int64(curve.intervalSeconds) * 1_000_000_000
        func place(_ name: String, _ usual: Int) throws -> Int {
            guard let text = query[name], !text.isEmpty else { return usual }
            guard let at = Int64(text) else { throw Complaint(name, text) }
            let (ahead, overflow) = at.subtractingReportingOverflow(curve.start.nanoseconds)
            return overflow ? usual : Int(max(0, min(Int64(curve.kilowatts.count), ahead / step)))
        }
        let from = try place("from", 0)
        let to = max(from, try place("to", curve.kilowatts.count))
        let pieces = max(1, try number("pieces", upTo: 4000, default: 1200))
        let window = curve.kilowatts[from..<to]
        let each = max(1, (window.count + pieces - 1) / pieces)
        var least: [Float?] = []
        var most: [Float?] = []
        for start in stride(from: from, to: to, by: each) {
            let piece = window[start..<min(to, start + each)].filter { !$0.isNaN }
            least.append(piece.min())
            most.append(piece.max())
        }
        return try record(
            Curve(
                start: "\(curve.start.nanoseconds + Int64(from) * step)",
                pieceSeconds: Double(curve.intervalSeconds) * Double(each),
                since: milliseconds(flagged?.onset ?? dossier.assessment?.since), until: milliseconds(flagged?.end),
                least: least, most: most,
                // The newest are the ones a reader looks for; thousands more would say nothing.
                sessions: dossier.sessionTimes.sorted { $0.lowerBound > $1.lowerBound }.prefix(2_000).map {
                    [Double($0.lowerBound.nanoseconds / 1_000_000), Double($0.upperBound.nanoseconds / 1_000_000)]
                }))
    }

    func caseRecords() throws -> Answer {
        let found = try reader.caseList(try caseQuery(), on: today)
        return try record(List(total: found.total, rows: found.lines))
    }

    func caseRecord(_ id: String) throws -> Answer {
        let detail = try reader.caseDetail(id)
        let offers = try reader.offers(case: id, rules: office.settings.rules, now: now)
        return try record(
            CaseBody(
                record: detail.record,
                steps: detail.steps.map { step in
                    StepRow(
                        transition: step.transition, from: step.from, to: step.to, actor: step.actor,
                        version: step.version, happened: step.happened.rfc3339(),
                        recordedAt: step.recordedAt.rfc3339(), undone: step.undone)
                }, evidence: detail.evidence,
                offers: offers.flatMap { hat, own in own.offers.map { OfferRow(actor: hat, offer: $0) } }))
    }

    func stepRecord(_ id: String) throws -> Answer {
        _ = try reader.caseDetail(id)
        let hat = try hat("\(form["role"] ?? "")@\(form["unit"] ?? "")")
        guard let version = form["version"].flatMap({ Int($0) }) else {
            throw Complaint("version", form["version"] ?? "")
        }
        var fields = TransitionFields()
        if let text = form["fields"], !text.isEmpty {
            guard let read = try? JSONDecoder().decode(TransitionFields.self, from: Data(text.utf8)) else {
                throw Complaint("fields", text)
            }
            fields = read
            // A second person signs on a page, with a password; a program cannot sign for one.
            fields.second = nil
        }
        let taken = fields
        let moved = try office.writing { (writer) throws(CasebookError) in
            try writer.transition(
                case: id, by: form["step"] ?? "", actor: hat, reason: form["reason"] ?? "", fields: taken,
                expectedVersion: version, rules: office.settings.rules, now: now)
        }
        return try record(moved)
    }

    func leadRecords() throws -> Answer {
        let (offset, limit) = try paging()
        let found = try reader.leads(limit: limit, offset: offset)
        return try record(
            List(
                total: found.total,
                rows: found.lines.map { line in
                    LeadRow(
                        id: line.lead.id, source: line.lead.source, received: line.lead.received.rfc3339(),
                        unit: line.lead.unit, matter: line.lead.matter, subject: line.lead.subject,
                        duplicateOf: line.duplicateOf, cases: line.cases)
                }))
    }

    func auditRecords() throws -> Answer {
        let before = try number("before", upTo: .max, default: .max)
        let (_, limit) = try paging()
        return try record(List(total: nil, rows: try reader.auditRows(before: before, limit: limit)))
    }
}
