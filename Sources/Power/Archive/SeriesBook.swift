import GRDB

/// Series numbers of identifiers during one delivery. New ones become part of the catalogue with the delivery's commit.
struct SeriesBook {
    struct Grid: Hashable {
        var interval: Int
        /// Start of a slot modulo the interval, local time, ns.
        var phase: Int64
    }
    private struct Page {
        let grid: Grid
        var names = IdentifierTable()
        var numbers: [UInt32] = []
        /// Names from here on are new.
        var known = 0
    }

    let kind: Archive.Kind
    private var pages: [Page] = []
    /// Series below it are in the catalogue.
    let firstNew: UInt32
    private var next: UInt32

    init(_ kind: Archive.Kind, _ db: Database) throws {
        self.kind = kind
        let last = try Int64.fetchOne(db, sql: "SELECT max(id) FROM series") ?? 0
        guard last >= 0, last < Int64(ArchiveLimits.series) else {
            throw ArchiveError.badBatch(what: "too many series")
        }
        firstNew = UInt32(last) + 1
        next = firstNew
    }

    mutating func number(
        _ identifier: some Collection<UInt8>, grid: Grid, _ pool: DatabasePool
    ) throws -> UInt32 {
        let page = try page(grid, pool)
        let index = pages[page].names.add(identifier)
        if index < pages[page].numbers.count { return pages[page].numbers[index] }
        guard identifier.count >= 1, identifier.count <= ArchiveLimits.identifierBytes,
            String(validating: identifier, as: UTF8.self) != nil
        else {
            throw ArchiveError.badBatch(
                what: "an identifier is empty, not UTF-8 or longer than \(ArchiveLimits.identifierBytes) bytes")
        }
        guard next < ArchiveLimits.series else { throw ArchiveError.badBatch(what: "too many series") }
        pages[page].numbers.append(next)
        next += 1
        return next - 1
    }

    /// A delivery has few grids, and nearly always the one it had before.
    private mutating func page(_ grid: Grid, _ pool: DatabasePool) throws -> Int {
        if let page = pages.firstIndex(where: { $0.grid == grid }) { return page }
        pages.append(try pool.read { db in try SeriesBook.load(kind, grid, db) })
        return pages.count - 1
    }

    private static func load(_ kind: Archive.Kind, _ grid: Grid, _ db: Database) throws -> Page {
        var page = Page(grid: grid)
        let rows = try Row.fetchCursor(
            db, sql: "SELECT id, meter FROM series WHERE kind = ? AND interval_s = ? AND phase_ns = ? ORDER BY id",
            arguments: [kind.rawValue, grid.interval, grid.phase])
        while let row = try rows.next() {
            page.names.add(try row.text("meter").utf8)
            page.numbers.append(UInt32(clamping: try row.integer("id")))
            guard page.names.count == page.numbers.count else {
                throw ArchiveError.damaged(file: "catalogue", offset: 0, what: "an identifier stands there twice")
            }
        }
        page.known = page.numbers.count
        return page
    }

    func save(_ db: Database) throws {
        let insert = try db.cachedStatement(
            sql: "INSERT INTO series (id, kind, meter, interval_s, phase_ns, seal) VALUES (?, ?, ?, ?, ?, ?)")
        for page in pages {
            for index in page.known..<page.numbers.count {
                let number = Int64(page.numbers[index])
                let meter = String(decoding: page.names[index], as: UTF8.self)
                let seal = Seal.series(
                    number, kind: kind.rawValue, meter: meter, interval: page.grid.interval, phase: page.grid.phase)
                try insert.execute(arguments: [
                    number, kind.rawValue, meter, page.grid.interval, page.grid.phase, seal,
                ])
            }
        }
    }
}

extension Seal {
    static func series(_ id: Int64, kind: String, meter: String, interval: Int, phase: Int64) -> Int64 {
        of("series \(id) \(kind) \(interval) \(phase) \(meter)")
    }
}
