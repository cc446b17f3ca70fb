import CPcap
import Glibc
import Vocabulary

/// Packets from a network interface, through libpcap, in batches.
///
/// The owner asks for a batch, works on it, asks again; between two batches it looks at its clock, at its signals and at the
/// packets it wants. No call waits longer than it was told to.
package final class LiveCapture {
    package struct Settings: Hashable, Sendable {
        package var interface: String
        /// Also frames that are not addressed to this machine, as a mirror port delivers them.
        package var promiscuous = true
        /// libpcap's filter language; nil takes everything.
        package var filter: String?
        /// The kernel's ring, in bytes: what arrives while the owner works waits here.
        package var ringBytes = 32 << 20

        package init(interface: String) { self.interface = interface }
    }

    /// What libpcap and the kernel counted since the start; wrapped 32-bit counters are unrolled.
    package struct Drops: Hashable, Sendable {
        /// Packets that passed the filter in the kernel, those dropped afterwards included. The loopback counts each
        /// packet twice: going out, which libpcap hides, and coming in.
        package var received = 0
        /// Lost because the ring was full: this process was too slow.
        package var droppedByKernel = 0
        /// Lost by the interface or its driver, where the system tells.
        package var droppedByInterface = 0

        package init() {}
    }

    /// Named limits of a batch.
    package enum Limits {
        static let batchPackets = 1024
        static let batchBytes = 1 << 20
        /// Milliseconds after which the kernel hands over a block that is not full.
        static let blockTimeout: Int32 = 100
        /// Batches between two looks at the counters: they must be seen before they wrap, at 2^32 packets.
        static let counterBatches = 4096
    }

    private let handle: OpaquePointer
    private let descriptor: Int32
    private var index = 0
    private var batches = 0
    private var seen = pcap_stat()
    private var total = Drops()
    /// Bytes of the last batch; its frames' ranges point in here.
    package private(set) var buffer: [UInt8] = []
    /// Frames of the last batch, valid until the next.
    package private(set) var frames: [Frame] = []
    package let interface: String
    /// LINKTYPE_ number, the same for every frame.
    package let linkType: UInt32
    /// Decimals of a second that the times have: 9 where the system gives nanoseconds, else 6.
    package let timeDigits: Int
    /// What libpcap grumbled about while it opened the interface all the same (no promiscuous mode, for one).
    package let warning: String?

    /// Opens the interface and sets the filter. Root is needed for this only: call `Privileges.drop` afterwards.
    package init(_ settings: Settings) throws(LiveCaptureError) {
        let name = settings.interface
        var text = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard !name.utf8.contains(0), let opened = pcap_create(name, &text) else {
            throw LiveCapture.noInterface(name)
        }
        var armed = false
        defer { if !armed { pcap_close(opened) } }
        pcap_set_snaplen(opened, Int32(CaptureLimits.packetBytes))
        pcap_set_promisc(opened, settings.promiscuous ? 1 : 0)
        pcap_set_timeout(opened, Limits.blockTimeout)
        // A block of packets for each wake-up, not one packet.
        pcap_set_immediate_mode(opened, 0)
        pcap_set_buffer_size(opened, Int32(clamping: max(settings.ringBytes, 1 << 20)))
        // Refused where there are no nanoseconds; microseconds are libpcap's default.
        pcap_set_tstamp_precision(opened, PCAP_TSTAMP_PRECISION_NANO)
        let status = pcap_activate(opened)
        let said = String(cString: pcap_geterr(opened))
        guard status >= 0 else { throw LiveCapture.refusal(status, interface: name, said: said) }
        let grumble = status > 0 ? "\(String(cString: pcap_statustostr(status))): \(said)" : nil
        if let filter = settings.filter { try LiveCapture.set(filter, on: opened) }
        // The kernel wakes nobody for an empty block, so libpcap's own waiting may never end: never let it wait.
        guard pcap_setnonblock(opened, 1, &text) == 0 else {
            throw LiveCapture.broken(name, String(cString: pcap_geterr(opened)))
        }
        let selectable = pcap_get_selectable_fd(opened)
        guard selectable >= 0 else { throw LiveCapture.broken(name, "it cannot be waited for") }
        handle = opened
        descriptor = selectable
        interface = name
        linkType = LiveCapture.linkType(ofDLT: pcap_datalink(opened))
        timeDigits = pcap_get_tstamp_precision(opened) == PCAP_TSTAMP_PRECISION_NANO ? 9 : 6
        warning = grumble
        buffer.reserveCapacity(Limits.batchBytes + CaptureLimits.packetBytes)
        frames.reserveCapacity(Limits.batchPackets)
        armed = true
    }

    deinit { pcap_close(handle) }

    /// Reads what has come, waiting up to `milliseconds` for the first packet, and answers how many frames there are now.
    /// None: the time went by, or a signal came.
    package func nextBatch(waiting milliseconds: Int) throws(LiveCaptureError) -> Int {
        buffer.removeAll(keepingCapacity: true)
        frames.removeAll(keepingCapacity: true)
        batches &+= 1
        if batches % Limits.counterBatches == 0 { _ = try drops() }
        try take()
        guard frames.isEmpty, milliseconds > 0 else { return frames.count }
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        // Whatever poll says, the second look finds the packets or the fault; a signal leaves both absent.
        guard poll(&wait, 1, Int32(clamping: milliseconds)) > 0 else { return 0 }
        try take()
        return frames.count
    }

    /// Copies what lies ready into the buffer, up to the limits of a batch.
    private func take() throws(LiveCaptureError) {
        var header: UnsafeMutablePointer<pcap_pkthdr>?
        var data: UnsafePointer<UInt8>?
        while frames.count < Limits.batchPackets, buffer.count < Limits.batchBytes {
            let status = pcap_next_ex(handle, &header, &data)
            if status == 0 || status == PCAP_ERROR_BREAK { return }
            guard status > 0, let header, let data else {
                let said = String(cString: pcap_geterr(handle))
                throw LiveCaptureError(
                    .interfaceDown, detail: "the capture on \(interface) broke off: \(said)",
                    remedy: "bring the interface up and start again")
            }
            let count = min(Int(header.pointee.caplen), CaptureLimits.packetBytes)
            let start = buffer.count
            buffer.append(contentsOf: UnsafeBufferPointer(start: data, count: count))
            index &+= 1
            let fraction = Int64(header.pointee.ts.tv_usec)
            frames.append(
                Frame(
                    index: index,
                    time: Instant(
                        seconds: Int64(header.pointee.ts.tv_sec),
                        nanoseconds: timeDigits == 9 ? fraction : fraction &* 1000),
                    linkType: linkType, bytes: start..<(start + count), originalLength: Int(header.pointee.len)))
        }
    }

    /// What was lost so far.
    package func drops() throws(LiveCaptureError) -> Drops {
        var now = pcap_stat()
        guard pcap_stats(handle, &now) == 0 else {
            throw LiveCapture.broken(interface, String(cString: pcap_geterr(handle)))
        }
        total.received += Int(now.ps_recv &- seen.ps_recv)
        total.droppedByKernel += Int(now.ps_drop &- seen.ps_drop)
        total.droppedByInterface += Int(now.ps_ifdrop &- seen.ps_ifdrop)
        seen = now
        return total
    }

    private static func set(_ filter: String, on handle: OpaquePointer) throws(LiveCaptureError) {
        var program = bpf_program()
        if let name = FilterWords.name(in: filter) {
            throw LiveCaptureError(
                .badFilter,
                detail:
                    "filter `\(filter)`: `\(name)` is no word of a filter, and names are not looked up; give addresses",
                remedy: "see pcap-filter(7)")
        }
        guard pcap_compile(handle, &program, filter, 1, bpf_u_int32.max) == 0 else {
            throw LiveCaptureError(
                .badFilter, detail: "filter `\(filter)`: \(String(cString: pcap_geterr(handle)))",
                remedy: "write it as for tcpdump: `tcp port 3333`, `net 10.0.0.0/8`")
        }
        defer { pcap_freecode(&program) }
        guard pcap_setfilter(handle, &program) == 0 else {
            throw LiveCaptureError(
                .badFilter, detail: "filter `\(filter)` was refused: \(String(cString: pcap_geterr(handle)))",
                remedy: "try a simpler filter")
        }
    }

    /// libpcap counts its own DLT numbers; they differ from LINKTYPE for raw IP only, among those that are decoded.
    package static func linkType(ofDLT number: Int32) -> UInt32 { number == 12 ? 101 : UInt32(clamping: number) }
}
