import Casebook
import Vocabulary

/// Endpoints abroad with first and last sight and evidence, one row an address and port, for the communications
/// administration. Where an address lies comes from a table that the user gives; without one it is unknown, not abroad.
package enum DestinationTable {
    /// `range,country` rows (ISO 3166 codes), the longest prefix wins.
    package struct Countries: Sendable {
        /// By prefix length, longest first: a look-up tries each length once.
        private let lengths: [Int]
        private let table: [AddressRange: String]

        package init(_ rows: [(AddressRange, String)]) {
            table = Dictionary(rows.map { ($0.0, $0.1) }, uniquingKeysWith: { first, _ in first })
            lengths = Set(table.keys.map(\.prefixLength)).sorted(by: >)
        }

        /// Reads CSV with the header `range,country`; a bad row is refused by itself.
        package static func read(_ text: String, file: String) -> (countries: Countries, refused: [ExchangeRefusal]) {
            var rows = CSVRows(text)
            var taken: [(AddressRange, String)] = []
            var refused: [ExchangeRefusal] = []
            func refuse(_ line: Int, _ column: String, _ what: String, _ remedy: String) {
                guard refused.count < ExchangeLimits.refusals else { return }
                refused.append(.init(file: file, line: line, column: column, what: what, remedy: remedy))
            }
            guard let head = rows.next(), head.fields == ["range", "country"] else {
                refuse(1, "header", "not range,country", "name the two columns so")
                return (Countries([]), refused)
            }
            while let row = rows.next() {
                guard !row.malformed, row.fields.count == 2 else {
                    refuse(row.line, "row", "not two fields", "write one range and one country a row")
                    continue
                }
                guard let range = AddressRange(row.fields[0]) else {
                    refuse(row.line, "range", "not an address or block", "write it as 1.2.0.0/16")
                    continue
                }
                guard row.fields[1].utf8.count == 2, row.fields[1].utf8.allSatisfy({ (0x41...0x5A).contains($0) })
                else {
                    refuse(row.line, "country", "not a two-letter code", "use capital ISO 3166 letters")
                    continue
                }
                taken.append((range, row.fields[1]))
            }
            return (Countries(taken), refused)
        }

        func of(_ ip: IPAddress) -> String? {
            for length in lengths where length <= (ip.isIPv4 ? 32 : 128) {
                if let range = AddressRange("\(ip)/\(length)"), let country = table[range] { return country }
            }
            return nil
        }
    }

    static let header = [
        "address", "port", "names", "pool", "country", "overseas", "first_seen", "last_seen", "sessions", "clients",
        "best_tier", "direct", "relayed", "encrypted", "dialects", "bytes", "evidence",
    ]

    /// Rows by address and port. `overseasOnly` leaves out what lies in the country and what cannot be reached from
    /// outside; what lies nobody knows where stays, marked unknown.
    package static func csv(
        _ findings: [ExchangeFinding], countries: Countries, overseasOnly: Bool = true
    ) -> [UInt8] {
        let groups = Dictionary(grouping: findings, by: \.session.server).sorted { $0.key < $1.key }
        var rows: [[TableExport.Cell]] = []
        for (server, group) in groups {
            let country = countries.of(server.ip)
            if overseasOnly, country == "CN" || !AddressClasses.isPublic(server.ip) { continue }
            rows.append(row(server, group.sorted { $0.id < $1.id }, country))
        }
        return TableExport.csv(header: header, rows: rows)
    }

    private static func row(
        _ server: Endpoint, _ group: [ExchangeFinding], _ country: String?
    ) -> [TableExport.Cell] {
        let seen = group.compactMap(\.session.seen)
        let clients = group.map { $0.session.client?.ip }
        func list(_ values: [String?]) -> TableExport.Cell {
            let all = Set(values.compactMap { $0 }).sorted()
            return all.isEmpty ? .unknown : .text(all.joined(separator: " "))
        }
        func route(_ route: ExchangeSession.Route) -> TableExport.Cell {
            .count(group.count { $0.session.route == route })
        }
        // One session whose size nobody knows makes the sum a minimum; then it is left unknown.
        let bytes = group.map(\.session.bytes)
        let sum = bytes.contains(nil) ? nil : bytes.compactMap { $0 }.reduce(0.0) { $0 + Double($1) }
        let evidence = group.prefix(3).compactMap { one -> String? in
            guard let digest = one.session.captureSHA256, let frame = one.session.evidence.first?.frame else {
                return nil
            }
            return "\(digest)#\(frame)"
        }
        return [
            .text(server.ip.description), .count(Int(server.port)), list(group.map(\.session.hostName)),
            list(group.map(\.session.poolName)), country.map { .text($0) } ?? .unknown,
            .text(country.map { $0 == "CN" ? "no" : "yes" } ?? "unknown"),
            seen.map(\.lowerBound).min().map { .text($0.rfc3339()) } ?? .unknown,
            seen.map(\.upperBound).max().map { .text($0.rfc3339()) } ?? .unknown, .count(group.count),
            clients.contains(nil) ? .unknown : .count(Set(clients).count),
            .text(group.map(\.session.tier).max()?.rawValue ?? ""), route(.direct), route(.relayed),
            route(.encrypted), list(group.map(\.session.dialect)), sum.map { .number($0) } ?? .unknown,
            list(evidence),
        ]
    }
}
