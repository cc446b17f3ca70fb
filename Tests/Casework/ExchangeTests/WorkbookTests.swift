import Exchange
import Foundation
import Support
import Testing
import Vocabulary

@Suite struct WorkbookTests {
    private static let hostile = [
        "=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2", "http://x.example/", "a\u{0}b\u{1B}", "</t><f>1</f>",
    ]

    private func written(_ sheets: [Workbook.Sheet]) throws -> Data {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).xlsx")
        defer { try? FileManager.default.removeItem(at: path) }
        try Workbook(title: "t", made: Instant(seconds: 1_767_196_800), sheets: sheets).write(to: path.path)
        return try Data(contentsOf: path)
    }

    /// The parts of the file, by the system's own unzip in Python, and what an XML parser finds in them.
    private func told(_ data: Data) throws -> [String] {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).xlsx")
        defer { try? FileManager.default.removeItem(at: path) }
        try data.write(to: path)
        let script = """
            import sys, zipfile, xml.etree.ElementTree as E
            z = zipfile.ZipFile(sys.argv[1])
            for name in sorted(z.namelist()):
                root = E.fromstring(z.read(name))
                tags = sorted({e.tag.split('}')[1] for e in root.iter()})
                print(name, ' '.join(tags))
            root = E.fromstring(z.read('xl/sharedStrings.xml'))
            for e in root.iter():
                if e.tag.endswith('}t'): print('text', repr(e.text))
            for e in E.fromstring(z.read('xl/workbook.xml')).iter():
                if e.tag.endswith('}sheet'): print('sheet', e.get('name'))
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, path.path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return text.split(separator: "\n").map(String.init)
    }

    @Test("no cell is a formula or a link, whatever the text begins with; control characters are replaced")
    func harmless() throws {
        let rows = Self.hostile.map { [TableExport.Cell.text($0), .number(1.5), .count(3), .unknown] }
        let lines = try told(try written([.init(name: "a/b:[c]*?", header: ["=h", "n", "c", "u"], rows: rows)]))
        let sheet = try #require(lines.first { $0.hasPrefix("xl/worksheets/sheet1.xml") })
        #expect(!sheet.split(separator: " ").contains("f") && !sheet.contains("hyperlink"))
        #expect(!lines.contains { $0.contains("vbaProject") || $0.contains("externalLink") })
        let texts = lines.filter { $0.hasPrefix("text ") }
        #expect(texts.contains("text '=1+1'") && texts.contains("text '</t><f>1</f>'"))
        #expect(texts.contains { $0.contains("a\u{FFFD}b\u{FFFD}") })
        #expect(lines.contains("sheet abc"))
    }

    @Test("the same rows give the same bytes; names of sheets never clash")
    func same() throws {
        let sheets = (0..<3).map { _ in
            Workbook.Sheet(name: String(repeating: "表", count: 40), header: ["x"], rows: [[.text("y")]])
        }
        let first = try written(sheets)
        #expect(try written(sheets) == first)
        let names = try told(first).filter { $0.hasPrefix("sheet ") }
        #expect(Set(names).count == 3 && names.allSatisfy { $0.utf16.count - 6 <= 31 })
    }

    @Test("a place that cannot be written is told")
    func refused() {
        #expect(throws: Workbook.Fault.self) {
            try Workbook(title: "", made: Instant(seconds: 0), sheets: []).write(to: "/no-such-folder/x.xlsx")
        }
    }
}
