import Casebook
import FoundationEssentials
import Vocabulary

/// A folder of evidence that public tools can check: files, a manifest, a custody log, digests, a signature over them.
/// Described in `Docs/evidence-package.md`.
package enum EvidencePackage {
    package enum Limits {
        package static let items = 10_000
        package static let sumsBytes = 4 << 20
        package static let manifestBytes = 32 << 20
    }

    /// One thing that goes in.
    package struct Item: Sendable {
        package var source: String
        /// What it is: `capture-slice`, `meter-extract`, `report`, `photo`, `other`.
        package var kind: String
        /// Where it was cut from: source file with its digest, packet or time range, query.
        package var origin: String
        package var collectedAt: Instant
        package var collectedBy: String
        /// SM3 digest by a tool of the user's own, 64 lower-case hexadecimal digits; nil: none is given.
        package var sm3: String?

        package init(
            source: String, kind: String, origin: String, collectedAt: Instant, collectedBy: String, sm3: String? = nil
        ) {
            self.source = source
            self.kind = kind
            self.origin = origin
            self.collectedAt = collectedAt
            self.collectedBy = collectedBy
            self.sm3 = sm3
        }
    }

    /// One step of the things' way from hand to hand.
    package struct Custody: Sendable {
        package var at: Instant
        package var who: String
        /// `collected`, `copied`, `sealed`, `handed-over`, `received`, …
        package var action: String
        package var note: String

        package init(at: Instant, who: String, action: String, note: String = "") {
            self.at = at
            self.who = who
            self.action = action
            self.note = note
        }
    }

    package struct Content: Sendable {
        package var caseID: String
        package var items: [Item]
        package var custody: [Custody]
        package var madeAt: Instant
        package var madeBy: String
        /// Number of the legal and technical review record; without one the package is a lead only.
        package var reviewRecord: String?

        package init(
            caseID: String, items: [Item], custody: [Custody], madeAt: Instant, madeBy: String,
            reviewRecord: String? = nil
        ) {
            self.caseID = caseID
            self.items = items
            self.custody = custody
            self.madeAt = madeAt
            self.madeBy = madeBy
            self.reviewRecord = reviewRecord
        }
    }

    static let sums = "SHA256SUMS"
    static let signature = "SHA256SUMS.sig"
    static let sm3Sums = "SM3SUMS"
    static let manifest = "manifest.json"
    static let custodyLog = "custody.csv"
    static let key = "signer.pub.pem"
    static let readMe = "README.txt"
    static let evidence = "evidence"
    static let leadOnly = "线索，不作为处罚证据 / lead only, not penalty evidence"

    /// Makes the folder, which must not be there yet. It appears whole or not at all.
    /// - Returns: fingerprint of the signer and digest of `SHA256SUMS`.
    @discardableResult
    package static func make(
        _ folder: String, _ content: Content, key signing: SigningKey
    ) throws -> (signer: String, digest: String) {
        let files = FileManager.default
        guard !files.fileExists(atPath: folder) else { throw PackageFault(.exists, folder, "name a new folder") }
        guard (1...Limits.items).contains(content.items.count) else {
            throw PackageFault(.malformed, folder, "give from 1 to \(Limits.items) files")
        }
        let partial = folder + ".partial"
        if files.fileExists(atPath: partial) { throw PackageFault(.exists, partial, "remove what was left half made") }
        do {
            try files.createDirectory(atPath: partial + "/" + evidence, withIntermediateDirectories: true)
        } catch { throw PackageFault(.unwritable, partial, "give a folder with room and rights") }
        do {
            let digest = try fill(partial, content, signing)
            EvidenceFiles.syncFolder(partial + "/" + evidence)
            EvidenceFiles.syncFolder(partial)
            do { try files.moveItem(atPath: partial, toPath: folder) } catch {
                throw PackageFault(.unwritable, folder, "give a folder with room and rights")
            }
            return (signing.verifying.fingerprint, digest)
        } catch {
            try? files.removeItem(atPath: partial)
            throw error
        }
    }

    private static func fill(_ folder: String, _ content: Content, _ signing: SigningKey) throws -> String {
        var lines: [String: String] = [:]
        var sm3Lines: [String] = []
        var items: [JSONValue] = []
        for (index, item) in content.items.enumerated() {
            let path = evidence + "/" + name(of: item.source, index + 1)
            guard let digest = try EvidenceFiles.digest(item.source, copyTo: folder + "/" + path) else {
                throw PackageFault(.missing, item.source, "name files that are there; links are not followed")
            }
            if let sm3 = item.sm3 {
                guard Digests.isSHA256(sm3) else {
                    throw PackageFault(.malformed, item.source, "give SM3 as 64 lower-case hexadecimal digits")
                }
                sm3Lines.append("\(sm3)  \(path)\n")
            }
            lines[path] = digest.sha256
            items.append(
                .members([
                    "path": .string(path), "bytes": .int(digest.bytes), "sha256": .string(digest.sha256),
                    "sm3": .of(item.sm3), "kind": .string(ExchangeLimits.clipped(item.kind)),
                    "name": .string(ExchangeLimits.clipped(lastPart(item.source))),
                    "origin": .string(ExchangeLimits.clipped(item.origin)),
                    "collected_at": .string(item.collectedAt.rfc3339(digits: 6)),
                    "collected_by": .string(ExchangeLimits.clipped(item.collectedBy)),
                ]))
        }
        func put(_ name: String, _ bytes: [UInt8]) throws {
            try EvidenceFiles.save(bytes, folder + "/" + name)
            lines[name] = Digests.sha256(bytes)
        }
        let about = JSONValue.members([
            "format": 1, "case": .string(content.caseID), "made_at": .string(content.madeAt.rfc3339()),
            "made_by": .string(content.madeBy), "items": .array(items),
            "review_record": .of(content.reviewRecord),
            "stamp": .of(content.reviewRecord == nil ? leadOnly : nil),
        ])
        let aboutBytes = Array((about.text + "\n").utf8)
        guard aboutBytes.count <= Limits.manifestBytes else {
            throw PackageFault(.malformed, manifest, "make several packages of fewer files")
        }
        try put(manifest, aboutBytes)
        try put(custodyLog, custodyTable(content.custody))
        try put(key, Array(signing.verifying.pem.utf8))
        let captures = lines.keys.contains { $0.hasSuffix(".pcapng") }
        let text = instructions(captures: captures, sm3: !sm3Lines.isEmpty, lead: content.reviewRecord == nil)
        try put(readMe, Array(text.utf8))
        if !sm3Lines.isEmpty { try put(sm3Sums, Array(sm3Lines.joined().utf8)) }
        let list = Array(lines.sorted { $0.key < $1.key }.map { "\($0.value)  \($0.key)\n" }.joined().utf8)
        try EvidenceFiles.save(list, folder + "/" + sums)
        try EvidenceFiles.save(try signing.sign(list), folder + "/" + signature)
        return Digests.sha256(list)
    }

    private static func custodyTable(_ steps: [Custody]) -> [UInt8] {
        TableExport.csv(
            header: ["step", "at", "who", "action", "note"],
            rows: steps.sorted { $0.at < $1.at }.enumerated().map { index, step in
                [
                    .count(index + 1), .text(step.at.rfc3339(digits: 3)), .text(step.who), .text(step.action),
                    .text(step.note),
                ]
            })
    }

    private static func lastPart(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    /// A name of our own: number, and of the given name only what no shell and no list can misread.
    private static func name(of path: String, _ number: Int) -> String {
        let kept = lastPart(path).unicodeScalars.map { scalar -> Character in
            switch scalar.value {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: Character(scalar)
            default: "_"
            }
        }
        let digits = String(number)
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits + "-" + String(kept.suffix(80))
    }

    private static func instructions(captures: Bool, sm3: Bool, lead: Bool) -> String {
        (lead ? leadOnly + "\n\n" : "") + """
            Check this folder with public tools, from within it / 在本目录内用公开工具核验：

            sha256sum -c --strict SHA256SUMS
            openssl pkeyutl -verify -pubin -inkey signer.pub.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig
            openssl pkey -pubin -in signer.pub.pem -outform DER | tail -c 32 | sha256sum
            \(captures ? "capinfos evidence/*.pcapng\n" : "")\(sm3 ? "cksum -a sm3 --check SM3SUMS\n" : "")
            The third line prints the signer's fingerprint; compare it with the one that you had by another way.
            第三行输出签名者公钥指纹，请与另行获得的指纹比对。

            """
    }
}
