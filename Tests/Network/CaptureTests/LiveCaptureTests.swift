import Capture
import Foundation
import Glibc
import Testing
import Vocabulary

@Suite(.serialized)
struct LiveCaptureTests {
    /// Opens the loopback; nil, with a line on standard output, where that is not permitted.
    private func loopback(filter: String? = nil) -> LiveCapture? {
        var settings = LiveCapture.Settings(interface: "lo")
        settings.filter = filter
        settings.ringBytes = 4 << 20
        do {
            return try LiveCapture(settings)
        } catch {
            #expect([.noPermission, .noInterface, .interfaceDown].contains(error.kind), "\(error)")
            print("live capture not tested: \(error)")
            #expect(!error.remedy.isEmpty)
            return nil
        }
    }

    /// A socket on the loopback with a port of its own.
    private func bound(_ kind: Int32) throws -> (socket: Int32, address: sockaddr_in) {
        let descriptor = socket(AF_INET, kind, 0)
        try #require(descriptor >= 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let done = withUnsafeMutablePointer(to: &address) { place in
            place.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        try #require(done)
        return (descriptor, address)
    }

    private func toward<Result>(
        _ address: sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// Frames whose bytes hold `mark`, for at most some seconds.
    private func frames(with mark: String, in live: LiveCapture) throws -> [Frame] {
        let end = ContinuousClock.now + .seconds(5)
        var found: [Frame] = []
        while found.isEmpty, ContinuousClock.now < end {
            _ = try live.nextBatch(waiting: 200)
            for frame in live.frames {
                #expect(frame.bytes.upperBound <= live.buffer.count)
                if Array(live.buffer[frame.bytes]).firstRange(of: Array(mark.utf8)) != nil { found.append(frame) }
            }
        }
        return found
    }

    @Test func `a datagram to oneself is seen`() throws {
        let receiver = try bound(Int32(SOCK_DGRAM.rawValue))
        defer { close(receiver.socket) }
        let port = UInt16(bigEndian: receiver.address.sin_port)
        guard let live = loopback(filter: "udp dst port \(port)") else { return }
        let mark = "countermine datagram \(port)"
        let count = toward(receiver.address) { sendto(receiver.socket, mark, mark.utf8.count, 0, $0, $1) }
        #expect(count == mark.utf8.count)
        let found = try frames(with: mark, in: live)
        let frame = try #require(found.first)
        #expect(frame.linkType == 1)
        #expect(frame.linkType == live.linkType)
        #expect(frame.originalLength == 14 + 20 + 8 + mark.utf8.count)
        #expect(frame.bytes.count == frame.originalLength)
        let now = Instant(seconds: Int64(time(nil)))
        #expect(abs(frame.time?.timeInterval(since: now) ?? 1e9) < 60)
        let drops = try live.drops()
        #expect(drops.received >= 1)
        #expect(drops.droppedByKernel == 0)
        #expect(try live.drops().received == drops.received)
    }

    @Test func `a connection to oneself is seen`() throws {
        let listener = try bound(Int32(SOCK_STREAM.rawValue))
        defer { close(listener.socket) }
        try #require(listen(listener.socket, 1) == 0)
        let port = UInt16(bigEndian: listener.address.sin_port)
        guard let live = loopback(filter: "tcp port \(port)") else { return }
        let caller = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(caller) }
        try #require(toward(listener.address) { connect(caller, $0, $1) } == 0)
        let mark = "countermine stream \(port)\n"
        #expect(send(caller, mark, mark.utf8.count, 0) == mark.utf8.count)
        let found = try frames(with: mark, in: live)
        let frame = try #require(found.first)
        // The handshake came before it.
        #expect(frame.index >= 4)
        #expect([6, 9].contains(live.timeDigits))
    }

    @Test func `a quiet interface gives an empty batch in time`() throws {
        guard let live = loopback(filter: "ether proto 0x88b5") else { return }
        let start = ContinuousClock.now
        #expect(try live.nextBatch(waiting: 50) == 0)
        #expect(try live.nextBatch(waiting: 0) == 0)
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(live.frames.isEmpty)
    }

    @Test func `more packets than a batch holds come in several`() throws {
        let receiver = try bound(Int32(SOCK_DGRAM.rawValue))
        defer { close(receiver.socket) }
        let port = UInt16(bigEndian: receiver.address.sin_port)
        guard let live = loopback(filter: "udp dst port \(port)") else { return }
        let sent = 3000
        for _ in 0..<sent { toward(receiver.address) { _ = sendto(receiver.socket, "x", 1, 0, $0, $1) } }
        var seen = 0
        let end = ContinuousClock.now + .seconds(5)
        while seen < sent, ContinuousClock.now < end {
            let count = try live.nextBatch(waiting: 200)
            #expect(count <= 1024)
            seen += count
            #expect(live.frames.last.map { $0.index == seen } ?? true)
        }
        let drops = try live.drops()
        #expect(seen + drops.droppedByKernel >= sent)
    }

    @Test func `a wrong filter is told before anything is captured`() throws {
        var settings = LiveCapture.Settings(interface: "lo")
        settings.filter = "tcp porrt 1"
        do {
            _ = try LiveCapture(settings)
            Issue.record("it was taken")
        } catch {
            #expect(error.kind == .badFilter || error.kind == .noPermission)
            #expect(error.kind != .badFilter || error.detail.contains("tcp porrt 1"))
        }
    }

    @Test(arguments: ["no-such-if0", "", "a\0b", String(repeating: "x", count: 5000)])
    func `an interface that is not there is named`(name: String) {
        let error = #expect(throws: LiveCaptureError.self) {
            try LiveCapture(LiveCapture.Settings(interface: name))
        }
        #expect(error?.kind == .noInterface || error?.kind == .noPermission || error?.kind == .failed)
        #expect(error?.remedy.isEmpty == false)
    }

    @Test func `the interfaces are listed`() throws {
        let list = try LiveCapture.interfaces()
        if list.isEmpty { print("no interface may be opened here") }
        #expect(list.allSatisfy { !$0.name.isEmpty })
        if let loopback = list.first(where: { $0.name == "lo" }) { #expect(loopback.loopback) }
    }

    @Test func `raw IP has another number in files than in libpcap`() {
        #expect(LiveCapture.linkType(ofDLT: 12) == 101)
        #expect(LiveCapture.linkType(ofDLT: 1) == 1)
        #expect(LiveCapture.linkType(ofDLT: 276) == 276)
    }
}
