import Vocabulary

/// Which days are worked: Monday to Friday, less the public holidays, plus the make-up days, which the State Council
/// announces anew each year. The two lists are data of the installation.
package struct WorkingCalendar: Hashable, Sendable, Codable {
    package var holidays: Set<CalendarDate>
    package var makeUpDays: Set<CalendarDate>

    package init(holidays: Set<CalendarDate> = [], makeUpDays: Set<CalendarDate> = []) {
        self.holidays = holidays
        self.makeUpDays = makeUpDays
    }

    package func isWorkingDay(_ day: CalendarDate) -> Bool {
        makeUpDays.contains(day) || day.weekday <= 5 && !holidays.contains(day)
    }

    /// The `days`-th working day after `day`; at most a year ahead, should every day be declared a holiday.
    package func adding(workingDays days: Int, to day: CalendarDate) -> CalendarDate {
        var left = days
        var current = day
        for _ in 0..<366 where left > 0 {
            current = CalendarDate(daysSince1970: current.daysSince1970 + 1)
            if isWorkingDay(current) { left -= 1 }
        }
        return current
    }
}

/// When the machine opens a case, and for whom.
package struct CasePolicy: Hashable, Sendable {
    /// Lowest probability that opens a case (0.8 is where the band `high` begins).
    package var threshold: Double
    /// Working days until the case should have been looked at.
    package var triageWorkingDays: Int
    package var calendar: WorkingCalendar
    /// Seconds east of UTC of the civil day.
    package var dayOffsetSeconds: Int

    package init(
        threshold: Double = 0.8, triageWorkingDays: Int = 2, calendar: WorkingCalendar = WorkingCalendar(),
        dayOffsetSeconds: Int = 28_800
    ) {
        self.threshold = threshold
        self.triageWorkingDays = triageWorkingDays
        self.calendar = calendar
        self.dayOffsetSeconds = dayOffsetSeconds
    }
}
