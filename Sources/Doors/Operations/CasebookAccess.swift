import Casebook
import Foundation

/// The casebook of a configuration, opened for one question or one act at a time.
struct CasebookAccess: Sendable {
    let configuration: Configuration
    let path: String

    /// The keys of the installation; nil while it has none.
    func keys() throws(OperationsError) -> AuditKeys? {
        do {
            return try AuditKeys.held(in: configuration.keys.path)
        } catch {
            throw OperationsError.storage(configuration.keys.path, error)
        }
    }

    init(_ configuration: Configuration) throws(OperationsError) {
        self.configuration = configuration
        path = try configuration.stored("casebook.sqlite", "store")
    }

    func reading<Value>(
        _ body: (CasebookReader) throws(CasebookError) -> Value
    ) throws(OperationsError) -> Value {
        do {
            let reader = try CasebookReader.open(path)
            let value = try body(reader)
            try reader.close()
            return value
        } catch {
            throw OperationsError.storage(path, error)
        }
    }

    /// A refusal is the caller's to mend; anything else is the store's.
    func writing<Value>(
        _ body: (CasebookWriter) throws(CasebookError) -> Value
    ) throws(OperationsError) -> Value {
        guard !configuration.demo else {
            throw OperationsError(
                .usage, place: path, what: "the demo store is not changed by hand",
                remedy: "give the configuration of an installation with --config")
        }
        do {
            let writer = try CasebookWriter.open(
                path, province: configuration.province, keys: try AuditKeys.open(configuration.keys.path))
            let value = try body(writer)
            try writer.close()
            return value
        } catch CasebookError.refused(let place, let refusals) {
            let reasons = refusals.map { $0.detail.isEmpty ? $0.code : "\($0.code) (\($0.detail))" }
            throw OperationsError(.usage, place: place, what: "refused: " + reasons.joined(separator: ", "))
        } catch {
            throw OperationsError.storage(path, error)
        }
    }
}
