import Casebook
import Foundation
import GRDB
import Testing
import Vocabulary

struct AuditChainTests {
    /// What an insider with a SQLite shell can do: triggers dropped first.
    private func tamper(_ path: String, _ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA foreign_keys = OFF")
            for name in try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'trigger'") {
                try db.execute(sql: "DROP TRIGGER \(name)")
            }
            try db.execute(sql: sql)
        }
        try queue.close()
    }

    private func verdict(_ path: String, exported: AuditHead? = nil) throws -> AuditVerdict {
        let reader = try CasebookReader.open(path)
        let verdict = try reader.auditVerify(exported: exported)
        try reader.close()
        return verdict
    }

    private func rows(_ path: String) throws -> (head: String, rows: Int) {
        guard case .intact(let head, let rows) = try verdict(path) else { return ("", 0) }
        return (head, rows)
    }

    @Test func `an untouched chain holds, an empty one too`() throws {
        try World.with { path in
            try CasebookWriter.open(path, province: "330000").close()
            #expect(try verdict(path) == .intact(head: String(repeating: "0", count: 64), rows: 0))
        }
        try World.with { path in
            try World.fill(path).close()
            // register, publish, and an event and an evidence row for each of two cases.
            #expect(try rows(path).rows == 6)
        }
    }

    @Test func `changing, deleting or swapping any row names the first bad row`() throws {
        for row in 1...6 {
            var attacks = [
                ("DELETE FROM audit WHERE seq = \(row)", row),
                ("UPDATE audit SET hash = replace(hash, substr(hash, 1, 1), 'z') WHERE seq = \(row)", row),
            ]
            for column in ["actor", "action", "object", "detail", "prev"] {
                attacks.append(("UPDATE audit SET \(column) = \(column) || 'x' WHERE seq = \(row)", row))
            }
            attacks.append(("UPDATE audit SET at = at + 1 WHERE seq = \(row)", row))
            if row < 6 {
                let swap =
                    "UPDATE audit SET seq = -1 WHERE seq = \(row); UPDATE audit SET seq = \(row) WHERE seq = \(row + 1); "
                attacks.append((swap + "UPDATE audit SET seq = \(row + 1) WHERE seq = -1", row))
            }
            for (sql, bad) in attacks {
                try World.with { path in
                    try World.fill(path).close()
                    try tamper(path, sql)
                    guard case .broken(let first, _) = try verdict(path) else {
                        Issue.record("not found: \(sql)")
                        return
                    }
                    #expect(first == bad, "\(sql)")
                }
            }
        }
    }

    @Test func `a cut tail is caught by the exported head even when the store was mended`() throws {
        try World.with { path in
            try World.fill(path).close()
            let whole = try rows(path)
            try tamper(
                path,
                "DELETE FROM audit WHERE seq = 6; DELETE FROM case_evidence WHERE case_id LIKE '%0002'; "
                    + "UPDATE meta SET value = (SELECT '5 ' || hash FROM audit WHERE seq = 5) WHERE key = 'audit_head'")
            #expect(try rows(path).rows == 5)
            guard case .broken(let first, _) = try verdict(path, exported: AuditHead(rows: 6, hash: whole.head)) else {
                Issue.record("cut tail not found")
                return
            }
            #expect(first == 6)
        }
    }

    @Test(arguments: [
        "UPDATE finding SET body = replace(body, '\"logLikelihoodRatio\":6', '\"logLikelihoodRatio\":1')",
        "DELETE FROM finding", "UPDATE assessment SET body = replace(body, '0.93', '0.13')",
        "UPDATE case_event SET actor = 'nobody'", "DELETE FROM case_event WHERE seq = 1",
        "UPDATE case_record SET state = 'excluded' WHERE site = 'S1'",
    ])
    func `what the chain tells about cannot be altered unseen`(_ sql: String) throws {
        try World.with { path in
            try World.fill(path).close()
            try tamper(path, sql)
            guard case .broken = try verdict(path) else {
                Issue.record("not found: \(sql)")
                return
            }
        }
    }

    @Test func `the store itself refuses to change what was said`() throws {
        try World.with { path in
            try World.fill(path).close()
            let queue = try DatabaseQueue(path: path)
            for sql in [
                "DELETE FROM audit", "UPDATE audit SET detail = ''", "DELETE FROM finding",
                "UPDATE finding SET body = ''",
                "DELETE FROM case_event", "UPDATE case_event SET reason = ''", "DELETE FROM case_record",
                "DELETE FROM site",
            ] {
                #expect(throws: DatabaseError.self) { try queue.write { try $0.execute(sql: sql) } }
            }
        }
    }
}
