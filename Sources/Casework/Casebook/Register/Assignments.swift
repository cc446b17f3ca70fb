import GRDB
import Vocabulary

/// Address assignments in the store.
enum Assignments {
    private static func row(_ row: Row) throws -> AddressAssignment {
        let id: String = row["id"]
        guard let address = IPAddress(row["address"] as String) else {
            throw CasebookError.corruptRow(table: "assignment", row: id)
        }
        var ports: ClosedRange<UInt16>?
        if let low = (row["port_low"] as Int?).flatMap(UInt16.init(exactly:)),
            let high = (row["port_high"] as Int?).flatMap(UInt16.init(exactly:)), low <= high
        {
            ports = low...high
        }
        let device = (row["device_key"] as String?).map { MaskedIdentity(masked: row["device"] ?? "", key: $0) }
        return AddressAssignment(
            address: address, realm: row["realm"], ports: ports,
            inside: (row["inside"] as String?).flatMap { IPAddress($0) },
            line: row["line"], device: device, from: Instant(nanoseconds: row["from_ns"]),
            to: (row["to_ns"] as Int64?).map { Instant(nanoseconds: $0) })
    }

    /// Rows of the store for the same addresses that touch the time of `rows`.
    static func near(_ rows: [AddressAssignment], _ db: Database) throws -> [AddressAssignment] {
        var spans: [[String]: (first: Int64, last: Int64)] = [:]
        for one in rows {
            let key = [one.address.description, one.realm]
            let old = spans[key] ?? (one.from.nanoseconds, one.end)
            spans[key] = (min(old.first, one.from.nanoseconds), max(old.last, one.end))
        }
        let find = try db.cachedStatement(
            sql: """
                SELECT * FROM assignment WHERE until_rev IS NULL AND address = ? AND realm = ? AND from_ns < ?
                    AND (to_ns IS NULL OR to_ns > ?)
                """)
        var found: [AddressAssignment] = []
        for (key, span) in spans {
            found += try Row.fetchAll(find, arguments: [key[0], key[1], span.last, span.first]).map(row)
        }
        return found.sorted { $0.id < $1.id }
    }

    /// Rows retired plus rows written: none, one, or two where the end or the holder's other names changed.
    static func write(_ one: AddressAssignment, revision: Int, _ db: Database) throws -> Int {
        let known = try db.cachedStatement(sql: "SELECT * FROM assignment WHERE id = ? AND until_rev IS NULL")
        let old = try Row.fetchOne(known, arguments: [one.id])
        if let old {
            if try row(old) == one { return 0 }
            try db.cachedStatement(sql: "UPDATE assignment SET until_rev = ? WHERE id = ? AND until_rev IS NULL")
                .execute(arguments: [revision, one.id])
        }
        try db.cachedStatement(
            sql: """
                INSERT INTO assignment (id, address, realm, port_low, port_high, inside, line, device, device_key,
                    holder, from_ns, to_ns, since_rev) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(
            arguments: [
                one.id, one.address.description, one.realm, one.ports.map { Int($0.lowerBound) },
                one.ports.map { Int($0.upperBound) }, one.inside?.description, one.line, one.device?.masked,
                one.device?.key, one.holder, one.from.nanoseconds, one.to?.nanoseconds, revision,
            ])
        return old == nil ? 1 : 2
    }

    /// - Parameter doubt: seconds by which the clocks may differ.
    static func holder(
        of address: IPAddress, realm: String, port: UInt16?, at: Instant?, doubt: Int64, _ db: Database
    ) throws -> HolderAnswer {
        guard let at else { return .noAnswer(.timeNeeded) }
        let shared = try Bool.fetchOne(
            db,
            sql: """
                SELECT EXISTS (SELECT 1 FROM assignment WHERE until_rev IS NULL AND address = ? AND realm = ?
                    AND port_low IS NOT NULL)
                """, arguments: [address.description, realm])
        if port == nil, shared == true { return .noAnswer(.portNeeded) }
        let answer = try claims(of: address, realm: realm, port: port, at: at, doubt: doubt, db)
        // The log of the translation names an address inside; who had that is in another log.
        guard case .held(let rows) = answer, let one = rows.first, one.line == nil, let inside = one.inside,
            inside != address
        else { return answer }
        switch try claims(of: inside, realm: realm, port: nil, at: at, doubt: doubt, db) {
        case .held(let behind): return .held(rows + behind)
        case .noAnswer(.notLogged): return answer
        case let other: return other
        }
    }

    /// What the logs say of one address, whatever lies behind it. Without a port only whole addresses are looked at.
    private static func claims(
        of address: IPAddress, realm: String, port: UInt16?, at: Instant, doubt: Int64, _ db: Database
    ) throws -> HolderAnswer {
        let find = try db.cachedStatement(
            sql: """
                SELECT * FROM assignment WHERE until_rev IS NULL AND address = ? AND realm = ? AND from_ns <= ?
                    AND (to_ns IS NULL OR to_ns > ?) AND (port_low IS NULL OR ? BETWEEN port_low AND port_high)
                ORDER BY from_ns DESC, row DESC LIMIT \(CasebookLimits.claims)
                """)
        let rows = try Row.fetchAll(
            find,
            arguments: [
                address.description, realm, at.adding(seconds: doubt).nanoseconds,
                at.adding(seconds: -doubt).nanoseconds, port.map { Int($0) },
            ]
        ).map(row)
        let now = rows.filter { $0.holds(at: at) }
        if Set(now.map(\.holder)).count > 1 { return .disputed(now) }
        if Set(rows.map(\.holder)).count > 1 { return .noAnswer(.changedHands) }
        return now.isEmpty ? .noAnswer(.notLogged) : .held(now)
    }
}

extension CasebookReader {
    /// Who held this address and port at this instant. Behind carrier translation without a port, or without a time,
    /// there is no answer but the reason: an address alone never names a household.
    ///
    /// - Parameters:
    ///   - realm: address space; empty = the public one.
    ///   - doubt: seconds by which the clock of the capture and that of the log may differ.
    package func holder(
        of address: IPAddress, port: UInt16?, at: Instant?, realm: String = "", doubt: Int64 = 0
    ) throws(CasebookError) -> HolderAnswer {
        try reading {
            try Assignments.holder(of: address, realm: realm, port: port, at: at, doubt: max(0, doubt), $0)
        }
    }
}
