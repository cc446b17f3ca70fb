// The kernel of day features, built three times like those in K.swift and under the same rules; vectors come from
// `lanes.h`, because Swift's own would put shared functions into the level's module. Readings are whole numbers;
// `Int32.min` is missing. Sums stand on differences from the day's first reading, so that a large level does not eat the
// small changes of a flat load.

#if arch(x86_64)
    import CMachine

    /// `days` days of `slots` readings each, one after the other; `night` slots from midnight on are the night. The tables
    /// hold `slots` values. For each day 9 floats are written: readings present; pairs of neighbours that are both present;
    /// pairs that are equal; reference (the first reading, 0 when that is missing); Σ d; Σ d²; Σ of squared steps between
    /// neighbours; Σ d·cosine; Σ d·sine, where d = reading - reference. And 3 whole numbers: least, most, least of the
    /// night; `Int32.max`, `Int32.min`, `Int32.max` for none.
    @inline(never)
    package func days(
        _ x: UnsafePointer<Int32>, _ days: Int, _ slots: Int, _ night: Int, _ cosine: UnsafePointer<Float>,
        _ sine: UnsafePointer<Float>, _ floats: UnsafeMutablePointer<Float>, _ extremes: UnsafeMutablePointer<Int32>
    ) {
        let lanes = Int(CMACHINE_LANES)
        let padded = (slots &+ lanes &- 1) / lanes &* lanes
        let sizes = (row: padded == slots ? 0 : padded &* 4, all: padded &* 12)
        withUnsafeTemporaryAllocation(byteCount: sizes.all, alignment: 64) { memory in
            guard let base = memory.baseAddress else { return }
            // Days that do not fill whole vectors are copied to where missing readings follow.
            let own = base.bindMemory(to: Int32.self, capacity: padded)
            let ownCosine = (base + padded &* 4).bindMemory(to: Float.self, capacity: padded)
            let ownSine = (base + padded &* 8).bindMemory(to: Float.self, capacity: padded)
            var slot = 0
            while slot < padded {
                own[slot] = .min
                ownCosine[slot] = slot < slots ? cosine[slot] : 0
                ownSine[slot] = slot < slots ? sine[slot] : 0
                slot &+= 1
            }
            var day = 0
            while day < days {
                var row = x + day &* slots
                // Some days ahead, so that a page's end does not stop the processor's own prefetching.
                var ahead = 0
                while ahead < slots {
                    cmachine_prefetch(row + (ahead &+ 8 &* slots))
                    ahead &+= 16
                }
                if sizes.row > 0 {
                    own.update(from: row, count: slots)
                    row = UnsafePointer(own)
                }
                let target = floats + day &* 9
                let ends = extremes + day &* 3
                if sizes.row > 0 || !whole(row, padded, night, ownCosine, ownSine, target, ends) {
                    gapped(row, padded, night, ownCosine, ownSine, target, ends)
                }
                day &+= 1
            }
        }
    }

    /// A day without a gap; false when it has one, and then what was written is not to be used.
    @inline(__always)
    private func whole(
        _ row: UnsafePointer<Int32>, _ slots: Int, _ night: Int, _ cosine: UnsafePointer<Float>,
        _ sine: UnsafePointer<Float>, _ floats: UnsafeMutablePointer<Float>, _ ends: UnsafeMutablePointer<Int32>
    ) -> Bool {
        let lanes = Int(CMACHINE_LANES)
        let first = row[0]
        let reference = whole_set(first)
        let zero = whole_set(0)
        let most = whole_set(.max)
        let ones = whole_set(-1)
        var (sums, squares, steps, even, odd) = (real_zero(), real_zero(), real_zero(), real_zero(), real_zero())
        var (low, high, nightLow, equal) = (most, most, most, zero)
        var at = 0
        while at < slots {
            let now = whole_load(row + at)
            // The first reading has none before it: compared with itself, and taken off again below.
            let before = at == 0 ? whole_behind(now, reference) : whole_load(row + (at &- 1))
            let deviation = real_from(whole_sub(now, reference))
            let change = whole_sub(now, before)
            let step = real_from(change)
            sums = real_add(sums, deviation)
            squares = real_more(squares, deviation, deviation)
            steps = real_more(steps, step, step)
            even = real_more(even, deviation, real_load(cosine + at))
            odd = real_more(odd, deviation, real_load(sine + at))
            low = whole_min(low, now)
            // The least of -1 - x: the greatest x.
            high = whole_min(high, whole_sub(ones, now))
            equal = whole_add(equal, whole_same(change, zero))
            if at < night {
                nightLow = whole_min(nightLow, whole_pick(whole_below(Int64(night &- at)), now, most))
            }
            at &+= lanes
        }
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 4) { found in
            guard let found = found.baseAddress else { return }
            whole_leasts(low, high, nightLow, nightLow, found)
            ends[0] = found[0]
            ends[1] = -1 &- found[1]
            ends[2] = found[2]
        }
        guard ends[0] != .min else { return false }
        floats[0] = Float(slots)
        floats[1] = Float(slots &- 1)
        // Equal lanes were counted as -1; the first pair is the reading with itself.
        floats[2] = Float(-1 &- whole_sum(equal))
        floats[3] = Float(first)
        real_sums(sums, squares, steps, even, floats + 4)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 4) { rest in
            guard let rest = rest.baseAddress else { return }
            real_sums(odd, odd, odd, odd, rest)
            floats[8] = rest[0]
        }
        return true
    }

    /// A day with gaps.
    @inline(never)
    private func gapped(
        _ row: UnsafePointer<Int32>, _ slots: Int, _ night: Int, _ cosine: UnsafePointer<Float>,
        _ sine: UnsafePointer<Float>, _ floats: UnsafeMutablePointer<Float>, _ ends: UnsafeMutablePointer<Int32>
    ) {
        let lanes = Int(CMACHINE_LANES)
        let first = row[0] == .min ? 0 : row[0]
        let reference = whole_set(first)
        let zero = whole_set(0)
        let (most, missing, one) = (whole_set(.max), whole_set(.min), whole_set(1))
        let ones = whole_set(-1)
        var (sums, squares, steps, even, odd) = (real_zero(), real_zero(), real_zero(), real_zero(), real_zero())
        var (low, high, nightLow, equal) = (most, most, most, zero)
        var (present, pairs) = (zero, zero)
        var at = 0
        while at < slots {
            let now = whole_load(row + at)
            let before = at == 0 ? whole_behind(now, missing) : whole_load(row + (at &- 1))
            let there = whole_same(whole_same(now, missing), zero)
            let pair = whole_and(there, whole_same(whole_same(before, missing), zero))
            let deviation = real_and(there, real_from(whole_sub(now, reference)))
            let change = whole_sub(now, before)
            let step = real_and(pair, real_from(change))
            sums = real_add(sums, deviation)
            squares = real_more(squares, deviation, deviation)
            steps = real_more(steps, step, step)
            even = real_more(even, deviation, real_load(cosine + at))
            odd = real_more(odd, deviation, real_load(sine + at))
            let raised = whole_pick(there, now, most)
            low = whole_min(low, raised)
            high = whole_min(high, whole_pick(there, whole_sub(ones, now), most))
            present = whole_add(present, whole_and(there, one))
            pairs = whole_add(pairs, whole_and(pair, one))
            equal = whole_add(equal, whole_and(whole_and(pair, whole_same(change, zero)), one))
            if at < night {
                nightLow = whole_min(nightLow, whole_pick(whole_below(Int64(night &- at)), raised, most))
            }
            at &+= lanes
        }
        floats[0] = Float(whole_sum(present))
        floats[1] = Float(whole_sum(pairs))
        floats[2] = Float(whole_sum(equal))
        floats[3] = Float(first)
        real_sums(sums, squares, steps, even, floats + 4)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 4) { rest in
            guard let rest = rest.baseAddress else { return }
            real_sums(odd, odd, odd, odd, rest)
            floats[8] = rest[0]
        }
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 4) { found in
            guard let found = found.baseAddress else { return }
            whole_leasts(low, high, nightLow, nightLow, found)
            ends[0] = found[0]
            ends[1] = floats[0] > 0 ? -1 &- found[1] : .min
            ends[2] = found[2]
        }
    }
