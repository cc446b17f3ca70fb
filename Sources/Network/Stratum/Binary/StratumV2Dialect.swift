/// Stratum V2 in clear, as it is allowed on a farm's own network (`stratum.md` 1.18). Frames name their sender, so that a
/// stream may be joined at any frame; two of them, or one whole SetupConnection for mining, make the dialect sure.
package struct StratumV2Dialect: BinaryDialect {
    package static let name = "stratum-v2"
    package static let algorithm: String? = "sha256d"

    /// One direction's bytes.
    private struct Side {
        var buffer: [UInt8] = []
        /// Bytes of a payload that nobody reads.
        var skipped = 0
        var isLost = false
    }

    private struct Share {
        var id: String
        var channel: UInt32
        var sequence: UInt32
    }

    private static let certainFrames = 2
    private static let pendingShares = 512

    package private(set) var verdict = BinaryVerdict.open
    private var client = Side()
    private var server = Side()
    private var minerIsClient: Bool?
    private var frames = 0
    private var shares: [Share] = []
    private var channels = StratumV2Channels()

    package init?(opening: ArraySlice<UInt8>) {
        guard opening.first == 0 else { return nil }
        if let second = opening.dropFirst().first, second & 0x7F != 0 { return nil }
        if opening.count >= StratumV2Frame.headBytes, StratumV2Frame.head(opening)?.kind == nil { return nil }
    }

    package mutating func take(_ bytes: ArraySlice<UInt8>, fromClient: Bool, into said: inout [BinarySaying]) {
        guard verdict != .refused else { return }
        let (found, fits) = fromClient ? Self.cut(bytes, &client) : Self.cut(bytes, &server)
        for frame in found where verdict != .refused { read(frame, fromClient, &said) }
        if !fits { refuse() }
    }

    package mutating func gap(fromClient: Bool, into said: inout [BinarySaying]) {
        if fromClient { client = Side(isLost: true) } else { server = Side(isLost: true) }
    }

    /// Once it was sure, the rest is only damaged: the next frame is waited for.
    private mutating func refuse() {
        if verdict == .open { verdict = .refused }
        client = Side(isLost: true)
        server = Side(isLost: true)
    }

    /// Whole frames. `fits` is false where a header should stand and none does; behind a gap that is expected.
    private static func cut(_ bytes: ArraySlice<UInt8>, _ side: inout Side) -> (frames: [StratumV2Frame], fits: Bool) {
        let skipped = min(side.skipped, bytes.count)
        side.skipped -= skipped
        side.buffer += bytes.dropFirst(skipped)
        var frames: [StratumV2Frame] = []
        var at = 0
        while side.buffer.count - at >= StratumV2Frame.headBytes {
            guard let (kind, length) = StratumV2Frame.head(side.buffer[at...]), kind != nil || !side.isLost else {
                let wasLost = side.isLost
                side.buffer = []
                return (frames, wasLost)
            }
            side.isLost = false
            let end = at + StratumV2Frame.headBytes + length
            if let kind {
                guard end <= side.buffer.count else { break }
                frames.append(
                    StratumV2Frame(kind: kind, payload: side.buffer[(at + StratumV2Frame.headBytes)..<end]))
            } else {
                side.skipped = max(0, end - side.buffer.count)
            }
            at = min(end, side.buffer.count)
        }
        side.buffer.removeFirst(at)
        return (frames, true)
    }
}

// MARK: - Messages

extension StratumV2Dialect {
    private mutating func read(_ frame: StratumV2Frame, _ fromClient: Bool, _ said: inout [BinarySaying]) {
        let isFromMiner = frame.kind.role == .miner
        guard minerIsClient ?? (fromClient == isFromMiner) == (fromClient == isFromMiner) else { return refuse() }
        var fields = StratumV2Fields(frame.payload)
        var sayings: [BinarySaying] = []
        let fits =
            isFromMiner
            ? readMiner(frame.kind, &fields, &sayings) : readPool(frame.kind, &fields, &sayings)
        guard fits, !fields.isShort else { return refuse() }
        minerIsClient = fromClient == isFromMiner
        frames = min(frames + 1, 1 << 20)
        if verdict == .open, frames >= Self.certainFrames || frame.kind == .setupConnection { verdict = .certain }
        said += sayings
    }

