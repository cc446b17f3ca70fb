import GRDB

/// Series numbers of identifiers during one delivery. New ones become part of the catalogue with the delivery's commit.
///
/// A delivery brings its meters mostly in the order in which an earlier one brought them, so the series after the one found
/// last is looked at first; only what does not stand there is looked up. Nothing is held of meters that do not come.
struct SeriesBook {
    struct Grid: Hashable {
        var interval: Int
        /// Start of a slot modulo the interval, local time, ns.
        var phase: Int64
    }

    fileprivate struct Page {
        let grid: Grid
        var rows: SeriesRows
        /// Whether the catalogue has series of this grid.
        var hasOld: Bool
        /// What follows the series found last; from `at` on not yet passed.
        var ahead = SeriesRows.Stretch()
        var at = 0
        var last: UInt32 = 0
        /// Series to read ahead; 0 while the order is not that of the catalogue.
        var reach = SeriesBook.firstReach
        var names = IdentifierTable()
        var numbers: [UInt32] = []
    }

    private static let firstReach = 64
    private static let mostReach = 8192
    /// Meters that a delivery may leave out without the order being taken for another.
    private static let leftOut = 4

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

    /// The numbers of `asked` in `known`, by the same index; those that are not in the catalogue get new ones.
    mutating func resolve(
        _ asked: [Int], identifier: (Int) -> ArraySlice<UInt8>, grid: Grid, _ pool: DatabasePool,
        into known: inout [UInt32]
    ) throws {
        guard !asked.isEmpty else { return }
        let page = try page(grid, pool)
        guard pages[page].hasOld else {
            for index in asked { known[index] = try fresh(identifier(index), page) }
            return
        }
        try pool.read { db in
            for index in asked {
                let name = identifier(index)
                if let number = try old(name, page, db) {
                    known[index] = number
                } else {
                    known[index] = try fresh(name, page)
                }
            }
        }
    }

    /// The number of one identifier.
    mutating func number(_ identifier: [UInt8], grid: Grid, _ pool: DatabasePool) throws -> UInt32 {
        var known: [UInt32] = [0]
        try resolve([0], identifier: { _ in identifier[...] }, grid: grid, pool, into: &known)
        return known[0]
    }

    /// A delivery has few grids, and nearly always the one it had before.
    private mutating func page(_ grid: Grid, _ pool: DatabasePool) throws -> Int {
        if let page = pages.firstIndex(where: { $0.grid == grid }) { return page }
        let rows = SeriesRows(kind: kind, grid: grid)
        let hasOld = firstNew > 1 ? try pool.read { try rows.exist($0) } : false
        pages.append(Page(grid: grid, rows: rows, hasOld: hasOld))
        return pages.count - 1
    }

    private mutating func old(_ name: ArraySlice<UInt8>, _ index: Int, _ db: Database) throws -> UInt32? {
        if let number = pages[index].passed(name) { return number }
        if pages[index].reach > 0, pages[index].at == pages[index].ahead.numbers.count {
            try pages[index].readAhead(db)
            if let number = pages[index].passed(name) { return number }
        }
        if pages[index].names.number(of: name) != nil { return nil }
        guard let number = try pages[index].rows.find(name, db) else { return nil }
        let isNear = number > pages[index].last && number - pages[index].last <= UInt32(SeriesBook.leftOut)
        pages[index].ahead.removeAll()
        pages[index].at = 0
        pages[index].last = number
        pages[index].reach = isNear ? SeriesBook.firstReach : 0
        return number
    }

    private mutating func fresh(_ name: ArraySlice<UInt8>, _ page: Int) throws -> UInt32 {
        let index = pages[page].names.add(name)
        if index < pages[page].numbers.count { return pages[page].numbers[index] }
        guard name.count >= 1, name.count <= ArchiveLimits.identifierBytes,
            String(validating: name, as: UTF8.self) != nil
        else {
            throw ArchiveError.badBatch(
                what: "an identifier is empty, not UTF-8 or longer than \(ArchiveLimits.identifierBytes) bytes")
        }
        guard next < ArchiveLimits.series else { throw ArchiveError.badBatch(what: "too many series") }
        pages[page].numbers.append(next)
        next += 1
        return next - 1
    }

    mutating func save(_ db: Database) throws {
        for page in pages.indices {
            let names = pages[page].names
            try pages[page].rows.insert(pages[page].numbers, names: { names[$0] }, db)
        }
    }
}

extension SeriesBook.Page {
    /// The series of this name, if it is one of the next; those before it are passed.
    fileprivate mutating func passed(_ name: ArraySlice<UInt8>) -> UInt32? {
        for place in at..<min(at + SeriesBook.leftOut, ahead.numbers.count) where ahead.name(place) == name {
            at = place + 1
            last = ahead.numbers[place]
            return last
        }
        return nil
    }

    fileprivate mutating func readAhead(_ db: Database) throws {
        try rows.read(after: last, limit: reach, into: &ahead, db)
        at = 0
        reach = ahead.numbers.isEmpty ? 0 : min(reach * 4, SeriesBook.mostReach)
    }
}

extension Seal {
    static func series(_ id: Int64, kind: String, meter: String, interval: Int, phase: Int64) -> Int64 {
        of("series \(id) \(kind) \(interval) \(phase) \(meter)")
    }
}
