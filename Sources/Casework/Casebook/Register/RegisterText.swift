import FoundationEssentials

extension RegisterProblem: Error {}

extension RegisterFile {
    /// Makes text of a file's bytes: UTF-8, with or without a byte order mark. Anything else is refused and named, for
    /// wrongly read names would stay in the store.
    package init(name: String, bytes: Data) throws(RegisterProblem) {
        func refuse(_ what: String, _ remedy: String) -> RegisterProblem {
            RegisterProblem(file: name, line: 0, column: "", what: what, remedy: remedy)
        }
        guard bytes.count <= CasebookLimits.registerBytes else {
            throw refuse("is larger than \(CasebookLimits.registerBytes) bytes", "split it")
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw refuse("is UTF-16 text", "save it as UTF-8 (in a spreadsheet: CSV UTF-8)")
        }
        let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes
        guard !body.contains(0) else { throw refuse("holds zero bytes, so it is no text", "export it as CSV") }
        if let text = String(validating: body, as: UTF8.self) {
            self.init(name: name, text: text)
            return
        }
        throw RegisterFile.isGB18030(body)
            ? refuse("is GB18030 (GBK) text, not UTF-8", "save it as UTF-8 (in a spreadsheet: CSV UTF-8)")
            : refuse("is not UTF-8 text", "save it as UTF-8, or ask the sender for an undamaged file")
    }

    /// Every byte fits the code: one byte, two, or four (GB 18030-2005, 5).
    private static func isGB18030(_ bytes: Data) -> Bool {
        var rest = bytes[...]
        while let lead = rest.popFirst() {
            if lead < 0x80 { continue }
            guard (0x81...0xFE).contains(lead), let second = rest.popFirst() else { return false }
            if (0x40...0x7E).contains(second) || (0x80...0xFE).contains(second) { continue }
            guard (0x30...0x39).contains(second), let third = rest.popFirst(), (0x81...0xFE).contains(third),
                let fourth = rest.popFirst(), (0x30...0x39).contains(fourth)
            else { return false }
        }
        return true
    }
}
