import Casebook
import Crypto
import Foundation
import GRDB
import Support
import Testing
import Vocabulary

struct AuditKeyTests {
    private func verdict(_ path: String, heads: [AuditHead] = [], keys: AuditKeys?) throws -> AuditVerdict {
        let reader = try CasebookReader.open(path)
        let verdict = try reader.auditVerify(heads: heads, keys: keys)
        try reader.close()
        return verdict
    }

    private func firstBad(_ verdict: AuditVerdict) -> Int? {
        guard case .broken(let row, _) = verdict else { return nil }
        return row
    }

    @Test func `keys are made on first use for the owner alone and no copy of them is in the store`() throws {
        try World.with { path in
            let folder = AuditKeys.folder(beside: path)
            let keys = try AuditKeys.open(folder)
            try KeepingScene.fill(path).close()
            let secret = try String(contentsOfFile: folder + "/audit-hmac.key", encoding: .utf8)
            for file in ["audit-hmac.key", "audit-sign.key", "keyed-from"] {
                let mode = try FileManager.default.attributesOfItem(atPath: folder + "/" + file)[.posixPermissions]
                #expect(mode as? Int == 0o600, "\(file)")
            }
            let words = secret.split(whereSeparator: \.isWhitespace)
            #expect(words.count == 2 && words[0] == keys.id)
            let raw = try #require(Data(base64Encoded: String(words[1])))
            let store = try Data(contentsOf: URL(fileURLWithPath: path))
            let hex = raw.map { String(format: "%02x", $0) }.joined()
            for needle in [raw, Data(words[1].utf8), Data(hex.utf8)] { #expect(store.range(of: needle) == nil) }
            #expect(store.range(of: Data(keys.id.utf8)) != nil)
            #expect(try AuditKeys.open(folder).id == keys.id)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o644], ofItemAtPath: folder + "/audit-hmac.key")
            #expect(throws: CasebookError.self) { try AuditKeys.open(folder) }
        }
    }

    @Test func `plain rows stay valid and the chain goes over to the key at a marked row`() throws {
        try World.with { path in
            try World.fill(path).close()
            #expect(try verdict(path, keys: nil) != .broken(firstBadRow: 1, why: ""))
            let keys = try AuditKeys.open(AuditKeys.folder(beside: path))
            let writer = try CasebookWriter.open(path, province: "330000")
            _ = try World.publish(writer, "b", [World.assessment("S1", 0.94, finding: "f1")])
            try writer.close()
            let queue = try DatabaseQueue(path: path)
            let actions = try queue.read { try String.fetchAll($0, sql: "SELECT action FROM audit ORDER BY seq") }
            try queue.close()
            #expect(actions.firstIndex(of: "audit-key") == 6 && actions.count { $0 == "audit-key" } == 1)
            guard case .intact(_, let rows) = try verdict(path, keys: keys) else {
                Issue.record("does not hold")
                return
            }
            #expect(rows == actions.count)
            // The keys beside the store are found without being named.
            #expect(try verdict(path, keys: nil) == verdict(path, keys: keys))
        }
    }

    @Test func `without the key nothing is sealed and nothing is said`() throws {
        try World.with { path in
            let elsewhere = path + ".elsewhere"
            let keys = try AuditKeys.open(elsewhere)
            try KeepingScene.fill(path, keys: keys).close()
            #expect(throws: CasebookError.self) { try verdict(path, keys: nil) }
            // Without any key, with another's, and with new ones: none goes on with the chain, none are made for it.
            let lost = CasebookError.auditKey(
                "the chain is sealed with \(keys.id), which this program was not given")
            #expect(throws: lost) { try CasebookWriter.open(path, province: "330000") }
            let stranger = try AuditKeys.open(path + ".stranger")
            #expect(throws: lost) { try CasebookWriter.open(path, province: "330000", keys: stranger) }
            #expect(throws: CasebookError.self) { try AuditKeys.ready(for: path) }
            #expect(!FileManager.default.fileExists(atPath: AuditKeys.folder(beside: path)))
            #expect(try firstBad(verdict(path, keys: stranger)) == 1)
            try FileManager.default.moveItem(atPath: elsewhere, toPath: AuditKeys.folder(beside: path))
            #expect(try AuditKeys.ready(for: path).id == keys.id)
            guard case .intact = try verdict(path, keys: nil) else {
                Issue.record("does not hold")
                return
            }
        }
    }

    @Test func `a ring with a newer key goes on with it, and the rows of the older one stay valid`() throws {
        try World.with { path in
            let first = try AuditKeys.open(path + ".first")
            let second = try AuditKeys.open(path + ".second")
            try KeepingScene.fill(path, keys: first).close()
            func line(_ folder: String) throws -> String {
                try String(contentsOfFile: folder + "/audit-hmac.key", encoding: .utf8)
            }
            let both = try line(first.folder) + line(second.folder)
            let ring = path + ".first/audit-hmac.key"
            try Data(both.utf8).write(to: URL(fileURLWithPath: ring))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: ring)
            let keys = try AuditKeys.open(first.folder)
            #expect(keys.id == second.id && keys.id != first.id)
            let writer = try CasebookWriter.open(path, province: "330000", keys: keys)
            _ = try KeepingScene.evidence(writer)
            try writer.close()
            guard case .intact(_, let rows) = try verdict(path, keys: keys) else {
                Issue.record("does not hold")
                return
            }
            // The row that goes over is the first that the older key alone cannot check.
            #expect(try firstBad(verdict(path, keys: first)) == rows - 2)
            #expect(throws: CasebookError.self) { try CasebookWriter.open(path, province: "330000", keys: first) }
        }
    }

