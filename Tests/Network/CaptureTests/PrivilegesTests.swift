import Capture
import Glibc
import Testing

struct PrivilegesTests {
    private let nobody = Privileges.Identity(user: 65_534, group: 65_534)

    @Test func `the caller of sudo is preferred to nobody`() {
        let caller = Privileges.target(sudoUser: "1000", sudoGroup: "1001", nobody: nobody)
        #expect(caller == Privileges.Identity(user: 1000, group: 1001))
    }

    @Test(
        arguments: [
            (nil, nil), ("1000", nil), (nil, "1000"), ("0", "1000"), ("1000", "0"), ("", "1000"), ("-1", "1000"),
            ("root", "root"), ("4294967295", "1000"), ("4294967296", "1000"), (" 7", "7"),
        ] as [(String?, String?)])
    func `numbers that cannot be meant lead to nobody`(user: String?, group: String?) {
        #expect(Privileges.target(sudoUser: user, sudoGroup: group, nobody: nobody) == nobody)
        #expect(Privileges.target(sudoUser: user, sudoGroup: group, nobody: nil) == nil)
    }

    @Test func `root is never a target`() {
        let root = Privileges.Identity(user: 0, group: 0)
        #expect(Privileges.target(sudoUser: nil, sudoGroup: nil, nobody: root) == nil)
    }

    // In a process of its own: there is no way back.
    @Test func `root is given up for good`() async {
        if geteuid() != 0 { print("not root: only the refusal to do anything is tested") }
        await #expect(processExitsWith: .success) {
            let root = geteuid() == 0
            // Opened first, as in life; where it is not permitted the rest is shown all the same.
            let live = try? LiveCapture(LiveCapture.Settings(interface: "lo"))
            let identity = try Privileges.drop()
            guard root else {
                #expect(identity == nil)
                return
            }
            #expect(identity?.user == getuid() && getuid() == geteuid() && getuid() != 0)
            #expect(identity?.group == getgid() && getgid() == getegid() && getgid() != 0)
            var groups = [gid_t](repeating: 0, count: 16)
            #expect(getgroups(16, &groups) == 1)
            #expect(groups[0] == getgid())
            #expect(setuid(0) != 0)
            #expect(open("/etc/shadow", O_RDONLY) < 0)
            // A second call finds nothing to give up.
            #expect(try Privileges.drop() == nil)
            // What is open goes on; what is not cannot be opened any more.
            if let live {
                _ = try live.nextBatch(waiting: 10)
                _ = try live.drops()
                let error = #expect(throws: LiveCaptureError.self) {
                    try LiveCapture(LiveCapture.Settings(interface: "lo"))
                }
                #expect(error?.kind == .noPermission)
                #expect(error?.remedy == "run as root or give CAP_NET_RAW")
            }
        }
    }
}
