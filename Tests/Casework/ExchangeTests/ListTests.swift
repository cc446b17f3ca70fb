import Exchange
import Support
import Testing
import Vocabulary

struct ListTests {
    private func rows(_ bytes: [UInt8]) -> [[String]] {
        String(decoding: bytes.dropFirst(3), as: UTF8.self).split(separator: "\r\n").map { csvFields(String($0)) }
    }

    @Test func `destinations abroad are one row an endpoint, and an unknown country is not called abroad`() throws {
        let (countries, refused) = DestinationTable.Countries.read(
            "range,country\n45.67.0.0/16,US\n45.67.89.11,DE\n1.2.0.0/16,CN\n1.2.3,XX\n5.0.0.0/8,Germany\nx\n",
            file: "c.csv")
        #expect(refused.map(\.line) == [5, 6, 7])
        #expect(refused.map(\.column) == ["range", "country", "row"])
        typealias S = ExchangeSamples
        let findings = S.all + [S.finding(S.session(server: "1.2.3.4")), S.finding(S.session(server: "10.0.0.1"))]
        let table = rows(DestinationTable.csv(findings, countries: countries))
        #expect(table[0].prefix(6) == ["address", "port", "names", "pool", "country", "overseas"])
        #expect(table.dropFirst().map { $0[0] } == ["45.67.89.10", "45.67.89.11", "2a00:1450::99"])
        #expect(table[1][4...5] == ["US", "yes"] && table[2][4...5] == ["DE", "yes"])
        #expect(table[3][4...5] == ["", "unknown"])
        #expect(table[1][6...10] == ["2026-03-01T00:00:00Z", "2026-03-02T02:00:00Z", "2", "1", "A1"])
        #expect(table[3][9] == "" && table[3][13] == "1" && table[3][15] == "")
        #expect(table[1][16].contains("#12"))
        let everything = rows(DestinationTable.csv(findings, countries: countries, overseasOnly: false))
        #expect(everything.count == 6)
        #expect(everything.contains { $0[4...5] == ["CN", "no"] })
        #expect(
            DestinationTable.csv(findings.reversed(), countries: countries)
                == DestinationTable.csv(findings, countries: countries))
    }

    @Test func `a country table without its header is refused`() {
        let (_, refused) = DestinationTable.Countries.read("1.2.0.0/16,CN\n", file: "c.csv")
        #expect(refused.map(\.line) == [1])
    }

    private let machines = [
        MachineSeen(
            caseID: "C1", province: "330000", maker: "Bitmain", model: "Antminer S19", serial: "SN1", count: 1,
            basis: .nameplate),
        MachineSeen(
            caseID: "C2", province: "330000", maker: "Bitmain", model: "Antminer S19", serial: "SN1", count: 1,
            basis: .nameplate),
        MachineSeen(
            caseID: "C2", province: "330000", maker: "Bitmain", model: "Antminer S19", count: 7, basis: .declared),
        MachineSeen(caseID: "C3", province: "510000", maker: nil, model: "=cmd", count: -3, basis: .nameplate),
    ]

    @Test func `machines roll up by maker and province, and a serial in two cases is marked`() {
        let detail = rows(MachineTable.csv(machines))
        #expect(detail.count == 5)
        #expect(detail.count { $0.last == "in several cases" } == 2)
        #expect(detail.contains { $0[3] == "'=cmd" && $0[2] == "" && $0[5] == "0" })
        let sums = rows(MachineTable.summary(machines))
        #expect(sums.contains(["Bitmain", "Antminer S19", "330000", "2", "7", "2"]))
        #expect(MachineTable.csv(machines.reversed()) == MachineTable.csv(machines))
        let huge = Array(
            repeating: MachineSeen(
                caseID: "C", province: "1", maker: "M", model: "m", count: .max, basis: .declared), count: 2)
        #expect(rows(MachineTable.summary(huge))[1][4] == "\(Int.max)")
    }

    @Test func `a handover letter says suspected until a person has confirmed, and has its receipt`() {
        var letter = HandoverLetter(
            number: "浙发改函〔2026〕1号", sender: "330000", receiver: "通信管理局\n伪造行", caseIDs: ["B", "A"],
            items: [.init(name: "package-A", sha256: String(repeating: "0", count: 64))],
            sentOn: CalendarDate(daysSince1970: 20_000), replyBy: CalendarDate(daysSince1970: 20_030))
        let zh = letter.text(.zh)
        let en = letter.text(.en)
        #expect(zh.contains("疑似") && !zh.contains("查实人") && zh.contains("回执") && zh.contains("2024-10-04"))
        #expect(en.contains("suspected") && !en.contains("confirmed by") && en.contains("Receipt"))
        #expect(zh.contains(letter.digest) && en.contains(letter.digest) && zh.contains("A, B"))
        #expect(!zh.split(separator: "\n").contains("伪造行"))
        #expect(letter.text(.zh) == zh)
        let before = letter.digest
        letter.items.append(.init(name: "x"))
        #expect(letter.digest != before)
        letter.confirmedBy = "王某"
        #expect(letter.text(.zh).contains("查实人：王某"))
    }
}
