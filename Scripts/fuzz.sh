#!/usr/bin/env bash
# Fuzzes the parsers: Scripts/fuzz.sh [target ...] [--runs N | --seconds N] [--plain] [--list]
#
# Without a target all of them in turn; without a number 20 000 runs each. With --runs the random seeds are fixed, so that
# two runs of the same sources do the same. --plain leaves AddressSanitizer out: traps, hangs, memory and broken
# promises are still seen, leaks only as growing memory, at several times the pace. Each line says: target, executions,
# executions a second, finds, and the most memory that the program held.
#
# A long --runs goes in rounds, each a process of its own, so that memory of libFuzzer's does not grow with the run. The
# first learns with value profiles; the others begin with what it learnt and go without them and without weighing inputs
# by rare branches: libFuzzer's own work takes most of the time otherwise. Seven of eight of those keep inputs short.
# A find is made small and kept in Tests/<wing>/<Room>Tests/Vectors/fuzz/<target>/; kept ones are run first each time.
# FUZZ_JOBS: compiler jobs (2). FUZZ_TIMEOUT: seconds after which one input is a hang (30). FUZZ_PROGRAM: a program that
# is built already. TMPDIR: best in memory for a long run, which writes many small files.
# Exit: 0 nothing found, 1 a find, 2 wrong words, 3 the program does not build.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

declare -A room=(
    [expand]=Ground/BytesTests [pcap]=Network/CaptureTests [pcapng]=Network/CaptureTests
    [peek]=Network/CaptureTests [filter]=Network/CaptureTests
    [link]=Network/WireTests [fragments]=Network/WireTests [stream]=Network/FlowsTests
    [http]=Network/CarriersTests [websocket]=Network/CarriersTests
    [gzip]=Network/CarriersTests [socks]=Network/CarriersTests
    [names]=Network/CarriersTests [json]=Network/StratumTests [framer]=Network/StratumTests [binary]=Network/StratumTests
    [sessions]=Network/SessionsTests [path]=Network/SessionsTests)
order=(expand pcap pcapng peek filter link fragments stream http websocket gzip socks names json framer binary sessions path)
# The layouts of meter files, by their names.
layouts=(long long-by-quantity wide-by-time wide-by-day register register-by-day nem mscons green-button iec61968-9
    json-lines)
for layout in "${layouts[@]}"; do room[$layout]=Power/MetersTests; done
order+=("${layouts[@]}")

targets=()
runs=20000
seconds=
plain=
while [ $# -gt 0 ]; do
    case $1 in
    --runs | --seconds)
        [[ ${2:-} =~ ^[0-9]+$ ]] || { echo "fuzz: $1 wants a number" >&2; exit 2; }
        if [ "$1" = --runs ]; then runs=$2 seconds=; else seconds=$2; fi
        shift ;;
    --plain) plain=yes ;;
    --list) printf '%s\n' "${order[@]}"; exit 0 ;;
    *)
        [ -n "${room[$1]:-}" ] || { echo "fuzz: no target $1; there are: ${order[*]}" >&2; exit 2; }
        targets+=("$1") ;;
    esac
    shift
