/// Puts readings into local days as they come, and hands out a day when its meter goes on to the next. What is open is
/// bounded: beyond `MeterLimits.openValues` everything open is handed out as it is.
struct DayAssembler {
    /// One meter's grid and its open day.
    struct State {
        /// Seconds a reading covers; 0 until it is known.
        var interval: Int32 = 0
        /// Place of the open day in its pool; -1 = none is open.
        var block: Int32 = -1
        var day: Int32 = 0
        /// UTC second of the last reading.
        var last: UInt32 = 0
        /// Of the readings of `day`, when it came as one whole row and was handed out at once; else 0.
        var print: UInt32 = 0
        var pool: Int16 = -1
        var quality: MeterDays.Quality = []
    }

    /// Days of one length.
    struct Pool {
        let slots: Int
        var values: [Int32] = []
        var free: [Int32] = []
        var out: MeterDays
    }

    let options: MeterReadOptions
    let gridOffset: Int
    let unit: MeterUnit
    let layoutInterval: Int?
    var states: [State] = []
    /// Seconds by which a meter's clock is off the grid; those that are off only.
    private var phases: [Int: Int] = [:]
    var pools: [Pool] = []
    private var openValues = 0
    /// Readings of meters whose interval is not known yet.
    var waiting: [Int: (seconds: [UInt32], values: [Int32])] = [:]
    /// Those of them that did not fit the quantum; `waiting` has a gap for each.
    var waitingStrays: [Int: [(second: UInt32, value: Double)]] = [:]
    private var intervals: [Int: Int] = [:]
    private var declared: [Int: Int] = [:]
    /// Batches that are full, in order.
    var ready: [MeterDays] = []
    var flags: Set<String> = []
    private(set) var duplicates = 0
    var readings = 0
    var steps: Int64 = 0
    var settledEnergy = 0.0
    /// Values are whole numbers of 10^-decimals kW or kWh.
    var decimals: Int
    /// Set once a value did not fit: finer than this is never tried again.
    var mostDecimals = 9
    /// Readings that did not fit the quantum in use.
    var strays = 0

    init(options: MeterReadOptions, unit: MeterUnit, layoutInterval: Int?, decimals: Int) {
        self.options = options
        self.unit = unit
        self.layoutInterval = layoutInterval
        self.decimals = min(max(decimals, 0), 9)
        gridOffset = Int(options.zone.gridOffset)
    }

    /// kWh of all that was handed out.
    var energy: Double { settledEnergy + energyOfSteps }
    var energyOfSteps: Double {
        // Power was summed times the seconds of its slots.
        Double(steps) / StepScale.power(decimals) / (unit.isPower ? 3600 : 1)
    }

    func lastSecond(_ meter: Int) -> Int64? {
        guard meter < states.count, states[meter].last > 0 else { return nil }
        return Int64(states[meter].last)
    }

    @inline(__always)
    func phase(_ meter: Int) -> Int { phases.isEmpty ? 0 : phases[meter] ?? 0 }

    /// The interval that was declared for a meter, seconds.
    mutating func declare(meter: Int, interval: Int) { declared[meter] = interval }

    /// Moves the full batches out.
    mutating func takeReady(into batches: inout [MeterDays]) {
        batches = []
        swap(&batches, &ready)
    }

    // MARK: Readings

    /// One reading of the row path, in kW or kWh.
    mutating func add(meter: Int, second: Int64, value: Double) {
        let seconds: InlineArray<1, UInt32> = [UInt32(truncatingIfNeeded: second)]
        guard let steps = quantized(value) else { return addStray(meter, seconds.span, value) }
        let cell: InlineArray<1, Int32> = [steps]
        take(meter: meter, seconds.span, cell.span)
    }

    /// Readings of one meter in the order of the file, in steps; neither span holds `MeterDays.missing`.
    mutating func take(meter: Int, _ seconds: Span<UInt32>, _ values: Span<Int32>) {
        let count = min(seconds.count, values.count)
        guard count > 0, prepare(meter) else { return }
        var at = 0
        if states[meter].interval == 0, let layoutInterval { fix(meter, interval: layoutInterval, phase: 0) }
        if states[meter].interval == 0 {
            while at < count {
                waiting[meter, default: ([], [])].seconds.append(seconds[at])
                waiting[meter, default: ([], [])].values.append(values[at])
                at += 1
                if (waiting[meter]?.seconds.count ?? 0) >= MeterLimits.readingsForInterval { break }
            }
            guard (waiting[meter]?.seconds.count ?? 0) >= MeterLimits.readingsForInterval else { return }
            settle(meter)
        }
        place(meter, seconds.extracting(at..<count), values.extracting(at..<count))
    }

