import Vocabulary

/// What somebody sent in about mining or those who serve it. There is no kind of lead for trading.
package struct Lead: Hashable, Sendable, Codable {
    package enum Source: String, Hashable, Sendable, Codable, CaseIterable {
        case nationalList = "national_list"
        case communicationsAdmin = "communications_admin"
        case cncert
        case gridCompany = "grid_company"
        case networkOperator = "network_operator"
        case internetCompany = "internet_company"
        case publicTip = "public_tip"
        case otherAuthority = "other_authority"
        case selfCheck = "self_check"
        case systemFinding = "system_finding"
    }

    package enum Matter: String, Hashable, Sendable, Codable, CaseIterable { case mining, facilitation }

    /// Follows from source, sender and reference, so that the same lead sent again is the same lead.
    package var id: String
    /// What the sender is given; who does not hold it cannot guess it.
    package var receipt: String
    package var source: Source
    package var sender: String?
    /// The sender's own number.
    package var reference: String?
    package var received: Instant
    package var unit: String
    package var matter: Matter
    /// `address:192.0.2.1`, `meter:…`, `line:…`, `site:…`; nil where it is told in words only.
    package var subject: String?
    package var port: UInt16?
    package var text: String?
    /// Leads with the same key are about the same thing.
    package var dedupeKey: String
}

/// Leads from a file or a form. Columns of money, wallets and trades are dropped with all that is not listed here, and
/// rows that are about trading are refused.
package struct LeadImport: Sendable {
    package private(set) var leads: [Lead] = []
    package private(set) var report: RegisterReport

    private static let columns = [
        RegisterColumn("source", "线索来源", "来源", needed: true), RegisterColumn("sender", "报送单位", "报送人"),
        RegisterColumn("reference", "ref", "编号", "报送编号", "线索编号"),
        RegisterColumn("received_at", "received", "收到时间", "接收时间", "报送时间", needed: true),
        RegisterColumn("unit", "单位代码", "区划代码", needed: true), RegisterColumn("matter", "事项", "线索类型"),
        RegisterColumn("subject", "对象", "线索对象"), RegisterColumn("text", "content", "内容", "线索内容"),
        RegisterColumn("dedupe_key", "去重键"),
    ]
    private static let sources: [String: Lead.Source] = [
        "国家名单": .nationalList, "通信管理局": .communicationsAdmin, "国家互联网应急中心": .cncert, "电网企业": .gridCompany,
        "运营商": .networkOperator, "互联网企业": .internetCompany, "群众举报": .publicTip, "其他部门": .otherAuthority,
        "自查": .selfCheck, "系统发现": .systemFinding,
    ]
    private static let matters: [String: Lead.Matter] = ["挖矿": .mining, "提供便利": .facilitation, "协助": .facilitation]

    package init(_ file: RegisterFile, known: KnownRegister, key: RegisterKey, zone: Int = 28_800) {
        var reader = RegisterRows(file, LeadImport.columns)
        var places: [String: Int] = [:]
        while var row = reader.next() {
            let read = LeadImport.read(&row, known: known, key: key, zone: zone)
            if let read, let place = places[read.id], leads[place] != read {
                row.fail("reference", "is there already with another content", "give each lead its own reference")
            }
            var repeated = false
            if let read, row.problem == nil {
                repeated = places[read.id] != nil
                if !repeated {
                    places[read.id] = leads.count
                    leads.append(read)
                }
            }
            reader.settle(row, repeated: repeated)
        }
        report = reader.report
    }

    /// One lead from a form or an interface, by the names of the columns.
    package init(form: [String: String], known: KnownRegister, key: RegisterKey, zone: Int = 28_800) {
        let names = LeadImport.columns.map(\.name)
        let text = [names, names.map { form[$0] ?? "" }].map { line in
            line.map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" }.joined(separator: ",")
        }.joined(separator: "\n")
        self.init(RegisterFile(name: "form", text: text), known: known, key: key, zone: zone)
    }

    private static func read(
        _ row: inout RegisterRow, known: KnownRegister, key: RegisterKey, zone: Int
    ) -> Lead? {
        let source = row.word("source", Lead.Source.self, called: sources)
        _ = row.needed("received_at")
        let received = row.instant("received_at", zone: zone, dayEnds: false)
        let unit = row.unit(of: known)
        var matter: Lead.Matter? = .mining
        if let word = row.some("matter") {
            matter = Lead.Matter(rawValue: word) ?? matters[word]
            if matter == nil {
                row.fail(
                    "matter", "is not about mining or serving it: not collected here",
                    "send trading matters to the financial regulators; else write mining or facilitation")
            }
        }
        let (subject, port) = subject(&row)
        if let subject, subject.hasPrefix("site:"), !known.sites.contains(String(subject.dropFirst(5))) {
            row.fail("subject", "is no site of the register", "mend the site, or tell the place in words")
        }
        let text = row.some("text")
        let words = TextFold.plain(text ?? "").filter { $0.isLetter || $0.isNumber }
        if subject == nil, words.isEmpty { row.fail("text", "says nothing", "fill in the subject or the text") }
        guard row.problem == nil, let source, let received, let matter else { return nil }
        let sender = row.some("sender")
        let reference = row.some("reference")
        let origin = [
            source.rawValue, sender ?? "",
            reference ?? "\(received.nanoseconds)|\(unit)|\(subject ?? "")|\(text ?? "")",
        ]
        let id = "L-" + Canonical.sha256(origin.joined(separator: "\u{0}")).prefix(16)
        let about = subject.map { $0 + (port.map { ":\($0)" } ?? "") } ?? "\(unit)|\(words)"
        return Lead(
            id: id, receipt: "R-" + key.tag("receipt\u{0}" + id).prefix(20), source: source, sender: sender,
            reference: reference, received: received, unit: unit, matter: matter, subject: subject, port: port,
            text: text,
            // Two senders may number their matters alike: a key of one's own joins one's own leads only.
            dedupeKey: Canonical.sha256(
                row.some("dedupe_key").map { [source.rawValue, sender ?? "", $0].joined(separator: "\u{0}") } ?? about))
    }

    /// `192.0.2.1`, `192.0.2.1:3333`, `[2001:db8::1]:3333`, `meter:…`, `line:…`, `site:…`.
    private static func subject(_ row: inout RegisterRow) -> (String?, UInt16?) {
        guard let text = row.some("subject") else { return (nil, nil) }
        if let ip = IPAddress(text) { return ("address:\(ip)", nil) }
        if let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) {
            let host = text[..<colon].filter { $0 != "[" && $0 != "]" }
            if let ip = IPAddress(String(host)) { return ("address:\(ip)", port) }
        }
        if ["meter:", "line:", "site:"].contains(where: { text.hasPrefix($0) && text != $0 }) { return (text, nil) }
        row.fail(
            "subject", "\"\(text.prefix(40))\" is no subject",
            "write an address (and port), meter:…, line:… or site:…; tell other things in words")
        return (nil, nil)
    }
}

/// What the sender of a lead is told, and nothing more.
package struct LeadReply: Hashable, Sendable, Codable {
    package enum Status: String, Hashable, Sendable, Codable, CaseIterable {
        case received
        case inHand = "in-hand"
        case confirmed
        case notConfirmed = "not-confirmed"
    }

    package var receipt: String
    package var received: Instant
    package var status: Status
}
