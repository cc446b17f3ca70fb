import Evaluation
import Reports
import Terminal
import Vocabulary

/// One figure of an evaluation: for machines and for people.
package struct EvaluationFigure: Sendable {
    package var id: String
    package var name: String
    package var value: Double?
    package var low: Double?
    package var high: Double?
    package var count: Int?
}

extension EvaluationRun {
    package func figures(_ language: Language) -> [EvaluationFigure] {
        let card = scorecard
        func word(_ zh: String, _ en: String) -> String { language == .zh ? zh : en }
        func share(_ id: String, _ name: String, _ share: Scorecard.Share) -> EvaluationFigure {
            EvaluationFigure(
                id: id, name: name, value: share.value, low: share.interval.low, high: share.interval.high,
                count: share.count)
        }
        func number(_ id: String, _ name: String, _ value: Double?, count: Int? = nil) -> EvaluationFigure {
            EvaluationFigure(id: id, name: name, value: value, count: count)
        }
        let errors = card.kilowattErrors
        var list = [
            EvaluationFigure(
                id: "pr_auc", name: word("精确率-召回率曲线下面积", "area under precision over recall"),
                value: card.averagePrecision, low: spread?.low, high: spread?.high,
                count: card.ranking.positives + card.ranking.negatives),
            share("recall_at_fpr_1%", word("召回率（误报 1%）", "recall at 1 % false alarms"), card.recall(atRate: 0.01)),
            share(
                "recall_at_fpr_0.1%", word("召回率（误报 0.1%）", "recall at 0.1 % false alarms"), card.recall(atRate: 0.001)),
            share(
                "recall_at_fpr_1%_mining_over_40%_of_host",
                word("其中：挖矿超过其他负荷 40%", "of it: mining over 40 % of the other load"), card.recall(over: 0.4)),
            share(
                "recall_at_fpr_1%_mining_over_2x_host",
                word("其中：挖矿超过其他负荷两倍", "of it: mining over twice the other load"), card.recall(over: 2)),
            share(
                "confounders_flagged_at_fpr_1%", word("被标记的合法新增负荷", "lawful added loads flagged"),
                card.confoundersFlagged),
            share(
                "natural_flat_flagged_at_fpr_1%", word("被标记的天然平稳用户", "naturally flat customers flagged"),
                card.naturallyFlatFlagged),
            number("calibration_error", word("校准误差", "calibration error"), card.calibrationError),
            number(
                "onset_error_days_median", word("起始日误差中位数（天）", "onset error, median, days"),
                median(card.onsetErrorDays.map(Double.init)), count: card.onsetErrorDays.count),
            number(
                "kw_relative_error_median", word("功率相对误差中位数", "relative error of kW, median"), median(errors),
                count: errors.count),
            share("kw_interval_coverage", word("功率区间覆盖率", "kW intervals that hold"), card.kilowattCoverage),
            share(
                "bypassed_feeders_recall_at_fpr_5%",
                word("旁路台区检出率（误报 5%）", "bypassed feeders found at 5 % false alarms"), card.bypassedFeedersFound),
            number("unsaid", word("数据不足、未评的电表", "meters of which nothing was said"), Double(card.unsaid)),
        ]
        if let replay {
            list += [
                number(
                    "replay_delay_days_median", word("逐日回放：检出延迟中位数（天）", "day by day: delay, median, days"),
                    median(replay.delays.map(Double.init)), count: replay.delays.count),
                share(
                    "replay_flagged_before_onset", word("逐日回放：起始前即被标记", "day by day: flagged before onset"),
                    replay.early),
                number(
                    "replay_flagged_before_onset_expected",
                    word("　同期未动电表的期望数", "  expected of untouched meters, a count"), replay.earlyExpected),
            ]
        }
        return list
    }

    /// One `evaluation` record, then `evaluation_group`, `evaluation_difference` and `evaluation_replay` records.
    package func records() -> [String] {
        var head = Record(kind: "evaluation")
        head.field("model", model)
        head.field("meters", scorecard.meters.count)
        head.object("figures") { inner in
            for figure in figures(.en) {
                inner.object(figure.id) {
                    $0.field("value", figure.value)
                    $0.field("low", figure.low)
                    $0.field("high", figure.high)
                    $0.field("n", figure.count)
                }
            }
        }
        var lines = [head.line()]
        for group in scorecard.groups {
            var record = Record(kind: "evaluation_group")
            record.field("by", group.by)
            record.field("name", group.name)
            record.field("truth", group.isMining ? "mining" : "not mining")
            record.field("n", group.at1PerCent.count)
            record.field("flagged_at_fpr_1%", group.at1PerCent.hits)
            record.field("flagged_at_fpr_0.1%", group.at01PerCent.hits)
            record.field("median_probability", group.medianProbability)
            lines.append(record.line())
        }
        for one in comparison?.differences ?? [] {
            var record = Record(kind: "evaluation_difference")
            record.field("figure", one.figure)
            record.field("model", model)
            record.field("other_model", otherModel)
            record.field("value", one.first)
            record.field("other_value", one.second)
            record.field("low", one.spread?.low)
            record.field("high", one.spread?.high)
            lines.append(record.line())
        }
        for one in replay?.byScenario ?? [] {
            var record = Record(kind: "evaluation_replay")
            record.field("scenario", one.scenario)
            record.field("n", one.onsets)
            record.field("found", one.delays.count)
            record.field("delay_days_median", median(one.delays.map(Double.init)))
            lines.append(record.line())
        }
        return lines
    }

