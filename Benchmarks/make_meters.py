#!/usr/bin/env python3
"""Makes the two large meter files of meters.sh: a long one and a wide one of 96 points a day. Needs numpy."""

import argparse
import json
import os
import sys

import numpy

POINTS = 96
FIRST_DAY = numpy.datetime64("2024-01-01")
RECIPE = 1
"""Raised with every change of what is written, so that older files are made again."""


def identifiers(count):
    return [b"MTR-%06d" % (100000 + 7 * number) for number in range(count)]


def loads(meter, days, seed):
    """Thousandths of a kWh or kW: days x 96. A daily wave, noise, and a base that a tenth of the meters raise by a step."""
    dice = numpy.random.default_rng((seed, meter))
    hours = numpy.arange(POINTS) / POINTS * 2 * numpy.pi
    scale = float(dice.choice([0.4, 1.2, 3.0, 9.0], p=[0.4, 0.4, 0.15, 0.05]))
    wave = scale * (1 + 0.5 * numpy.sin(hours - 2 + dice.normal()))
    series = wave[None, :] * (1 + 0.15 * dice.standard_normal((days, 1))) + 0.2 * scale * dice.standard_normal(
        (days, POINTS))
    if meter % 10 == 3:
        series[days // 2:] += 2.5 * scale
    return numpy.clip(numpy.rint(numpy.abs(series) * 1000), 0, 99_999_999).astype(numpy.int64)


def digits(values, whole=5):
    """Values of thousandths as bytes `12.345`, one row each, leading places 0 so that a mask drops them."""
    out = numpy.zeros((values.size, whole + 4), dtype=numpy.uint8)
    rest = values.ravel().copy()
    for place in range(whole + 3, -1, -1):
        if place == whole:
            out[:, place] = ord(".")
            continue
        out[:, place] = rest % 10 + ord("0")
        rest //= 10
    value = values.ravel() // 1000
    for place in range(whole - 1):
        out[value < 10 ** (whole - 1 - place), place] = 0
    return out


def text(values):
    """Texts of one length as a matrix of bytes."""
    return numpy.array(values, dtype="S").view(numpy.uint8).reshape(len(values), -1)


def packed(matrix):
    flat = matrix.ravel()
    return flat[flat != 0].tobytes()


def long_rows(out, meters, days, seed):
    stamps = FIRST_DAY + numpy.arange(days * POINTS) * numpy.timedelta64(900, "s")
    middle = text([b",%sZ," % str(stamp).encode() for stamp in stamps])
    out.write(b"meter_id,timestamp,kwh\n")
    for meter, name in enumerate(identifiers(meters)):
        rows = days * POINTS
        head = numpy.broadcast_to(numpy.frombuffer(name, dtype=numpy.uint8), (rows, len(name)))
        end = numpy.full((rows, 1), ord("\n"), dtype=numpy.uint8)
        out.write(packed(numpy.hstack([head, middle, digits(loads(meter, days, seed)), end])))
    return meters * days * POINTS


def wide_rows(out, meters, days, seed):
    dates = text([b",%s" % str(FIRST_DAY + day).encode() for day in range(days)])
    out.write(b"meter_id,date," + b",".join(b"P%d" % (point + 1) for point in range(POINTS)) + b"\n")
    for meter, name in enumerate(identifiers(meters)):
        head = numpy.broadcast_to(numpy.frombuffer(name, dtype=numpy.uint8), (days, len(name)))
        cells = digits(loads(meter, days, seed))
        cells = numpy.hstack([numpy.full((len(cells), 1), ord(","), dtype=numpy.uint8), cells])
        end = numpy.full((days, 1), ord("\n"), dtype=numpy.uint8)
        out.write(packed(numpy.hstack([head, dates, cells.reshape(days, -1), end])))
    return meters * days * POINTS


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["long", "wide"])
    parser.add_argument("path")
    parser.add_argument("--meters", type=int, required=True)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reuse", action="store_true", help="keep a file that agrees with its note")
    options = parser.parse_args()
    note = os.path.splitext(options.path)[0] + ".note.json"
    wanted = {"recipe": RECIPE, "kind": options.kind, "meters": options.meters, "days": options.days,
              "seed": options.seed}
    if options.reuse and os.path.exists(note) and os.path.exists(options.path):
        with open(note) as file:
            old = json.load(file)
        if old.get("made") == wanted and old.get("bytes") == os.path.getsize(options.path):
            return
    maker = long_rows if options.kind == "long" else wide_rows
    part = options.path + ".part"
    with open(part, "wb", buffering=1 << 22) as out:
        readings = maker(out, options.meters, options.days, options.seed)
    os.replace(part, options.path)
    with open(note, "w") as file:
        json.dump({"made": wanted, "readings": readings, "bytes": os.path.getsize(options.path)}, file)
        file.write("\n")
    print(f"{options.path}: {readings} readings, {os.path.getsize(options.path)} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
