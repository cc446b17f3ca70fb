import Detectors
import Foundation
import Meters
import Terminal
import Vocabulary

/// What `countermine meters` was asked for.
package struct MetersRequest: Sendable {
    var paths: [String]
    var sites: String?
    var feeders: String?
    var options: MeterReadOptions
    var timezoneOffset: Int
    var prior: Double
    var all: Bool
    var rejects: String?
    var home: URL

    package init(
        paths: [String], sites: String?, feeders: String?, unit: String?, intervalMinutes: Int?, timezone: String,
        encoding: String?, layout: String? = nil, multiplier: String? = nil, twoWay: Bool = false, prior: Double,
        all: Bool, rejects: String?, home: URL
    ) throws(OperationsError) {
        let zone: MeterZone
        do {
            zone = try MeterZone(name: timezone)
        } catch {
            throw OperationsError(
                .usage, place: "--timezone", what: "\(timezone) is neither an offset nor a known zone",
                remedy: "write +08:00 or Asia/Shanghai")
        }
        let offset = Int(zone.gridOffset)
        guard prior > 0, prior < 1 else {
            throw OperationsError(.usage, place: "--prior", what: "must lie between 0 and 1")
        }
        self.paths = paths
        self.sites = sites
        self.feeders = feeders
        self.options = try MeterOptions.make(
            unit: unit, intervalMinutes: intervalMinutes, encoding: encoding, timezoneOffset: offset, now: .present())
        self.options.zone = zone
        if let multiplier {
            guard let known = MeterReadOptions.Multiplier(rawValue: multiplier.lowercased()) else {
                throw OperationsError(
                    .usage, place: "--multiplier", what: "unknown word \(multiplier)", remedy: "use applied or pending")
            }
            self.options.multiplier = known
        }
        if let layout {
            guard MeterFormats.list().contains(where: { $0.layout == layout }) else {
                throw OperationsError(
                    .usage, place: "--layout", what: "unknown layout \(layout)",
                    remedy: "use one of: " + MeterFormats.list().map(\.layout).joined(separator: ", "))
            }
            self.options.layout = layout
        }
        self.options.bidirectional = twoWay
        self.timezoneOffset = offset
        self.prior = prior
        self.all = all
        self.rejects = rejects
        self.home = home
    }
}

enum MeterOptions {
    static func make(
        unit: String?, intervalMinutes: Int?, encoding: String?, timezoneOffset: Int, now: Instant
    ) throws(OperationsError) -> MeterReadOptions {
        var options = MeterReadOptions(timezoneOffsetSeconds: timezoneOffset, now: now)
        if let unit {
            guard let known = MeterUnit(name: unit) else {
                throw OperationsError(
                    .usage, place: "--unit", what: "unknown unit \(unit)", remedy: "use kWh, Wh, MWh, kW or W")
            }
            options.unit = known
        }
        if let minutes = intervalMinutes {
            guard minutes > 0, minutes <= 1440, 1440 % minutes == 0 else {
                throw OperationsError(.usage, place: "--interval", what: "\(minutes) minutes do not divide a day")
            }
            options.intervalMinutes = minutes
        }
        if let encoding {
            guard let known = MeterReadOptions.Encoding(rawValue: encoding.lowercased()) else {
                throw OperationsError(
                    .usage, place: "--encoding", what: "unknown encoding \(encoding)",
                    remedy: "use utf-8, gb18030, utf-16le or utf-16be")
            }
            options.encoding = known
        }
        return options
    }
}

