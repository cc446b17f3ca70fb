import Shares
import Stratum

/// What is needed to do the work of a session's shares again, as far as it was captured: jobs with the nonce space and the
/// target they were given under.
struct ShareLedger {
    private struct Job {
        var template: JobTemplate
        var extranonce: [UInt8]?
        var target: Target?
    }

    private struct Seen: Hashable {
        var job: String
        var share: ShareMaterial
    }

    private(set) var extranonce: [UInt8]?
    private var mask: UInt32?
    private var target: Target?
    private var jobs: [String: Job] = [:]
    private var order: [String] = []
    private var bytes = 0
    private var seen: Set<Seen> = []
    private var scryptTries = SessionLimits.scryptChecks
    private var equihashTries = SessionLimits.equihashChecks
    /// The algorithm that the first verified share has shown.
    private(set) var algorithm: String?
    /// Shares whose work was done again, whatever came of it.
    private(set) var checked = 0

    mutating func take(extranonce: [UInt8]) { self.extranonce = extranonce }
    mutating func take(mask: UInt32) { self.mask = mask }

    mutating func take(target bytes: [UInt8]) {
        if bytes.count == 32 { target = Target(littleEndian: bytes.reversed()) }
    }

    /// A job, under what is in force now.
    mutating func remember(_ id: String?, _ template: JobTemplate) {
        guard let id, template.size <= SessionLimits.templateBytes / 4 else { return }
        if let old = jobs[id] {
            bytes -= old.template.size
        } else {
            order.append(id)
        }
        jobs[id] = Job(template: template, extranonce: extranonce, target: target)
        bytes += template.size
        while bytes > SessionLimits.templateBytes || order.count > SessionLimits.jobs, let oldest = order.first {
            order.removeFirst()
            bytes -= jobs.removeValue(forKey: oldest)?.template.size ?? 0
        }
    }

    /// Whether the recomputed hash of a share meets its target; nil when it cannot be told, or the share was seen before.
    /// - Parameters:
    ///   - difficulty: in force for the job.
    ///   - known: the session's algorithm where something else has shown it.
    mutating func check(_ id: String?, _ share: ShareMaterial, difficulty: Double?, known: String?) -> Bool? {
        switch share {
        case .claim, .ethash: return nil
        default: break
        }
        guard let id, let job = jobs[id], let extranonce = job.extranonce ?? extranonce,
            checked < SessionLimits.shareChecks, seen.insert(Seen(job: id, share: share)).inserted
        else { return nil }
        let outcome: ShareCheck.Outcome
        switch (job.template, share) {
        case (.bitcoin(let template), .bitcoin(let extranonce2, let time, let nonce, let versionBits)):
            guard let difficulty,
                let header = BitcoinHeader.build(
                    template, extranonce1: extranonce, extranonce2: extranonce2, time: time, nonce: nonce,
                    versionBits: versionBits, mask: mask ?? BitcoinHeader.usualMask)
            else { return nil }
            outcome = ShareCheck.bitcoin(
                header, difficulty: difficulty, algorithm: algorithm ?? known, tries: &scryptTries)
        case (.bitcoin(let template), .sia(let extranonce2, let time, let nonce)):
            guard let difficulty else { return nil }
            outcome = ShareCheck.sia(
                template, extranonce: extranonce + extranonce2, time: time, nonce: nonce, difficulty: difficulty)
        case (.equihash(let template), .equihash(let time, let nonce2, let solution)):
            guard let target = job.target ?? target, equihashTries > 0 else { return nil }
            equihashTries -= 1
            outcome = ShareCheck.equihash(
                template, nonce1: extranonce, nonce2: nonce2, time: time, solution: solution, target: target)
        case (.header(let template), .header(let version, let time, let nonce)):
            guard let difficulty,
                let header = BitcoinHeader.build(template, version: version, time: time, nonce: nonce)
            else { return nil }
            outcome = ShareCheck.bitcoin(header, difficulty: difficulty, algorithm: "sha256d", tries: &scryptTries)
        default: return nil
        }
        switch outcome {
        case .notChecked: return nil
        case .notMet:
            checked += 1
            return false
        case .verified(let algorithm):
            checked += 1
            self.algorithm = self.algorithm ?? algorithm
            return true
        }
    }
}
