#!/usr/bin/env bash
# Seconds and memory of the whole program on the samples; compare two builds in one sitting, never across machines.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$1
for what in "pcap --jsonl Samples" "meters --jsonl --all --unit kW Samples/ordinary-customers/meters"; do
    for _ in 1 2 3; do
        # shellcheck disable=SC2086
        /usr/bin/env python3 - "$binary" $what <<'PY'
import resource, subprocess, sys, time
start = time.monotonic()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
use = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{' '.join(sys.argv[2:])}: {time.monotonic() - start:.2f} s wall, {use.ru_utime + use.ru_stime:.2f} s processor, {use.ru_maxrss >> 10} MiB")
PY
    done
done
