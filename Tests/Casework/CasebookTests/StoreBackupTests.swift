import Casebook
import Foundation
import GRDB
import Support
import Testing
import Vocabulary

struct StoreBackupTests {
    private func digest(_ path: String) throws -> String {
        let reader = try CasebookReader.open(path)
        let digest = try reader.logicalDigest()
        try reader.close()
        return digest
    }

    @Test func `a copy made while a writer works holds one moment, says which, and comes back as it was`() async throws
    {
        let folder = try Places.scratch("backup")
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("casebook.sqlite").path
        _ = try AuditKeys.open(AuditKeys.folder(beside: path))
        let writer = try KeepingScene.fill(path)
        let working = Task.detached {
            var number = 0
            while !Task.isCancelled {
                number += 1
                try writer.record(
                    [.source("meters", cadenceSeconds: 900, newestEvent: Instant(seconds: Int64(number)))], by: "scan",
                    now: World.now.adding(seconds: Int64(number)))
            }
            return number
        }
        var rows: [Int] = []
        for number in 0..<5 {
            try await Task.sleep(for: .milliseconds(40))
            let backup = try StoreBackup.make(of: path, at: "\(path).\(number)", now: World.now)
            // One audit row and one row of the table each: a copy between two moments would not agree.
            let seen = try #require(backup.counts["source_seen"])
            let until = try #require(backup.holdsUntil)
            if seen > 0 { #expect(until == World.now.adding(seconds: Int64(seen))) }
            rows.append(backup.head.rows)
            #expect(try StoreBackup.verify("\(path).\(number)", keys: writer.keys) == backup)
        }
        working.cancel()
        let written = try await working.value
        #expect(written > 5 && rows == rows.sorted() && rows.last ?? 0 > rows.first ?? 0)
        try writer.close()
        let last = try StoreBackup.make(of: path, at: path + ".last", now: World.now)
        #expect(last.province == "330000" && last.counts["source_seen"] == written)
        let other = folder.appendingPathComponent("restored.sqlite").path
        #expect(try StoreBackup.restore(path + ".last", to: other, keys: writer.keys) == last)
        #expect(try digest(other) == digest(path))
        // Keys that lie where the store is to be are found; without any a sealed copy is not believed.
        #expect(throws: CasebookError.self) { try StoreBackup.restore(path + ".last", to: path + ".blind") }
        let keyed = folder.appendingPathComponent("keyed.sqlite").path
        try FileManager.default.copyItem(
            atPath: AuditKeys.folder(beside: path), toPath: AuditKeys.folder(beside: keyed))
        #expect(try StoreBackup.restore(path + ".last", to: keyed) == last)
        // No key has come along, and the copy is work for its owner alone.
        #expect(try FileManager.default.attributesOfItem(atPath: path + ".last")[.posixPermissions] as? Int == 0o600)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.contains(".part-") }
        #expect(left.isEmpty)
        let again = try CasebookWriter.open(other, province: "330000", keys: writer.keys)
        try again.record([.listItem(list: "L", caseID: KeepingScene.cases["Z1"] ?? "")], by: "scan", now: World.now)
        try again.close()
    }

    @Test func `a store that is there is never overwritten, by a restore or by a backup`() throws {
        try World.with { path in
            try World.fill(path).close()
            _ = try StoreBackup.make(of: path, at: path + ".b", now: World.now)
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            #expect(throws: CasebookError.exists(path: path)) { try StoreBackup.restore(path + ".b", to: path) }
            #expect(throws: CasebookError.exists(path: path + ".b")) {
                try StoreBackup.make(of: path, at: path + ".b", now: World.now)
            }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
            // What a killed writer left is still its store.
            try Data().write(to: URL(fileURLWithPath: path + ".new-wal"))
            #expect(throws: CasebookError.exists(path: path + ".new-wal")) {
                try StoreBackup.restore(path + ".b", to: path + ".new")
            }
            // A draft of a process that is gone is cleared away, one of a living process is not.
            let (dead, alive) = (path + ".d.part-2147483646", path + ".d.part-1")
            for draft in [dead, alive] { try Data([1]).write(to: URL(fileURLWithPath: draft)) }
            _ = try StoreBackup.make(of: path, at: path + ".d", now: World.now)
            #expect(!FileManager.default.fileExists(atPath: dead) && FileManager.default.fileExists(atPath: alive))
            #expect(throws: CasebookError.missing(path: path + ".none")) {
                try StoreBackup.make(of: path + ".none", at: path + ".c", now: World.now)
            }
        }
    }

    @Test func `a hundred flipped bytes in a copy or its line are all found`() throws {
        try World.with { path in
            let keys = try AuditKeys.open(AuditKeys.folder(beside: path))
            try KeepingScene.fill(path).close()
            let whole = path + ".b"
            _ = try StoreBackup.make(of: path, at: whole, now: World.now)
            let bytes = try Data(contentsOf: URL(fileURLWithPath: whole))
            let line = try Data(contentsOf: URL(fileURLWithPath: whole + ".json"))
            var random = SplitMix(seed: 8)
            var found = 0
            for number in 0..<100 {
                var (copy, told) = (bytes, line)
                let flip = UInt8(1) << UInt8.random(in: 0..<8, using: &random)
                if number % 5 == 4 {
                    told[Int.random(in: 0..<(told.count - 1), using: &random)] ^= flip
                } else {
                    copy[Int.random(in: 0..<copy.count, using: &random)] ^= flip
                }
                let bad = path + ".bad"
                try copy.write(to: URL(fileURLWithPath: bad))
                try told.write(to: URL(fileURLWithPath: bad + ".json"))
                do {
                    _ = try StoreBackup.verify(bad, keys: keys)
                    Issue.record("flip \(number) not found")
                } catch { found += 1 }
                #expect(throws: CasebookError.self) { try StoreBackup.restore(bad, to: path + ".r", keys: keys) }
            }
            #expect(found == 100 && !FileManager.default.fileExists(atPath: path + ".r"))
        }
    }

    @Test func `a store whose pages rotted or whose chain was broken gives no backup`() throws {
        try World.with { path in
            try World.fill(path).close()
            try KeepingScene.attack(path, "UPDATE case_event SET reason = 'x' WHERE seq = 1")
            #expect(throws: CasebookError.self) { try StoreBackup.make(of: path, at: path + ".b", now: World.now) }
            #expect(!FileManager.default.fileExists(atPath: path + ".b"))
            #expect(!FileManager.default.fileExists(atPath: path + ".b.json"))
        }
    }

    @Test func `bytes flipped in a live store are found by the check or change nothing that is said`() throws {
        try World.with { path in
            try KeepingScene.fill(path).close()
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            let said = try digest(path)
            var random = SplitMix(seed: 11)
            var (found, harmless) = (0, 0)
            for number in 0..<100 {
                var copy = bytes
                let place = Int.random(in: 0..<copy.count, using: &random)
                copy[place] ^= UInt8(1) << UInt8.random(in: 0..<8, using: &random)
                let bad = "\(path).live\(number)"
                try copy.write(to: URL(fileURLWithPath: bad))
                do {
                    _ = try StoreBackup.make(of: bad, at: bad + ".b", now: World.now)
                    if try digest(bad) == said { harmless += 1 } else { Issue.record("byte \(place) not found") }
                } catch { found += 1 }
            }
            print("live store: \(found) found, \(harmless) harmless of 100")
            #expect(found + harmless == 100)
        }
    }

    @Test func `an older program refuses a copy from a newer one, and a store is copied before it is migrated`() throws
    {
        try World.with { path in
            try World.fill(path).close()
            _ = try StoreBackup.make(of: path, at: path + ".b", now: World.now)
            // As if the copy came from a program with one step more.
            let newer = path + ".newer"
            try World.fill(newer).close()
            try KeepingScene.attack(newer, "INSERT INTO grdb_migrations VALUES ('2031-01-01 later')")
            #expect(throws: CasebookError.newerVersion(path: newer, step: "2031-01-01 later")) {
                try StoreBackup.make(of: newer, at: newer + ".b", now: World.now)
            }
            try FileManager.default.copyItem(atPath: newer, toPath: path + ".n")
            var line = try String(contentsOfFile: path + ".b.json", encoding: .utf8)
            let (old, new) = (try EvidenceDigest.of(file: path + ".b"), try EvidenceDigest.of(file: path + ".n"))
            line = line.replacingOccurrences(of: old.sha256, with: new.sha256)
                .replacingOccurrences(of: old.sm3, with: new.sm3)
                .replacingOccurrences(of: "\"bytes\":\(old.bytes)", with: "\"bytes\":\(new.bytes)")
            try Data(line.utf8).write(to: URL(fileURLWithPath: path + ".n.json"))
            #expect(throws: CasebookError.newerVersion(path: path + ".n", step: "2031-01-01 later")) {
                try StoreBackup.restore(path + ".n", to: path + ".r")
            }
            // A store of the first program of all.
            #expect(try StoreBackup.pending(path) == [])
            #expect(try StoreBackup.migrate(path, backup: path + ".m", now: World.now) == nil)
            try OldStore.make(path + ".old")
            #expect(
                try StoreBackup.pending(path + ".old")
                    == [
                        "2026-11-23 lifecycle and figures", "2026-11-23 graph", "2026-11-23 keeping", "2026-11-24 rank",
                        "2026-11-24 comments",
                    ])
            let kept = try #require(
                try StoreBackup.migrate(path + ".old", backup: path + ".old.b", now: World.now))
            #expect(kept.steps == ["2026-11-23 casebook"] && kept.head.rows == 6)
            #expect(try StoreBackup.pending(path + ".old") == [])
            #expect(try StoreBackup.verify(path + ".old.b") == kept)
            let reader = try CasebookReader.open(path + ".old")
            guard case .intact(_, 6) = try reader.auditVerify() else {
                Issue.record("the chain does not hold after the migration")
                return
            }
        }
    }
}

