import Exchange
import Foundation
import Support
import Testing

/// The vectors are what `Scripts/validate_exchange.py` holds against the published schemas; here the program must still
/// write just these bytes.
struct VectorTests {
    static let folder = Places.root.appendingPathComponent("Tests/Casework/ExchangeTests/Vectors")
    static let rewrite = ProcessInfo.processInfo.environment["COUNTERMINE_WRITE_VECTORS"] != nil

    static func check(_ name: String, _ bytes: [UInt8]) throws {
        let place = folder.appendingPathComponent(name)
        if rewrite {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(bytes).write(to: place)
        }
        #expect(try Data(contentsOf: place) == Data(bytes), "\(name) differs; look at it, then write the vectors anew")
    }

    @Test func `every format writes its vector, whatever the order of the findings`() throws {
        var names: Set<String> = []
        for format in ExchangeFormats.all {
            let document = format.document(ExchangeSamples.all, ExchangeSamples.context)
            #expect(names.insert(format.name).inserted)
            #expect(document.written == 4)
            #expect(document.left.isEmpty)
            try VectorTests.check("\(format.name).\(format.fileExtension)", document.bytes)
            let turned = format.document(ExchangeSamples.all.reversed(), ExchangeSamples.context)
            #expect(turned.bytes == document.bytes)
            #expect(ExchangeFormats.named(format.name) != nil)
        }
        #expect(names == ["stix", "misp", "ecs", "ocsf", "iodef", "eve"])
    }

    @Test func `every list writes its vector`() throws {
        let list = BlockCandidates(BlockListTests.findings, BlockListTests.policy, ExchangeSamples.context)
        for form in BlockLists.all {
            let text = form.text(list)
            try VectorTests.check("candidates-\(form.name).\(form.fileExtension)", Array(text.utf8))
            #expect(BlockLists.named(form.name) != nil)
        }
    }
}
