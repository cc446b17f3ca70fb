import Casebook
import Foundation
import Support
import Testing
import Vocabulary

struct NameScreenTests {
    static let folder = Places.root.appendingPathComponent("Models/name-screen/2026-11")

    static func screen() throws -> NameScreen { try NameScreen.load(folder.path) }

    private let parties = """
        party,name,kind,register_no,scope,site,role,from,to,basis
        P1,杭州虛擬貨幣科技有限公司,企业,91330100MA2700001X,,S1,房东,2026-01-01,,contract
        P2,杭州冷链有限公司,company,91330100MA2700002Y,技术服务；穩定幣发行,S2,operator,,,licence
        P3,RWA,person,330106199001011234,,S3,tenant,,,survey
        """

    private func take(_ text: String) -> PartyImport {
        PartyImport(Registers.file(text), known: Registers.known, key: Registers.key)
    }

    @Test func `every listed term and variant hits, look-alikes do not`() throws {
        let screen = try NameScreenTests.screen()
        let text = try String(contentsOf: NameScreenTests.folder.appendingPathComponent("golden.csv"), encoding: .utf8)
        var seen = (hits: 0, misses: 0)
        var terms: Set<String> = []
        for line in text.split(separator: "\n").dropFirst() {
            let fields = csvFields(String(line))
            let (name, term) = (fields[0], fields[1])
            let hits = screen.hits(in: name).map(\.term)
            if term.isEmpty {
                #expect(hits.isEmpty, "\(name): \(hits)")
                seen.misses += 1
            } else {
                #expect(hits == [term], "\(name): \(hits)")
                terms.insert(term)
                seen.hits += 1
            }
        }
        #expect(terms == ["虚拟货币", "虚拟资产", "加密货币", "加密资产", "稳定币", "RWA"])
        #expect(seen.hits >= 40 && seen.misses >= 30)
        #expect(screen.hits(in: "杭州Ｒ Ｗ Ａ部").first?.written == "Ｒ Ｗ Ａ")
    }

    @Test func `hits go to market supervision and no score moves`() throws {
        try World.with { (path: String) throws in
            let writer = try World.fill(path)
            let reader = try CasebookReader.open(path)
            let before = try reader.snapshot().dossiers.map { $0.assessment?.probability }
            let cases = try reader.cases()
            #expect(try writer.take(take(parties), by: "op", now: World.now).revision == 2)
            let sites =
                try reader.sites()
                + [World.sites[0]].map { site in
                    var other = site
                    other.name = "稳定币机房"
                    return other
                }
            let notes = try NameScreenTests.screen().suggestions(parties: try reader.parties(), sites: sites)
            #expect(notes.map(\.about) == ["party:P1", "party:P2", "site:S1"])
            #expect(notes.map(\.field) == [.partyName, .scope, .siteName])
            #expect(notes.allSatisfy { $0.receiver == HandoverSuggestion.marketSupervision })
            #expect(try reader.snapshot().dossiers.map { $0.assessment?.probability } == before)
            #expect(try reader.cases() == cases)
            try writer.close()
        }
    }

    @Test func `register numbers are nowhere in the store in clear`() throws {
        try World.with { (path: String) throws in
            let writer = try World.fill(path)
            _ = try writer.take(take(parties), by: "op", now: World.now)
            #expect(
                try CasebookReader.open(path).parties().map { $0.register?.masked } == [
                    "9133…001x", "9133…002y", "3301…1234",
                ])
            try writer.close()
            for file in try FileManager.default.contentsOfDirectory(
                atPath: (path as NSString).deletingLastPathComponent)
            {
                let bytes = try Data(
                    contentsOf: URL(fileURLWithPath: (path as NSString).deletingLastPathComponent + "/" + file))
                for number in ["MA2700001", "ma2700001", "19900101"] {
                    #expect(bytes.range(of: Data(number.utf8)) == nil, "\(number) in \(file)")
                }
            }
        }
    }

    @Test func `bad rows of the party register are refused with their place`() throws {
        let read = take(
            """
            party,name,kind,register_no,scope,site,role,from,to,basis
            P1,甲公司,company,N-1000,,S1,landlord,2026-01-01,2026-02-01,contract
            P1,甲公司,company,N-1000,,S1,landlord,2026-01-01,2026-02-01,contract
            P1,甲公司,company,,,S2,landlord,,,contract
            P1,乙公司,company,,,S2,host,,,contract
            P2,乙公司,company,n1000,,,,,,
            P3,丙,alien,,,,,,,
            P4,丁,person,,,S9,owner,,,survey
            P5,戊,person,,,S1,king,,,survey
            P6,己,person,,,S1,owner,2026-02-01,2026-01-01,survey
            P7,庚,person,,,S1,owner,,,
            ,辛,person,,,,,,,
            P8,壬,person,,,,owner,,,
            P9,癸,person,,,,,,,
            """)
        #expect(
            Registers.places(read.report) == [
                "5:party", "6:register_no", "7:kind", "8:site", "9:role", "10:to", "11:basis", "12:party", "13:site",
            ])
        #expect(read.report.counts.addUp && read.report.counts.repeated == 1)
        #expect(read.parties.map(\.id) == ["P1", "P9"])
        #expect(read.roles.count == 2)
        try World.with { (path: String) throws in
            let writer = try World.fill(path)
            _ = try writer.take(read, by: "op", now: World.now)
            let digest = try CasebookReader.open(path).logicalDigest()
            #expect(try writer.take(read, by: "op", now: World.now).revision == nil)
            #expect(try CasebookReader.open(path).logicalDigest() == digest)
            // The number of one party under another's name, in a later file.
            let stolen = try writer.take(
                take("party,name,kind,register_no\nP77,别的公司,company,N-1000\n"), by: "op", now: World.now)
            #expect(stolen.revision == nil && stolen.report.counts.refused == 1)
            try writer.close()
        }
    }

    @Test func `a list without terms, or with whole words as signs, is refused`() {
        #expect(throws: NameScreen.Failure.self) { try NameScreen(terms: [], variants: [], lookAlikes: []) }
        #expect(throws: NameScreen.Failure.self) {
            try NameScreen(terms: [("a", "ab")], variants: [("xy", "z")], lookAlikes: [])
        }
        #expect(throws: NameScreen.Failure.self) { try NameScreen.load("/nonexistent") }
    }
}