/// A store as the first step of the schema left it.
private enum OldStore {
    static func make(_ path: String) throws {
        try World.fill(path).close()
        let first = [
            "meta", "unit", "site", "link", "input", "lease", "run", "finding", "assessment", "curve", "case_record",
            "case_event", "case_evidence", "audit", "grdb_migrations",
        ]
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA foreign_keys = OFF")
            let made = try Row.fetchAll(db, sql: "SELECT type, name, tbl_name, sql FROM sqlite_master").map {
                (
                    type: $0["type"] as String, name: $0["name"] as String, of: $0["tbl_name"] as String,
                    sql: $0["sql"] as String?
                )
            }
            let later = ["finding_tied", "assessment_tied"]
            for one in made where one.type == "view" || (one.type == "trigger" && later.contains(one.name)) {
                try db.execute(sql: "DROP \(one.type) \(one.name)")
            }
            for one in made where one.type == "index" && one.sql != nil && !one.name.hasSuffix("_now") {
                try db.execute(sql: "DROP INDEX \(one.name)")
            }
            for one in made where one.type == "table" && !first.contains(one.name) && !one.name.hasPrefix("sqlite_") {
                try db.execute(sql: "DROP TABLE \(one.name)")
            }
            try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier <> '2026-11-23 casebook'")
        }
        try queue.close()
    }
}
