import Flows
import Testing
import Vocabulary
import Wire

/// What the table keeps of every flow, beside a dictionary that keeps the same in the plain way.
struct FlowBookkeepingTests {
    private struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 11 ^ state << 31
        }
    }

    private struct Plain: Equatable {
        var packets = 0
        var bytes = 0
        var clientPackets = 0
        var clientBytes = 0
        var clientSegments = 0
        var serverSegments = 0
        var longestPause = 0.0
        var last: Int64?
    }

    private func headers(_ client: Int, fromServer: Bool, payload: Int) -> PacketHeaders {
        var headers = PacketHeaders()
        // IPv4 and IPv6 clients in turn; the ports alone tell some of them apart.
        let address =
            client % 3 == 0
            ? IPAddress(high: 0xFD00 << 48, low: UInt64(client / 4)) : IPAddress(ipv4: 0x0A00_0000 + UInt32(client / 4))
        let server =
            client % 3 == 0 ? IPAddress(high: 0xFD00 << 48 | 1, low: 1) : IPAddress(ipv4: 0xCB00_7101)
        headers.source = fromServer ? server : address
        headers.destination = fromServer ? address : server
        headers.sourcePort = fromServer ? 700 : UInt16(40_000 + client % 1_000)
        headers.destinationPort = fromServer ? UInt16(40_000 + client % 1_000) : 700
        headers.transport = .udp
        headers.payload = 0..<payload
        headers.payloadLength = payload
        return headers
    }

    @Test func `a table that grows many times counts what a dictionary counts`() {
        var random = Random(state: 11)
        var table = FlowTable(looksFirst: false)
        var plain: [Int: Plain] = [:]
        var wrong = 0
        let bytes = [UInt8](repeating: 7, count: 64)
        for frame in 1...120_000 {
            let client = Int.random(in: 0..<40_000, using: &random)
            let fromServer = plain[client] != nil && Bool.random(using: &random)
            let payload = Int.random(in: 0...60, using: &random)
            let moment = Int64(frame) * 1_500_000 + Int64.random(in: 0..<2_000_000, using: &random)
            var one = plain[client] ?? Plain()
            one.packets += 1
            one.bytes += payload + 42
            if !fromServer {
                one.clientPackets += 1
                one.clientBytes += payload + 42
            }
            if payload > 0 { if fromServer { one.serverSegments += 1 } else { one.clientSegments += 1 } }
            if let last = one.last {
                one.longestPause = max(one.longestPause, Double((moment - last) / 1_000_000) / 1000)
            }
            one.last = moment
            plain[client] = one
            table.add(
                headers(client, fromServer: fromServer, payload: payload), frame: frame,
                time: Instant(nanoseconds: moment), wireLength: payload + 42, bytes: bytes)
            table.drain { _, _, summary in
                let shape = summary.shape
                let seen = Plain(
                    packets: summary.packets, bytes: summary.bytes, clientPackets: shape.clientPackets,
                    clientBytes: shape.clientBytes, clientSegments: shape.clientSegments,
                    serverSegments: shape.serverSegments, longestPause: shape.longestPause,
                    last: summary.lastSeen?.nanoseconds)
                if seen != one { wrong += 1 }
                return .follow
            }
        }
        #expect(wrong == 0)
        #expect(table.flowCount == plain.count)
    }

    @Test func `packets of the common kind are those that their headers give`() {
        var random = Random(state: 5)
        let seed = FlowTable().seed
        var frames: [Frame] = []
        var bytes: [UInt8] = []
        for number in 1...400 {
            let start = bytes.count
            bytes += frame(number, &random)
            // Every ninth was cut by the capture: the run ends there, and goes on behind it.
            let whole = bytes.count - start
            frames.append(
                Frame(
                    index: number, time: number % 7 == 0 ? nil : Instant(seconds: Int64(number)), linkType: 1,
                    bytes: start..<bytes.count, originalLength: number % 9 == 0 ? whole + 5 : whole))
        }
        var packets = FlowPackets()
        var expected: [String] = []
        var at = 0
        while at < frames.count {
            let end = packets.append(common: frames, from: at, in: bytes, frameBase: 1000, seed: seed)
            for frame in frames[at..<end] {
                var decoder = Decoder()
                guard
                    case .decoded(let headers) = decoder.decode(
                        bytes, frame.bytes, linkType: 1, originalLength: frame.originalLength, time: frame.time)
                else { continue }
                // The common path leaves check sums to be asked for.
                var asked = headers
                asked.checksumGood = nil
                expected.append(
                    text(
                        FlowPacket(
                            asked, frame: 1000 + frame.index, time: frame.time, wireLength: frame.originalLength,
                            seed: seed)))
            }
            #expect(end == frames.count || frames[end].index % 9 == 0)
            at = end + 1
        }
        let found = packets.withPackets { $0.map(text) }
        #expect(found.count == 400 - 400 / 9)
        // The first that differs; all of them would fill pages.
        let wrong = zip(found, expected).first { $0 != $1 }
        #expect(wrong == nil, "\(wrong?.0 ?? "") is not \(wrong?.1 ?? "")")
        #expect(found.count == expected.count)
    }

    private func text(_ packet: FlowPacket) -> String {
        var text = ""
        dump(packet, to: &text)
        return text
    }

    /// Ethernet with up to two tags, IPv4 or IPv6, TCP or UDP.
    private func frame(_ number: Int, _ random: inout Random) -> [UInt8] {
        let isUDP = number % 4 == 0
        let payload = (0..<Int.random(in: 0..<40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
        }
        let ports: [UInt8] = [0x9C, UInt8(number & 0xFF), 0x0D, 0x05]
        var transport: [UInt8]
        if isUDP {
            transport = ports + pair(8 + payload.count) + [0, 0] + payload
        } else {
            let options: [UInt8] = number % 5 == 0 ? [1, 1, 1, 0] : []
            transport = ports + [1, 2, 3, UInt8(number & 0xFF), 9, 8, 7, 6]
            transport += [UInt8((20 + options.count) / 4) << 4, 0x18, 0xFF, 0xFF, 0, 0, 0, 0] + options + payload
        }
        let packet: [UInt8]
        let type: [UInt8]
        if number % 3 == 0 {
            let (from, to) = (UInt8.random(in: 0...9, using: &random), UInt8.random(in: 0...9, using: &random))
            packet =
                [0x60, 0, 0, 0] + pair(transport.count) + [isUDP ? 17 : 6, 60] + [UInt8](repeating: from, count: 16)
                + [UInt8](repeating: to, count: 16) + transport
            type = [0x86, 0xDD]
        } else {
            packet =
                [0x45, 0] + pair(20 + transport.count) + [0, 1, 0x40, 0, 61, isUDP ? 17 : 6, 0, 0, 10, 0, 0]
                + [UInt8.random(in: 1...9, using: &random), 10, 0, 0, UInt8.random(in: 1...9, using: &random)]
                + transport
            type = [0x08, 0x00]
        }
        let tagged: [UInt8] =
            number % 8 == 1 ? [0x81, 0, 0, 5] : number % 8 == 2 ? [0x88, 0xA8, 0, 5, 0x81, 0, 0, 6] : []
        return [UInt8](repeating: 2, count: 12) + tagged + type + packet + (number % 6 == 0 ? [0, 0, 0] : [])
    }

    private func pair(_ value: Int) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }
}
