import Meters
import Support
import Testing

@Suite struct MeterFormatsTests {
    private static let tables: Set<String> = ["register", "register-by-day", "long-by-quantity"]

    @Test func `each sample is told by its content, and explained`() throws {
        let known = MeterFormats.list().map(\.layout)
        #expect(Set(known).count == known.count)
        for (layout, text) in FormatSamples.all {
            #expect(known.contains(layout))
            let explained = try MeterFormats.explain(bytes: Array(text.utf8), options: FormatSamples.options)
            #expect(explained.layout == layout)
            #expect(!explained.reason.isEmpty && explained.reason != "declared")
            #expect(!explained.firstRows.isEmpty && explained.firstRows.count <= 6)
            #expect(explained.report.rows.reconcile)
            #expect(!explained.isPartial)
        }
    }

    @Test func `an explanation names columns, units and what was assumed`() throws {
        let text = FormatSamples.register(["1", "2", "3"])
        let explained = try MeterFormats.explain(bytes: Array(text.utf8), options: FormatSamples.options)
        #expect(explained.columns.map(\.role) == ["customer", "meter", "multiplier", "stamp", "register"])
        #expect(explained.columns[4].name == "正向有功总示值")
        #expect(explained.separator == "comma")
        #expect(explained.intervalMinutes == [15])
        #expect(explained.assumed == ["unit", "interval", "encoding", "zone", "multiplier"])
        #expect(explained.firstRows.first == "U1,000012345678,30,2025-01-01 00:00,1")
        let unknown = try MeterFormats.explain(bytes: Array("a,b\n1,2\n".utf8), options: FormatSamples.options)
        #expect(unknown.layout == nil && unknown.report.error?.kind == .unknownLayout)
        let absent = try MeterFormats.explain(path: "/nonexistent/file", options: FormatSamples.options)
        #expect(absent.report.error?.kind == .unreadable)
    }

    @Test func `a long file is explained from its beginning`() throws {
        var text = "meter,ts,kwh\n"
        for number in 0..<200_000 { text += "M\(number),2025-01-01T00:00,1.5\n" }
        let explained = try MeterFormats.explain(bytes: Array(text.utf8), options: FormatSamples.options)
        #expect(explained.isPartial)
        #expect(explained.report.rows.rejected == 0)
        #expect(!explained.report.flags.contains("truncated_file"))
    }

    @Test func `a declared layout is the only one that is tried`() throws {
        for (layout, text) in FormatSamples.all {
            var options = FormatSamples.options
            options.layout = layout
            let declared = try FormatSamples.read(text, options)
            #expect(declared.report.layout == layout)
            #expect(declared.report.error == nil)
            let free = try FormatSamples.read(text)
            #expect(declared.report.energyKilowattHours == free.report.energyKilowattHours)
        }
        var wide = FormatSamples.options
        wide.layout = "wide-by-day"
        #expect(
            try FormatSamples.read("meter,ts,kwh\nA,2025-01-01T00:00,1\n", wide).report.error?.kind == .unknownLayout)
        wide.layout = "nme12"
        do {
            _ = try MeterReader.read(bytes: [], options: wide)
            Issue.record("an unknown layout was taken")
        } catch {
            #expect(error.kind == .badOption)
            #expect(error.detail.contains("nme12") && error.detail.contains("mscons"))
        }
    }

    @Test func `declaring the wrong document format ends with an error or rejects, never a reading`() throws {
        for (layout, _) in FormatSamples.all where !Self.tables.contains(layout) {
            for (other, text) in FormatSamples.all where other != layout {
                var options = FormatSamples.options
                options.layout = layout
                #expect(try FormatSamples.read(text, options).report.readings == 0, "\(other) as \(layout)")
            }
        }
    }

    @Test func `mangled files never break their counts`() throws {
        var random = SplitMix(seed: 41)
        for (layout, text) in FormatSamples.all {
            let sound = Array(text.utf8)
            for round in 0..<400 {
                var bytes = sound
                for _ in 0...(round % 6) {
                    guard !bytes.isEmpty else { continue }
                    let place = Int(random.next() % UInt64(bytes.count))
                    switch random.next() % 5 {
                    case 0: bytes[place] ^= UInt8(1 << (random.next() % 8))
                    case 1: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                    case 2: bytes.remove(at: place)
                    case 3: bytes.removeSubrange(place..<min(bytes.count, place + Int(random.next() % 40)))
                    default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 30)], at: place)
                    }
                }
                for declared in [nil, layout] {
                    var options = FormatSamples.options
                    options.layout = declared
                    let result = try MeterReader.read(bytes: bytes, options: options)
                    #expect(result.report.rows.reconcile, "\(layout) \(round)")
                    #expect(result.report.rows.loaded >= 0 && result.report.rows.duplicate >= 0)
                    for series in result.series { #expect(series.kilowatts.allSatisfy { $0.isNaN || $0 >= 0 }) }
                }
            }
        }
    }

    @Test func `every cut of a sample ends with counts that add up`() throws {
        for (layout, text) in FormatSamples.all {
            let bytes = Array(text.utf8)
            for length in stride(from: 0, to: bytes.count, by: 7) {
                let result = try MeterReader.read(bytes: Array(bytes[..<length]), options: FormatSamples.options)
                #expect(result.report.rows.reconcile, "\(layout) cut at \(length)")
            }
        }
    }
}

struct DeclaredLayoutTests {
    @Test(arguments: ["mscons", "nem", "green-button", "iec61968-9", "json-lines"])
    func `a table under a declared document layout is refused, not read as empty`(layout: String) throws {
        var options = FormatSamples.options
        options.layout = layout
        let table = Array("meter_id,timestamp,kwh\nA,2026-01-01T00:00,1.0\nA,2026-01-01T00:15,1.0\n".utf8)
        let result = try MeterReader.read(bytes: table, options: options)
        // Lines of JSON are judged one by one.
        let rows = result.report.rows
        #expect(result.series.isEmpty)
        #expect(result.report.error != nil || layout == "json-lines" && rows.data > 0 && rows.rejected == rows.data)
    }
}
