import Vocabulary

/// Which addresses can be reached over the public Internet at all.
package enum AddressClasses {
    /// Special-purpose blocks of the IANA registries (RFC 6890 and what was added since) that cannot be reached from
    /// everywhere or serve everybody; a list must never name one.
    static let special: [AddressRange] = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "2001::/23",
        "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
    ].compactMap(AddressRange.init)

    /// All that IANA gives out for global unicast in version 6.
    static let globalV6 = AddressRange("2000::/3")

    package static func isPublic(_ address: IPAddress) -> Bool {
        if !address.isIPv4, globalV6.map({ $0.contains(address) }) != true { return false }
        return !special.contains { $0.contains(address) }
    }
}
