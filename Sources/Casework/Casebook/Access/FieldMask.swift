import Vocabulary

/// Masks what a person may not read, and remembers which fields that were.
struct FieldMask {
    let matrix: AccessMatrix
    let clear: Set<FieldClass>
    private(set) var hidden: Set<String> = []

    init(_ matrix: AccessMatrix, clear: Set<FieldClass>) {
        self.matrix = matrix
        self.clear = clear
    }

    static let masked = "***"

    /// True when the field is to be hidden, which is then remembered.
    private mutating func hides(_ field: String) -> Bool {
        let open = clear.contains(matrix.fieldClass(field))
        if !open { hidden.insert(field) }
        return !open
    }

    mutating func dossier(_ whole: SiteDossier) -> SiteDossier {
        var shown = whole
        shown.site = site(whole.site)
        shown.links = whole.links.map { link($0) }
        shown.findings = whole.findings.map { finding($0) }
        if var assessment = whole.assessment {
            assessment.terms = assessment.terms.map { term in
                var term = term
                term.link = link(term.link)
                term.subject = subject(term.subject)
                return term
            }
            shown.assessment = assessment
        }
        return shown
    }

    static func isHome(_ site: Site) -> Bool { site.residential || site.kind == "residence" }

    /// A name or an address is a person's only where people live.
    mutating func site(_ whole: Site) -> Site {
        guard FieldMask.isHome(whole) else { return whole }
        var site = whole
        if hides("site.name") { site.name = whole.name.prefix(1) + FieldMask.masked }
        if hides("site.address") { site.address = FieldMask.masked }
        return site
    }

    private mutating func link(_ whole: SiteLink) -> SiteLink {
        var link = whole
        if hides("link.\(whole.kind.rawValue)") { link.subject = FieldMask.masked }
        return link
    }

    private mutating func subject(_ whole: Subject) -> Subject {
        switch whole {
        case .meter: hides("link.meter") ? .meter(FieldMask.masked) : whole
        case .feeder: hides("link.feeder") ? .feeder(FieldMask.masked) : whole
        case .address(let address): hides("finding.subject") ? .address(FieldMask.network(address)) : whole
        }
    }

    private mutating func finding(_ whole: Finding) -> Finding {
        var finding = whole
        finding.subject = subject(whole.subject)
        guard var network = whole.network else { return finding }
        if hides("network.client") { network.client.ip = FieldMask.network(network.client.ip) }
        if let account = network.account, hides("network.account") { network.account = maskedIdentity(account) }
        if let worker = network.worker, hides("network.worker") { network.worker = maskedIdentity(worker) }
        finding.network = network
        return finding
    }

    /// The net without the host: /24 of IPv4, /48 of IPv6.
    private static func network(_ address: IPAddress) -> IPAddress {
        address.isIPv4
            ? IPAddress(ipv4: UInt32(truncatingIfNeeded: address.low) & 0xFFFF_FF00)
            : IPAddress(high: address.high & 0xFFFF_FFFF_FFFF_0000, low: 0)
    }

    /// The field as it is stored, once for each place; nil for a name that is no field.
    static func values(_ field: String, of whole: SiteDossier) -> [String]? {
        switch field {
        case "site.name": [whole.site.name]
        case "site.address": [whole.site.address]
        case "link.meter", "link.feeder", "link.line", "link.address-range":
            whole.links.filter { "link.\($0.kind.rawValue)" == field }.map(\.subject)
        case "finding.subject": whole.findings.map(\.subject.key)
        case "network.client": whole.findings.compactMap { $0.network.map { "\($0.client.ip)" } }
        case "network.account": whole.findings.compactMap { $0.network?.account }
        case "network.worker": whole.findings.compactMap { $0.network?.worker }
        default: nil
        }
    }
}
