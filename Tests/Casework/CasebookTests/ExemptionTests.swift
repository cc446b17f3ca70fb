import Casebook
import Foundation
import Testing
import Vocabulary

struct ExemptionTests {
    private let text = """
        豁免编号,场所,对象,类型,许可证号,负荷上限,申请人,审批人,生效日期,到期日期
        E1,S1,,数据中心,ZJ-1,100,甲公司,Mian Shen,2026-01-01,2026-12-31
        E2,S2,,cold-store,ZJ-2,500,乙公司,Mian Shen,2025/1/1,2026/9/30
        E3,,meter:M-S1,other,ZJ-3,50,丙公司,Mian Shen,2026-01-01,2030-12-31
        """

    private func read(_ text: String) -> ExemptionImport {
        ExemptionImport(Registers.file(text), known: Registers.known)
    }

    private func day(_ text: String) throws -> CalendarDate { try #require(CalendarDate(text)) }

    private func kilowatts(_ low: Double, _ high: Double) -> Estimate {
        Estimate(value: (low + high) / 2, low: low, high: high)
    }

    @Test func `an exemption covers, has expired, is exceeded or may be, and says which`() throws {
        let one = try #require(read(text).exemptions.first)
        func outcomes(_ day: String, _ load: Estimate?) throws -> [ExemptionCheck.Outcome] {
            ExemptionCheck(one, on: try self.day(day), measured: load).outcomes
        }
        #expect(try outcomes("2026-06-01", kilowatts(80, 100)) == [.covers])
        #expect(try outcomes("2026-12-31", kilowatts(80, 100)) == [.covers])
        #expect(try outcomes("2027-01-01", kilowatts(80, 100)) == [.expired])
        #expect(try outcomes("2025-12-31", kilowatts(80, 100)) == [.notYet])
        #expect(try outcomes("2026-06-01", kilowatts(101, 140)) == [.exceeded])
        #expect(try outcomes("2026-06-01", kilowatts(90, 140)) == [.mayExceed])
        #expect(try outcomes("2027-06-01", kilowatts(101, 140)) == [.expired, .exceeded])
        // Unknown is not within.
        #expect(try outcomes("2026-06-01", nil) == [.notMeasured])
        #expect(try outcomes("2027-06-01", nil) == [.expired, .notMeasured])
        for bad in [kilowatts(.nan, 1), kilowatts(1, .infinity), Estimate(value: 1, low: 5, high: 1)] {
            #expect(try outcomes("2026-06-01", bad) == [.notMeasured])
        }
    }

    @Test func `a load is an interval of readings, and too few readings are none`() {
        let start = World.now
        func load(_ values: [Float]) -> Estimate? {
            MeasuredLoad.of(LoadCurve(start: start, intervalSeconds: 900, kilowatts: values))
        }
        let ramp = load((1...100).map(Float.init))
        #expect(ramp?.low == 91 && ramp?.value == 96 && ramp?.high == 100)
        #expect(load([5]) == Estimate(value: 5, low: 5, high: 5, basis: ramp?.basis))
        #expect(load([]) == nil)
        #expect(load([.nan, .infinity]) == nil)
        #expect(load([1, 1, 1, .nan]) == nil)
        #expect(load([1, 1, 1, 1, .nan])?.high == 1)
        // A tenth of the readings above is exceeding, a single one is doubt.
        let exemption = read(text).exemptions[0]
        let today = CalendarDate(daysSince1970: 20_600)
        let spike = [Float](repeating: 50, count: 99) + [500]
        #expect(ExemptionCheck(exemption, on: today, measured: load(spike)).outcomes == [.mayExceed])
        let often = [Float](repeating: 50, count: 85) + [Float](repeating: 500, count: 15)
        #expect(ExemptionCheck(exemption, on: today, measured: load(often)).outcomes == [.exceeded])
    }

    @Test func `what has expired or is exceeded is offered for triage, and the machine moves nothing`() throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            try scene.go(to: "exempt")
            _ = try scene.writer.take(read(text), by: "op", now: scene.now)
            let reader = try CasebookReader.open(scene.store)
            let cases = try reader.cases()
            func work(_ on: String, within days: Int = 30, _ measured: [String: Estimate]? = nil) throws
                -> [ExemptionWork]
            {
                try reader.exemptionWork(
                    on: try day(on), within: days, measured: measured, lifecycle: CaseScene.rules.lifecycle)
            }
            #expect(try work("2026-06-01", ["S1": kilowatts(1, 2), "S2": kilowatts(1, 2)]).isEmpty)
            // Runs out in nineteen days: listed, with no step to take.
            let soon = try work("2026-09-11", ["S1": kilowatts(1, 2), "S2": kilowatts(1, 2)])
            #expect(soon.map(\.exemption.id) == ["E2"])
            #expect(soon.first?.daysLeft == 19 && soon.first?.step == nil)
            // Exceeded at the site whose case rests in `exempt`.
            let exceeded = try work("2026-06-01", ["S1": kilowatts(150, 160)])
            #expect(exceeded.map(\.exemption.id) == ["E1"])
            #expect(exceeded.first?.step == "T26" && exceeded.first?.caseID == scene.caseID)
            #expect(exceeded.first?.caseVersion == scene.version)
            let expired = try work("2027-02-01")
            #expect(expired.map(\.exemption.id) == ["E2", "E1"])
            #expect(expired.map(\.step) == [nil, "T26"])
            // An exemption for one meter is held against that meter only.
            let meter = try work("2026-06-01", ["meter:M-S1": kilowatts(51, 60), "S1": kilowatts(1, 2)])
            #expect(meter.map(\.exemption.id) == ["E3"] && meter.first?.check.outcomes == [.exceeded])
            // Renewed in time: the end of the first exemption is no ground any more, exceeding the second is.
            let second = text.split(separator: "\n")[0] + "\nE4,S1,,数据中心,ZJ-4,120,甲公司,Mian Shen,2027-01-01,2027-12-31\n"
            _ = try scene.writer.take(read(String(second)), by: "op", now: scene.now)
            #expect(try work("2027-02-01").map(\.exemption.id) == ["E2"])
            let all = try work("2027-02-01", within: 5000)
            #expect(
                all.map(\.exemption.id) == ["E2", "E1", "E4", "E3"]
                    && all.map(\.isRenewed) == [false, true, false, false])
            #expect(all.allSatisfy { $0.step == nil })
            #expect(try work("2027-02-01", ["S1": kilowatts(121, 130)]).map(\.step) == [nil, "T26", "T26"])
            #expect(try reader.cases() == cases)
            // A person takes the step with the terms of the register.
            let terms = try #require(exceeded.first?.exemption.terms(loadKilowatts: 155))
            #expect(terms.ceilingKilowatts == 100 && terms.site == "S1")
            var form = TransitionFields()
            form.exemption = terms
            form.exemption?.loadKilowatts = 155
            let back = try scene.take("T26", fields: form)
            #expect(back.state == "triaged")
        }
    }

    @Test func `bad rows are refused with their place, the same file changes nothing`() throws {
        let bad = read(
            """
            exemption,site,subject,kind,licence,ceiling_kw,applicant,approver,from,to
            E1,S1,,other,L,100,Wang Li,wang  LI,2026-01-01,2026-12-31
            E2,S9,,other,L,100,a,b,2026-01-01,2026-12-31
            E3,,,other,L,100,a,b,2026-01-01,2026-12-31
            E4,S1,,palace,L,100,a,b,2026-01-01,2026-12-31
            E5,S1,,other,,100,a,b,2026-01-01,2026-12-31
            E6,S1,,other,L,0x10,a,b,2026-01-01,2026-12-31
            E7,S1,,other,L,0,a,b,2026-01-01,2026-12-31
            E8,S1,,other,L,1,a,b,2026-12-31,2026-01-01
            E9,S1,,other,L,1,a,b,2026-12-31,
            E10,,address:1,other,L,1,a,b,2026-01-01,2026-12-31
            E11,S1,,other,L,1,a,b,2026-01-01,2026-12-31
            E11,S1,,other,L,1,a,b,2026-01-01,2026-12-31
            E11,S1,,other,L,2,a,b,2026-01-01,2026-12-31
            """)
        #expect(
            Registers.places(bad.report) == [
                "2:approver", "3:site", "4:site", "5:kind", "6:licence", "7:ceiling_kw", "8:ceiling_kw", "9:to",
                "10:to", "11:subject", "14:exemption",
            ])
        #expect(bad.report.counts.addUp && bad.report.counts.taken == 1 && bad.report.counts.repeated == 1)
        try World.with { (path: String) throws in
            let writer = try World.fill(path)
            #expect(try writer.take(read(text), by: "op", now: World.now).changed == 3)
            let digest = try CasebookReader.open(path).logicalDigest()
            #expect(try writer.take(read(text), by: "op", now: World.now).revision == nil)
            #expect(try CasebookReader.open(path).logicalDigest() == digest)
            // A file with refused rows is never taken for the whole register.
            #expect(try writer.take(bad, complete: true, by: "op", now: World.now).changed == 1)
            #expect(try CasebookReader.open(path).exemptions().count == 4)
            #expect(try writer.take(read(text), complete: true, by: "op", now: World.now).changed == 1)
            #expect(try CasebookReader.open(path).exemptions().map(\.id) == ["E1", "E2", "E3"])
            try writer.close()
        }
    }
}