    /// False when the fields cannot be those of such a message.
    private mutating func readMiner(
        _ kind: StratumV2Frame.Kind, _ fields: inout StratumV2Fields, _ said: inout [BinarySaying]
    ) -> Bool {
        switch kind {
        case .setupConnection: return readSetup(&fields, &said)
        case .openStandardChannel, .openExtendedChannel:
            let request = fields.word()
            let (account, worker) = splitIdentity(fields.text())
            let rate = Float(bitPattern: fields.word())
            _ = fields.bytes(kind == .openStandardChannel ? 32 : 34)
            guard rate.isFinite, rate >= 0 else { return false }
            said.append(
                .said(.miner, id: "open.\(request)", .login(account: account, worker: worker, agent: nil)))
            said.append(.said(.miner, id: nil, .declaredHashrate(Double(rate))))
        case .updateChannel:
            _ = fields.word()
            let rate = Float(bitPattern: fields.word())
            guard rate.isFinite, rate >= 0 else { return false }
            said.append(.said(.miner, id: nil, .declaredHashrate(Double(rate))))
        case .submitSharesStandard, .submitSharesExtended:
            readShare(isExtended: kind == .submitSharesExtended, &fields, &said)
        default: break
        }
        return true
    }

    /// Only the mining protocol: job declaration and template distribution are talks of servers.
    private func readSetup(_ fields: inout StratumV2Fields, _ said: inout [BinarySaying]) -> Bool {
        let use = fields.byte()
        let (least, most) = (fields.short(), fields.short())
        _ = fields.word()
        let host = fields.text()
        let port = fields.short()
        let agent = [fields.text(), fields.text(), fields.text()].compactMap { $0 }.joined(separator: " ")
        _ = fields.text()
        guard use == 0, (1...2).contains(least), (2...16).contains(most), fields.isEmpty else { return false }
        said.append(
            .said(
                .miner, id: "setup",
                .subscribe(agent: agent.isEmpty ? nil : agent, host: host.map { port == 0 ? $0 : "\($0):\(port)" })))
        return true
    }

    private mutating func readShare(
        isExtended: Bool, _ fields: inout StratumV2Fields, _ said: inout [BinarySaying]
    ) {
        let (channel, sequence, job) = (fields.word(), fields.word(), fields.word())
        let (nonce, time, version) = (fields.word(), fields.word(), fields.word())
        let material: ShareMaterial =
            isExtended
            ? .bitcoin(extranonce2: fields.counted(), time: time, nonce: nonce, versionBits: version)
            : .header(version: version, time: time, nonce: nonce)
        guard !fields.isShort else { return }
        let id = "\(channel).\(sequence)"
        shares.append(Share(id: id, channel: channel, sequence: sequence))
        if shares.count > Self.pendingShares { shares.removeFirst() }
        said.append(
            .said(
                .miner, id: id,
                .submit(job: "\(channel).\(job)", account: nil, worker: nil, claimed: nil, share: material)))
    }

    private mutating func readPool(
        _ kind: StratumV2Frame.Kind, _ fields: inout StratumV2Fields, _ said: inout [BinarySaying]
    ) -> Bool {
        switch kind {
        case .setupConnectionSuccess:
            guard fields.short() == 2 else { return false }
            said.append(.answered(ids: ["setup"], more: 0, good: true))
        case .setupConnectionError: said.append(.answered(ids: ["setup"], more: 0, good: false))
        case .openChannelError: said.append(.answered(ids: ["open.\(fields.word())"], more: 0, good: false))
        case .openStandardChannelSuccess, .openExtendedChannelSuccess:
            let request = fields.word()
            channels.open(isExtended: kind == .openExtendedChannelSuccess, &fields)
            said.append(.answered(ids: ["open.\(request)"], more: 0, good: true))
            // Each job holds its own part of the nonce space.
            said.append(.said(.pool, id: nil, .extranonce([])))
        case .newMiningJob: channels.take(job: &fields, &said)
        case .newExtendedMiningJob: channels.take(extendedJob: &fields, &said)
        case .setNewPrevHash: channels.take(previous: &fields, &said)
        case .setTarget: channels.take(target: &fields, &said)
        case .setExtranoncePrefix: channels.take(prefix: &fields)
        case .submitSharesSuccess: settle(&fields, &said)
        case .submitSharesError:
            let id = "\(fields.word()).\(fields.word())"
            // What was refused is `stale-share`, `difficulty-too-low`, …: text, or the frame is another protocol's.
            guard fields.text() != nil else { return false }
            let known = shares.firstIndex { $0.id == id }
            if let known { shares.remove(at: known) }
            said.append(.answered(ids: known == nil ? [] : [id], more: known == nil ? 1 : 0, good: false))
        default: break
        }
        return true
    }

    /// One answer for many shares: all up to a number, but for those that were refused.
    private mutating func settle(_ fields: inout StratumV2Fields, _ said: inout [BinarySaying]) {
        let (channel, last) = (fields.word(), fields.word())
        let count = min(Int(fields.word()), Self.pendingShares)
        _ = fields.long()
        guard !fields.isShort else { return }
        var ids: [String] = []
        shares.removeAll { share in
            guard share.channel == channel, share.sequence <= last, ids.count < count else { return false }
            ids.append(share.id)
            return true
        }
        said.append(.answered(ids: ids, more: count - ids.count, good: true))
    }
}
