import Bytes

/// Finds gzip where a message could begin in one direction of a plain stream, and expands it: after
/// EthereumStratum/2.0.0 agrees on `gzip` (EIP 1571), every later message comes so.
package struct GzipReader {
    package enum Part {
        /// Not compressed.
        case plain(ArraySlice<UInt8>)
        /// Expanded bytes; `begins`: the first ones of a member.
        case inflated([UInt8], begins: Bool)
        /// A member broke off: what follows is not joined to what came before.
        case damaged
    }

    /// Identification, method and a flag byte without the reserved bits (RFC 1952, 2.3.1).
    private static let magic: [UInt8] = [0x1F, 0x8B, 0x08]

    private var held: [UInt8] = []
    /// The byte before the next one; a line end at the beginning, where a message could begin too.
    private var before: UInt8 = 0x0A
    private var inflater: Inflater?
    private var begins = false
    /// A member broke off behind the part that was told last.
    private var isDamaged = false
    private var failures = 0
    private var meter = ExpansionMeter()
    /// A stream that grew beyond the limits was given up.
    package private(set) var isBroken = false
    /// Times that a limit of expansion was reached.
    package private(set) var expansionLimited = 0

    package init() {}

    /// Bytes are missing: a member cannot go on.
    package mutating func gap() {
        held = []
        before = 0x0A
        inflater = nil
        isDamaged = false
    }

    /// The next part, taken off the front of `bytes`; nil when all of them were taken.
    package mutating func next(_ bytes: inout ArraySlice<UInt8>) -> Part? {
        if isDamaged {
            isDamaged = false
            return .damaged
        }
        while !isBroken, !bytes.isEmpty {
            if let inflater {
                if let part = expand(inflater, &bytes) { return part }
                continue
            }
            if !held.isEmpty {
                bytes = (held + bytes)[...]
                held = []
            }
            let plain = bytes.prefix(upTo: find(bytes))
            bytes = bytes.dropFirst(plain.count)
            if let last = plain.last {
                before = last
                return .plain(plain)
            }
            if bytes.count <= Self.magic.count {
                held = Array(bytes)
                bytes = bytes[bytes.endIndex...]
            } else {
                inflater = Inflater(.gzip)
                if inflater == nil { giveUp() }
                begins = true
            }
        }
        return nil
    }

    private mutating func giveUp() {
        inflater = nil
        isBroken = true
        expansionLimited += 1
    }

    /// Where the first member begins, or may begin with the bytes still to come; the end when nowhere.
    private func find(_ bytes: ArraySlice<UInt8>) -> Int {
        guard failures < CarrierLimits.damagedPieces else { return bytes.endIndex }
        var from = bytes.startIndex
        while let at = bytes[from...].firstIndex(of: Self.magic[0]) {
            let head = bytes[at...].prefix(Self.magic.count + 1)
            let fits = head.prefix(Self.magic.count).elementsEqual(Self.magic.prefix(head.count))
            if fits, head.count <= Self.magic.count || bytes[at + Self.magic.count] < 0x20,
                Self.mayFollow(at == bytes.startIndex ? before : bytes[at - 1])
            {
                return at
            }
            from = at + 1
        }
        return bytes.endIndex
    }

    /// A message could begin behind this byte: a line's end, or the message's before.
    private static func mayFollow(_ byte: UInt8) -> Bool {
        byte == 0x0A || byte == 0x0D || byte == 0 || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
    }

    private mutating func expand(_ inflater: Inflater, _ bytes: inout ArraySlice<UInt8>) -> Part? {
        var step = bytes.prefix(CarrierLimits.expansionStep)
        let offered = step.count
        var output: [UInt8] = []
        let outcome = inflater.inflate(&step, into: &output, limit: meter.room(after: offered))
        bytes = bytes.dropFirst(offered - step.count)
        meter.take(offered - step.count)
        meter.give(output.count)
        switch outcome {
        case .more: break
        case .end:
            self.inflater = nil
            before = 0x0A
        case .damaged:
            self.inflater = nil
            failures += 1
            before = 0x20
            // What came out before the damage is told, however the member was cut into segments.
            if output.isEmpty { return .damaged }
            isDamaged = true
        case .limit:
            giveUp()
        }
        guard !output.isEmpty else { return nil }
        defer { begins = false }
        return .inflated(output, begins: begins)
    }
}
