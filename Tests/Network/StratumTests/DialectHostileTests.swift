import Foundation
import Stratum
import Testing

/// Every value of every vector in turn replaced by what no pool sends: nothing traps, and no number is without a meaning.
struct DialectHostileTests {
    private static let names = [
        "ethereum-stratum-2", "kawpow", "ethash-stratum", "autolykos", "kaspa", "alephium", "ckb", "conflux",
    ]
    private static let hostile: [JSONValue] = [
        .null, .bool(true), .number("-1"), .number("1e999"), .number("0"), .number(String(repeating: "9", count: 399)),
        .number("1e308"), .string(""), .string("0x"), .string("0X1"), .string("nan"), .string("-0"), .string(".."),
        .string(String(repeating: "f", count: 5_000)), .string("\u{301}0x\u{0}"), .array([]), .object([]),
        .string(String(repeating: "0", count: 64)), .string("0x" + String(repeating: "f", count: 64)),
    ]

    @Test(arguments: names)
    func `hostile values are not read as work`(name: String) throws {
        let dialect = try #require(DialectRegistry.all.first { $0.name == name })
        let place = DialectVectorTests.folder.appendingPathComponent(name)
        for one in try FileManager.default.contentsOfDirectory(atPath: place.path) {
            let text = try Data(contentsOf: place.appendingPathComponent(one).appendingPathComponent("input.jsonl"))
            for line in Array(text).split(separator: 0x0A) {
                for changed in Self.changes(try JSONReader.read(line)) {
                    guard let message = StratumMessage(changed), let reading = dialect.read(message) else { continue }
                    for event in reading.events { #expect(Self.isSound(event), "\(event)") }
                }
            }
        }
    }

    /// The value with one value in it replaced, or an array in it one shorter or longer.
    private static func changes(_ value: JSONValue) -> [JSONValue] {
        var all = hostile
        switch value {
        case .array(let items):
            all += [.array(items.dropLast()), .array(items + [.null]), .array(Array(items.reversed()))]
            for index in items.indices {
                for other in changes(items[index]) {
                    var copy = items
                    copy[index] = other
                    all.append(.array(copy))
                }
            }
        case .object(let members):
            for index in members.indices {
                for other in changes(members[index].value) {
                    var copy = members
                    copy[index].value = other
                    all.append(.object(copy))
                }
            }
        default: break
        }
        return all
    }

    private static func isSound(_ event: StratumEvent) -> Bool {
        func isSound(_ value: Double?) -> Bool { value.map { $0 > 0 && $0.isFinite } ?? true }
        return switch event {
        case .difficulty(let value, let hashes): isSound(value) && isSound(hashes)
        case .job(_, let difficulty, let hashes, _, _): isSound(difficulty) && isSound(hashes)
        case .declaredHashrate(let rate): rate >= 0 && rate.isFinite
        default: true
        }
    }
}
