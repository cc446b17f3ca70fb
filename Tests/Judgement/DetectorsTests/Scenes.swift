import Detectors
import Foundation
import Meters
import Vocabulary

/// Loads made by rule, with a fixed generator, so that every run sees the same readings.
struct Scene {
    var state: UInt64

    init(seed: UInt64) { state = seed &* 2_654_435_761 &+ 12345 }

    /// Uniform in 0 ..< 1.
    mutating func dice() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 40) / Double(1 << 24)
    }

    /// Around 0 with a standard deviation of about 1.
    mutating func noise() -> Double { (0..<12).reduce(-6) { sum, _ in sum + dice() } }

    /// 96 points a day unless told otherwise; `load(day, hour, self)` gives kW.
    mutating func series(
        days: Int = 60, interval: Int = 900, _ load: (Int, Double, inout Scene) -> Double
    ) -> MeterSeries {
        let perDay = 86_400 / interval
        var values: [Float] = []
        for index in 0..<(days * perDay) {
            let value = load(index / perDay, Double(index % perDay) * Double(interval) / 3600, &self)
            values.append(Float((max(0, value) * 1000).rounded() / 1000))
        }
        // 2026-03-02, a Monday, 00:00 in China.
        return MeterSeries(
            meter: "S1", start: Instant(seconds: 1_772_380_800), intervalSeconds: interval, kilowatts: values)
    }

    static let china = 8 * 3600

    static func model() throws -> LoadModel {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try LoadModels.load(from: root.appendingPathComponent("Models/load/2026-11").path)
    }

    /// The same without the trained judge.
    static func rules() throws -> LoadModel {
        var model = try model()
        model.signature = nil
        return model
    }
}
