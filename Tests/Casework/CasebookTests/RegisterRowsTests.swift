import Casebook
import Foundation
import Support
import Testing
import Vocabulary

/// What the register tests share.
enum Registers {
    static let key: RegisterKey = {
        guard let key = RegisterKey("a secret of the tests".utf8) else { fatalError("secret too short") }
        return key
    }()
    static let known = KnownRegister(units: CaseScene.units, sites: World.sites)

    static func file(_ text: String, _ name: String = "register.csv") -> RegisterFile {
        RegisterFile(name: name, text: text)
    }

    static func places(_ report: RegisterReport) -> [String] { report.problems.map { "\($0.line):\($0.column)" } }

    static func at(_ text: String) throws -> Instant { try #require(Instant(rfc3339: text)) }

    /// What each importer says of a file.
    static func reports(_ file: RegisterFile) -> [RegisterReport] {
        [
            AssignmentImport(file, key: Registers.key).report,
            PartyImport(file, known: Registers.known, key: Registers.key).report,
            ExemptionImport(file, known: Registers.known).report,
            ApplicationImport(file, known: Registers.known, key: Registers.key).report,
            LeadImport(file, known: Registers.known, key: Registers.key).report,
        ]
    }

    /// What no importer may trap on or take anything from.
    static let hostile: [String] = [
        "", "\n", "\"", "\"\"\"", ",,,\n,,,", "address,from\n\"", "\u{FEFF}", "address,line,from,to\n,,,\n",
        "source,received_at,unit\n\u{0000},nan,1e999\n", "party,name,kind\n=1+1,@x,person,more\n",
        "application,received,applicant,unit,site_kind,kw\nA,2026-02-30,x,330110,factory,1e400\n",
        "exemption,kind,licence,ceiling_kw,applicant,approver,from,to\nE,other,L,-5,a,b,2026-01-01,2026-02-01\n",
    ]
}

struct RegisterRowsTests {
    private func refusal(_ bytes: [UInt8]) -> String? {
        do {
            _ = try RegisterFile(name: "f", bytes: Data(bytes))
            return nil
        } catch {
            return error.what + "; " + error.remedy
        }
    }

    @Test func `UTF-8 is taken with and without its mark, everything else is named with a remedy`() throws {
        let text = "party,name\nP1,杭州甲公司\n"
        for bytes in [Data(text.utf8), Data([0xEF, 0xBB, 0xBF]) + Data(text.utf8)] {
            #expect(try RegisterFile(name: "f", bytes: bytes).text == text)
        }
        // 杭州 in GB18030, a four-byte sign of it, UTF-16, a picture, a cut sign.
        #expect(refusal([0xBA, 0xBC, 0xD6, 0xDD, 0x0A])?.contains("GB18030") == true)
        #expect(refusal([0xBA, 0xBC, 0x81, 0x30, 0x81, 0x30])?.contains("GB18030") == true)
        #expect(refusal([0xFF, 0xFE, 0x41, 0x00])?.contains("UTF-16") == true)
        #expect(refusal([0x89, 0x50, 0x4E, 0x47, 0x00])?.contains("zero bytes") == true)
        #expect(refusal([0xBA])?.contains("not UTF-8") == true)
        #expect(refusal([0x80, 0x80])?.contains("not UTF-8") == true)
        #expect(refusal([]) == nil)
    }

    @Test func `columns are found by English and Chinese names, whatever case and width`() throws {
        let heads = [
            "address,line,from,to", "IP_Address,Account,Start-Time,END", "ＩＰ地址,宽带账号,开始时间,结束时间",
            "地址 , 线路 ,开始 , 结束",
        ]
        for head in heads {
            let read = AssignmentImport(
                Registers.file(head + "\n192.0.2.1,L1,2026-03-01 08:00:00,2026-03-01 09:00:00\n"), key: Registers.key)
            #expect(read.rows.map(\.line) == ["L1"], "\(head): \(read.report.problems)")
            // Civil time of the register is eight hours ahead.
            #expect(read.rows.first?.from == (try Registers.at("2026-03-01T00:00:00Z")))
        }
    }

