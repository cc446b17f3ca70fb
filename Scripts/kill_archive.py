#!/usr/bin/env python3
"""Kill an ingest at random moments and run it again: the archive must end as one that was left alone.

usage: kill_archive.py --binary PROGRAM [--ingest "ingest {store}"] [--verify "verify {store}"] [--digest "digest {store}"]
                       [--store archive.sqlite] [--times 100] [--seed 1] [--install FOLDER]

The three commands are the words after PROGRAM; `{store}` is the archive in a fresh folder, `{folder}` that folder. `ingest`
must be repeatable: a second run over a whole store changes nothing. `verify` ends with status 0 when the store is clean,
`digest` prints what two equal stores share. `--install` names a folder whose content is copied into each fresh one (inputs,
a configuration). Each time: start `ingest`, kill -9 its process group after a random share of the time that an undisturbed
run takes, look at what is left (it must verify, as far as it goes), run `ingest` to its end, compare.
"""
import argparse, os, random, shlex, shutil, signal, subprocess, sys, tempfile, time


def words(template, folder, store):
    return [w.replace("{store}", os.path.join(folder, store)).replace("{folder}", folder) for w in shlex.split(template)]


def run(command, kill_after=None):
    """Status and output; status None when it was killed before its end."""
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    if kill_after is not None:
        try:
            child.wait(kill_after)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
    out, err = child.communicate()
    return (None if child.returncode == -signal.SIGKILL else child.returncode), out.decode() + err.decode()


def must(command):
    status, text = run(command)
    if status != 0:
        sys.exit(f"{' '.join(command)} ended with status {status}: {text}")
    return text.strip()


def fresh(folder, install):
    if install:
        shutil.copytree(install, folder)
    else:
        os.makedirs(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--ingest", default="ingest {store}")
    parser.add_argument("--verify", default="verify {store}")
    parser.add_argument("--digest", default="digest {store}")
    parser.add_argument("--store", default="archive.sqlite")
    parser.add_argument("--install", default="")
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args()
    binary, chance = os.path.abspath(a.binary), random.Random(a.seed)
    with tempfile.TemporaryDirectory(prefix="countermine-kill-archive-") as work:
        def command(template, folder):
            return [binary] + words(template, folder, a.store)

        calm = os.path.join(work, "calm")
        fresh(calm, a.install)
        start = time.monotonic()
        must(command(a.ingest, calm))
        whole = time.monotonic() - start
        must(command(a.verify, calm))
        wanted = must(command(a.digest, calm))
        must(command(a.ingest, calm))
        if must(command(a.digest, calm)) != wanted:
            sys.exit("a second ingest of the same inputs changed the store")
        equal = killed = 0
        for number in range(a.times):
            folder = os.path.join(work, f"kill-{number}")
            fresh(folder, a.install)
            moment = chance.uniform(0, whole)
            killed += run(command(a.ingest, folder), kill_after=moment)[0] is None
            left, text = run(command(a.verify, folder)) if os.path.exists(os.path.join(folder, a.store)) else (0, "")
            must(command(a.ingest, folder))
            clean, last = run(command(a.verify, folder))
            same = must(command(a.digest, folder)) == wanted
            if left == 0 and clean == 0 and same:
                equal += 1
            else:
                print(f"  kill {number} at {moment:.3f} s of {whole:.3f}: {text if left else last if clean else 'content'}")
            shutil.rmtree(folder)
    print(f"kill -9 at random moments: {equal} of {a.times} equal, clean end states ({killed} were killed before their end; "
          f"an undisturbed run takes {whole:.2f} s)")
    sys.exit(0 if equal == a.times else 1)


if __name__ == "__main__":
    main()
