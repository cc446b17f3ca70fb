import Glibc
import Synchronization

/// A decoding child at work: its frames are read ahead on a thread of its own, up to a bound, and taken from here.
package final class RunningChild {
    package struct Frame: Sendable {
        package var kind: UInt8
        package var payload: [UInt8]
    }

    private enum Item: Sendable {
        case frame(Frame)
        case broken(String)
    }

    /// Frames read ahead: some 20 MiB of days, so that one child decodes while another's days are stored.
    private static let ahead = 32

    private let process: pid_t
    /// Number by which the system knows the child, for who watches it.
    var identifier: pid_t { process }
    private let items = Conveyor<Item>(capacity: ahead)
    private var reader: Worker?
    private var isReaped = false

    init(process: pid_t, answer: Int32, limit: Int) {
        self.process = process
        let items = items
        reader = Worker {
            RunningChild.read(answer, limit: limit, into: items)
            close(answer)
            items.close()
        }
    }

    deinit { stop() }

    /// The next frame; nil once the child has ended as it should. A child that died, or that sent what is no frame, is a
    /// failure, and then nothing it sent is to be believed.
    package func next() throws(DecodingChild.Failure) -> Frame? {
        switch items.take() {
        case .frame(let frame): return frame
        case .broken(let reason):
            stop()
            throw DecodingChild.Failure(reason: reason)
        case nil:
            try reap()
            return nil
        }
    }

    /// Ends the child; what it has sent is forgotten.
    package func stop() {
        guard !isReaped else { return }
        kill(process, SIGKILL)
        items.close()
        try? reap()
    }

    private func reap() throws(DecodingChild.Failure) {
        guard !isReaped else { return }
        isReaped = true
        reader?.join()
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7f
        if signal != 0 { throw DecodingChild.Failure(reason: DecodingChild.reason(signal: signal)) }
        let code = status >> 8 & 0xff
        guard code == 0 else { throw DecodingChild.Failure(reason: "decoder ended with status \(code)") }
    }

    private static func read(_ descriptor: Int32, limit: Int, into items: Conveyor<Item>) {
        var taken = 0
        while let head = bytes(descriptor, AnswerFrame.headBytes), !head.isEmpty {
            guard let (kind, length) = AnswerFrame.parse(head) else {
                return items.put(.broken("decoder sent a broken answer"))
            }
            taken += head.count + length
            guard taken <= limit else {
                return items.put(.broken("output limit: more than \(limit >> 20) MiB of decoded data"))
            }
            // A short payload is the end of a child that died: its status tells more.
            guard let payload = bytes(descriptor, length), payload.count == length else { return }
            items.put(.frame(Frame(kind: kind.rawValue, payload: payload)))
        }
    }

    /// As many bytes as asked for; fewer only when the answer ended before the first, nil when it ended between.
    private static func bytes(_ descriptor: Int32, _ count: Int) -> [UInt8]? {
        var filled = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while filled < count {
                let got = Glibc.read(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled)
                if got < 0, errno == EINTR { continue }
                if got <= 0 { break }
                filled += got
            }
            initialized = filled
        }
        return filled == count || filled == 0 ? bytes : nil
    }
}
