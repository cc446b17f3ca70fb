#!/usr/bin/env python3
"""Makes the captures of the packet benchmarks. The same command gives the same bytes again."""

import argparse
import os
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from captures import floods, output, traffic, wire  # noqa: E402

VERSION = 1
"""Raised when a builder changes what it writes, so that files of an older one are made again."""


def slice_file(source, target, packets):
    """Copies the first packets of a little-endian pcap; returns how many there were."""
    with open(source, "rb") as reading, open(target, "wb") as writing:
        writing.write(reading.read(len(wire.FILE_HEADER)))
        count = 0
        while count < packets and len(header := reading.read(wire.RECORD_HEADER)) == wire.RECORD_HEADER:
            writing.write(header + reading.read(struct.unpack_from("<I", header, 8)[0]))
            count += 1
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    realistic = commands.add_parser("realistic", help="ordinary traffic with 40 mining sessions hidden in it")
    realistic.add_argument("--megabytes", type=int, default=1000)
    half_open = commands.add_parser("half-open", help="SYNs of distinct flows and one mining session")
    half_open.add_argument("--flows", type=int, default=10_000_000)
    collide = commands.add_parser("collide", help="the same with addresses and ports that are equal under XOR")
    collide.add_argument("--flows", type=int, default=2_000_000)
    for command in (realistic, half_open, collide):
        command.add_argument("out", metavar="OUT.pcap")
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--reuse", action="store_true", help="keep a file that is whole and of the same recipe")
    piece = commands.add_parser("slice", help="the first packets of a capture")
    piece.add_argument("source")
    piece.add_argument("out")
    piece.add_argument("--packets", type=int, default=100_000)
    options = parser.parse_args()

    if options.command == "slice":
        print(f"{options.out}: {slice_file(options.source, options.out, options.packets)} packets")
        return
    size = options.megabytes if options.command == "realistic" else options.flows
    recipe = [VERSION, options.command, size, options.seed]
    if options.reuse and output.is_whole(options.out, recipe):
        print(f"{options.out}: already there")
        return
    began = time.monotonic()
    capture = output.CaptureFile(options.out)
    more = {}
    if options.command == "realistic":
        labels, more["flows"] = traffic.build(capture, options.megabytes, options.seed)
    else:
        labels = floods.build(capture, options.flows, options.seed, options.command == "collide")
        more["flows"] = options.flows + 1
    note = capture.finish(recipe, labels, **more)
    print(f"{options.out}: {note['bytes']} bytes, {note['packets']} packets, {note['flows']} flows, "
          f"{len(labels)} mining sessions, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
