/// Sorts merged days into batches of one shape each.
struct BatchSorter {
    private struct Shape: Hashable {
        var slots: Int
        var quantum: Quantum
    }
    private var places: [Shape: Int] = [:]
    private var last: (shape: Shape, place: Int)?
    private(set) var batches: [StoredDays] = []

    private mutating func place(_ shape: Shape) -> Int {
        if let last, last.shape == shape { return last.place }
        let place = places[shape] ?? batches.count
        if place == batches.count {
            places[shape] = place
            batches.append(StoredDays(slotsPerDay: shape.slots, quantum: shape.quantum))
        }
        last = (shape, place)
        return place
    }

    mutating func add(_ day: MergedDay, series: UInt32, day number: Int32) {
        let place = place(Shape(slots: day.values.count, quantum: day.quantum))
        if batches[place].quality.isEmpty, day.quality.contains(where: { $0 != 0 }) {
            let before = batches[place].count * batches[place].qualityBytes
            batches[place].quality = [UInt8](repeating: 0, count: before)
            batches[place].quality.append(contentsOf: day.quality)
        } else if !batches[place].quality.isEmpty {
            batches[place].quality.append(contentsOf: day.quality)
        }
        batches[place].meters.append(series)
        batches[place].days.append(number)
        batches[place].values.append(contentsOf: day.values)
    }

    /// Adds what the rows from `first` on make of one day; answers where the next day starts.
    mutating func addGroup(of found: FoundRows, from first: Int) throws -> Int {
        let group = found.group(from: first)
        let row = found.rows[first]
        if group.count == 1 {
            let block = Int(row.block)
            if let quantum = RowDecoder.quantum(found.blocks[block], row: Int(row.row)),
                !RowDecoder.hasMarks(found.blocks[block], row: Int(row.row))
            {
                let place = place(Shape(slots: found.blocks[block].slots, quantum: quantum))
                if batches[place].quality.isEmpty {
                    let present = RowDecoder.appendUnmarked(
                        found.blocks[block], row: Int(row.row), values: &batches[place].values)
                    guard present != nil else { throw found.damaged(row) }
                    batches[place].meters.append(row.series)
                    batches[place].days.append(row.day)
                    return group.upperBound
                }
            }
        }
        add(try found.merged(group), series: row.series, day: row.day)
        return group.upperBound
    }
}