    package func tables(_ language: Language) -> [(title: String, table: TextTable)] {
        func word(_ zh: String, _ en: String) -> String { language == .zh ? zh : en }
        func shown(_ value: Double?) -> String { value.map { Figure.short($0) } ?? "–" }
        func span(_ low: Double?, _ high: Double?) -> String {
            guard let low, let high else { return "–" }
            return "\(Figure.fixed(low, 2))–\(Figure.fixed(high, 2))"
        }
        var figures = TextTable([
            .init(word("指标", "figure"), limit: 60), .init(word("值", "value"), .right),
            .init(word("95% 区间", "95 % interval"), .right), .init("n", .right),
        ])
        for figure in self.figures(language) {
            figures.add([
                figure.name, figure.value.map { Figure.fixed($0, 3) } ?? "–", span(figure.low, figure.high),
                figure.count.map { "\($0)" } ?? "–",
            ])
        }
        var tables = [("\(word("模型", "model")) \(model)", figures)]
        let kinds = [
            ("scenario", word("情景", "scenario"), word("按情景", "by scenario")),
            ("blend", word("挖矿 ÷ 其他负荷", "mining ÷ other load"), word("按占比", "by size")),
            ("class", word("用电类别", "class"), word("按类别", "by class")),
        ]
        for (by, head, title) in kinds {
            var table = TextTable([
                .init(head, limit: 40), .init(word("实情", "truth")), .init("n", .right),
                .init(word("标记（1%）", "flagged at 1 %"), .right), .init(word("标记（0.1%）", "at 0.1 %"), .right),
                .init(word("概率中位数", "median said"), .right),
            ])
            for group in scorecard.groups where group.by == by {
                table.add([
                    group.name, group.isMining ? word("挖矿", "mining") : word("非挖矿", "not mining"),
                    "\(group.at1PerCent.count)", "\(group.at1PerCent.hits)", "\(group.at01PerCent.hits)",
                    group.medianProbability.map { Figure.fixed($0, 3) } ?? "–",
                ])
            }
            tables.append((title, table))
        }
        if let comparison {
            var table = TextTable([
                .init(word("指标", "figure"), limit: 40), .init(model, .right), .init(otherModel ?? "–", .right),
                .init(word("差的 95% 区间", "difference, 95 %"), .right),
                .init(word("前者更高的份额", "share first higher"), .right),
            ])
            for one in comparison.differences {
                table.add([
                    one.figure, one.first.map { Figure.fixed($0, 3) } ?? "–",
                    one.second.map { Figure.fixed($0, 3) } ?? "–",
                    span(one.spread?.low, one.spread?.high), shown(one.spread?.above),
                ])
            }
            tables.append((word("两个模型（按宿主电表重抽样）", "two models (drawn again by host meter)"), table))
        }
        if let replay {
            var table = TextTable([
                .init(word("逐日回放", "day by day"), limit: 40), .init("n", .right), .init(word("检出", "found"), .right),
                .init(word("延迟中位数（天）", "median delay, days"), .right),
            ])
            for one in replay.byScenario {
                table.add([
                    one.scenario, "\(one.onsets)", "\(one.delays.count)", shown(median(one.delays.map(Double.init))),
                ])
            }
            tables.append((word("逐日回放", "day by day"), table))
        }
        return tables
    }

    /// File names and pictures.
    package func pictures(_ language: Language) -> [(name: String, svg: String)] {
        func word(_ zh: String, _ en: String) -> String { language == .zh ? zh : en }
        let cards = [(model, scorecard)] + (other.map { [(otherModel ?? "", $0)] } ?? [])
        let precision = UnitChart(
            title: word("精确率与召回率", "precision over recall"), acrossLabel: word("召回率", "recall"),
            upLabel: word("精确率", "precision"),
            lines: cards.map { name, card in
                UnitChart.Line(name: name, points: card.ranking.points.map { ($0.recall, $0.precision) })
            })
        let calibration = UnitChart(
            title: word("校准曲线", "calibration"), acrossLabel: word("所给概率（分箱均值）", "probability said (mean of the bin)"),
            upLabel: word("实际占比", "share that was mining"),
            marks: scorecard.bins.map {
                UnitChart.Mark(
                    x: $0.said, y: $0.seen.value ?? .nan, low: $0.seen.interval.low ?? .nan,
                    high: $0.seen.interval.high ?? .nan)
            }, hasDiagonal: true)
        return [("precision-recall.svg", precision.svg()), ("calibration.svg", calibration.svg())]
    }
}
