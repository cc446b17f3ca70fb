import Detectors
import Foundation
import Meters
import Testing
import Vocabulary

@Suite struct SignatureJudgeTests {
    private func office(_ seed: UInt64, days: Int = 120, added: Double = 60) -> MeterSeries {
        var scene = Scene(seed: seed)
        return scene.series(days: days, interval: 3600) { day, hour, scene in
            let open = (8..<18).contains(hour) && day % 7 < 5 ? 60.0 : 22
            return open * (1 + 0.04 * scene.noise()) + (day * 24 + Int(hour) >= 70 * 24 + 15 ? added : 0)
        }
    }

    @Test func `a farm behind an office is found with its hour, power and grounds`() throws {
        let judge = LoadJudge(model: try Scene.model())
        let result = judge.analyse(office(1), category: "office", timezoneOffset: Scene.china)
        #expect((result.probability ?? 0) > 0.5)
        #expect(result.model.contains("signature/"))
        #expect(result.onset == CalendarDate("2026-03-02").map { CalendarDate(daysSince1970: $0.daysSince1970 + 70) })
        let kilowatts = try #require(result.miningKW)
        #expect(kilowatts.low < 60 && 60 < kilowatts.high && abs(kilowatts.value - 60) < 3)
        #expect(result.reasons.contains { ($0.logOdds ?? 0) > 0.3 })
        #expect(!result.against.contains { $0.id == "class-unknown" })
        let quiet = judge.analyse(office(1, added: 0), category: "office", timezoneOffset: Scene.china)
        #expect((quiet.probability ?? 1) < 0.05)
    }

    @Test func `an unknown class is scored and said`() throws {
        let judge = LoadJudge(model: try Scene.model())
        let result = judge.analyse(office(2), category: nil, timezoneOffset: Scene.china)
        #expect(result.probability != nil)
        #expect(result.against.contains { $0.id == "class-unknown" })
    }

    @Test func `weights of grounds are given once and stay below the sum of the parts`() throws {
        let model = try Scene.model()
        let signature = try #require(model.signature)
        let judge = LoadJudge(model: model)
        for seed in 1...4 {
            let result = judge.analyse(office(UInt64(seed)), category: "office", timezoneOffset: Scene.china)
            let spoken = (result.reasons + result.against).compactMap(\.logOdds)
            #expect(Set(spoken).count == spoken.count)
            #expect(result.reasons.allSatisfy { ($0.logOdds ?? 1) > 0 })
            #expect(result.against.allSatisfy { ($0.logOdds ?? -1) < 0 })
            // Parts under 0.3 go unsaid; the rest and the ground make the ratio.
            let ground = signature.logLikelihoodRatio(score: signature.trees.mean)
            let silent = 0.3 * 12
            #expect(abs(ground + spoken.reduce(0, +) - result.logLikelihoodRatio) < silent)
        }
    }

    @Test func `a judge that was taught the classes weighs them, one that was not takes the discount`() throws {
        let text = """
            {"version": "t", "features": ["class_place", "class_often_flat"],
             "calibration": {"slope": 2, "offset": 1, "least": -8, "most": 8},
             "kilowatts": {"scale_floor": 0.04, "quantile": 3},
             "trees": [{"feature": [1, -1, -1], "threshold": [0.5, 0, 0], "left": [1, 0, 0], "right": [2, 0, 0],
                        "value": [0, 1.5, -1], "missing": [1, 0, 0], "cover": [0, 1, 1]}]}
            """
        var model = try Scene.model()
        model.signature = try SignatureModel.decode(Data(text.utf8), place: "test")
        func ratio(_ category: String?) -> LoadAnalysis {
            LoadJudge(model: model).analyse(office(4), category: category, timezoneOffset: Scene.china)
        }
        #expect(ratio("office").logLikelihoodRatio == 4)
        #expect(ratio(nil).logLikelihoodRatio == 4 && ratio("never heard of").logLikelihoodRatio == 4)
        let flat = ratio("Data-Centre")
        #expect(flat.logLikelihoodRatio == -1)
        #expect(flat.against.first?.id == "category-often-flat" && flat.against.first?.logOdds == -2.5)
        let named = text.replacing("class_often_flat", with: "flatness").replacing("0.5,", with: "2,")
        model.signature = try SignatureModel.decode(Data(named.utf8), place: "test")
        #expect(ratio("office").logLikelihoodRatio == 4)
        #expect(ratio("data-centre").logLikelihoodRatio == 4 - model.step.oftenFlatDiscount)
        #expect(ratio("data-centre").against.count { $0.id == "category-often-flat" } == 1)
    }