    /// A whole day as one row brings it, from its local midnight on.
    mutating func take(meter: Int, day: Int64, _ values: Span<Int32>, _ facts: DayFacts) {
        guard prepare(meter) else { return }
        let interval = 86_400 / max(1, values.count)
        if options.stamp == .end || interval != layoutInterval {
            // Each reading belongs to the slot before: the first one to yesterday.
            for slot in 0..<values.count where values[slot] != MeterDays.missing {
                let second = day * 86_400 - Int64(gridOffset) + Int64(slot * interval)
                let one: InlineArray<1, UInt32> = [UInt32(truncatingIfNeeded: second)]
                take(meter: meter, one.span, values.extracting(slot..<(slot + 1)))
            }
            return
        }
        if states[meter].interval == 0 { fix(meter, interval: interval, phase: 0) }
        let number = Int32(truncatingIfNeeded: day)
        if states[meter].block >= 0, states[meter].day == number {
            // The day comes again, or goes on: slot by slot, as the row path has it.
            for slot in 0..<values.count where values[slot] != MeterDays.missing {
                let second = day * 86_400 - Int64(gridOffset) + Int64(slot * interval)
                let one: InlineArray<1, UInt32> = [UInt32(truncatingIfNeeded: second)]
                place(meter, one.span, values.extracting(slot..<(slot + 1)))
            }
            return
        }
        guard facts.present > 0 else { return }
        var last = values.count - 1
        while last > 0, values[last] == MeterDays.missing { last -= 1 }
        states[meter].last = UInt32(truncatingIfNeeded: day * 86_400 - Int64(gridOffset) + Int64(last * interval))
        guard facts.present == values.count else { return open(meter, number, fresh: values) }
        // What `finish(row:)` would do, without a place for the day.
        close(meter)
        if states[meter].day != number { states[meter].print = 0 }
        states[meter].day = number
        handOut(meter, values, facts)
    }

    /// A row that brought readings of one day has ended. A day that is whole need not wait for its meter's next: days of
    /// millions of meters come in one file.
    mutating func finish(row meter: Int, day: Int64) {
        guard meter < states.count, states[meter].block >= 0, Int64(states[meter].day) == day else { return }
        let pool = Int(states[meter].pool)
        let slots = pools[pool].slots
        let from = Int(states[meter].block) * slots
        var open: [Int32] = []
        swap(&open, &pools[pool].values)
        defer { swap(&open, &pools[pool].values) }
        let facts = DayFacts(open.span.extracting(from..<(from + slots)))
        guard facts.present == slots else {
            // Whether it agrees with the whole row that was handed out before cannot be told.
            if states[meter].print != 0 { flags.insert("conflicts") }
            states[meter].print = 0
            return
        }
        handOut(meter, open.span.extracting(from..<(from + slots)), facts)
        pools[pool].free.append(states[meter].block)
        states[meter].block = -1
        states[meter].quality = []
        openValues -= slots
    }

    /// Hands out a whole day of the meter's state; one that was handed out before is compared with it.
    private mutating func handOut(_ meter: Int, _ values: Span<Int32>, _ facts: DayFacts) {
        let (before, now) = (states[meter].print, Self.print(values))
        var quality = states[meter].block >= 0 ? states[meter].quality : []
        if before != 0 { quality.insert(before == now ? .duplicates : .conflicts) }
        emit(Int(states[meter].pool), meter, states[meter].day, quality, values, facts)
        states[meter].print = now
    }

    /// A number for the readings of a day that another day's will not have, never 0.
    private static func print(_ values: Span<Int32>) -> UInt32 {
        var (even, odd) = (UInt64(0x9e37_79b9), UInt64(0x85eb_ca6b))
        var at = 0
        while at + 1 < values.count {
            even = (even ^ UInt64(UInt32(bitPattern: values[at]))) &* 0x9e37_79b9_7f4a_7c15
            odd = (odd ^ UInt64(UInt32(bitPattern: values[at + 1]))) &* 0xc2b2_ae3d_27d4_eb4f
            at += 2
        }
        if at < values.count { even = (even ^ UInt64(UInt32(bitPattern: values[at]))) &* 0x9e37_79b9_7f4a_7c15 }
        return UInt32(truncatingIfNeeded: (even ^ odd) >> 32) | 1
    }

