import Bytes
import Glibc
import Vocabulary

/// What the first bytes of a capture file tell, read without going further than needed.
package struct CapturePeek: Hashable {
    /// Time of the first packet that has one.
    package private(set) var first: Instant?
    /// Latest time among the packets looked at.
    package private(set) var latest: Instant?
    /// Link types of the interfaces met, in rising order.
    package private(set) var linkTypes: [UInt32] = []

    /// Most bytes looked at, unpacked: a packet that stands behind more than this is not found.
    static let limit = 1 << 20

    /// Nil when it is no capture, cannot be read, or is no plain file: a pipe would lose what was peeked at.
    package init?(path: String) {
        var about = stat()
        guard stat(path, &about) == 0, about.st_mode & S_IFMT == S_IFREG, let source = try? ByteSource(path: path)
        else { return nil }
        var head: [UInt8] = []
        var ended = false
        while !ended, head.count < CapturePeek.limit {
            // A damaged stream gives what it had; the reader will tell of the damage.
            let count = (try? source.read(into: &head, max: min(ByteLimits.blockBytes, CapturePeek.limit))) ?? 0
            ended = count == 0
            // The whole head is read, even if its first packet has a time: its later packets show whether files overlap.
        }
        self.init(head: head)
    }

    /// - Parameter head: the file's beginning, unpacked.
    package init?(head: [UInt8]) {
        guard head.count >= 4 else { return nil }
        let magic = ByteOrder.big.u32(head, 0)
        if magic == 0x0A0D_0D0A {
            lookAtBlocks(head)
        } else if let layout = PcapLayout(magic: magic), head.count >= 24 {
            lookAtRecords(head, layout)
        } else {
            return nil
        }
        linkTypes.sort()
    }

    private mutating func note(_ time: Instant) {
        if first == nil { first = time }
        latest = max(latest ?? time, time)
    }

    private mutating func lookAtRecords(_ head: [UInt8], _ layout: PcapLayout) {
        let order = layout.order
        linkTypes = [order.u32(head, 20) & 0x0FFF_FFFF]
        var at = 24
        while at + layout.recordHeader <= head.count {
            let length = Int(order.u32(head, at + 8))
            guard length <= CaptureLimits.packetBytes else { return }
            let fraction = Int64(order.u32(head, at + 4))
            note(
                Instant(
                    seconds: Int64(order.u32(head, at)), nanoseconds: layout.nanoseconds ? fraction : fraction * 1000))
            at += layout.recordHeader + length
        }
    }

    private mutating func lookAtBlocks(_ head: [UInt8]) {
        var sections = PcapngSections()
        var at = 0
        while at + 12 <= head.count {
            if ByteOrder.big.u32(head, at) == 0x0A0D_0D0A {
                guard (try? sections.begin(head, at, at)) != nil else { return }
            }
            let type = sections.order.u32(head, at)
            let length = Int(sections.order.u32(head, at + 4))
            guard length >= 12, length % 4 == 0, length <= head.count - at else { return }
            let block = at..<(at + length)
            if type == 1 {
                guard let link = sections.addInterface(head, block) else { return }
                if !linkTypes.contains(link), linkTypes.count < 256 { linkTypes.append(link) }
            } else if let time = sections.packet(type, head, block, index: 0)?.time {
                note(time)
            }
            at += length
        }
    }
}
