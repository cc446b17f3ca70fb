#!/usr/bin/env bash
# Speed, memory and findings of `countermine pcap` beside other readers, all on the same files in one sitting.
#   packets.sh BINARY [FOLDER]
# FOLDER (default: countermine-bench in the temporary folder) keeps the captures, about 2 GB; whole ones are used again.
# Smaller runs: MEGABYTES=50 FLOWS=200000 COLLISIONS=200000 ROUNDS=1 packets.sh BINARY OTHER_FOLDER
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if (($# < 1 || $# > 2)); then
    sed -n '2,5s/^# //p' "$0" >&2
    exit 2
fi
binary=$1
folder=${2:-${TMPDIR:-/tmp}/countermine-bench}
megabytes=${MEGABYTES:-1000}
flows=${FLOWS:-10000000}
collisions=${COLLISIONS:-2000000}
rounds=${ROUNDS:-5}

mkdir -p "$folder"
equal=half-open-$((collisions / 1000))k.pcap
if ((collisions % 1000000 == 0)); then
    equal=half-open-$((collisions / 1000000))m.pcap
fi
captures() { python3 "$here/make_captures.py" "$@"; }
captures realistic "$folder/realistic.pcap" --megabytes "$megabytes" --reuse
captures half-open "$folder/half-open.pcap" --flows "$flows" --reuse
captures half-open "$folder/$equal" --flows "$collisions" --reuse
captures collide "$folder/collide.pcap" --flows "$collisions" --reuse
if [[ ! $folder/slice.pcap -nt $folder/realistic.pcap ]]; then
    captures slice "$folder/realistic.pcap" "$folder/slice.pcap" --packets 100000
fi
exec python3 "$here/timing.py" "$binary" "$folder" --rounds "$rounds" --equal "$equal"
