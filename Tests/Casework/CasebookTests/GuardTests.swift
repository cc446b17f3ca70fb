import Casebook
import Testing
import Vocabulary

/// One wrong thing at a time in an otherwise orderly form.
struct GuardTests {
    private typealias Change = (inout TransitionFields, CaseScene) -> Void

    private func each(
        _ state: String, _ step: String, _ role: String, _ expected: String, _ changes: [Change]
    ) throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            try scene.go(to: state)
            scene.now = scene.now.adding(seconds: 60)
            for (index, change) in changes.enumerated() {
                var form = scene.fields(step)
                change(&form, scene)
                let why = try scene.refused(step, actor: CaseScene.actor(role), fields: form)
                #expect(why.contains(expected), "\(step) change \(index): \(why)")
            }
            #expect(try scene.refused(step, actor: CaseScene.actor(role)) == [])
        }
    }

    @Test func `triage asks for a unit of this province and real alternatives`() throws {
        try each(
            "detected", "T01", "analyst", "jurisdiction_set",
            [
                { form, _ in form.jurisdiction = "340100" }, { form, _ in form.jurisdiction = "1" },
            ])
        try each(
            "detected", "T01", "analyst", "alternatives_checked",
            [
                { form, _ in form.alternativesChecked = [] }, { form, _ in form.alternativesChecked = [" "] },
            ])
    }

    @Test func `an exemption must be valid, of this site, and above the measured load`() throws {
        try each(
            "detected", "T03", "analyst", "exemption_valid",
            [
                { form, scene in form.exemption?.to = scene.day(-1) },
                { form, scene in form.exemption?.from = scene.day(1) },
                { form, scene in form.exemption?.revokedOn = scene.day(0) },
                { form, _ in form.exemption?.licence = "" },
            ])
        try each(
            "detected", "T03", "analyst", "exemption_covers_subject_and_load",
            [
                { form, _ in form.exemption?.site = "S2" }, { form, _ in form.exemption?.loadKilowatts = nil },
                { form, _ in form.exemption?.loadKilowatts = 100.5 },
            ])
        try each(
            "exempt", "T26", "analyst", "exemption_expired_revoked_or_exceeded",
            [
                { form, _ in form.exemption = nil },
                { form, _ in
                    form.exemption?.revokedOn = nil
                    form.exemption?.loadKilowatts = 99
                },
                { form, _ in form.exemption?.id = "E2" },
            ])
    }

    @Test func `an exclusion cannot be saved without a code`() throws {
        for (state, step, role) in [
            ("detected", "T02", "analyst"), ("inspecting", "T10", "reviewer"), ("confirmed", "T14", "reviewer"),
        ] {
            try each(
                state, step, role, "reason_code",
                [
                    { form, _ in form.code = nil }, { form, _ in form.code = "X10" }, { form, _ in form.code = "M1" },
                ])
        }
    }

    @Test func `dispatch names a county under the province and days in order`() throws {
        try each(
            "triaged", "T04", "dispatcher", "county_set",
            [
                { form, _ in form.county = "330100" }, { form, _ in form.county = "340100" },
                { form, _ in form.county = "" },
            ])
        try each(
            "triaged", "T04", "dispatcher", "due_dates_set",
            [
                { form, scene in form.dueDates?["accept"] = scene.day(-1) },
                { form, scene in form.dueDates?["inspect_start"] = scene.day(0) },
                { form, _ in form.dueDates?["inspect_report"] = nil },
                { form, _ in form.dueDates?["inspect_report"] = CalendarDate(daysSince1970: .max / 2) },
            ])
    }

    @Test func `two officers, each with a credential, and both signatures`() throws {
        try each(
            "accepted", "T07", "county_officer", "two_inspectors_named",
            [
                { form, _ in form.inspectors?.removeLast() }, { form, _ in form.inspectors?[1].name = "jian  cha" },
                { form, _ in form.inspectors?[1].credential = "ZJ-1" },
                { form, _ in form.inspectors?[0].credential = " " },
            ])
        try each(
            "inspecting", "T09", "reviewer", "both_inspectors_signed",
            [
                { form, _ in form.inspection?.signedBy = ["Jian Cha"] },
                { form, _ in form.inspection?.signedBy = ["Jian Cha", "Fu He"] },
            ])
        try each(
            "inspecting", "T09", "reviewer", "inspection_record",
            [
                { form, scene in form.inspection?.visitedOn = scene.day(1) },
                { form, _ in form.inspection?.reference = "" },
            ])
    }

    @Test func `new or existing is the rule's, a person settles only what it leaves open`() throws {
        try each(
            "inspecting", "T09", "reviewer", "new_or_existing_set",
            [
                { form, _ in form.commissioning = Commissioning() },
                { form, _ in form.commissioning?.settled = ["A1": .existing] },
                { form, scene in form.commissioning?.sources = [.init(.statement, scene.day(0), scene.day(-1))] },
            ])
    }

    @Test func `an order needs notice, a defence and a look at who lives there`() throws {
        try each(
            "confirmed", "T12", "enforcement_officer", "residential_power_check",
            [
                { form, _ in form.order?.residentialChecked = false }, { form, _ in form.order?.measures = [] },
                { form, _ in form.order?.measures = ["jail"] },
                { form, _ in
                    form.order?.residential = true
                    form.order?.measures = ["stop-use", "restrict-supply"]
                },
            ])
        try each(
            "confirmed", "T12", "enforcement_officer", "party_notified",
            [
                { form, scene in form.order?.notifiedOn = scene.day(1) }
            ])
        try each(
            "confirmed", "T12", "enforcement_officer", "defence_window_recorded",
            [
                { form, scene in form.order?.defenceUntil = scene.day(-1) }
            ])
        try each(
            "confirmed", "T12", "enforcement_officer", "legal_review", [{ form, _ in form.order?.legalReviewer = " " }])
    }

    @Test(arguments: [(CaseCategory.household, "restrict-supply"), (.victim, "surcharge")])
    func `a household keeps its power and a victim is not punished`(_ category: CaseCategory, _ measure: String) throws
    {
        try CaseScene.with { (scene: inout CaseScene) throws in
            try scene.go(to: "inspecting")
            var form = scene.fields("T09")
            form.category = category
            try scene.take("T09", fields: form)
            form = scene.fields("T12")
            form.order?.measures = ["clean-up-notice", measure]
            let why = try scene.refused("T12", actor: CaseScene.actor("enforcement_officer"), fields: form)
            #expect(why == ["residential_power_check"])
            form.order?.measures = ["clean-up-notice"]
            try scene.take("T12", fields: form)
        }
    }

    @Test func `forms are bounded and numbers are numbers`() throws {
        try each(
            "measures_ordered", "T15", "county_officer", "bad-field",
            [
                { form, _ in form.stopProof?.visit = String(repeating: "x", count: 5000) },
                { form, _ in form.stopProof?.afterKilowatts = .nan },
                { form, _ in form.stopProof?.highKilowatts = .infinity },
                { form, _ in form.checklist = Array(repeating: "a", count: 65) },
                { form, _ in form.stopProof?.lowKilowatts = -1 },
            ])
    }

    @Test func `no data proves no stop`() throws {
        try CaseScene.with { (scene: inout CaseScene) throws in
            func lack(_ change: (inout StopProof) -> Void) -> String? {
                var proof = scene.proof
                change(&proof)
                return proof.lack()
            }
            #expect(lack { _ in } == nil)
            #expect(lack { $0.afterKilowatts = 90 } == nil)
            #expect(lack { $0.afterKilowatts = 90.1 } == "load-still-there")
            #expect(lack { $0.afterKilowatts = nil } == "load-not-known")
            #expect(lack { $0.baselineKilowatts = 0 } == "load-not-known")
            #expect(lack { $0.afterDays = 13 } == "load-not-known")
            #expect(lack { $0.baselineDays = 27 } == "load-not-known")
            #expect(lack { $0.readingCoverage = 0.79 } == "readings-missing")
            #expect(lack { $0.readingCoverage = .nan } == "readings-missing")
            #expect(lack { $0.readingCoverage = 1.01 } == "readings-missing")
            #expect(lack { $0.sessions = 1 } == "sessions-still-there")
            #expect(lack { $0.sessions = nil } == "lines-not-watched")
            #expect(lack { $0.captureDays = 13 } == "capture-missing")
            #expect(lack { $0.captureCoverage = 0.5 } == "capture-missing")
            #expect(lack { $0.sharedMeter = true } == "mining-part-not-known")
            // 300 kW of which 100 mine: 225 left is 25 of the 100.
            #expect(
                lack {
                    $0.sharedMeter = true
                    $0.miningKilowatts = 100
                    $0.afterKilowatts = 225
                } == nil)
            #expect(
                lack {
                    $0.sharedMeter = true
                    $0.miningKilowatts = 100
                    $0.afterKilowatts = 231
                } == "load-still-there")
            #expect(StopProof(visit: "record-9").lack() == nil)
            #expect(StopProof(visit: "").lack() == "load-not-known")
        }
    }

    @Test func `the whole range must lie on one side of the anchor`() throws {
        func day(_ text: String) throws -> CalendarDate { try #require(CalendarDate(text)) }
        let before = Commissioning.Source(.energised, try day("2021-03-01"), try day("2021-09-23"))
        let across = Commissioning.Source(.sustainedLoad, try day("2021-09-23"), try day("2021-10-02"))
        let after = Commissioning.Source(.firstSession, try day("2021-09-24"), try day("2021-12-01"))
        let anchor = CaseAnchor.a1
        #expect(anchor.date.description == "2021-09-24" && CaseAnchor.a2.date.description == "2026-02-06")
        #expect(Commissioning(sources: [before]).byRule(anchor: anchor.date, episode: 1) == .existing)
        #expect(Commissioning(sources: [across]).byRule(anchor: anchor.date, episode: 1) == .undetermined)
        #expect(Commissioning(sources: [after]).byRule(anchor: anchor.date, episode: 1) == .new)
        #expect(Commissioning(sources: [after, before]).byRule(anchor: anchor.date, episode: 1) == .existing)
        #expect(Commissioning(sources: [after]).byRule(anchor: CaseAnchor.a2.date, episode: 1) == .existing)
        #expect(Commissioning().byRule(anchor: anchor.date, episode: 1) == .undetermined)
        #expect(Commissioning(sources: [before]).byRule(anchor: anchor.date, episode: 2) == .new)
        #expect(Commissioning(underConstruction: true).byRule(anchor: anchor.date, episode: 1) == .newNotRunning)
        let settled = Commissioning(sources: [across], settled: ["A1": .existing])
        #expect(settled.classified(anchor: anchor, episode: 1) == .existing)
    }
}
