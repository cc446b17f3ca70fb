import Bytes

/// Undoes the codings of one HTTP body (RFC 9110, 8.4.1), piece by piece: gzip, and deflate with or without its zlib
/// wrapping.
struct BodyDecoder {
    enum Outcome: Equatable { case good, damaged, limit }

    private struct Stage {
        let isGzip: Bool
        var inflater: Inflater?
        /// Input that waits for the two bytes which tell zlib from bare DEFLATE.
        var held: [UInt8] = []
        var hasEnded = false
    }

    private var stages: [Stage] = []
    private var given = 0

    /// Names in the order in which they were applied. Nil when one of them cannot be undone here.
    init?(_ names: [String]) {
        let real = names.filter { $0 != "identity" }
        guard real.count <= CarrierLimits.codings else { return nil }
        for name in real.reversed() {
            switch name {
            case "gzip", "x-gzip": stages.append(Stage(isGzip: true))
            case "deflate": stages.append(Stage(isGzip: false))
            default: return nil
            }
        }
    }

    var isIdentity: Bool { stages.isEmpty }

    /// What `bytes` hold. What came out before damage is given; of a body above the limits, what lies below them.
    mutating func decode(
        _ bytes: ArraySlice<UInt8>, _ meter: inout ExpansionMeter
    ) -> (bytes: [UInt8], outcome: Outcome) {
        meter.take(bytes.count)
        var piece = Array(bytes)
        for index in stages.indices {
            var output: [UInt8] = []
            let outcome = Self.undo(piece, &stages[index], &output, CarrierLimits.expandedBytes - given, &meter)
            guard outcome == .good else { return (index == stages.count - 1 ? output : [], outcome) }
            piece = output
        }
        given += piece.count
        return (piece, .good)
    }

    private static func undo(
        _ bytes: [UInt8], _ stage: inout Stage, _ output: inout [UInt8], _ allowed: Int, _ meter: inout ExpansionMeter
    ) -> Outcome {
        var input = (stage.held + bytes)[...]
        stage.held = []
        if stage.inflater == nil, !stage.hasEnded {
            guard input.count >= 2 else {
                stage.held = Array(input)
                return .good
            }
            stage.inflater = Inflater(stage.isGzip ? .gzip : isWrapped(input) ? .zlib : .raw)
            if stage.inflater == nil { return .limit }
        }
        while let inflater = stage.inflater, !input.isEmpty {
            let before = output.count
            let outcome = inflater.inflate(&input, into: &output, limit: min(allowed - before, meter.room))
            meter.give(output.count - before)
            switch outcome {
            case .more: return .good
            case .damaged: return .damaged
            case .limit: return .limit
            case .end:
                // Several members may follow one another (RFC 1952, 2.2); anything else behind the end is not read.
                if stage.isGzip, input.first == 0x1F {
                    inflater.restart(keepsWindow: false)
                } else {
                    stage.inflater = nil
                    stage.hasEnded = true
                }
            }
        }
        return .good
    }

    /// The two bytes of a zlib head: method 8, and a multiple of 31 (RFC 1950, 2.2). Some senders of `deflate` leave
    /// it out.
    private static func isWrapped(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first, let second = bytes.dropFirst().first else { return false }
        return first & 0x0F == 8 && (Int(first) << 8 | Int(second)) % 31 == 0
    }
}
