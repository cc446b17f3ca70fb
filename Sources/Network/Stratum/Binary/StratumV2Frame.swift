/// One plain frame of Stratum V2: `u16 extension | u8 type | u24 length | payload`, little-endian (`stratum.md` 1.18).
struct StratumV2Frame {
    enum Kind: UInt8 {
        case setupConnection = 0x00
        case setupConnectionSuccess = 0x01
        case setupConnectionError = 0x02
        case channelEndpointChanged = 0x03
        case reconnect = 0x04
        case openStandardChannel = 0x10
        case openStandardChannelSuccess = 0x11
        case openChannelError = 0x12
        case openExtendedChannel = 0x13
        case openExtendedChannelSuccess = 0x14
        case newMiningJob = 0x15
        case updateChannel = 0x16
        case updateChannelError = 0x17
        case closeChannel = 0x18
        case setExtranoncePrefix = 0x19
        case submitSharesStandard = 0x1A
        case submitSharesExtended = 0x1B
        case submitSharesSuccess = 0x1C
        case submitSharesError = 0x1D
        case newExtendedMiningJob = 0x1F
        case setNewPrevHash = 0x20
        case setTarget = 0x21
        case setCustomMiningJob = 0x22
        case setCustomMiningJobSuccess = 0x23
        case setCustomMiningJobError = 0x24
        case setGroupChannel = 0x25

        /// Bytes that the payload may have; text fields and an extension's additions make ranges of some.
        var lengths: ClosedRange<Int> {
            switch self {
            case .setupConnection: 16...1_291
            case .setupConnectionSuccess: 6...6
            case .setupConnectionError: 5...260
            case .channelEndpointChanged: 4...4
            case .reconnect: 3...258
            case .openStandardChannel: 41...296
            case .openStandardChannelSuccess: 45...77
            case .openChannelError: 5...260
            case .openExtendedChannel: 43...298
            case .openExtendedChannelSuccess: 43...79
            case .newMiningJob: 45...50
            case .updateChannel: 40...40
            case .updateChannelError, .closeChannel: 5...260
            case .setExtranoncePrefix: 5...37
            case .submitSharesStandard: 24...300
            case .submitSharesExtended: 25...340
            case .submitSharesSuccess: 20...20
            case .submitSharesError: 9...264
            case .newExtendedMiningJob: 19...StratumV2Frame.mostPayload
            case .setNewPrevHash: 48...48
            case .setTarget: 36...36
            case .setCustomMiningJob, .setCustomMiningJobSuccess, .setCustomMiningJobError, .setGroupChannel:
                4...StratumV2Frame.mostPayload
            }
        }

        /// Who sends it.
        var role: Role {
            switch self {
            case .setupConnection, .openStandardChannel, .openExtendedChannel, .updateChannel, .closeChannel,
                .submitSharesStandard, .submitSharesExtended, .setCustomMiningJob:
                .miner
            default: .pool
            }
        }
    }

    static let headBytes = 6
    /// A coinbase in two parts of up to 64 KiB, and the branch; beyond it nothing is kept.
    static let mostPayload = 160 << 10

    var kind: Kind
    var payload: ArraySlice<UInt8>

    /// What a header says: the kind (nil for another extension's frame), and the payload's length. Nil when it is none.
    static func head(_ bytes: ArraySlice<UInt8>) -> (kind: Kind?, length: Int)? {
        guard bytes.count >= headBytes else { return nil }
        let at = bytes.startIndex
        let number = Int(bytes[at]) | Int(bytes[at + 1] & 0x7F) << 8
        let length = Int(bytes[at + 3]) | Int(bytes[at + 4]) << 8 | Int(bytes[at + 5]) << 16
        guard number == 0 else { return number <= 0xFF && length <= mostPayload ? (nil, length) : nil }
        guard let kind = Kind(rawValue: bytes[at + 2]), kind.lengths.contains(length) else { return nil }
        return (kind, length)
    }
}

/// Reads the fields of a payload in order; once one is missing all that follow are.
struct StratumV2Fields {
    private var rest: ArraySlice<UInt8>
    private(set) var isShort = false

    init(_ payload: ArraySlice<UInt8>) { rest = payload }

    var isEmpty: Bool { rest.isEmpty }

    mutating func bytes(_ count: Int) -> [UInt8] {
        guard !isShort, count >= 0, rest.count >= count else {
            isShort = true
            return []
        }
        let part = rest.prefix(count)
        rest = rest.dropFirst(count)
        return Array(part)
    }

    private mutating func number(_ count: Int) -> UInt64 {
        bytes(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: number(1)) }
    mutating func short() -> UInt16 { UInt16(truncatingIfNeeded: number(2)) }
    mutating func word() -> UInt32 { UInt32(truncatingIfNeeded: number(4)) }
    mutating func long() -> UInt64 { number(8) }

    /// A number in front says how many bytes follow: one byte of it, or two.
    mutating func counted(by size: Int = 1) -> [UInt8] { bytes(Int(truncatingIfNeeded: number(size))) }

    /// Text of up to 255 bytes; nil when empty or no text.
    mutating func text() -> String? {
        let part = counted()
        guard !part.isEmpty, part.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
        return String(decoding: part, as: UTF8.self)
    }

    /// Nil for the absent value.
    mutating func optionalWord() -> UInt32? {
        switch byte() {
        case 0: return nil
        case 1: return word()
        default:
            isShort = true
            return nil
        }
    }

    /// 32 bytes, at times with their count before them in older programs.
    mutating func hash() -> [UInt8] {
        if rest.count == 33, rest.first == 32 { rest = rest.dropFirst() }
        return bytes(32)
    }
}
