/// Order statistics over small lists without missing values.
package enum Order {
    /// Middle value, mean of the two middle ones for an even count; NaN when empty. Sorts `values` in place.
    package static func median(_ values: inout [Float]) -> Float {
        let count = values.count
        guard count > 0 else { return .nan }
        if count <= 32 { insertionSort(&values) } else { values.sort() }
        return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2
    }

    /// Median of the present values.
    package static func median(of values: some Sequence<Float>) -> Float {
        var present = values.filter { !$0.isNaN }
        return median(&present)
    }

    /// Median absolute deviation × 1.4826 (a normal's standard deviation) around `centre`.
    package static func spread(of values: some Sequence<Float>, around centre: Float) -> Float {
        var distances = values.compactMap { $0.isNaN ? nil : abs($0 - centre) }
        return 1.4826 * median(&distances)
    }

    /// Quantile of a sorted list by linear interpolation; NaN when empty.
    package static func quantile(sorted values: [Float], _ share: Float) -> Float {
        guard let last = values.last else { return .nan }
        let place = min(max(share, 0), 1) * Float(values.count - 1)
        let index = Int(place)
        guard index + 1 < values.count else { return last }
        return values[index] + (values[index + 1] - values[index]) * (place - Float(index))
    }

    private static func insertionSort(_ values: inout [Float]) {
        var index = 1
        while index < values.count {
            let value = values[index]
            var place = index
            while place > 0, values[place - 1] > value {
                values[place] = values[place - 1]
                place -= 1
            }
            values[place] = value
            index += 1
        }
    }
}
