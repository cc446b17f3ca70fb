import Testing
import Vocabulary

struct IPAddressTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("::", "::"),
        ("::1", "::1"),
        ("2001:DB8::", "2001:db8::"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
        ("::ffff:192.0.2.1", "::ffff:c000:201"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("fe80:0:0:0:0:0:0:0", "fe80::"),
    ])
    func `an address is written in its one form`(text: String, form: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == form)
        #expect(IPAddress(form) == address)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.256", "1.2.3.4.5", "1.2.3.-4", "1.2.3.+4", ":", ":::", "1::2::3", "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "12345::", "g::", "::1%eth0", "1:2:3:4:5:6:7:8::", "+1::", " 1.2.3.4", "1.2.3.4:80", "１.2.3.4",
    ])
    func `what is no address is refused`(text: String) { #expect(IPAddress(text) == nil) }

    @Test func `random addresses survive their text`() {
        var seed: UInt64 = 7
        func draw() -> UInt64 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return seed >> 7 & 1 == 0 ? 0 : seed
        }
        for _ in 0..<2_000 {
            let address = IPAddress(high: draw() & draw(), low: draw() & 0xFFFF_0000_FFFF_0000)
            #expect(IPAddress(address.description) == address)
        }
    }

    @Test func `IPv4 comes before IPv6 and numbers count as numbers`() throws {
        let texts = ["2.0.0.0", "10.0.0.0", "::1", "2001:db8::1"]
        let addresses = texts.compactMap { IPAddress($0) }
        #expect(addresses.sorted() == addresses)
        #expect(Endpoint(ip: addresses[0], port: 9) < Endpoint(ip: addresses[0], port: 10))
        #expect(Endpoint(ip: addresses[0], port: 10) < Endpoint(ip: addresses[1], port: 1))
    }
}

struct AddressRangeTests {
    @Test(arguments: [
        ("192.0.2.77/24", "192.0.2.0/24", "192.0.2.255", "192.0.3.0"),
        ("10.0.0.0/8", "10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
        ("192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"),
        ("2001:db8::/32", "2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
        ("2001:db8::1:0/112", "2001:db8::1:0/112", "2001:db8::1:ffff", "2001:db8::2:0"),
        ("0.0.0.0/0", "0.0.0.0/0", "255.1.2.3", "::1"),
    ])
    func `a range holds what lies in it`(text: String, form: String, inside: String, outside: String) throws {
        let range = try #require(AddressRange(text))
        #expect(range.description == form)
        #expect(range.contains(try #require(IPAddress(inside))))
        #expect(!range.contains(try #require(IPAddress(outside))))
    }

    @Test(arguments: ["", "/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "::/129", "10.0.0.0/8/8"])
    func `what is no range is refused`(text: String) { #expect(AddressRange(text) == nil) }
}

struct FindingWordsTests {
    @Test func `tiers rise from a contact to recomputed work`() {
        #expect([Tier.a1, .c, .e, .b, .a2, .d].sorted() == [.e, .d, .c, .b, .a2, .a1])
        #expect(Tier.b > Tier.c)
    }

    @Test func `bands begin at their lower edge`() {
        #expect(
            [0, 0.49, 0.5, 0.79, 0.8, 1].map { Band(probability: $0) } == [.low, .low, .medium, .medium, .high, .high])
    }

    @Test func `masking keeps the ends of long names only`() {
        #expect(maskedIdentity("") == "")
        #expect(maskedIdentity("abc") == "***")
        #expect(maskedIdentity("123456789") == "****")
        #expect(maskedIdentity("1234567890") == "1234…7890")
        #expect(maskedIdentity("矿工甲乙丙丁戊己庚辛壬癸") == "矿工甲乙…庚辛壬癸")
    }

    @Test func `subjects have keys of their own`() throws {
        #expect(Subject.meter("S1").key == "meter:S1")
        #expect(Subject.feeder("F1").key == "feeder:F1")
        #expect(Subject.address(try #require(IPAddress("192.0.2.1"))).key == "address:192.0.2.1")
    }
}
