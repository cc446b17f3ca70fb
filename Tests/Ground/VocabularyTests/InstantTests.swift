import Testing
import Vocabulary

struct InstantTests {
    @Test(arguments: [
        "1970-01-01T00:00:00Z", "2026-03-01T23:59:59Z", "2000-02-29T12:00:00Z", "1969-12-31T23:59:59Z",
        "1700-01-01T00:00:00Z",
    ])
    func `a time reads back as it was written`(text: String) throws {
        #expect(try #require(Instant(rfc3339: text)).rfc3339() == text)
    }

    @Test func `decimals and zones are understood`() throws {
        let shanghai = try #require(Instant(rfc3339: "2026-03-01T08:00:00.25+08:00"))
        #expect(shanghai.rfc3339(digits: 3) == "2026-03-01T00:00:00.250Z")
        #expect(shanghai.nanoseconds % 1_000_000_000 == 250_000_000)
        let west = try #require(Instant(rfc3339: "2026-02-28T19:30:00-04:30"))
        #expect(west.rfc3339() == "2026-03-01T00:00:00Z")
    }

    @Test func `decimals before 1970 count forward`() {
        let time = Instant(nanoseconds: -1)
        #expect(time.seconds == -1)
        #expect(time.rfc3339(digits: 9) == "1969-12-31T23:59:59.999999999Z")
    }

    @Test(arguments: [
        "", "2026-03-01", "2026-03-01T00:00:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-03-01T24:00:00Z",
        "2026-03-01T00:60:00Z", "2026-03-01T00:00:00Zx", "2026-03-01T00:00:00+8:00", "2026-03-01T00:00:00.",
        "2026/03/01T00:00:00Z", "yyyy-mm-ddThh:mm:ssZ",
    ])
    func `what is no time is refused`(text: String) { #expect(Instant(rfc3339: text) == nil) }

    @Test func `arithmetic stays at the ends`() {
        #expect(Instant(seconds: .max).nanoseconds == .max)
        #expect(Instant(seconds: .min).nanoseconds == .min)
        #expect(Instant(seconds: 9_223_372_036, nanoseconds: .max).nanoseconds == .max)
        #expect(Instant(nanoseconds: .max).adding(seconds: 1).nanoseconds == .max)
        #expect(Instant(nanoseconds: .min).adding(seconds: -1).nanoseconds == .min)
        #expect(Instant(nanoseconds: .min).seconds < Instant(nanoseconds: .max).seconds)
        #expect(Instant(nanoseconds: .max).rfc3339().hasPrefix("2262-"))
        #expect(Instant(nanoseconds: .min).rfc3339().hasPrefix("1677-"))
    }

    @Test func `the civil day follows the zone`() throws {
        let time = try #require(Instant(rfc3339: "2026-03-01T16:30:00Z"))
        #expect(time.date().description == "2026-03-01")
        #expect(time.date(offset: 8 * 3600).description == "2026-03-02")
        #expect(time.secondOfDay(offset: 8 * 3600) == 1800)
        #expect(time.date(offset: 8 * 3600).start(offset: 8 * 3600).rfc3339() == "2026-03-01T16:00:00Z")
        #expect(time.timeInterval(since: time.adding(seconds: -90)) == 90)
    }
}

struct CalendarDateTests {
    @Test func `four hundred years go round trip day by day`() throws {
        var weekday = CalendarDate(daysSince1970: -80_000).weekday
        for day in -80_000..<70_000 {
            let date = CalendarDate(daysSince1970: day)
            let parts = date.components
            let again = try #require(CalendarDate(year: parts.year, month: parts.month, day: parts.day))
            #expect(again == date)
            #expect(date.weekday == weekday)
            weekday = weekday % 7 + 1
        }
    }

    @Test func `known days have their weekday`() throws {
        #expect(try #require(CalendarDate("1970-01-01")).weekday == 4)
        #expect(try #require(CalendarDate("2026-03-01")).weekday == 7)
        #expect(try #require(CalendarDate("0001-01-01")).description == "0001-01-01")
        #expect(try #require(CalendarDate("9999-12-31")).description == "9999-12-31")
    }

    @Test(arguments: [
        "2026-02-30", "1900-02-29", "2026-00-01", "2026-01-00", "0000-01-01", "2026-1-1", "20260101", "２026-01-1",
    ])
    func `days that do not exist are refused`(text: String) { #expect(CalendarDate(text) == nil) }
}
