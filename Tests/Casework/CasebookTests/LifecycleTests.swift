import Casebook
import Foundation
import Support
import Testing

struct LifecycleTests {
    private func file() throws -> String {
        let path = Places.root.appendingPathComponent("Models/lifecycle/2026-11/lifecycle.json")
        return try String(contentsOf: path, encoding: .utf8)
    }

    private func failure(_ text: String) -> String {
        do throws(Lifecycle.Failure) {
            _ = try Lifecycle.read(Data(text.utf8), name: "L")
            return ""
        } catch {
            return error.description
        }
    }

    @Test func `the committed file has 16 states, 27 transitions and every clock`() throws {
        let lifecycle = CaseScene.rules.lifecycle
        #expect(lifecycle.states.count == 16)
        #expect(lifecycle.transitions.count == 27)
        #expect(lifecycle.lookbackDays == [30, 90, 180])
        #expect(Set(lifecycle.transitions.map(\.id)).count == 27)
        #expect(lifecycle.states.filter { $0.kind == .open }.count == 11)
        #expect(Set(lifecycle.states.map(\.id)) == Set(CaseScene.path.keys))
    }

    @Test func `the figures and the file agree on what is settled`() throws {
        let shut = CaseScene.rules.lifecycle.states.filter { $0.kind != .open }.map(\.id).sorted()
        #expect(shut == ["archived", "closed", "excluded", "exempt", "void"])
    }

    @Test(arguments: [
        (
            "\"to\": \"triaged\", \"by\": [\"analyst\"], \"needs\": [\"human_actor\", \"evidence_viewed\"",
            "\"to\": \"nowhere\", \"by\": [\"analyst\"], \"needs\": [\"human_actor\", \"evidence_viewed\"",
            "transitions[0] (T01): to: no state nowhere"
        ),
        ("\"from\": [\"triaged\"]", "\"from\": [\"tried\"]", "transitions[3] (T04): from: no state tried"),
        ("\"id\": \"T05\"", "\"id\": \"T04\"", "transitions[4]: T04 is there twice"),
        ("\"id\": \"T05\"", "\"id\": \"T00\"", "transitions[4]: T00 is there twice"),
        ("{\"id\": \"void\"", "{\"id\": \"exempt\"", "states[15]: exempt is there twice"),
        ("\"by\": [\"dispatcher\"]", "\"by\": [\"robot\"]", "transitions[3] (T04): by: no role robot"),
        ("\"county_set\"", "\"county_sat\"", ".transitions[3].needs[1]"),
        ("\"clock\": \"dispatch\"", "\"clock\": \"sundial\"", "states[1] (triaged): no clock sundial"),
        (
            "\"from\": [\"confirmed\"], \"to\": \"measures_ordered\"",
            "\"from\": [\"inspecting\"], \"to\": \"measures_ordered\"",
            "can be reached without confirmed"
        ),
        (
            "\"by\": [\"county_officer\"], \"needs\": [\"human_actor\"]}",
            "\"by\": [\"county_officer\"], \"needs\": []}",
            "transitions[4] (T05): no human_actor"
        ),
        ("\"by\": [\"dispatcher\"]", "\"by\": [\"scheduler\"]", "transitions[3] (T04): the scheduler may only"),
        ("\"initial\": \"detected\"", "\"initial\": \"triaged\"", "initial: must be detected"),
        ("\"working_days\": 2", "\"working_days\": -2", "clocks[0] (triage)"),
        ("\"format\": 1,", "\"format\": 2,", "format: 2"), ("\"format\": 1,", "", ".format is missing"),
    ])
    func `a broken file is refused with the place`(_ old: String, _ new: String, _ place: String) throws {
        let text = try file()
        #expect(text.contains(old), "\(old)")
        let broken = text.replacing(old, with: new, maxReplacements: 1)
        let said = failure(broken)
        #expect(said.hasPrefix("L: ") && said.contains(place), "\(said)")
    }

    @Test func `what is no file of this kind does not trap`() throws {
        #expect(failure("") != "")
        #expect(failure("[]") != "")
        #expect(failure(String(repeating: "[", count: 100_000)) != "")
        #expect(failure(String(repeating: " ", count: 2 << 20)).contains("larger"))
        let text = try file()
        for cut in stride(from: 0, to: text.utf8.count, by: 97) {
            #expect(failure(String(decoding: text.utf8.prefix(cut), as: UTF8.self)) != "")
        }
    }
}