    @Test func `a flatness has its place among the customers of a class`() throws {
        var row = try #require(try Scene.rules().classes.first)
        (row.flatness50, row.flatness90, row.flatness99) = (0.4, 0.8, 0.9)
        for (flatness, place) in [
            (-1.0, 0.0), (0, 0), (0.2, 0.25), (0.4, 0.5), (0.6, 0.7), (0.8, 0.9), (0.9, 0.99), (1, 1), (7, 1),
        ] {
            #expect(abs(row.place(of: flatness) - place) < 1e-12)
        }
        #expect(row.place(of: .nan).isNaN)
    }

    @Test func `who the meter is changes nothing`() throws {
        let judge = LoadJudge(model: try Scene.model())
        var meter = office(3)
        let first = judge.analyse(meter, category: "office", timezoneOffset: Scene.china)
        meter.meter = "another"
        let second = judge.analyse(meter, category: "office", timezoneOffset: Scene.china)
        #expect(first.logLikelihoodRatio == second.logLikelihoodRatio)
        #expect(first.reasons == second.reasons)
    }

    @Test func `rounding to three digits or another unit moves little`() throws {
        let judge = LoadJudge(model: try Scene.model())
        for seed in 5...8 {
            let meter = office(UInt64(seed), added: 15)
            let asked = judge.analyse(meter, category: "office", timezoneOffset: Scene.china).logLikelihoodRatio
            var rounded = meter
            rounded.kilowatts = meter.kilowatts.map { value in
                let unit = pow(10, floor(log10(max(1e-6, value))) - 2)
                return (value / unit).rounded() * unit
            }
            var scaled = meter
            scaled.kilowatts = meter.kilowatts.map { $0 * 1.37 }
            for other in [rounded, scaled] {
                let said = judge.analyse(other, category: "office", timezoneOffset: Scene.china).logLikelihoodRatio
                #expect(abs(said - asked) < 1, "\(asked) \(said)")
            }
        }
    }

    @Test func `a short window is judged by the rules`() throws {
        let meter = office(9, days: 13)
        let model = try Scene.model()
        let all = LoadJudge(model: model).analyse(meter, category: "office", timezoneOffset: Scene.china)
        let ruled = LoadJudge(model: try Scene.rules()).analyse(meter, category: "office", timezoneOffset: Scene.china)
        #expect(all.logLikelihoodRatio == ruled.logLikelihoodRatio)
        #expect(all.reasons == ruled.reasons && all.against == ruled.against)
    }

    @Test func `odd readings are silenced as before`() throws {
        let judge = LoadJudge(model: try Scene.model())
        let jump = MeterSeries(
            meter: "Q", start: Instant(seconds: 0), intervalSeconds: 3600,
            kilowatts: (0..<2400).map { $0 < 1200 ? 1 : 42 })
        let result = judge.analyse(jump, category: "office", timezoneOffset: 0)
        #expect(result.flags.contains("stuck") && result.band == .low && result.reasons.isEmpty)
        let wild = MeterSeries(
            meter: "Q", start: Instant(seconds: 0), intervalSeconds: 3600,
            kilowatts: (0..<2400).map { [-4e6, 4e6, .nan, .infinity, 0][$0 % 5] })
        _ = judge.analyse(wild, category: "office", timezoneOffset: 0)
    }

    @Test func `a broken judge beside good parameters is an error, a missing one is not`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("models-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let own = folder.appendingPathComponent("load/v")
        try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
        try JSONEncoder().encode(try Scene.model()).write(to: own.appendingPathComponent("parameters.json"))
        #expect(try LoadModels.load(from: own.path).signature == nil)
        var bare = try Scene.rules()
        bare.lookalikes = nil
        #expect(try LoadModels.load(from: own.path + "/") == bare)
        let beside = folder.appendingPathComponent("load-signature/v")
        try FileManager.default.createDirectory(at: beside, withIntermediateDirectories: true)
        try Data("{}".utf8).write(to: beside.appendingPathComponent("model.json"))
        #expect(throws: ModelError.self) { try LoadModels.load(from: own.path) }
    }
}
