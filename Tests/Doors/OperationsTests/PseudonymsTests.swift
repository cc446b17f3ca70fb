import Foundation
import Operations
import Support
import Testing

struct PseudonymsTests {
    @Test func `one key gives one name, another key another, and no name shows the account`() throws {
        let place = try Places.scratch("pseudonyms")
        defer { try? FileManager.default.removeItem(at: place) }
        func key(_ text: String, _ name: String) throws -> Pseudonyms {
            let file = place.appendingPathComponent(name)
            try Data(text.utf8).write(to: file)
            return try Pseudonyms(keyFile: file.path)
        }
        let first = try key("0123456789abcdef", "a")
        #expect(first.name("account") == (try key("0123456789abcdef\n", "b")).name("account"))
        #expect(first.name("account") != (try key("0123456789abcdeg", "c")).name("account"))
        #expect(first.name("account") != first.name("Account"))
        #expect(first.name("account").utf8.count == 32 && first.name("") != first.name("account"))
        for text in ["", "short", String(repeating: "\n", count: 40), String(repeating: "x", count: 5_000)] {
            #expect(throws: OperationsError.self) { _ = try key(text, "d") }
        }
        #expect(throws: OperationsError.self) { _ = try Pseudonyms(keyFile: "/nonexistent/key") }
    }
}
