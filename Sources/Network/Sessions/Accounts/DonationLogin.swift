import Shares

/// XMRig's log-in at its maker's pool: the Keccak-256 of the user's own log-in in hexadecimal (xmrig DonateStrategy;
/// `stratum.md` 1.5). It joins the sites of one wallet whatever pool or relay they mine at.
package enum DonationLogin {
    package static func pseudonym(of login: String) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let letters = Keccak.hash256(Array(login.utf8)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: letters, as: UTF8.self)
    }

    /// 64 hexadecimal digits as a CryptoNote account: no coin's address is written so.
    package static func isOne(_ account: String?, dialect: String) -> Bool {
        guard dialect == "cryptonote", let account else { return false }
        return account.utf8.count == 64 && account.utf8.allSatisfy(\.isHexadecimalDigit)
    }
}
