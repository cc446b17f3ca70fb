import Dispatch
import Foundation
import Synchronization
import Vocabulary

/// What a child process found in a file that somebody sent.
package struct UploadReport: Sendable, Hashable {
    package enum Kind: String, Sendable { case capture, meters }

    package var kind: Kind
    package var sha256: String
    /// Reconciling counts by the contract's names, in their order.
    package var counts: [Count]
    package var flags: [String]
    /// What was wrong, with place and remedy; nil when nothing was.
    package var error: String?
    /// Nothing of it can be used.
    package var refused: Bool
    package var first: Instant?
    package var last: Instant?
    /// Name of the file as the next scan will find it; nil when it was not kept.
    package var kept: String?
    /// The same content is there already.
    package var known: Bool

    package struct Count: Sendable, Hashable {
        package var name: String
        package var count: Int

        package init(_ name: String, _ count: Int) {
            self.name = name
            self.count = count
        }
    }

    package init(
        kind: Kind, sha256: String, counts: [Count], flags: [String] = [], error: String? = nil, refused: Bool = false,
        first: Instant? = nil, last: Instant? = nil, kept: String? = nil, known: Bool = false
    ) {
        self.kind = kind
        self.sha256 = sha256
        self.counts = counts
        self.flags = flags
        self.error = error
        self.refused = refused
        self.first = first
        self.last = last
        self.kept = kept
        self.known = known
    }
}

/// Looks at files that were sent, and puts the good ones where the next scan finds them. The installation's business:
/// the pages only show it.
package protocol UploadDecoder: Sendable {
    /// Decodes the file in a child process with limits, and keeps it when it is of use.
    /// - Parameter progress: Told the share that was read, 0 to 1, from any thread.
    func take(_ path: String, progress: @escaping @Sendable (Double) -> Void) -> UploadReport
}

/// Files that are being looked at, one after another, and those of late.
package final class UploadDesk: Sendable {
    /// Kept in memory; what was taken in stands in the store after the next scan.
    static let most = 200
    /// Of one person waiting at the same time.
    static let waiting = 20

    package enum State: String, Sendable { case waiting, checking, kept, known, refused }

    package struct Entry: Sendable {
        package var id: Int
        package var person: String
        package var name: String
        package var path: String
        package var bytes: Int
        package var at: Instant
        package var state = State.waiting
        /// Share that was read, 0 to 1.
        package var share = 0.0
        package var report: UploadReport?

        package var isDone: Bool { state != .waiting && state != .checking }
    }

    private let decoder: any UploadDecoder
    private let queue = DispatchQueue(label: "uploads")
    private let entries = Mutex<[Entry]>([])

    package init(_ decoder: any UploadDecoder) { self.decoder = decoder }

    /// Takes a file over, or nil when this person has too many waiting. The file is gone from its place afterwards.
    package func add(_ file: UploadedFile, person: String, now: Instant, done: @escaping @Sendable (Entry) -> Void)
        -> Int?
    {
        let id: Int? = entries.withLock { list in
            guard list.count(where: { $0.person == person && !$0.isDone }) < Self.waiting else { return nil }
            if list.count >= Self.most, let old = list.firstIndex(where: \.isDone) { list.remove(at: old) }
            let id = (list.last?.id ?? 0) + 1
            list.append(Entry(id: id, person: person, name: file.name, path: file.path, bytes: file.bytes, at: now))
            return id
        }
        guard let id else { return nil }
        queue.async { [self] in
            change(id) { $0.state = .checking }
            let report = decoder.take(file.path) { share in
                self.change(id) { $0.share = min(1, max($0.share, share)) }
            }
            // A kept file was moved; what is left of the others goes.
            try? FileManager.default.removeItem(atPath: file.path)
            change(id) { entry in
                entry.report = report
                entry.share = 1
                entry.state = report.known ? .known : report.kept != nil ? .kept : .refused
            }
            if let entry = entry(id, of: person) { done(entry) }
        }
        return id
    }

    private func change(_ id: Int, _ body: (inout Entry) -> Void) {
        entries.withLock { list in
            guard let place = list.firstIndex(where: { $0.id == id }) else { return }
            body(&list[place])
        }
    }

    /// Whether a file at that place is still to be looked at.
    func holds(_ path: String) -> Bool { entries.withLock { $0.contains { $0.path == path && !$0.isDone } } }

    /// Only the person's own: another's is not there.
    package func entry(_ id: Int, of person: String) -> Entry? {
        entries.withLock { $0.first { $0.id == id && $0.person == person } }
    }

    /// The newest first.
    package func entries(of person: String) -> [Entry] {
        entries.withLock { $0.filter { $0.person == person }.reversed() }
    }
}
