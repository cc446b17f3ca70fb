import Exchange
import Foundation
import Support
import Testing
import Vocabulary

/// Texts that other programs stumbled over, as server, pool, agent, device, account and sender: every document stays
/// what it is, and nothing in it begins to act.
struct HostileTextTests {
    private func strings() throws -> [String] {
        let own = [
            "=1+1", "</Incident>", "]]>", "\u{0}", "\r\n{\"kind\":1}", "'] OR [a:b = 'c", "\u{FFFE}", "\u{FFFF}",
            "\u{202E}x", "\u{2028}", "\u{7F}", "\\\"", "&#x0;", "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///'>]>&b;",
            String(repeating: "a", count: 100_000), String(repeating: "\u{301}", count: 5_000),
        ]
        guard let folder = try Places.corpus("adversarial/strings") else { return own }
        let data = try Data(contentsOf: folder.appendingPathComponent("naughty.json"))
        let read = try #require(try JSONSerialization.jsonObject(with: data) as? [String])
        #expect(read.count > 200)
        return own + read
    }

    private func finding(_ text: String) -> ExchangeFinding {
        var session = ExchangeSamples.session(name: text)
        session.poolName = text
        session.agent = text
        session.device = text
        session.account = text
        session.algorithm = text
        session.hashrateUnit = text
        return ExchangeFinding(
            probability: 0.9, reasons: [text], against: [text], flags: [text], session: session)
    }

    @Test func `every document with a hostile text is valid, has one finding and the text is only text`() throws {
        let plain = finding("plain")
        let elements = XMLWalk(
            try #require(ExchangeFormats.named("iodef")).document([plain], ExchangeSamples.context).bytes)
        for text in try strings() {
            let one = finding(text)
            let context = ExchangeContext(asOf: ExchangeSamples.context.asOf, producer: text, version: text)
            for format in ExchangeFormats.all {
                let bytes = format.document([one], context).bytes
                #expect(bytes.count < 200_000)
                #expect(bytes.count { $0 == 0x0A } <= (format.name == "iodef" ? 2 : 1), "\(format.name)")
                #expect(String(validating: bytes, as: UTF8.self) != nil)
                if format.name == "iodef" {
                    let walk = XMLWalk(bytes)
                    #expect(walk.sound)
                    #expect(walk.attributes("IODEF-Document").count == 1)
                    #expect(walk.attributes("System").count == elements.attributes("System").count)
                    #expect(Set(walk.children.keys).isSubset(of: Set(elements.children.keys).union(["DomainData"])))
                } else {
                    #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(bytes)) }
                }
            }
        }
    }

    @Test func `lists with a hostile text keep their lines, tables have no active cell`() throws {
        let plain = BlockCandidates([finding("plain")], .init(), ExchangeSamples.context)
        for text in try strings() {
            let context = ExchangeContext(asOf: ExchangeSamples.context.asOf, producer: text, version: text)
            let list = BlockCandidates([finding(text)], .init(), context)
            for form in BlockLists.all {
                let lines = form.text(list).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).count
                let expected = form.text(plain).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
                    .count
                // A name that is a sound host name is one line more in a zone.
                #expect(lines == expected || form.name == "rpz" && lines == expected + 1, "\(form.name)")
            }
            let machine = MachineSeen(
                caseID: text, province: text, maker: text, model: text, serial: text, count: 1, basis: .declared)
            let tables = [
                DestinationTable.csv([finding(text)], countries: .init([])), MachineTable.csv([machine]),
                MachineTable.summary([machine]),
            ]
            for table in tables {
                var parser = Cells(Array(table.dropFirst(3)))
                let cells = parser.all()
                #expect(cells.count == 2, "a table of one row")
                for cell in cells.joined() {
                    let first = cell.unicodeScalars.first
                    #expect(
                        first.map { !"=+-@\t\r＝＋－＠".unicodeScalars.contains($0) } ?? true,
                        "active: \(cell.debugDescription)")
                }
            }
            let letter = HandoverLetter(
                number: text, sender: text, receiver: text, caseIDs: [text], items: [.init(name: text, sha256: text)],
                legalBasis: [text], sentOn: .init(daysSince1970: 0), replyBy: .init(daysSince1970: 1),
                confirmedBy: text)
            #expect(letter.text(.zh).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).count == 33)
        }
    }

    /// RFC 4180, as a spreadsheet reads it.
    private struct Cells {
        let bytes: [UInt8]
        var at = 0
        init(_ bytes: [UInt8]) { self.bytes = bytes }

        mutating func all() -> [[String]] {
            var rows: [[String]] = [[]]
            var cell: [UInt8] = []
            var quoted = false
            while at < bytes.count {
                let byte = bytes[at]
                at += 1
                if quoted {
                    if byte != 0x22 {
                        cell.append(byte)
                    } else if at < bytes.count, bytes[at] == 0x22 {
                        cell.append(byte)
                        at += 1
                    } else {
                        quoted = false
                    }
                } else if byte == 0x22, cell.isEmpty {
                    quoted = true
                } else if byte == 0x2C || byte == 0x0A {
                    rows[rows.count - 1].append(String(decoding: cell, as: UTF8.self))
                    cell = []
                    if byte == 0x0A, at < bytes.count { rows.append([]) }
                } else if byte != 0x0D || at >= bytes.count || bytes[at] != 0x0A {
                    cell.append(byte)
                }
            }
            return rows
        }
    }
}
