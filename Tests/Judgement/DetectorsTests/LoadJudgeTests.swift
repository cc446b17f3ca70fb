import Detectors
import Foundation
import Meters
import Testing
import Vocabulary

@Suite struct LoadJudgeTests {
    private func judge() throws -> LoadJudge { LoadJudge(model: try Scene.model()) }

    @Test(arguments: [UInt64(1), 2, 3])
    func `a farm behind a charging station is high`(_ seed: UInt64) throws {
        var scene = Scene(seed: seed)
        let meter = scene.series { day, hour, scene in
            let busy = (18..<23).contains(hour) ? 0.5 : (7..<18).contains(hour) ? 0.25 : 0.04
            let cars = scene.dice() < busy ? 30 + 30 * scene.dice() : 0
            return 1.5 + cars + (day >= 28 ? 90 * (1 + 0.01 * scene.noise()) : 0)
        }
        let result = try judge().analyse(meter, category: "ev-charging", timezoneOffset: Scene.china)
        #expect(result.band == .high, "\(result.probability ?? -1) \(result.against.map(\.id))")
        #expect(result.onset == CalendarDate("2026-03-30"))
        let kilowatts = try #require(result.miningKW)
        #expect(abs(kilowatts.value - 90) < 14)
        #expect(kilowatts.low <= 90 && 90 <= kilowatts.high)
        #expect((result.machinesLow ?? 99) <= 28 && (result.machinesHigh ?? 0) >= 28)
        #expect(result.reasons.contains { $0.id == "night-minimum-step" })
        #expect((result.reasons.first?.logOdds ?? 0) > 0)
        let ruled = LoadJudge(model: try Scene.rules())
            .analyse(meter, category: "ev-charging", timezoneOffset: Scene.china)
        #expect(ruled.band == .high && ruled.reasons.first?.id == "night-minimum-step")
    }

    @Test(arguments: [UInt64(4), 5, 6])
    func `a farm in a rented factory is high`(_ seed: UInt64) throws {
        var scene = Scene(seed: seed)
        let meter = scene.series(days: 150, interval: 3600) { day, hour, scene in
            let shop = (8..<18).contains(hour) && day % 7 < 5 ? 34.0 : 18
            return shop + 1.5 * scene.noise() + (day >= 80 ? 285 * (1 + 0.012 * scene.noise()) : 0)
        }
        let result = try judge().analyse(meter, category: "general-commercial", timezoneOffset: Scene.china)
        #expect(result.band == .high, "\(result.probability ?? -1)")
        #expect(result.signature == "base-step")
        #expect(abs((result.miningKW?.value ?? 0) - 285) < 10)
        #expect(result.against.contains { $0.id == "vacancy-end" || $0.id == "commissioning" })
    }

    @Test func `the same from an empty connection is shown with the other explanation`() throws {
        var scene = Scene(seed: 8)
        let meter = scene.series(days: 150, interval: 3600) { day, _, scene in
            0.2 + 0.02 * scene.noise() + (day >= 80 ? 285 * (1 + 0.012 * scene.noise()) : 0)
        }
        let result = try judge().analyse(meter, category: "general-commercial", timezoneOffset: Scene.china)
        #expect(result.against.contains { $0.id == "commissioning" })
        #expect((result.probability ?? 0) >= 0.5)
        let ruled = LoadJudge(model: try Scene.rules())
            .analyse(meter, category: "general-commercial", timezoneOffset: Scene.china)
        #expect(ruled.against.contains { $0.id == "commissioning" && ($0.logOdds ?? 0) < 0 })
        #expect((ruled.probability ?? 0) >= 0.5)
    }

    @Test func `a small farm in a flat shows a few machines`() throws {
        var scene = Scene(seed: 9)
        let meter = scene.series { day, hour, scene in
            let home = (18..<23).contains(hour) ? 1.5 : 0.3
            return home * (0.7 + 0.6 * scene.dice()) + (day >= 30 ? 14.6 * (1 + 0.01 * scene.noise()) : 0)
        }
        let result = try judge().analyse(meter, category: "residential", timezoneOffset: Scene.china)
        #expect((result.probability ?? 0) > 0.5)
        #expect(result.machinesLow == 3 || result.machinesLow == 4)
    }

    static let lawful: [(String, @Sendable (Int, Double, inout Scene) -> Double)] = [
        (
            "data-centre",
            { day, hour, scene in
                380 + 0.6 * Double(day) + 12 * sin((hour - 9) / 24 * 2 * .pi) + 4 * scene.noise()
            }
        ),
        (
            "cold-store",
            { day, hour, scene in
                let cycle = Int(hour * 2 + Double(day) * 1.3) % 5 < 3 ? 70.0 : 25
                return cycle + (Int(hour) % 6 == 0 ? 15 : 0) + 0.3 * Double(day) + 3 * scene.noise()
            }
        ),
        (
            "ev-charging",
            { _, hour, scene in
                1.5 + (scene.dice() < ((17..<23).contains(hour) ? 0.6 : 0.2) ? 20 + 40 * scene.dice() : 0)
            }
        ),
        ("base-station", { _, hour, scene in 3.2 + 0.4 * sin((hour - 14) / 24 * 2 * .pi) + 0.05 * scene.noise() }),
        (
            "greenhouse",
            { day, hour, scene in
                ((4..<20).contains(hour) && day % 30 != 17 ? 150.0 : 12) + 2 * scene.noise()
            }
        ),
        (
            "general-commercial",
            { day, hour, scene in
                (day % 7 < 6 && (9..<21).contains(hour) ? 45.0 : 9) * (1 + 0.05 * scene.noise()) + 0.05 * Double(day)
            }
        ),
    ]

