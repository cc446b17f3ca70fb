import Casebook
import Foundation
import GRDB
import Testing
import Vocabulary

struct LeadTests {
    private let text = """
        来源,报送单位,编号,接收时间,单位代码,事项,对象,内容,交易金额,钱包地址
        互联网企业,某网,W-1,2026-09-20 10:00:00,330110,挖矿,203.0.113.7:3333,流量异常,88888888,bc1qsecretwallet
        公众,某人,W-2,2026-09-20 11:00:00,330110,挖矿,,,,
        群众举报,,,2026-09-21 09:00:00,330110,,,东 村仓库整夜轰鸣！,1,
        群众举报,,,2026-09-22 09:00:00,330110,,,东村仓库，整夜轰鸣,2,
        互联网企业,某网,W-3,2026-09-21 10:00:00,330110,交易,203.0.113.8,场外兑换,99999999,bc1qother
        cncert,,C-1,2026-09-23T00:00:00Z,330100,mining,203.0.113.7:3333,,,
        互联网企业,某网,W-1,2026-09-20 10:00:00,330110,挖矿,203.0.113.7:3333,流量异常,77,
        """

    private func read(_ text: String) -> LeadImport {
        LeadImport(Registers.file(text), known: Registers.known, key: Registers.key)
    }

    private func window(_ days: Int = 30) -> KPIWindow {
        KPIWindow(start: World.now.adding(seconds: -30 * 86_400), end: World.now.adding(seconds: Int64(days) * 86_400))
    }

    @Test func `a lead gets a receipt, a second one about the same thing is counted apart`() throws {
        let file = read(text)
        #expect(Registers.places(file.report) == ["3:source", "6:matter"])
        #expect(file.report.counts.addUp && file.report.counts.repeated == 1)
        #expect(Set(file.leads.map(\.receipt)).count == 4)
        try World.with { (path: String) throws in
            let writer = try World.fill(path)
            #expect(try writer.take(file, by: "intake", now: World.now).changed == 4)
            let reader = try CasebookReader.open(path)
            let twins = try DatabaseQueue(path: path).read {
                try Row.fetchAll($0, sql: "SELECT source, duplicate_of FROM lead ORDER BY received_at")
            }.map { ($0["source"] as String, $0["duplicate_of"] as String?) }
            #expect(twins.map(\.0) == ["internet_company", "public_tip", "public_tip", "cncert"])
            #expect(twins.map(\.1) == [nil, nil, file.leads[1].id, file.leads[0].id])
            let figure = try #require(try reader.figures(window(), only: ["K01"]).first)
            #expect(figure.value == 2)
            #expect(figure["duplicates"]?.value == 2 && figure["internet_company"]?.value == 1)
            // By the answering unit, though the lead names the county.
            var province = window()
            province.unit = "330000"
            #expect(try reader.figures(province, only: ["K01"]).first?.value == 2)
            try writer.close()
        }
    }

    @Test func `what is about trading or money is nowhere in the store`() throws {
        try World.with { (path: String) throws in
            let writer = try World.fill(path)
            let file = read(text)
            #expect(file.report.dropped == ["交易金额", "钱包地址"])
            _ = try writer.take(file, by: "intake", now: World.now)
            try writer.close()
            let folder = (path as NSString).deletingLastPathComponent
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
                for word in ["88888888", "99999999", "bc1q", "场外兑换", "203.0.113.8"] {
                    #expect(bytes.range(of: Data(word.utf8)) == nil, "\(word) in \(name)")
                }
            }
            let tables = try DatabaseQueue(path: path).read { db in
                try String.fetchAll(db, sql: "SELECT coalesce(sql, '') FROM sqlite_master").joined().lowercased()
            }
            for word in ["wallet", "trade", "trading", "amount", "exchange"] { #expect(!tables.contains(word)) }
            #expect(Lead.Matter.allCases.map(\.rawValue) == ["mining", "facilitation"])
        }
    }

