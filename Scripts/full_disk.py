#!/usr/bin/env python3
"""Let the disk be full at each write of a scan in turn: a clear error, nothing lost, and the next scan ends in the same state.

usage: full_disk.py --binary .build/release/countermine [--times 20] [--scenes a,b]

The writes of an undisturbed scan are counted; then the disk is full from write 1, 2, 3 … on (spread evenly when there are more
writes than times). Each time the scan must end by itself with a status of its own and name the place; then it is run again with
room, and `result_sha256`, the casebook's digest, its audit chain and every byte of the archive must be as if nothing had been.
"""
import argparse, glob, os, shutil, subprocess, sys, tempfile

from kill_scan import ROOT, digest, install, scan


def shim(work):
    place = os.path.join(work, "full_disk.so")
    compiler = shutil.which("clang") or shutil.which("gcc")
    if not compiler:
        sys.exit("no C compiler is there (clang comes with the Swift toolchain)")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", place, os.path.join(ROOT, "Scripts", "full_disk.c"), "-ldl"],
                   check=True)
    return place


def limited(binary, folder, preload, at, count=None):
    room = dict(os.environ, LD_PRELOAD=preload, FULL_DISK_AT=str(at), FULL_DISK_UNDER=folder, LC_ALL="C.UTF-8")
    if count:
        room["FULL_DISK_COUNT"] = count
    return subprocess.run([binary, "scan", "--config", os.path.join(folder, "countermine.yaml"), "--jsonl", "--quiet"],
                          capture_output=True, text=True, env=room, timeout=300)


def main():
    words = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    words.add_argument("--binary", required=True)
    words.add_argument("--times", type=int, default=20)
    words.add_argument("--scenes", default="")
    a = words.parse_args()
    binary, scenes = os.path.abspath(a.binary), [s for s in a.scenes.split(",") if s]
    with tempfile.TemporaryDirectory(prefix="countermine-full-") as work:
        work = os.path.realpath(work)
        preload, calm = shim(work), os.path.join(work, "calm")
        install(calm, scenes)
        counted = os.path.join(work, "count")
        if limited(binary, calm, preload, 0, counted).returncode not in (0, 1):
            sys.exit("the undisturbed scan failed")
        writes = int(open(counted).read())
        if writes < 10:
            sys.exit(f"only {writes} writes were seen: the shim does not reach the program")
        wanted = (scan(binary, calm)["result_sha256"], digest(binary, calm))
        moments = sorted({1 + i * (writes - 1) // max(1, a.times - 1) for i in range(a.times)})
        good = broken = 0
        for moment in moments:
            folder = os.path.join(work, f"full-{moment}")
            install(folder, scenes)
            ended = limited(binary, folder, preload, moment)
            last = scan(binary, folder)
            faults = []
            if ended.returncode < 0 or ended.returncode not in (0, 1, 3, 4):
                faults.append(f"ended with {ended.returncode}")
            if ended.returncode == 3 and not ("the disk is full" in ended.stderr and "make room" in ended.stderr):
                faults.append("does not say that the disk is full and what to do")
            if glob.glob(os.path.join(folder, ".demo", ".*.new-*")):
                faults.append("leaves half a site behind")
            if (last["result_sha256"], digest(binary, folder)) != wanted:
                faults.append("another end state")
            good += not faults
            broken += ended.returncode == 3
            if faults:
                print(f"  full at write {moment} of {writes}: {'; '.join(faults)}\n    {ended.stderr.strip()[-400:]}")
            shutil.rmtree(folder)
    print(f"a full disk at each write in turn: {good} of {len(moments)} ended well ({writes} writes in all, {broken} broke off with an error)")
    sys.exit(0 if good == len(moments) else 1)


if __name__ == "__main__":
    main()
