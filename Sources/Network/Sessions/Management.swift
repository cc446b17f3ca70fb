import Stratum

/// Interfaces by which miners are managed on their own network (`stratum.md` 1.19): no pool is talked to, but the device
/// says what it is and where it mines. Answers tell themselves; a question alone only does on the interface's own port.
enum Management {
    /// TCP ports of the cgminer API and of Whatsminer's encrypted one.
    static let ports: Set<UInt16> = [4028, 4433]
    /// Characters of one part of a name.
    private static let mostCharacters = 128

    private static let questions: Set<String> = [
        "summary", "pools", "devs", "edevs", "devdetails", "stats", "version", "config", "coin", "get_version",
        "get_miner_info", "get.miner.status", "get.device.info",
    ]

    /// What an answer's device or program calls itself; nil when it is no such answer.
    static func name(_ value: JSONValue) -> String? { commandAnswer(value) ?? xmrig(value) ?? axeOS(value) }

    /// `{"command":"summary"}`; Whatsminer writes `cmd`, and joins several with `+`.
    static func isQuestion(_ value: JSONValue) -> Bool {
        guard value.memberCount <= 4, let word = (value["command"] ?? value["cmd"])?.string,
            let first = word.split(separator: "+").first
        else { return false }
        return questions.contains(String(first))
    }

    /// cgminer's API and those made after it: a status with code and words, then the sections that were asked for.
    private static func commandAnswer(_ value: JSONValue) -> String? {
        guard value.isObject else { return nil }
        // Of several questions joined each has its answer, under its own name.
        let parts = [value] + questions.compactMap { value[$0]?.items?.first }
        guard let status = parts.compactMap(status).first else { return nil }
        let pool = parts.compactMap { $0["POOLS"]?.items?.first?["URL"]?.string }.first
        let device = parts.compactMap { ($0["VERSION"] ?? $0["STATS"])?.items?.first?["Type"]?.string }.first
        return join("cgminer-api", [status["Description"]?.string, device, pool])
    }

    /// The object that holds the status: cgminer puts it into a list, Whatsminer at the top.
    private static func status(_ value: JSONValue) -> JSONValue? {
        let status = value["STATUS"]?.items?.first ?? value
        guard let letter = status["STATUS"]?.string, ["S", "W", "I", "E", "F"].contains(letter),
            status["Code"]?.double != nil, status["Msg"] != nil, status["When"] != nil || status["Description"] != nil
        else { return nil }
        return status
    }

    /// XMRig's HTTP interface, `/1/summary` and `/2/summary`.
    private static func xmrig(_ value: JSONValue) -> String? {
        guard value["hashrate"]?["total"]?.items != nil, let connection = value["connection"], connection.isObject,
            value["worker_id"] != nil || value["ua"] != nil
        else { return nil }
        return join("xmrig-http", [value["ua"]?.string, connection["pool"]?.string])
    }

    /// AxeOS, the program of Bitaxe and the like: `/api/system/info`.
    private static func axeOS(_ value: JSONValue) -> String? {
        guard let model = value["ASICModel"]?.string, value["hashRate"]?.double != nil else { return nil }
        return join("axeos-http", [value["boardVersion"]?.string, model, value["stratumURL"]?.string])
    }

    private static func join(_ kind: String, _ parts: [String?]) -> String {
        ([kind] + parts.compactMap { $0 }.filter { !$0.isEmpty }.map { String($0.prefix(mostCharacters)) })
            .joined(separator: " ")
    }
}
