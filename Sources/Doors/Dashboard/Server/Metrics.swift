import Synchronization

/// What the server did, for Prometheus: requests by route and status, and how long they took. No address, name or
/// identifier is in it.
final class Metrics: Sendable {
    private struct Key: Hashable {
        var route: String
        var status: Int
    }

    private struct Counts {
        var requests: [Key: Int] = [:]
        var buckets = [Int](repeating: 0, count: Metrics.bounds.count + 1)
        var seconds = 0.0
    }

    /// Seconds.
    private static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.3, 0.5, 1, 2.5]

    private let counts = Mutex(Counts())

    func count(route: String, status: Int, seconds: Double) {
        counts.withLock { counts in
            counts.requests[Key(route: route, status: status), default: 0] += 1
            counts.seconds += seconds
            counts.buckets[Metrics.bounds.firstIndex { seconds <= $0 } ?? Metrics.bounds.count] += 1
        }
    }

    func text(ready: Bool) -> String {
        let now = counts.withLock { $0 }
        var text = "# TYPE countermine_ready gauge\ncountermine_ready \(ready ? 1 : 0)\n"
        text += "# TYPE countermine_requests_total counter\n"
        for (key, count) in now.requests.sorted(by: { ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status) }) {
            text += "countermine_requests_total{route=\"\(key.route)\",status=\"\(key.status)\"} \(count)\n"
        }
        text += "# TYPE countermine_request_seconds histogram\n"
        var sum = 0
        for (bound, count) in zip(Metrics.bounds, now.buckets) {
            sum += count
            text += "countermine_request_seconds_bucket{le=\"\(bound)\"} \(sum)\n"
        }
        sum += now.buckets[Metrics.bounds.count]
        text += "countermine_request_seconds_bucket{le=\"+Inf\"} \(sum)\n"
        return text + "countermine_request_seconds_sum \(now.seconds)\ncountermine_request_seconds_count \(sum)\n"
    }
}
