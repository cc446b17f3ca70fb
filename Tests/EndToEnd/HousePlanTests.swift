import Foundation
import Support
import Testing

/// The house plan as the manifest states it, against what the sources import.
@Suite struct HousePlanTests {
    struct Room {
        var name: String
        var wing: String
        var uses: Set<String>
        var outside: Set<String>
    }

    /// Where each wing may look. Nothing looks up; Network and Power do not see each other; Casework sees only itself.
    static let mayUse: [String: Set<String>] = [
        "Ground": ["Ground"], "Network": ["Ground", "Network"], "Power": ["Ground", "Power"],
        "Judgement": ["Ground", "Network", "Power"], "Casework": ["Ground", "Casework"],
        "Doors": ["Ground", "Network", "Power", "Judgement", "Casework"],
    ]

    /// One room a thing from outside.
    static let outsideOwners: [String: Set<String>] = [
        "GRDB": ["Archive", "Casebook", "Accounts"], "GRDBSQLite": ["Archive", "Casebook"],
        "Hummingbird": ["Dashboard"],
        "Mustache": ["Dashboard"],
        "Yams": ["Operations"],
        "ArgumentParser": ["countermine"], "CPcap": ["Capture"], "CZlib": ["Bytes"], "CZstd": ["Bytes"],
    ]

    static let system: Set<String> = ["Foundation", "FoundationEssentials", "Glibc", "Synchronization", "Dispatch"]

    static func rooms() throws -> [String: Room] {
        let manifest = try String(contentsOf: Places.root.appendingPathComponent("Package.swift"), encoding: .utf8)
        let flat = manifest.replacingOccurrences(of: "\n", with: " ")
        let pattern = /room\(\s*"(\w+)",\s*in:\s*"(\w+)"(.*?)\)\s*(?:targets|let|\/\/|for|var)/
        var rooms: [String: Room] = [:]
        for match in flat.matches(of: pattern) {
            let rest = String(match.3)
            var uses: Set<String> = []
            if let list = rest.firstMatch(of: /uses:\s*(.*?\])/) {
                uses = Set(String(list.1).matches(of: /"(\w+)"/).map { String($0.1) })
                if list.1.contains("belowDoors") || rest.contains("belowDoors") { uses.formUnion(belowDoors(flat)) }
                if rest.contains("kernelLevels") { uses.formUnion(["KernelsBaseline", "KernelsV3", "KernelsV4"]) }
            }
            let names = [
                "argumentParser": "ArgumentParser", "nio": "NIOCore", "crypto": "Crypto", "grdb": "GRDB",
                "sqlite": "GRDBSQLite",
                "httpTypes": "HTTPTypes",
                "hummingbird": "Hummingbird", "logging": "Logging", "mustache": "Mustache", "yams": "Yams",
            ]
            var outside: Set<String> = []
            if let list = rest.firstMatch(of: /outside:\s*\[(.*?)\]/) {
                outside = Set(
                    list.1.split(separator: ",").compactMap { names[$0.trimmingCharacters(in: .whitespaces)] })
            }
            rooms[String(match.1)] = Room(name: String(match.1), wing: String(match.2), uses: uses, outside: outside)
        }
        return rooms
    }

    static func belowDoors(_ flat: String) -> Set<String> {
        guard let list = flat.firstMatch(of: /belowDoors = \[(.*?)\]/) else { return [] }
        return Set(String(list.1).matches(of: /"(\w+)"/).map { String($0.1) })
    }

    static func wing(of room: String) -> String? {
        ["Ground", "Network", "Power", "Judgement", "Casework", "Doors"].first {
            FileManager.default.fileExists(atPath: Places.root.appendingPathComponent("Sources/\($0)/\(room)").path)
        }
    }

    static func imports(of room: Room) throws -> [(file: String, module: String)] {
        let folder = Places.root.appendingPathComponent("Sources/\(room.wing)/\(room.name)")
        let walker = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        var found: [(String, String)] = []
        for case let file as URL in walker where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            let line =
                /^\s*(?:@\w+(?:\(\w+\))?\s+)*(?:public |package |internal |private )?import\s+(?:struct |class |enum |func )?(\w+)/
                .anchorsMatchLineEndings()
            for match in text.matches(of: line) { found.append((file.lastPathComponent, String(match.1))) }
        }
        return found
    }

    @Test("every room of the plan stands in the manifest, in its wing")
    func allRooms() throws {
        let rooms = try Self.rooms()
        let plan = [
            "Bytes", "Vocabulary", "Kernels", "Capture", "Wire", "Flows", "Carriers", "Stratum", "Sessions", "Meters",
            "Archive", "LoadCurves", "Detectors", "Evaluation", "Fusion", "Casebook", "Reports", "Exchange",
            "Operations",
            "Dashboard",
            "Terminal",
        ]
        for name in plan {
            let room = try #require(rooms[name], "\(name) is not declared by room(…)")
            #expect(Self.wing(of: name) == room.wing)
        }
    }

    @Test("no arrow of the manifest points up or across the wings")
    func arrowsPointDown() throws {
        for room in try Self.rooms().values {
            for used in room.uses {
                let wing = try #require(Self.wing(of: used), "\(used) has no folder")
                // Terminal is the doors' own ground: words and columns, no data.
                let isTerminal = room.wing == "Doors" && used == "Terminal"
                #expect(
                    isTerminal || Self.mayUse[room.wing]?.contains(wing) == true, "\(room.name) may not use \(used)")
            }
            if room.name == "Fusion" || room.name == "Casebook" {
                #expect(room.uses.isSubset(of: ["Vocabulary", "COpenSSL"]), "\(room.name) rests on Ground alone")
            }
            if ["Bytes", "Vocabulary"].contains(room.name) {
                #expect(room.uses.isSubset(of: ["CZlib", "CZstd"]), "Ground rooms do not look at each other")
            }
        }
    }

    @Test("each import in Sources follows an arrow of the manifest")
    func importsFollowThePlan() throws {
        var seen = 0
        for room in try Self.rooms().values {
            let allowed = room.uses.union(room.outside).union(Self.system)
            for (file, module) in try Self.imports(of: room) {
                seen += 1
                #expect(
                    allowed.contains(module), "\(room.name)/\(file) imports \(module), which is not among its arrows")
            }
        }
        #expect(seen > 100, "the imports were not found: \(seen)")
    }

    @Test("each thing from outside has one owner")
    func outsideThings() throws {
        for room in try Self.rooms().values {
            for (_, module) in try Self.imports(of: room) {
                if let owners = Self.outsideOwners[module] {
                    #expect(owners.contains(room.name), "\(room.name) imports \(module)")
                }
            }
        }
    }
}
