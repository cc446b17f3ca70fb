import Archive
import Casebook
import Meters
import Vocabulary

/// Carries a decoding child's answer about one meter file into the archive: all of it becomes visible at once, or none.
struct MeterDelivery {
    let archive: Archive
    let now: Instant

    private static let broken = DecodingChild.Failure(reason: "decoder sent a broken answer")

    /// Fills the record. Throws `DecodingChild.Failure` when the child is not to be believed, `ArchiveError` when the
    /// archive cannot take the readings.
    func take(_ child: RunningChild, _ file: PendingFile, _ record: inout InputRecord) throws {
        let kind: Archive.Kind = file.kind == .feeders ? .feeder : .meter
        let opening = try archive.begin(input: file.file.sha256, kind: kind, now: now, recipe: DayRecords.recipe)
        // What an earlier, killed run has stored already is only read for its counts.
        var delivery: Archive.Delivery?
        if case .open(let one) = opening { delivery = one }
        defer { delivery?.abandon() }
        guard let decoded = try read(child, into: delivery) else { throw Self.broken }
        record.counts = decoded.counts
        record.flags = decoded.flags
        record.error = decoded.error
        record.firstEvent = decoded.first
        record.lastEvent = decoded.last
        record.state =
            decoded.refused
            ? .failed : decoded.error != nil || decoded.counts["rejected", default: 0] > 0 ? .partial : .done
        guard !decoded.refused else { return }
        let stored: Archive.InputSummary
        switch opening {
        case .known(let summary): stored = summary
        case .open(let one): stored = try one.commit().summary
        }
        record.counts["added"] = stored.added
        record.counts["replaced"] = stored.replaced
    }

    private func read(_ child: RunningChild, into delivery: Archive.Delivery?) throws -> DecodedMeters? {
        var names = NameList()
        var summary: DecodedMeters?
        while let frame = try child.next() {
            // Nothing comes after the summary.
            guard summary == nil else { throw Self.broken }
            switch AnswerFrame.Kind(rawValue: frame.kind) {
            case .names:
                guard names.count <= MeterLimits.meters, frame.names({ names.append($0) }) else { throw Self.broken }
            case .days:
                guard let days = DayFrame.parse(frame.payload, meters: names.count) else { throw Self.broken }
                try appending { () throws(ArchiveError) in
                    try delivery?.append(days, count: names.count) { names[$0] }
                }
            case .series:
                guard let series = try? SeriesCodec.decode(frame.payload) else { throw Self.broken }
                try appending { () throws(ArchiveError) in try delivery?.append(series) }
            case .summary: summary = try frame.summary(DecodedMeters.self)
            case nil: throw Self.broken
            }
        }
        return summary
    }

    /// What the archive will not have of a child is the child's fault, and costs one file; all else is the archive's.
    private func appending(_ body: () throws(ArchiveError) -> Void) throws {
        do {
            try body()
        } catch ArchiveError.badBatch, ArchiveError.badSeries {
            throw Self.broken
        }
    }
}

/// A child's identifiers one behind the other, by their numbers.
private struct NameList {
    private var arena: [UInt8] = []
    private var ends: [UInt32] = []

    var count: Int { ends.count }

    subscript(number: Int) -> ArraySlice<UInt8> {
        arena[Int(number == 0 ? 0 : ends[number - 1])..<Int(ends[number])]
    }

    /// Some gigabyte at most: a child's names are limited in number and each in length.
    mutating func append(_ name: ArraySlice<UInt8>) {
        arena.append(contentsOf: name.prefix(ArchiveLimits.identifierBytes + 1))
        ends.append(UInt32(clamping: arena.count))
    }
}
