import Vocabulary

/// Something a person did that changed no row but must be known: looked at, exported, logged in.
package struct AuditEntry: Hashable, Sendable {
    package var actor: String
    package var action: String
    /// `case:…`, `site:…`, `page:…`.
    package var object: String
    package var detail: String

    package init(actor: String, action: String, object: String, detail: String) {
        self.actor = actor
        self.action = action
        self.object = object
        self.detail = detail
    }
}

extension CasebookWriter {
    /// Appends entries, all or none.
    package func log(_ entries: [AuditEntry], now: Instant) throws(CasebookError) {
        guard !entries.isEmpty else { return }
        try transaction { try AuditChain.append($0, at: now, entries) }
    }
}
