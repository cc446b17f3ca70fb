import Foundation
import Operations
import Support
import Terminal
import Testing
import Vocabulary

/// The corpora beside the checkout, through the same code as `countermine pcap`. Without them the tests say so and end.
@Suite struct CorpusTests {
    struct Records {
        var sessions: [[String: Any]] = []
        var captures: [[String: Any]] = []
        var contacts = 0
    }

    static func analyse(_ paths: [String], threads: Int = 1, looksFirst: Bool = true) throws -> Records {
        var request = CaptureRequest(
            paths: paths, filter: nil, identities: .full, minimumTier: nil, home: Places.root, threads: threads)
        request.looksFirst = looksFirst
        var records = Records()
        _ = try CaptureAnalysis.run(request, progress: .silent) { output in
            guard let text = output.record,
                let record = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            else { return }
            switch record["kind"] as? String {
            case "session": records.sessions.append(record)
            case "capture": records.captures.append(record)
            default: records.contacts += 1
            }
        }
        return records
    }

    static func table(_ file: URL) throws -> [[String: String]] {
        let text = try String(contentsOf: file, encoding: .utf8)
        let lines = text.split(whereSeparator: \.isNewline).map { csvFields(String($0)) }
        let head = try #require(lines.first)
        return lines.dropFirst().map { Dictionary(zip(head, $0), uniquingKeysWith: { $1 }) }
    }

    static func reconciles(_ capture: [String: Any]) -> Bool {
        guard let packets = capture["packets"] as? [String: Int] else { return false }
        let parts = ["decoded", "malformed", "truncated", "unsupported", "over_limit"].reduce(0) {
            $0 + (packets[$1] ?? 0)
        }
        return parts == packets["in_file"]
    }

    static func ends(_ record: [String: Any]) -> Set<String> {
        Set(
            ["client", "server"].compactMap { name in
                guard let side = record[name] as? [String: Any], let ip = side["ip"] as? String,
                    let port = side["port"] as? Int
                else { return nil }
                return "\(ip):\(port)"
            })
    }

    /// What a session says, without what the run itself adds.
    static func essence(_ session: [String: Any]) -> String {
        let names = [
            "capture", "client", "server", "tier", "dialect", "account", "worker", "jobs", "shares", "packets",
        ]
        let kept = session.filter { names.contains($0.key) }
        let data = try? JSONSerialization.data(withJSONObject: kept, options: [.sortedKeys])
        return data.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    @Test("a first look finds the same sessions as following every byte, on one thread as on two")
    func firstLook() throws {
        var paths: [String] = []
        if let evasion = try Places.corpus("evasion") { paths.append(evasion.path) }
        if let captures = try Places.corpus("pcap") {
            paths += ["positives", "derived"].map { captures.appendingPathComponent($0).path }
        }
        guard !paths.isEmpty else { return }
        let looked = try Self.analyse(paths).sessions.map(Self.essence)
        let followed = try Self.analyse(paths, looksFirst: false).sessions.map(Self.essence)
        let parallel = try Self.analyse(paths, threads: 2).sessions.map(Self.essence)
        #expect(looked.count > 500)
        #expect(Set(looked).symmetricDifference(followed) == [])
        #expect(looked == parallel)
    }

    @Test("captures without mining are left alone and their counts add up")
    func negatives() throws {
        guard let corpus = try Places.corpus("pcap") else { return }
        let rows = try Self.table(corpus.appendingPathComponent("LABELS.csv")).filter { $0["expected"] != "mining" }
        #expect(rows.count > 1000)
        let records = try Self.analyse(rows.compactMap { $0["file"] }.map { corpus.appendingPathComponent($0).path })
        #expect(records.captures.count == rows.count)
        #expect(records.sessions.isEmpty, "\(records.sessions.compactMap { $0["capture"] })")
        #expect(records.captures.allSatisfy(Self.reconciles))
    }

    @Test("of the real sessions of the four dialects at least 95 in 100 are found, with their addresses")
    func positives() throws {
        guard let corpus = try Places.corpus("pcap") else { return }
        let flows = try Self.table(corpus.appendingPathComponent("FLOWS.csv"))
        let files = Set(flows.compactMap { $0["file"] }).sorted()
        let records = try Self.analyse(files.map { corpus.appendingPathComponent($0).path })
        var found: [String: Set<Set<String>>] = [:]
        for session in records.sessions {
            let path = session["capture"] as? String ?? ""
            for file in files where path.hasSuffix(file) { found[file, default: []].insert(Self.ends(session)) }
        }
        var hit = 0
        var of = 0
        for flow in flows {
            let ends: Set<String> = [flow["client"] ?? "", flow["server"] ?? ""]
            let isFound = found[flow["file"] ?? ""]?.contains(ends) == true
            if flow["class"] == "mining-session" {
                of += 1
                if isFound { hit += 1 }
            }
            if flow["class"] == "none" { #expect(!isFound, "\(flow)") }
        }
        #expect(of > 200)
        #expect(Double(hit) >= 0.95 * Double(of), "\(hit) of \(of)")
    }

    @Test("crafted captures are survived without a finding and their counts add up")
    func malformed() throws {
        guard let corpus = try Places.corpus("adversarial") else { return }
        var paths: [String] = []
        for folder in ["pcap", "pcapng", "fuzz"] {
            let place = corpus.appendingPathComponent(folder)
            let walker = try #require(
                FileManager.default.enumerator(at: place, includingPropertiesForKeys: [.isRegularFileKey]))
            for case let file as URL in walker
            where (try? file.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile == true {
                paths.append(file.path)
            }
        }
        #expect(paths.count > 1000)
        let records = try Self.analyse(paths.sorted())
        #expect(records.captures.count == paths.count)
        #expect(records.sessions.isEmpty, "\(records.sessions.compactMap { $0["capture"] })")
        #expect(records.captures.allSatisfy(Self.reconciles))
    }

    @Test("decoys of the evasion set raise nothing")
    func decoys() throws {
        guard let corpus = try Places.corpus("evasion") else { return }
        let rows = try Self.table(corpus.appendingPathComponent("labels.csv"))
        let only = Dictionary(grouping: rows, by: { $0["file"] ?? "" }).filter {
            $0.value.allSatisfy { $0["expected"] == "no" }
        }
        #expect(only.count > 5)
        let records = try Self.analyse(only.keys.sorted().map { corpus.appendingPathComponent($0).path })
        #expect(records.sessions.isEmpty, "\(records.sessions.compactMap { $0["capture"] })")
    }
}
