#!/usr/bin/env python3
"""No weak text symbol in the objects built for newer processors.

A weak symbol of those objects could be the copy that the linker keeps for everyone; on an older processor it would end the
program with an illegal instruction. A function of the module itself carries the module's name and meets no other's copy; a
specialisation of it may be made elsewhere too, and counts. usage: check_kernels.py .build/release
"""
import glob, os, platform, subprocess, sys


def main():
    if platform.machine() != "x86_64":
        print("kernels: one level only on this processor family")
        return 0
    bad, seen = [], 0
    for module in ("KernelsV3", "KernelsV4"):
        for path in glob.glob(os.path.join(sys.argv[1], f"{module}.build", "*.o")):
            seen += 1
            for line in subprocess.run(["nm", path], capture_output=True, text=True, check=True).stdout.splitlines():
                kind, name = line.split()[-2:]
                own = name.startswith(f"$s{len(module)}{module}") and "Tg" not in name and "TG" not in name
                if kind == "W" and not own and not name.startswith("__swift_reflection"):
                    bad.append(f"{path}: {name}")
    if seen == 0:
        print("kernels: no object files were found; was the release build made?")
        return 1
    for line in bad:
        print("kernels: weak text symbol", line)
    print(f"kernels: {seen} objects, {len(bad)} weak text symbols")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