    /// Makes room for a meter's state; false for a number that no meter has.
    mutating func prepare(_ meter: Int) -> Bool {
        guard meter >= 0, meter < MeterLimits.meters else { return false }
        if states.count == states.capacity { states.reserveCapacity(states.count + states.count / 4 + 64) }
        while states.count <= meter { states.append(State()) }
        return true
    }

    mutating func place(_ meter: Int, _ seconds: Span<UInt32>, _ values: Span<Int32>) {
        guard seconds.count > 0 else { return }
        let interval = Int(states[meter].interval)
        // As SeriesBuilder has it: a stamp less than a tenth early counts as the next one.
        let early = interval / 10
        let shift = gridOffset - phase(meter) + early - (options.stamp == .end ? interval : 0)
        var at = 0
        while at < seconds.count {
            let local = Int(seconds[at]) + shift
            let day = local / 86_400
            open(meter, Int32(truncatingIfNeeded: day))
            at = fill(meter, seconds, values, from: at, shift: shift - day * 86_400, interval: interval, early: early)
        }
        states[meter].last = seconds[seconds.count - 1]
    }

    /// Lays the readings of the open day into their slots; tells where the next day's begin.
    private mutating func fill(
        _ meter: Int, _ seconds: Span<UInt32>, _ values: Span<Int32>, from: Int, shift: Int, interval: Int, early: Int
    ) -> Int {
        let state = states[meter]
        let slots = pools[Int(state.pool)].slots
        let base = Int(state.block) * slots
        var (at, slot, expected) = (from, 0, -1)
        var (equal, different, stray) = (0, 0, false)
        var target = pools[Int(state.pool)].values.mutableSpan
        while at < seconds.count {
            let offset = Int(seconds[at]) &+ shift
            guard offset >= 0, offset < 86_400 else { break }
            if offset == expected {
                slot &+= 1
            } else {
                slot = offset / interval
                stray = stray || offset % interval != early
            }
            expected = offset &+ interval
            let old = target[base &+ slot]
            let new = values[at]
            if old != MeterDays.missing {
                if old == new { equal &+= 1 } else { different &+= 1 }
            }
            target[base &+ slot] = new
            at &+= 1
        }
        if stray { flags.insert("off_grid") }
        if equal > 0 { states[meter].quality.insert(.duplicates) }
        if different > 0 { states[meter].quality.insert(.conflicts) }
        duplicates += equal + different
        return at
    }

    /// Makes `day` the meter's open day.
    private mutating func open(_ meter: Int, _ day: Int32) {
        if states[meter].block >= 0, states[meter].day == day { return }
        let place = openPlace(meter, day)
        var target = pools[place.pool].values.mutableSpan
        for slot in place.slots { target[slot] = MeterDays.missing }
    }

    /// As above, for a day that was not open, with its readings.
    private mutating func open(_ meter: Int, _ day: Int32, fresh values: Span<Int32>) {
        let place = openPlace(meter, day)
        var target = pools[place.pool].values.mutableSpan
        let first = place.slots.lowerBound
        for slot in 0..<min(values.count, place.slots.count) { target[first &+ slot] = values[slot] }
    }

    /// A place for a new open day, after the one before was handed out; what stands there is left over.
    private mutating func openPlace(_ meter: Int, _ day: Int32) -> (pool: Int, slots: Range<Int>) {
        close(meter)
        if openValues >= MeterLimits.openValues { closeAll(partial: true) }
        let pool = Int(states[meter].pool)
        let slots = pools[pool].slots
        let block = pools[pool].free.popLast() ?? Int32(truncatingIfNeeded: pools[pool].values.count / slots)
        if Int(block) * slots == pools[pool].values.count {
            pools[pool].values.append(contentsOf: repeatElement(MeterDays.missing, count: slots))
        }
        if states[meter].day != day { states[meter].print = 0 }
        states[meter].block = block
        states[meter].day = day
        states[meter].quality = []
        openValues += slots
        return (pool, (Int(block) * slots)..<((Int(block) + 1) * slots))
    }

