import Casebook
import Foundation
import Yams

/// One `countermine.yaml`. Every path in it is relative to the file's own folder.
package struct Configuration: Sendable {
    package struct Source: Sendable, Equatable {
        package var path: String
        /// What people call it; the path where it has no name.
        package var name: String
        /// Seconds within which something new is to come; nil: whenever it comes.
        package var cadenceSeconds: Int?
        package var unit: String?
        package var intervalMinutes: Int?
        /// Seconds east of UTC.
        package var timezoneOffset: Int
        package var encoding: String?
    }

    package struct Limits: Sendable, Equatable {
        /// Address space of a decoding child, MiB.
        package var memoryMebibytes = 2_048
        /// Processor time of a decoding child, seconds.
        package var cpuSeconds = 600

        package init(memoryMebibytes: Int = 2_048, cpuSeconds: Int = 600) {
            self.memoryMebibytes = memoryMebibytes
            self.cpuSeconds = cpuSeconds
        }
    }

    /// Folder that holds the file.
    package var folder: URL
    package var province: String
    package var store: URL
    package var publish: URL?
    package var units: URL
    package var sites: URL
    package var links: URL
    package var meters: [Source]
    package var feeders: [Source]
    package var captures: [Source]
    /// Share of sites with mining before any evidence, 0 ..< 1. Printed with every run.
    package var prior: Double
    package var demo: Bool
    package var limits: Limits
    package var notices: NoticeSettings?
    /// Folder of the installation's keys: not in the store, so that whoever copies the store has no key.
    package var keys: URL

    /// Every source with the kind of its files.
    package var sources: [(kind: InputRecord.Kind, source: Source)] {
        meters.map { (.meters, $0) } + feeders.map { (.feeders, $0) } + captures.map { (.capture, $0) }
    }

    package static func load(path: String) throws(OperationsError) -> Configuration {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw OperationsError(
                .missing, place: path, what: "the configuration cannot be read as UTF-8 text",
                remedy: "check the path given to --config")
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw OperationsError(.usage, place: path, what: "not valid YAML: \(error)")
        }
        guard let root else { throw OperationsError(.usage, place: path, what: "the configuration is empty") }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().standardizedFileURL
        var reader = ConfigurationReader(file: path)
        return try reader.read(root, folder: folder)
    }
}

/// Reads the tree key by key, so that each complaint names its line and a misspelt key its nearest right one.
private struct ConfigurationReader {
    let file: String

