import Detectors
import Meters
import Testing
import Vocabulary

@Suite struct FeederBalanceDetectorTests {
    /// Ten meters and a head with 3 % loss; from day 30 `taken` kW leave the head before any meter.
    private func feeder(taken: Double, gaps: Bool = false) -> (head: MeterSeries, meters: [MeterSeries]) {
        var scene = Scene(seed: 5)
        var meters: [MeterSeries] = []
        var sum = [Double](repeating: 0, count: 60 * 24)
        for number in 0..<10 {
            var meter = scene.series(interval: 3600) { _, hour, scene in
                (8..<20).contains(hour) ? 20 + 4 * scene.noise() : 6 + scene.noise()
            }
            meter.meter = "S\(number)"
            for index in sum.indices { sum[index] += Double(meter.kilowatts[index]) }
            if gaps { for index in 200..<300 { meter.kilowatts[index] = .nan } }
            meters.append(meter)
        }
        var index = 0
        var head = scene.series(interval: 3600) { day, _, scene in
            defer { index += 1 }
            return sum[index] * 1.03 * (1 + 0.004 * scene.noise()) + (day >= 30 ? taken : 0)
        }
        head.meter = "F1"
        return (head, meters)
    }

    @Test func `load taken before the meters shows as a step of the loss`() throws {
        let detector = FeederBalanceDetector(model: try Scene.model())
        let (head, meters) = feeder(taken: 25)
        let result = detector.analyse(feeder: "F1", head: head, meters: meters, timezoneOffset: Scene.china)
        #expect((result.probability ?? 0) > 0.5)
        #expect(result.onset == CalendarDate("2026-04-01"))
        #expect(abs((result.unbilledKW?.value ?? 0) - 25) < 2)
        #expect(result.candidates.count == 10)
        #expect(abs(result.candidates.reduce(0) { $0 + $1.weight } - 1) < 1e-9)
        #expect(result.finding.subject == .feeder("F1"))
    }

    @Test(arguments: [false, true])
    func `an honest feeder stays low, with gaps too`(_ gaps: Bool) throws {
        let detector = FeederBalanceDetector(model: try Scene.model())
        let (head, meters) = feeder(taken: 0, gaps: gaps)
        let result = detector.analyse(feeder: "F1", head: head, meters: meters, timezoneOffset: Scene.china)
        #expect((result.probability ?? 1) < 0.2)
        #expect(result.onset == nil && result.unbilledKW == nil && result.candidates.isEmpty)
    }

    @Test func `without meters or with a short head there is no number`() throws {
        let detector = FeederBalanceDetector(model: try Scene.model())
        let (head, meters) = feeder(taken: 0)
        #expect(detector.analyse(feeder: "F", head: head, meters: [], timezoneOffset: 0).probability == nil)
        var short = head
        short.kilowatts = Array(head.kilowatts.prefix(100))
        #expect(detector.analyse(feeder: "F", head: short, meters: meters, timezoneOffset: 0).probability == nil)
        var far = meters
        for index in far.indices { far[index].start = Instant(nanoseconds: .max) }
        _ = detector.analyse(feeder: "F", head: head, meters: far, timezoneOffset: 0)
    }
}
