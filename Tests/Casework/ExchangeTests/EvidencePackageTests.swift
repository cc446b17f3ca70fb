import Exchange
import Foundation
import Support
import Testing
import Vocabulary

struct EvidencePackageTests {
    private let key = SigningKey()

    /// A package with a capture and a meter extract in a folder that goes away afterwards.
    private func with(
        lead: Bool = true, sm3: String? = nil, _ body: (_ package: String, _ scratch: URL) throws -> Void
    ) throws {
        let scratch = try Places.scratch("package")
        defer { try? FileManager.default.removeItem(at: scratch) }
        // Section header and interface description of an empty capture (pcapng, little-endian).
        let capture: [UInt8] =
            [0x0A, 0x0D, 0x0D, 0x0A, 28, 0, 0, 0, 0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0]
            + [UInt8](repeating: 0xFF, count: 8) + [
                28, 0, 0, 0, 1, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 0, 0, 4, 0, 20, 0, 0, 0,
            ]
        let slice = scratch.appendingPathComponent("slice.pcapng")
        try Data(capture).write(to: slice)
        let meter = scratch.appendingPathComponent("=电表 1.csv")
        try Data("meter,time,kwh\nM1,2026-03-01T00:00:00Z,1.5\n".utf8).write(to: meter)
        let at = Instant(seconds: 1_772_323_200)
        let package = scratch.appendingPathComponent("P1").path
        try EvidencePackage.make(
            package,
            .init(
                caseID: "330000-2026-0001",
                items: [
                    .init(
                        source: slice.path, kind: "capture-slice", origin: "hall.pcap packets 12-40", collectedAt: at,
                        collectedBy: "li", sm3: sm3),
                    .init(
                        source: meter.path, kind: "meter-extract", origin: "head-end export", collectedAt: at,
                        collectedBy: "li"),
                ],
                custody: [
                    .init(at: at.adding(seconds: 9), who: "=cmd", action: "sealed"),
                    .init(at: at, who: "li", action: "collected", note: "two\nlines"),
                ], madeAt: at, madeBy: "330000", reviewRecord: lead ? nil : "R-7"), key: key)
        try body(package, scratch)
    }

    private func fault(_ package: String, expected: VerifyingKey? = nil) -> PackageFault? {
        do {
            _ = try EvidencePackage.verify(package, expected: expected)
            return nil
        } catch { return error }
    }

