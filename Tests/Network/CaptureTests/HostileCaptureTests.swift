import Bytes
import Capture
import Foundation
import Support
import Testing
import Vocabulary

struct HostileCaptureTests {
    @Test(arguments: ["pcap", "pcapng", "zst", "fuzz"])
    func `every hostile file comes to an end`(folder: String) throws {
        guard let place = try Places.corpus("adversarial")?.appendingPathComponent(folder) else { return }
        var read = 0
        for name in try FileManager.default.subpathsOfDirectory(atPath: place.path).sorted() {
            let file = place.appendingPathComponent(name)
            let kind = try file.resourceValues(forKeys: [.isRegularFileKey, .fileSizeKey])
            guard kind.isRegularFile == true, (kind.fileSize ?? 0) < 4 << 20 else { continue }
            read += 1
            // A refusal at the door is as good an end as any.
            guard let reader = try? CaptureReader(try ByteSource(path: file.path)) else { continue }
            var frames = 0
            while let frame = reader.next() {
                frames += 1
                #expect(frame.index == frames)
                #expect(frame.bytes.upperBound <= reader.buffer.count, "\(name)")
            }
        }
        #expect(read > 0, "\(folder)")
    }
}
