#!/usr/bin/env bash
# Scans the sample province, writes its dashboard and one site report, and says where they lie.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$1
started=$(date +%s)

status=0
"$binary" scan --config Samples/countermine.yaml || status=$?
# 1 only says that there are findings; 4 that some input was bad, which the summary has named.
[ "$status" -le 1 ] || [ "$status" -eq 4 ] || exit "$status"

site=$("$binary" site list --demo --jsonl | python3 -c '
import json, sys
rows = [json.loads(line) for line in sys.stdin]
rows = [r for r in rows if r["probability"] is not None]
print(max(rows, key=lambda r: r["probability"])["site"])')
"$binary" report "$site" --demo --format html -o Samples/.demo/report

echo
echo "Dashboard  Samples/.demo/site/index.html        (English: Samples/.demo/site/en/index.html)"
echo "Report     $(ls Samples/.demo/report/*.html | head -n 1)"
echo "Server     $binary serve --demo --port 8080      then open http://127.0.0.1:8080/"
echo "Took       $(($(date +%s) - started)) s"
