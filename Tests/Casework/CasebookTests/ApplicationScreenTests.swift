import Casebook
import Foundation
import Support
import Testing
import Vocabulary

struct ApplicationScreenTests {
    private let path = Places.root.appendingPathComponent("Models/application-screen/2026-11/rules.json").path

    private func screen() throws -> ApplicationScreen {
        try ApplicationScreen.load(path, names: try NameScreenTests.screen())
    }

    private let text = """
        申请编号,受理日期,申请人,统一社会信用代码,场所,项目名称,单位代码,场所类型,申请容量,负荷率,谷段用电,供电方式,电价,用途
        A1,2026-11-02,甲冷链,,,冷库二期,330110,冷库,1500,0.92,否,公网,0.62,冷藏
        A2,2026-11-03,乙养殖,91330100MA2700001X,S1,养殖场,330110,养殖场,6000,0.97,是,小水电,0.25,稳定币机房
        A3,2026-11-03,丙某,,,,330110,住宅,8,,,,,
        A4,2026-11-04,丁某,,,,330111,住宅,8,0.3,否,公网,0.55,
        A5,2026-11-04,戊数据,,,,330110,数据中心,20000,0.95,否,公网,0.6,
        """

    private func read(_ text: String) -> ApplicationImport {
        ApplicationImport(Registers.file(text), known: Registers.known, key: Registers.key)
    }

    @Test func `a file of applications gives an order of visit with reasons`() throws {
        let file = read(text)
        #expect(file.report.problems.isEmpty && file.applications.count == 5)
        let order = try screen().order(file.applications, seen: [:])
        #expect(order.map(\.application.id) == ["A2", "A5", "A1", "A3", "A4"])
        #expect(
            order[0].reasons.map(\.id) == [
                "capacity", "capacity-for-kind", "steady-load", "valley-only", "cheap-supply", "cheap-price",
                "name-term",
            ])
        #expect(order[0].score == 95)
        #expect(order[0].reasons.first { $0.id == "name-term" }?.text == "稳定币")
        #expect(order.allSatisfy { one in one.score == one.reasons.reduce(0) { $0 + $1.points } })
        // An ordinary cold store and an ordinary hall are steady by nature: only their size counts.
        #expect(order[2].reasons.map(\.id) == ["capacity"] && order[2].score == 10)
        #expect(order[1].reasons.map(\.id) == ["capacity"])
        // What is not said is neither for nor against.
        #expect(order[3].score == 0 && order[4].score == 0)
        #expect(order[3].unknown == ["steady-load", "valley-only", "cheap-supply", "cheap-price", "party-seen"])
        #expect(order[4].unknown == ["party-seen"])
    }

    @Test func `a party is known from confirmed cases, not from open or excluded ones`() throws {
        for (state, found) in [("confirmed", true), ("detected", false), ("excluded", false)] {
            try CaseScene.with { (scene: inout CaseScene) throws in
                try scene.go(to: state)
                let parties = PartyImport(
                    Registers.file(
                        """
                        party,name,kind,register_no,site,role,basis
                        P1,乙养殖,company,91330100ma2700001x,S1,operator,licence
                        """), known: Registers.known, key: Registers.key)
                _ = try scene.writer.take(parties, by: "op", now: scene.now)
                _ = try scene.writer.take(read(text), by: "op", now: scene.now)
                let reader = try CasebookReader.open(scene.store)
                let second = try #require(
                    try reader.screenedApplications(by: screen()).first { $0.application.id == "A2" })
                #expect(second.cases == (found ? [scene.caseID] : []))
                #expect(second.reasons.contains { $0.id == "party-seen" } == found)
                #expect(try reader.cases().first { $0.id == scene.caseID }?.state == state)
            }
        }
    }

    @Test func `bad rows are refused with their place, the same file changes nothing`() throws {
        let bad = read(
            """
            application,received,applicant,site,unit,site_kind,kw,steady_share,valley_only,supply,yuan_per_kwh
            A1,2026-11-02,a,,999999,factory,10,,,,
            A2,2026-11-02,a,S9,330110,factory,10,,,,
            A3,2026-11-02,a,,330110,castle,10,,,,
            A4,2026-11-02,a,,330110,factory,-1,,,,
            A5,2026-11-02,a,,330110,factory,10,1.5,,,
            A6,2026-11-02,a,,330110,factory,10,,maybe,,
            A7,2026-11-02,a,,330110,factory,10,,,steam,
            A8,2026-11-02,a,,330110,factory,10,,,,free
            A9,,a,,330110,factory,10,,,,
            A10,2026-11-02,,,330110,factory,10,,,,
            A11,2026-11-02,a,,330110,factory,99999999,,,,
            A12,2026-11-02,a,,330110,factory,10,,,,
            A12,2026-11-02,a,,330110,factory,10,,,,
            A12,2026-11-02,b,,330110,factory,10,,,,
            """)
        #expect(
            Registers.places(bad.report) == [
                "2:unit", "3:site", "4:site_kind", "5:kw", "6:steady_share", "7:valley_only", "8:supply",
                "9:yuan_per_kwh", "10:received", "11:applicant", "12:kw", "15:application",
            ])
        #expect(bad.report.counts.addUp && bad.report.counts.repeated == 1)
        try World.with { (path: String) throws in
            let writer = try World.fill(path)
            #expect(try writer.take(read(text), by: "op", now: World.now).changed == 5)
            let digest = try CasebookReader.open(path).logicalDigest()
            #expect(try writer.take(read(text), by: "op", now: World.now).revision == nil)
            #expect(try CasebookReader.open(path).logicalDigest() == digest)
            try writer.close()
        }
    }

    @Test func `rules with a number that is none, or an unknown word, are refused`() throws {
        let good = try screen().rules
        func refused(_ change: (inout ApplicationScreen.Rules) -> Void) -> Bool {
            var rules = good
            change(&rules)
            return (try? ApplicationScreen(rules: rules, names: nil)) == nil
        }
        #expect(!refused { _ in })
        #expect(refused { $0.points.steady = .nan })
        #expect(refused { $0.points.nameTerm = -1 })
        #expect(refused { $0.largeKilowatts = 0 })
        #expect(refused { $0.usualKilowatts["castle"] = 5 })
        #expect(refused { $0.cheapSupplies = ["steam"] })
        #expect(refused { $0.format = 2 })
        #expect(throws: ApplicationScreen.Failure.self) { try ApplicationScreen.load("/nonexistent", names: nil) }
    }
}
