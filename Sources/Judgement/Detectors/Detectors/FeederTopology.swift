import LoadCurves
import Meters
import Vocabulary

/// Is the list of meters under a feeder right? A meter that is listed but hangs elsewhere leaves its own load in the
/// loss, upside down, hour by hour and from the first day; one that hangs here and is not listed leaves it upright.
/// Load taken before a meter follows no meter's load. Loads are compared with those of the day before, so that the
/// rhythm which all customers share, and anything constant, drop out.
package struct FeederTopology: Sendable, Equatable {
    package enum Change: String, Sendable { case remove, add }

    package struct Suspect: Sendable, Equatable {
        package var meter: String
        package var change: Change
        /// Share of the loss's unexplained movement that is gone when the meter is moved, 0 … 1.
        package var explained: Double
        /// kW of loss for each kW of the meter: near -1 for one to remove, near 1 for one to add.
        package var slope: Double
        /// Moved to make the loss flat; otherwise a meter that would have done nearly as well in its place.
        package var moved: Bool
    }

    /// Moved ones in the order in which they were found, then the others by what they explain.
    package var suspects: [Suspect]
    /// Median daily loss over metered load, as listed and with the moves.
    package var lossAsListed: Double
    package var lossCorrected: Double

    package enum Limits {
        /// Meters moved at most: a list that is wrong in more places is a case for the register, not for this.
        static let moves = 4
        /// Meters of other feeders looked at; with more of them nearby none is, for a part of them would be chosen by
        /// nothing but their names.
        package static let others = 300
        static let listed = 20
        /// Hours that both sides need.
        static let hours = 10 * 24
        /// The movement left must fall by this factor in the whole window, and by the lesser in each half.
        static let factor = 1.25
        static let halfFactor = 1.1
        /// Times the days of the window: what is left to chance among some thousand meters.
        static let gain = 12.0
        static let removed = -1.3...(-0.7)
        static let added = 0.75...1.4
        /// Technical loss that a right list can have, share of the metered load.
        static let loss = -0.01...0.15
        /// A median loss below this is no loss.
        static let negative = -0.01
        /// Another candidate that explains this part of what the best does is named too.
        static let alternative = 0.5
    }
}

/// The search, on the hours of the head.
struct TopologySearch {
    private struct Column {
        var meter: String
        var change: FeederTopology.Change
        /// kW by hour of the head's grid, NaN where missing.
        var load: [Double]
        /// Change against the day before.
        var moving: [Double]
    }

    /// Sums over the hours of one half that a candidate has: y loss, x metered load, d the candidate, all as changes.
    private struct Sums {
        var n = 0.0
        var yy = 0.0
        var xy = 0.0
        var xx = 0.0
        var yd = 0.0
        var xd = 0.0
        var dd = 0.0

        mutating func add(_ y: Double, _ x: Double, _ d: Double) {
            n += 1
            yy += y * y
            xy += x * y
            xx += x * x
            yd += y * d
            xd += x * d
            dd += d * d
        }

        static func + (a: Sums, b: Sums) -> Sums {
            Sums(
                n: a.n + b.n, yy: a.yy + b.yy, xy: a.xy + b.xy, xx: a.xx + b.xx, yd: a.yd + b.yd, xd: a.xd + b.xd,
                dd: a.dd + b.dd)
        }

        /// What a line through the origin leaves of the loss's squares.
        private static func left(_ yy: Double, _ xy: Double, _ xx: Double) -> Double {
            xx > 0 ? max(0, yy - xy * xy / xx) : yy
        }

        /// The same as listed, over what it is with the candidate moved (`sign` 1 removed, -1 added). The floor keeps
        /// a loss that is a line already from looking better by rounding.
        func factor(_ sign: Double) -> Double {
            let listed = Self.left(yy, xy, xx)
            let moved = Self.left(
                yy + 2 * sign * yd + dd, xy + sign * (xd - yd) - dd, xx - 2 * sign * xd + dd)
            return (listed + floor) / (moved + floor)
        }

        private var floor: Double { 1e-9 * (xx + dd) + 1e-12 }

        /// Slope of the loss on the candidate beside the metered load; NaN when they cannot be told apart.
        var slope: Double {
            let across = dd * xx - xd * xd
            return across > 1e-6 * dd * xx ? (yd * xx - xy * xd) / across : .nan
        }
    }

    private let head: [Double]
    private var columns: [Column]
    /// Sum of the listed meters, and its change and the loss's against the day before.
    private var metered: [Double]
    private let skipped: Set<Int>

