import CPcap
import Vocabulary

/// A filter expression compiled by libpcap, run over packets that were read by ourselves.
package final class PacketFilter {
    private let expression: String
    private var programs: [UInt32: UnsafeMutablePointer<bpf_program>] = [:]

    /// Checks the expression once, against Ethernet, so that a slip is told before any file is opened.
    package init(_ expression: String) throws(CaptureError) {
        self.expression = expression
        if let name = FilterWords.name(in: expression) {
            throw CaptureError(
                .badFilter, offset: 0,
                detail:
                    "filter `\(expression)`: `\(name)` is no word of a filter, and names are not looked up; give addresses"
            )
        }
        programs[1] = try PacketFilter.compile(expression, linkType: 1)
    }

    deinit {
        for program in programs.values {
            pcap_freecode(program)
            program.deallocate()
        }
    }

    /// Compiles for a link type on first sight; a link type libpcap cannot filter is an error.
    package func prepare(linkType: UInt32) throws(CaptureError) {
        if programs[linkType] == nil { programs[linkType] = try PacketFilter.compile(expression, linkType: linkType) }
    }

    /// Whether the packet passes. A link type that was not prepared passes nothing.
    package func passes(_ frame: Frame, in buffer: [UInt8]) -> Bool {
        guard let program = programs[frame.linkType] else { return false }
        var header = pcap_pkthdr()
        header.caplen = UInt32(clamping: frame.bytes.count)
        header.len = UInt32(clamping: frame.originalLength)
        return buffer.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return false }
            return pcap_offline_filter(program, &header, start + frame.bytes.lowerBound) != 0
        }
    }

    private static func compile(
        _ expression: String, linkType: UInt32
    ) throws(CaptureError) -> UnsafeMutablePointer<bpf_program> {
        // libpcap counts its own DLT numbers; they differ from LINKTYPE for raw IP only.
        let link = linkType == 101 ? 12 : Int32(clamping: linkType)
        guard let handle = pcap_open_dead(link, Int32(CaptureLimits.packetBytes)) else {
            throw CaptureError(.badFilter, offset: 0, detail: "libpcap has no memory")
        }
        defer { pcap_close(handle) }
        let program = UnsafeMutablePointer<bpf_program>.allocate(capacity: 1)
        program.initialize(to: bpf_program())
        guard pcap_compile(handle, program, expression, 1, bpf_u_int32.max) == 0 else {
            let why = String(cString: pcap_geterr(handle))
            program.deallocate()
            throw CaptureError(.badFilter, offset: 0, detail: "filter `\(expression)`: \(why)")
        }
        return program
    }
}
