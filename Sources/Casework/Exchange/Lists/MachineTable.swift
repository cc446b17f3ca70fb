import Casebook
import Vocabulary

/// Machines that were seen or seized, for those who watch over the trade in them.
package struct MachineSeen: Hashable, Sendable {
    package enum Basis: String, Hashable, Sendable, CaseIterable {
        /// Read off a nameplate by an inspector.
        case nameplate
        /// What the machine's own program called itself on the wire.
        case declared
    }

    package var caseID: String
    /// Province code.
    package var province: String
    /// Nil when the model is in no list.
    package var maker: String?
    package var model: String
    package var serial: String?
    package var count: Int
    package var basis: Basis

    package init(
        caseID: String, province: String, maker: String?, model: String, serial: String? = nil, count: Int,
        basis: Basis
    ) {
        self.caseID = caseID
        self.province = province
        self.maker = maker
        self.model = model
        self.serial = serial
        self.count = max(0, count)
        self.basis = basis
    }
}

package enum MachineTable {
    /// One row a case, model and serial. A serial that occurs in two rows is marked: the machine has moved, or one of
    /// the two was misread.
    package static func csv(_ machines: [MachineSeen]) -> [UInt8] {
        var cases: [String: Set<String>] = [:]
        for one in machines { if let serial = one.serial { cases[serial, default: []].insert(one.caseID) } }
        let rows = sorted(machines).map { one -> [TableExport.Cell] in
            let moved = one.serial.map { (cases[$0]?.count ?? 0) > 1 } ?? false
            return [
                .text(one.caseID), .text(one.province), one.maker.map { .text($0) } ?? .unknown, .text(one.model),
                one.serial.map { .text($0) } ?? .unknown, .count(one.count), .text(one.basis.rawValue),
                .text(moved ? "in several cases" : ""),
            ]
        }
        return TableExport.csv(
            header: ["case", "province", "maker", "model", "serial", "count", "basis", "note"], rows: rows)
    }

    /// Models and counts by maker and province; what was only declared on the wire stays a column of its own.
    package static func summary(_ machines: [MachineSeen]) -> [UInt8] {
        struct Key: Hashable { var fields: [String] }
        var sums: [Key: (nameplate: Int, declared: Int, cases: Set<String>)] = [:]
        for one in machines {
            let key = Key(fields: [one.maker ?? "", one.model, one.province])
            var sum = sums[key] ?? (0, 0, [])
            switch one.basis {
            case .nameplate: sum.nameplate = added(sum.nameplate, one.count)
            case .declared: sum.declared = added(sum.declared, one.count)
            }
            sum.cases.insert(one.caseID)
            sums[key] = sum
        }
        let rows = sums.sorted { $0.key.fields.lexicographicallyPrecedes($1.key.fields) }.map { key, sum in
            key.fields.map { $0.isEmpty ? TableExport.Cell.unknown : .text($0) }
                + [.count(sum.nameplate), .count(sum.declared), .count(sum.cases.count)]
        }
        return TableExport.csv(
            header: ["maker", "model", "province", "nameplate", "declared", "cases"], rows: rows)
    }

    private static func added(_ left: Int, _ right: Int) -> Int {
        let (sum, over) = left.addingReportingOverflow(right)
        return over ? .max : sum
    }

    private static func sorted(_ machines: [MachineSeen]) -> [MachineSeen] {
        func key(_ one: MachineSeen) -> [String] {
            [
                one.maker ?? "", one.model, one.province, one.caseID, one.serial ?? "", one.basis.rawValue,
                "\(one.count)",
            ]
        }
        return machines.sorted { key($0).lexicographicallyPrecedes(key($1)) }
    }
}