    /// `skipped` are days (since 1970) of the head on which something began: they would look like movement.
    init?(
        head: HourlyGrid, listed: [FeederBalance.Metered], others: [FeederBalance.Metered], skipped: ClosedRange<Int>?
    ) {
        guard head.days >= 2 * LoadLimits.minimumSideDays else { return nil }
        self.head = head.values.map(Double.init)
        let first = head.firstDay.daysSince1970
        let hours = head.days * 24
        func load(_ meter: FeederBalance.Metered) -> [Double] {
            (0..<hours).map { Double(FeederBalance.reading(meter.grid, first + $0 / 24, $0 % 24)) }
        }
        func column(_ meter: FeederBalance.Metered, _ change: FeederTopology.Change) -> Column {
            let load = load(meter)
            return Column(meter: meter.meter, change: change, load: load, moving: Self.moving(load))
        }
        let own = Set(listed.map(\.meter))
        columns = listed.map { column($0, .remove) }
        metered = [Double](repeating: 0, count: hours)
        for (meter, column) in zip(listed, columns) {
            for hour in metered.indices {
                let value = column.load[hour].isNaN ? Double(meter.usual[hour % 24]) : column.load[hour]
                if !value.isNaN { metered[hour] += value }
            }
        }
        columns += others.filter { !own.contains($0.meter) }.prefix(FeederTopology.Limits.others).map {
            column($0, .add)
        }
        self.skipped = Set((skipped ?? 0...0).map { $0 - first })
    }

    private static func moving(_ values: [Double]) -> [Double] {
        values.indices.map { $0 < 24 ? .nan : values[$0] - values[$0 - 24] }
    }

    /// Moves one meter after another while each makes the loss much flatter. Nil when none does, or when the loss that
    /// is left is not one that a feeder has.
    mutating func run() -> FeederTopology? {
        let asListed = medianLoss()
        var suspects: [FeederTopology.Suspect] = []
        var rest: [FeederTopology.Suspect] = []
        while suspects.count < FeederTopology.Limits.moves {
            let found = candidates()
            guard let best = found.first else { break }
            if suspects.isEmpty {
                rest = found.dropFirst().filter {
                    $0.explained >= FeederTopology.Limits.alternative * best.explained
                }
            }
            guard let place = columns.firstIndex(where: { $0.meter == best.meter }) else { break }
            let column = columns.remove(at: place)
            let sign: Double = best.change == .remove ? -1 : 1
            for hour in metered.indices where !column.load[hour].isNaN { metered[hour] += sign * column.load[hour] }
            var moved = best
            moved.moved = true
            suspects.append(moved)
        }
        let corrected = medianLoss()
        guard !suspects.isEmpty, FeederTopology.Limits.loss.contains(corrected) else { return nil }
        let named = Set(suspects.map(\.meter))
        suspects += rest.filter { !named.contains($0.meter) }
        return FeederTopology(
            suspects: Array(suspects.prefix(FeederTopology.Limits.listed)), lossAsListed: asListed,
            lossCorrected: corrected)
    }

    /// Candidates that pass, best first.
    private func candidates() -> [FeederTopology.Suspect] {
        let y = Self.moving(zip(head, metered).map { $0 - $1 })
        let x = Self.moving(metered)
        let usable = y.indices.filter { hour in
            !y[hour].isNaN && !x[hour].isNaN && !skipped.contains(hour / 24) && !skipped.contains(hour / 24 - 1)
        }
        return columns.compactMap { weigh($0, y, x, usable) }
            .sorted { ($1.explained, $0.meter) < ($0.explained, $1.meter) }
    }

    private func weigh(_ column: Column, _ y: [Double], _ x: [Double], _ usable: [Int]) -> FeederTopology.Suspect? {
        var halves = [Sums(), Sums()]
        for (place, hour) in usable.enumerated() where !column.moving[hour].isNaN {
            halves[2 * place < usable.count ? 0 : 1].add(y[hour], x[hour], column.moving[hour])
        }
        let whole = halves[0] + halves[1]
        guard whole.n >= Double(FeederTopology.Limits.hours), whole.dd > 0 else { return nil }
        let sign: Double = column.change == .remove ? 1 : -1
        let factor = whole.factor(sign)
        let slope = whole.slope
        let range = column.change == .remove ? FeederTopology.Limits.removed : FeederTopology.Limits.added
        guard range.contains(slope), factor >= FeederTopology.Limits.factor,
            whole.n / 24 * (factor - 1) >= FeederTopology.Limits.gain,
            halves.allSatisfy({ $0.factor(sign) >= FeederTopology.Limits.halfFactor })
        else { return nil }
        return FeederTopology.Suspect(
            meter: column.meter, change: column.change, explained: 1 - 1 / factor, slope: slope, moved: false)
    }

    /// Median over the days of loss over metered load; NaN when nothing is metered.
    private func medianLoss() -> Double {
        var ratios: [Float] = []
        for day in 0..<(head.count / 24) {
            var loss = 0.0
            var sum = 0.0
            for hour in (24 * day)..<(24 * day + 24) where !head[hour].isNaN {
                loss += head[hour] - metered[hour]
                sum += metered[hour]
            }
            if sum > 0 { ratios.append(Float(loss / sum)) }
        }
        return Double(Order.median(&ratios))
    }
}
