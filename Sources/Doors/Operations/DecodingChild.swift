import CMachine
import Foundation
import Glibc

/// Runs this program again to decode one untrusted file, with limits on memory, processor time and what it may write.
/// A child that dies costs one file: the caller gets the reason, and the queue goes on.
package struct DecodingChild: Sendable {
    package var executable: String
    package var limits: Configuration.Limits
    /// Most bytes taken from a child; more is refused, so a hostile file cannot fill our memory through the pipe.
    package var outputLimit = 1 << 30

    package init(executable: String, limits: Configuration.Limits) {
        self.executable = executable
        self.limits = limits
    }

    package struct Failure: Error, Sendable {
        package var reason: String
    }

    /// Standard output of `executable arguments…`, when it ended with status 0.
    package func run(_ arguments: [String]) throws(Failure) -> [UInt8] {
        var ends: [Int32] = [0, 0]
        guard cmachine_pipe(&ends) == 0 else { throw Failure(reason: "no pipe: \(String(cString: strerror(errno)))") }
        defer { close(ends[0]) }
        let child: pid_t
        do {
            defer { close(ends[1]) }
            child = try spawn(arguments, output: ends[1])
        }
        let output = drain(ends[0], child: child)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        if output.tooMuch { throw Failure(reason: "output limit: more than \(outputLimit >> 20) MiB of decoded data") }
        let signal = status & 0x7f
        if signal != 0 { throw Failure(reason: DecodingChild.reason(signal: signal)) }
        let code = status >> 8 & 0xff
        guard code == 0 else { throw Failure(reason: "decoder ended with status \(code)") }
        return output.bytes
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

    private func drain(_ descriptor: Int32, child: pid_t) -> (bytes: [UInt8], tooMuch: Bool) {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = read(descriptor, &block, block.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return (bytes, false) }
            if bytes.count + count > outputLimit {
                kill(child, SIGKILL)
                return ([], true)
            }
            bytes.append(contentsOf: block[0..<count])
        }
    }

    private static func reason(signal: Int32) -> String {
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
