import Accounts
import Testing

@Suite("Password rule")
struct PasswordRuleTests {
    @Test(
        "long passwords of any characters are good, without figures, capitals or signs",
        arguments: [
            "eleven blue herons", "十二个汉字也是好的密码吧这里", "correct horse battery", "            . x y",
            "🔋🌊🍵🚲🪵🧂🪨🧊🪁🥁🎲🧵", "one\u{0}two\r\nthree", "4821 9037 5518 6642", "tr0ub4dor&3 zebra",
        ])
    func good(password: String) { #expect(PasswordRule.lack(password, person: "wang") == []) }

    @Test("characters are counted, not bytes: 12 at least and 128 at most")
    func length() {
        #expect(PasswordRule.lack("汉字一二三四五六七八九", person: "wang") == [.tooShort])
        #expect(PasswordRule.lack("汉字一二三四五六七八九十", person: "wang") == [])
        let line = "the quick brown fox jumps over 13 lazy dogs; "
        let long = String(String(repeating: line, count: 4).prefix(128))
        #expect(PasswordRule.lack(long, person: "wang") == [])
        #expect(PasswordRule.lack(long + "x", person: "wang") == [.tooLong])
        #expect(PasswordRule.lack(String(repeating: "🔋", count: 5_000_000), person: "wang") == [.tooLong])
        #expect(PasswordRule.lack("", person: "wang") == [.tooShort])
        // Hundreds of marks on one letter are hundreds of characters.
        #expect(PasswordRule.lack("a" + String(repeating: "\u{301}", count: 400), person: "wang") == [.tooLong])
    }

    @Test(
        "what is tried first is refused, in capitals too",
        arguments: [
            "123456789012", "012345678901", "987654321098", "123456654321", "aaaaaaaaaaaa", "abcabcabcabc",
            "abcdefghijkl",
            "ABCDEFGHIJKLM", "qwertyuiop123", "qwertyuiopasdf", "1qaz2wsx3edc", "Password1234", "Password2026!",
            "!!!password!!!",
            "passwordpassword", "admin-admin-admin", "administrator", "Administrator1", "iloveyou1314", "woaini1314520",
            "5201314woaini", "welcome123456", "Changeme1234!", "countermine2026", "woaizhongguo1949", "密码123456789012",
            "我爱中国19491001", "letmeinplease", "000000000000", "111111222222", "zxcvbnm,./zxcvbnm", "mlkjihgfedcba",
        ])
    func common(password: String) {
        #expect(PasswordRule.lack(password, person: "li.na") == [.common])
        #expect(PasswordRule.lack(password.uppercased(), person: "li.na") == [.common])
    }

    @Test("the person's identifier is refused inside a password, unless it is too short to tell")
    func person() {
        #expect(PasswordRule.lack("blue LI.NA herons", person: "li.na") == [.containsPerson])
        #expect(PasswordRule.lack("eleven blue herons", person: "eve") == [])
        #expect(PasswordRule.lack("eleven blue herons", person: "") == [])
        #expect(PasswordRule.lack("wang", person: "WANG") == [.tooShort, .containsPerson])
    }

    @Test("every lack has a sentence")
    func sentences() {
        for lack in PasswordRule.Lack.allCases { #expect(!lack.description.isEmpty) }
    }
}
