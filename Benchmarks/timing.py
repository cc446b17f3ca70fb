#!/usr/bin/env python3
"""Times programs on the captures of packets.sh and checks what `countermine pcap` found. Standard library only."""

import argparse
import csv
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import threading
import time

LIMIT_SECONDS = 1800
"""A run that takes longer is ended and counts as failed."""


class Run:
    """One run of a program: processor seconds (user and system), wall seconds, peak resident MiB, exit status."""

    def __init__(self, command, output=os.devnull):
        with open(output, "wb") as out, open(os.devnull, "rb") as nothing:
            begin = time.monotonic()
            process = subprocess.Popen(command, stdin=nothing, stdout=out, stderr=subprocess.DEVNULL)
            guard = threading.Timer(LIMIT_SECONDS, process.kill)
            guard.start()
            _, status, use = os.wait4(process.pid, 0)
            self.wall = time.monotonic() - begin
            guard.cancel()
        # The process is already reaped; without this Popen would wait for it again.
        process.returncode = self.status = os.waitstatus_to_exitcode(status)
        self.processor = use.ru_utime + use.ru_stime
        self.peak = use.ru_maxrss / 1024


class Program:
    """A program under measurement and its runs."""

    def __init__(self, name, command, packets, output=os.devnull, labels=None):
        self.name, self.command, self.packets, self.output, self.labels = name, command, packets, output, labels
        self.runs = []
        self.problems = []
        self.found = None

    def once(self):
        run = Run(self.command, self.output)
        self.runs.append(run)
        if run.status != 0:
            self.problems.append(f"exit status {run.status}")
        if self.labels:
            self.found, problems = findings(self.output, self.labels)
            self.problems += problems

    processor = property(lambda self: statistics.median(run.processor for run in self.runs))
    wall = property(lambda self: statistics.median(run.wall for run in self.runs))
    peak = property(lambda self: max(run.peak for run in self.runs))
    rate = property(lambda self: self.packets / max(self.processor, 1e-6))


def findings(output, labels):
    """Compares JSON lines with the labels: ("40 of 40", list of differences)."""
    with open(labels, newline="") as file:
        wanted = {(row["client"], row["server"]): row for row in csv.DictReader(file)}
    sessions, problems = {}, []
    with open(output, encoding="utf-8") as file:
        for line in file:
            try:
                record = json.loads(line)
            except ValueError:
                problems.append("a line of the output is not JSON")
                continue
            if record.get("kind") == "session":
                key = tuple(endpoint(record[side]) for side in ("client", "server"))
                sessions.setdefault(key, []).append(record)
    right = 0
    for key, row in wanted.items():
        where = f"{row['dialect']} {' -> '.join(key)}"
        records = sessions.pop(key, [])
        if len(records) != 1:
            problems.append(f"{where}: {len(records)} sessions found")
            continue
        record, shares = records[0], records[0]["shares"]
        got = (record["dialect"], record["account"], str(shares["submitted"]), str(shares["accepted"]))
        want = (row["dialect"], row["account"], row["submitted"], row["accepted"])
        if got == want:
            right += 1
        else:
            problems.append(f"{where}: {got} and not {want}")
    problems += [f"not planted: {records[0]['dialect']} {' -> '.join(key)}" for key, records in sessions.items()]
    return f"{right} of {len(wanted)}", problems


def endpoint(side):
    return f"[{side['ip']}]:{side['port']}" if ":" in side["ip"] else f"{side['ip']}:{side['port']}"


def measure(programs, rounds):
    """All programs one after the other, then again."""
    for number in range(rounds):
        for program in programs:
            if sys.stderr.isatty():
                print(f"\r{number + 1} of {rounds}: {program.name:<40}", end="", file=sys.stderr, flush=True)
            program.once()
    if sys.stderr.isatty():
        print("\r" + " " * 60 + "\r", end="", file=sys.stderr, flush=True)


def table(programs, base, base_name):
    """Prints medians; the last column compares processor time per packet with `base`."""
    print(f"{'program':<28}{'packets':>10}{'CPU s':>9}{'spread':>8}{'wall s':>9}{'packets/CPU s':>15}{'peak MiB':>10}"
          f"{'x ' + base_name:>11}  sessions")
    for program in programs:
        times = [run.processor for run in program.runs]
        spread = (max(times) - min(times)) / max(program.processor, 1e-6)
        ratio = f"{base.rate / program.rate:.2f}" if base else "-"
        print(f"{program.name:<28}{program.packets:>10}{program.processor:>9.2f}{spread:>8.0%}{program.wall:>9.2f}"
              f"{program.rate:>15,.0f}{program.peak:>10.0f}{ratio:>11}  {program.found or '-'}")