done
[ ${#targets[@]} -gt 0 ] || targets=("${order[@]}")

# A scratch path of its own: the sanitizers change the flags of every module. Of two `-sanitize=` the compiler heeds the
# last only, and then counts no coverage; so both are said once more in one word. Dead stripping might take the counters
# away.
build=(--package-path Tests/Fuzz -c release --sanitize=fuzzer --disable-dead-strip)
if [ -n "$plain" ]; then
    build+=(--scratch-path .build/fuzz-plain)
else
    build+=(--scratch-path .build/fuzz --sanitize=address -Xswiftc -sanitize=fuzzer,address)
fi
# The backtracer of Swift would hang on a crash under a sanitizer.
export SWIFT_BACKTRACE=enable=no
work=$(mktemp -d "${TMPDIR:-/tmp}/countermine-fuzz-XXXXXX")
trap 'rm -rf "$work"' EXIT
program=${FUZZ_PROGRAM:-}
if [ -z "$program" ]; then
    if ! swift build "${build[@]}" -j "${FUZZ_JOBS:-2}" >"$work/build.log" 2>&1; then
        cat "$work/build.log" >&2
        exit 3
    fi
    program=$(swift build "${build[@]}" --show-bin-path 2>/dev/null)/Fuzz
fi
python3 Tests/Fuzz/seeds.py "$work/seeds" "$root" "$root/../shared/corpus"

export FUZZ_MODELS=$root/Models
export ASAN_OPTIONS=quarantine_size_mb=16:detect_leaks=1:symbolize=1:${ASAN_OPTIONS:-}
# A few kilobytes reach every branch; two gigabytes are far above what such an input may cost.
limits=(-timeout=${FUZZ_TIMEOUT:-30} -rss_limit_mb=2048 -malloc_limit_mb=512 -print_final_stats=1)
learning=200000
round=1000000

finds=0
stat() { sed -n "s/^stat::$1: *//p" "$2" | tail -n 1; }

# Feeds $target once more: fuzz_round OPTION...; adds to ran and peak, leaves status and log.
fuzz_round() {
    status=0
    FUZZ_TARGET=$target "$program" "${limits[@]}" "${dictionary[@]}" "-artifact_prefix=$work/$target/" "$@" \
        "${folders[@]}" >"$log" 2>&1 || status=$?
    local units memory input
    units=$(stat number_of_executed_units "$log")
    memory=$(stat peak_rss_mb "$log")
    ran=$((ran + ${units:-0}))
    peak=$((${memory:-0} > peak ? ${memory:-0} : peak))
    # A machine that stood still looks like a hang: one that passes when it is run again is none.
    for input in "$work/$target"/timeout-*; do
        if [ -f "$input" ] && FUZZ_TARGET=$target "$program" "${limits[@]}" "$input" >/dev/null 2>&1; then
            echo "$target: one input was slow and is not when it is run again; not a find" >&2
            rm "$input"
            status=0
        fi
    done
    [ "${units:-0}" -gt 0 ] || [ "$status" != 0 ] || status=1
}
for target in "${targets[@]}"; do
    kept=Tests/${room[$target]}/Vectors/fuzz/$target
    grown=.build/fuzz-corpus/$target
    mkdir -p "$grown" "$work/$target" "$work/seeds/$target"
    longest=4096
    short=1024
    case $target in
    socks | names) longest=1024 ;;
    expand | framer | http | stream) short=512 ;;
    esac
    folders=("$grown")
    # A run of a fixed length does not lean on what earlier ones have grown.
    [ -n "$seconds" ] || { folders=("$work/$target/grown"); mkdir -p "${folders[0]}"; }
    folders+=("$work/seeds/$target")
    [ ! -d "$kept" ] || folders+=("$kept")
    dictionary=()
    [ ! -s "$work/seeds/$target.dict" ] || dictionary=("-dict=$work/seeds/$target.dict")
    log=$work/$target/log
    ran=0
    peak=0
    number=1
    started=${EPOCHREALTIME/[.,]/}
    if [ -n "$seconds" ]; then
        fuzz_round "-max_total_time=$seconds" -max_len=$longest -use_value_profile=1
    else
        fuzz_round "-runs=$((runs < learning ? runs : learning))" -seed=1 -max_len=$longest -use_value_profile=1
        while [ "$status" = 0 ] && [ "$ran" -lt "$runs" ]; do
            # How far a long run is.
            echo "$target: $ran of $runs" >&2
            number=$((number + 1))
            left=$((runs - ran))
            length=$((number % 8 == 0 ? longest : short))
            fuzz_round "-runs=$((left < round ? left : round))" -seed=$number -max_len=$length -entropic=0
        done
    fi
    micros=$((${EPOCHREALTIME/[.,]/} - started))
    rate=$((ran * 1000000 / (micros > 0 ? micros : 1)))
    counters=$(sed -n 's/.*(\([0-9]*\) inline 8-bit counters).*/\1/p' "$log" | head -n 1)
    if [ "${counters:-0}" -lt 1000 ]; then
        echo "fuzz: the program counts no coverage (${counters:-0} counters): its flags were lost" >&2
        exit 3
    fi
    found=0
    for input in "$work/$target"/{crash,leak,timeout,oom}-*; do
        [ -f "$input" ] || continue
        found=$((found + 1))
        small=$work/$target/small
        cp "$input" "$small"
        # What is slow or leaks is kept as it is: making it small would take its time again and again.
        case $input in
        */crash-*)
            FUZZ_TARGET=$target "$program" -minimize_crash=1 -runs=50000 -max_total_time=20 \
                "-exact_artifact_path=$work/$target/smaller" "$input" >/dev/null 2>&1 || true
            [ ! -s "$work/$target/smaller" ] || cp "$work/$target/smaller" "$small" ;;
        esac
        kind=$(basename "$input")
        name=${kind%%-*}-$(sha256sum "$small" | cut -c1-12)
        mkdir -p "$kept"
        cp "$small" "$kept/$name"
        echo "$target: $kept/$name ($(wc -c <"$small") bytes)"
        grep -hE 'Fatal error|broken promise|ERROR: |SUMMARY|runtime error' "$log" | head -n 4 | sed 's/^/    /'
        grep -hE '^ +#[0-9]+ ' "$log" | grep -v -e compiler-rt -e libfuzzer -e fuzzer:: | head -n 8 \
            | swift demangle --compact || true
    done
    if [ "$found" = 0 ] && [ "$status" != 0 ]; then
        found=1
        echo "$target: ended with status $status and left no input" >&2
        tail -n 20 "$log" >&2
    fi
    finds=$((finds + found))
    printf '%-16s %10s executions %7s/s %3s finds %5s MB\n' "$target" "$ran" "$rate" "$found" "$peak"
done
[ "$finds" = 0 ]
