/// Passwords that are tried first. Lists of leaked passwords are led by a few habits; the habits are refused, in place
/// of thousands of their children: a known word with figures around it, one block over and over, a walk along the keys.
enum CommonPasswords {
    /// Words that lead such lists in English and pinyin, names of products, and what stands on this system's own pages.
    private static let words: Set<String> = [
        "password", "passwort", "passw0rd", "p@ssword", "p@ssw0rd", "pa55word", "pass", "passwd", "mypassword",
        "newpassword", "passphrase", "password1password", "secret", "topsecret", "letmein", "letmeinplease", "welcome",
        "welcomehome", "login", "access", "default", "changeme", "changemenow", "changeit", "pleasechange", "test",
        "testing", "tester", "temp", "temporary", "guest", "user", "username", "demo", "example", "sample", "root",
        "toor", "admin", "administrator", "administrators", "superuser", "superadmin", "sysadmin", "system", "manager",
        "operator", "supervisor", "service", "server", "database", "oracle", "mysql", "postgres", "linux", "windows",
        "cisco", "huawei", "alibaba", "tencent", "google", "facebook", "internet", "computer", "monitor", "dashboard",
        "countermine", "mining", "miner", "bitcoin", "ethereum", "monero", "energy", "energybureau", "electricity",
        "powergrid", "stategrid", "province", "beijing", "shanghai", "shenzhen", "guangzhou", "chongqing", "zhongguo",
        "china", "zhonghua", "woaini", "woaizhongguo", "iloveyou", "iloveu", "loveyou", "lovely", "princess",
        "sunshine",
        "dragon", "monkey", "shadow", "master", "football", "baseball", "basketball", "superman", "batman", "starwars",
        "michael", "jordan", "jennifer", "hunter", "killer", "freedom", "whatever", "trustno", "qwerty", "qwertyuiop",
        "qwertz", "azerty", "asdf", "asdfgh", "asdfghjkl", "zxcvbn", "zxcvbnm", "abc", "abcd", "abcdef", "abcdefg",
        "iamthebest", "hello", "helloworld", "spring", "summer", "autumn", "winter", "january", "december", "monday",
        "mima", "wodemima", "nihao", "woshishei", "haohaoxuexi", "correcthorsebatterystaple", "opensesame",
        "密码", "我的密码", "管理员", "中国", "能源局", "挖矿", "你好", "我爱你", "我爱中国",
    ]
    /// Whole ones that no habit below covers.
    private static let whole: Set<String> = [
        "1qaz2wsx3edc", "1qaz2wsx3edc4rfv", "1qazxsw23edc", "1qaz@wsx3edc", "!qaz2wsx3edc", "zaq12wsxcde3",
        "q1w2e3r4t5y6",
        "1q2w3e4r5t6y", "1q2w3e4r5t6y7u8i", "qazwsxedcrfv", "qazwsxedcrfvtgb", "qweasdzxc123", "qwe123asd456",
        "qwe123asd123", "abc123abc456", "a1b2c3d4e5f6", "a1s2d3f4g5h6", "123qweasdzxc", "qwer1234asdf", "1234qwerasdf",
        "asdf1234qwer", "zxcvasdfqwer", "5201314woaini", "woaini1314520", "1314woaini520", "ihaveapassword",
        "thisismypassword",
        "thisisapassword", "nopassword123", "iloveyouforever", "keepcalmandcarryon",
    ]
    /// Walks: digits, letters and the rows of the keyboard; each there and back, and around its end.
    private static let rows = [
        "0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./",
        "qwertyuiopasdfghjklzxcvbnm",
        "`1234567890-=", "!@#$%^&*()_+",
    ]
    private static let walks: [String] = rows.flatMap { row in [row + row, String((row + row).reversed())] }
    /// Longest block whose repetition is no password.
    private static let longestBlock = 6
    /// Most walks and runs in a row that are no password; twelve letters in more pieces are no habit.
    private static let mostPieces = 4

    /// - Parameter lowered: a password in lower case.
    static func contains(_ lowered: String) -> Bool {
        if whole.contains(lowered) || words.contains(lowered) { return true }
        let letters = Array(lowered.unicodeScalars)
        guard !letters.isEmpty else { return false }
        if isRepetition(letters) || isWalks(letters) { return true }
        let core = letters.drop { !$0.properties.isAlphabetic }
        let trimmed = core[..<(core.lastIndex { $0.properties.isAlphabetic }.map { $0 + 1 } ?? core.startIndex)]
        guard !trimmed.isEmpty else { return false }
        let word = text(trimmed)
        if words.contains(word) { return true }
        // A word twice, with or without something between: "passwordpassword", "admin-admin-admin".
        let parts = word.unicodeScalars.split { !$0.properties.isAlphabetic }.map { text($0) }
        if parts.count > 1 { return parts.allSatisfy(words.contains) }
        return (1..<trimmed.count).contains { cut in
            words.contains(text(trimmed.prefix(cut))) && words.contains(text(trimmed.dropFirst(cut)))
        }
    }

    private static func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    /// "aaaaaaaaaaaa", "123123123123", "abcabcabcabca".
    private static func isRepetition(_ letters: [Unicode.Scalar]) -> Bool {
        (1...longestBlock).contains { block in
            letters.count >= 2 * block && letters.indices.allSatisfy { letters[$0] == letters[$0 % block] }
        }
    }

    /// "123456654321", "qwertyasdfgh", "aaaabbbb1111": a few walks or runs, one after the other.
    private static func isWalks(_ letters: [Unicode.Scalar]) -> Bool {
        var rest = letters[...]
        for _ in 0..<mostPieces where !rest.isEmpty {
            var length = rest.prefix { $0 == rest.first }.count
            while length < rest.count, isWalk(text(rest.prefix(length + 1))) { length += 1 }
            guard length > 1 else { return false }
            rest = rest.dropFirst(length)
        }
        return rest.isEmpty
    }

    private static func isWalk(_ piece: String) -> Bool { walks.contains { $0.contains(piece) } }
}
