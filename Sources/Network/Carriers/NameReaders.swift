/// Names that a host shows before anything is encrypted: DNS questions and the server name of a TLS greeting.
package enum NameReaders {
    /// Longest name of DNS, in text.
    static let nameBytes = 255

    /// The first question's name, lower case; nil when the datagram is no DNS query (RFC 1035, 4.1).
    package static func dnsQuestion(_ bytes: ArraySlice<UInt8>) -> String? {
        var name: [UInt8] = []
        return dnsQuestion(bytes, into: &name) ? String(decoding: name, as: UTF8.self) : nil
    }

    /// The same in bytes, over what `name` held; false without a name.
    package static func dnsQuestion(_ bytes: ArraySlice<UInt8>, into name: inout [UInt8]) -> Bool {
        name.removeAll(keepingCapacity: true)
        let start = bytes.startIndex
        guard bytes.count >= 17, bytes[start + 2] & 0x80 == 0, bytes[start + 2] & 0x78 == 0,
            bytes[start + 4] == 0, bytes[start + 5] == 1
        else { return false }
        var at = start + 12
        while at < bytes.endIndex, bytes[at] != 0 {
            let length = Int(bytes[at])
            guard length < 64, at + 1 + length < bytes.endIndex, name.count + length < nameBytes else { return false }
            if !name.isEmpty { name.append(UInt8(ascii: ".")) }
            for byte in bytes[(at + 1)..<(at + 1 + length)] {
                guard byte > 0x20, byte < 0x7F else { return false }
                name.append(byte | ((0x41...0x5A).contains(byte) ? 0x20 : 0))
            }
            at += 1 + length
        }
        return !name.isEmpty
    }

    /// server_name of a ClientHello (RFC 8446, 4.1.2; RFC 6066, 3); nil when there is none in `bytes`.
    package static func tlsServerName(_ bytes: ArraySlice<UInt8>) -> String? {
        var name: [UInt8] = []
        return tlsServerName(bytes, into: &name) ? String(decoding: name, as: UTF8.self) : nil
    }

    /// The same in bytes, over what `name` held; false without a name.
    package static func tlsServerName(_ bytes: ArraySlice<UInt8>, into found: inout [UInt8]) -> Bool {
        found.removeAll(keepingCapacity: true)
        var reader = ByteWalk(bytes)
        guard reader.u8() == 0x16, reader.u8() == 3, reader.skip(3), reader.u8() == 1, reader.skip(3), reader.skip(34),
            let session = reader.u8(), reader.skip(Int(session)), let suites = reader.u16(), reader.skip(suites),
            let methods = reader.u8(), reader.skip(Int(methods)), reader.u16() != nil
        else { return false }
        while let kind = reader.u16(), let length = reader.u16() {
            if kind == 0 {
                guard reader.skip(2), reader.u8() == 0, let size = reader.u16(), size <= nameBytes,
                    let name = reader.take(size)
                else { return false }
                for byte in name {
                    guard byte > 0x20, byte < 0x7F else { return false }
                    found.append(byte | ((0x41...0x5A).contains(byte) ? 0x20 : 0))
                }
                return true
            }
            guard reader.skip(length) else { return false }
        }
        return false
    }
}

/// Reads forward; nil or false past the end.
struct ByteWalk {
    private let bytes: ArraySlice<UInt8>
    private var at: Int

    /// Bytes read so far.
    var taken: Int { at - bytes.startIndex }

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        at = bytes.startIndex
    }

    mutating func u8() -> UInt8? {
        guard at < bytes.endIndex else { return nil }
        defer { at += 1 }
        return bytes[at]
    }

    mutating func u16() -> Int? {
        guard let high = u8(), let low = u8() else { return nil }
        return Int(high) << 8 | Int(low)
    }

    mutating func skip(_ count: Int) -> Bool {
        guard bytes.endIndex - at >= count else { return false }
        at += count
        return true
    }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        let start = at
        return skip(count) ? bytes[start..<at] : nil
    }

    /// Text up to a zero byte, which is taken too.
    mutating func text() -> String? {
        guard let end = bytes[at...].firstIndex(of: 0) else { return nil }
        defer { at = end + 1 }
        return String(decoding: bytes[at..<end], as: UTF8.self)
    }
}
