import Detectors
import Foundation
import LoadCurves
import Support
import Testing

@Suite struct SignatureModelTests {
    private let path = Places.root.appendingPathComponent("Models/load-signature/2026-11/model.json").path

    @Test func `the installed model is read beside the parameters`() throws {
        let model = try Scene.model()
        let signature = try #require(model.signature)
        #expect(signature.trees.treeCount >= 100)
        #expect(signature.reads.count >= 50)
        #expect(model.name == "load/2026-11+signature/\(signature.version)")
    }

    @Test func `groups and ground make the ratio`() throws {
        let signature = try SignatureModel.load(from: path)
        var scene = Scene(seed: 5)
        let meter = scene.series(days: 120, interval: 3600) { day, hour, scene in
            30 + 10 * sin(hour / 24 * 2 * .pi) + scene.noise() + (day >= 70 ? 40 : 0)
        }
        let grid = try #require(HourlyGrid(meter, timezoneOffset: Scene.china))
        let facts = try #require(SignatureFacts.compute(grid))
        let verdict = signature.weigh(facts)
        let sum = verdict.ground + verdict.groups.values.reduce(0, +)
        #expect(abs(min(8, max(-8, sum)) - verdict.logLikelihoodRatio) < 1e-9)
        #expect(facts.onsetHour == 70 * 24)
        #expect(abs(facts.kilowatts - 40) < 1)
        let interval = try #require(signature.interval(kilowatts: facts.kilowatts, spread: facts.riseSpread))
        #expect(interval.low < 40 && 40 < interval.high)
        for odd in [0.0, -3, .nan, .infinity] {
            #expect(signature.interval(kilowatts: odd, spread: 1) == nil)
            #expect(signature.interval(kilowatts: 1, spread: odd).map { $0.high.isFinite } ?? true)
        }
        #expect(try #require(signature.interval(kilowatts: 1e-300, spread: 1e9)).high.isFinite)
    }

    @Test func `a model file that is missing, cut, odd or hostile is refused by kind`() throws {
        #expect { try SignatureModel.load(from: "/nowhere/model.json") } throws: {
            ($0 as? ModelError)?.kind == .missing
        }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        func refuse(_ kind: ModelError.Kind, _ text: String, _ name: String) {
            #expect("\(name)") {
                try SignatureModel.decode(Data(text.utf8), place: name)
            } throws: {
                ($0 as? ModelError)?.kind == kind
            }
        }
        refuse(.malformed, "", "empty")
        refuse(.malformed, String(text.prefix(5000)), "cut")
        refuse(.malformed, String(repeating: "[", count: 100_000), "deep")
        refuse(.malformed, text.replacing("\"log_mean\"", with: "\"log_mode\"", maxReplacements: 1), "name")
        refuse(.malformed, text.replacing("\"log_mean\"", with: "\"flatness\"", maxReplacements: 1), "twice")
        refuse(.outOfRange, text.replacing("\"slope\":", with: "\"slope\":-", maxReplacements: 1), "slope")
        refuse(.outOfRange, text.replacing("\"feature\":[", with: "\"feature\":[9", maxReplacements: 1), "column")
        refuse(.outOfRange, text.replacing("\"left\":[1", with: "\"left\":[0", maxReplacements: 1), "loop")
        refuse(.malformed, text.replacing("\"value\":[", with: "\"value\":[0,", maxReplacements: 1), "sizes")
        refuse(.outOfRange, text.replacing("\"quantile\":", with: "\"quantile\":99", maxReplacements: 1), "quantile")
    }

    @Test func `a file of any length is not swallowed`() throws {
        let folder = try Places.scratch("model")
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("model.json")
        try Data(repeating: 0x20, count: SignatureModel.maximumBytes + 10).write(to: file)
        #expect { try SignatureModel.load(from: file.path) } throws: { ($0 as? ModelError)?.kind == .tooLarge }
        #expect(throws: ModelError.self) { try SignatureModel.load(from: folder.path) }
    }
}