    @Test func `one head a day is exported, never written again, and a broken chain gives none`() throws {
        try World.with { path in
            let keys = try AuditKeys.ready(for: path)
            let writer = try KeepingScene.fill(path)
            let reader = try CasebookReader.open(path)
            let folder = path + ".heads"
            let first = try #require(try reader.exportHead(into: folder, keys: keys, now: World.now).signed)
            _ = try KeepingScene.evidence(writer)
            let noon = World.now.adding(seconds: 60)
            #expect(try reader.exportHead(into: folder, keys: keys, now: noon).signed == first)
            let next = World.now.adding(seconds: 86_400)
            let second = try #require(try reader.exportHead(into: folder, keys: keys, now: next).signed)
            #expect(second.head.rows == first.head.rows + 2)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
            // Whoever has the public half alone can check them.
            let half = try String(contentsOfFile: keys.folder + "/audit-sign.pub", encoding: .utf8)
            let heads = try SignedAuditHead.heads(in: folder, publicKey: half)
            #expect(heads == [first, second])
            try writer.close()
            try reader.close()
            try KeepingScene.attack(
                path, "UPDATE audit SET detail = 'x' WHERE seq = \(first.head.rows)")
            let again = try CasebookReader.open(path)
            let later = try again.exportHead(into: folder, keys: keys, now: next.adding(seconds: 86_400))
            #expect(later.signed == nil && firstBad(later.verdict) == first.head.rows)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
            // A head that somebody wrote over is no head.
            let file = folder + "/" + (try FileManager.default.contentsOfDirectory(atPath: folder).sorted()[0])
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try Data(text.replacingOccurrences(of: first.head.hash, with: second.head.hash).utf8)
                .write(to: URL(fileURLWithPath: file))
            #expect(throws: CasebookError.self) { try SignedAuditHead.heads(in: folder, publicKey: half) }
        }
    }

