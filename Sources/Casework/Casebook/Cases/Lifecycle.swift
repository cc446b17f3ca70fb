import FoundationEssentials

/// What a transition asks for, by the words of the lifecycle file. A word that is not here is refused on reading, so a
/// file cannot ask for something that nobody checks.
package enum TransitionGuard: String, Hashable, Sendable, Codable, CaseIterable {
    case humanActor = "human_actor"
    case evidenceViewed = "evidence_viewed"
    case alternativesChecked = "alternatives_checked"
    case jurisdictionSet = "jurisdiction_set"
    case reasonCode = "reason_code"
    case returnReason = "return_reason"
    case secondReviewer = "second_reviewer"
    case secondReviewerIfScoreHigh = "second_reviewer_if_score_high"
    case exemptionValid = "exemption_valid"
    case exemptionCovers = "exemption_covers_subject_and_load"
    case exemptionApplication = "exemption_application"
    case approverNotApplicant = "approver_not_applicant"
    case exemptionEnded = "exemption_expired_revoked_or_exceeded"
    case countySet = "county_set"
    case dueDatesSet = "due_dates_set"
    case twoInspectorsNamed = "two_inspectors_named"
    case inspectionRecord = "inspection_record"
    case categorySet = "category_set"
    case newOrExistingSet = "new_or_existing_set"
    case bothInspectorsSigned = "both_inspectors_signed"
    case reviewerNotInspector = "reviewer_not_inspector"
    case legalReview = "legal_review"
    case partyNotified = "party_notified"
    case defenceWindowRecorded = "defence_window_recorded"
    case residentialPowerCheck = "residential_power_check"
    case defenceOutcome = "defence_outcome"
    case stopProof = "stop_proof"
    case closureChecklist = "closure_checklist"
    case approverAboveSubmitter = "approver_level_above_submitter"
    case lookbackRecord = "lookback_record"
    case moreRoundsDue = "more_rounds_due"
    case allRoundsPassed = "all_rounds_passed"
    case newFindingLinked = "new_finding_linked"
    case episodeIncremented = "episode_number_incremented"
    case newEvidence = "new_evidence"
}