    @Test func `a column that is there twice under two names stops the file`() {
        let read = AssignmentImport(
            Registers.file("address,line,from,开始时间\n192.0.2.1,L1,2026-03-01,2026-04-01\n"), key: Registers.key)
        #expect(read.rows.isEmpty)
        #expect(Registers.places(read.report) == ["1:from"])
    }

    @Test(arguments: [
        "2026-03-01T08:00:00+08:00", "2026-03-01T00:00:00Z", "2026-03-01 08:00:00", "2026/3/1 8:00:00",
        "20260301080000", "2026-03-01 08:00:00.0",
    ])
    func `one instant in the spellings of exports`(_ text: String) throws {
        let read = AssignmentImport(
            Registers.file("address,line,from\n192.0.2.1,L1,\(text)\n"), key: Registers.key)
        #expect(read.rows.first?.from == (try Registers.at("2026-03-01T00:00:00Z")))
    }

    @Test(arguments: Registers.hostile)
    func `hostile text is refused with counts that add up, never a trap`(_ text: String) {
        let file = Registers.file(text)
        for report in Registers.reports(file) {
            #expect(report.counts.addUp)
            #expect(report.counts.taken == 0)
            #expect(report.problemCount > 0)
            #expect(!report.problems.contains { $0.what.isEmpty || $0.remedy.isEmpty })
        }
    }

    private static let sound = [
        "address,ports,inside,line,mac,from,to\n"
            + "192.0.2.1,1-9,10.0.0.1,L,00:11,2026-03-01 08:00:00,2026-03-01 09:00:00\n",
        "party,name,kind,register_no,site,role,from,to,basis\nP1,甲,company,N1,S1,host,2026-01-01,2026-02-01,x\n",
        "exemption,site,subject,kind,licence,ceiling_kw,applicant,approver,from,to\n"
            + "E1,S1,meter:M,other,L,1.5,a,b,2026-01-01,2026-02-01\n",
        "application,received,applicant,unit,site_kind,kw,steady_share,supply\nA1,2026-01-01,a,330110,冷库,9,0.5,水电\n",
        "source,reference,received_at,unit,subject,text\ncncert,1,2026-01-01,330110,[2001:db8::1]:80,词\n",
    ]

    /// Bytes of sound files replaced, doubled and cut out, more of them the later it is.
    @Test(arguments: 0..<60)
    func `a damaged file never traps an importer, and its counts add up`(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        let odd: [UInt8] = Array("\",\n\r-:.~+eE09 \u{0}".utf8) + [0xFF, 0x80, 0xE4]
        for text in RegisterRowsTests.sound {
            var bytes = Array((text + text.split(separator: "\n")[1] + "\n").utf8)
            for _ in 0...(seed / 4) {
                let at = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[at] = odd[Int.random(in: odd.indices, using: &random)]
                case 1: bytes.insert(bytes[at], at: at)
                default: if bytes.count > 1 { bytes.remove(at: at) }
                }
            }
            let file = Registers.file(String(decoding: bytes, as: UTF8.self))
            for report in Registers.reports(file) {
                #expect(report.counts.addUp)
                #expect(report.problemCount >= report.counts.refused + report.counts.doubtful)
            }
        }
    }

    @Test func `a sound row is taken by its own importer and no other`() {
        for (index, text) in RegisterRowsTests.sound.enumerated() {
            let taken = Registers.reports(Registers.file(text)).map(\.counts.taken)
            #expect(taken == (0..<5).map { $0 == index ? 1 : 0 }, "\(text)")
        }
    }

    @Test func `a secret that is too short is none`() {
        #expect(RegisterKey("short".utf8) == nil)
        let one = Registers.key.hide("9133 0100-MA27", use: "party")
        #expect(one == Registers.key.hide("９１３３0100ma27", use: "party"))
        #expect(one.key != Registers.key.hide("91330100MA27", use: "device").key)
        #expect(RegisterKey("another secret, longer".utf8)?.hide("91330100MA27", use: "party").key != one.key)
        #expect(Registers.key.hide("12345", use: "party").masked == "…")
        #expect(Registers.key.hide("91330100MA2700001X", use: "party").masked == "9133…001x")
    }
}
