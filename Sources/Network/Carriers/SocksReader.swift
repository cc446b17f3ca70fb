/// The opening words of SOCKS 5 (RFC 1928, 1929) and SOCKS 4/4a, of either side.
package enum SocksReader {
    package enum Step: Equatable, Sendable {
        case more
        case notSocks
        /// The inner stream begins `length` bytes on. Target: `host:port`, when this side named one.
        case done(length: Int, target: String?)
    }

    package static func read(_ bytes: ArraySlice<UInt8>) -> Step {
        // What is sent in the same breath belongs to the inner stream, however long it is.
        let head = bytes.prefix(CarrierLimits.socksHead)
        var waits = false
        for attempt in [client5, server5, client4, server4] {
            var walk = ByteWalk(head)
            switch attempt(&walk) {
            case .done(_, let target): return .done(length: walk.taken, target: target)
            case .more: waits = true
            case .notSocks: break
            }
        }
        return waits && head.count < CarrierLimits.socksHead ? .more : .notSocks
    }

    private static func client5(_ walk: inout ByteWalk) -> Step {
        guard let version = walk.u8(), version == 5 else { return .notSocks }
        guard let methods = walk.u8() else { return .more }
        guard (1...8).contains(methods) else { return .notSocks }
        guard walk.skip(Int(methods)), var next = walk.u8() else { return .more }
        if next == 1 {
            guard let user = walk.u8(), walk.skip(Int(user)), let password = walk.u8(), walk.skip(Int(password)),
                let after = walk.u8()
            else { return .more }
            next = after
        }
        guard next == 5 else { return .notSocks }
        guard let command = walk.u8() else { return .more }
        guard command == 1 else { return .notSocks }
        return address(&walk)
    }

    private static func server5(_ walk: inout ByteWalk) -> Step {
        guard let version = walk.u8(), version == 5 else { return .notSocks }
        guard let method = walk.u8() else { return .more }
        guard method == 0 || method == 2 else { return .notSocks }
        if method == 2 {
            guard let one = walk.u8(), let status = walk.u8() else { return .more }
            guard one == 1, status == 0 else { return .notSocks }
        }
        guard let again = walk.u8() else { return .more }
        guard again == 5 else { return .notSocks }
        guard let reply = walk.u8() else { return .more }
        guard reply == 0 else { return .notSocks }
        let step = address(&walk)
        // The proxy's own address is no target.
        if case .done(let length, _) = step { return .done(length: length, target: nil) }
        return step
    }

    /// Reserved byte, kind, address and port.
    private static func address(_ walk: inout ByteWalk) -> Step {
        guard let reserved = walk.u8() else { return .more }
        guard reserved == 0 else { return .notSocks }
        guard let kind = walk.u8() else { return .more }
        let host: String
        switch kind {
        case 1, 4:
            guard let raw = walk.take(kind == 1 ? 4 : 16) else { return .more }
            host = kind == 1 ? raw.map { String($0) }.joined(separator: ".") : groups(raw)
        case 3:
            guard let length = walk.u8(), let raw = walk.take(Int(length)) else { return .more }
            guard length > 0, raw.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return .notSocks }
            host = String(decoding: raw, as: UTF8.self).lowercased()
        default: return .notSocks
        }
        guard let port = walk.u16() else { return .more }
        return .done(length: walk.taken, target: "\(host):\(port)")
    }

    private static func groups(_ raw: ArraySlice<UInt8>) -> String {
        let bytes = Array(raw)
        let words = stride(from: 0, to: bytes.count - 1, by: 2).map { index in
            String(UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1]), radix: 16)
        }
        return "[" + words.joined(separator: ":") + "]"
    }

    private static func client4(_ walk: inout ByteWalk) -> Step {
        guard walk.u8() == 4 else { return .notSocks }
        guard let command = walk.u8() else { return .more }
        guard command == 1 else { return .notSocks }
        guard let port = walk.u16(), let raw = walk.take(4), walk.text() != nil else { return .more }
        var host = raw.map { String($0) }.joined(separator: ".")
        // 4a: an address 0.0.0.x says that the name follows.
        if raw.dropLast().allSatisfy({ $0 == 0 }), raw.last != 0 {
            guard let name = walk.text() else { return .more }
            host = name.lowercased()
        }
        return .done(length: walk.taken, target: "\(host):\(port)")
    }

    private static func server4(_ walk: inout ByteWalk) -> Step {
        guard walk.u8() == 0 else { return .notSocks }
        guard let status = walk.u8() else { return .more }
        guard status == 0x5A else { return .notSocks }
        return walk.skip(6) ? .done(length: walk.taken, target: nil) : .more
    }
}
