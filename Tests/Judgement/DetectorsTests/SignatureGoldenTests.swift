import Detectors
import Foundation
import LoadCurves
import Support
import Testing

/// The series of `Models/training/GOLDEN.md`, made here by its rule, against what the training program makes of them.
@Suite struct SignatureGoldenTests {
    private static let profile: [Int64] = [
        420, 400, 390, 385, 390, 430, 520, 680, 850, 960, 1000, 990, 940, 950, 970, 965, 930, 880, 800, 720, 640, 560,
        500,
        450,
    ]

    private struct Golden {
        var columns: [String: String]

        func whole(_ name: String) -> Int64 { Int64(columns[name] ?? "") ?? 0 }
        func real(_ name: String) -> Double { Double(columns[name] ?? "") ?? .nan }

        /// kW by hour; NaN where missing.
        func hours() -> [Double] {
            var dice = SplitMix(seed: UInt64(1000 + whole("series")))
            let noise = whole("noise")
            return (0..<(24 * whole("days"))).map { t in
                let a = (0..<4).reduce(Int64(0)) { sum, _ in sum + Int64(dice.next() % 1001) }
                let u = Int64(dice.next() % 1000)
                let (day, hour) = (t / 24, t % 24)
                var w = whole("level") * SignatureGoldenTests.profile[Int(hour)] / 1000
                if (whole("weekday") + day) % 7 >= 5 { w = w * whole("weekend") / 1000 }
                w += whole("drift") * day
                let after = t >= whole("from")
                var spread = noise
                if !after {
                    w = w * whole("before") / 1000
                    spread = noise * whole("before") / 1000
                }
                var running = after && t < whole("to") && (hour + 24 - whole("start")) % 24 < whole("length")
                if whole("on") > 0 {
                    running = running && (t - whole("from")) % (whole("on") + whole("off")) < whole("on")
                }
                if running {
                    let span = whole("span")
                    w += span > 0 ? whole("add") * min(span, t - whole("from")) / span : whole("add")
                }
                if after { w = w * whole("keep") / 1000 }
                w = w + spread * a / 1000 - 2 * spread
                if whole("quantum") > 1 { w = w / whole("quantum") * whole("quantum") }
                if u < whole("zero") { w = 0 }
                if (whole("gap_from")..<max(whole("gap_from"), whole("gap_to"))).contains(t) { return .nan }
                return u >= 1000 - whole("lost") ? .nan : Double(whole("sign") * w) / 1000
            }
        }
    }

    private func all() throws -> [Golden] {
        let path = Places.root.appendingPathComponent("Models/load-signature/2026-11/golden.csv")
        let lines = try String(contentsOf: path, encoding: .utf8).split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let names = try #require(lines.first)
        return lines.dropFirst().map {
            Golden(columns: Dictionary(zip(names, $0), uniquingKeysWith: { first, _ in first }))
        }
    }

    private func near(_ one: Double, _ other: Double) -> Bool {
        (one.isNaN && other.isNaN) || abs(one - other) <= 1e-9 * max(1, abs(other))
    }

    @Test func `features, scores, probabilities and kilowatts are those of the training program`() throws {
        let model = try LoadModels.load(from: Places.root.appendingPathComponent("Models/load/2026-11").path)
        let path = Places.root.appendingPathComponent("Models/load-signature/2026-11/model.json").path
        let signature = try SignatureModel.load(from: path)
        let series = try all()
        #expect(series.count == 20)
        for golden in series {
            let name = golden.columns["kind"] ?? ""
            let days = Int(golden.whole("days"))
            let weekday = Int(golden.whole("weekday")) + 1
            guard let facts = SignatureFacts.compute(hours: golden.hours(), firstWeekday: weekday) else {
                #expect(days < 14, "\(name)")
                #expect(golden.columns["score"] == "", "\(name)")
                continue
            }
            let classed = model.classed(facts, golden.columns["class"])
            for feature in SignatureFeature.allCases {
                let wanted = golden.real(feature.name)
                #expect(near(classed[feature], wanted), "\(name) \(feature.name) \(classed[feature]) \(wanted)")
            }
            let verdict = signature.weigh(classed)
            for (prior, column) in [(0.05, "p05"), (0.01, "p01")] {
                let odds = verdict.logLikelihoodRatio + log(prior / (1 - prior))
                #expect(near(1 / (1 + exp(-odds)), golden.real(column)), "\(name) \(column)")
            }
            #expect(near(facts.kilowatts, golden.real("kw")), "\(name)")
            #expect(Double(facts.onsetHour ?? -1) == golden.real("onset_hour"), "\(name)")
            if facts.kilowatts > 0 {
                let interval = signature.interval(kilowatts: facts.kilowatts, spread: facts.riseSpread)
                #expect(near(interval?.low ?? .nan, golden.real("kw_low")), "\(name)")
                #expect(near(interval?.high ?? .nan, golden.real("kw_high")), "\(name)")
            }
        }
    }
}
