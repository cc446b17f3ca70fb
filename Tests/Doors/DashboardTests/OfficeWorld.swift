import Accounts
import Casebook
import Dashboard
import Foundation
import Reports
import Support
import Vocabulary

/// A province of two prefectures with a county each, two places with cases, and one person for every role at both.
struct OfficeWorld {
    static let now = Instant(seconds: 1_774_000_000)
    static let province = "330000"
    /// Province, prefecture, county of the first half and of the second.
    static let halves = [["330000", "330100", "330110"], ["330000", "330200", "330210"]]
    static let password = "a long enough sentence 7"

    let folder: URL
    let office: Office
    let accounts: AccountBook
    let desk: OfficeDesk
    let matrix: AccessMatrix
    /// Case of each half.
    let cases: [String]

    static func site(_ half: Int) -> String { "S-\(half + 1)" }

    /// A person for each role at each half that has a unit of the role's level.
    static func person(_ role: String, _ half: Int) -> String { "\(role)-\(half + 1)" }

    init(name: String = "示例场所", decoder: (any UploadDecoder)? = nil) throws {
        folder = try Places.scratch("office")
        let store = folder.appendingPathComponent("casebook.sqlite").path
        let models = Places.root.appendingPathComponent("Models")
        let matrix = try AccessMatrix.load(models.appendingPathComponent("roles/2026-11/matrix.json").path)
        let rules = CaseRules(
            lifecycle: try Lifecycle.load(models.appendingPathComponent("lifecycle/2026-11/lifecycle.json").path))
        self.matrix = matrix
        let keys = folder.appendingPathComponent("keys").path
        let writer = try CasebookWriter.open(store, province: Self.province, keys: try AuditKeys.open(keys))
        try Self.register(writer, name)
        cases = try Self.publish(writer, store)
        try Self.people(writer, matrix, cases)
        try Self.assign(writer, rules, cases)
        try writer.close()
        office = try Office(
            OfficeSettings(
                store: store, keys: keys, province: Self.province, demo: false, matrix: matrix, rules: rules,
                legal: nil,
                tiles: [
                    ProvinceTile(code: "330000", nameZH: "浙江", nameEN: "Zhejiang", letters: "ZJ", row: 1, column: 1)
                ], version: "test", evidence: folder.appendingPathComponent("evidence").path, decoder: decoder))
        accounts = try AccountBook.open(
            folder.appendingPathComponent("accounts.sqlite").path, key: [UInt8](repeating: 7, count: 32))
        desk = OfficeDesk(office: office, accounts: accounts, isSecure: false, clock: { Self.now })
    }

    func close() { try? FileManager.default.removeItem(at: folder) }

    private static func register(_ writer: CasebookWriter, _ name: String) throws {
        var units = [
            Vocabulary.Unit(code: "330000", nameZH: "示例省", nameEN: "Example", level: .province, parent: "CN")
        ]
        for half in 0..<2 {
            let codes = halves[half]
            units.append(
                Vocabulary.Unit(
                    code: codes[1], nameZH: "市\(half)", nameEN: "City \(half)", level: .prefecture, parent: codes[0]))
            units.append(
                Vocabulary.Unit(
                    code: codes[2], nameZH: "县\(half)", nameEN: "County \(half)", level: .county, parent: codes[1]))
        }
        let sites = (0..<2).map { half in
            Site(
                id: site(half), name: "\(name)\(half + 1)", address: "\(name)路\(half + 1)号", kind: "factory",
                unit: halves[half][2])
        }
        let links = (0..<2).map { SiteLink(site: site($0), kind: .meter, subject: "M-\($0 + 1)", basis: "register") }
        _ = try writer.register(sites: sites, links: links, units: units, complete: true, now: now)
    }

    private static func publish(_ writer: CasebookWriter, _ store: String) throws -> [String] {
        let start = now.adding(seconds: -86_400 * 30)
        let findings = (0..<2).map { half in
            Finding(
                id: "g-\(half)", subject: .meter("M-\(half + 1)"), modality: .grid, from: start, to: now,
                probability: 0.9, logLikelihoodRatio: 6, kilowatts: Estimate(value: 60, low: 40, high: 80),
                reasons: [Reason(id: "night-minimum-step", value: 66, reference: 2, unit: "kW", logOdds: 2)],
                model: "test")
        }
        let judged = (0..<2).map { half in
            SiteAssessment(
                site: site(half), probability: 0.9, priorLogOdds: -3.9, logOdds: 2.2, basis: .gridOnly,
                kilowatts: Estimate(value: 60, low: 40, high: 80), since: start.date(),
                terms: [
                    SiteAssessment.Term(
                        findingID: "g-\(half)", modality: .grid, subject: .meter("M-\(half + 1)"), logOdds: 6.1,
                        link: SiteLink(site: site(half), kind: .meter, subject: "M-\(half + 1)", basis: "register"))
                ])
        }
        let run = RunRecord(
            id: "r-1", started: start, finished: now, counts: [:], resultSHA256: String(repeating: "1", count: 64),
            models: ["test"], prior: 0.02)
        let kilowatts = [Float](repeating: 60, count: 96 * 30)
        let curves = Dictionary(
            uniqueKeysWithValues: (0..<2).map {
                (site($0), LoadCurve(start: start, intervalSeconds: 900, kilowatts: kilowatts))
            })
        let done = try writer.publishRun(
            run, findings: findings, assessments: judged, curves: curves, policy: CasePolicy(), now: now)
        guard done.opened == 2 else { throw Missing(what: "two cases, not \(done.opened)") }
        let reader = try CasebookReader.open(store)
        let found = Dictionary(uniqueKeysWithValues: try reader.cases().map { ($0.site, $0.id) })
        try reader.close()
        return (0..<2).compactMap { found[site($0)] }
    }