    @Test func `whoever seals anew without the key is found, also where the whole chain is made plain`() throws {
        try World.with { path in
            try World.fill(path).close()
            let keys = try AuditKeys.open(AuditKeys.folder(beside: path))
            let writer = try CasebookWriter.open(path, province: "330000")
            _ = try World.publish(writer, "b", [World.assessment("S1", 0.94, finding: "f1")])
            try writer.close()
            // Rows as an insider would seal them again who knows how, but has no key.
            func forge(_ copy: String, from first: Int, dropMark: Bool) throws {
                try FileManager.default.copyItem(atPath: path, toPath: copy)
                try KeepingScene.attack(
                    copy,
                    (dropMark
                        ? "DELETE FROM audit WHERE action = 'audit-key'; UPDATE audit SET seq = seq - 1 WHERE seq > 6;"
                        : "")
                        + "UPDATE audit SET detail = 'forged' WHERE seq = \(first)")
                let queue = try DatabaseQueue(path: copy)
                try queue.write { db in
                    var prev = String(repeating: "0", count: 64)
                    for row in try Row.fetchAll(db, sql: "SELECT * FROM audit ORDER BY seq") {
                        let fields: [String] = [
                            "\(row["seq"] as Int)", "\(row["at"] as Int64)", row["actor"], row["action"], row["object"],
                            row["detail"], prev,
                        ]
                        let message = fields.map { "\($0.utf8.count):\($0)" }.joined()
                        let hash = SHA256.hash(data: Data(message.utf8)).map { String(format: "%02x", $0) }.joined()
                        try db.execute(
                            sql: "UPDATE audit SET prev = ?, hash = ? WHERE seq = ?",
                            arguments: [prev, hash, row["seq"]])
                        prev = hash
                    }
                    try db.execute(
                        sql:
                            "UPDATE meta SET value = (SELECT max(seq) FROM audit) || ' ' || ? WHERE key = 'audit_head'",
                        arguments: [prev])
                }
                try queue.close()
            }
            try forge(path + ".1", from: 1, dropMark: false)
            #expect(try firstBad(verdict(path + ".1", keys: keys)) == 7)
            try forge(path + ".2", from: 1, dropMark: true)
            #expect(try firstBad(verdict(path + ".2", keys: keys)) == 7)
        }
    }

    /// `AUDIT_CHANGES=1000` for the figure of the report; each is a copy of the store, and takes its time.
    @Test func `of many random single changes every one is found and the first bad row is named`() throws {
        try World.with { path in
            let changes = Int(ProcessInfo.processInfo.environment["AUDIT_CHANGES"] ?? "") ?? 150
            let keys = try AuditKeys.open(path + ".elsewhere")
            let writer = try KeepingScene.fill(path, keys: keys)
            try KeepingScene.appoint(writer)
            let item = try KeepingScene.evidence(writer)
            try writer.custody(item.id, .sealed, by: "An Lin", at: World.now, found: item.digest, now: World.now)
            try writer.review(
                item.id,
                EvidenceReview(
                    kind: .legal, reviewer: "Fa Wu", at: World.now, reference: "L", lawfullyCollected: true),
                now: World.now)
            try writer.close()
            guard case .intact(let hash, let rows) = try verdict(path, keys: keys) else {
                Issue.record("does not hold before")
                return
            }
            var random = SplitMix(seed: 20_261_123)
            var found = 0
            var named = 0
            for number in 0..<changes {
                let change = Change(rows: rows, using: &random)
                let copy = path + ".copy"
                try? FileManager.default.removeItem(atPath: copy)
                try FileManager.default.copyItem(atPath: path, toPath: copy)
                try KeepingScene.attack(copy, change.sql)
                let heads = change.mended ? [AuditHead(rows: rows, hash: hash)] : []
                guard let bad = try firstBad(verdict(copy, heads: heads, keys: keys)) else {
                    Issue.record("change \(number) not found: \(change.sql)")
                    continue
                }
                found += 1
                if change.row == nil || bad == change.row { named += 1 } else { Issue.record("\(bad): \(change.sql)") }
            }
            print("audit: \(found) of \(changes) changes found, \(named) named")
            #expect(found == changes && named == changes)
        }
    }