/// `countermine meters`: files in, one `input` record each, then one `load` record a meter and one `feeder` record a feeder.
package enum MeterAnalysis {
    package struct Output: Sendable {
        package enum Row: Sendable {
            case load([String], Band?)
            case feeder([String])
            case input([String])
            case problem(String)
        }

        package var record: String?
        package var row: Row
    }

    package static func run(
        _ request: MetersRequest, progress: ProgressLine.Mode, emit: (Output) -> Void
    ) throws(OperationsError) -> RunOutcome {
        let model = try ModelSet.load(home: request.home).load
        let (collected, outcome) = try collect(request, emit)
        let series = collected.series
        let judge = LoadJudge(model: model, prior: request.prior)
        var bar = ProgressLine(label: "meters", unit: "meters", total: series.count, mode: progress)
        for (done, meter) in series.keys.sorted().enumerated() {
            guard let one = series[meter] else { continue }
            let analysis = judge.analyse(
                one, category: collected.register?[meter]?.category, timezoneOffset: request.timezoneOffset)
            bar.update(done)
            guard request.all || (analysis.probability ?? 0) >= 0.5 else { continue }
            emit(Output(record: PowerRecords.load(meter, analysis.finding), row: .load(row(analysis), analysis.band)))
        }
        bar.finish()
        for analysis in feeders(collected, model, request) {
            emit(Output(record: PowerRecords.feeder(analysis, prior: request.prior), row: .feeder(row(analysis))))
        }
        return outcome
    }

    /// What the files of a request hold.
    struct Collected {
        /// By meter.
        var series: [String: MeterSeries] = [:]
        /// By feeder.
        var heads: [String: MeterSeries] = [:]
        var register: MeterRegister?
    }

    static func collect(
        _ request: MetersRequest, _ emit: (Output) -> Void
    ) throws(OperationsError) -> (Collected, RunOutcome) {
        var request = request
        var collected = Collected(register: try readRegister(&request))
        var outcome = RunOutcome()
        var rejects = RejectFile(request.rejects)
        try read(request.paths, request.options, into: &collected.series, &rejects, &outcome, emit)
        if let feeders = request.feeders {
            try read([feeders], request.options, into: &collected.heads, &rejects, &outcome, emit)
        }
        try rejects.close()
        return (collected, outcome)
    }

    private static func readRegister(_ request: inout MetersRequest) throws(OperationsError) -> MeterRegister? {
        guard let path = request.sites else { return nil }
        do {
            let register = try MeterRegister.read(path: path)
            request.options.intervalMinutesByMeter = register.intervalMinutes
            return register
        } catch {
            throw OperationsError(
                .missing, place: path, what: "\(error)", remedy: "see contract: site_id,interval_min,category,…")
        }
    }

    private static func read(
        _ paths: [String], _ options: MeterReadOptions, into series: inout [String: MeterSeries],
        _ rejects: inout RejectFile,
        _ outcome: inout RunOutcome, _ emit: (Output) -> Void
    ) throws(OperationsError) {
        for path in paths {
            var files = [path]
            if path != "-" {
                do {
                    files = try InputCollector.files(
                        under: URL(fileURLWithPath: path), endings: InputCollector.meterEndings
                    ).map(\.path)
                } catch {
                    outcome.bad += 1
                    emit(Output(record: nil, row: .problem("\(error)")))
                    continue
                }
            }
            for file in files { try readOne(file, options, &series, &rejects, &outcome, emit) }
        }
    }

    private static func readOne(
        _ path: String, _ options: MeterReadOptions, _ series: inout [String: MeterSeries], _ rejects: inout RejectFile,
        _ outcome: inout RunOutcome, _ emit: (Output) -> Void
    ) throws(OperationsError) {
        let started = monotonicNanoseconds()
        var result: MeterReadResult
        do {
            result =
                path == "-"
                ? try MeterReader.read(descriptor: 0, path: "-", options: options, rejected: nil)
                : try MeterReader.read(path: path, options: options, rejected: nil)
        } catch {
            throw OperationsError(.usage, place: path, what: "\(error)")
        }
        for reject in result.rejects { rejects.add(path, reject) }
        for one in result.series {
            if let known = series[one.meter] {
                if let joined = known.merged(with: one) {
                    series[one.meter] = joined
                } else {
                    result.report.flags.append("grids_differ")
                }
            } else {
                series[one.meter] = one
            }
        }
        let seconds = Double(monotonicNanoseconds() - started) / 1e9
        let digest = path == "-" ? nil : try? InputCollector.digest(of: URL(fileURLWithPath: path)).sha256
        if let error = result.report.error {
            outcome.bad += 1
            emit(Output(record: nil, row: .problem("\(path): \(error)")))
        }
        if !result.series.isEmpty || result.report.error == nil { outcome.done += 1 }
        emit(
            Output(
                record: PowerRecords.input(result.report, path: path, sha256: digest, seconds: seconds),
                row: .input(row(result.report, path))))
    }

    static func feeders(
        _ collected: Collected, _ model: LoadModel, _ request: MetersRequest
    ) -> [FeederAnalysis] {
        var members: [String: [MeterSeries]] = [:]
        for info in collected.register?.meters ?? [] {
            if let feeder = info.feeder, let one = collected.series[info.meter] {
                members[feeder, default: []].append(one)
            }
        }
        let detector = FeederBalanceDetector(model: model, prior: request.prior)
        return collected.heads.sorted { $0.key < $1.key }.map { feeder, head in
            // Where the list is wrong, the meter that is missing here stands under another feeder.
            let others = members.filter { $0.key != feeder }.values.joined().sorted { $0.meter < $1.meter }
            return detector.analyse(
                feeder: feeder, head: head, meters: members[feeder] ?? [], others: others,
                timezoneOffset: request.timezoneOffset)
        }
    }

    private static func row(_ analysis: LoadAnalysis) -> [String] {
        [
            analysis.meter, analysis.probability.map { shownProbability($0) } ?? "–", analysis.band?.rawValue ?? "–",
            analysis.signature,
            analysis.onset?.description ?? "–", analysis.miningKW.map { shortNumber($0.value) } ?? "–",
            analysis.miningKW.map { "\(shortNumber($0.low))–\(shortNumber($0.high))" } ?? "–",
            shortNumber(analysis.coverage),
            analysis.reasons.prefix(3).map(\.id).joined(separator: " "),
            analysis.against.prefix(3).map(\.id).joined(separator: " "),
        ]
    }

    private static func row(_ analysis: FeederAnalysis) -> [String] {
        [
            analysis.feeder, analysis.probability.map { shownProbability($0) } ?? "–", "–", "bypass-suspected",
            analysis.onset?.description ?? "–", analysis.unbilledKW.map { shortNumber($0.value) } ?? "–",
            analysis.unbilledKW.map { "\(shortNumber($0.low))–\(shortNumber($0.high))" } ?? "–",
            shortNumber(analysis.coverage),
            analysis.reasons.prefix(3).map(\.id).joined(separator: " "),
            analysis.against.prefix(3).map(\.id).joined(separator: " "),
        ]
    }

    private static func row(_ report: InputReport, _ path: String) -> [String] {
        [
            path, report.layout ?? "–", report.unit?.rawValue ?? "–", "\(report.rows.data)", "\(report.rows.loaded)",
            "\(report.rows.duplicate)", "\(report.rows.rejected)", "\(report.readings)",
            report.energyKilowattHours.map { shortNumber($0) } ?? "–",
            (report.flags + [report.error?.description].compactMap { $0 }).joined(separator: " "),
        ]
    }
}

/// `--rejects FILE`: file, line, reason and the field, as CSV.
struct RejectFile {
    private let path: String?
    private var lines = ["file,line,reason,detail"]

    init(_ path: String?) { self.path = path }

    mutating func add(_ file: String, _ row: RejectedRow) {
        guard path != nil else { return }
        func quoted(_ text: String) -> String { "\"" + text.replacing("\"", with: "\"\"") + "\"" }
        lines.append("\(quoted(file)),\(row.line.map { "\($0)" } ?? ""),\(row.reason.rawValue),\(quoted(row.detail))")
    }

    func close() throws(OperationsError) {
        guard let path else { return }
        do {
            try DurableFile.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: URL(fileURLWithPath: path))
        } catch {
            throw OperationsError.storage(path, error, lead: "cannot be written")
        }
    }
}
