package import Vocabulary

/// What a meter value measures. Energy is per interval; power is the interval's average.
package enum MeterUnit: String, Hashable, Sendable, CaseIterable {
    case kilowattHours = "kWh"
    case wattHours = "Wh"
    case megawattHours = "MWh"
    case kilowatts = "kW"
    case watts = "W"
    case megawatts = "MW"

    /// Reads `kWh`, `KWH`, `Wh` …; nil for anything else.
    package init?(name: String) {
        let lower = name.lowercased()
        guard let unit = MeterUnit.allCases.first(where: { $0.rawValue.lowercased() == lower }) else { return nil }
        self = unit
    }

    package var isPower: Bool { self == .kilowatts || self == .watts || self == .megawatts }

    /// Factor to kWh or kW.
    package var scale: Double {
        switch self {
        case .kilowattHours, .kilowatts: 1
        case .wattHours, .watts: 0.001
        case .megawattHours, .megawatts: 1000
        }
    }
}

/// What the owner of a source declares about it. Everything that is nil is recognised or inferred, and the report says so.
package struct MeterReadOptions: Sendable {
    package enum Encoding: String, Hashable, Sendable {
        case utf8 = "utf-8"
        case gb18030
        case utf16LE = "utf-16le"
        case utf16BE = "utf-16be"
    }
    /// Whether a stamp marks where its interval starts (P1 covers 00:00–00:15) or ends.
    package enum Stamp: String, Hashable, Sendable { case start, end }
    package enum DecimalSign: Hashable, Sendable { case point, comma }
    /// Whether 综合倍率 (current × voltage transformer ratio) is already in the values, or is to be multiplied in.
    package enum Multiplier: String, Hashable, Sendable { case applied, pending }

    package var unit: MeterUnit?
    /// Minutes a reading covers; nil = each meter's most common step.
    package var intervalMinutes: Int?
    /// Intervals known by meter, as from a register; stronger than `intervalMinutes`.
    package var intervalMinutesByMeter: [String: Int]
    /// Zone of stamps that carry none.
    package var zone: MeterZone
    package var encoding: Encoding?
    package var stamp: Stamp
    /// Nil = comma when columns are separated by semicolons, otherwise point.
    package var decimalSign: DecimalSign?
    /// Nil = as is usual for the layout: applied in interval values, pending for a register's face.
    package var multiplier: Multiplier?
    /// A name of `MeterFormats.list()` that the file must have; nil = recognised by content.
    package var layout: String?
    /// Negative readings are kept (two-way meters); otherwise they are rejected. Flagged either way.
    package var bidirectional: Bool
    /// The present, for what lies ahead of it; given by the caller so that a run can be repeated.
    package var now: Instant

    package init(
        unit: MeterUnit? = nil, intervalMinutes: Int? = nil, intervalMinutesByMeter: [String: Int] = [:],
        zone: MeterZone = .china, encoding: Encoding? = nil, stamp: Stamp = .start, decimalSign: DecimalSign? = nil,
        multiplier: Multiplier? = nil, bidirectional: Bool = false, layout: String? = nil, now: Instant
    ) {
        self.unit = unit
        self.intervalMinutes = intervalMinutes
        self.intervalMinutesByMeter = intervalMinutesByMeter
        self.zone = zone
        self.encoding = encoding
        self.stamp = stamp
        self.decimalSign = decimalSign
        self.multiplier = multiplier
        self.bidirectional = bidirectional
        self.layout = layout
        self.now = now
    }

    /// As above, with a fixed offset east of UTC.
    package init(
        unit: MeterUnit? = nil, intervalMinutes: Int? = nil, timezoneOffsetSeconds: Int, encoding: Encoding? = nil,
        stamp: Stamp = .start, now: Instant
    ) {
        self.init(
            unit: unit, intervalMinutes: intervalMinutes, zone: MeterZone(offsetSeconds: timezoneOffsetSeconds),
            encoding: encoding, stamp: stamp, now: now)
    }
}
