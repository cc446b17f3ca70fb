import Casebook
import Detectors
import Evaluation
import Foundation
import Meters
import Terminal
import Vocabulary

/// What `countermine evaluate` was asked for.
package struct EvaluationRequest: Sendable {
    /// Holds `labels.csv`, `sites.csv`, `readings.csv` and, where there are feeders, `feeder_readings.csv`; the last two
    /// may be packed.
    package var folder: String
    package var prior: Double
    package var home: URL
    /// Another installation, whose models judge the same meters.
    package var against: URL?
    package var hasReplay: Bool

    package init(folder: String, prior: Double, home: URL, against: URL? = nil, hasReplay: Bool = false) {
        self.folder = folder
        self.prior = prior
        self.home = home
        self.against = against
        self.hasReplay = hasReplay
    }
}

/// Judges a labelled set and scores the judgement; nothing of the labels reaches it.
package struct EvaluationRun: Sendable {
    package let model: String
    package let scorecard: Scorecard
    package let spread: HostResampling.Spread?
    package let otherModel: String?
    package let comparison: ScorecardComparison?
    package let other: Scorecard?
    package let replay: ReplaySummary?
    /// Rows of the labels that were not taken, and why.
    package let problems: [String]

    package static func run(
        _ request: EvaluationRequest, progress: ProgressLine.Mode, complain: (String) -> Void
    ) async throws(OperationsError) -> EvaluationRun {
        let labels = try LabelFile.read(request.folder + "/labels.csv")
        let meters = try metersRequest(request)
        var failures: [String] = []
        let (collected, outcome) = try MeterAnalysis.collect(meters) { output in
            if case .problem(let text) = output.row { failures.append(text) }
        }
        for text in failures { complain(text) }
        guard outcome.done > 0 else {
            throw OperationsError(.missing, place: request.folder, what: "no readings could be read")
        }
        let model = try ModelSet.load(home: request.home).load
        let first = judge(labels, collected, model, meters, progress)
        var other: Scorecard?
        var otherModel: String?
        if let against = request.against {
            let second = try ModelSet.load(home: against).load
            other = judge(labels, collected, second, meters, progress)
            otherModel = second.name
        }
        var replay: ReplaySummary?
        if request.hasReplay {
            replay = await LoadReplay(model: model, prior: request.prior, cut: first.cutAt1PerCent).run(
                labels, collected, offset: meters.timezoneOffset, progress)
        }
        let resampling = HostResampling(first.meters)
        return EvaluationRun(
            model: model.name, scorecard: first,
            spread: resampling.spread { drawn in Scorecard(drawn.map { first.meters[$0] }).averagePrecision },
            otherModel: otherModel, comparison: other.map { ScorecardComparison(first, $0) }, other: other,
            replay: replay, problems: labels.problems)
    }

    private static func metersRequest(_ request: EvaluationRequest) throws(OperationsError) -> MetersRequest {
        func place(_ name: String) -> String? {
            ["", ".gz", ".zst"].map { "\(request.folder)/\(name).csv\($0)" }.first { Installation.exists($0) }
        }
        guard let readings = place("readings"), let sites = place("sites") else {
            throw OperationsError(
                .missing, place: request.folder, what: "is no labelled set",
                remedy: "a set is a folder with labels.csv, sites.csv and readings.csv (or .gz, .zst)")
        }
        return try MetersRequest(
            paths: [readings], sites: sites, feeders: place("feeder_readings"), unit: nil, intervalMinutes: nil,
            timezone: "+08:00", encoding: nil, prior: request.prior, all: true, rejects: nil, home: request.home)
    }

    private static func judge(
        _ labels: LabelFile, _ collected: MeterAnalysis.Collected, _ model: LoadModel, _ request: MetersRequest,
        _ progress: ProgressLine.Mode
    ) -> Scorecard {
        let judge = LoadJudge(model: model, prior: request.prior)
        var bar = ProgressLine(label: "meters", unit: "meters", total: labels.truths.count, mode: progress)
        var meters: [JudgedMeter] = []
        for (done, (meter, truth)) in labels.truths.sorted(by: { $0.key < $1.key }).enumerated() {
            var truth = truth
            truth.category = collected.register?[meter]?.category
            // Without a reading nothing is said, and that counts as not found.
            let said = collected.series[meter].map {
                judge.analyse($0, category: truth.category, timezoneOffset: request.timezoneOffset)
            }
            meters.append(
                JudgedMeter(
                    meter: meter, truth: truth, probability: said?.probability, onset: said?.onset,
                    kilowatts: said?.miningKW))
            bar.update(done)
        }
        bar.finish()
        let bypassed = Set(
            labels.truths.values.filter { $0.isMining && $0.recordedFraction < 1 }.compactMap(\.feeder))
        let feeders = MeterAnalysis.feeders(collected, model, request).map {
            JudgedFeeder(feeder: $0.feeder, isBypassed: bypassed.contains($0.feeder), probability: $0.probability)
        }
        return Scorecard(meters, feeders: feeders)
    }
}

