import Casebook
import Foundation
import Reports
import Synchronization
import Vocabulary

/// A store as the server needs it, and what the installation brings beside it.
package struct OfficeSettings: Sendable {
    /// Path of the casebook.
    package var store: String
    /// Folder of the installation's keys.
    package var keys: String
    package var province: String
    /// Read-only, with nobody's login; for the demo store alone.
    package var demo: Bool
    package var matrix: AccessMatrix
    package var rules: CaseRules
    package var legal: LegalTable?
    package var tiles: [ProvinceTile]
    package var version: String
    /// Folder of the papers of cases, each under the digest of its bytes.
    package var evidence: String
    /// What takes sent files in; nil where none are taken.
    package var decoder: (any UploadDecoder)?

    package init(
        store: String, keys: String, province: String, demo: Bool, matrix: AccessMatrix, rules: CaseRules,
        legal: LegalTable?, tiles: [ProvinceTile], version: String, evidence: String,
        decoder: (any UploadDecoder)? = nil
    ) {
        self.evidence = evidence
        self.decoder = decoder
        self.store = store
        self.keys = keys
        self.province = province
        self.demo = demo
        self.matrix = matrix
        self.rules = rules
        self.legal = legal
        self.tiles = tiles
        self.version = version
    }
}

/// The casebook behind the pages. Each person reads through a connection of their own, which shows the rows in scope
/// and no others; what is written goes through the same steps as at the terminal.
package final class Office: Sendable {
    /// Connections kept open; whoever came longest ago goes first.
    private static let readerLimit = 64
    /// Sums kept; they are made again after each scan.
    private static let sumLimit = 256

    let settings: OfficeSettings
    let frame: PageFrame
    /// Nil where no files are taken.
    let uploads: UploadDesk?
    let drafts = Drafts()
    private let book: CasebookReader
    private let readers = Mutex<[(identity: Identity, reader: ScopedReader)]>([])
    private let sums = Mutex<[(key: SumKey, sums: [UnitSums])]>([])
    private let figures = Mutex<[(key: FigureKey, figures: [KPIFigure])]>([])

    private struct SumKey: Hashable {
        var identity: Identity
        var run: Int
        var revision: String
    }

    private struct FigureKey: Hashable {
        var identity: Identity
        var window: KPIWindow
        var stamp: StoreStamp
    }

    package init(_ settings: OfficeSettings) throws {
        self.settings = settings
        uploads = settings.demo ? nil : settings.decoder.map { UploadDesk($0) }
        frame = try PageFrame(tiles: settings.tiles, version: settings.version)
        book = try CasebookReader.open(settings.store)
    }

    /// Who reads the demo: one who sees the province and can do nothing, for the store takes no writing.
    static func demoReader(_ province: String) -> Identity {
        Identity(
            person: "demo", name: "demo",
            roles: [
                HeldRole(role: "province_officer", unit: province), HeldRole(role: "analyst", unit: province),
            ])
    }

    /// The person as the store knows them now: a role that was taken back a moment ago is gone.
    func identity(_ person: String) throws(CasebookError) -> Identity {
        settings.demo ? Office.demoReader(settings.province) : try book.identity(person: person)
    }

    func reader(_ identity: Identity) throws(CasebookError) -> ScopedReader {
        if let known = readers.withLock({ list -> ScopedReader? in
            guard let place = list.firstIndex(where: { $0.identity == identity }) else { return nil }
            let entry = list.remove(at: place)
            list.append(entry)
            return entry.reader
        }) {
            return known
        }
        let reader = try ScopedReader(book, as: identity, matrix: settings.matrix)
        readers.withLock { list in
            list.removeAll { $0.identity == identity }
            if list.count >= Office.readerLimit { list.removeFirst() }
            list.append((identity, reader))
        }
        return reader
    }

    /// The sums by unit: they hang on scans and the register alone, so they are made once after each.
    func unitSums(_ reader: ScopedReader) throws(CasebookError) -> [UnitSums] {
        let stamp = try reader.stamp()
        let key = SumKey(identity: reader.identity, run: stamp.run, revision: stamp.revision)
        if let known = sums.withLock({ $0.first { $0.key == key }?.sums }) { return known }
        let made = try reader.unitSums()
        sums.withLock { list in
            if list.count >= Office.sumLimit { list.removeFirst() }
            list.append((key, made))
        }
        return made
    }

    /// The figures of a window: made again after each act that was written down.
    func figures(_ reader: ScopedReader, _ window: KPIWindow) throws(CasebookError) -> [KPIFigure] {
        let key = FigureKey(identity: reader.identity, window: window, stamp: try reader.stamp())
        if let known = figures.withLock({ $0.first { $0.key == key }?.figures }) { return known }
        let made = try reader.figures(window)
        figures.withLock { list in
            list.removeAll { $0.key.identity == key.identity && $0.key.stamp != key.stamp }
            if list.count >= Office.sumLimit { list.removeFirst() }
            list.append((key, made))
        }
        return made
    }

    /// Opens the store for one act. The demo's is not changed by anybody.
    func writing<Value>(_ body: (CasebookWriter) throws(CasebookError) -> Value) throws(CasebookError) -> Value {
        guard !settings.demo else {
            throw .refused(caseID: "demo", [Refusal("read-only")])
        }
        let writer = try CasebookWriter.open(
            settings.store, province: settings.province, keys: try AuditKeys.open(settings.keys))
        do {
            let value = try body(writer)
            try writer.close()
            return value
        } catch {
            try? writer.close()
            throw error
        }
    }

    /// Whether the store can be read at this moment.
    func isReady() -> Bool { (try? book.lastRun()) != nil }
}