    @Test func `the outcome is told by the receipt, to the source that sent it, and nothing more`() throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            let file = read(text)
            _ = try scene.writer.take(file, by: "intake", now: scene.now)
            let reader = try CasebookReader.open(scene.store)
            let (first, twin) = (file.leads[0], file.leads[3])
            func status(_ lead: Lead) throws -> LeadReply.Status? {
                try reader.leadReply(receipt: lead.receipt, source: lead.source)?.status
            }
            #expect(try status(first) == .received)
            try scene.writer.record([.leadCase(lead: first.id, caseID: scene.caseID)], by: "a", now: scene.now)
            #expect(try status(first) == .inHand && status(twin) == .inHand)
            try scene.go(to: "confirmed")
            #expect(try status(first) == .confirmed && status(twin) == .confirmed)
            #expect(try reader.leadReply(receipt: first.receipt, source: .publicTip) == nil)
            #expect(try reader.leadReply(receipt: "R-0", source: .internetCompany) == nil)
            // The reply has no case, no site and no name in it.
            let reply = try #require(try reader.leadReply(receipt: first.receipt, source: first.source))
            #expect(!"\(reply)".contains(scene.caseID) && !"\(reply)".contains("S1"))
            #expect(try reader.figures(window(400), only: ["K19"]).first?["internet_company"]?.n == 1)
        }
        try CaseScene.with { (scene: inout CaseScene) throws in
            let file = read(text)
            _ = try scene.writer.take(file, by: "intake", now: scene.now)
            try scene.writer.record([.leadCase(lead: file.leads[0].id, caseID: scene.caseID)], by: "a", now: scene.now)
            try scene.go(to: "excluded")
            let reader = try CasebookReader.open(scene.store)
            let reply = try reader.leadReply(receipt: file.leads[0].receipt, source: .internetCompany)
            #expect(reply?.status == .notConfirmed)
            // All that came of the first is settled: a lead of today is news, not a repetition.
            let later = read(
                "source,reference,received_at,unit,subject\ncncert,C-9,2026-09-29,330110,203.0.113.7:3333\n")
            _ = try scene.writer.take(later, by: "intake", now: scene.now)
            let twin = try DatabaseQueue(path: scene.store).read {
                try String.fetchOne(
                    $0, sql: "SELECT duplicate_of FROM lead WHERE id = ?", arguments: [later.leads[0].id])
            }
            #expect(twin == nil)
        }
    }

    @Test func `the same file again changes nothing, another content under a known reference is refused`() throws {
        try World.with { (path: String) throws in
            let writer = try World.fill(path)
            _ = try writer.take(read(text), by: "intake", now: World.now)
            let digest = try CasebookReader.open(path).logicalDigest()
            #expect(try writer.take(read(text), by: "intake", now: World.now).revision == nil)
            #expect(try CasebookReader.open(path).logicalDigest() == digest)
            let other = try writer.take(
                read(text.replacing("流量异常", with: "另一件事")), by: "intake", now: World.now)
            #expect(other.revision == nil && other.report.counts.refused == 3)
            #expect(try CasebookReader.open(path).logicalDigest() == digest)
            try writer.close()
        }
    }

    @Test func `a sender's own key joins that sender's leads, a subject joins everybody's`() {
        let leads = read(
            """
            source,sender,reference,received_at,unit,subject,text,dedupe_key
            cncert,,1,2026-09-20,330110,,one,7
            cncert,,2,2026-09-20,330110,,other words,7
            public_tip,,3,2026-09-20,330110,,one,7
            public_tip,,4,2026-09-20,330110,meter:M,,
            grid_company,,5,2026-09-20,330110,meter:M,,
            """
        ).leads.map(\.dedupeKey)
        #expect(leads.count == 5 && Set(leads).count == 3)
        #expect(leads[0] == leads[1] && leads[1] != leads[2] && leads[3] == leads[4])
    }

    @Test func `a form is judged as a row of a file is`() {
        let good = LeadImport(
            form: [
                "source": "public_tip", "received_at": "2026-09-20", "unit": "330110", "text": "a \"loud\", hot\nshed",
                "amount": "5",
            ], known: Registers.known, key: Registers.key)
        #expect(good.leads.first?.text == "a \"loud\", hot\nshed")
        let bad = LeadImport(
            form: ["source": "rumour", "unit": "330110"], known: Registers.known, key: Registers.key)
        #expect(bad.leads.isEmpty && bad.report.counts.refused == 1)
    }

    @Test func `subjects are addresses, meters, lines and sites of the register`() {
        let read = read(
            """
            source,reference,received_at,unit,subject,text
            cncert,1,2026-09-20,330110,[2001:db8::1]:3333,
            cncert,2,2026-09-20,330110,2001:db8::1,
            cncert,3,2026-09-20,330110,meter:M-S1,
            cncert,4,2026-09-20,330110,site:S9,
            cncert,5,2026-09-20,330110,somewhere,
            cncert,6,2026-09-20,990000,meter:M,
            cncert,7,2026-09-20 8:00,330110,meter:M,
            cncert,8,2026-09-20,330110,,
            cncert,9,2026-09-20,,meter:M-S1,
            cncert,10,99999-01-01,330110,meter:M-S1,
            cncert,11,2026-09-20,330110,192.0.2.1:99999,
            public_tip,12,2026-09-20,330110,,？！…
            """)
        #expect(read.leads.map(\.subject) == ["address:2001:db8::1", "address:2001:db8::1", "meter:M-S1"])
        #expect(read.leads.map(\.port) == [3333, nil, nil])
        #expect(
            Registers.places(read.report) == [
                "5:subject", "6:subject", "7:unit", "8:received_at", "9:text", "10:unit", "11:received_at",
                "12:subject",
                "13:text",
            ])
        #expect(read.report.counts.addUp && read.report.counts.data == 12)
    }
}
