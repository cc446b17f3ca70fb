/// What the pool has said of its channels: targets, nonce space and jobs, as far as it is needed to tell what a share is
/// worth and to put its header together.
struct StratumV2Channels {
    /// A job that waits for the block it builds on.
    private struct Waiting {
        var job: UInt32
        var material: Material
    }

    private enum Material {
        case root([UInt8])
        case coinbase(version: UInt32, prefix: [UInt8], suffix: [UInt8], branch: [[UInt8]])
    }

    private struct Channel {
        var id: UInt32
        var group: UInt32?
        var hashes: Double?
        var difficulty: Double?
        var extranonce: [UInt8] = []
        var previous: [UInt8] = []
        var bits: UInt32 = 0
        var waiting: [Waiting] = []

        init(id: UInt32) { self.id = id }

        /// Least significant byte first.
        mutating func take(target: [UInt8]) {
            let value = target.reversed().reduce(0.0) { $0 * 256 + Double($1) }
            guard target.count == 32, value > 0 else { return }
            hashes = StratumV2Channels.power(256) / (value + 1)
            difficulty = 65_535 * StratumV2Channels.power(208) / value
        }
    }

    private static let most = 256
    private static let mostWaiting = 8
    /// Of all jobs that wait in one flow; what comes on top drives the older ones out.
    private static let mostWaitingBytes = 256 << 10

    private var channels: [Channel] = []
    private var waitingBytes = 0

    private static func power(_ exponent: Int) -> Double { Double(sign: .plus, exponent: exponent, significand: 1) }

    mutating func open(isExtended: Bool, _ fields: inout StratumV2Fields) {
        var channel = Channel(id: fields.word())
        channel.take(target: fields.bytes(32))
        if isExtended { _ = fields.short() }
        channel.extranonce = fields.counted()
        guard !fields.isShort else { return }
        if !fields.isEmpty { channel.group = fields.word() }
        add(channel)
    }

    private mutating func add(_ channel: Channel) {
        channels.removeAll { old in
            guard old.id == channel.id else { return false }
            waitingBytes -= old.waiting.reduce(0) { $0 + Self.size($1.material) }
            return true
        }
        if channels.count >= Self.most {
            waitingBytes -= channels.removeFirst().waiting.reduce(0) { $0 + Self.size($1.material) }
        }
        channels.append(channel)
    }

    /// Places of a channel, or of all in a group; one that was opened before the capture began is taken as it comes.
    private mutating func places(_ id: UInt32) -> [Int] {
        let known = channels.indices.filter { channels[$0].id == id || channels[$0].group == id }
        if !known.isEmpty { return known }
        add(Channel(id: id))
        return [channels.count - 1]
    }

    mutating func take(target fields: inout StratumV2Fields, _ said: inout [BinarySaying]) {
        let id = fields.word()
        let target = fields.bytes(32)
        guard !fields.isShort else { return }
        for place in places(id) {
            channels[place].take(target: target)
            guard let hashes = channels[place].hashes, let difficulty = channels[place].difficulty else { continue }
            said.append(.said(.pool, id: nil, .difficulty(difficulty, hashes: hashes)))
        }
    }

    mutating func take(prefix fields: inout StratumV2Fields) {
        let id = fields.word()
        let prefix = fields.counted()
        guard !fields.isShort else { return }
        for place in places(id) { channels[place].extranonce = prefix }
    }

    mutating func take(job fields: inout StratumV2Fields, _ said: inout [BinarySaying]) {
        let (id, job) = (fields.word(), fields.word())
        let time = fields.optionalWord()
        // Each share names its version in full.
        _ = fields.word()
        let root = fields.hash()
        guard !fields.isShort else { return }
        hand(id, job, .root(root), isWaiting: time == nil, &said)
    }

    mutating func take(extendedJob fields: inout StratumV2Fields, _ said: inout [BinarySaying]) {
        let (id, job) = (fields.word(), fields.word())
        let time = fields.optionalWord()
        let version = fields.word()
        _ = fields.byte()
        let branch = (0..<Int(fields.byte())).map { _ in fields.bytes(32) }
        let prefix = fields.counted(by: 2)
        let suffix = fields.counted(by: 2)
        guard !fields.isShort else { return }
        let material = Material.coinbase(version: version, prefix: prefix, suffix: suffix, branch: branch)
        hand(id, job, material, isWaiting: time == nil, &said)
    }

    private mutating func hand(
        _ id: UInt32, _ job: UInt32, _ material: Material, isWaiting: Bool, _ said: inout [BinarySaying]
    ) {
        for (count, place) in places(id).enumerated() {
            let channel = channels[place]
            let template = isWaiting ? nil : Self.template(material, channel)
            let name = "\(channel.id).\(job)"
            if isWaiting { wait(Waiting(job: job, material: material), place) }
            if count == 0 {
                said.append(
                    .said(
                        .pool, id: nil,
                        .job(
                            id: name, difficulty: channel.difficulty, hashes: channel.hashes,
                            algorithm: StratumV2Dialect.algorithm, template: template)))
            } else if let template {
                // The same job for the rest of a group: it counts once.
                activate(name, channel, template, &said)
            }
        }
    }

    private mutating func wait(_ one: Waiting, _ place: Int) {
        let size = Self.size(one.material)
        guard size <= Self.mostWaitingBytes / 4 else { return }
        if channels[place].waiting.count >= Self.mostWaiting {
            waitingBytes -= Self.size(channels[place].waiting.removeFirst().material)
        }
        if waitingBytes + size > Self.mostWaitingBytes {
            for other in channels.indices { channels[other].waiting = [] }
            waitingBytes = 0
        }
        channels[place].waiting.append(one)
        waitingBytes += size
    }

    mutating func take(previous fields: inout StratumV2Fields, _ said: inout [BinarySaying]) {
        let (id, job) = (fields.word(), fields.word())
        let previous = fields.bytes(32)
        _ = fields.word()
        let bits = fields.word()
        guard !fields.isShort else { return }
        for place in places(id) {
            channels[place].previous = previous
            channels[place].bits = bits
            let waiting = channels[place].waiting.last { $0.job == job }
            waitingBytes -= channels[place].waiting.reduce(0) { $0 + Self.size($1.material) }
            channels[place].waiting = []
            let channel = channels[place]
            if let waiting, let template = Self.template(waiting.material, channel) {
                activate("\(channel.id).\(job)", channel, template, &said)
            }
        }
    }

    private func activate(
        _ name: String, _ channel: Channel, _ template: JobTemplate, _ said: inout [BinarySaying]
    ) {
        guard let difficulty = channel.difficulty, let hashes = channel.hashes else { return }
        said.append(.activated(job: name, difficulty: difficulty, hashes: hashes, template: template))
    }

    private static func size(_ material: Material) -> Int {
        switch material {
        case .root: 32
        case .coinbase(_, let prefix, let suffix, let branch): prefix.count + suffix.count + 32 * branch.count
        }
    }

    private static func template(_ material: Material, _ channel: Channel) -> JobTemplate? {
        guard channel.previous.count == 32 else { return nil }
        switch material {
        case .root(let root):
            return .header(HeaderJob(previous: channel.previous, root: root, bits: channel.bits))
        case .coinbase(let version, let prefix, let suffix, let branch):
            // V1 writes the previous block in words, each the other way round.
            let words = stride(from: 0, to: 32, by: 4).flatMap { channel.previous[$0..<($0 + 4)].reversed() }
            return .bitcoin(
                BitcoinJob(
                    previous: words, coinbase1: prefix + channel.extranonce, coinbase2: suffix, branch: branch,
                    version: version, bits: channel.bits))
        }
    }
}
