import Bytes
import Capture
import Sessions
import Stratum
import Vocabulary
import Wire

/// Whether accounts and workers are written verbatim or masked. Masked wherever a record leaves the operator's machine.
package enum Identities: String, Sendable, CaseIterable {
    case full, masked

    func shown(_ text: String?) -> String? {
        switch self {
        case .full: text
        case .masked: text.map(maskedIdentity)
        }
    }
}

/// The `session`, `contact` and `capture` records of the contract, section 3.
enum NetworkRecords {
    static func session(
        _ session: SessionObservation, capture: CaptureIdentity, identities: Identities, pseudonyms: Pseudonyms?,
        place: (Int) -> (frame: Int, capture: String)
    ) -> String {
        var record = Record(kind: "session")
        record.field("tier", session.tier.rawValue)
        record.field("probability", session.probability)
        record.field("dialect", session.dialect)
        record.field("algorithm", session.algorithm)
        record.field("coin", session.coin)
        record.strings("carrier", session.carrier)
        record.array("outer", session.outer) { pair, inner in
            inner.field("source", pair.source.description)
            inner.field("destination", pair.destination.description)
        }
        record.object("client") { endpoint(session.client, into: &$0) }
        record.object("server") {
            endpoint(session.server, into: &$0)
            $0.field("name", session.serverName)
        }
        record.object("pool") {
            $0.field("name", session.poolName)
            $0.field("via", session.poolVia)
            $0.field("tag", session.poolTag)
            $0.field("payout", session.payoutAddress ?? session.payoutScript.map(hexadecimal))
        }
        record.field("account", identities.shown(session.account))
        if let pseudonyms { record.field("account_id", session.account.map(pseudonyms.name)) }
        record.field("worker", identities.shown(session.worker))
        if let form = session.accountForm {
            record.object("account_form") {
                $0.field("coin", form.coin)
                $0.field("check", form.check?.rawValue)
            }
        }
        workers(session.workers, identities, into: &record)
        record.field("agent", session.agent)
        record.field("device", session.device?.name)
        record.field("first_seen", session.firstSeen?.rfc3339(digits: capture.timeDigits))
        record.field("last_seen", session.lastSeen?.rfc3339(digits: capture.timeDigits))
        record.field("packets", session.packets)
        record.field("bytes", session.bytes)
        record.field("jobs", session.jobs)
        record.object("shares") {
            $0.field("submitted", session.submitted)
            $0.field("accepted", session.accepted)
            $0.field("rejected", session.rejected)
            $0.field("verified", session.verified)
            for why in [ShareRefusal.stale, .duplicate, .lowDifficulty] {
                $0.field(why.rawValue, session.refusals.map { $0[why] ?? 0 })
            }
        }
        record.object("difficulty") {
            $0.field("last", session.difficultyLast)
            $0.field("sum", session.difficultySum)
        }
        record.estimate("hashrate", session.hashrate, unit: session.hashrateUnit)
        record.field("declared_hashrate", session.declared)
        record.estimate("power_w", session.watts)
        record.strings("flags", session.flags.sorted())
        record.reasons("reasons", session.reasons)
        record.reasons("against", session.against)
        record.array("evidence", session.evidence) { item, inner in
            let (frame, file) = place(item.frame)
            inner.field("frame", frame)
            inner.field("event", item.event)
            // A session that crosses from one file of a set to the next.
            if file != capture.path { inner.field("capture", file) }
        }
        record.field("capture", capture.path)
        record.field("capture_sha256", capture.sha256)
        return record.line()
    }

    /// Only where several spoke on the connection: one alone is the session's account and worker.
    private static func workers(_ workers: WorkerCounts, _ identities: Identities, into record: inout Record) {
        guard workers.all.count > 1 else { return }
        record.array("workers", workers.all) { one, inner in
            inner.field("account", identities.shown(one.account))
            inner.field("worker", identities.shown(one.worker))
            inner.field("submitted", one.submitted)
            inner.field("accepted", one.accepted)
        }
        if workers.beyond > 0 { record.field("workers_beyond_limit", workers.beyond) }
    }

    /// Two sessions and what they have in common.
    static func link(
        _ link: SessionLink, _ sessions: [SessionObservation], capture: CaptureIdentity
    ) -> String {
        var record = Record(kind: "link")
        record.field("what", link.what.rawValue)
        record.array("sessions", [sessions[link.first], sessions[link.second]]) { session, inner in
            inner.object("client") { endpoint(session.client, into: &$0) }
            inner.object("server") { endpoint(session.server, into: &$0) }
            inner.field("first_seen", session.firstSeen?.rfc3339(digits: capture.timeDigits))
        }
        if let count = link.count { record.field("count", count) }
        record.field("capture", capture.path)
        return record.line()
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    static func contact(_ contact: ContactObservation, capture: CaptureIdentity) -> String {
        var record = Record(kind: "contact")
        record.field("tier", Tier.e.rawValue)
        record.field("what", contact.what.rawValue)
        record.field("name", contact.name)
        record.field("client", contact.client.description)
        record.field("count", contact.count)
        record.field("capture", capture.path)
        return record.line()
    }

    static func capture(_ summary: CaptureSummary) -> String {
        var record = Record(kind: "capture")
        record.field("capture", summary.identity.path)
        record.field("sha256", summary.identity.sha256)
        record.field("format", summary.format)
        record.strings("linktypes", summary.linkTypes)
        record.object("packets") {
            $0.field("in_file", summary.packets.inFile)
            $0.field("decoded", summary.packets.decoded)
            $0.field("malformed", summary.packets.malformed)
            $0.field("truncated", summary.packets.truncated)
            $0.field("unsupported", summary.packets.unsupported)
            $0.field("over_limit", summary.packets.overLimit)
        }
        record.field("filtered_out", summary.filteredOut)
        record.field("bytes", summary.bytes)
        record.field("flows", summary.flows)
        record.field("sessions", summary.sessions)
        record.field("first", summary.first?.rfc3339(digits: summary.identity.timeDigits))
        record.field("last", summary.last?.rfc3339(digits: summary.identity.timeDigits))
        record.strings("flags", summary.flags.sorted())
        if !summary.notes.names.isEmpty {
            record.array("names", summary.notes.names) { one, inner in
                inner.field("ip", one.address.description)
                inner.field("name", one.name)
            }
        }
        let losses = summary.notes.statistics
        if losses.interfaces > 0 {
            record.object("losses") {
                $0.field("interface", Int(clamping: losses.droppedByInterface))
                $0.field("system", Int(clamping: losses.droppedBySystem))
            }
        }
        if let drops = summary.drops {
            record.object("drops") {
                $0.field("received", drops.received)
                $0.field("kernel", drops.droppedByKernel)
                $0.field("interface", drops.droppedByInterface)
            }
        }
        record.field("error", summary.error)
        record.field("seconds", summary.seconds)
        return record.line()
    }

    private static func endpoint(_ endpoint: Endpoint, into record: inout Record) {
        record.field("ip", endpoint.ip.description)
        record.field("port", Int(endpoint.port))
    }
}
