import Vocabulary

/// Everything by which steps are judged; data of the installation, none of it of this program.
package struct CaseRules: Sendable {
    package var lifecycle: Lifecycle
    package var calendar: WorkingCalendar
    /// Seconds east of UTC of the civil day.
    package var dayOffsetSeconds: Int
    /// Lines between existing and new. `A1` and `A2` are kept in columns of their own.
    package var anchors: [CaseAnchor]
    package var stopRule: StopProof.Rule
    /// Where the band `high` begins: excluding such a case takes two people.
    package var highScore: Double

    package init(
        lifecycle: Lifecycle, calendar: WorkingCalendar = WorkingCalendar(), dayOffsetSeconds: Int = 28_800,
        anchors: [CaseAnchor] = [.a1, .a2], stopRule: StopProof.Rule = StopProof.Rule(), highScore: Double = 0.8
    ) {
        self.lifecycle = lifecycle
        self.calendar = calendar
        self.dayOffsetSeconds = dayOffsetSeconds
        self.anchors = anchors
        self.stopRule = stopRule
        self.highScore = highScore
    }

    func day(_ instant: Instant) -> CalendarDate { instant.date(offset: dayOffsetSeconds) }
}
