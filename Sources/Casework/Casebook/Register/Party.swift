import Vocabulary

/// Who owns, runs or serves a site.
package struct Party: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case person, company
        case publicInstitution = "public-institution"
    }

    package var id: String
    package var name: String
    package var kind: Kind
    /// Identity card or company number, never in clear; nil = not known.
    package var register: MaskedIdentity?
    /// Business scope as it is registered; nil = not known.
    package var scope: String?
}

/// What a party was to a site, and when. The account holder is one role among others: tenants and relatives are common.
package struct PartyRole: Hashable, Sendable, Codable {
    package enum Role: String, Hashable, Sendable, Codable, CaseIterable {
        case owner, `operator`, tenant, landlord, host, supplier
        case accountHolder = "account-holder"
        case lineReseller = "line-reseller"
        case relayOperator = "relay-operator"

        /// Serves mining without doing it: 便利提供方.
        package var facilitates: Bool {
            switch self {
            case .landlord, .host, .supplier, .lineReseller, .relayOperator: true
            case .owner, .operator, .tenant, .accountHolder: false
            }
        }
    }

    package var party: String
    package var site: String
    package var role: Role
    package var from: CalendarDate?
    /// Last day; nil = still.
    package var to: CalendarDate?
    package var basis: String

    /// The same role while all but its end and its ground are the same.
    var id: String { "\(party)|\(site)|\(role.rawValue)|\(from?.description ?? "")" }
}

/// The register of parties: one row a party and role, or a party alone.
package struct PartyImport: Sendable {
    package private(set) var parties: [Party] = []
    package private(set) var roles: [PartyRole] = []
    package private(set) var report: RegisterReport

    private static let columns = [
        RegisterColumn("party", "party_id", "当事人编号", "主体编号", "编号"),
        RegisterColumn("name", "party_name", "名称", "姓名", "当事人", "主体", "单位名称", needed: true),
        RegisterColumn("kind", "party_kind", "类型", "主体类型", needed: true),
        RegisterColumn("register_no", "credit_code", "id_no", "统一社会信用代码", "证件号", "证件号码", "登记号"),
        RegisterColumn("scope", "business_scope", "经营范围"),
        RegisterColumn("site", "场所", "场所编号"), RegisterColumn("role", "角色", "关系"),
        RegisterColumn("from", "起", "开始日期", "起始日期"), RegisterColumn("to", "止", "结束日期", "终止日期"),
        RegisterColumn("basis", "依据"),
    ]
    static let kinds: [String: Party.Kind] = [
        "个人": .person, "自然人": .person, "企业": .company, "公司": .company, "个体工商户": .company,
        "机关": .publicInstitution, "事业单位": .publicInstitution, "公共机构": .publicInstitution,
    ]
    static let roleNames: [String: PartyRole.Role] = [
        "所有人": .owner, "产权人": .owner, "经营者": .operator, "运营者": .operator, "承租人": .tenant, "租户": .tenant,
        "出租人": .landlord, "房东": .landlord, "托管方": .host, "供电方": .supplier, "小水电": .supplier,
        "户主": .accountHolder, "线路转售": .lineReseller, "中转运营": .relayOperator,
    ]

    package init(_ file: RegisterFile, known: KnownRegister, key: RegisterKey) {
        var reader = RegisterRows(file, PartyImport.columns)
        var places: [String: Int] = [:]
        var numbers: [String: String] = [:]
        var roleIDs: Set<String> = []
        while var row = reader.next() {
            let party = PartyImport.party(&row, key: key)
            let role = PartyImport.role(&row, of: party?.id ?? "", known: known)
            if let party, let place = places[party.id], !PartyImport.agree(parties[place], party) {
                row.fail("party", "\(party.id.prefix(40)) is another party above", "give each party its own number")
            }
            if let party, let number = party.register?.key, let other = numbers[number], other != party.id {
                row.fail("register_no", "is that of \(other.prefix(40))", "one number is one party")
            }
            var repeated = false
            if let party, row.problem == nil {
                let isNew = places[party.id] == nil
                if let place = places[party.id] {
                    parties[place].register = parties[place].register ?? party.register
                    parties[place].scope = parties[place].scope ?? party.scope
                } else {
                    places[party.id] = parties.count
                    parties.append(party)
                }
                if let number = party.register?.key { numbers[number] = party.id }
                let newRole = role.map { roleIDs.insert($0.id).inserted } ?? false
                if let role, newRole { roles.append(role) }
                repeated = !isNew && !newRole
            }
            reader.settle(row, repeated: repeated)
        }
        report = reader.report
    }

    private static func agree(_ one: Party, _ other: Party) -> Bool {
        let numbers = one.register == nil || other.register == nil || one.register == other.register
        return one.name == other.name && one.kind == other.kind && numbers
    }

    private static func party(_ row: inout RegisterRow, key: RegisterKey) -> Party? {
        let number = row.some("register_no").map { key.hide($0, use: "party") }
        let id = row.some("party") ?? number.map { "P-" + $0.key.prefix(12) } ?? ""
        if id.isEmpty { row.fail("party", "is empty", "give the party a number, or fill in its register number") }
        let name = row.needed("name")
        let kind = row.word("kind", Party.Kind.self, called: kinds)
        guard row.problem == nil, let kind else { return nil }
        return Party(id: id, name: name, kind: kind, register: number, scope: row.some("scope"))
    }

    private static func role(_ row: inout RegisterRow, of party: String, known: KnownRegister) -> PartyRole? {
        guard let site = row.site(of: known) else {
            if row.some("role") != nil { row.fail("site", "is empty", "say at which site the party has the role") }
            return nil
        }
        let role = row.word("role", PartyRole.Role.self, called: roleNames)
        let (from, to) = row.dates()
        let basis = row.needed("basis")
        guard row.problem == nil, let role else { return nil }
        return PartyRole(party: party, site: site, role: role, from: from, to: to, basis: basis)
    }
}