    /// What somebody with a SQLite shell does once.
    private struct Change {
        var sql: String
        /// The row that is to be named; nil where another table was changed.
        var row: Int?
        /// The store was mended as well as it can be without the key, so that only an exported head tells.
        var mended = false

        init(rows: Int, using random: inout SplitMix) {
            let at = Int.random(in: 1...rows, using: &random)
            row = at
            switch Int.random(in: 0..<10, using: &random) {
            case 0...3:
                let column =
                    ["actor", "action", "object", "detail", "prev", "hash"].randomElement(using: &random) ?? ""
                let place = Int.random(in: 1...3, using: &random)
                sql =
                    "UPDATE audit SET \(column) = substr(\(column), 1, \(place - 1)) || "
                    + "char(unicode(substr(\(column) || 'xxx', \(place), 1)) + 1) || substr(\(column), \(place + 1)) "
                    + "WHERE seq = \(at)"
            case 4: sql = "UPDATE audit SET at = at + \(Int.random(in: 1...9, using: &random)) WHERE seq = \(at)"
            case 5: sql = "DELETE FROM audit WHERE seq = \(at)"
            case 6:
                let other = at == rows ? 1 : Int.random(in: (at + 1)...rows, using: &random)
                row = min(at, other)
                sql =
                    "UPDATE audit SET seq = -1 WHERE seq = \(at); UPDATE audit SET seq = \(at) WHERE seq = \(other); "
                    + "UPDATE audit SET seq = \(other) WHERE seq = -1"
            case 7: sql = "DELETE FROM audit WHERE seq >= \(at)"
            case 8:
                // Cut to before the chain had a key too: then plain mending would do.
                sql =
                    "DELETE FROM audit WHERE seq >= \(at); UPDATE meta SET value = coalesce((SELECT seq || ' ' || hash "
                    + "FROM audit ORDER BY seq DESC LIMIT 1), '0 \(String(repeating: "0", count: 64))') "
                    + "WHERE key = 'audit_head'"
                mended = true
            default:
                row = nil
                sql =
                    [
                        "UPDATE case_event SET reason = reason || '!'", "UPDATE role_grant SET given = 1 - given",
                        "UPDATE role_grant SET unit = '340000' WHERE row = 3", "DELETE FROM role_grant WHERE row = 2",
                        "UPDATE person SET name = 'x' WHERE row = 1", "UPDATE evidence_item SET bytes = bytes + 1",
                        "UPDATE custody_event SET seal = 'open' WHERE row = 2",
                        "DELETE FROM custody_event WHERE row = 2",
                        "UPDATE evidence_review SET sound = 0", "UPDATE finding SET body = replace(body, '0.9', '0.1')",
                        "UPDATE case_record SET unit = '340000' WHERE site = 'Z1'",
                        "UPDATE case_evidence SET assessment_sha256 = 'x' WHERE case_id LIKE 'XPCC%'",
                        "DELETE FROM case_evidence WHERE case_id LIKE 'XPCC%'",
                        "INSERT INTO role_grant VALUES (99, 'jian', 'capability', 'reviewer', '', 1, 'sec', 'r', 0)",
                    ].randomElement(using: &random) ?? ""
            }
        }
    }

