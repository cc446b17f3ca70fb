import Vocabulary

/// TCP (RFC 9293) and UDP (RFC 768); other protocol numbers are wrappings or no flow.
enum TransportLayer {
    static func start(_ number: UInt8, _ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        switch number {
        case 6: return tcp(bytes, &cursor)
        case 17: return udp(bytes, &cursor)
        default: return Doors.open(ipProtocol: number, bytes, &cursor) ?? .stop(.noFlow)
        }
    }

    private static func tcp(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(20) else { return cursor.short }
        let at = cursor.at
        let header = Int(bytes[at + 12] >> 4) * 4
        guard header >= 20 else { return .stop(.malformed(at + 12)) }
        guard cursor.wireEnd - at >= header else { return .stop(.malformed(at + 12)) }
        cursor.headers.transport = .tcp
        cursor.headers.sourcePort = bytes.u16(at)
        cursor.headers.destinationPort = bytes.u16(at + 2)
        cursor.headers.sequence = bytes.u32(at + 4)
        cursor.headers.acknowledgement = bytes.u32(at + 8)
        cursor.headers.tcpFlags = bytes[at + 13]
        cursor.headers.truncated = cursor.cut
        cursor.headers.tcpHeader = at
        let start = min(at + header, cursor.end)
        cursor.headers.options = min(at + 20, start)..<start
        cursor.headers.payload = start..<cursor.end
        cursor.headers.payloadLength =
            cursor.wireEnd >= Int.max / 4 ? cursor.end - start : max(0, cursor.wireEnd - at - header)
        cursor.headers.layers.push(.tcp)
        return .stop(.decoded(cursor.headers))
    }

    private static func udp(_ bytes: Bytes, _ cursor: inout Cursor) -> Next {
        guard cursor.has(8) else { return cursor.short }
        let at = cursor.at
        let length = Int(bytes.u16(at + 4))
        guard length == 0 || length >= 8 else { return .stop(.malformed(at + 4)) }
        if length >= 8 {
            guard at + length <= cursor.end || cursor.cut else { return .stop(.malformed(at + 4)) }
            cursor.wireEnd = min(cursor.wireEnd, at + length)
            if at + length <= cursor.end {
                cursor.end = at + length
                cursor.cut = false
            }
        }
        let from = bytes.u16(at)
        let to = bytes.u16(at + 2)
        cursor.at += 8
        cursor.headers.transport = .udp
        cursor.headers.sourcePort = from
        cursor.headers.destinationPort = to
        cursor.headers.truncated = cursor.cut
        cursor.headers.payload = cursor.at..<cursor.end
        cursor.headers.payloadLength =
            cursor.wireEnd >= Int.max / 4 ? cursor.end - cursor.at : cursor.wireEnd - cursor.at
        cursor.headers.layers.push(.udp)
        return .udpPayload(from, to)
    }
}
