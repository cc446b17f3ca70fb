import CMachine
import Foundation
import Glibc

/// Runs this program again to decode one untrusted file, with limits on memory, processor time and what it may write.
/// A child that dies costs one file: the caller gets the reason, and the queue goes on.
package struct DecodingChild: Sendable {
    package var executable: String
    package var limits: Configuration.Limits
    /// Most bytes taken from a child; more is refused, so a hostile file cannot fill our disk through the pipe.
    package var outputLimit = 1 << 30

    package init(executable: String, limits: Configuration.Limits) {
        self.executable = executable
        self.limits = limits
    }

    package struct Failure: Error, Sendable {
        package var reason: String
    }

    /// Starts `executable arguments…`; its answer is taken frame by frame.
    package func start(_ arguments: [String]) throws(Failure) -> RunningChild {
        var ends: [Int32] = [0, 0]
        guard cmachine_pipe(&ends) == 0 else { throw Failure(reason: "no pipe: \(String(cString: strerror(errno)))") }
        defer { close(ends[1]) }
        do {
            let child = try spawn(arguments, output: ends[1])
            return RunningChild(process: child, answer: ends[0], limit: outputLimit)
        } catch {
            close(ends[0])
            throw error
        }
    }

    private func spawn(_ arguments: [String], output: Int32) throws(Failure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        // Worker threads block most signals, and a server ignores some; the child must feel its limits.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) }
        words.append(nil)
        // The crash reporter would hold a dying child for minutes.
        var environment: [UnsafeMutablePointer<CChar>?] = [
            strdup("SWIFT_BACKTRACE=enable=no"), strdup("LC_ALL=C.UTF-8"),
        ]
        // Of our own environment the child gets what it needs to find its libraries and models, nothing else.
        for name in ["LD_LIBRARY_PATH", "COUNTERMINE_HOME"] {
            if let value = getenv(name) { environment.append(strdup("\(name)=" + String(cString: value))) }
        }
        environment.append(nil)
        defer {
            for word in words { free(word) }
            for word in environment { free(word) }
        }
        var child: pid_t = 0
        let code = posix_spawn(&child, executable, &actions, &attributes, &words, &environment)
        guard code == 0 else { throw Failure(reason: "decoder did not start: \(String(cString: strerror(code)))") }
        return child
    }

    static func reason(signal: Int32) -> String {
        switch signal {
        case SIGXCPU: "processor time limit"
        case SIGXFSZ: "file size limit"
        case SIGKILL: "memory or processor time limit (killed)"
        default: "decoder died by signal \(signal)"
        }
    }

    /// Called in the child before it opens anything. Addresses, processor seconds, and no file may be written.
    package static func confineSelf(_ limits: Configuration.Limits) {
        func set(_ resource: __rlimit_resource, _ value: UInt) {
            var limit = rlimit(rlim_cur: value, rlim_max: value)
            setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
        }
        set(RLIMIT_AS, UInt(limits.memoryMebibytes) << 20)
        set(RLIMIT_CPU, UInt(limits.cpuSeconds))
        set(RLIMIT_FSIZE, 0)
        set(RLIMIT_CORE, 0)
    }
}