    @Test func `an exported head is one signed line, and many are held against the chain at once`() throws {
        try World.with { path in
            let keys = try AuditKeys.open(path + ".elsewhere")
            let writer = try KeepingScene.fill(path, keys: keys)
            let reader = try CasebookReader.open(path)
            let first = try #require(try reader.auditHead(keys: keys, now: World.now).signed)
            _ = try KeepingScene.evidence(writer)
            let second = try #require(try reader.auditHead(keys: keys, now: World.now).signed)
            #expect(second.head.rows == first.head.rows + 2)
            let line = try first.line
            #expect(!line.contains("\n") && line.hasPrefix("{"))
            let text = "\(line)\n\n\(try second.line)\n"
            let heads = try SignedAuditHead.read(text, publicKey: keys.publicKey)
            #expect(heads == [first, second])
            guard case .intact = try reader.auditVerify(heads: heads.map(\.head), keys: keys) else {
                Issue.record("does not hold")
                return
            }
            let forged = line.replacingOccurrences(of: "\"rows\":\(first.head.rows)", with: "\"rows\":1")
            #expect(forged != line)
            for bad in [forged, "{}", "nonsense"] {
                #expect(throws: CasebookError.self) {
                    try SignedAuditHead.read(text + bad, publicKey: keys.publicKey)
                }
            }
            let stranger = try AuditKeys.open(path + ".stranger")
            #expect(throws: CasebookError.self) { try SignedAuditHead.read(text, publicKey: stranger.publicKey) }
            try writer.close()
            try reader.close()
            // An old head put back with the tail cut: the store agrees with itself, the later head does not.
            try KeepingScene.attack(
                path,
                "DELETE FROM audit WHERE seq > \(first.head.rows); DELETE FROM evidence_item; DELETE FROM custody_event"
            )
            #expect(
                try firstBad(verdict(path, heads: heads.map(\.head), keys: keys)) == first.head.rows + 1)
        }
    }

    @Test func `a long chain is checked at over a hundred thousand rows a second`() throws {
        try World.with { path in
            let rows = Int(ProcessInfo.processInfo.environment["CHAIN_ROWS"] ?? "") ?? 50_000
            let keys = try AuditKeys.open(AuditKeys.folder(beside: path))
            try CasebookWriter.open(path, province: "330000").close()
            try LongChain.write(path, rows: rows)
            let reader = try CasebookReader.open(path)
            let clock = ContinuousClock()
            var best = Duration.seconds(1_000_000)
            for _ in 0..<3 {
                best = min(
                    best,
                    try clock.measure {
                        guard case .intact(_, let seen) = try reader.auditVerify(keys: keys), seen == rows else {
                            Issue.record("does not hold: \(try reader.auditVerify(keys: keys))")
                            return
                        }
                    })
            }
            let rate = Double(rows) / (best / .seconds(1))
            print("audit verify: \(rows) rows, \(Int(rate)) rows/s")
            // A tenth of what is asked: the machine may be shared. The figure is in the report of the run.
            #expect(rate > 10_000)
        }
    }
}

/// A chain longer than a test could write step by step, sealed by the same rule.
enum LongChain {
    static func write(_ path: String, rows: Int) throws {
        let folder = AuditKeys.folder(beside: path)
        let line = try String(contentsOfFile: folder + "/audit-hmac.key", encoding: .utf8)
        let words = line.split(whereSeparator: \.isWhitespace)
        let key = SymmetricKey(data: Data(base64Encoded: String(words[1])) ?? Data())
        func seal(_ fields: [String]) -> String {
            let message = fields.map { "\($0.utf8.count):\($0)" }.joined()
            return HMAC<SHA256>.authenticationCode(for: Data(message.utf8), using: key)
                .map { String(UInt16($0) + 256, radix: 16).dropFirst() }.joined()
        }
        let queue = try DatabaseQueue(path: path)
        try queue.write { db in
            let last = try #require(try Row.fetchOne(db, sql: "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1"))
            var (seq, prev): (Int, String) = (last["seq"], last["hash"])
            let insert = try db.cachedStatement(sql: "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
            let digest = String(repeating: "5", count: 64)
            while seq < rows {
                seq += 1
                let object = "case:330000-2026-\(seq % 5000)"
                let hash = seal(["\(seq)", "\(seq)", "Sheng Wei", "unmask", object, digest, prev])
                try insert.execute(arguments: [seq, seq, "Sheng Wei", "unmask", object, digest, prev, hash])
                prev = hash
            }
            let head = "\(seq) \(prev)"
            try db.execute(
                sql: "UPDATE meta SET value = ? WHERE key = 'audit_head'",
                arguments: ["\(head) \(words[0]) \(seal(["head", head]))"])
        }
        try queue.close()
    }
}
