/// A reused buffer of present values with order statistics on it. No allocation after it has grown once.
package struct OrderScratch {
    package private(set) var values: [Double]
    package private(set) var count = 0

    /// Up to here insertion sort beats selection.
    private static let small = 40
    /// Selection rounds before a hostile order is sorted instead.
    private static let rounds = 48

    package init(capacity: Int) { values = [Double](repeating: 0, count: max(1, capacity)) }

    package mutating func clear() { count = 0 }

    /// Appends a value unless it is missing.
    package mutating func add(_ value: Double) {
        if value.isNaN { return }
        if count == values.count { values.append(contentsOf: repeatElement(0, count: values.count)) }
        values[count] = value
        count += 1
    }

    /// The present values of a stretch, in place of what was there. Bounds are cut to the list.
    package mutating func load(_ list: [Double], _ from: Int, _ to: Int) {
        count = 0
        let first = max(0, from)
        let end = min(list.count, to)
        var place = first
        while place < end {
            add(list[place])
            place += 1
        }
    }

    /// Puts a value into sorted values, unless it is missing.
    mutating func insertSorted(_ value: Double) {
        if value.isNaN { return }
        add(value)
        var place = count - 1
        while place > 0, values[place - 1] > value {
            values[place] = values[place - 1]
            place -= 1
        }
        values[place] = value
    }

    /// Takes one such value out of sorted values again.
    mutating func removeSorted(_ value: Double) {
        if value.isNaN { return }
        var place = 0
        while place < count, values[place] < value { place += 1 }
        guard place < count else { return }
        count -= 1
        while place < count {
            values[place] = values[place + 1]
            place += 1
        }
    }

    package mutating func sortSmall() { sort(0, count - 1) }

    private mutating func sort(_ low: Int, _ high: Int) {
        var index = low + 1
        while index <= high {
            let value = values[index]
            var place = index - 1
            while place >= low, values[place] > value {
                values[place + 1] = values[place]
                place -= 1
            }
            values[place + 1] = value
            index += 1
        }
    }

    /// Quantile of values already sorted, linear at share × (count − 1); NaN when empty.
    package func sortedQuantile(_ share: Double) -> Double {
        guard count > 0 else { return .nan }
        let position = share * Double(count - 1)
        let index = Int(position)
        if index >= count - 1 { return values[count - 1] }
        let part = position - Double(index)
        return values[index] * (1 - part) + values[index + 1] * part
    }

    /// Quantile of the values in any order (which it changes).
    package mutating func quantile(_ share: Double) -> Double {
        guard count > 0 else { return .nan }
        if count <= Self.small {
            sortSmall()
            return sortedQuantile(share)
        }
        let position = share * Double(count - 1)
        let index = Int(position)
        if index >= count - 1 { return greatest(from: 0) }
        let part = position - Double(index)
        let high = select(index)
        var next = high > index ? values[index + 1] : Double.infinity
        if high <= index {
            var place = index + 1
            while place < count {
                if values[place] < next { next = values[place] }
                place += 1
            }
        }
        return values[index] * (1 - part) + next * part
    }

    package mutating func median() -> Double { quantile(0.5) }

    /// 1.4826 × median distance from `centre`; the values are replaced by their distances.
    package mutating func spread(_ centre: Double) -> Double {
        if centre.isNaN { return .nan }
        var place = 0
        while place < count {
            values[place] = abs(values[place] - centre)
            place += 1
        }
        return 1.4826 * quantile(0.5)
    }

    /// The same of sorted values, found by walking outwards from the centre; the values stay.
    package func sortedSpread(_ centre: Double) -> Double {
        guard count > 0 else { return .nan }
        let position = 0.5 * Double(count - 1)
        let index = Int(position)
        let part = position - Double(index)
        var right = 0
        while right < count, values[right] <= centre { right += 1 }
        var left = right - 1
        var last = 0.0
        var next = 0.0
        for step in 0...min(index + 1, count - 1) {
            last = next
            if left >= 0, right >= count || abs(values[left] - centre) <= abs(values[right] - centre) {
                next = abs(values[left] - centre)
                left -= 1
            } else {
                next = abs(values[right] - centre)
                right += 1
            }
            if step == 0 { last = next }
        }
        if index >= count - 1 { return 1.4826 * next }
        return 1.4826 * (last * (1 - part) + next * part)
    }

    private func greatest(from first: Int) -> Double {
        var best = values[first]
        for place in first..<count where values[place] > best { best = values[place] }
        return best
    }

    /// Puts the value of rank `rank` in its place; returns the last place up to which the values around it are sorted.
    private mutating func select(_ rank: Int) -> Int {
        var low = 0
        var high = count - 1
        var round = 0
        while high - low > 16 {
            round += 1
            if round > Self.rounds {
                values[low...high].sort()
                return high
            }
            let pivot = middle(values[low], values[(low + high) / 2], values[high])
            var up = low
            var down = high
            while up <= down {
                while values[up] < pivot { up += 1 }
                while pivot < values[down] { down -= 1 }
                if up <= down {
                    values.swapAt(up, down)
                    up += 1
                    down -= 1
                }
            }
            if rank <= down {
                high = down
            } else if rank >= up {
                low = up
            } else {
                return rank
            }
        }
        sort(low, high)
        return high
    }

    private func middle(_ a: Double, _ b: Double, _ c: Double) -> Double { max(min(a, b), min(max(a, b), c)) }
}
