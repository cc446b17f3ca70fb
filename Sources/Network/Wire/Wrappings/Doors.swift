/// Reads one wrapping's header and says what lies behind it.
typealias Peel = @Sendable (Bytes, inout Cursor) -> Next
/// The same for a wrapping that only a port suggests: nil when the payload is the flow's own.
typealias Guess = @Sendable (Bytes, inout Cursor) -> Next?

/// Where a wrapping registers itself with its parent.
enum Door: Sendable {
    /// LINKTYPE number (tcpdump.org/linktypes.html).
    case linkType(UInt32, Peel)
    case etherType(UInt16, Peel)
    /// IP protocol number.
    case ipProtocol(UInt8, Peel)
    /// UDP destination port.
    case port(UInt16, Guess)
    /// UDP port of either side: answers come from it.
    case eitherPort(UInt16, Guess)
}

/// The tables of all wrappings, filled once. A new wrapping is one file of this folder and one word in `all`.
final class Doors: Sendable {
    private static let all: [[Door]] = [
        VLANTag.doors, ProviderBackbone.doors, MPLS.doors, PPPoE.doors, PPP.doors, CiscoHDLC.doors, GRE.doors,
        IPInIP.doors, EtherIP.doors, AuthenticationHeader.doors, VXLAN.doors, Geneve.doors, GTPU.doors, Teredo.doors,
        L2TP.doors, GUE.doors, NSH.doors, PPI.doors, Prism.doors, NFLOG.doors,
    ]
    private static let shared = Doors(all)

    private let links: DoorTable<Peel>
    private let etherTypes: DoorTable<Peel>
    private let protocols: DoorTable<Peel>
    private let ports: DoorTable<Guess>
    private let sourcePorts: DoorTable<Guess>

    private init(_ all: [[Door]]) {
        var links = DoorTable<Peel>()
        var etherTypes = DoorTable<Peel>()
        var protocols = DoorTable<Peel>()
        var ports = DoorTable<Guess>()
        var sourcePorts = DoorTable<Guess>()
        for door in all.joined() {
            switch door {
            case .linkType(let type, let peel): links.add(type, peel)
            case .etherType(let type, let peel): etherTypes.add(UInt32(type), peel)
            case .ipProtocol(let number, let peel): protocols.add(UInt32(number), peel)
            case .port(let port, let guess): ports.add(UInt32(port), guess)
            case .eitherPort(let port, let guess):
                ports.add(UInt32(port), guess)
                sourcePorts.add(UInt32(port), guess)
            }
        }
        self.links = links
        self.etherTypes = etherTypes
        self.protocols = protocols
        self.ports = ports
        self.sourcePorts = sourcePorts
    }

    static func open(linkType: UInt32, _ bytes: Bytes, _ cursor: inout Cursor) -> Next? {
        shared.links.find(linkType)?(bytes, &cursor)
    }

    static func open(etherType: UInt16, _ bytes: Bytes, _ cursor: inout Cursor) -> Next? {
        shared.etherTypes.find(UInt32(etherType))?(bytes, &cursor)
    }

    static func open(ipProtocol: UInt8, _ bytes: Bytes, _ cursor: inout Cursor) -> Next? {
        shared.protocols.find(UInt32(ipProtocol))?(bytes, &cursor)
    }

    /// The destination's port decides first; a payload that does not look like its tunnel may still be the source's.
    static func open(fromPort: UInt16, toPort: UInt16, _ bytes: Bytes, _ cursor: inout Cursor) -> Next? {
        let doors = shared
        if let guess = doors.ports.find(UInt32(toPort)), let next = guess(bytes, &cursor) { return next }
        if let guess = doors.sourcePorts.find(UInt32(fromPort)) { return guess(bytes, &cursor) }
        return nil
    }

    /// Whether a datagram between these ports may carry another packet.
    static func mayCarry(fromPort: UInt16, toPort: UInt16) -> Bool {
        shared.ports.find(UInt32(toPort)) != nil || shared.sourcePorts.find(UInt32(fromPort)) != nil
    }

    /// An ether type that a wrapping without a type field of its own may be expected to carry.
    static func isKnown(etherType: UInt16) -> Bool {
        etherType == 0x0800 || etherType == 0x86DD || shared.etherTypes.find(UInt32(etherType)) != nil
    }
}

/// Numbers to readers: open addressing in 256 places, so that a packet without a wrapping costs one or two loads.
struct DoorTable<Reader: Sendable>: Sendable {
    /// In the table itself: a search touches no reference count.
    private typealias Places<Element> = InlineArray<256, Element>
    private static var places: Int { 256 }
    private static var empty: UInt32 { .max }
    private var keys = Places<UInt32>(repeating: empty)
    private var slots = Places<UInt8>(repeating: 0)
    private var readers: [Reader] = []

    /// The first to register a number keeps it; half of the places always stay empty, so that a search ends.
    mutating func add(_ key: UInt32, _ reader: Reader) {
        guard key != Self.empty, find(key) == nil, readers.count < Self.places / 2 else {
            assertionFailure("a number is registered twice, or the table is full")
            return
        }
        var place = Self.home(key)
        while keys[place] != Self.empty { place = (place + 1) & (Self.places - 1) }
        keys[place] = key
        slots[place] = UInt8(readers.count)
        readers.append(reader)
    }

    func find(_ key: UInt32) -> Reader? {
        var place = Self.home(key)
        while keys[place] != Self.empty {
            if keys[place] == key { return readers[Int(slots[place])] }
            place = (place + 1) & (Self.places - 1)
        }
        return nil
    }

    private static func home(_ key: UInt32) -> Int { Int((key ^ key >> 8) & UInt32(places - 1)) }
}
