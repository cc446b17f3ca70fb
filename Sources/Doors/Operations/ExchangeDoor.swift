import Casebook
import Exchange
import Foundation
import Vocabulary

/// `countermine export|package|bundle`: what leaves for other systems, and what comes from provinces.
package struct ExchangeDoor: Sendable {
    private let configuration: Configuration
    private let access: CasebookAccess

    package init(configuration: Configuration) throws(OperationsError) {
        self.configuration = configuration
        access = try CasebookAccess(configuration)
    }

    // MARK: Export

    package enum Form: Sendable {
        /// `stix`, `misp`, …
        case document(String)
        /// `plain`, `rpz`, `nftables`, `suricata`.
        case candidates(String)
        /// Endpoints for the communications administration.
        case destinations
    }

    package static var names: (documents: [String], candidates: [String]) {
        (ExchangeFormats.all.map { $0.name }, BlockLists.all.map { $0.name })
    }

    package struct Exported: Sendable {
        package var bytes: [UInt8]
        /// Findings that are in it.
        package var written: Int
        /// What is not in it, and why.
        package var left: [String]
    }

    /// The store's own findings.
    package func findings() throws(OperationsError) -> [ExchangeFinding] {
        try access.reading { (reader) throws(CasebookError) in try ExchangeFinding.read(reader) }.findings
    }

    /// Findings from the lines of `countermine pcap --jsonl`, with what could not be read.
    package static func findings(
        lines paths: [String]
    ) throws(OperationsError) -> (findings: [ExchangeFinding], refused: [String]) {
        var lines = SessionLines()
        for path in paths {
            guard let data = FileManager.default.contents(atPath: path) else {
                throw OperationsError(.missing, place: path, what: "cannot be read")
            }
            lines.take(Array(data), file: path)
        }
        return (lines.findings, lines.refused.map(\.description))
    }

    /// - Parameter countries: CSV `range,country`; nil: no endpoint is said to lie abroad.
    package static func export(
        _ findings: [ExchangeFinding], _ form: Form, withoutClient: Bool, countries: String?, now: Instant
    ) throws(OperationsError) -> Exported {
        let shown = withoutClient ? findings.map(\.withoutClient) : findings
        let context = ExchangeContext(asOf: now, producer: "countermine", version: Installation.version)
        switch form {
        case .document(let name):
            guard let format = ExchangeFormats.named(name) else { throw unknown(name, names.documents) }
            let document = format.document(shown, context)
            return Exported(
                bytes: document.bytes, written: document.written,
                left: document.left.map { "\($0.id): \($0.why)" })
        case .candidates(let name):
            guard let list = BlockLists.named(name) else { throw unknown(name, names.candidates) }
            let text = list.text(BlockCandidates(shown, BlockCandidates.Policy(), context))
            return Exported(bytes: Array(text.utf8), written: shown.count, left: [])
        case .destinations:
            var table = DestinationTable.Countries([])
            var left: [String] = []
            if let countries {
                guard let data = FileManager.default.contents(atPath: countries) else {
                    throw OperationsError(.missing, place: countries, what: "cannot be read")
                }
                let read = DestinationTable.Countries.read(String(decoding: data, as: UTF8.self), file: countries)
                (table, left) = (read.countries, read.refused.map(\.description))
            }
            return Exported(
                bytes: DestinationTable.csv(shown, countries: table, overseasOnly: countries != nil),
                written: shown.count, left: left)
        }
    }

    private static func unknown(_ name: String, _ known: [String]) -> OperationsError {
        OperationsError(
            .usage, place: name, what: "is no format", remedy: "known: \(known.joined(separator: ", "))")
    }

    // MARK: Packages

    /// Packs files with manifest, custody log, digests and a signature that public tools can check.
    package func pack(
        case id: String, files: [String], into folder: String, by person: String, review: String?, now: Instant
    ) throws(OperationsError) -> String {
        let key = try KeyFolder(place: configuration.keys).signingKey()
        let items = try files.map { (path) throws(OperationsError) -> EvidencePackage.Item in
            var sm3: String?
            do { sm3 = try EvidenceDigest.of(file: path).sm3 } catch { throw OperationsError.storage(path, error) }
            return EvidencePackage.Item(
                source: path, kind: "other", origin: "file", collectedAt: now, collectedBy: person, sm3: sm3)
        }
        do {
            let made = try EvidencePackage.make(
                folder,
                .init(
                    caseID: id, items: items,
                    custody: [.init(at: now, who: person, action: "sealed")], madeAt: now, madeBy: person,
                    reviewRecord: review),
                key: key)
            var record = Record(kind: "package")
            record.field("folder", folder)
            record.field("case", id)
            record.field("files", files.count)
            record.field("signer", made.signer)
            record.field("sha256sums_sha256", made.digest)
            return record.line()
        } catch let fault as PackageFault {
            throw OperationsError(.missing, place: fault.path, what: fault.kind.rawValue, remedy: fault.remedy)
        } catch {
            throw OperationsError.storage(folder, error)
        }
    }

    /// - Parameter key: PEM of the signer, had by another way.
    package static func verifyPackage(_ folder: String, key: String?) throws(OperationsError) -> String {
        var expected: VerifyingKey?
        if let key {
            let text = FileManager.default.contents(atPath: key).map { String(decoding: $0, as: UTF8.self) }
            guard let text, let read = VerifyingKey(pem: text) else {
                throw OperationsError(
                    .usage, place: key, what: "is no Ed25519 public key in PEM", remedy: "ask the signer for it")
            }
            expected = read
        }
        do {
            let found = try EvidencePackage.verify(folder, expected: expected)
            var record = Record(kind: "package")
            record.field("folder", folder)
            record.field("case", found.caseID)
            record.field("files", found.items)
            record.field("bytes", found.bytes)
            record.field("signer", found.signer)
            record.field("signer_known", found.signerExpected ? "yes" : "no")
            record.field("lead_only", found.leadOnly ? "yes" : "no")
            return record.line()
        } catch {
            throw OperationsError(.missing, place: error.path, what: error.kind.rawValue, remedy: error.remedy)
        }
    }

    // MARK: Bundles

    /// The province's report to the nation; `after` is the one it sent before.
    package func bundle(
        from first: CalendarDate, to last: CalendarDate, after path: String?, now: Instant
    ) throws(OperationsError) -> (bytes: [UInt8], foreign: Int) {
        let key = try KeyFolder(place: configuration.keys).signingKey()
        let province = configuration.province
        var before: ProvincialBundle?
        if let path {
            var own = PinnedKeys()
            own.pin(key.verifying, for: province)
            before = try Self.read(path, own)
        }
        let window = KPIWindow(
            start: first.start(offset: beijingOffset), end: last.start(offset: beijingOffset), asOf: nil, unit: nil,
            dayOffsetSeconds: beijingOffset)
        let (facts, foreign) = try access.reading { (reader) throws(CasebookError) in
            try BundleFact.all(reader, province: province, window: window)
        }
        do {
            let issue = ProvincialBundle.Issue(
                province: province, after: before, from: window.start, to: window.end, asOf: now)
            return (try ProvincialBundle.make(issue, facts, key: key), foreign)
        } catch {
            throw OperationsError(.usage, place: "bundle", what: "\(error)")
        }
    }

    private static func read(_ path: String, _ keys: PinnedKeys) throws(OperationsError) -> ProvincialBundle {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw OperationsError(.missing, place: path, what: "cannot be read")
        }
        do {
            return try ProvincialBundle.verify(Array(data), keys: keys)
        } catch {
            throw OperationsError(.missing, place: path, what: "refused: \(error)")
        }
    }

    private static func pinned(_ path: String) throws(OperationsError) -> PinnedKeys {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw OperationsError(.missing, place: path, what: "cannot be read")
        }
        let read = PinnedKeys.read(String(decoding: data, as: UTF8.self), file: path)
        if let refusal = read.refused.first { throw OperationsError(.usage, place: path, what: refusal.description) }
        return read.keys
    }

    package static func verifyBundle(_ path: String, keys: String) throws(OperationsError) -> String {
        told(try read(path, pinned(keys)), outcome: "sound")
    }

    /// Takes bundles into the nation's file, one after the other; the first that is refused ends it, and what was taken
    /// before stays.
    package static func merge(
        _ paths: [String], into book: String, keys: String
    ) throws(OperationsError) -> [String] {
        let pinned = try pinned(keys)
        var nation = NationMerge()
        if let data = FileManager.default.contents(atPath: book) {
            do { nation = try NationMerge(text: String(decoding: data, as: UTF8.self)) } catch {
                throw OperationsError(.missing, place: book, what: "\(error)")
            }
        }
        var lines: [String] = []
        for path in paths {
            let bundle = try read(path, pinned)
            do {
                let outcome = try nation.take(bundle)
                lines.append(told(bundle, outcome: outcome.rawValue))
                if outcome == .merged { try DurableFile.write(Array(nation.text.utf8), to: URL(fileURLWithPath: book)) }
            } catch let refusal as BundleRefusal {
                throw OperationsError(.missing, place: path, what: "refused: \(refusal)")
            } catch {
                throw OperationsError.storage(book, error)
            }
        }
        return lines
    }

    private static func told(_ bundle: ProvincialBundle, outcome: String) -> String {
        let head = bundle.head
        var record = Record(kind: "bundle")
        record.field("outcome", outcome)
        record.field("province", head.province)
        record.field("sequence", head.sequence)
        record.field("from", head.from)
        record.field("to", head.to)
        record.field("as_of", head.asOf)
        record.field("cases", head.cases)
        record.field("figures", head.figures)
        record.field("findings", head.findings)
        record.field("sha256", bundle.digest)
        return record.line()
    }
}
