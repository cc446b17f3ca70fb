import Foundation
import Reports
import Sessions
import Vocabulary

/// The table of sessions for people: how sure, who, to whom, which coin, since when, how much, why, and what speaks against.
package struct SessionRow {
    private let words: Catalogue
    private let identities: Identities

    package init(identities: Identities, language: Language) throws(OperationsError) {
        self.identities = identities
        do {
            words = try Catalogue.load(language == .zh ? .zh : .en)
        } catch {
            throw OperationsError(.missing, place: "catalogue", what: "\(error)", remedy: "reinstall the program")
        }
    }

    /// In the order of the columns.
    package func cells(_ session: SessionObservation) -> [String] {
        let people = [identities.shown(session.account), identities.shown(session.worker)].compactMap { $0 }
        var who = people.isEmpty ? "–" : people.joined(separator: " / ")
        if session.workers.all.count > 1 { who += " +\(session.workers.all.count - 1)" }
        return [
            session.tier.rawValue, endpointText(session.client), pool(session), who,
            session.coin ?? session.algorithm ?? "(\(session.dialect))", session.firstSeen.map(words.time) ?? "–",
            "\(count(session.accepted)) / \(count(session.submitted))",
            session.hashrate.map { rate($0.value) + (session.hashrateUnit ?? "") } ?? "–",
            session.watts.map { "\(shortNumber($0.value)) (\(shortNumber($0.low))–\(shortNumber($0.high)))" } ?? "–",
            reason(session), against(session),
        ]
    }

    package func cells(_ contact: ContactObservation) -> [String] {
        [words.word("contact", contact.what.rawValue), contact.client.description, contact.name, "\(contact.count)"]
    }

    private func pool(_ session: SessionObservation) -> String {
        let address = endpointText(session.server)
        guard let name = session.poolName ?? session.serverName, !name.hasPrefix("\(session.server.ip)") else {
            return address
        }
        return "\(name) \(address)"
    }

    /// The strongest ground: they come in the order of their weight.
    private func reason(_ session: SessionObservation) -> String {
        guard let first = session.reasons.first else { return "–" }
        return words.word("event", first.id) + (first.count.map { " × \($0)" } ?? "")
    }

    private func against(_ session: SessionObservation) -> String {
        let grounds = session.against.map { words.word("brief", $0.id) }
        return (grounds + session.flags.sorted().map { words.word("brief", $0) }).joined(separator: " · ")
    }

    private func count(_ value: Int?) -> String { value.map(String.init) ?? "–" }
}

/// `192.0.2.1:3333`, `[2001:db8::1]:3333`.
func endpointText(_ endpoint: Endpoint) -> String {
    endpoint.ip.isIPv4 ? "\(endpoint.ip):\(endpoint.port)" : "[\(endpoint.ip)]:\(endpoint.port)"
}
