/// An output script as the address that people know (the standard forms only).
enum PayoutAddress {
    static func bitcoin(_ script: [UInt8]) -> String? {
        switch script.count {
        // OP_DUP OP_HASH160 <20> … OP_EQUALVERIFY OP_CHECKSIG
        case 25 where script.starts(with: [0x76, 0xA9, 0x14]) && script.suffix(2) == [0x88, 0xAC]:
            return Base58.withCheck([0x00] + script[3..<23])
        // OP_HASH160 <20> … OP_EQUAL
        case 23 where script.starts(with: [0xA9, 0x14]) && script[22] == 0x87:
            return Base58.withCheck([0x05] + script[2..<22])
        case 22 where script.starts(with: [0x00, 0x14]), 34 where script.starts(with: [0x00, 0x20]):
            return Base32Checks.segwit(prefix: "bc", version: 0, program: Array(script[2...]))
        case 34 where script.starts(with: [0x51, 0x20]):
            return Base32Checks.segwit(prefix: "bc", version: 1, program: Array(script[2...]))
        default: return nil
        }
    }
}