/// `labels.csv` of a labelled set.
struct LabelFile: Sendable {
    private(set) var truths: [String: JudgedMeter.Truth] = [:]
    private(set) var problems: [String] = []

    static func read(_ path: String) throws(OperationsError) -> LabelFile {
        guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8)
        else {
            throw OperationsError(
                .missing, place: path, what: "cannot be read as UTF-8 text",
                remedy: "a set is a folder with labels.csv, sites.csv and readings.csv (or .gz, .zst)")
        }
        var rows = CSVRows(text)
        let names = rows.next()?.fields ?? []
        var places: [String: Int] = [:]
        for (index, name) in names.enumerated() { places[name] = index }
        for needed in ["site_id", "label", "scenario"] where places[needed] == nil {
            throw OperationsError(.missing, place: "\(path):1", what: "there is no column \(needed)")
        }
        var file = LabelFile()
        while let row = rows.next() {
            func field(_ name: String) -> String {
                places[name].flatMap { $0 < row.fields.count ? row.fields[$0] : nil } ?? ""
            }
            let meter = field("site_id")
            if row.fields == [""] { continue }
            guard !row.malformed, row.fields.count == names.count, !meter.isEmpty,
                ["0", "1"].contains(field("label")), file.truths[meter] == nil
            else {
                file.problems.append(
                    "\(path):\(row.line): a label is 0 or 1, of a meter that came not before, in \(names.count) columns"
                )
                continue
            }
            let isMining = field("label") == "1"
            file.truths[meter] = JudgedMeter.Truth(
                isMining: isMining, isConfounder: field("confounder") == "1", scenario: field("scenario"),
                host: field("base_meter").isEmpty ? meter : field("base_meter"),
                blendRatio: number(field("blend_ratio")) ?? 0,
                recordedFraction: number(field("recorded_fraction")) ?? 1,
                isNaturallyFlat: field("natural_flat") == "1",
                onset: CalendarDate(String(field("onset").prefix(10))),
                miningKilowatts: isMining ? number(field("mean_kw_when_on")) : nil,
                feeder: field("feeder_id").isEmpty ? nil : field("feeder_id"))
        }
        return file
    }

    private static func number(_ text: String) -> Double? { Double(text).flatMap { $0.isFinite ? $0 : nil } }
}

/// Judges each meter day by day with the readings that were there on that evening.
struct LoadReplay: Sendable {
    /// Days of readings before the first judgement: four weeks are the least that shows a week's rhythm.
    static let firstDays = 28

    let model: LoadModel
    let prior: Double
    let cut: Double

    func run(
        _ labels: LabelFile, _ collected: MeterAnalysis.Collected, offset: Int, _ progress: ProgressLine.Mode
    ) async -> ReplaySummary {
        var jobs: [(String, JudgedMeter.Truth, MeterSeries)] = []
        for (meter, truth) in labels.truths.sorted(by: { $0.key < $1.key }) where !truth.isConfounder {
            if let series = collected.series[meter] { jobs.append((meter, truth, series)) }
        }
        let width = 2
        var bar = ProgressLine(label: "replay", unit: "meters", total: jobs.count, mode: progress)
        var found: [ReplayedMeter] = []
        await withTaskGroup(of: ReplayedMeter?.self) { group in
            var next = 0
            func start() {
                guard next < jobs.count else { return }
                let (meter, truth, series) = jobs[next]
                let category = collected.register?[meter]?.category
                next += 1
                group.addTask { follow(meter, truth, series, category, offset) }
            }
            for _ in 0..<width { start() }
            for await one in group {
                if let one { found.append(one) }
                bar.update(found.count)
                start()
            }
        }
        bar.finish()
        return ReplaySummary(found)
    }

    private func follow(
        _ meter: String, _ truth: JudgedMeter.Truth, _ series: MeterSeries, _ category: String?, _ offset: Int
    ) -> ReplayedMeter? {
        let judge = LoadJudge(model: model, prior: prior)
        let perDay = series.readingsPerDay
        let days = series.kilowatts.count / perDay
        guard days >= Self.firstDays else { return nil }
        let start = series.start.date(offset: offset).daysSince1970
        var flagged: CalendarDate?
        var part = series
        for day in Self.firstDays...days {
            part.kilowatts = Array(series.kilowatts[..<(day * perDay)])
            let said = judge.analyse(part, category: category, timezoneOffset: offset).probability ?? 0
            if said >= cut {
                flagged = CalendarDate(daysSince1970: start + day - 1)
                break
            }
        }
        return ReplayedMeter(
            meter: meter, truth: truth, from: CalendarDate(daysSince1970: start + Self.firstDays - 1),
            to: CalendarDate(daysSince1970: start + days - 1), flagged: flagged)
    }
}
