/// The records of a table. Their place is set aside at once and costs memory only as it is used: growing moves nothing, and
/// each record lies in two cache lines of its own. Unsafe memory; `FlowBookkeepingTests` compares the table with a dictionary.
struct FlowRecords: ~Copyable {
    private let memory: PageMemory
    private let base: UnsafeMutablePointer<FlowRecord>
    /// Records at most.
    let limit: Int
    private(set) var count = 0

    /// - Parameter limit: records at most; fewer where the system has no room for so many.
    init(limit: Int) {
        var limit = max(limit, 16)
        while true {
            if let found = PageMemory(byteCount: limit * MemoryLayout<FlowRecord>.stride) {
                base = found.base.bindMemory(to: FlowRecord.self, capacity: limit)
                memory = found
                self.limit = limit
                return
            }
            precondition(limit > 1024, "no memory for a thousand flows")
            limit /= 2
        }
    }

    var indices: Range<Int> { 0..<count }

    /// Where a record lies, as long as the table lives.
    /// - Precondition: `place` was answered by `append`.
    @inline(__always)
    func at(_ place: Int) -> UnsafeMutablePointer<FlowRecord> {
        precondition(place >= 0 && place < count, "a record that there is not")
        return base + place
    }

    subscript(place: Int) -> FlowRecord {
        @inline(__always) get { at(place).pointee }
        @inline(__always) nonmutating _modify { yield &at(place).pointee }
    }

    /// - Precondition: there are fewer than the limit.
    mutating func append(_ record: FlowRecord) -> Int {
        precondition(count < limit, "a record too many")
        (base + count).initialize(to: record)
        count += 1
        return count - 1
    }
}