    mutating func read(_ root: Node, folder: URL) throws(OperationsError) -> Configuration {
        let top = try mapping(
            root,
            keys: [
                "version", "province", "store", "publish", "demo", "prior", "units", "register", "inputs", "limits",
                "notices", "keys",
            ])
        guard let version = top["version"], version.int == 1 else {
            throw OperationsError(
                .usage, place: place(top["version"] ?? root), what: "version must be 1", remedy: "write `version: 1`")
        }
        let province = try text(top, "province", in: root)
        guard province.utf8.count == 6, province.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw OperationsError(
                .usage, place: place(top["province"] ?? root),
                what: "province must be a six-digit GB/T 2260 code in quotes")
        }
        let register = try mapping(try need(top, "register", in: root), keys: ["sites", "links"])
        let registerNode = try need(top, "register", in: root)
        let inputs = try mapping(try need(top, "inputs", in: root), keys: ["meters", "feeders", "captures"])
        func url(_ path: String) -> URL { URL(fileURLWithPath: path, relativeTo: folder).standardizedFileURL }
        let store = url(try text(top, "store", in: root))
        let keys = try top["keys"].map { (node) throws(OperationsError) in url(try string(node)) }
        return Configuration(
            folder: folder, province: province, store: store,
            publish: try top["publish"].map { (node) throws(OperationsError) in url(try string(node)) },
            units: url(try text(top, "units", in: root)), sites: url(try text(register, "sites", in: registerNode)),
            links: url(try text(register, "links", in: registerNode)),
            meters: try sources(inputs["meters"], meters: true),
            feeders: try sources(inputs["feeders"], meters: true),
            captures: try sources(inputs["captures"], meters: false),
            prior: try prior(top["prior"]), demo: try flag(top["demo"]), limits: try limits(top["limits"]),
            notices: try notices(top["notices"], in: folder),
            keys: keys ?? URL(fileURLWithPath: store.path + ".keys"))
    }

    private func notices(_ node: Node?, in folder: URL) throws(OperationsError) -> NoticeSettings? {
        guard let node else { return nil }
        let map = try mapping(node, keys: ["spool", "from", "to", "about", "language"])
        var settings = NoticeSettings(
            spool: URL(fileURLWithPath: try text(map, "spool", in: node), relativeTo: folder).standardizedFileURL,
            from: try address(try need(map, "from", in: node)), to: [])
        for one in try list(try need(map, "to", in: node)) { settings.to.append(try address(one)) }
        if let about = map["about"] {
            settings.about = []
            for one in try list(about) {
                guard let kind = Notice.Kind(rawValue: try string(one)) else {
                    throw OperationsError(
                        .usage, place: place(one), what: "unknown kind of notice",
                        remedy: "known: " + Notice.Kind.allCases.map(\.rawValue).joined(separator: ", "))
                }
                settings.about.insert(kind)
            }
        }
        if let language = map["language"] {
            guard let known = Language(rawValue: try string(language)) else {
                throw OperationsError(.usage, place: place(language), what: "language is zh or en")
            }
            settings.language = known
        }
        return settings
    }

    private func list(_ node: Node) throws(OperationsError) -> [Node] {
        guard let items = node.sequence, items.count > 0 else {
            throw OperationsError(.usage, place: place(node), what: "a list is wanted here")
        }
        return Array(items)
    }

    /// Goes into a mail's head: one line of plain ASCII with one @.
    private func address(_ node: Node) throws(OperationsError) -> String {
        let text = try string(node)
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x3c && $0 != 0x3e && $0 != 0x2c }),
            parts.count == 2, parts.allSatisfy({ !$0.isEmpty })
        else { throw OperationsError(.usage, place: place(node), what: "not a mail address: \(text)") }
        return text
    }

    private func sources(_ node: Node?, meters: Bool) throws(OperationsError) -> [Configuration.Source] {
        // A key with nothing behind it (`feeders:`) is an empty list, as its writer meant.
        guard let node, node.null == nil else { return [] }
        guard let items = node.sequence else {
            throw OperationsError(.usage, place: place(node), what: "a list of `- path: …` is wanted here")
        }
        var result: [Configuration.Source] = []
        for item in items {
            let keys =
                meters
                ? ["path", "name", "cadence", "unit", "interval_minutes", "timezone", "encoding"]
                : ["path", "name", "cadence"]
            let map = try mapping(item, keys: keys)
            let path = try text(map, "path", in: item)
            result.append(
                Configuration.Source(
                    path: path,
                    name: try map["name"].map { (node) throws(OperationsError) in try string(node) } ?? path,
                    cadenceSeconds: try cadence(map["cadence"]), unit: try unit(map["unit"]),
                    intervalMinutes: try interval(map["interval_minutes"]), timezoneOffset: try zone(map["timezone"]),
                    encoding: try map["encoding"].map { (node) throws(OperationsError) in try string(node) }))
        }
        return result
    }

    /// `15m`, `6h`, `1d`, `2w`.
    private func cadence(_ node: Node?) throws(OperationsError) -> Int? {
        guard let node else { return nil }
        let text = try string(node)
        let scales: [Character: Int] = ["m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        guard let scale = text.last.flatMap({ scales[$0] }), let count = Int(text.dropLast()),
            (1...1000).contains(count)
        else {
            throw OperationsError(
                .usage, place: place(node), what: "cadence \(text) is no length of time",
                remedy: "write 15m, 6h, 1d or 1w")
        }
        return count * scale
    }

    private func unit(_ node: Node?) throws(OperationsError) -> String? {
        guard let node else { return nil }
        let text = try string(node)
        guard ["kWh", "Wh", "MWh", "kW", "W"].contains(text) else {
            throw OperationsError(
                .usage, place: place(node), what: "unknown unit \(text)", remedy: "use kWh, Wh, MWh, kW or W")
        }
        return text
    }

    private func interval(_ node: Node?) throws(OperationsError) -> Int? {
        guard let node else { return nil }
        guard let minutes = node.int, minutes > 0, minutes <= 1440, 1440 % minutes == 0 else {
            throw OperationsError(.usage, place: place(node), what: "interval_minutes must divide a day")
        }
        return minutes
    }

    private func zone(_ node: Node?) throws(OperationsError) -> Int {
        guard let node else { return beijingOffset }
        let text = try string(node)
        guard let offset = timezoneOffset(text) else {
            throw OperationsError(
                .usage, place: place(node), what: "timezone \(text) is not an offset", remedy: "write it as \"+08:00\"")
        }
        return offset
    }

    private func prior(_ node: Node?) throws(OperationsError) -> Double {
        guard let node else { return 0.02 }
        guard let value = node.float, value > 0, value < 1 else {
            throw OperationsError(.usage, place: place(node), what: "prior must lie between 0 and 1")
        }
        return value
    }

    private func flag(_ node: Node?) throws(OperationsError) -> Bool {
        guard let node else { return false }
        guard let value = node.bool else {
            throw OperationsError(.usage, place: place(node), what: "true or false is wanted here")
        }
        return value
    }

    private func limits(_ node: Node?) throws(OperationsError) -> Configuration.Limits {
        var limits = Configuration.Limits()
        guard let node else { return limits }
        let map = try mapping(node, keys: ["memory_mib", "cpu_seconds"])
        if let memory = map["memory_mib"] { limits.memoryMebibytes = try positive(memory) }
        if let seconds = map["cpu_seconds"] { limits.cpuSeconds = try positive(seconds) }
        return limits
    }

    private func positive(_ node: Node) throws(OperationsError) -> Int {
        guard let value = node.int, value > 0, value < 1 << 30 else {
            throw OperationsError(.usage, place: place(node), what: "a whole number above 0 is wanted here")
        }
        return value
    }

    private func mapping(_ node: Node, keys: [String]) throws(OperationsError) -> [String: Node] {
        guard let map = node.mapping else {
            throw OperationsError(.usage, place: place(node), what: "a block of `key: value` is wanted here")
        }
        var result: [String: Node] = [:]
        for (key, value) in map {
            let name = key.string ?? ""
            guard keys.contains(name) else {
                let near = keys.min { distance($0, name) < distance($1, name) } ?? ""
                throw OperationsError(
                    .usage, place: place(key), what: "unknown key `\(name)`",
                    remedy: distance(near, name) <= 3
                        ? "did you mean `\(near)`?" : "known here: \(keys.joined(separator: ", "))")
            }
            result[name] = value
        }
        return result
    }

    private func need(_ map: [String: Node], _ key: String, in node: Node) throws(OperationsError) -> Node {
        guard let value = map[key] else {
            throw OperationsError(.usage, place: place(node), what: "`\(key)` is missing")
        }
        return value
    }

    private func text(_ map: [String: Node], _ key: String, in node: Node) throws(OperationsError) -> String {
        try string(try need(map, key, in: node))
    }

    private func string(_ node: Node) throws(OperationsError) -> String {
        guard let text = node.string, !text.isEmpty else {
            throw OperationsError(.usage, place: place(node), what: "a text is wanted here")
        }
        return text
    }

    private func place(_ node: Node) -> String {
        node.mark.map { "\(file):\($0.line):\($0.column)" } ?? file
    }
}

/// Beijing time, all year.
package let beijingOffset = 8 * 3600

/// Reads `+08:00`, `-03:30`, `Z`, `UTC`; nil for anything else. Seconds east of UTC.
package func timezoneOffset(_ text: String) -> Int? {
    if text == "Z" || text == "UTC" { return 0 }
    let bytes = Array(text.utf8)
    guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"),
        bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
        let hours = Int(String(decoding: bytes[1..<3], as: UTF8.self)),
        let minutes = Int(String(decoding: bytes[4..<6], as: UTF8.self)), (0...14).contains(hours),
        (0..<60).contains(minutes)
    else { return nil }
    return (hours * 3600 + minutes * 60) * (bytes[0] == UInt8(ascii: "-") ? -1 : 1)
}

/// Edit distance, for "did you mean".
private func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right)
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, b) in right.enumerated() {
            let cost = min(row[j] + 1, row[j + 1] + 1, diagonal + (a == b ? 0 : 1))
            diagonal = row[j + 1]
            row[j + 1] = cost
        }
    }
    return row[right.count]
}
