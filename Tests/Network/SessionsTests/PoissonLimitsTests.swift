import Sessions
import Testing

struct PoissonLimitsTests {
    /// Factors of the count to two decimals, from the published tables of exact limits.
    @Test(arguments: [(1, 0.03, 5.57), (16, 0.57, 1.62), (100, 0.81, 1.22)])
    func `the limits are the table's`(count: Int, low: Double, high: Double) {
        let limits = PoissonLimits.counts(count)
        #expect(abs(limits.low / Double(count) - low) < 0.005_1)
        #expect(abs(limits.high / Double(count) - high) < 0.005_1)
    }

    @Test func `no event still has an upper limit`() {
        let limits = PoissonLimits.counts(0)
        #expect(limits.low == 0)
        #expect(abs(limits.high - 3.688_879) < 1e-5)
    }

    @Test func `limits close in as the count grows`() {
        var width = Double.infinity
        for count in [1, 2, 5, 10, 50, 500, 5_000, 100_000, 1_000_000] {
            let limits = PoissonLimits.counts(count)
            #expect(limits.low < Double(count) && Double(count) < limits.high)
            let relative = (limits.high - limits.low) / Double(count)
            #expect(relative < width)
            width = relative
        }
        // Towards the normal: plus and minus 1.96 standard deviations.
        #expect(abs(width * 1_000 - 2 * 1.96) < 0.01)
    }
}