    struct Missing: Error { var what: String }

    private static func people(_ writer: CasebookWriter, _ matrix: AccessMatrix, _ cases: [String]) throws {
        try writer.appointAdministrators(
            system: ("root", "Root"), security: ("keys", "Keys"), audit: ("log", "Log"), now: now)
        let maker = Identity(
            person: "root", name: "Root", roles: [HeldRole(role: "system_admin", unit: province)])
        let giver = Identity(
            person: "keys", name: "Keys", roles: [HeldRole(role: "security_admin", unit: province)])
        for role in matrix.roles where role.kind != .administrator {
            for half in 0..<2 {
                let place = role.level.flatMap { ["province": 0, "prefecture": 1, "county": 2][$0] } ?? 2
                let id = person(role.id, half)
                try writer.addPerson(id: id, name: "Name \(id)", by: maker, matrix: matrix, now: now)
                try writer.grant(
                    .role(role.id, unit: halves[half][place]), to: id, by: giver, reason: "test", matrix: matrix,
                    now: now)
                if role.kind == .desk || role.kind == .outside {
                    try writer.grant(
                        .assignedCase(cases[half]), to: id, by: giver, reason: "test", matrix: matrix, now: now)
                }
            }
        }
    }

    /// Both cases lie at their county's desk: version 3.
    private static func assign(_ writer: CasebookWriter, _ rules: CaseRules, _ cases: [String]) throws {
        let analyst = CaseActor(name: "Ana", role: "analyst", unit: province)
        let dispatcher = CaseActor(name: "Dis", role: "dispatcher", unit: province)
        for (half, id) in cases.enumerated() {
            var fields = TransitionFields()
            fields.evidenceViewed = true
            fields.alternativesChecked = ["X3"]
            fields.jurisdiction = halves[half][2]
            try writer.transition(
                case: id, by: "T01", actor: analyst, reason: "", fields: fields, expectedVersion: 1, rules: rules,
                now: now)
            let today = now.date(offset: 28_800)
            fields = TransitionFields()
            fields.county = halves[half][2]
            fields.dueDates = ["accept": today, "inspect_start": today, "inspect_report": today]
            try writer.transition(
                case: id, by: "T04", actor: dispatcher, reason: "", fields: fields, expectedVersion: 2, rules: rules,
                now: now)
        }
    }

    // MARK: Asking

    /// Lets a person in, who gets an account first.
    func session(_ person: String) throws -> String {
        let code = try accounts.invite(person: person, by: "root", now: Self.now)
        try accounts.redeem(code: code, password: Self.password, now: Self.now)
        guard
            case .opened(_, let cookie) = try accounts.logIn(
                person: person, password: Self.password, address: "127.0.0.1", now: Self.now)
        else { throw Missing(what: "a session of \(person)") }
        return cookie
    }

    /// The store as that person sees it.
    func office(_ person: String) throws -> ScopedReader {
        let book = try CasebookReader.open(folder.appendingPathComponent("casebook.sqlite").path)
        return try ScopedReader(book, as: try book.identity(person: person), matrix: matrix)
    }

    func get(_ path: String, _ query: String = "", as cookie: String?) -> OfficeReply {
        desk.reply(to: OfficeCall(path: path, query: query, session: cookie, address: "127.0.0.1"))
    }

    func post(_ path: String, _ fields: [String: String], as cookie: String?, signed: Bool = true) -> OfficeReply {
        var fields = fields
        if signed, let cookie, let token = try? accounts.session(for: cookie, now: Self.now)?.csrfToken {
            fields["token"] = token
        }
        return desk.reply(
            to: OfficeCall(
                isPost: true, path: path, body: Self.encoded(fields), session: cookie, address: "127.0.0.1",
                origin: "http://here", host: "here"))
    }

    static func encoded(_ fields: [String: String]) -> String {
        fields.sorted { $0.key < $1.key }.map { name, value in
            let text = value.utf8.map { byte -> String in
                let digits = String(byte, radix: 16)
                return "%" + (digits.count < 2 ? "0" : "") + digits
            }.joined()
            return "\(name)=\(text)"
        }.joined(separator: "&")
    }
}
