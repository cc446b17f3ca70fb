import Foundation
import Operations
import Support
import Testing

@Suite struct ConfigurationTests {
    static let good = """
        version: 1
        province: "330000"
        store: .demo/store
        units: register/units.csv
        register:
          sites: register/sites.csv
          links: register/links.csv
        inputs:
          meters:
            - path: meters
              unit: kW
              interval_minutes: 15
              timezone: "+08:00"
        """

    static let noticed = """
        notices:
          spool: outbox
          from: scan@bureau.local
          to: [duty@bureau.local]
          about: [failed, late]
          language: en
        """

    private func load(_ text: String) throws -> Configuration {
        let folder = try Places.scratch("configuration")
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("countermine.yaml")
        try Data(text.utf8).write(to: file)
        return try Configuration.load(path: file.path)
    }

    private func complaint(_ text: String) -> OperationsError? {
        do {
            _ = try load(text)
            return nil
        } catch {
            return error as? OperationsError
        }
    }

    @Test("paths are relative to the configuration's own folder")
    func relativePaths() throws {
        let configuration = try load(Self.good)
        #expect(configuration.store.path == configuration.folder.appendingPathComponent(".demo/store").path)
        #expect(configuration.meters.first?.unit == "kW")
        #expect(configuration.meters.first?.timezoneOffset == 28_800)
        #expect(configuration.prior == 0.02)
        #expect(configuration.publish == nil)
    }

    @Test("a source has a name and a cadence, and notices their spool")
    func cadenceAndNotices() throws {
        let configuration = try load(
            Self.good.replacingOccurrences(of: "unit: kW", with: "name: 冷库\n      cadence: 6h") + "\n" + Self.noticed)
        let source = try #require(configuration.meters.first)
        #expect(source.name == "冷库")
        #expect(source.cadenceSeconds == 21_600)
        try #expect(load(Self.good).meters.first?.name == "meters")
        try #expect(load(Self.good).notices == nil)
        let notices = try #require(configuration.notices)
        #expect(notices.spool.path == configuration.folder.appendingPathComponent("outbox").path)
        #expect(notices.to == ["duty@bureau.local"])
        #expect(notices.about == [.failed, .late])
        #expect(notices.language == .en)
    }

    @Test("a misspelt key is named with its line and the nearest right word")
    func misspelt() throws {
        let error = try #require(complaint(Self.good.replacingOccurrences(of: "province", with: "provinse")))
        #expect(error.kind == .usage)
        #expect(error.place.hasSuffix("countermine.yaml:2:1"))
        #expect(error.remedy == "did you mean `province`?")
    }

    @Test(
        "what cannot be meant is refused where it stands",
        arguments: [
            ("unit: kW", "unit: furlong", "furlong"), ("interval_minutes: 15", "interval_minutes: 17", "divide a day"),
            ("\"+08:00\"", "\"Beijing\"", "offset"), ("\"330000\"", "\"33\"", "six-digit"),
            ("version: 1", "version: 2", "version"),
            ("store: .demo/store\n", "", "`store` is missing"),
            ("unit: kW", "cadence: often", "length of time"), ("unit: kW", "cadence: 0d", "length of time"),
            (Self.noticed, Self.noticed.replacingOccurrences(of: "duty@bureau.local", with: "duty"), "mail address"),
            (Self.noticed, Self.noticed.replacingOccurrences(of: "late", with: "sunrise"), "overdue"),
        ])
    func refused(_ good: String, _ bad: String, _ word: String) throws {
        let whole = Self.good + "\n" + Self.noticed
        let error = try #require(complaint(whole.replacingOccurrences(of: good, with: bad)))
        #expect(error.kind == .usage)
        #expect("\(error)".contains(word), "\(error)")
    }

    @Test("text that is no YAML, and nothing at all, are usage errors")
    func notYAML() {
        #expect(complaint("a: [1, 2")?.kind == .usage)
        #expect(complaint("")?.kind == .usage)
    }

    @Test("offsets are read as written and nothing else is")
    func offsets() {
        #expect(timezoneOffset("+08:00") == 28_800)
        #expect(timezoneOffset("-03:30") == -12_600)
        #expect(timezoneOffset("Z") == 0)
        for bad in ["8", "+8:00", "+08:60", "+25:00", "Asia/Shanghai", ""] { #expect(timezoneOffset(bad) == nil) }
    }
}
