#!/usr/bin/env python3
"""Fetches at set-up what the program uses beside itself: the PDF engine. Nothing is fetched at run time.

usage: components.py FOLDER [--from FOLDER-OF-WHEELS]
Takes the wheel through pip (or from a folder of wheels, for a machine without a network), compares its SHA-256, unpacks it
into FOLDER and writes THIRD-PARTY.txt. Exits with 3 when it cannot be had; reports are then written as HTML alone."""
import hashlib, os, shutil, subprocess, sys, tempfile, zipfile

# Name, version, licence, and the digest of the wheel for each kind of machine.
WHEELS = [("typst", "0.15.2", "Apache-2.0", {"99fe0916980cab453e60332125e133c737bf3b76efd325b60d055c551e5887a1": "x86_64"})]


def fetch(name, version, folder, source):
    if source:
        return [os.path.join(source, f) for f in os.listdir(source) if f.startswith(f"{name}-{version}-") and f.endswith(".whl")]
    done = subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "-d", folder,
                           f"{name}=={version}"], capture_output=True, text=True)
    if done.returncode:
        print(f"components: {name} {version} cannot be fetched: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return []
    return [os.path.join(folder, f) for f in os.listdir(folder) if f.startswith(name + "-")]


def main():
    if len(sys.argv) not in (2, 4) or (len(sys.argv) == 4 and sys.argv[2] != "--from"):
        sys.exit(__doc__)
    target, source = sys.argv[1], sys.argv[3] if len(sys.argv) == 4 else None
    notice, missing = [], False
    os.makedirs(target, exist_ok=True)
    for name, version, licence, digests in WHEELS:
        notice.append(f"{name} {version}\t{licence}\t{' '.join(digests)}")
        mark = os.path.join(target, f".{name}-{version}")
        if os.path.exists(mark):
            continue
        with tempfile.TemporaryDirectory() as work:
            wheel = next((w for w in fetch(name, version, work, source)
                          if hashlib.sha256(open(w, "rb").read()).hexdigest() in digests), None)
            if wheel is None:
                print(f"components: {name} {version} is not there, or not the file that was checked; PDF reports are left out", file=sys.stderr)
                missing = True
                continue
            fresh = os.path.join(work, "fresh")
            with zipfile.ZipFile(wheel) as archive:
                for member in archive.namelist():
                    if member.startswith(("/", "..")) or ".." in member.split("/"):
                        sys.exit(f"components: {name}: a file of the wheel leads out of it")
                archive.extractall(fresh)
            for entry in os.listdir(fresh):
                place = os.path.join(target, entry)
                shutil.rmtree(place, ignore_errors=True)
                shutil.move(os.path.join(fresh, entry), place)
            open(mark, "w").close()
    with open(os.path.join(target, "THIRD-PARTY.txt"), "w", encoding="utf-8") as file:
        file.write("name and version\tlicence\tSHA-256 of the wheel\n" + "\n".join(notice) + "\n")
    sys.exit(3 if missing else 0)


if __name__ == "__main__":
    main()
