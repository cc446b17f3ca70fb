import FoundationEssentials

extension EvidencePackage {
    package struct Verified: Hashable, Sendable {
        package var caseID: String
        package var items: Int
        package var bytes: Int
        /// Fingerprint of the key that signed.
        package var signer: String
        /// False when no key was expected: then the folder is whole, but anybody may have made it.
        package var signerExpected: Bool
        package var leadOnly: Bool
    }

    private struct Manifest: Decodable {
        struct Item: Decodable {
            var path: String
            var bytes: Int
            var sha256: String
            var sm3: String?
        }
        var format: Int
        var `case`: String
        var items: [Item]
        var reviewRecord: String?

        private enum CodingKeys: String, CodingKey {
            case format, `case`, items
            case reviewRecord = "review_record"
        }
    }

    /// Checks a folder; throws the first bad thing by name. List and signature first, then the files in their order,
    /// then what no list names, then the manifest.
    /// - Parameter expected: the signer's key, had by another way.
    package static func verify(_ folder: String, expected: VerifyingKey? = nil) throws(PackageFault) -> Verified {
        let ask = "ask the sender for the package again"
        func load(_ name: String, _ limit: Int) throws(PackageFault) -> [UInt8] {
            guard let bytes = EvidenceFiles.load(folder + "/" + name, limit: limit) else {
                throw PackageFault(.missing, name, ask)
            }
            return bytes
        }
        let list = try load(sums, Limits.sumsBytes)
        let signed = try load(signature, 64)
        let pem = String(decoding: try load(key, 4_096), as: UTF8.self)
        guard let signer = VerifyingKey(pem: pem) else { throw PackageFault(.malformed, key, ask) }
        if let expected, expected != signer {
            throw PackageFault(.otherSigner, key, "compare \(signer.fingerprint) with the sender's fingerprint")
        }
        guard signer.verifies(signed, over: list) else { throw PackageFault(.badSignature, signature, ask) }
        guard let lines = entries(list) else { throw PackageFault(.malformed, sums, ask) }
        var present: Set<String>
        do { present = Set(try FileManager.default.subpathsOfDirectory(atPath: folder)) } catch {
            throw PackageFault(.unreadable, folder, "check the rights")
        }
        present.subtract([sums, signature, evidence])
        var sizes: [String: (bytes: Int, sha256: String)] = [:]
        for (path, digest) in lines {
            guard present.remove(path) != nil else { throw PackageFault(.missing, path, ask) }
            let found: EvidenceFiles.Digest?
            do { found = try EvidenceFiles.digest(folder + "/" + path) } catch {
                throw PackageFault(.unreadable, path, "check the disk")
            }
            guard let found, found.sha256 == digest else { throw PackageFault(.changed, path, ask) }
            sizes[path] = (found.bytes, digest)
        }
        if let extra = present.min() { throw PackageFault(.extra, extra, "remove it, or ask what it is") }
        for name in [manifest, custodyLog, key] where sizes[name] == nil {
            throw PackageFault(.missing, name, "it is not in \(sums); " + ask)
        }
        return try held(
            try load(manifest, Limits.manifestBytes), sizes, signer: signer, expected: expected != nil,
            sm3: sizes[sm3Sums] == nil ? [] : try load(sm3Sums, Limits.sumsBytes))
    }

    /// `hex  path` lines in order of their paths; nil when any is another thing.
    private static func entries(_ list: [UInt8]) -> [(path: String, digest: String)]? {
        guard list.last == 0x0A else { return nil }
        var found: [(path: String, digest: String)] = []
        for line in list.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false) {
            let text = String(decoding: line, as: UTF8.self)
            let digest = String(text.prefix(64))
            let path = String(text.dropFirst(66))
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            guard Digests.isSHA256(digest), text.dropFirst(64).hasPrefix("  "), (1...2).contains(parts.count),
                parts.count == 1 || parts[0] == evidence, parts.allSatisfy({ !["", ".", ".."].contains($0) }),
                path.utf8.allSatisfy({
                    (0x2D...0x39).contains($0) || (0x41...0x5A).contains($0)
                        || (0x61...0x7A).contains($0) || $0 == 0x5F
                }), found.last.map({ $0.path < path }) ?? true
            else { return nil }
            found.append((path, digest))
        }
        return found
    }

    /// The manifest against the list: each piece of evidence once, with the same size and digest.
    private static func held(
        _ bytes: [UInt8], _ sizes: [String: (bytes: Int, sha256: String)], signer: VerifyingKey, expected: Bool,
        sm3: [UInt8]
    ) throws(PackageFault) -> Verified {
        guard let about = try? JSONDecoder().decode(Manifest.self, from: Data(bytes)), about.format == 1 else {
            throw PackageFault(.malformed, manifest, "ask the sender for the package again")
        }
        var left = Set(sizes.keys.filter { $0.hasPrefix(evidence + "/") })
        var total = 0
        for item in about.items {
            guard left.remove(item.path) != nil, let size = sizes[item.path], size.bytes == item.bytes,
                size.sha256 == item.sha256
            else { throw PackageFault(.manifestDiffers, item.path, "ask the sender which of the two is right") }
            total += item.bytes
        }
        if let unnamed = left.min() {
            throw PackageFault(.manifestDiffers, unnamed, "ask the sender which of the two is right")
        }
        let lines = about.items.compactMap { item in item.sm3.map { "\($0)  \(item.path)\n" } }.joined()
        guard lines.utf8.elementsEqual(sm3) else {
            throw PackageFault(.manifestDiffers, sm3Sums, "ask the sender which of the two is right")
        }
        return Verified(
            caseID: about.case, items: about.items.count, bytes: total, signer: signer.fingerprint,
            signerExpected: expected, leadOnly: about.reviewRecord == nil)
    }
}
