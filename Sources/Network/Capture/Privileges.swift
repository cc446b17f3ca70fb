import Glibc

/// Giving up root, once what needs it is open: what reads hostile packets should be able to do as little as possible.
package enum Privileges {
    /// Who the process is to be.
    package struct Identity: Hashable, Sendable {
        package var user: UInt32
        package var group: UInt32

        package init(user: UInt32, group: UInt32) {
            self.user = user
            self.group = group
        }
    }

    /// The one who called sudo, else `nobody`. Numbers that are missing, not numbers or root's do not count. Nil: neither is
    /// there.
    package static func target(sudoUser: String?, sudoGroup: String?, nobody: Identity?) -> Identity? {
        if let user = sudoUser.flatMap({ UInt32($0) }), let group = sudoGroup.flatMap({ UInt32($0) }),
            // The highest number means "leave it" to the system calls.
            user != 0, group != 0, user != .max, group != .max
        {
            return Identity(user: user, group: group)
        }
        guard let nobody, nobody.user != 0, nobody.group != 0 else { return nil }
        return nobody
    }

    /// Gives up root for good: supplementary groups, group, user, in this order, because each step needs the right that the
    /// next one takes away. Nil when the process is not root and nothing was to be given up. Every thread is meant;
    /// glibc sees to that. On an error the process may stand halfway: it should end.
    package static func drop() throws(LiveCaptureError) -> Identity? {
        guard geteuid() == 0 || getuid() == 0 else { return nil }
        let nobody = getpwnam("nobody").map { Identity(user: $0.pointee.pw_uid, group: $0.pointee.pw_gid) }
        guard
            let wanted = target(
                sudoUser: variable("SUDO_UID"), sudoGroup: variable("SUDO_GID"), nobody: nobody)
        else {
            throw LiveCaptureError(
                .privileges, detail: "cannot give up root: there is no user `nobody`",
                remedy: "start with sudo from an ordinary account, or run as one with CAP_NET_RAW")
        }
        var groups: [gid_t] = [wanted.group]
        guard setgroups(1, &groups) == 0 else { throw fault("setgroups", errno) }
        guard setgid(wanted.group) == 0 else { throw fault("setgid", errno) }
        guard setuid(wanted.user) == 0 else { throw fault("setuid", errno) }
        // A way back would make it all for show.
        guard getuid() == wanted.user, geteuid() == wanted.user, getgid() == wanted.group, getegid() == wanted.group,
            setuid(0) != 0
        else {
            throw LiveCaptureError(
                .privileges, detail: "cannot give up root: the system let it be taken back",
                remedy: "run as an ordinary user with CAP_NET_RAW")
        }
        return wanted
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    private static func fault(_ call: String, _ code: Int32) -> LiveCaptureError {
        LiveCaptureError(
            .privileges, detail: "cannot give up root: \(call): \(String(cString: strerror(code)))",
            remedy: "run as an ordinary user with CAP_NET_RAW, or give CAP_SETUID and CAP_SETGID too")
    }
}
