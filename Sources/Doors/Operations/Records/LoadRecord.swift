import Bytes
import Detectors
import Meters
import Vocabulary

/// The `load`, `feeder` and `input` records of the contract, section 4.
enum PowerRecords {
    /// - Parameter offset: seconds east of UTC; dates in the record are local days.
    static func load(_ meter: String, _ finding: Finding) -> String {
        let grid = finding.grid
        var record = Record(kind: "load")
        record.field("meter", meter)
        record.field("probability", finding.probability)
        record.field("band", finding.probability.map { Band(probability: $0).rawValue })
        record.field("signature", grid?.signature ?? "none")
        record.field("onset", grid?.onset?.description)
        record.field("end", grid?.end?.description)
        record.estimate("mining_kw", finding.kilowatts)
        if let low = grid?.machinesLow, let high = grid?.machinesHigh {
            record.object("machines") {
                $0.field("low", low)
                $0.field("high", high)
                $0.field("unit_kw", grid?.machineUnitKilowatts)
            }
        } else {
            record.null("machines")
        }
        record.field("coverage", finding.coverage)
        record.object("window") {
            $0.field("from", finding.from.rfc3339())
            $0.field("to", finding.to.rfc3339())
        }
        record.reasons("reasons", finding.reasons)
        record.reasons("against", finding.against)
        record.strings("flags", finding.flags)
        record.field("model", finding.model)
        return record.line()
    }

    /// - Parameter prior: stands as the probability of a feeder with too little data (nothing was learned; `flags` say so).
    static func feeder(_ analysis: FeederAnalysis, prior: Double) -> String {
        var record = Record(kind: "feeder")
        record.field("feeder", analysis.feeder)
        record.field("probability", analysis.probability ?? prior)
        record.field("onset", analysis.onset?.description)
        record.estimate("unbilled_kw", analysis.unbilledKW)
        record.array("candidates", analysis.candidates) { candidate, inner in
            inner.field("meter", candidate.meter)
            inner.field("weight", candidate.weight)
        }
        record.reasons("reasons", analysis.reasons)
        record.reasons("against", analysis.against)
        record.strings("flags", analysis.flags)
        return record.line()
    }

    static func input(_ report: InputReport, path: String, sha256: String?, seconds: Double) -> String {
        var record = Record(kind: "input")
        record.field("path", path)
        record.field("sha256", sha256)
        record.field("layout", report.layout)
        record.field("unit", report.unit?.rawValue)
        record.object("rows") {
            $0.field("data", report.rows.data)
            $0.field("loaded", report.rows.loaded)
            $0.field("duplicate", report.rows.duplicate)
            $0.field("rejected", report.rows.rejected)
        }
        record.field("readings", report.readings)
        record.field("missing", report.missing)
        record.field("energy_kwh", report.energyKilowattHours)
        record.strings("flags", report.flags)
        record.field("error", report.error?.description)
        record.field("seconds", seconds)
        return record.line()
    }
}
