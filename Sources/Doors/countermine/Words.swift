import Operations
import Terminal

/// The few words of the command line's own tables; everything about findings comes from the catalogue in Reports.
enum Words {
    static func pick(_ language: Language, _ zh: String, _ en: String) -> String { language == .zh ? zh : en }

    static func noSessions(_ language: Language) -> String {
        pick(language, "未见挖矿会话（仅就所读抓包而言）。", "No mining session was seen (in the captures that were read).")
    }

    /// The figures of `archive stat`.
    static func archive(_ key: String, _ language: Language) -> String {
        let words = [
            "meters": "电表", "feeders": "馈线", "days": "日期", "meter-days": "表日", "readings": "读数", "bytes": "字节",
            "bytes-per-reading": "每个读数字节数", "replaced": "被更正的表日", "deliveries": "交付批次", "segments": "段文件",
        ]
        return language == .zh ? words[key] ?? key : key.replacing("-", with: " ")
    }

    static func evidence(_ language: Language) -> String { pick(language, "证据文件", "Evidence") }
}

enum SessionColumns {
    static func columns(_ language: Language) -> [TextTable.Column] {
        func word(_ zh: String, _ en: String) -> String { Words.pick(language, zh, en) }
        return [
            .init(word("等级", "tier")), .init(word("矿工端", "client"), limit: 44),
            .init(word("矿池端", "pool"), limit: 44), .init(word("账户 / 矿工名", "account / worker"), limit: 28),
            .init(word("币种", "coin"), limit: 20), .init(word("始于（北京时间）", "since (Beijing)")),
            .init(word("接受 / 提交", "accepted / sent"), .right), .init(word("算力", "hash rate"), .right),
            .init(word("功率 W", "power W"), .right), .init(word("依据", "why"), limit: 30),
            .init(word("存疑", "doubts"), limit: 40),
        ]
    }
}

enum ContactColumns {
    static func columns(_ language: Language) -> [TextTable.Column] {
        func word(_ zh: String, _ en: String) -> String { Words.pick(language, zh, en) }
        return [
            .init(word("联系（不是会话）", "contact (no session)")), .init(word("本端", "client"), limit: 40),
            .init(word("名称", "name"), limit: 60), .init(word("次数", "times"), .right),
        ]
    }
}

enum CaptureColumns {
    static func columns(_ language: Language) -> [TextTable.Column] {
        func word(_ zh: String, _ en: String) -> String { Words.pick(language, zh, en) }
        return [
            .init(word("抓包文件", "capture"), limit: 52), .init(word("格式", "format")),
            .init(word("包数", "packets"), .right),
            .init(word("已解", "decoded"), .right), .init(word("畸形", "malformed"), .right),
            .init(word("截断", "truncated"), .right),
            .init(word("不支持", "unsupported"), .right), .init(word("流", "flows"), .right),
            .init(word("会话", "sessions"), .right),
            .init(word("说明", "remarks"), limit: 48),
        ]
    }
}

/// A table of the terminal as CSV: RFC 4180, and no cell that a spreadsheet would run.
enum CSVTable {
    static func lines(_ table: TextTable) -> [String] {
        ([table.columns.map(\.title)] + table.rows).map { $0.map(cell).joined(separator: ",") }
    }

    static func cell(_ text: String) -> String {
        var text = text
        if let first = text.first, "=+-@\t\r".contains(first), Double(text) == nil { text = "'" + text }
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r" || $0 == "\r\n" }) else {
            return text
        }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
