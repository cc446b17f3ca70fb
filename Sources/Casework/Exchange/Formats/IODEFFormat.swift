import Vocabulary

/// Incident Object Description Exchange Format, version 2: one incident of purpose `reporting` a session.
package enum IODEFFormat: ExchangeFormat {
    package static let name = "iodef"
    package static let fileExtension = "xml"
    package static let mediaType = "application/xml"
    package static let specification = "RFC 7970, IODEF 2.00"

    package static func document(_ findings: [ExchangeFinding], _ context: ExchangeContext) -> ExchangeDocument {
        let (taken, left) = ExchangeDocument.timed(findings)
        // A document without an incident is not allowed; then there is none.
        guard !taken.isEmpty else { return ExchangeDocument(bytes: [], written: 0, left: left) }
        let root = XMLElement(
            "IODEF-Document",
            [("version", "2.00"), ("xml:lang", "en"), ("xmlns", "urn:ietf:params:xml:ns:iodef-2.0")],
            taken.map { incident($0.finding, $0.seen, context) })
        let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + root.text + "\n"
        return ExchangeDocument(bytes: Array(text.utf8), written: taken.count, left: left)
    }

    private static func incident(
        _ finding: ExchangeFinding, _ seen: ClosedRange<Instant>, _ context: ExchangeContext
    ) -> XMLElement {
        let session = finding.session
        let first = seen.lowerBound.rfc3339(digits: 6)
        let last = seen.upperBound.rfc3339(digits: 6)
        let confidence =
            finding.confidence.map { XMLElement("Confidence", [("rating", "numeric")], text: "\($0)") }
            ?? XMLElement("Confidence", [("rating", "unknown")])
        let systems =
            (session.client.map { [system("source", $0, name: nil, session)] } ?? [])
            + [system("target", session.server, name: session.hostName, session)]
        return XMLElement(
            "Incident", [("purpose", "reporting"), ("status", "new"), ("restriction", "need-to-know")],
            [
                XMLElement("IncidentID", [("name", "countermine-" + context.producer)], text: finding.id),
                XMLElement("StartTime", text: first), XMLElement("EndTime", text: last),
                XMLElement("GenerationTime", text: context.asOf.rfc3339()),
                XMLElement("Description", [("xml:lang", "en")], text: finding.sentence),
                XMLElement(
                    "Assessment", [("occurrence", "potential")],
                    [XMLElement("SystemImpact", [("type", "unknown")]), confidence]),
                XMLElement(
                    "Contact", [("role", "creator"), ("type", "organization")],
                    [XMLElement("ContactName", text: "Countermine, " + context.producer)]),
                XMLElement(
                    "EventData", [],
                    [
                        XMLElement("StartTime", text: first), XMLElement("EndTime", text: last),
                        XMLElement("Flow", [], systems),
                    ]),
            ]
                + FindingFacts.pairs(finding).map { pair in
                    XMLElement(
                        "AdditionalData", [("dtype", "string"), ("name", pair.name), ("meaning", "countermine")],
                        text: pair.value.text)
                })
    }

    private static func system(
        _ category: String, _ side: Endpoint, name: String?, _ session: ExchangeSession
    ) -> XMLElement {
        let domain = name.map {
            XMLElement(
                "DomainData", [("system-status", "unknown"), ("domain-status", "unknown")],
                [XMLElement("Name", text: $0)])
        }
        return XMLElement(
            "System", [("category", category)],
            [
                XMLElement(
                    "Node", [],
                    (domain.map { [$0] } ?? []) + [
                        XMLElement(
                            "Address", [("category", side.ip.isIPv4 ? "ipv4-addr" : "ipv6-addr")],
                            text: side.ip.description)
                    ]),
                XMLElement(
                    "Service", [("ip-protocol", "6")],
                    [
                        XMLElement("ServiceName", [], [XMLElement("Description", text: session.dialect)]),
                        XMLElement("Port", text: "\(side.port)"),
                    ]),
            ])
    }
}

/// An element to be written; text and attributes are escaped, and what XML 1.0 cannot hold becomes U+FFFD.
struct XMLElement {
    private let name: String
    private let attributes: [(String, String)]
    private let content: String

    init(_ name: String, _ attributes: [(String, String)] = [], _ children: [XMLElement] = []) {
        self.name = name
        self.attributes = attributes
        content = children.map(\.text).joined()
    }

    init(_ name: String, _ attributes: [(String, String)] = [], text: String) {
        self.name = name
        self.attributes = attributes
        content = XMLElement.escaped(text)
    }

    var text: String {
        let heads = attributes.map { " \($0.0)=\"\(XMLElement.escaped($0.1))\"" }.joined()
        return content.isEmpty ? "<\(name)\(heads)/>" : "<\(name)\(heads)>\(content)</\(name)>"
    }

    /// Tab, line feed and carriage return as references: a parser would make spaces or one line feed of them.
    private static func escaped(_ text: String) -> String {
        var out: [UInt8] = []
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x26: out += "&amp;".utf8
            case 0x3C: out += "&lt;".utf8
            case 0x3E: out += "&gt;".utf8
            case 0x22: out += "&quot;".utf8
            case 0x27: out += "&apos;".utf8
            case 0x09, 0x0A, 0x0D: out += "&#\(scalar.value);".utf8
            case 0..<0x20, 0x7F..<0xA0, 0xFFFE, 0xFFFF: out += "\u{FFFD}".utf8
            case 0x20..<0x7F: out.append(UInt8(truncatingIfNeeded: scalar.value))
            default: out += String(scalar).utf8
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
