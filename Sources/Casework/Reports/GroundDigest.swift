import Vocabulary

/// The grounds of many findings as a person reads them: what the same detector says of many subjects is said once, with the
/// counts added and the strongest weight kept.
package struct GroundDigest: Sendable {
    package var reason: Reason
    package var model: String
    /// Subjects that it was said of, sorted, each once.
    package var subjects: [String]

    /// In the order of the strongest weight, then of first mention.
    package static func merged(_ findings: [Finding], _ pick: (Finding) -> [Reason]) -> [GroundDigest] {
        var order: [String] = []
        var byKey: [String: GroundDigest] = [:]
        for finding in findings {
            for reason in pick(finding) {
                // A meter's figures are its own; a session's are one of many alike.
                let own = finding.modality == .grid ? finding.subject.key : ""
                let key = "\(reason.id) \(reason.text ?? "") \(finding.model) \(own)"
                if byKey[key] == nil {
                    order.append(key)
                    byKey[key] = GroundDigest(reason: reason, model: finding.model, subjects: [finding.subject.key])
                } else {
                    byKey[key]?.add(reason, finding.subject.key)
                }
            }
        }
        let all = order.compactMap { byKey[$0] }
        return all.enumerated().sorted {
            let left = $0.element.reason.logOdds ?? 0
            let right = $1.element.reason.logOdds ?? 0
            return left == right ? $0.offset < $1.offset : left > right
        }.map(\.element)
    }

    private mutating func add(_ other: Reason, _ subject: String) {
        if let count = other.count { reason.count = (reason.count ?? 0) + count }
        if let weight = other.logOdds, weight.magnitude > (reason.logOdds ?? 0).magnitude { reason.logOdds = weight }
        if !subjects.contains(subject) { subjects.append(subject) }
    }

    /// `meter:M1`, or how many subjects it was said of.
    package func source(_ words: Catalogue) -> String {
        subjects.count == 1 ? subjects[0] : words.filled("subjects.many", text: String(subjects.count))
    }
}
