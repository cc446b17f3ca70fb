import Vocabulary

/// Files that one capture wrote one after another, in the order of their times, so that a flow that crosses from a file to
/// the next can be followed. A file that belongs to no others is a set of one.
package struct CaptureSet: Hashable, Sendable {
    package struct Part: Hashable, Sendable {
        package var path: String
        /// Time of the first packet; nil when there is none within the first MiB, or the file is no readable capture.
        package var firstTime: Instant?
        /// In rising order, as far as the first MiB tells.
        package var linkTypes: [UInt32]
    }

    package private(set) var parts: [Part]
    package var paths: [String] { parts.map(\.path) }

    /// Sorts files into sets, the sets by the time of their first packet; what has no time stands at the end, by name. The
    /// answer does not depend on the order of `paths`.
    ///
    /// Files are one set when they lie in one folder, have the same link types, the same stem and the same shape of counter
    /// or time stamp, when their numbers rise with their first packet times (a ring of files may start anywhere), and when
    /// no file, as far as its first MiB shows, still runs when the next begins. Where that fails for names with several
    /// numbers, the first number is taken for a part of the stem (`host-1_00001` and `host-2_00001`). A doubt leaves files
    /// apart: flows that are cut at a file's end cost less than two captures that are mixed up.
    package static func arrange(_ paths: [String]) -> [CaptureSet] {
        var groups: [Key: [Candidate]] = [:]
        var sets: [CaptureSet] = []
        for path in paths.sorted() {
            let peek = CapturePeek(path: path)
            let part = Part(path: path, firstTime: peek?.first, linkTypes: peek?.linkTypes ?? [])
            let name = CaptureName(path: path)
            guard let peek, let first = peek.first, !name.numbers.isEmpty else {
                sets.append(CaptureSet(parts: [part]))
                continue
            }
            let key = Key(
                folder: name.folder, stem: name.stem, ending: name.ending, shape: name.shape, links: peek.linkTypes)
            groups[key, default: []].append(
                Candidate(part: part, first: first, latest: peek.latest ?? first, numbers: name.numbers[...]))
        }
        for group in groups.values { sets += arrange(group) }
        return sets.sorted { left, right in
            let (one, other) = (left.parts.first, right.parts.first)
            switch (one?.firstTime, other?.firstTime) {
            case (let early?, let late?) where early != late: return early < late
            case (.some, nil): return true
            case (nil, .some): return false
            default: return (one?.path ?? "") < (other?.path ?? "")
            }
        }
    }

    /// Seconds that packets may stand out of order at the border of two files: a card with several queues hands them on
    /// so.
    private static let slack = 0.1

    /// Seconds between the beginnings of two neighbours: a file a month is the slowest rotation believed.
    private static let longestPause = 32.0 * 86_400

    private struct Key: Hashable {
        var folder, stem, ending, shape: String
        var links: [UInt32]
    }

    private struct Candidate {
        var part: Part
        var first: Instant
        var latest: Instant
        var numbers: ArraySlice<String>
    }

    private static func arrange(_ group: [Candidate]) -> [CaptureSet] {
        var pieces: [[Candidate]] = []
        for one in group.sorted(by: { ($0.first, $0.part.path) < ($1.first, $1.part.path) }) {
            if let last = pieces.last?.last, one.first.timeInterval(since: last.first) <= longestPause {
                pieces[pieces.count - 1].append(one)
            } else {
                pieces.append([one])
            }
        }
        return pieces.flatMap { arrange(piece: $0) }
    }

    private static func arrange(piece ordered: [Candidate]) -> [CaptureSet] {
        if follow(ordered) { return [CaptureSet(parts: ordered.map(\.part))] }
        guard let width = ordered.first?.numbers.count, width > 1 else {
            return ordered.map { CaptureSet(parts: [$0.part]) }
        }
        var smaller: [String: [Candidate]] = [:]
        for one in ordered {
            var rest = one
            let head = rest.numbers.removeFirst()
            smaller[head, default: []].append(rest)
        }
        return smaller.values.flatMap { arrange($0) }
    }

    /// Whether files in the order of their times are one rotation.
    private static func follow(_ ordered: [Candidate]) -> Bool {
        var falls = 0
        for (one, next) in zip(ordered, ordered.dropFirst()) {
            // Two packets may share a tick of the clock at the border; two files that begin together are no rotation.
            guard one.first < next.first, one.latest.timeInterval(since: next.first) <= slack else { return false }
            if !CaptureName.precedes(one.numbers, next.numbers) { falls += 1 }
        }
        guard falls > 0, let first = ordered.first, let last = ordered.last else { return true }
        // A ring that was written over has one step back, and its ends meet; only a bare counter goes round. Two files
        // the wrong way round show nothing.
        return falls == 1 && ordered.count > 2 && first.numbers.count == 1
            && CaptureName.precedes(last.numbers, first.numbers)
    }
}
