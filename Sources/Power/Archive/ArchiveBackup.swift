import GRDB
import Glibc

extension Archive {
    /// Copies the archive as it stands at one moment to `target`, a name that nothing has yet; deliveries go on meanwhile.
    /// Segments never change once they are written, so a copy of the catalogue and of the files that it names is whole.
    /// What was copied is checked, every byte of it.
    package func backup(to target: String) throws(ArchiveError) -> Verification {
        try Archive.guarded(target) {
            guard access(target, F_OK) != 0, access(Archive.folder(of: target), F_OK) != 0 else {
                throw ArchiveError.storage(path: target, what: "is there already and is not overwritten")
            }
            // Files that a compaction replaces meanwhile stay until this is let go.
            let hold = try gather(SegmentKind.allCases, days: ArchiveLimits.days)
            try copy(to: target)
            withExtendedLifetime(hold) {}
            let copy = try Archive.open(target)
            let found = copy.verify()
            try copy.close()
            return found
        }
    }

    private func copy(to target: String) throws {
        let folder = Archive.folder(of: target)
        try Files.makeFolder(folder)
        let catalogue = try DatabaseQueue(path: target)
        try pool.backup(to: catalogue)
        let names = try catalogue.read { try String.fetchAll($0, sql: "SELECT name FROM segment ORDER BY id") }
        try catalogue.close()
        for name in names { try copyFile("\(self.folder)/\(name).seg", "\(folder)/\(name).seg") }
        try Files.syncFolder(folder)
    }

    private func copyFile(_ from: String, _ to: String) throws {
        let source = Glibc.open(from, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw Files.Failure("open", from) }
        defer { Glibc.close(source) }
        let sink = Glibc.open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard sink >= 0 else { throw Files.Failure("create", to) }
        defer { Glibc.close(sink) }
        var piece = [UInt8](repeating: 0, count: ArchiveLimits.copyBytes)
        while true {
            let count = piece.withUnsafeMutableBytes { read(source, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Files.Failure("read", from) }
            if count == 0 { break }
            var written = 0
            while written < count {
                let more = piece.withUnsafeBytes { write(sink, $0.baseAddress.map { $0 + written }, count - written) }
                if more < 0, errno == EINTR { continue }
                guard more > 0 else { throw Files.Failure("write", to) }
                written += more
            }
        }
        guard fsync(sink) == 0 else { throw Files.Failure("fsync", to) }
    }
}
