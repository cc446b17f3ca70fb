/// The bytes of waiting fragments in pages of one array: a piece at the end of a datagram takes one page, not the whole
/// length before it. A page is 1 024 bytes of payload and one number for each block of eight: how many of them are
/// there.
struct FragmentPages {
    private static let payload = 1_024
    private static let blocks = payload / 8
    /// Pages of the longest datagram (65 535 bytes).
    private static let directory = 64
    private static let none = UInt16.max
    static let pageSize = payload + blocks
    static let directorySize = directory * MemoryLayout<UInt16>.stride

    private var bytes: [UInt8] = []
    private var free: [UInt16] = []
    /// `directory` page numbers for each place; `none` where no byte has come.
    private var pages: [UInt16] = []
    /// Pages that hold bytes of a waiting datagram.
    private(set) var used = 0

    /// Bytes of memory that were ever touched: pages are used again, not given back.
    var held: Int { bytes.count + pages.count * 2 + free.capacity * 2 }

    mutating func addDirectory() {
        pages.append(contentsOf: repeatElement(FragmentPages.none, count: FragmentPages.directory))
    }

    private func page(_ place: Int, _ offset: Int) -> UInt16 {
        pages[place * FragmentPages.directory + offset / FragmentPages.payload]
    }

    func holdsStart(_ place: Int) -> Bool {
        let first = page(place, 0)
        return first != FragmentPages.none && bytes[Int(first) * FragmentPages.pageSize + FragmentPages.payload] > 0
    }

    func missingPages(_ place: Int, _ range: Range<Int>) -> Int {
        guard !range.isEmpty else { return 0 }
        var missing = 0
        for index in range.lowerBound / FragmentPages.payload...(range.upperBound - 1) / FragmentPages.payload
        where pages[place * FragmentPages.directory + index] == FragmentPages.none { missing += 1 }
        return missing
    }

    /// Bytes that are there in front of `end`.
    func count(_ place: Int, below end: Int) -> Int {
        var sum = 0
        for start in stride(from: 0, to: end, by: FragmentPages.payload) {
            let page = page(place, start)
            if page == FragmentPages.none { continue }
            let marks = Int(page) * FragmentPages.pageSize + FragmentPages.payload
            for block in 0..<FragmentPages.blocks where start + block * 8 < end {
                sum += min(Int(bytes[marks + block]), end - start - block * 8)
            }
        }
        return sum
    }

    /// Copies what is not there yet; compares what is. Answers how many new bytes lie below `limit`.
    mutating func write(
        _ place: Int, at offset: Int, _ piece: Slice<UnsafeBufferPointer<UInt8>>, limit: Int, conflict: inout Bool
    ) -> Int {
        var added = 0
        var from = piece.startIndex
        var to = offset
        while from < piece.endIndex {
            let base = Int(take(place, to)) * FragmentPages.pageSize
            let inPage = to % FragmentPages.payload
            let size = min(FragmentPages.payload - inPage, piece.endIndex - from)
            let part = UnsafeBufferPointer(rebasing: piece[from..<from + size])
            let limitInPage = limit - to + inPage
            added += bytes.withUnsafeMutableBufferPointer {
                FragmentPages.fill(
                    UnsafeMutableBufferPointer(rebasing: $0[base..<base + FragmentPages.pageSize]), at: inPage, part,
                    limit: limitInPage, &conflict)
            }
            from += size
            to += size
        }
        return added
    }

    /// The part of a piece that lies in one page.
    private static func fill(
        _ page: UnsafeMutableBufferPointer<UInt8>, at start: Int, _ part: UnsafeBufferPointer<UInt8>, limit: Int,
        _ conflict: inout Bool
    ) -> Int {
        var added = 0
        for from in stride(from: 0, to: part.count, by: 8) {
            let to = start + from
            let mark = payload + to / 8
            let there = Int(page[mark])
            let size = min(8, part.count - from)
            for index in 0..<min(there, size) where page[to + index] != part[from + index] { conflict = true }
            guard size > there else { continue }
            for index in there..<size { page[to + index] = part[from + index] }
            page[mark] = UInt8(size)
            added += max(0, min(to + size, limit) - (to + there))
        }
        return added
    }

    private mutating func take(_ place: Int, _ offset: Int) -> UInt16 {
        let entry = place * FragmentPages.directory + offset / FragmentPages.payload
        if pages[entry] != FragmentPages.none { return pages[entry] }
        let page: UInt16
        if let last = free.popLast() {
            page = last
            let marks = Int(page) * FragmentPages.pageSize + FragmentPages.payload
            for block in 0..<FragmentPages.blocks { bytes[marks + block] = 0 }
        } else {
            // Room for all is set aside once, so that growing never copies; memory is touched page by page.
            if bytes.isEmpty { bytes.reserveCapacity(WireLimits.fragmentBytes) }
            page = UInt16(bytes.count / FragmentPages.pageSize)
            bytes.append(contentsOf: repeatElement(0, count: FragmentPages.pageSize))
        }
        used += 1
        pages[entry] = page
        return page
    }

    mutating func read(_ place: Int, _ length: Int, into output: inout [UInt8]) {
        output.removeAll(keepingCapacity: true)
        output.reserveCapacity(length)
        for start in stride(from: 0, to: length, by: FragmentPages.payload) {
            let base = Int(page(place, start)) * FragmentPages.pageSize
            output.append(contentsOf: bytes[base..<base + min(FragmentPages.payload, length - start)])
        }
    }

    mutating func clear(_ place: Int) {
        for entry in place * FragmentPages.directory..<(place + 1) * FragmentPages.directory
        where pages[entry] != FragmentPages.none {
            free.append(pages[entry])
            pages[entry] = FragmentPages.none
            used -= 1
        }
    }
}
