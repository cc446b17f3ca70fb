import Foundation
import Sessions
import Support
import Testing
import Vocabulary

struct AccountFormTests {
    /// Addresses that their projects publish as examples or for donations.
    @Test(
        arguments: [
            ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "stratum-v1", nil),
            ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "stratum-v1", "BTC"),
            ("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "stratum-v1", "BTC"),
            ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "stratum-v1", "BTC"),
            ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "eth-proxy", nil),
            ("bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", "stratum-v1", "BCH"),
            (
                "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A",
                "cryptonote", "XMR"
            ),
            ("kaspa:precqv0krj3r6uyyfa36ga7s0u9jct0v4wg8ctsfde2gkrsgwgw8jgxfzfc98", "kaspa", "KAS"),
            ("precqv0krj3r6uyyfa36ga7s0u9jct0v4wg8ctsfde2gkrsgwgw8jgxfzfc98", "kaspa", "KAS"),
            ("9fRAWhdxEsTcdb8PhGNrZfwqa65zfkuYHAMmkQLcic1gdLSV5vA", "autolykos", "ERG"),
            ("cfx:aarc9abycue0hhzgyrr53m6cxedgccrmmyybjgh4xg", "conflux", "CFX"),
        ] as [(String, String, String?)])
    func `a published address holds, and fails with one letter changed`(text: String, dialect: String, coin: String?)
        throws
    {
        let form = try #require(AccountForm.read(text, dialect: dialect))
        #expect(form.coin == coin && form.check == .holds)
        var letters = Array(text)
        let place = letters.count - 5
        letters[place] =
            letters[place] == "a" ? "c" : letters[place] == "A" ? "C" : letters[place].isUppercase ? "A" : "a"
        if text.hasPrefix("0x") {
            letters = Array(text)
            letters[4] = Character(letters[4].isUppercase ? letters[4].lowercased() : letters[4].uppercased())
        }
        let changed = AccountForm.read(String(letters), dialect: dialect)
        #expect(changed == nil || changed?.check == .fails, "\(String(letters))")
    }

    @Test(arguments: ["account", "", "x", "solo:rig", "1", "bc1", "0x12", "😀", String(repeating: "1", count: 10_000)])
    func `a pool's account name has no form`(text: String) {
        #expect(AccountForm.read(text, dialect: "stratum-v1") == nil)
    }

    @Test func `an address of one coin does not make another's work that coin's`() {
        #expect(AccountForm.isMined("BTC", dialect: "stratum-v1", algorithm: nil))
        #expect(!AccountForm.isMined("BTC", dialect: "stratum-v1", algorithm: "scrypt"))
        #expect(!AccountForm.isMined("BTC", dialect: "kawpow", algorithm: nil))
    }

    @Test func `Monero's algorithm is that of its time`() throws {
        let before = try #require(Instant(rfc3339: "2019-11-29T23:59:59Z"))
        let after = try #require(Instant(rfc3339: "2019-12-01T00:00:00Z"))
        #expect(AccountForm.algorithm(of: "XMR", at: before) == "cryptonight")
        #expect(AccountForm.algorithm(of: "XMR", at: after) == "randomx")
        #expect(AccountForm.algorithm(of: "XMR") == "randomx" && AccountForm.algorithm(of: nil) == nil)
    }

    @Test func `letters of one case say nothing, and no text makes trouble`() {
        let form = AccountForm.read("0x" + String(repeating: "ab", count: 20), dialect: "eth-proxy")
        #expect(form != nil && form?.check == nil)
        for length in 0..<140 {
            for letter in ["1", "4", "9", "z", "q", ":"] {
                _ = AccountForm.read(String(repeating: letter, count: length), dialect: "cryptonote")
                _ = AccountForm.read("kaspa:" + String(repeating: letter, count: length), dialect: "kaspa")
            }
        }
    }

    @Test func `a donation log-in is the hash of the log-in`() {
        // Keccak-256 of `abc`.
        #expect(
            DonationLogin.pseudonym(of: "abc") == "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45")
        #expect(DonationLogin.isOne(DonationLogin.pseudonym(of: "abc"), dialect: "cryptonote"))
        #expect(!DonationLogin.isOne("abc", dialect: "cryptonote"))
    }
}

struct NameWordsTests {
    @Test func `words of a pool and a coin make a name pool-like, parts of words do not`() throws {
        let models = try SessionModels.load(from: Places.root.appendingPathComponent("Models").path, version: "2026-11")
        func isLike(_ name: String) -> Bool { models.looksLikePool(Array(name.utf8)) }
        for name in [
            "xmr-eu1.pool.example", "stratum.kaspa.example", "sha256.stratum2.example", "eth-mine.example.org",
            "pool.btc.example", "rvn.pool-hk1.example",
        ] { #expect(isLike(name), "\(name)") }
        for name in [
            "carpool.example", "minecraft.example", "btc.mempool.example", "pool.example", "xmr.example", "",
            "poolside.btc.example", "spool.eth.example", "kaspool.example", "btcpool.example", "pool.docs.btc.example",
            "etchings.mine.example", ".", "..", "-", "1",
        ] { #expect(!isLike(name), "\(name)") }
    }
}
