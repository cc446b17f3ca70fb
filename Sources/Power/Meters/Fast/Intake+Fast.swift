/// What pieces found, put where the row path puts it: the same counts, flags and order of additions.
extension Intake {
    /// The plan for the next pieces; values in units of 10^-decimals.
    func plan(_ shape: FastPlan.Shape, width: Int, separator: UInt8, decimals: Int) -> FastPlan {
        var plan = FastPlan(shape: shape, width: width)
        plan.separator = separator
        plan.decimals = decimals
        let largest = (MeterLimits.largestReading / unit.scale * FieldDecoder.powers[decimals]).rounded(.down) - 1
        plan.largest = Int64(min(largest, Double(Int32.max - 1)))
        plan.numbers = numbers
        plan.offset = fixedOffset
        plan.latest = latest
        plan.keepsNegative = options.bidirectional
        return plan
    }

    /// Decimals of kW or kWh that the unit adds to those that are written.
    var unitDecimals: Int {
        switch unit.scale {
        case 0.001: 3
        case 1000: -3
        default: 0
        }
    }

    /// Counts a row of a wide-by-day layout that was good.
    mutating func count(meter: Int, day: Int64) {
        days?.finish(row: meter, day: day)
        if seenDays.insert(meter: meter, day: day) { rows.loaded += 1 } else { rows.duplicate += 1 }
    }

    /// Counts a row of a wide-by-time layout that was good.
    mutating func count(second: Int64) {
        if seenStamps.count >= MeterLimits.rememberedStamps, days != nil {
            flags.insert("duplicates_unchecked")
            rows.loaded += 1
        } else if seenStamps.insert(second).inserted {
            rows.loaded += 1
        } else {
            rows.duplicate += 1
        }
    }

    /// Takes a run's readings; false, and nothing is changed but a meter's number, when the row path must judge it.
    mutating func take(_ run: FastRun, _ piece: PieceDecoder, _ plan: FastPlan, _ bytes: Span<UInt8>) -> Bool {
        let cells = Int(run.rows) * plan.valuesPerRow
        guard days != nil || readings + cells <= MeterLimits.readings else { return false }
        if case .wideByTime(let meters) = plan.shape {
            take(run, piece, plan, meters)
            return true
        }
        var number = Int(run.meter)
        if number < 0 {
            guard case .success(let found) = meter(bytes, Int(run.nameStart)..<Int(run.nameEnd)) else { return false }
            number = found
        } else if refusal(number) != nil {
            return false
        }
        if case .long = plan.shape {
            piece.withRows(run) { seconds, values in takeLong(number, seconds, values, plan) }
        } else {
            piece.withCells(run, plan.valuesPerRow) { values in takeDay(number, run.place, values, plan) }
        }
        rows.data += Int(run.rows)
        return true
    }

    private mutating func takeLong(
        _ number: Int, _ seconds: Span<UInt32>, _ values: Span<Int32>, _ plan: FastPlan
    ) {
        let count = seconds.count
        var (latest, least) = (UInt32(0), Int32(0))
        for row in 0..<count {
            latest = max(latest, seconds[row])
            least = min(least, values[row])
        }
        if Int64(latest) > newest { newest = Int64(latest) }
        if least < 0 { flags.insert("negative") }
        readings += count
        rows.loaded += count
        if days?.take(meter: number, seconds, values) != nil { return }
        let power = FieldDecoder.powers[plan.decimals]
        let scale = unit.scale
        var sum = columns[number].sum
        seconds.withUnsafeBufferPointer { columns[number].stamps.append(contentsOf: $0) }
        for row in 0..<count {
            let value = Double(values[row]) / power * scale
            columns[number].values.append(Float(value))
            sum += value
        }
        columns[number].sum = sum
    }

    private mutating func takeDay(_ number: Int, _ day: Int64, _ values: Span<Int32>, _ plan: FastPlan) {
        let step = Int64(86_400 / max(1, values.count))
        let midnight = day * 86_400 - (plan.offset ?? 0)
        let facts = DayFacts(values)
        readings += facts.present
        missing += values.count - facts.present
        if facts.present > 0 {
            var last = values.count - 1
            while values[last] == MeterDays.missing { last -= 1 }
            newest = max(newest, midnight + Int64(last) * step)
        }
        if facts.negative { flags.insert("negative") }
        let isStreamed: Void? = days?.take(meter: number, day: day, values, facts)
        count(meter: number, day: day)
        if isStreamed != nil { return }
        let power = FieldDecoder.powers[plan.decimals]
        let scale = unit.scale
        var sum = columns[number].sum
        for slot in 0..<values.count where values[slot] != MeterDays.missing {
            let value = Double(values[slot]) / power * scale
            columns[number].stamps.append(UInt32(truncatingIfNeeded: midnight + Int64(slot) * step))
            columns[number].values.append(Float(value))
            sum += value
        }
        columns[number].sum = sum
    }

    private mutating func take(_ run: FastRun, _ piece: PieceDecoder, _ plan: FastPlan, _ meters: [Int]) {
        let second: InlineArray<1, UInt32> = [UInt32(truncatingIfNeeded: run.place)]
        let power = FieldDecoder.powers[plan.decimals]
        let scale = unit.scale
        rows.data += 1
        piece.withCells(run, plan.valuesPerRow) { values in
            var present = 0
            for column in 0..<min(values.count, meters.count) where values[column] != MeterDays.missing {
                let number = meters[column]
                present += 1
                if values[column] < 0 { flags.insert("negative") }
                let one = values.extracting(column..<(column + 1))
                if days?.take(meter: number, second.span, one) != nil { continue }
                let value = Double(values[column]) / power * scale
                columns[number].stamps.append(second[0])
                columns[number].values.append(Float(value))
                columns[number].sum += value
            }
            missing += values.count - present
            readings += present
            if present > 0 { newest = max(newest, run.place) }
        }
        count(second: run.place)
    }
}

extension FastPlan {
    var valuesPerRow: Int {
        switch shape {
        case .long: 1
        case .wideByDay(_, _, let points, _, _): points.count
        case .wideByTime(let meters): meters.count
        }
    }
}

extension PieceDecoder {
    func withRows(_ run: FastRun, _ body: (_ seconds: Span<UInt32>, _ values: Span<Int32>) -> Void) {
        let first = Int(run.first)
        let count = Int(run.rows)
        body(
            UnsafeBufferPointer(start: seconds + first, count: count).span,
            UnsafeBufferPointer(start: cells + first, count: count).span)
    }

    func withCells(_ run: FastRun, _ count: Int, _ body: (Span<Int32>) -> Void) {
        body(UnsafeBufferPointer(start: cells + Int(run.first), count: count).span)
    }
}
