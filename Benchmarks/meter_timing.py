#!/usr/bin/env python3
"""Times programs on the files of meters.sh: medians over interleaved rounds. Standard library only; the readers that are
compared run as children, and one whose package is missing is left out with a line that says so."""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile

from timing import Program, machine, measure

LIMIT_MIB = 384
"""Peak memory that is asked of ours, whatever the size of the file."""

DUCKDB = """
import duckdb, sys
duckdb.execute("set threads to 2")
columns = {columns}
print(duckdb.sql(f"select {what} from read_csv('{{sys.argv[1]}}', header=true, auto_detect=false, columns={{columns}})")
      .fetchall())
"""
POLARS = """
import polars, sys
print(polars.read_csv(sys.argv[1], schema={schema}).select(polars.last().sum()))
"""
PYARROW = """
import pyarrow, sys
from pyarrow import csv
{types}
table = csv.read_csv(sys.argv[1], convert_options=csv.ConvertOptions(column_types=types))
print(table.num_rows)
"""


def rivals(kind, points=96):
    """Name, package and program of each other reader; all parse every column into its type."""
    names = [f"P{point + 1}" for point in range(points)]
    if kind == "long":
        duck = DUCKDB.format(columns=repr({"meter_id": "VARCHAR", "timestamp": "TIMESTAMP", "kwh": "DOUBLE"}),
                             what="count(*), sum(kwh), max(timestamp), count(distinct meter_id)")
        polar = POLARS.format(
            schema="{'meter_id': polars.String, 'timestamp': polars.String, 'kwh': polars.Float64}")
        arrow = PYARROW.format(types="types = {'meter_id': pyarrow.dictionary(pyarrow.int32(), pyarrow.string()), "
                                     "'timestamp': pyarrow.timestamp('s', 'UTC'), 'kwh': pyarrow.float64()}")
    else:
        duck = DUCKDB.format(columns=repr({"meter_id": "VARCHAR", "date": "DATE", **{n: "DOUBLE" for n in names}}),
                             what="count(*), " + ", ".join(f"sum({name})" for name in names))
        polar = POLARS.format(schema="{'meter_id': polars.String, 'date': polars.String, "
                                     f"**{{f'P{{n + 1}}': polars.Float64 for n in range({points})}}}}")
        arrow = PYARROW.format(types="types = {'meter_id': pyarrow.dictionary(pyarrow.int32(), pyarrow.string()), "
                                     f"'date': pyarrow.date32(), **{{f'P{{n + 1}}': pyarrow.float64() "
                                     f"for n in range({points})}}}}")
    return [("duckdb, 2 threads", "duckdb", duck), ("polars, text dates", "polars", polar),
            ("pyarrow", "pyarrow", arrow)]


def programs_for(kind, path, bench, readings, scratch):
    programs = [Program("cat", ["cat", path], readings)]
    for name, package, text in rivals(kind):
        if importlib.util.find_spec(package) is None:
            print(f"left out: {name} (this Python has no {package})")
            continue
        script = os.path.join(scratch, f"{kind}-{package}.py")
        with open(script, "w") as file:
            file.write(text)
        programs.append(Program(name, [sys.executable, script, path], readings))
    for threads in (1, 2):
        output = os.path.join(scratch, f"{kind}-{threads}.json")
        programs.append(Program(f"ours, {threads} thread{'s' * (threads > 1)}", [bench, "stream", path, str(threads)],
                                readings, output))
    return programs


def check(programs, readings):
    """Ours must find every reading, and the same features with one thread and with two."""
    found, problems = [], []
    for program in programs:
        if program.name.startswith("ours"):
            with open(program.output) as file:
                found.append(json.load(file))
            if found[-1].get("readings") != readings:
                problems.append(f"{program.name}: {found[-1].get('readings')} readings and not {readings}")
            if program.peak > LIMIT_MIB:
                problems.append(f"{program.name}: {program.peak:.0f} MiB, more than {LIMIT_MIB}")
    if any(one != found[0] for one in found):
        problems.append("one thread and two do not find the same")
    return problems + [f"{p.name}: {problem}" for p in programs for problem in dict.fromkeys(p.problems)]


def table(programs, size):
    ours = programs[-2]
    print(f"{'program':<22}{'CPU s':>8}{'spread':>8}{'wall s':>8}{'M readings/CPU s':>18}{'GB/CPU s':>10}{'peak MiB':>10}"
          f"{'ours is x':>11}")
    for program in programs:
        times = [run.processor for run in program.runs]
        spread = (max(times) - min(times)) / max(program.processor, 1e-6)
        print(f"{program.name:<22}{program.processor:>8.2f}{spread:>8.0%}{program.wall:>8.2f}{program.rate / 1e6:>18.1f}"
              f"{size / 1e9 / max(program.processor, 1e-6):>10.2f}{program.peak:>10.0f}"
              f"{program.processor / ours.processor:>11.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", help="the built MeterBench")
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(machine())
    problems = []
    with tempfile.TemporaryDirectory() as scratch:
        for kind in ("long", "wide"):
            path = os.path.join(options.folder, kind + ".csv")
            with open(os.path.join(options.folder, kind + ".note.json")) as file:
                readings = json.load(file)["readings"]
            print(f"\n{kind}: {readings} readings, {os.path.getsize(path) / 1e6:.0f} MB, {options.rounds} rounds")
            programs = programs_for(kind, path, options.bench, readings, scratch)
            measure(programs, options.rounds)
            table(programs, os.path.getsize(path))
            problems += check(programs, readings)
    print("\nkernels, GB of readings per CPU second against plain reading of the same memory")
    print(subprocess.run([options.bench, "kernels"], check=True, capture_output=True, text=True).stdout.rstrip())
    for problem in problems:
        print("WRONG  " + problem)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
