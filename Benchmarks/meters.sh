#!/usr/bin/env bash
# Speed and memory of the meter path beside other readers, all on the same files in one sitting.
#   meters.sh BENCH [FOLDER]
# BENCH is the built MeterBench. FOLDER (default: countermine-meters in the temporary folder) keeps the files, about 2 GB;
# whole ones are used again. PYTHON (default python3) needs numpy to make them; duckdb, polars and pyarrow are measured if
# it has them. Smaller runs: LONG=20 WIDE=100 DAYS=100 ROUNDS=1 meters.sh BENCH OTHER_FOLDER
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if (($# < 1 || $# > 2)); then
    sed -n '2,6s/^# //p' "$0" >&2
    exit 2
fi
bench=$1
folder=${2:-${TMPDIR:-/tmp}/countermine-meters}
python=${PYTHON:-python3}

mkdir -p "$folder"
if [[ ! -f $folder/long.csv || ! -f $folder/wide.csv ]] && ! "$python" -c 'import numpy' 2>/dev/null; then
    echo "meters.sh: $python has no numpy, which makes the files; set PYTHON to one that has" >&2
    exit 2
fi
if "$python" -c 'import numpy' 2>/dev/null; then
    days=${DAYS:-365}
    "$python" "$here/make_meters.py" long "$folder/long.csv" --meters "${LONG:-700}" --days "$days" --reuse
    "$python" "$here/make_meters.py" wide "$folder/wide.csv" --meters "${WIDE:-4566}" --days "$days" --reuse
fi
exec "$python" "$here/meter_timing.py" "$bench" "$folder" --rounds "${ROUNDS:-5}"
