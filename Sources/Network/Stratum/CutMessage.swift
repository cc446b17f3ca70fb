/// A message of which the capture kept the beginning only: its verb says who speaks; accounts and work stay unknown.
package struct CutMessage: Sendable, Hashable {
    package var id: String?
    package var method: String
    /// Bytes of its packet that were on the wire and not captured.
    package var missing: Int

    package init(id: String?, method: String, missing: Int = 0) {
        self.id = id
        self.method = method
        self.missing = missing
    }

    /// Reads the members that were captured whole; nil when the verb is not among them.
    /// - Parameter bytes: the message from its opening brace to the cut.
    static func read(_ bytes: ArraySlice<UInt8>) -> CutMessage? {
        guard bytes.count <= StratumLimits.usualMessageBytes, let end = lastComma(bytes) else { return nil }
        var text = bytes[..<end]
        text.append(UInt8(ascii: "}"))
        guard let value = try? JSONReader.read(text), let message = StratumMessage(value), let method = message.method
        else { return nil }
        return CutMessage(id: message.id, method: method)
    }

    /// Place of the last comma between the message's own members.
    private static func lastComma(_ bytes: ArraySlice<UInt8>) -> Int? {
        var depth = 0
        var inString = false
        var escaped = false
        var last: Int?
        for (index, byte) in zip(bytes.indices, bytes) {
            if inString {
                if escaped {
                    escaped = false
                } else if byte == UInt8(ascii: "\\") {
                    escaped = true
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): inString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ",") where depth == 1: last = index
            default: break
            }
        }
        return last
    }
}
