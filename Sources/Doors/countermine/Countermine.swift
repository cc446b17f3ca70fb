import ArgumentParser
import Foundation
import Operations
import Terminal

/// The command line: parses arguments, calls Operations or Dashboard, prints. Exit statuses are the contract's.
@main
struct Countermine: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "countermine",
        abstract: "Finds sites suspected of cryptocurrency mining in meter files and packet captures. 清矿",
        discussion: """
            Results go to standard output, progress and warnings to standard error.
            Exit status: 0 done, 1 findings at or above --fail-on, 2 usage, 3 input missing, 4 partial, 70 internal, 130 interrupted.
            """,
        version:
            "countermine \(Installation.version), models \(Installation.modelsVersion), store schema \(Installation.storeSchema)",
        subcommands: [
            PcapCommand.self, ExplainCommand.self, CaptureCommand.self, MetersCommand.self, EvaluateCommand.self,
            ScanCommand.self, StatusCommand.self,
            SiteCommand.self, CaseCommand.self, LeadCommand.self, ExemptionCommand.self, RegisterCommand.self,
            EvidenceCommand.self, KPICommand.self, ReturnCommand.self,
            ReportCommand.self, PublishCommand.self, ServeCommand.self,
            ExportCommand.self, PackageCommand.self, BundleCommand.self,
            UserCommand.self, AuditCommand.self, StoreCommand.self, ArchiveCommand.self, DecodeCommand.self,
        ])

    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            leave(with: error)
        }
    }

    /// Prints what went wrong and ends with the contract's status. Usage errors are 2, not the parser's 64.
    private static func leave(with error: any Error) -> Never {
        switch error {
        case let error as OperationsError:
            complain("\(error)")
            Foundation.exit(error.exitStatus)
        case let error as Finished:
            Foundation.exit(error.status)
        default:
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if code == .success {
                print(text)
                Foundation.exit(0)
            }
            complain(text, prefix: code == .validationFailure ? "" : "countermine: ")
            Foundation.exit(code == .validationFailure ? 2 : 70)
        }
    }
}

/// Ends a command with a status other than 0 after everything was said.
struct Finished: Error {
    var status: Int32
}

/// One complaint on standard error, free of control characters from file names.
func complain(_ text: String, prefix: String = "countermine: ") {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { printable(String($0)) }
    fputsToStandardError(prefix + lines.joined(separator: "\n") + "\n")
}
