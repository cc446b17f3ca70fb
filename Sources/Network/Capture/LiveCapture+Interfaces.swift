import CPcap

/// An interface that packets can be taken from.
package struct CaptureInterface: Hashable, Sendable {
    package var name: String
    /// What the system calls it; empty where it has no words.
    package var summary: String
    package var up: Bool
    package var running: Bool
    package var loopback: Bool

    package init(name: String, summary: String, up: Bool, running: Bool, loopback: Bool) {
        self.name = name
        self.summary = summary
        self.up = up
        self.running = running
        self.loopback = loopback
    }
}

extension LiveCapture {
    /// Interfaces that this process may open, in libpcap's order: those in use first. Without permission the list can be
    /// empty.
    package static func interfaces() throws(LiveCaptureError) -> [CaptureInterface] {
        var text = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        var first: UnsafeMutablePointer<pcap_if_t>?
        guard pcap_findalldevs(&first, &text) == 0 else {
            let said = text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
            throw LiveCaptureError(
                .failed, detail: "the interfaces cannot be listed: \(said)", remedy: permissionRemedy)
        }
        defer { pcap_freealldevs(first) }
        var list: [CaptureInterface] = []
        var next = first
        while let one = next?.pointee {
            let flags = one.flags
            list.append(
                CaptureInterface(
                    name: one.name.map { String(cString: $0) } ?? "",
                    summary: one.description.map { String(cString: $0) } ?? "",
                    up: flags & UInt32(PCAP_IF_UP) != 0, running: flags & UInt32(PCAP_IF_RUNNING) != 0,
                    loopback: flags & UInt32(PCAP_IF_LOOPBACK) != 0))
            next = one.next
        }
        return list
    }

    static let permissionRemedy = "run as root or give CAP_NET_RAW"

    static func noInterface(_ name: String) -> LiveCaptureError {
        let known = ((try? interfaces()) ?? []).map(\.name)
        return LiveCaptureError(
            .noInterface, detail: "there is no interface `\(name)`",
            remedy: known.isEmpty ? permissionRemedy : "choose one of: \(known.joined(separator: ", "))")
    }

    static func broken(_ name: String, _ said: String) -> LiveCaptureError {
        LiveCaptureError(.failed, detail: "interface \(name): \(said)", remedy: "try again or choose another interface")
    }

    /// Turns a status of pcap_activate into words.
    static func refusal(_ status: Int32, interface name: String, said: String) -> LiveCaptureError {
        switch status {
        case PCAP_ERROR_NO_SUCH_DEVICE: return noInterface(name)
        case PCAP_ERROR_PERM_DENIED, PCAP_ERROR_PROMISC_PERM_DENIED:
            return LiveCaptureError(
                .noPermission, detail: "no permission to capture on \(name)", remedy: permissionRemedy)
        case PCAP_ERROR_IFACE_NOT_UP:
            return LiveCaptureError(
                .interfaceDown, detail: "interface \(name) is down", remedy: "bring it up: ip link set \(name) up")
        default:
            let words = String(cString: pcap_statustostr(status))
            return broken(name, said.isEmpty ? words : "\(words): \(said)")
        }
    }
}
