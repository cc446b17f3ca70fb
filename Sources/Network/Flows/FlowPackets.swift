import Vocabulary
import Wire

/// Packets of one batch, in order. Its memory is used again and again: nothing is counted or asked for each of them.
package struct FlowPackets: Sendable {
    /// The first `count` are in use.
    private var storage: [FlowPacket] = []
    package private(set) var count = 0
    private var rows: [CommonPath] = []

    package init() {}

    package mutating func removeAll() { count = 0 }

    package mutating func append(_ packet: FlowPacket) {
        if count < storage.count { storage[count] = packet } else { storage.append(packet) }
        count += 1
    }

    /// Reads frames of the common kind from `first` on until one is of another, and answers which that is (or the count).
    /// - Parameters:
    ///   - bytes: the buffer that the frames lie in.
    ///   - frameBase: added to the frames' numbers.
    package mutating func append(
        common frames: [Frame], from first: Int, in bytes: [UInt8], frameBase: Int, seed: FlowSeed
    ) -> Int {
        let most = frames.count - first
        if rows.count < most { rows = [CommonPath](repeating: CommonPath(), count: frames.count) }
        let found = bytes.withUnsafeBytes { bytes in
            frames.withUnsafeBufferPointer { frames in
                rows.withUnsafeMutableBufferPointer {
                    CommonPath.run(bytes, UnsafeBufferPointer(rebasing: frames[first...]), into: $0)
                }
            }
        }
        guard found > 0 else { return first }
        if storage.count < count + found {
            let spare = FlowPacket(rows[0], frames[first], frameBase: frameBase, layers: LayerStack(), seed: seed)
            storage.append(contentsOf: repeatElement(spare, count: count + found - storage.count))
        }
        let stacks = CommonPath.stacks
        storage.withUnsafeMutableBufferPointer { storage in
            for place in 0..<found {
                storage[count + place] = FlowPacket(
                    rows[place], frames[first + place], frameBase: frameBase, layers: stacks[Int(rows[place].stack)],
                    seed: seed)
            }
        }
        count += found
        return first + found
    }

    package func withPackets<Result>(_ body: (UnsafeBufferPointer<FlowPacket>) -> Result) -> Result {
        storage.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[0..<count])) }
    }
}
