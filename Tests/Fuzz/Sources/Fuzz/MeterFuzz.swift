import Meters
import Vocabulary

/// A meter file of one layout, declared or to be recognised; the first byte holds what its owner says about it.
enum MeterFuzz {
    private static let now = Instant(seconds: 1_790_000_000)

    static func file(_ input: [UInt8], layout: String) {
        guard let control = input.first else { return }
        var options = MeterReadOptions(now: now)
        if control & 1 == 0 { options.layout = layout }
        if control & 2 != 0 { options.unit = MeterUnit.allCases[Int(control >> 5) % MeterUnit.allCases.count] }
        if control & 4 != 0 { options.bidirectional = true }
        if control & 8 != 0 { options.stamp = .end }
        if control & 16 != 0 { options.intervalMinutes = [5, 15, 30, 60, 1, 1440, 7, 20][Int(control >> 5)] }
        let bytes = Array(input.dropFirst())
        guard let whole = try? MeterReader.read(bytes: bytes, options: options, threads: 1) else { return }
        check(whole.report, bytes.count)
        for one in whole.series {
            promise(one.intervalSeconds > 0 && 86_400 % one.intervalSeconds == 0, "steps of \(one.intervalSeconds) s")
            promise(!one.meter.isEmpty, "a meter without a name")
            promise(one.kilowatts.allSatisfy { $0.isNaN || $0.isFinite }, "a reading that is no number")
        }
        // Row by row the same must come out as by pieces, and a stream's counts must add up too. Asked of one length in
        // four: three readings take three times as long.
        guard bytes.count % 4 == 0 else { return }
        guard let slow = try? MeterReader.read(bytes: bytes, options: options, threads: 0) else { return }
        promise(slow.report == whole.report, "\(slow.report) row by row, \(whole.report) by pieces")
        promise(slow.series.map(\.meter) == whole.series.map(\.meter), "other meters row by row")
        stream(bytes, options)
    }

    private static func stream(_ bytes: [UInt8], _ options: MeterReadOptions) {
        var present = 0
        let read = try? MeterStream.read(bytes: bytes, options: options, threads: 1) { days, names in
            promise(days.values.count == days.count * days.slotsPerDay, "days that do not fit their values")
            promise(days.meters.allSatisfy { Int($0) < names.count }, "a meter without a number")
            present += days.values.count { $0 != MeterDays.missing }
            return true
        }
        guard let read, !read.needsWholeFile else { return }
        check(read.report, bytes.count)
        promise(!read.stands || present == read.report.readings, "\(present) readings, told \(read.report.readings)")
    }

    private static func check(_ report: InputReport, _ bytes: Int) {
        promise(report.rows.reconcile, "\(report.rows)")
        promise(report.rows.data <= bytes + 1, "\(report.rows.data) rows in \(bytes) bytes")
        promise(report.readings >= 0, "\(report.readings) readings")
        promise(report.energyKilowattHours?.isFinite ?? true, "an energy of \(report.energyKilowattHours ?? 0)")
        promise(report.flags == Array(Set(report.flags)).sorted(), "flags \(report.flags)")
    }
}
