import Reports

/// A form on a page. Everything in it is plain text; the templates escape it.
struct Form {
    enum Kind {
        case text, password, number, date, area, hidden, check, file
        case choice([(value: String, label: String)])
    }

    struct Field {
        var name: String
        var label = ""
        var kind = Kind.text
        var value = ""
        var isNeeded = false
        var hint = ""

        init(
            _ name: String, _ label: String = "", _ kind: Kind = .text, value: String = "", needed: Bool = false,
            hint: String = ""
        ) {
            self.name = name
            self.label = label
            self.kind = kind
            self.value = value
            isNeeded = needed
            self.hint = hint
        }
    }

    /// Tells the fields of several forms on one page apart.
    var id: String
    var target: String
    var posts = true
    var heading = ""
    var note = ""
    var fields: [Field]
    var submit: String
    /// Why it cannot be sent now; then there is no button.
    var refusals: [String] = []

    /// A form that changes something carries the session's token.
    mutating func sign(_ token: String) {
        if posts { fields.insert(Field("token", "", .hidden, value: token), at: 0) }
    }

    func context(_ words: Catalogue) -> [String: Any] {
        let none: [[String: Any]] = []
        let uploads = fields.contains { if case .file = $0.kind { true } else { false } }
        let shown: [[String: Any]] = fields.map { field in
            let own: [String: Any] = [
                "id": "\(id)-\(field.name)", "name": field.name, "label": field.label, "value": field.value,
                "needed": field.isNeeded, "hint": field.hint,
                "hinted": field.hint.isEmpty ? none : [["hintText": field.hint]],
            ]
            var entry: [String: Any] = [
                "hiddenField": none, "input": none, "area": none, "choice": none, "check": none,
            ]
            switch field.kind {
            case .hidden: entry["hiddenField"] = [own]
            case .area: entry["area"] = [own]
            case .check: entry["check"] = [own]
            case .choice(let options):
                var own = own
                own["options"] = options.map {
                    ["optionValue": $0.value, "optionLabel": $0.label, "chosen": $0.value == field.value]
                }
                entry["choice"] = [own]
            case .text: entry["input"] = [own.merging(["type": "text"]) { $1 }]
            case .password: entry["input"] = [own.merging(["type": "password"]) { $1 }]
            case .number: entry["input"] = [own.merging(["type": "text", "numeric": true]) { $1 }]
            case .date: entry["input"] = [own.merging(["type": "date"]) { $1 }]
            case .file: entry["input"] = [own.merging(["type": "file"]) { $1 }]
            }
            return entry
        }
        return [
            "method": posts ? "post" : "get", "action": target, "uploads": uploads,
            "headings": heading.isEmpty ? none : [["text": heading]], "notes": note.isEmpty ? none : [["text": note]],
            "fields": shown, "submits": refusals.isEmpty ? [["label": submit, "primary": posts]] : none,
            "refusals": refusals.isEmpty ? none : [["lines": refusals.map { ["text": $0] }]],
        ]
    }
}
