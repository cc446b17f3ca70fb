import Casebook
import Vocabulary

/// A scan's last line and its summary for people.
package enum ScanSummary {
    /// The `run` record of the contract, section 5.
    package static func record(_ outcome: Scan.Outcome) -> String {
        let run = outcome.run
        func count(_ name: String) -> Int { run.counts[name, default: 0] }
        var record = Record(kind: "run")
        record.field("id", run.id)
        record.object("inputs") {
            $0.field("new", outcome.newInputs)
            $0.field("known", outcome.knownInputs)
            $0.field("failed", outcome.failedInputs)
        }
        for name in ["meters", "readings", "captures", "packets"] { record.field(name, count(name)) }
        record.object("findings") {
            $0.field("grid", count("findings_grid"))
            $0.field("network", count("findings_network"))
            $0.field("fused", count("findings_fused"))
        }
        record.object("cases") {
            $0.field("opened", outcome.casesOpened)
            $0.field("updated", outcome.casesUpdated)
        }
        record.field("prior", run.prior)
        record.field("started", run.started.rfc3339(digits: 3))
        record.field("finished", run.finished.rfc3339(digits: 3))
        record.field("result_sha256", run.resultSHA256)
        return record.line()
    }

    package static func lines(_ outcome: Scan.Outcome, language: Language) -> [String] {
        func count(_ name: String) -> Int { outcome.run.counts[name, default: 0] }
        switch language {
        case .zh:
            return [
                "输入：新 \(outcome.newInputs)，已知 \(outcome.knownInputs)，失败 \(outcome.failedInputs)",
                "电表 \(count("meters")) 只，读数 \(count("readings"))；抓包 \(count("captures")) 个，数据包 \(count("packets"))",
                "疑似发现：负荷 \(count("findings_grid"))，网络 \(count("findings_network"))；疑似场所 \(count("findings_fused")) 处（先验概率 \(outcome.run.prior)）",
                "案件：新立 \(outcome.casesOpened)，补充证据 \(outcome.casesUpdated)",
                "结果摘要 \(outcome.run.resultSHA256)",
            ]
        case .en:
            return [
                "Inputs: \(outcome.newInputs) new, \(outcome.knownInputs) known, \(outcome.failedInputs) failed",
                "\(count("meters")) meters, \(count("readings")) readings; \(count("captures")) captures, \(count("packets")) packets",
                "Suspected: \(count("findings_grid")) by load, \(count("findings_network")) sessions; \(count("findings_fused")) sites (prior \(outcome.run.prior))",
                "Cases: \(outcome.casesOpened) opened, \(outcome.casesUpdated) with new evidence",
                "Result \(outcome.run.resultSHA256)",
            ]
        }
    }
}

/// A file name from an identifier: letters, digits, `-` and `_` stay, every other byte becomes `~hh`. Never a path.
package func safeFileName(_ text: String) -> String {
    var name: [UInt8] = []
    for byte in text.utf8.prefix(80) {
        let isLetter = (0x41...0x5A).contains(byte & 0xDF) && byte < 0x80
        if isLetter || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x5F {
            name.append(byte)
        } else {
            name.append(UInt8(ascii: "~"))
            name.append(contentsOf: hex([byte]).utf8)
        }
    }
    return name.isEmpty ? "~" : String(decoding: name, as: UTF8.self)
}