/// The states of a case and the steps between them, as read from `Models/lifecycle/<version>/lifecycle.json`.
package struct Lifecycle: Sendable {
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    package struct State: Hashable, Sendable, Codable {
        package enum Kind: String, Hashable, Sendable, Codable { case open, settled, terminal }
        package var id: String
        package var zh: String
        package var en: String
        package var kind: Kind
        /// Name of the clock that runs while a case is in this state.
        package var clock: String?
    }

    package struct Transition: Hashable, Sendable, Codable {
        /// Whose desk has the case afterwards; nil = it stays.
        package enum Holder: String, Hashable, Sendable, Codable { case county, answering, above, submitter }
        package var id: String
        package var from: [String]
        package var to: String
        package var by: [String]
        package var needs: [TransitionGuard]
        /// Codes that `reason_code` and `return_reason` take.
        package var reasons: [String]?
        /// Words that `defence_outcome` takes.
        package var outcomes: [String]?
        package var holder: Holder?
        /// The step opens the next episode of the site, in `to`; the case itself stays where it is.
        package var nextEpisode: Bool?

        enum CodingKeys: String, CodingKey {
            case id, from, to, by, needs, reasons, outcomes, holder
            case nextEpisode = "next_episode"
        }
    }

    package struct Clock: Hashable, Sendable, Codable {
        package var id: String
        package var workingDays: Int?
        /// Days after closing, one a round.
        package var calendarDays: [Int]?
        /// `exemption`: the last day of the exemption itself.
        package var of: String?

        enum CodingKeys: String, CodingKey {
            case id, of
            case workingDays = "working_days"
            case calendarDays = "calendar_days"
        }
    }

    package struct Role: Hashable, Sendable, Codable {
        package var id: String
        /// Level of unit at which the role exists; nil = any.
        package var level: String?
    }

    package struct OuterLimit: Hashable, Sendable, Codable {
        package var id: String
        /// Counted in calendar days from the first time the case was in this state …
        package var state: String
        /// … until it first reaches this one.
        package var until: String
        package var days: Int
    }

    struct Opening: Codable { var id, to, by: String }
    struct Undo: Codable { var never: [String] }
    struct Suspend: Codable {
        var by: [String]
        var longestDays: Int
        enum CodingKeys: String, CodingKey {
            case by
            case longestDays = "longest_days"
        }
    }
    struct File: Codable {
        var format: Int
        var version, initial: String
        var opening: Opening
        var roles: [Role]
        var states: [State]
        var transitions: [Transition]
        var clocks: [Clock]
        var undo: Undo
        var suspend: Suspend
        var closureChecklist: [String]
        var outerLimits: [OuterLimit]
        enum CodingKeys: String, CodingKey {
            case format, version, initial, opening, roles, states, transitions, clocks, undo, suspend
            case closureChecklist = "closure_checklist"
            case outerLimits = "outer_limits"
        }
    }

    /// The machine's one act: it opens a case, and does nothing else to it.
    package static let openingID = "T00"
    package static let openingState = "detected"
    package static let confirmed = "confirmed"
    package static let measures = "measures_ordered"
    package static let scheduler = "scheduler"
    static let undoID = "undo"
    static let suspendID = "suspend"
    static let resumeID = "resume"

    package let version: String
    package let states: [State]
    package let transitions: [Transition]
    package let clocks: [String: Clock]
    package let roles: [String: Role]
    package let outerLimits: [OuterLimit]
    package let closureChecklist: [String]
    let undo: Undo
    let suspend: Suspend
    private let statesByID: [String: State]
    private let transitionsByID: [String: Transition]

    package func state(_ id: String) -> State? { statesByID[id] }
    package func transition(_ id: String) -> Transition? { transitionsByID[id] }
    package func transitions(from state: String) -> [Transition] { transitions.filter { $0.from.contains(state) } }
    /// Calendar days after closing at which a look-back is due, one a round.
    package var lookbackDays: [Int] { clocks["lookback_due"]?.calendarDays ?? [] }

    package static func load(_ path: String) throws(Failure) -> Lifecycle {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw Failure(description: "\(path): \(error)")
        }
        return try read(data, name: path)
    }

    /// `name` is what the file is called in a failure.
    package static func read(_ data: Data, name: String) throws(Failure) -> Lifecycle {
        guard data.count <= CasebookLimits.lifecycleBytes else {
            throw Failure(description: "\(name): larger than \(CasebookLimits.lifecycleBytes) bytes")
        }
        do {
            return try Lifecycle(try JSONDecoder().decode(File.self, from: data), name: name)
        } catch let error as Failure {
            throw error
        } catch let error as DecodingError {
            throw Failure(description: "\(name): \(place(of: error))")
        } catch {
            throw Failure(description: "\(name): \(error)")
        }
    }

    private static func place(of error: DecodingError) -> String {
        func path(_ keys: [any CodingKey]) -> String {
            keys.map { key in key.intValue.map { "[\($0)]" } ?? "." + key.stringValue }.joined()
        }
        return switch error {
        case .keyNotFound(let key, let at): "\(path(at.codingPath)).\(key.stringValue) is missing"
        case .typeMismatch(_, let at), .valueNotFound(_, let at), .dataCorrupted(let at):
            "\(path(at.codingPath)): \(at.debugDescription)"
        @unknown default: "\(error)"
        }
    }

    private init(_ file: File, name: String) throws(Failure) {
        func refuse(_ place: String, _ what: String) -> Failure { Failure(description: "\(name): \(place): \(what)") }
        guard file.format == 1 else { throw refuse("format", "\(file.format), this program reads 1") }
        var roles: [String: Role] = [:]
        for (index, role) in file.roles.enumerated() where roles.updateValue(role, forKey: role.id) != nil {
            throw refuse("roles[\(index)]", "\(role.id) is there twice")
        }
        var clocks: [String: Clock] = [:]
        for (index, clock) in file.clocks.enumerated() {
            let days = [clock.workingDays].compactMap { $0 } + (clock.calendarDays ?? [])
            guard days.allSatisfy({ (0...CasebookLimits.clockDays).contains($0) }),
                !days.isEmpty || clock.of == "exemption",
                (clock.calendarDays ?? []) == (clock.calendarDays ?? []).sorted()
            else { throw refuse("clocks[\(index)] (\(clock.id))", "no number of days, or one out of bounds") }
            if clocks.updateValue(clock, forKey: clock.id) != nil {
                throw refuse("clocks[\(index)]", "\(clock.id) is there twice")
            }
        }
        var states: [String: State] = [:]
        for (index, state) in file.states.enumerated() {
            if let clock = state.clock, clocks[clock] == nil {
                throw refuse("states[\(index)] (\(state.id))", "no clock \(clock)")
            }
            if states.updateValue(state, forKey: state.id) != nil {
                throw refuse("states[\(index)]", "\(state.id) is there twice")
            }
        }
        guard file.initial == Lifecycle.openingState, states[file.initial] != nil else {
            throw refuse("initial", "must be \(Lifecycle.openingState)")
        }
        guard file.opening.id == Lifecycle.openingID, file.opening.to == file.initial, file.opening.by == "scan" else {
            throw refuse("opening", "must be \(Lifecycle.openingID), by scan, to \(file.initial)")
        }
        var transitions: [String: Transition] = [:]
        let taken = [Lifecycle.openingID, Lifecycle.undoID, Lifecycle.suspendID, Lifecycle.resumeID]
        for (index, step) in file.transitions.enumerated() {
            let place = "transitions[\(index)] (\(step.id))"
            if taken.contains(step.id) || transitions.updateValue(step, forKey: step.id) != nil {
                throw refuse("transitions[\(index)]", "\(step.id) is there twice")
            }
            for from in step.from where states[from] == nil { throw refuse(place, "from: no state \(from)") }
            guard !step.from.isEmpty, !step.by.isEmpty else { throw refuse(place, "from or by is empty") }
            guard states[step.to] != nil else { throw refuse(place, "to: no state \(step.to)") }
            for role in step.by where roles[role] == nil { throw refuse(place, "by: no role \(role)") }
            if step.needs.contains(where: { $0 == .reasonCode || $0 == .returnReason }), step.reasons?.isEmpty ?? true {
                throw refuse(place, "needs a code but lists none in reasons")
            }
            if step.needs.contains(.defenceOutcome), step.outcomes?.isEmpty ?? true {
                throw refuse(place, "needs an outcome but lists none in outcomes")
            }
            if step.by.contains(Lifecycle.scheduler) {
                guard step.to == "lookback" else { throw refuse(place, "the scheduler may only lead to lookback") }
            } else if !step.needs.contains(.humanActor) {
                throw refuse(place, "no human_actor: only the step into lookback goes by itself")
            }
        }
        for role in file.suspend.by where roles[role] == nil || role == Lifecycle.scheduler {
            throw refuse("suspend.by", "no role \(role) that a person can have")
        }
        for (index, limit) in file.outerLimits.enumerated()
        where states[limit.state] == nil || states[limit.until] == nil {
            throw refuse("outer_limits[\(index)] (\(limit.id))", "no state \(limit.state) or \(limit.until)")
        }
        let all = Lifecycle.reach(file.transitions, from: file.initial, without: nil)
        for (index, state) in file.states.enumerated() where !all.contains(state.id) {
            throw refuse("states[\(index)] (\(state.id))", "cannot be reached")
        }
        let around = Lifecycle.reach(file.transitions, from: file.initial, without: Lifecycle.confirmed)
        guard !around.contains(Lifecycle.measures) else {
            throw refuse("transitions", "\(Lifecycle.measures) can be reached without \(Lifecycle.confirmed)")
        }
        version = file.version
        self.states = file.states
        self.transitions = file.transitions
        self.clocks = clocks
        self.roles = roles
        outerLimits = file.outerLimits
        closureChecklist = file.closureChecklist
        undo = file.undo
        suspend = file.suspend
        statesByID = states
        transitionsByID = transitions
    }

    private static func reach(_ steps: [Transition], from start: String, without wall: String?) -> Set<String> {
        var seen: Set<String> = [start]
        var left = [start]
        while let state = left.popLast() {
            for step in steps where step.from.contains(state) && step.to != wall && seen.insert(step.to).inserted {
                left.append(step.to)
            }
        }
        return seen
    }
}
