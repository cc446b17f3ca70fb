import Vocabulary

/// Finds the links of a subject without walking all of them: a province has millions of both.
struct LinkIndex {
    private let links: [SiteLink]
    private var exact: [String: [Int]] = [:]
    /// Address links by the length of their prefix, then by the range itself.
    private var ranges: [PrefixKey: [AddressRange: [Int]]] = [:]

    private struct PrefixKey: Hashable {
        let isIPv4: Bool
        let length: Int
    }

    init(_ links: [SiteLink]) {
        self.links = links
        for (index, link) in links.enumerated() {
            switch link.kind {
            case .meter: exact["meter:" + link.subject, default: []].append(index)
            case .feeder: exact["feeder:" + link.subject, default: []].append(index)
            // A line identifier is no subject of a finding; it reaches findings through its dated addresses.
            case .line: break
            case .addressRange:
                guard let range = AddressRange(link.subject) else { continue }
                ranges[PrefixKey(isIPv4: range.base.isIPv4, length: range.prefixLength), default: [:]][
                    range, default: []
                ]
                .append(index)
            }
        }
    }

    /// Links of the subject that hold on some day of `days`, in the order they were given.
    func links(of subject: Subject, during days: ClosedRange<CalendarDate>) -> [SiteLink] {
        var found: [Int] = []
        switch subject {
        case .meter, .feeder: found = exact[subject.key] ?? []
        case .address(let ip):
            for (key, table) in ranges where key.isIPv4 == ip.isIPv4 {
                guard let range = AddressRange("\(ip)/\(key.length)") else { continue }
                found += table[range] ?? []
            }
        }
        return found.sorted().map { links[$0] }.filter { link in
            (link.from.map { $0 <= days.upperBound } ?? true) && (link.to.map { $0 >= days.lowerBound } ?? true)
        }
    }
}
