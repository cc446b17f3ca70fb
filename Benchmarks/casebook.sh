#!/bin/sh
# A province's casebook (100 000 sites, 20 000 cases, 1 000 000 findings, 10 000 000 audit rows): made by rule, then asked.
# usage: casebook.sh [folder] [sites cases findings audit]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
work=${1:-$(mktemp -d)}
[ $# -gt 0 ] && shift
cd "$root"
swift build -c release --product CasebookBench
if [ ! -f "$work/casebook.sqlite" ]; then
    mkdir -p "$work"
    .build/release/CasebookBench make "$work/casebook.sqlite" "$@"
fi
.build/release/CasebookBench time "$work/casebook.sqlite"
