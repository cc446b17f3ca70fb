import Vocabulary

package enum ExchangeLanguage: String, Hashable, Sendable, CaseIterable { case zh, en }

/// A letter by which something is passed to another authority, with the receipt that comes back.
package struct HandoverLetter: Hashable, Sendable {
    package var number: String
    package var sender: String
    package var receiver: String
    package var caseIDs: [String]
    /// What is in the package, one line each, with its digest where it has one.
    package var items: [Item]
    package var legalBasis: [String]
    package var sentOn: CalendarDate
    package var replyBy: CalendarDate
    /// True when a named person has confirmed what is handed over; else it says "suspected".
    package var confirmedBy: String?

    package struct Item: Hashable, Sendable {
        package var name: String
        package var sha256: String?
        package init(name: String, sha256: String? = nil) {
            self.name = name
            self.sha256 = sha256
        }
    }

    package init(
        number: String, sender: String, receiver: String, caseIDs: [String], items: [Item], legalBasis: [String] = [],
        sentOn: CalendarDate, replyBy: CalendarDate, confirmedBy: String? = nil
    ) {
        self.number = number
        self.sender = sender
        self.receiver = receiver
        self.caseIDs = caseIDs
        self.items = items
        self.legalBasis = legalBasis
        self.sentOn = sentOn
        self.replyBy = replyBy
        self.confirmedBy = confirmedBy
    }

    /// Plain text, UTF-8, one fact a line; the receipt is the part below the cut.
    package func text(_ language: ExchangeLanguage) -> String {
        let words = Words(language)
        var lines = [
            words.title, "", words.number + line(number), words.to + line(receiver), words.from + line(sender),
            words.date + sentOn.description, words.cases + caseIDs.sorted().map(line).joined(separator: ", "), "",
            confirmedBy.map { words.confirmed + line($0) } ?? words.suspected, "", words.items,
        ]
        for (index, item) in items.enumerated() {
            lines.append("  \(index + 1). \(line(item.name))")
            if let digest = item.sha256 { lines.append("     SHA-256 \(line(digest))") }
        }
        if items.isEmpty { lines.append("  " + words.none) }
        lines += ["", words.basis]
        lines += legalBasis.isEmpty ? ["  " + words.none] : legalBasis.map { "  - " + line($0) }
        lines += ["", words.reply + replyBy.description, "", words.seal + "________________", ""]
        lines += ["- - - - - - - - - - - - - - - - - - - - - - - - - - - - - -", words.receipt, ""]
        lines += [words.number + line(number), words.packageDigest + digest]
        lines += words.blanks.map { $0 + "________________" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What the receiver copies into the receipt: a digest over what was handed over.
    package var digest: String {
        Digests.key([number] + caseIDs.sorted() + items.flatMap { [$0.name, $0.sha256 ?? ""] })
    }

    /// A name cannot end its line, and so cannot add one.
    private func line(_ text: String) -> String { BlockCandidates.plain(ExchangeLimits.clipped(text)) }

    private struct Words {
        var title, number, to, from, date, cases, confirmed, suspected, items, basis, none, reply, seal: String
        var receipt, packageDigest: String
        var blanks: [String]

        init(_ language: ExchangeLanguage) {
            switch language {
            case .zh:
                (title, number, to, from, date) = ("移送函", "文号：", "致：", "发函单位：", "日期：")
                cases = "案件编号："
                confirmed = "状态：查实。查实人："
                suspected = "状态：疑似。以下为线索，未经人工查实，不作为处罚证据。"
                (items, basis, none) = ("随函材料：", "依据：", "（无）")
                (reply, seal) = ("请于下列日期前回复：", "签发人（盖章）：")
                (receipt, packageDigest) = ("回执", "材料摘要（SHA-256）：")
                blanks = ["收到日期：", "接收单位：", "接收人：", "收件编号：", "处理意见：", "签章："]
            case .en:
                (title, number, to, from, date) = ("Handover letter", "No.: ", "To: ", "From: ", "Date: ")
                cases = "Cases: "
                confirmed = "State: confirmed by "
                suspected =
                    "State: suspected. What follows is a lead that no person has confirmed; not penalty evidence."
                (items, basis, none) = ("Enclosed:", "Legal basis:", "(none)")
                (reply, seal) = ("Please reply by: ", "Signed (seal): ")
                (receipt, packageDigest) = ("Receipt", "Digest of what was handed over (SHA-256): ")
                blanks = ["Received on: ", "Authority: ", "Received by: ", "File no.: ", "Outcome: ", "Signature: "]
            }
        }
    }
}