#else
    /// As above, one reading at a time.
    @inline(never)
    package func days(
        _ x: UnsafePointer<Int32>, _ days: Int, _ slots: Int, _ night: Int, _ cosine: UnsafePointer<Float>,
        _ sine: UnsafePointer<Float>, _ floats: UnsafeMutablePointer<Float>, _ extremes: UnsafeMutablePointer<Int32>
    ) {
        for day in 0..<days {
            let (row, f, e) = (x + day * slots, floats + day * 9, extremes + day * 3)
            let first = row[0] == .min ? 0 : row[0]
            for place in 0..<9 { f[place] = 0 }
            f[3] = Float(first)
            (e[0], e[1], e[2]) = (.max, .min, .max)
            for slot in 0..<slots where row[slot] != .min {
                let deviation = Float(row[slot] &- first)
                f[0] += 1
                f[4] += deviation
                f[5] += deviation * deviation
                f[7] += deviation * cosine[slot]
                f[8] += deviation * sine[slot]
                if row[slot] < e[0] { e[0] = row[slot] }
                if row[slot] > e[1] { e[1] = row[slot] }
                if slot < night, row[slot] < e[2] { e[2] = row[slot] }
                guard slot > 0, row[slot - 1] != .min else { continue }
                let step = Float(row[slot] &- row[slot - 1])
                f[1] += 1
                f[2] += step == 0 ? 1 : 0
                f[6] += step * step
            }
        }
    }
#endif
