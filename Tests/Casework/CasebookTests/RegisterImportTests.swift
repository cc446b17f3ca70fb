import Casebook
import Foundation
import Support
import Testing
import Vocabulary

struct RegisterImportTests {
    private func provinces() throws -> ProvinceTable {
        try ProvinceTable.load(Places.root.appendingPathComponent("Models/units/2026-11/provinces.csv").path)
    }

    private let units = RegisterFile(
        name: "units.csv",
        text: """
            code,name_zh,name_en,level,parent,valid_from,valid_to
            330100,杭州,Hangzhou,prefecture,330000,,
            330110,余杭,Yuhang,county,330100,2021-04-09,
            33011x,坏,Bad,county,330100,,
            330111,坏,Bad,county,999999,,
            330112,坏,Bad,county,330100,2021-02-30,
            XPCC,兵团,Corps,province,650000,,
            """)

    @Test func `thirty-four divisions, each with its own tile`() throws {
        let table = try provinces()
        #expect(table.provinces.count == 34)
        #expect(Set(table.provinces.map { [$0.tileRow, $0.tileColumn] }).count == 34)
        #expect(table[code: "330000"]?.nameZH == "浙江")
        #expect(table[code: "330000"]?.letters == "ZJ")
        #expect(throws: ProvinceTable.Failure.self) { try ProvinceTable.load("/nonexistent/provinces.csv") }
    }

    @Test func `bad rows are refused with place and remedy, the rest goes on`() throws {
        let sites = RegisterFile(
            name: "sites.csv",
            text: "\u{FEFF}site,name,address,kind,unit,category,contracted_kw,residential\r\n"
                + "S1,\"甲, \"\"乙\"\"\r\n丙\",路,cold-store,330110,,120.5,false\r\n"
                + "S2,b,,castle,330110,,,\r\nS3,c,,factory,110101,,,\r\nS4,d,,factory,330110,,-3,\r\n"
                + "S5,e,,factory,330110,,nan,\r\nS6,f,,factory,330110,,,maybe\r\nS1,g,,factory,330110,,,\r\n"
                + "S7,h\r\nS8,i,,residence,330110,居民,,是\r\n")
        let links = RegisterFile(
            name: "links.csv",
            text: """
                site,kind,subject,from,to,basis
                S1,meter,M1,2026-01-01,,supply-contract
                S1,address-range,192.0.2.7/24,2026-01-01,2026-02-01,address-assignment
                S1,address-range,192.0.2.300,,,address-assignment
                S1,address-range,0.0.0.0/0,,,address-assignment
                S9,meter,M9,,,supply-contract
                S1,meter,M2,2026-13-01,,supply-contract
                S1,meter,M2,2026-03-01,2026-02-01,supply-contract
                S1,meter,M2,,,
                S1,wire,M2,,,field-survey
                """)
        let register = RegisterImport(units: units, sites: sites, links: links, provinces: try provinces())
        #expect(register.units.count == 35 + 3)
        #expect(register.sites.map(\.id) == ["S1", "S8"])
        #expect(register.sites[0].name == "甲, \"乙\"\r\n丙")
        #expect(register.sites[0].contractedKilowatts == 120.5)
        #expect(register.sites[1].residential)
        #expect(register.links.map(\.subject) == ["M1", "192.0.2.0/24"])
        let places = register.problems.map { "\($0.file):\($0.line):\($0.column)" }
        #expect(
            places == [
                "units.csv:4:code", "units.csv:5:parent", "units.csv:6:valid_from", "sites.csv:4:kind",
                "sites.csv:5:unit",
                "sites.csv:6:contracted_kw", "sites.csv:7:contracted_kw", "sites.csv:8:residential", "sites.csv:9:site",
                "sites.csv:10:", "links.csv:4:subject", "links.csv:5:subject", "links.csv:6:site", "links.csv:7:from",
                "links.csv:8:to", "links.csv:9:basis", "links.csv:10:kind",
            ])
        #expect(!register.problems.contains { $0.what.isEmpty || $0.remedy.isEmpty })
        #expect(register.problemCount == register.problems.count)
    }

    @Test func `missing columns and hostile text are problems, never a trap`() throws {
        let table = try provinces()
        for text in [
            "", "\n", "site", "\"", "\"\"\"", "site,name,kind,unit\n\"", ",,,\n,,,",
            "site,name,kind,unit\nS,\"a\"b,c,d",
        ] {
            let register = RegisterImport(
                units: nil, sites: RegisterFile(name: "s", text: text), links: RegisterFile(name: "l", text: text),
                provinces: table)
            #expect(register.sites.isEmpty)
            #expect(!register.problems.isEmpty)
        }
    }
}
