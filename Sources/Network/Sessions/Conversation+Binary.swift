import Flows
import Stratum

/// Dialects that are no JSON, and the management interfaces of miners.
extension Conversation {
    mutating func hear(_ sayings: [BinarySaying], _ event: StreamEvent) {
        var event = event
        for saying in sayings {
            switch saying {
            case .earlier(let fromClient): event.direction = fromClient ? .clientToServer : .serverToClient
            case .said(let role, let id, let said):
                note(role, event.direction)
                apply(said, id: id, event)
            case .answered(let ids, let more, let good):
                note(.pool, event.direction)
                for id in ids {
                    guard let index = pending.firstIndex(where: { $0.id == id }) else { continue }
                    answer(pending.remove(at: index).request, good, nil, .other, event)
                }
                // Of shares that were not captured: a pool counts its own.
                guard more > 0 else { continue }
                if good { tally.accepted += more } else { tally.rejected += more }
                tally.note(good ? "share-accepted" : "share-rejected", event)
            case .activated(let job, let difficulty, let hashes, let template):
                ledger.remember(job, template)
                remember(job, Worth(hashes: hashes, difficulty: difficulty))
                tally.begin(event)
            case .shown(let reason): tally.note(reason, event)
            }
        }
    }

    /// A message that is none of mining's: a management interface's question or answer, or nothing.
    mutating func manage(_ value: JSONValue, _ event: StreamEvent) {
        if management?.name != nil { return }
        if let name = Management.name(value) {
            management = (name, event.direction)
        } else if management == nil, Management.isQuestion(value) {
            management = (nil, event.direction.opposite)
        }
    }

    /// The flow has ended: what was waiting for more is judged as it is.
    mutating func end(_ event: StreamEvent) { hear(binary.finish(), event) }
}
