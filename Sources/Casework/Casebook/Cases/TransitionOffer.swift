import GRDB
import Vocabulary

/// What one person may do to one case now, said before the click.
package struct TransitionOffer: Hashable, Sendable, Codable {
    package var id: String
    package var to: String
    /// Why it cannot be done; empty = it can, once the form brings what `needs` names.
    package var refusals: [Refusal]
    /// What the form must bring.
    package var needs: [TransitionGuard]
    /// Codes and outcomes to choose from.
    package var codes: [String]
    package var outcomes: [String]

    package var isPossible: Bool { refusals.isEmpty }
}

/// A case, the version to send back with a step, and every step of the lifecycle that leaves its state.
package struct CaseOffers: Hashable, Sendable, Codable {
    package var caseID: String
    package var state: String
    package var version: Int
    package var offers: [TransitionOffer]
    /// Steps from other states, each with `wrong-state` among its reasons.
    package var elsewhere: [TransitionOffer]
}

extension CasebookReader {
    /// Nil when there is no such case. It judges with the very code that will judge the step itself.
    package func offers(
        case id: String, actor: CaseActor, rules: CaseRules, now: Instant
    ) throws(CasebookError) -> CaseOffers? {
        try reading { try CaseOffers.of($0, case: id, actor: actor, rules: rules, now: now) }
    }
}

extension CaseOffers {
    static func of(
        _ db: Database, case id: String, actor: CaseActor, rules: CaseRules, now: Instant
    ) throws -> CaseOffers? {
        guard let history = try CaseHistory(db, id: id) else { return nil }
        let check = TransitionCheck(db: db, history: history, rules: rules, actor: actor, happened: now, now: now)
        // Nothing of these comes from a form.
        let known: Set<TransitionGuard> = [
            .humanActor, .reviewerNotInspector, .approverAboveSubmitter, .moreRoundsDue, .allRoundsPassed,
            .episodeIncremented,
        ]
        let all = try rules.lifecycle.transitions.map { step in
            TransitionOffer(
                id: step.id, to: step.to, refusals: try check.refusals(step, fields: nil),
                needs: step.needs.filter {
                    !known.contains($0) && ($0 != .secondReviewerIfScoreHigh || check.scoreIsHigh)
                },
                codes: step.reasons ?? [], outcomes: step.outcomes ?? [])
        }
        let here = Set(rules.lifecycle.transitions(from: history.record.state).map(\.id))
        return CaseOffers(
            caseID: id, state: history.record.state, version: history.record.version,
            offers: all.filter { here.contains($0.id) }, elsewhere: all.filter { !here.contains($0.id) })
    }
}