def complaints(programs):
    """Prints every difference once and returns their number."""
    lines = [f"{program.name}: {problem}" for program in programs for problem in dict.fromkeys(program.problems)]
    for line in lines[:40]:
        print("WRONG  " + line)
    if len(lines) > 40:
        print(f"WRONG  and {len(lines) - 40} more")
    return len(lines)


def packets_of(path):
    with open(os.path.splitext(path)[0] + ".note.json") as file:
        return json.load(file)["packets"]


def count_packets(path):
    """Packets of a little-endian pcap, counted by its record headers."""
    count, place, size = 0, 24, os.path.getsize(path)
    with open(path, "rb") as file:
        while place < size:
            file.seek(place + 8)
            place += 16 + int.from_bytes(file.read(4), "little")
            count += 1
    return count


def machine():
    model = platform.machine()
    try:
        with open("/proc/cpuinfo") as file:
            model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), model)
    except OSError:
        pass
    return f"{model}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, Linux {platform.release()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary")
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--equal", default="half-open-2m.pcap", help="half-open file of as many flows as collide.pcap")
    parser.add_argument("--only", choices=("realistic", "floods"), help="one half of the measurement")
    options = parser.parse_args()

    def inside(name):
        return os.path.join(options.folder, name)

    help_text = subprocess.run([options.binary, "pcap", "--help"], capture_output=True, text=True).stdout
    has_threads = "--threads" in help_text
    print(machine())
    if not has_threads:
        print("countermine --threads 1: left out, this build has no such option")

    def ours(name, path, *more):
        return Program(name, [options.binary, "pcap", "--jsonl", "--identities", "full", *more, path], packets_of(path),
                       inside("found.jsonl"), os.path.splitext(path)[0] + ".labels.csv")

    wrong, results = 0, {}
    if options.only != "floods":
        path, piece = inside("realistic.pcap"), inside("slice.pcap")
        packets = packets_of(path)
        others = [("cat", path, ["cat", path], packets),
                  ("tcpdump", path, ["tcpdump", "-r", path, "-w", "/dev/null"], packets),
                  ("ndpiReader", path, ["ndpiReader", "-i", path, "-q"], packets),
                  ("tshark (slice)", piece, ["tshark", "-n", "-r", piece, "-q", "-z", "io,phs"], None)]
        programs = []
        for name, source, command, count in others:
            if not shutil.which(command[0]):
                print(f"{name}: left out, {command[0]} is not installed")
            elif not os.path.exists(source):
                print(f"{name}: left out, {source} is missing")
            else:
                programs.append(Program(name, command, count or count_packets(source)))
        if has_threads:
            programs.append(ours("countermine --threads 1", path, "--threads", "1"))
        if "--digest" in help_text:
            # With the SHA-256 of the file, which the other readers do not reckon.
            hashed = ("--digest", "sha256")
            programs.append(ours("ours, 1, sha256", path, *hashed, "--threads", "1"))
            programs.append(ours("ours, 2, sha256", path, *hashed, "--threads", "2"))
        programs.append(ours("countermine", path))
        Run(["cat", path])  # Brings the file into the page cache; the disk is not what is measured.
        measure(programs, options.rounds)
        base = next((program for program in programs if program.name == "tcpdump"), None)
        print(f"\nrealistic.pcap: {os.path.getsize(path) / 1e6:.0f} MB, medians of {options.rounds} rounds")
        table(programs, base, "tcpdump")
        wrong += complaints(programs)
        results["realistic"] = programs

    if options.only != "realistic":
        names = (("half-open", "half-open.pcap"), ("same flows, spread", options.equal),
                 ("same flows, collide", "collide.pcap"))
        programs = [ours(name, inside(file)) for name, file in names]
        for _, file in names:
            Run(["cat", inside(file)])
        rounds = min(options.rounds, 3)
        measure(programs, rounds)
        print(f"\nfloods, countermine, medians of {rounds} rounds; x: processor time per packet beside spread flows")
        table(programs, programs[1], "spread")
        wrong += complaints(programs)
        results["floods"] = programs

    with open(inside("results.json"), "w") as file:
        json.dump({part: [{"program": p.name, "packets": p.packets, "processor_s": [r.processor for r in p.runs],
                           "wall_s": [r.wall for r in p.runs], "peak_mib": p.peak, "sessions": p.found}
                          for p in programs] for part, programs in results.items()}, file, indent=1)
        file.write("\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