    /// Hands out a meter's open day.
    private mutating func close(_ meter: Int, partial: Bool = false) {
        let state = states[meter]
        guard state.block >= 0 else { return }
        let pool = Int(state.pool)
        let slots = pools[pool].slots
        var open: [Int32] = []
        swap(&open, &pools[pool].values)
        let from = Int(state.block) * slots
        let quality = partial ? state.quality.union(.partial) : state.quality
        let facts = DayFacts(open.span.extracting(from..<(from + slots)))
        emit(pool, meter, state.day, quality, open.span.extracting(from..<(from + slots)), facts)
        swap(&open, &pools[pool].values)
        pools[pool].free.append(state.block)
        states[meter].block = -1
        openValues -= slots
    }

    mutating func closeAll(partial: Bool) {
        for meter in states.indices where states[meter].block >= 0 { close(meter, partial: partial) }
        for pool in pools.indices {
            pools[pool].values = []
            pools[pool].free = []
        }
        openValues = 0
    }

    private mutating func emit(
        _ pool: Int, _ meter: Int, _ day: Int32, _ noticed: MeterDays.Quality, _ values: Span<Int32>,
        _ facts: DayFacts
    ) {
        guard facts.present > 0 else { return }
        // A year of the largest readings of all meters fits; what would not is counted wrong, not trapped on.
        steps &+= unit.isPower ? facts.sum &* Int64(86_400 / values.count) : facts.sum
        readings += facts.present
        var quality = noticed
        if facts.present < values.count { quality.insert(.gaps) }
        if quality.contains(.duplicates) { flags.insert("duplicates") }
        if quality.contains(.conflicts) { flags.insert("conflicts") }
        if pools[pool].out.count == 1 { pools[pool].out.reserve() }
        pools[pool].out.append(meter: UInt32(truncatingIfNeeded: meter), day: day, quality: quality, values: values)
        if pools[pool].out.values.count >= MeterLimits.batchValues { turnOver(pool) }
    }

    mutating func turnOver(_ pool: Int) {
        guard pools[pool].out.count > 0 else { return }
        ready.append(pools[pool].out)
        pools[pool].out = batch(pools[pool].slots)
    }

    func batch(_ slots: Int) -> MeterDays {
        MeterDays(slotsPerDay: slots, isPower: unit.isPower, decimals: decimals)
    }

    // MARK: Grids

    /// Settles a meter's grid from the readings that wait, and places them.
    mutating func settle(_ meter: Int) {
        guard let (seconds, values) = waiting.removeValue(forKey: meter), !seconds.isEmpty else { return }
        let ordered = seconds.sorted()
        let interval = interval(meter, ordered)
        var counts: [Int: Int] = [:]
        for second in seconds { counts[(Int(second) + gridOffset) % interval, default: 0] += 1 }
        let best = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }
        let shared = best.map { $0.value * 2 >= seconds.count ? $0.key : 0 } ?? 0
        if shared != 0 { flags.insert("clock_skew") }
        fix(meter, interval: interval, phase: shared)
        place(meter, seconds.span, values.span)
        for (second, value) in waitingStrays.removeValue(forKey: meter) ?? [] {
            let one: InlineArray<1, UInt32> = [second]
            addStray(meter, one.span, value)
        }
    }

    /// As SeriesBuilder: declared for the meter, by the layout or for the file, else the most common step.
    private mutating func interval(_ meter: Int, _ ordered: [UInt32]) -> Int {
        if let seconds = declared[meter], SeriesBuilder.divides(seconds) { return seconds }
        if let seconds = layoutInterval { return seconds }
        if let minutes = options.intervalMinutes { return minutes * 60 }
        if let step = SeriesBuilder.commonStep(ordered), SeriesBuilder.divides(step) {
            intervals[step, default: 0] += 1
            return step
        }
        flags.insert("interval_assumed")
        return intervals.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? 3600
    }

    mutating func fix(_ meter: Int, interval: Int, phase: Int) {
        states[meter].interval = Int32(interval)
        if phase != 0 { phases[meter] = phase }
        let slots = 86_400 / interval
        if let pool = pools.firstIndex(where: { $0.slots == slots }) {
            states[meter].pool = Int16(truncatingIfNeeded: pool)
        } else {
            pools.append(Pool(slots: slots, out: batch(slots)))
            states[meter].pool = Int16(truncatingIfNeeded: pools.count - 1)
        }
    }

    /// Everything that is still open or waits, at the end of the file.
    mutating func finish() {
        for meter in waiting.keys.sorted() { settle(meter) }
        closeAll(partial: false)
        for pool in pools.indices { turnOver(pool) }
    }
}
