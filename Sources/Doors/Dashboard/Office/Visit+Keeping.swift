import Casebook
import Foundation
import Reports
import Vocabulary

/// Data health, method, audit and users.
extension Visit {
    func health() throws -> PageContent {
        let snapshot = CasebookSnapshot(
            province: office.settings.province, asOf: try asOf(), units: [], dossiers: [], inputs: try reader.inputs(),
            lastRun: try reader.lastRun(), demo: office.settings.demo)
        return PageView(
            snapshot: snapshot, tiles: office.frame.tiles, ranked: [], words: words, paths: paths
        ).data()
    }

    func method() throws -> PageContent {
        let snapshot = CasebookSnapshot(
            province: office.settings.province, asOf: nil, units: [], dossiers: [], inputs: [],
            lastRun: try reader.lastRun(), demo: office.settings.demo)
        return PageView(
            snapshot: snapshot, tiles: office.frame.tiles, ranked: [], words: words, paths: paths
        ).method()
    }

    func audit() throws -> PageContent {
        let before = try number("before", upTo: .max, default: .max)
        let (_, limit) = try paging()
        let rows = try reader.auditRows(before: before, limit: limit)
        var page = PageContent(title: words["office.audit"])
        page.subtitle = words["office.audit.note"]
        var list = Panel(words["office.audit"], note: "\(rows.count)")
        list.table(
            ["col.number", "col.when", "col.who", "col.what", "col.object", "col.detail"],
            rows.map { row in
                [
                    .text("\(row.number)"), .text(words.time(row.at)), .text(row.actor),
                    .text(words.word("audit", row.action)), .text(row.object), .text(row.detail),
                ]
            }, empty: "none-found")
        if rows.count == limit, let last = rows.last {
            list.links = [
                (words["office.next-page"], link("audit", [("before", "\(last.number)"), ("limit", "\(limit)")]))
            ]
        }
        page.panels = [list]
        return page
    }

    // MARK: Users

    func users(typed: [String: String] = [:]) throws -> PageContent {
        let people = try reader.people()
        var page = PageContent(title: words["office.users"])
        page.subtitle = words["office.users.note"]
        var list = Panel(words["office.users"], note: "n = \(people.count)")
        list.table(
            ["col.identifier", "col.name", "col.roles", "col.capabilities", "col.made-by", "health.recorded"],
            people.map { line in
                let roles = line.identity.roles.sorted { ($0.role, $0.unit) < ($1.role, $1.unit) }
                return [
                    .text(line.identity.person), .text(line.identity.name),
                    .text(roles.map { "\(roleName($0.role)) @ \($0.unit)" }.joined(separator: ", ")),
                    .text(line.identity.capabilities.sorted().joined(separator: ", ")), .text(line.madeBy),
                    .text(words.time(line.recordedAt)),
                ]
            }, empty: "office.users.none")
        page.panels = [list]
        let terms = (try? reader.permit(.users))?.terms ?? []
        if terms.contains(.create) {
            var add = Panel(words["office.users.add"], width: 6)
            add.forms = [
                Form(
                    id: "add", target: link("users/add"),
                    fields: [
                        Form.Field("id", words["col.identifier"], value: typed["id"] ?? "", needed: true),
                        Form.Field("name", words["col.name"], value: typed["name"] ?? "", needed: true),
                    ], submit: words["office.users.add"])
            ]
            var invite = Panel(words["account.invite"], note: words["account.invite.note"], width: 6)
            invite.forms = [
                Form(
                    id: "invite", target: link("users/account"),
                    fields: [
                        Form.Field(
                            "person", words["office.users.person"],
                            .choice(people.map { ($0.identity.person, "\($0.identity.name) (\($0.identity.person))") }),
                            needed: true),
                        Form.Field(
                            "act", words["office.users.given"],
                            .choice(
                                ["invite", "remove-factor", "disable", "enable"].map {
                                    ($0, words["account.act.\($0)"])
                                })),
                    ], submit: words["office.take"])
            ]
            page.panels += [add, invite]
        }
        if terms.contains(.grant) {
            var grant = Panel(words["office.users.grant"], width: 6)
            grant.forms = [
                Form(
                    id: "grant", target: link("users/grant"),
                    fields: [
                        Form.Field(
                            "person", words["office.users.person"],
                            .choice(people.map { ($0.identity.person, "\($0.identity.name) (\($0.identity.person))") }),
                            value: typed["person"] ?? "", needed: true),
                        Form.Field(
                            "role", words["office.users.role"],
                            .choice(
                                office.settings.matrix.roles.map { ($0.id, isEnglish ? $0.en : $0.zh) }
                                    + office.settings.matrix.capabilities.values.sorted().map {
                                        ("+\($0)", words.word("role", $0))
                                    }),
                            value: typed["role"] ?? "", needed: true),
                        Form.Field(
                            "unit", words["col.unit"], value: typed["unit"] ?? "", hint: words["office.users.unit"]),
                        Form.Field(
                            "given", words["office.users.given"],
                            .choice([("yes", words["office.users.give"]), ("no", words["office.users.take"])])),
                        Form.Field("reason", words["office.reason"], .area, value: typed["reason"] ?? "", needed: true),
                    ], submit: words["office.users.grant"])
            ]
            page.panels.append(grant)
        }
        return page
    }

    func addPerson() throws -> Answer {
        try people { (writer) throws(CasebookError) in
            try writer.addPerson(
                id: form["id"] ?? "", name: form["name"] ?? "", by: identity, matrix: office.settings.matrix, now: now)
        }
    }

    func grant() throws -> Answer {
        let role = form["role"] ?? ""
        let grant: Grant =
            role.hasPrefix("+") ? .capability(String(role.dropFirst())) : .role(role, unit: form["unit"] ?? "")
        return try people { (writer) throws(CasebookError) in
            try writer.grant(
                grant, to: form["person"] ?? "", given: form["given"] != "no", by: identity,
                reason: form["reason"] ?? "", matrix: office.settings.matrix, now: now)
        }
    }

    private func people(_ act: (CasebookWriter) throws(CasebookError) -> Void) throws -> Answer {
        do {
            try office.writing(act)
            return .seeOther(link("users", [("done", "users")]))
        } catch {
            guard let why = explained(error) else { throw error }
            return .refused(try users(typed: form), why)
        }
    }
}