    private func write(_ path: String, _ bytes: [UInt8]) throws {
        try? FileManager.default.removeItem(atPath: path)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    @Test func `a package is whole, says who signed it and that it is a lead`() throws {
        try with { package, _ in
            let found = try EvidencePackage.verify(package, expected: key.verifying)
            #expect(found.caseID == "330000-2026-0001" && found.items == 2 && found.bytes == 91)
            #expect(found.signer == key.verifying.fingerprint && found.signerExpected && found.leadOnly)
            #expect(try !EvidencePackage.verify(package).signerExpected)
            let names = try FileManager.default.subpathsOfDirectory(atPath: package).sorted()
            #expect(
                names == [
                    "README.txt", "SHA256SUMS", "SHA256SUMS.sig", "custody.csv", "evidence",
                    "evidence/00001-slice.pcapng", "evidence/00002-____1.csv", "manifest.json", "signer.pub.pem",
                ])
            let custody = try String(contentsOfFile: package + "/custody.csv", encoding: .utf8)
            #expect(custody.contains("1,2026-03-01T00:00:00.000Z,li,collected,\"two\nlines\""))
            #expect(custody.contains("2,2026-03-01T00:00:09.000Z,'=cmd,sealed,"))
            #expect(try String(contentsOfFile: package + "/README.txt", encoding: .utf8).contains("不作为处罚证据"))
            #expect(throws: PackageFault.self) {
                try EvidencePackage.make(
                    package, .init(caseID: "x", items: [], custody: [], madeAt: .init(seconds: 0), madeBy: ""),
                    key: key)
            }
        }
        try with(lead: false) { package, _ in
            let found = try EvidencePackage.verify(package)
            #expect(!found.leadOnly)
        }
    }

    @Test func `public tools alone verify it`() throws {
        let sm3 = "1490864edc8a0004a43a092193e1c47b6c126f4097b448e4ced5ea1ab5718f93"
        try with(sm3: sm3) { package, _ in
            #expect(try run("/usr/bin/sha256sum", ["-c", "--strict", "SHA256SUMS"], in: package) == 0)
            let verify = [
                "pkeyutl", "-verify", "-pubin", "-inkey", "signer.pub.pem", "-rawin", "-in", "SHA256SUMS", "-sigfile",
                "SHA256SUMS.sig",
            ]
            #expect(try run("/usr/bin/openssl", verify, in: package) == 0)
            let sm3 = ["-a", "sm3", "--check", "SM3SUMS"]
            #expect(try run("/usr/bin/cksum", sm3, in: package) == 0)
            if FileManager.default.fileExists(atPath: "/usr/bin/capinfos") {
                #expect(try run("/usr/bin/capinfos", ["evidence/00001-slice.pcapng"], in: package) == 0)
            }
            let sums = try Data(contentsOf: URL(fileURLWithPath: package + "/SHA256SUMS"))
            try write(package + "/SHA256SUMS", Array(sums) + [0x0A])
            #expect(try run("/usr/bin/openssl", verify, in: package) != 0)
        }
    }

    private func run(_ tool: String, _ arguments: [String], in folder: String) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: tool)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    @Test func `keys are the files that openssl writes and reads`() throws {
        let scratch = try Places.scratch("keys")
        defer { try? FileManager.default.removeItem(at: scratch) }
        let make = ["genpkey", "-algorithm", "ed25519", "-out", "key.pem"]
        #expect(try run("/usr/bin/openssl", make, in: scratch.path) == 0)
        let out = ["pkey", "-in", "key.pem", "-pubout", "-out", "pub.pem"]
        #expect(try run("/usr/bin/openssl", out, in: scratch.path) == 0)
        func read(_ name: String) throws -> String {
            try String(contentsOf: scratch.appendingPathComponent(name), encoding: .utf8)
        }
        let key = try #require(SigningKey(pem: try read("key.pem")))
        let pub = try #require(VerifyingKey(pem: try read("pub.pem")))
        #expect(key.verifying == pub)
        #expect(try key.pem == read("key.pem") && pub.pem == read("pub.pem"))
        for bad in ["", "x", "-----BEGIN PRIVATE KEY-----\n!!\n-----END PRIVATE KEY-----\n", pub.pem] {
            #expect(SigningKey(pem: bad) == nil)
        }
    }

    @Test func `the first bad thing is named`() throws {
        let slice = "evidence/00001-slice.pcapng"
        let cases: [(PackageFault.Kind, String, (String) throws -> Void)] = [
            (.missing, "SHA256SUMS", { try FileManager.default.removeItem(atPath: $0 + "/SHA256SUMS") }),
            (.missing, "SHA256SUMS.sig", { try FileManager.default.removeItem(atPath: $0 + "/SHA256SUMS.sig") }),
            (.missing, "signer.pub.pem", { try FileManager.default.removeItem(atPath: $0 + "/signer.pub.pem") }),
            (.malformed, "signer.pub.pem", { try self.write($0 + "/signer.pub.pem", [1, 2]) }),
            (
                .badSignature, "SHA256SUMS.sig",
                { try self.write($0 + "/SHA256SUMS.sig", [UInt8](repeating: 0, count: 64)) }
            ),
            (.missing, slice, { try FileManager.default.removeItem(atPath: $0 + "/" + slice) }),
            (.changed, slice, { try self.write($0 + "/" + slice, [1]) }),
            (.changed, "custody.csv", { try self.write($0 + "/custody.csv", [1]) }),
            (.changed, "manifest.json", { try self.write($0 + "/manifest.json", [1]) }),
            (.extra, "evidence/.hidden", { try self.write($0 + "/evidence/.hidden", []) }),
            (
                .extra, "x",
                { try FileManager.default.createDirectory(atPath: $0 + "/x", withIntermediateDirectories: true) }
            ),
            (
                .changed, slice,
                {
                    try FileManager.default.moveItem(atPath: $0 + "/" + slice, toPath: $0 + "/../away")
                    try FileManager.default.createSymbolicLink(
                        atPath: $0 + "/" + slice, withDestinationPath: $0 + "/../away")
                }
            ),
            (
                .missing, slice,
                {
                    try FileManager.default.moveItem(atPath: $0 + "/evidence", toPath: $0 + "/../away")
                    try FileManager.default.createSymbolicLink(
                        atPath: $0 + "/evidence", withDestinationPath: $0 + "/../away")
                }
            ),
        ]
        for (kind, path, harm) in cases {
            try with { package, _ in
                #expect(fault(package) == nil)
                try harm(package)
                let found = fault(package)
                #expect(found?.kind == kind && found?.path == path, "\(String(describing: found))")
            }
        }
        try with { package, _ in
            #expect(fault(package, expected: SigningKey().verifying)?.kind == .otherSigner)
        }
    }

    @Test func `a list that was signed but leads out of the folder, or a manifest that differs, is refused`() throws {
        func sign(_ package: String, _ change: (String) -> String) throws {
            let path = package + "/SHA256SUMS"
            let list = change(try String(contentsOfFile: path, encoding: .utf8))
            try write(path, Array(list.utf8))
            try write(package + "/SHA256SUMS.sig", ExternalHash.signature(Array(list.utf8), key))
        }
        func sorted(_ list: String, _ more: String) -> String {
            let all = list.split(separator: "\n").map(String.init) + [more]
            return all.sorted { $0.dropFirst(66) < $1.dropFirst(66) }.map { $0 + "\n" }.joined()
        }
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  "
        let paths = [
            "../x", "/etc/passwd", "evidence/../x", "evidence/..", "a b", "x/y", "evidence/a/b", "", "evidence/", "..",
            "x\u{0}y",
        ]
        for path in paths {
            try with { package, _ in
                try sign(package) { sorted($0, empty + path) }
                #expect(fault(package)?.kind == .malformed, "\(path)")
            }
        }
        try with { package, _ in
            try sign(package) { $0 + empty + "A\n" }
            #expect(fault(package)?.kind == .malformed, "not in order")
        }
        try with { package, _ in
            try write(package + "/evidence/zz", [])
            #expect(fault(package)?.kind == .extra)
            try sign(package) { sorted($0, empty + "evidence/zz") }
            #expect(fault(package)?.kind == .manifestDiffers && fault(package)?.path == "evidence/zz")
        }
        // The manifest says another size, or another digest, than the list, and the list was signed anew.
        for (find, put) in [("\"bytes\":48", "\"bytes\":49"), ("\"sha256\":\"", "\"sha256\":\"0")] {
            try with { package, _ in
                let path = package + "/manifest.json"
                let before = try String(contentsOfFile: path, encoding: .utf8)
                let after = before.replacing(find, with: put)
                #expect(before != after)
                try write(path, Array(after.utf8))
                try sign(package) {
                    $0.replacing(
                        ExternalHash.sha256(Array(before.utf8)), with: ExternalHash.sha256(Array(after.utf8)))
                }
                #expect(fault(package)?.kind == .manifestDiffers)
            }
        }
    }

    @Test func `of 300 single changed bits in a package every one is found`() throws {
        try with { package, _ in
            var random = SplitMix(seed: 5)
            let names = try FileManager.default.subpathsOfDirectory(atPath: package).filter { $0 != "evidence" }
                .sorted()
            for _ in 0..<300 {
                let path = package + "/" + names[Int.random(in: 0..<names.count, using: &random)]
                let before = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
                var after = before
                after[Int.random(in: 0..<after.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                try write(path, after)
                #expect(fault(package) != nil)
                try write(path, before)
            }
            #expect(fault(package) == nil)
        }
    }

    @Test func `nothing half made stays behind`() throws {
        let scratch = try Places.scratch("package")
        defer { try? FileManager.default.removeItem(at: scratch) }
        let package = scratch.appendingPathComponent("P").path
        let at = Instant(seconds: 0)
        func make(_ source: String, sm3: String? = nil) throws {
            try EvidencePackage.make(
                package,
                .init(
                    caseID: "C",
                    items: [
                        .init(
                            source: source, kind: "other", origin: "", collectedAt: at, collectedBy: "", sm3: sm3)
                    ], custody: [], madeAt: at, madeBy: ""), key: key)
        }
        let link = scratch.appendingPathComponent("link").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/etc/hostname")
        for source in [scratch.appendingPathComponent("none").path, link, scratch.path, "/dev/null"] {
            #expect(throws: PackageFault.self) { try make(source) }
        }
        #expect(throws: PackageFault.self) { try make(#filePath, sm3: "X") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["link"])
        #expect(throws: Never.self) { try make(#filePath) }
    }
}
