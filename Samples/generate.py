#!/usr/bin/env python3
"""Makes the sample data of this folder; with --check, makes it elsewhere and compares. Python 3.11, no packages."""

import argparse
import gzip
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
HOME = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HOME))

from generator.scenes import build  # noqa: E402  (the path must be set first)


def write(files, root):
    for path, data in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def same(path, made, kept):
    """Byte for byte; another zlib may pack the same content otherwise, which is no difference."""
    if made == kept:
        return True
    return path.endswith(".gz") and gzip.decompress(made) == gzip.decompress(kept)


def check(files):
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        write(files, pathlib.Path(folder))
        for path in sorted(files):
            kept = HOME / path
            if not kept.exists() or not same(path, (pathlib.Path(folder) / path).read_bytes(), kept.read_bytes()):
                wrong.append(path)
    for folder in {path.split("/")[0] for path in files if "/" in path}:
        for kept in (HOME / folder).rglob("*"):
            if kept.is_file() and str(kept.relative_to(HOME)) not in files:
                wrong.append(f"{kept.relative_to(HOME)} (not made by the generator)")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the files that lie here; exit 1 on a difference")
    wanted = parser.parse_args()
    province = build()
    if wanted.check:
        wrong = check(province.files)
        print("\n".join(f"differs: {path}" for path in wrong) or f"{len(province.files)} files are the same")
        return 1 if wrong else 0
    write(province.files, HOME)
    size = sum(map(len, province.files.values()))
    print(f"{len(province.files)} files, {size} bytes, {len(province.register.sites)} sites, {province.meters} meters, "
          f"{province.readings} readings")
    return 0


if __name__ == "__main__":
    sys.exit(main())
