#!/usr/bin/env python3
"""Makes PDFs of reports: one job a line on standard input, one answer a line on standard output, until the input ends.

usage: typeset.py ENGINE-FOLDER
A job is {"template": PATH, "data": PATH, "output": PATH}. The words of a report reach the engine as data alone. The answer is
{"ok": true, "bytes": N} or {"ok": false, "error": TEXT}. Exits with 3 where the engine or the Chinese fonts are missing."""
import json, os, sys

FONTS = ["/usr/share/fonts", "/usr/local/share/fonts"]
NEEDED = ("NotoSerifCJK", "NotoSansCJK")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.path.insert(0, sys.argv[1])
    try:
        import typst
    except ImportError:
        print("typeset: the PDF engine is not installed; run Scripts/components.py", file=sys.stderr)
        sys.exit(3)
    there = {name for root in FONTS for _, _, files in os.walk(root) for name in files}
    lacking = [font for font in NEEDED if not any(name.startswith(font) for name in there)]
    if lacking:
        print(f"typeset: fonts are missing ({', '.join(lacking)}); install Debian's fonts-noto-cjk", file=sys.stderr)
        sys.exit(3)
    for line in sys.stdin:
        try:
            job = json.loads(line)
            data = open(job["data"], encoding="utf-8").read()
            made = typst.compile(job["template"], sys_inputs={"data": data}, font_paths=[f for f in FONTS if os.path.isdir(f)],
                                 ignore_system_fonts=True, pdf_standards=["a-2a"], timestamp=0)
            with open(job["output"] + ".new", "wb") as file:
                file.write(made)
                file.flush()
                os.fsync(file.fileno())
            os.rename(job["output"] + ".new", job["output"])
            answer = {"ok": True, "bytes": len(made)}
        except Exception as error:  # one report that fails leaves the others
            answer = {"ok": False, "error": str(error)[:500]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
