#!/usr/bin/env python3
"""Kill a scan at random moments and run it again: the end state must be the one of a scan that was left alone.

usage: kill_scan.py --binary .build/release/countermine [--times 50] [--seed 1] [--scenes a,b]

Each time: copy the samples (or a few scenes), start `scan`, kill -9 the whole process group after a random share of the
time an undisturbed run takes, run `scan` again to its end, and compare `result_sha256`, the store's logical digest and what the
archive holds, whose every byte must verify.
"""
import argparse, json, os, random, re, shutil, signal, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def install(folder, scenes):
    """A whole new installation: the configuration, the register and the chosen scenes."""
    source = os.path.join(ROOT, "Samples")
    os.makedirs(folder)
    shutil.copytree(os.path.join(source, "register"), os.path.join(folder, "register"))
    kept, skip = [], False
    for line in open(os.path.join(source, "countermine.yaml"), encoding="utf-8"):
        path = re.match(r"\s*- path: ([^/\s]+)", line)
        if path:
            skip = bool(scenes) and path.group(1) not in scenes
        elif not re.match(r"\s{6,}\S", line):
            skip = False
        if not skip:
            kept.append(line)
    open(os.path.join(folder, "countermine.yaml"), "w", encoding="utf-8").writelines(kept)
    for scene in scenes or [n for n in os.listdir(source) if os.path.exists(os.path.join(source, n, "expected.json"))]:
        shutil.copytree(os.path.join(source, scene), os.path.join(folder, scene))


def scan(binary, folder, kill_after=None):
    """Runs a scan; returns its run record, or None when it was killed before its end."""
    config = os.path.join(folder, "countermine.yaml")
    child = subprocess.Popen([binary, "scan", "--config", config, "--jsonl", "--quiet"], stdout=subprocess.PIPE,
                             start_new_session=True)
    if kill_after is not None:
        try:
            child.wait(kill_after)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
    lines = child.communicate()[0].decode().splitlines()
    if child.returncode < 0:
        return None
    if child.returncode not in (0, 1):
        sys.exit(f"scan ended with status {child.returncode}")
    return json.loads(lines[-1])


def digest(binary, folder):
    done = subprocess.run([binary, "audit", "digest", "--config", os.path.join(folder, "countermine.yaml")],
                          capture_output=True, text=True, check=True)
    verified = subprocess.run([binary, "audit", "verify", "--config", os.path.join(folder, "countermine.yaml")],
                              capture_output=True, text=True)
    if verified.returncode != 0:
        sys.exit(f"the audit chain is broken after a kill: {verified.stdout}{verified.stderr}")
    return done.stdout.strip(), archive(binary, folder)


def archive(binary, folder):
    """What the archive holds, once every byte of it was checked."""
    config = os.path.join(folder, "countermine.yaml")
    verified = subprocess.run([binary, "archive", "verify", "--config", config], capture_output=True, text=True)
    if verified.returncode != 0:
        sys.exit(f"the archive is damaged after a kill: {verified.stdout}{verified.stderr}")
    stat = subprocess.run([binary, "archive", "stat", "--jsonl", "--config", config], capture_output=True, text=True,
                          check=True)
    told = json.loads(stat.stdout)
    return tuple(told[k] for k in ("meters", "feeders", "meter_days", "readings", "replaced_meter_days", "deliveries"))


def main():
    words = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    words.add_argument("--binary", required=True)
    words.add_argument("--times", type=int, default=50)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--scenes", default="")
    a = words.parse_args()
    binary, scenes = os.path.abspath(a.binary), [s for s in a.scenes.split(",") if s]
    chance = random.Random(a.seed)
    with tempfile.TemporaryDirectory(prefix="countermine-kill-") as work:
        calm = os.path.join(work, "calm")
        install(calm, scenes)
        start = time.monotonic()
        first = scan(binary, calm)
        whole = time.monotonic() - start
        wanted = (first["result_sha256"], digest(binary, calm))
        again = scan(binary, calm)
        if (again["result_sha256"], digest(binary, calm)) != wanted or again["inputs"]["new"] != 0:
            sys.exit("a second scan of the same inputs changed the store")
        equal = killed = 0
        for number in range(a.times):
            folder = os.path.join(work, f"kill-{number}")
            install(folder, scenes)
            moment = chance.uniform(0, whole)
            killed += scan(binary, folder, kill_after=moment) is None
            last = scan(binary, folder)
            if (last["result_sha256"], digest(binary, folder)) == wanted:
                equal += 1
            else:
                print(f"  kill {number} at {moment:.3f} s of {whole:.3f}: another end state")
            shutil.rmtree(folder)
    print(f"kill -9 at random moments: {equal} of {a.times} equal end states ({killed} were killed before their end)")
    sys.exit(0 if equal == a.times else 1)


if __name__ == "__main__":
    main()
