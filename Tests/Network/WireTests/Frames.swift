import Vocabulary
import Wire

/// Builds frames layer by layer, from the inside out.
enum Frames {
    static func u16(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 255), UInt8(value & 255)] }
    static func u32(_ value: Int) -> [UInt8] { u16(value >> 16) + u16(value) }

    static func tcp(_ payload: [UInt8] = Array("hello".utf8), options: Int = 0) -> [UInt8] {
        u16(1000) + u16(3333) + u32(77) + u32(88) + [UInt8(5 + options) << 4, 24] + u16(512) + u16(0) + u16(0)
            + [UInt8](repeating: 1, count: options * 4) + payload
    }

    static func udp(_ payload: [UInt8], from: Int = 5000, to: Int = 53) -> [UInt8] {
        u16(from) + u16(to) + u16(payload.count + 8) + u16(0) + payload
    }

    static func ipv4(_ payload: [UInt8], number: UInt8 = 6, options: Int = 0, fragment: Int = 0, length: Int? = nil)
        -> [UInt8]
    {
        [UInt8(0x45 + options), 0] + u16(length ?? 20 + options * 4 + payload.count) + u16(0x1234) + u16(fragment)
            + [64, number, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2] + [UInt8](repeating: 1, count: options * 4) + payload
    }

    /// An IPv4 packet with its header's check sum.
    static func summed(_ packet: [UInt8]) -> [UInt8] {
        var sum = 0
        for at in stride(from: 0, to: Int(packet[0] & 15) * 4, by: 2) {
            sum += Int(packet[at]) << 8 + Int(packet[at + 1])
        }
        while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
        var packet = packet
        packet.replaceSubrange(10..<12, with: u16(0xFFFF - sum))
        return packet
    }

    static func ipv6(_ payload: [UInt8], number: UInt8 = 6) -> [UInt8] {
        [0x60, 0, 0, 0] + u16(payload.count) + [number, 64] + [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11)
            + [1]
            + [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [2] + payload
    }

    static func ethernet(_ payload: [UInt8], type: Int = 0x0800) -> [UInt8] {
        [UInt8](repeating: 2, count: 12) + u16(type) + payload
    }

    static func tag(_ payload: [UInt8], type: Int = 0x0800) -> [UInt8] { u16(100) + u16(type) + payload }

    static func decode(_ frame: [UInt8], link: UInt32 = 1, original: Int? = nil) -> DecodeResult {
        var decoder = Decoder()
        return decoder.decode(
            frame, 0..<frame.count, linkType: link, originalLength: original ?? frame.count, time: nil)
    }

    /// Headers and payload text; nil when the frame gave no flow.
    static func open(_ frame: [UInt8], link: UInt32 = 1) -> (headers: PacketHeaders, text: String)? {
        guard case .decoded(let headers) = decode(frame, link: link) else { return nil }
        return (headers, String(decoding: frame[headers.payload], as: UTF8.self))
    }
}

extension DecodeResult {
    /// Name of the case, for comparisons.
    var word: String {
        switch self {
        case .decoded: "decoded"
        case .noFlow: "noFlow"
        case .fragment: "fragment"
        case .malformed: "malformed"
        case .truncated: "truncated"
        case .unsupported: "unsupported"
        case .overLimit: "overLimit"
        }
    }
}
