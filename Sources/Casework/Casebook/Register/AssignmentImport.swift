import Vocabulary

/// Address assignments from a network operator: DHCP and RADIUS exports, and logs of carrier translation. What the file
/// says beyond these columns is not kept.
package struct AssignmentImport: Sendable {
    package private(set) var rows: [AddressAssignment] = []
    package private(set) var report: RegisterReport
    /// Line of the file each row stands on.
    private(set) var lines: [Int] = []
    private var doubtful: Set<Int> = []

    private static let columns = [
        RegisterColumn(
            "address", "ip", "ip_address", "framed_ip_address", "public_ip", "nat_ip", "地址", "IP地址", "公网地址",
            "公网IP", "外网IP", needed: true),
        RegisterColumn("ports", "port_range", "port_block", "端口", "端口段", "端口范围", "公网端口"),
        RegisterColumn("port_low", "port_start", "port_from", "起始端口"),
        RegisterColumn("port_high", "port_end", "port_to", "结束端口", "终止端口"),
        RegisterColumn("inside", "inside_ip", "private_ip", "内网地址", "内网IP", "私网地址", "私网IP"),
        RegisterColumn(
            "line", "account", "username", "user_name", "subject", "线路", "线路编号", "账号", "宽带账号", "用户账号",
            "业务号码"),
        RegisterColumn("mac", "hardware", "calling_station_id", "MAC地址", "物理地址"),
        RegisterColumn("from", "start", "start_time", "lease_start", "acct_start", "开始", "开始时间", "起始时间", needed: true),
        RegisterColumn("to", "end", "end_time", "stop_time", "lease_end", "acct_stop", "结束", "结束时间", "终止时间"),
        RegisterColumn("realm", "vrf", "domain", "地址域", "域"),
    ]

    /// - Parameters:
    ///   - key: hides hardware addresses.
    ///   - zone: seconds east of UTC of times without a zone.
    package init(_ file: RegisterFile, key: RegisterKey, zone: Int = 28_800) {
        var reader = RegisterRows(file, AssignmentImport.columns)
        var known: [String: Int] = [:]
        while var row = reader.next() {
            let read = AssignmentImport.read(&row, key: key, zone: zone)
            var repeated = false
            if let read, row.problem == nil {
                if let twin = known[read.id] {
                    // A lease that was prolonged is told again with a later end.
                    repeated = true
                    rows[twin].to = AssignmentImport.later(rows[twin].to, read.to)
                } else {
                    known[read.id] = rows.count
                    rows.append(read)
                    lines.append(row.line)
                }
            }
            reader.settle(row, repeated: repeated)
        }
        report = reader.report
        let lines = lines
        doubt(AssignmentConflicts(rows)) { "line \(lines[$0])" }
    }

    /// Says which rows contradict others. They are taken: for the time in question nobody is named, before and after it
    /// they are as good as any.
    mutating func doubt(_ conflicts: AssignmentConflicts, other: (Int) -> String) {
        for (index, twin) in conflicts.doubtful.sorted(by: { $0.key < $1.key }) where index < rows.count {
            guard doubtful.insert(index).inserted else { continue }
            report.counts.doubtful += 1
            let what = twin.map { "another holder of the address in the same time: " + other($0) }
            report.note(
                lines[index], "address", what ?? "the address has too many rows to compare them all",
                "ask the operator which is right; until then nobody is named for that time")
        }
    }

    private static func later(_ one: Instant?, _ other: Instant?) -> Instant? {
        guard let one, let other else { return one ?? other }
        return max(one, other)
    }

    private static func read(_ row: inout RegisterRow, key: RegisterKey, zone: Int) -> AddressAssignment? {
        let address = IPAddress(row.needed("address"))
        if address == nil { row.fail("address", "is no address", "write one IPv4 or IPv6 address") }
        let ports = ports(&row)
        var inside: IPAddress?
        if let text = row.some("inside") {
            inside = IPAddress(text)
            if inside == nil { row.fail("inside", "is no address", "write one IPv4 or IPv6 address, or nothing") }
        }
        let line = row.some("line")
        let device = row.some("mac").map { key.hide($0, use: "device") }
        if line == nil, device == nil, inside == nil {
            row.fail("line", "nobody is named", "fill in line or account, hardware address or inside address")
        }
        // A shared address without ports must never pass for one that is a household's own.
        if ports == nil, inside != nil || row.has("ports") || row.has("port_low") {
            row.fail("ports", "is empty", "write the ports; 0-65535 where the address was one subscriber's alone")
        }
        // Ports are used again within seconds, so a day says nothing of who had one.
        let dayEnds: Bool? = ports == nil ? false : nil
        _ = row.needed("from")
        let from = row.instant("from", zone: zone, dayEnds: dayEnds)
        var to = row.instant("to", zone: zone, dayEnds: dayEnds.map { _ in true })
        if ports != nil, to == nil { row.fail("to", "is empty", "a shared port needs its end, to the second") }
        if let from, let to, to < from { row.fail("to", "lies before from", "swap or mend the times") }
        // Logs count in seconds: what began and ended in one lasted for some of it.
        if to == from { to = from?.adding(seconds: 1) }
        guard row.problem == nil, let address, let from else { return nil }
        return AddressAssignment(
            address: address, realm: row.text("realm"), ports: ports, inside: inside, line: line, device: device,
            from: from, to: to)
    }

    /// `1024-2047` or one port in `ports`, or the two ends in columns of their own; nil = the whole address.
    private static func ports(_ row: inout RegisterRow) -> ClosedRange<UInt16>? {
        let text = row.text("ports")
        let low = row.some("port_low")
        let high = row.some("port_high")
        let ends =
            text.isEmpty
            ? [low, high].compactMap(\.self)
            : text.split(separator: text.contains("~") ? "~" : "-", omittingEmptySubsequences: false).map {
                RegisterRow.trimmed(String($0))
            }
        guard !ends.isEmpty else { return nil }
        let numbers = ends.map { $0.utf8.first == UInt8(ascii: "+") ? nil : UInt16($0) }
        guard numbers.count <= 2, let first = numbers.first ?? nil, let last = numbers.last ?? nil, first <= last,
            low == nil || high != nil
        else {
            row.fail("ports", "are no ports", "write 1024-2047, or fill in both port_low and port_high")
            return nil
        }
        return first...last
    }
}
