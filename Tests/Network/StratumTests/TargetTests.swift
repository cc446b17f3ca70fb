import Stratum
import Testing

struct TargetTests {
    @Test func `expected hashes follow from the target`() throws {
        #expect(try #require(expectedHashes(bigEndianTarget: "0x" + String(repeating: "f", count: 64))) == 1)
        #expect(
            try #require(expectedHashes(bigEndianTarget: "00000000" + String(repeating: "f", count: 56)))
                == 4_294_967_296)
        #expect(try #require(expectedHashes(bigEndianTarget: "00ff")) > 256)
        for text in ["", "0x", "xyz", String(repeating: "0", count: 64), String(repeating: "f", count: 65)] {
            #expect(expectedHashes(bigEndianTarget: text) == nil)
        }
    }

    @Test func `an identity splits at its first separator`() {
        #expect(splitIdentity("account.rig.1") == ("account", "rig.1"))
        #expect(splitIdentity("account/rig") == ("account", "rig"))
        #expect(splitIdentity("account") == ("account", nil))
        #expect(splitIdentity(".rig") == (nil, "rig"))
        #expect(splitIdentity("account.") == ("account", nil))
        #expect(splitIdentity("") == (nil, nil))
        #expect(splitIdentity(nil) == (nil, nil))
    }

    @Test func `hexadecimal has a length`() {
        #expect(isHexadecimal("0xAb", 2...2))
        #expect(!isHexadecimal("abc", 4...8))
        #expect(!isHexadecimal("abcg", 4...4))
    }
}
