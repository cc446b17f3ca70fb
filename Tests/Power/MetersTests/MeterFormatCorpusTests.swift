import Foundation
import Meters
import Support
import Testing

/// Energies were summed from the files by other means: a sum of the written values in their unit.
@Suite struct MeterFormatCorpusTests {
    private func check(_ folder: String, _ expected: [(name: String, layout: String, loaded: Int, energy: Double?)])
        throws
    {
        guard let place = try Places.corpus("meter_formats/\(folder)") else { return }
        for (name, layout, loaded, energy) in expected {
            let result = try MeterReader.read(
                path: place.appendingPathComponent(name).path, options: FormatSamples.options)
            #expect(result.report.error == nil, "\(name)")
            #expect(result.report.layout == layout, "\(name)")
            #expect(
                result.report.rows.reconcile && result.report.rows.loaded == loaded, "\(name) \(result.report.rows)")
            #expect(abs((result.report.energyKilowattHours ?? 0) - (energy ?? 0)) < 0.001, "\(name)")
        }
    }

    @Test func `registers of a collection system`() throws {
        try check("cn_96point", [("register_readings_gb18030.csv", "register", 960, 43155.9)])
    }

    @Test func `Green Button files`() throws {
        try check(
            "greenbutton",
            [
                ("15minLP_15Days.xml", "green-button", 1340, 1397.734),
                ("1dayLP_45Days.xml", "green-button", 45, 2958.004),
                ("1hrLP_32DaysNoCost.xml", "green-button", 768, 2355.432),
                ("Electric.xml", "green-button", 2, 5965.053), ("Gas.xml", "green-button", 0, nil),
                // Half of its readings are what the customers feed in.
                ("BatchFeedThreeUsagePoints_M.xml", "green-button", 192, 181.365),
                // One reading has no length, one stands where another does: 0.462 and 0.707 kWh of 6562.977.
                ("Coastal_Single_Family_year.xml.gz", "green-button", 8758, 6561.808),
            ])
    }

    @Test func `IEC 61968-9 readings`() throws {
        try check("iec61968", [("meterreadings_delta15min.xml", "iec61968-9", 96, 3063.585)])
    }

    @Test func `MSCONS interchanges`() throws {
        try check(
            "mscons",
            [
                ("MSCONS_TL_Multiple_LOC_SAMPLE.txt.gz", "mscons", 5944, 1827.4),
                // Watts per square metre: no energy.
                ("simple.txt", "mscons", 0, nil), ("una-spec.txt", "mscons", 0, nil), ("request.txt", "mscons", 0, nil),
            ])
    }

    @Test func `NEM files`() throws {
        try check(
            "nem12",
            [
                ("Example_NEM12_actual_interval.csv", "nem", 1, 53.328),
                ("Example_NEM12_substituted_interval.csv", "nem", 1, 110.976),
                ("Example_NEM12_multiple_quality.csv", "nem", 1, 896.99),
                ("Example_NEM12_multiple_meters.csv", "nem", 4, 21.12),
                ("Example_NEM12_month_solar.csv", "nem", 31, 270.738),
                ("Example_NEM12_partialchannel.csv", "nem", 31, 270.738),
                ("Example_NEM12_no_scheduled_read.csv", "nem", 1, 5.84),
                ("Example_NEM13_consumption_data.csv", "nem", 1, 1312.1),
            ])
    }

    @Test func `invalid NEM files are refused with line and reason`() throws {
        guard let place = try Places.corpus("meter_formats/nem12") else { return }
        let names = try FileManager.default.contentsOfDirectory(atPath: place.path).filter { $0.hasPrefix("invalid") }
        #expect(names.count >= 5)
        for name in names {
            let result = try MeterReader.read(
                path: place.appendingPathComponent(name).path, options: FormatSamples.options)
            #expect(result.report.error?.kind == .badStructure, "\(name)")
            #expect(result.report.error?.line != nil && result.report.error?.detail.isEmpty == false, "\(name)")
            #expect(result.series.isEmpty, "\(name)")
        }
    }

    @Test func `a retailer's export reads in full`() throws {
        try check("retailer_csv", [("ami_8meters_30days.csv.gz", "long", 23039, 5318.53)])
    }

    @Test func `foreign JSON and compressed files end with counts that add up`() throws {
        for folder in ["adversarial/json", "adversarial/zst", "adversarial/strings"] {
            guard let place = try Places.corpus(folder) else { return }
            for name in try FileManager.default.contentsOfDirectory(atPath: place.path).sorted() {
                let path = place.appendingPathComponent(name).path
                let result = try MeterReader.read(path: path, options: FormatSamples.options)
                #expect(result.report.rows.reconcile, "\(name)")
            }
        }
    }
}
