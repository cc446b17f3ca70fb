extension FlowTable {
    /// What the reader of the streams wants of a flow.
    package enum Interest: Sendable {
        case follow
        /// Messages were found: evict it last.
        case keep
        /// Nothing to read now; look at the beginnings of segments.
        case opaque
        /// Another protocol: never again.
        case foreign
    }
}
