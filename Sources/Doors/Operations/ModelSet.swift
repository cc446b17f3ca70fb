import Casebook
import Crypto
import Detectors
import Foundation
import Fusion
import Sessions
import Vocabulary

/// Everything that is read from `Models/`, and the digest by which a run names it.
struct ModelSet: Sendable {
    var load: LoadModel
    var fusion: FusionParameters
    var sessions: SessionModels
    var provinces: ProvinceTable
    /// `load/2026-11`, …
    var names: [String]
    /// SHA-256 over every model file, hex.
    var sha256: String

    static func load(home: URL) throws(OperationsError) -> ModelSet {
        let version = Installation.modelsVersion
        let models = home.appendingPathComponent("Models")
        do {
            return ModelSet(
                load: try LoadModels.load(from: models.appendingPathComponent("load/\(version)").path),
                fusion: try FusionParameters.load(models.appendingPathComponent("fusion/\(version)").path),
                sessions: try SessionModels.load(from: models.path, version: version),
                provinces: try ProvinceTable.load(models.appendingPathComponent("units/\(version)/provinces.csv").path),
                names: ["fusion", "hardware", "load", "load-signature", "pools", "units"].map { "\($0)/\(version)" },
                sha256: try digest(models, version))
        } catch let error as OperationsError {
            throw error
        } catch {
            throw OperationsError(
                .missing, place: models.path, what: "\(error)", remedy: "reinstall the Models folder of this version")
        }
    }

    private static func digest(_ models: URL, _ version: String) throws(OperationsError) -> String {
        var hash = SHA256()
        for name in [
            "fusion/\(version)/parameters.json", "hardware/\(version)/agents.csv",
            "hardware/\(version)/efficiency.csv", "load/\(version)/parameters.json",
            "load-signature/\(version)/model.json",
            "pools/\(version)/coinbase-tags.csv", "pools/\(version)/name-words.csv", "pools/\(version)/pools.csv",
            "units/\(version)/provinces.csv",
        ] {
            let one = try InputCollector.digest(of: models.appendingPathComponent(name))
            hash.update(data: Array("\(name) \(one.sha256)\n".utf8))
        }
        return hex(hash.finalize())
    }
}

extension Instant {
    /// The wall clock. Read at the door and handed down; no room below reads it.
    package static func present() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
    }

    /// Time since the machine started: never set back.
    static func sinceBoot() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Instant(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
    }
}
