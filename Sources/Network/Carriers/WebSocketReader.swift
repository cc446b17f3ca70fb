/// Takes the payload out of one direction of WebSocket frames (RFC 6455, 5.2), masked or not. Compressed messages are not
/// read: they end the reading.
package struct WebSocketReader: Sendable {
    private var head: [UInt8] = []
    private var left: UInt64 = 0
    private var mask: [UInt8] = []
    private var maskAt = 0
    private var isControl = false
    private var isInFrame = false
    /// What was read are no frames, or frames with an extension.
    package private(set) var isBroken = false

    package init() {}

    /// Payload of the next frame or part of one, taken off the front of `bytes`; nil when more bytes are needed.
    package mutating func next(_ bytes: inout ArraySlice<UInt8>) -> [UInt8]? {
        while !isBroken, !bytes.isEmpty {
            if !isInFrame {
                guard let byte = bytes.popFirst() else { return nil }
                head.append(byte)
                begin()
                continue
            }
            let part = bytes.prefix(Int(min(left, UInt64(bytes.count))))
            bytes = bytes.dropFirst(part.count)
            left -= UInt64(part.count)
            var payload = Array(part)
            if !mask.isEmpty {
                for index in payload.indices {
                    payload[index] ^= mask[maskAt]
                    maskAt = (maskAt + 1) & 3
                }
            }
            if left == 0 { isInFrame = false }
            if !isControl { return payload }
        }
        return nil
    }

    /// Reads the frame's head when it is whole.
    private mutating func begin() {
        guard head.count >= 2 else { return }
        let opcode = head[0] & 0x0F
        guard head[0] & 0x70 == 0, opcode <= 2 || (8...10).contains(opcode) else {
            isBroken = true
            return
        }
        let short = head[1] & 0x7F
        let wide = short == 126 ? 2 : short == 127 ? 8 : 0
        let masked = head[1] & 0x80 != 0
        guard head.count == 2 + wide + (masked ? 4 : 0) else { return }
        left = wide == 0 ? UInt64(short) : head[2..<(2 + wide)].reduce(0) { $0 << 8 | UInt64($1) }
        mask = masked ? Array(head.suffix(4)) : []
        maskAt = 0
        isControl = opcode >= 8
        isInFrame = left > 0
        head = []
    }
}
