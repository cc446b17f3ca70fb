/// What became of one meter file: the numbers of the contract's `input` record. `data = loaded + duplicate + rejected`.
package struct InputReport: Hashable, Sendable {
    package struct Rows: Hashable, Sendable {
        package var data = 0
        package var loaded = 0
        package var duplicate = 0
        package var rejected = 0

        package init() {}

        package var reconcile: Bool { data == loaded + duplicate + rejected }
    }

    package var path = ""
    /// A name of `MeterFormats.list()`; nil when the file was refused before its layout was known.
    package var layout: String?
    package var encoding: String?
    package var unit: MeterUnit?
    package var rows = Rows()
    /// Readings that stand in the series.
    package var readings = 0
    /// Blank cells of wide layouts: missing, neither 0 nor rejected.
    package var missing = 0
    /// Energy of all that was loaded, kWh: of the readings in the series, and of spans that no interval holds (readings over
    /// more than a day, gaps between register readings). Nil when nothing was loaded.
    package var energyKilowattHours: Double?
    /// Sorted, each once: `clock_skew`, `conflicts`, `duplicates`, `late`, `negative`, `truncated_file`, `unit_assumed`,
    /// `unit_suspect`, `unknown_meter`, `bad_cells`, `off_grid`, `interval_assumed`, `local_time_gap`, `no_rows`,
    /// `rollover`, `reset`, `register_gap`, `estimated`, `substituted`, `questionable`, `longer_than_a_day`,
    /// `longer_interval`, `odd_interval`, `export_skipped`, `other_quantity`, `other_commodity`.
    package var flags: [String] = []
    package var error: MeterError?

    package init() {}
}

/// A row, or one cell of a wide row, that was not loaded.
package struct RejectedRow: Hashable, Sendable {
    package enum Reason: String, Hashable, Sendable {
        case fieldCount = "field-count"
        case badEncoding = "bad-encoding"
        case nulByte = "nul-byte"
        case badQuote = "bad-quote"
        case recordTooLong = "record-too-long"
        case unterminatedQuote = "unterminated-quote"
        case truncatedRow = "truncated-row"
        case missingIdentifier = "missing-identifier"
        case damagedIdentifier = "damaged-identifier"
        case badTime = "bad-time"
        case timeOutOfRange = "time-out-of-range"
        case noSuchLocalTime = "no-such-local-time"
        case future
        case missingValue = "missing-value"
        case badNumber = "bad-number"
        case ambiguousNumber = "ambiguous-number"
        case outOfRange = "out-of-range"
        case negative
        case otherQuantity = "other-quantity"
        case badMultiplier = "bad-multiplier"
        case tooManyMeters = "too-many-meters"
        case tooManyReadings = "too-many-readings"
        case tooSparse = "too-sparse"
        /// Energy that the customer feeds in, where only consumption was asked for.
        case exported
        /// A reading of no length, or of one that no grid holds.
        case badInterval = "bad-interval"
        /// A reading of another length than the meter's others: their sum, not one more.
        case otherInterval = "other-interval"
        case badJSON = "bad-json"
        /// A record that its format does not know at this place.
        case badRecord = "bad-record"
    }

    /// Line on which the row starts, from 1; nil for what only shows when a whole meter is put together.
    package var line: Int?
    package var reason: Reason
    /// The offending field, cut and with control characters made visible.
    package var detail: String
    /// True for a whole row (counted in `rows.rejected`), false for one cell of a wide row that was loaded otherwise.
    package var wholeRow: Bool
}

package struct MeterReadResult: Sendable {
    /// Sorted by meter.
    package var series: [MeterSeries]
    package var report: InputReport
    /// The first `MeterLimits.rejectsKept`, in order of lines.
    package var rejects: [RejectedRow]
}

/// Collects rejects: all go to the caller's log, the first ones are kept.
struct RejectLog {
    var kept: [RejectedRow] = []
    var log: ((RejectedRow) -> Void)?

    mutating func add(
        line: Int?, _ reason: RejectedRow.Reason, wholeRow: Bool = true, _ bytes: Span<UInt8>, _ range: Range<Int>
    ) {
        guard log != nil || kept.count < MeterLimits.rejectsKept else { return }
        add(RejectedRow(line: line, reason: reason, detail: visible(bytes, range), wholeRow: wholeRow))
    }

    mutating func add(_ row: RejectedRow) {
        if kept.count < MeterLimits.rejectsKept { kept.append(row) }
        log?(row)
    }
}

/// The text of a field as a log may hold it: at most `MeterLimits.rejectDetailBytes`, no control or direction characters.
func visible(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
    var raw: [UInt8] = []
    for index in range.prefix(MeterLimits.rejectDetailBytes) where index < bytes.count { raw.append(bytes[index]) }
    var text = ""
    for scalar in String(decoding: raw, as: UTF8.self).unicodeScalars {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
            text += "\\u{" + String(scalar.value, radix: 16) + "}"
        default: text.unicodeScalars.append(scalar)
        }
    }
    return text
}
