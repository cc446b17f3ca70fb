import Glibc

/// When to colour: `--color`, then `NO_COLOR`, `FORCE_COLOR`, `TERM=dumb`, then whether the stream is a terminal.
package enum ColorChoice: String, Sendable, CaseIterable { case auto, always, never }

/// Colour for one stream. Made per stream, because standard output may be a pipe while standard error is a terminal.
package struct Style: Sendable {
    package let enabled: Bool

    package init(
        _ choice: ColorChoice, descriptor: Int32,
        environment: (String) -> String? = { name in
            getenv(name).map { String(cString: $0) }
        }
    ) {
        switch choice {
        case .always: enabled = true
        case .never: enabled = false
        case .auto:
            if let no = environment("NO_COLOR"), !no.isEmpty {
                enabled = false
            } else if let force = environment("FORCE_COLOR"), !force.isEmpty, force != "0" {
                enabled = true
            } else {
                enabled = isatty(descriptor) == 1 && environment("TERM") != "dumb"
            }
        }
    }

    package func bold(_ text: String) -> String { wrapped(text, "1") }
    package func dim(_ text: String) -> String { wrapped(text, "2") }
    package func red(_ text: String) -> String { wrapped(text, "31") }
    package func yellow(_ text: String) -> String { wrapped(text, "33") }
    package func green(_ text: String) -> String { wrapped(text, "32") }

    private func wrapped(_ text: String, _ code: String) -> String {
        enabled ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
