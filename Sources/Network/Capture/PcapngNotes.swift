import Vocabulary

/// What a pcapng file says besides packets, kept within bounds as evidence: names of addresses and the capturer's own count
/// of losses. Secrets for decryption are never kept, nor looked into.
package struct PcapngNotes: Sendable {
    /// Named limits: a file of names must not fill the memory.
    package enum Limits {
        package static let names = 4096
        /// Bytes of one name: the longest DNS name.
        package static let nameBytes = 255
        /// Interfaces of one section whose counters are kept.
        package static let interfaces = 4096
    }

    /// A name that the capturing machine had for an address when it wrote the file: its word, not a fact.
    package struct Name: Hashable, Sendable {
        package var address: IPAddress
        package var name: String
    }

    /// Counters of the interface statistics blocks, over all interfaces and sections.
    package struct Statistics: Hashable, Sendable {
        /// Interfaces that told anything.
        package var interfaces = 0
        package var received: UInt64 = 0
        package var droppedByInterface: UInt64 = 0
        package var droppedBySystem: UInt64 = 0

        package init() {}

        fileprivate mutating func add(_ other: Statistics) {
            interfaces &+= other.interfaces
            received = received.saturatingSum(other.received)
            droppedByInterface = droppedByInterface.saturatingSum(other.droppedByInterface)
            droppedBySystem = droppedBySystem.saturatingSum(other.droppedBySystem)
        }
    }

    /// In the order of the file, each pair once.
    package private(set) var names: [Name] = []
    /// Names left out because there were too many.
    package private(set) var namesOverLimit = 0
    /// Names left out because they were too long or empty, and name records that run past their block.
    package private(set) var badNames = 0
    /// Statistics blocks left out: too short, or of too many interfaces.
    package private(set) var badStatistics = 0
    /// Decryption secrets blocks, passed over.
    package private(set) var secretsBlocks = 0
    /// Blocks of kinds that mean nothing here, passed over.
    package private(set) var unknownBlocks = 0
    private var known: Set<Name> = []
    private var earlier = Statistics()
    private var current: [UInt32: Statistics] = [:]

    package init() {}

    package var statistics: Statistics {
        var sum = earlier
        for one in current.values { sum.add(one) }
        return sum
    }

    /// A section begins: its interfaces number from 0 again.
    package mutating func beginSection() {
        earlier = statistics
        current.removeAll(keepingCapacity: true)
    }

    /// Takes note of one block that is no packet; `block` lies in `bytes`, its header and trailing length included, and has
    /// been checked for both.
    package mutating func take(_ type: UInt32, _ bytes: [UInt8], _ block: Range<Int>, bigEndian: Bool) {
        guard block.count >= 12, block.lowerBound >= 0, block.upperBound <= bytes.count else { return }
        let body = (block.lowerBound + 8)..<(block.upperBound - 4)
        switch type {
        // Section header, interface and packets: the reader's own.
        case 0x0A0D_0D0A, 1, 2, 3, 6: return
        case 4: takeNames(bytes, body, bigEndian)
        case 5: takeStatistics(bytes, body, bigEndian)
        case 10: secretsBlocks &+= 1
        default: unknownBlocks &+= 1
        }
    }

    /// Name resolution block: records of an address and the names it has, each ended by a zero byte.
    private mutating func takeNames(_ bytes: [UInt8], _ body: Range<Int>, _ big: Bool) {
        var at = body.lowerBound
        while at + 4 <= body.upperBound {
            let kind = number(bytes, at, 2, big)
            let length = Int(number(bytes, at + 2, 2, big))
            guard kind != 0 else { return }
            let value = at + 4
            guard length <= body.upperBound - value else {
                badNames &+= 1
                return
            }
            let end = value + length
            // Kinds 3 and 4 are names of hardware addresses; no finding asks for them.
            if kind == 1, length > 4 {
                let address = IPAddress(ipv4: UInt32(truncatingIfNeeded: number(bytes, value, 4, true)))
                takeNames(of: address, bytes[(value + 4)..<end])
            } else if kind == 2, length > 16 {
                let address = IPAddress(
                    high: number(bytes, value, 8, true), low: number(bytes, value + 8, 8, true))
                takeNames(of: address, bytes[(value + 16)..<end])
            } else if kind == 1 || kind == 2 {
                badNames &+= 1
            }
            at = value + (length + 3) / 4 * 4
        }
    }

    private mutating func takeNames(of address: IPAddress, _ text: ArraySlice<UInt8>) {
        var start = text.startIndex
        while start < text.endIndex {
            let end = text[start...].firstIndex(of: 0) ?? text.endIndex
            defer { start = end + 1 }
            guard (1...Limits.nameBytes).contains(end - start) else {
                badNames &+= 1
                continue
            }
            // Cleaning can lengthen it: a control character becomes three bytes.
            let name = Name(
                address: address, name: CleanText.string(text[start..<end], limit: Limits.nameBytes))
            guard !known.contains(name) else { continue }
            guard names.count < Limits.names else {
                namesOverLimit &+= 1
                continue
            }
            known.insert(name)
            names.append(name)
        }
    }

    /// Interface statistics block: counters since the capture's start, so that a later block replaces an earlier one.
    private mutating func takeStatistics(_ bytes: [UInt8], _ body: Range<Int>, _ big: Bool) {
        guard body.count >= 12 else {
            badStatistics &+= 1
            return
        }
        let interface = UInt32(truncatingIfNeeded: number(bytes, body.lowerBound, 4, big))
        guard current[interface] != nil || current.count < Limits.interfaces else {
            badStatistics &+= 1
            return
        }
        var one = Statistics()
        one.interfaces = 1
        var at = body.lowerBound + 12
        while at + 4 <= body.upperBound {
            let code = number(bytes, at, 2, big)
            let length = Int(number(bytes, at + 2, 2, big))
            guard code != 0, length <= body.upperBound - at - 4 else { break }
            if length == 8 {
                let value = number(bytes, at + 4, 8, big)
                switch code {
                case 4: one.received = value
                case 5: one.droppedByInterface = value
                case 7: one.droppedBySystem = value
                default: break
                }
            }
            at += 4 + (length + 3) / 4 * 4
        }
        current[interface] = one
    }

    /// `width` bytes as a number. The caller has checked that they are there.
    private func number(_ bytes: [UInt8], _ at: Int, _ width: Int, _ big: Bool) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<width { value = value << 8 | UInt64(bytes[big ? at + index : at + width - 1 - index]) }
        return value
    }
}

extension UInt64 {
    fileprivate func saturatingSum(_ other: UInt64) -> UInt64 {
        let (sum, over) = addingReportingOverflow(other)
        return over ? .max : sum
    }
}