    @Test(arguments: 0..<6)
    func `a lawful load stays low`(_ index: Int) throws {
        let (category, load) = Self.lawful[index]
        for seed in 1...5 {
            var scene = Scene(seed: UInt64(seed * 17 + index))
            let result = try judge().analyse(scene.series(load), category: category, timezoneOffset: Scene.china)
            #expect(result.band == .low, "\(category) \(result.probability ?? -1) \(result.reasons.map(\.id))")
            #expect((result.probability ?? 1) < 0.2, "\(category)")
        }
    }

    @Test func `in a lawfully flat class flatness says nothing and a step counts less`() throws {
        var scene = Scene(seed: 3)
        let flat = scene.series { _, _, scene in 200 + scene.noise() }
        let data = try judge().analyse(flat, category: "data-centre", timezoneOffset: Scene.china)
        #expect(data.against.contains { $0.id == "category-often-flat" && $0.text == "data-centre" })
        #expect(data.band == .low)
        let shop = try judge().analyse(flat, category: "general-commercial", timezoneOffset: Scene.china)
        #expect((shop.probability ?? 0) > (data.probability ?? 1))
        #expect(shop.signature == "sustained-flat")
        let stepped = scene.series { day, _, scene in 200 + scene.noise() + (day >= 30 ? 150 : 0) }
        let inData = try judge().analyse(stepped, category: "data-centre", timezoneOffset: Scene.china)
        let inShop = try judge().analyse(stepped, category: "general-commercial", timezoneOffset: Scene.china)
        #expect((inData.probability ?? 1) < (inShop.probability ?? 0))
        #expect((inData.probability ?? 0) > (data.probability ?? 1))
        #expect(inData.against.contains { $0.id == "category-often-flat" })
    }

    @Test func `stuck, empty and thin meters are flagged and never accused`() throws {
        let judge = try judge()
        func one(_ values: [Float]) -> LoadAnalysis {
            judge.analyse(
                MeterSeries(meter: "Q", start: Instant(seconds: 0), intervalSeconds: 3600, kilowatts: values),
                category: "office", timezoneOffset: 0)
        }
        let stuck = one([Float](repeating: 42, count: 1440))
        #expect(stuck.flags.contains("stuck") && stuck.band == .low)
        let jump = one((0..<1440).map { $0 < 700 ? 1 : 42 })
        #expect(jump.flags.contains("stuck") && jump.band == .low)
        let vacant = one((0..<1440).map { 0.02 + Float($0 % 5) * 0.001 })
        #expect(vacant.flags.contains("vacant") && vacant.band == .low)
        let thin = one((0..<1440).map { $0 % 10 == 0 ? 5 : .nan })
        #expect(thin.probability == nil && thin.band == nil && thin.flags == ["too-little-data"])
        let none = one([])
        #expect(none.probability == nil && none.signature == "none")
        let wild = one((0..<1440).map { [Float.infinity, -1e9, 3, .nan][$0 % 4] })
        #expect(wild.probability == nil)
    }

    @Test func `the prior moves the probability and not the ratio`() throws {
        var scene = Scene(seed: 12)
        let meter = scene.series { day, _, scene in 20 + scene.noise() + (day >= 30 ? 30 : 0) }
        let model = try Scene.model()
        let low = LoadJudge(model: model, prior: 0.001).analyse(meter, category: "office", timezoneOffset: 0)
        let high = LoadJudge(model: model, prior: 0.2).analyse(meter, category: "office", timezoneOffset: 0)
        #expect(low.logLikelihoodRatio == high.logLikelihoodRatio)
        #expect((low.probability ?? 1) < (high.probability ?? 0))
        for odd in [Double.nan, -1, 0, 1, 7, .infinity] {
            let p = LoadJudge(model: model, prior: odd).analyse(meter, category: nil, timezoneOffset: 0).probability
            #expect(p.map { $0 > 0 && $0 < 1 } ?? false)
        }
        #expect(low.finding.id == high.finding.id)
        #expect(low.finding.modality == .grid && low.finding.grid?.onset == low.onset)
    }

    @Test func `a model that is missing or broken is named`() throws {
        #expect(throws: ModelError.self) { try LoadModels.load(from: "/nowhere/at/all") }
        let place = FileManager.default.temporaryDirectory.appendingPathComponent("model-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        for text in ["", "{", "{}", "[1,2]"] {
            try Data(text.utf8).write(to: place.appendingPathComponent("parameters.json"))
            #expect { try LoadModels.load(from: place.path) } throws: { ($0 as? ModelError)?.kind == .malformed }
        }
    }

    @Test func `a week copied over another is told, and ordinary weeks are not`() throws {
        var scene = Scene(seed: 21)
        var meter = scene.series(days: 60, interval: 900) { _, hour, scene in
            20 + 8 * sin(hour / 24 * 2 * .pi) + scene.noise()
        }
        let judge = LoadJudge(model: try Scene.model())
        let honest = judge.analyse(meter, category: nil, timezoneOffset: Scene.china)
        #expect(!honest.flags.contains("copied-window"))
        let day = 96
        meter.kilowatts.replaceSubrange((30 * day)..<(37 * day), with: meter.kilowatts[(9 * day)..<(16 * day)])
        let copied = judge.analyse(meter, category: nil, timezoneOffset: Scene.china)
        #expect(copied.flags.contains("copied-window"))
        let reason = try #require(copied.against.first { $0.id == "copied-window" })
        #expect(reason.value == 7 && reason.reference == 21)
        // A stuck meter repeats itself too, and is told as stuck.
        let stuck = scene.series(days: 60, interval: 900) { _, _, _ in 5 }
        #expect(!judge.analyse(stuck, category: nil, timezoneOffset: Scene.china).flags.contains("copied-window"))
    }
}
