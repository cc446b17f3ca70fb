import Vocabulary

/// Who had an address, from when to when, as a network operator's log says.
package struct AddressAssignment: Hashable, Sendable {
    package var address: IPAddress
    /// Which address space it is of, for private addresses are given out in many places at once; empty = the public.
    package var realm: String
    /// Ports of a shared address (carrier translation); nil when the address is one subscriber's own.
    package var ports: ClosedRange<UInt16>?
    /// The address behind the translation, in the same realm.
    package var inside: IPAddress?
    /// Line or account as the links of the register name it.
    package var line: String?
    /// Hardware address, never in clear.
    package var device: MaskedIdentity?
    package var from: Instant
    /// First instant at which it no longer holds; nil = still.
    package var to: Instant?

    /// What two rows must share to be about the same holder.
    package var holder: String {
        if let line { return "line:\(line)" }
        if let device { return "device:\(device.key)" }
        return "inside:\(inside.map(\.description) ?? "")"
    }

    /// The same assignment while all but its end are the same.
    var id: String {
        let range = ports.map { "\($0.lowerBound)-\($0.upperBound)" } ?? ""
        return "\(address)|\(realm)|\(range)|\(holder)|\(from.nanoseconds)"
    }

    var end: Int64 { to?.nanoseconds ?? .max }

    func holds(at instant: Instant) -> Bool { from <= instant && instant.nanoseconds < end }
}

/// Answer to: who held this address and port at this instant?
package enum HolderAnswer: Hashable, Sendable {
    package enum Reason: String, Hashable, Sendable, Codable {
        /// Many subscribers share the address: without port and time it names nobody.
        case portNeeded = "shared-address-needs-port"
        /// Addresses change hands: without a time none names anybody.
        case timeNeeded = "time-needed"
        /// The time is not sure enough: the address changed hands within the doubt.
        case changedHands = "changed-hands-within-doubt"
        /// No log says.
        case notLogged = "not-logged"
    }

    /// Newest assignment first; a translated one is followed by the assignments of the address inside.
    case held([AddressAssignment])
    /// Logs contradict one another: each claim as it was logged, none of them chosen.
    case disputed([AddressAssignment])
    case noAnswer(Reason)
}

/// Finds out which assignments contradict one another: two holders of one address and port at one time.
struct AssignmentConflicts {
    /// Places in the rows, and of one that each contradicts; nil where an address has too many rows to compare all.
    private(set) var doubtful: [Int: Int?] = [:]

    init(_ rows: [AddressAssignment]) {
        let keys = rows.map { SortKey($0) }
        let order = rows.indices.sorted { keys[$0] < keys[$1] }
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, keys[order[end]].sameAddress(keys[order[start]]) { end += 1 }
            if end - start > 1 { compare(rows, Array(order[start..<end])) }
            start = end
        }
    }

    private struct SortKey: Comparable {
        let address: IPAddress
        let realm: String
        let from: Instant
        init(_ row: AddressAssignment) { (address, realm, from) = (row.address, row.realm, row.from) }
        func sameAddress(_ other: SortKey) -> Bool { address == other.address && realm == other.realm }
        static func < (left: SortKey, right: SortKey) -> Bool {
            if left.address != right.address { return left.address < right.address }
            return left.realm == right.realm ? left.from < right.from : left.realm < right.realm
        }
    }

    /// The rows of a stretch of ports that reach furthest, of two different holders: where the first is of one's own
    /// holder, the second is the one to fear.
    private struct Reach {
        var first: Int?
        var second: Int?

        func other(than holder: Int, _ holders: [Int]) -> Int? {
            first.flatMap { holders[$0] == holder ? second : $0 }
        }

        mutating func add(_ row: Int, _ holders: [Int], reaches: (Int, Int) -> Bool) {
            guard let best = first else {
                first = row
                return
            }
            if reaches(row, best) {
                if holders[row] != holders[best] { second = best }
                first = row
            } else if holders[row] != holders[best], second.map({ reaches(row, $0) }) ?? true {
                second = row
            }
        }
    }

    /// One address, in the order of beginnings: forwards each row meets the one before it that ends last, backwards the
    /// one after it that begins first. Ports that no row tells apart are one stretch.
    private mutating func compare(_ rows: [AddressAssignment], _ group: [Int]) {
        var numbers: [String: Int] = [:]
        let holders = group.map { index in
            let next = numbers.count
            let number = numbers[rows[index].holder] ?? next
            numbers[rows[index].holder] = number
            return number
        }
        guard numbers.count > 1 else { return }
        let whole: ClosedRange<UInt16> = 0...UInt16.max
        let ports = group.map { rows[$0].ports ?? whole }
        let bounds = Set(ports.map { Int($0.lowerBound) } + ports.map { Int($0.upperBound) + 1 }).sorted()
        let places = Dictionary(bounds.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let spans = ports.map { (places[Int($0.lowerBound)] ?? 0)..<(places[Int($0.upperBound) + 1] ?? 0) }
        guard spans.reduce(0, { $0 + $1.count }) <= CasebookLimits.portSteps else {
            for index in group { doubtful[index] = .some(nil) }
            return
        }
        func walk(_ order: some Sequence<Int>, meets: (Int, Int) -> Bool, reaches: (Int, Int) -> Bool) {
            var reach = [Reach](repeating: Reach(), count: bounds.count)
            for row in order {
                for span in spans[row] {
                    if let other = reach[span].other(than: holders[row], holders), meets(row, other) {
                        doubtful[group[row]] = group[other]
                    }
                    reach[span].add(row, holders, reaches: reaches)
                }
            }
        }
        let from = group.map { rows[$0].from.nanoseconds }
        let end = group.map { rows[$0].end }
        walk(group.indices.reversed(), meets: { from[$1] < end[$0] }, reaches: { from[$0] <= from[$1] })
        walk(group.indices, meets: { end[$1] > from[$0] }, reaches: { end[$0] > end[$1] })
    }
}
