/// The whole numbers that values are held as, and what does not fit them.
extension DayAssembler {
    /// A reading that is too large for the quantum in use goes out by itself, so that one spike does not coarsen the rest.
    mutating func addStray(_ meter: Int, _ second: Span<UInt32>, _ value: Double) {
        guard prepare(meter) else { return }
        if states[meter].interval == 0, let layoutInterval { fix(meter, interval: layoutInterval, phase: 0) }
        guard states[meter].interval > 0 else {
            waitingStrays[meter, default: []].append((second[0], value))
            let gap: InlineArray<1, Int32> = [MeterDays.missing]
            return take(meter: meter, second, gap.span)
        }
        let gap: InlineArray<1, Int32> = [MeterDays.missing]
        // An earlier reading of the slot no longer stands.
        place(meter, second, gap.span)
        let state = states[meter]
        var coarser = decimals
        while coarser > 0, fit(value, coarser) == nil { coarser -= 1 }
        guard let found = fit(value, coarser) else { return }
        if !found.exact { flags.insert("rounded") }
        let slots = pools[Int(state.pool)].slots
        let shift = gridOffset - phase(meter) + Int(state.interval) / 10
        let offset = Int(second[0]) + shift - (options.stamp == .end ? Int(state.interval) : 0)
        var values = [Int32](repeating: MeterDays.missing, count: slots)
        values[offset % 86_400 / Int(state.interval)] = found.steps
        var batch = MeterDays(slotsPerDay: slots, isPower: unit.isPower, decimals: coarser)
        batch.append(
            meter: UInt32(truncatingIfNeeded: meter), day: state.day, quality: [.gaps, .partial], values: values.span)
        // What was handed out before it must stand before it.
        turnOver(Int(state.pool))
        ready.append(batch)
        readings += 1
        settledEnergy += value * (unit.isPower ? Double(state.interval) / 3600 : 1)
        strays += 1
    }

    /// The value in steps; changes the quantum when a finer one is needed and fits, or a coarser one when many would not
    /// fit. Nil when this one does not.
    mutating func quantized(_ value: Double) -> Int32? {
        let exact = fit(value, decimals)
        if let exact, exact.exact || decimals >= mostDecimals { return note(exact) }
        var finest: (steps: Int32, exact: Bool)?
        for finer in (decimals + 1)..<max(decimals + 2, min(mostDecimals, 9) + 1) where finer <= mostDecimals {
            guard exact != nil, let found = fit(value, finer) else { break }
            if found.exact {
                change(decimals: finer)
                return found.steps
            }
            if finer <= FastPlan.mostDecimals { finest = found }
        }
        if finest != nil, decimals < FastPlan.mostDecimals {
            var finer = FastPlan.mostDecimals
            while finer > decimals, fit(value, finer) == nil { finer -= 1 }
            if finer > decimals { change(decimals: finer) }
        }
        if let found = fit(value, decimals) { return note(found) }
        guard strays >= MeterLimits.strayReadings else { return nil }
        var coarser = decimals
        while coarser > 0, fit(value, coarser) == nil { coarser -= 1 }
        mostDecimals = coarser
        change(decimals: coarser)
        strays = 0
        // The largest reading that is taken at all fits without decimals.
        return fit(value, coarser).map { note($0) } ?? 0
    }

    private mutating func note(_ found: (steps: Int32, exact: Bool)) -> Int32 {
        if !found.exact { flags.insert("rounded") }
        return found.steps
    }

    private func fit(_ value: Double, _ decimals: Int) -> (steps: Int32, exact: Bool)? {
        let power = StepScale.power(decimals)
        let steps = (value * power).rounded()
        guard abs(steps) < Double(Int32.max) else { return nil }
        // A unit's factor leaves an error of the last places.
        return (Int32(steps), abs(steps / power - value) <= abs(value) * 1e-15)
    }

    /// Hands out what is open in the old quantum and goes on with the new one.
    mutating func change(decimals new: Int) {
        let new = min(max(new, 0), mostDecimals)
        guard new != decimals else { return }
        for meter in waiting.keys.sorted() { settle(meter) }
        closeAll(partial: true)
        for pool in pools.indices { turnOver(pool) }
        settledEnergy += energyOfSteps
        steps = 0
        decimals = new
        for pool in pools.indices { pools[pool].out = batch(pools[pool].slots) }
    }
}
