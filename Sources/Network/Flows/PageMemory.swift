import Glibc

/// Zeroed memory straight from the system: it costs what is touched of it, and large parts lie in large pages, so that a
/// jump to any place does not wait for the address as well as for the bytes. Unsafe memory, kept to this file and its two
/// users, `FlowRecords` and `FlowIndex`.
struct PageMemory: ~Copyable {
    let base: UnsafeMutableRawPointer
    let byteCount: Int

    /// Linux's large page on x86-64; elsewhere the hint does no harm.
    private static let largePage = 2 << 20

    /// Nil when the system has no such room.
    init?(byteCount: Int) {
        let byteCount = max(byteCount, 1)
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        guard let found = mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0), found != MAP_FAILED else {
            return nil
        }
        // The beginning stays in small pages: a small capture does not pay for setting a large one to zero.
        if byteCount >= 4 * PageMemory.largePage {
            madvise(found + PageMemory.largePage, byteCount - PageMemory.largePage, MADV_HUGEPAGE)
        }
        base = found
        self.byteCount = byteCount
    }

    deinit { munmap(base, byteCount) }
}
