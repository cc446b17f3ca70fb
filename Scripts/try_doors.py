#!/usr/bin/env python3
"""Try the doors as a new user would: every command's exit status, what it prints where, and the pages of the server.

usage: try_doors.py --binary .build/release/countermine
Closes with one line `N passed, N failed`.
"""
import argparse, base64, csv, datetime, gzip, hmac, html.parser, http.client, io, json, os, re, shutil, signal, sqlite3, subprocess, sys, tempfile, time, xml.etree.ElementTree, zipfile
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
passed = failed = 0


def check(what, good, detail=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print(f"  failed: {what} {str(detail)[:400]}")


def run(binary, *words, stdin=None, env=None):
    done = subprocess.run([binary, *words], input=stdin, capture_output=True, timeout=120, env=env)
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def records(text):
    return [json.loads(line) for line in text.splitlines()]


def evaluation(binary, samples):
    with tempfile.TemporaryDirectory() as work:
        meters = []
        with open(os.path.join(work, "readings.csv"), "w") as out:
            out.write("meter_id,timestamp,kwh\n")
            for scene, mining in (("charging-station-farm", 1), ("ordinary-customers", 0), ("cold-store", 0)):
                before = len(meters)
                for record in records(run(binary, "meters", "--jsonl", "--all", os.path.join(samples, scene, "meters"))[1]):
                    if record["kind"] == "load":
                        meters.append((record["meter"], mining, scene))
                check(f"{scene} has meters", len(meters) > before)
                for name in sorted(os.listdir(os.path.join(samples, scene, "meters"))):
                    shutil.copy(os.path.join(samples, scene, "meters", name), work)
        code, out, err = run(binary, "evaluate", work)
        check("a folder without labels is no labelled set", code == 3 and "labels.csv" in err, (code, err))
        with open(os.path.join(work, "labels.csv"), "w") as out:
            out.write("site_id,label,scenario,base_meter\n")
            out.writelines(f"{meter},{mining},{scene},{meter}\n" for meter, mining, scene in meters)
            out.write("X,perhaps,none,X\n")
        with open(os.path.join(work, "sites.csv"), "w") as out:
            out.write("site_id,category\n")
            out.writelines(f"{meter},\n" for meter, _, _ in meters)
        os.remove(os.path.join(work, "readings.csv"))
        os.mkdir(os.path.join(work, "readings.csv"))
        for name in os.listdir(work):
            if name.endswith(".csv.gz"):
                os.rename(os.path.join(work, name), os.path.join(work, "readings.csv", name))
        pictures = os.path.join(work, "pictures")
        code, out, err = run(binary, "evaluate", "--jsonl", "--svg", pictures, "--against", ROOT, work)
        rows = records(out)
        head = next((r for r in rows if r["kind"] == "evaluation"), None)
        check("a labelled set is scored, and a bad label told", code == 4 and head and "labels.csv:" in err, (code, err))
        check("every meter is in it", head and head["meters"] == len(meters), head)
        check("each figure has its count", head and head["figures"]["recall_at_fpr_1%"]["n"] == sum(m for _, m, _ in meters), head)
        check("scenes are told apart", {r["name"] for r in rows if r["kind"] == "evaluation_group" and r["by"] == "scenario"} == {s for _, _, s in meters})
        same = [r for r in rows if r["kind"] == "evaluation_difference"]
        check("a model is not better than itself", same and all(r["value"] == r["other_value"] for r in same), same[:1])
        for name in ("precision-recall.svg", "calibration.svg"):
            place = os.path.join(pictures, name)
            check(f"{name} is a picture", os.path.exists(place) and open(place).read().startswith("<svg"))
        code, out, err = run(binary, "evaluate", "--lang", "zh", work)
        check("people read it in Chinese", code == 4 and "召回率" in out, (code, err))


def scheduled(binary, samples):
    with tempfile.TemporaryDirectory() as work:
        place = os.path.join(work, "province")
        shutil.copytree(samples, place, ignore=shutil.ignore_patterns(".demo"))
        config = os.path.join(place, "countermine.yaml")
        text = open(config).read().replace("demo: true\n", "").replace(
            "    - path: cold-store/meters\n", "    - path: cold-store/meters\n      name: 冷库\n      cadence: 1d\n")
        open(config, "w").write(text + "notices:\n  spool: outbox\n  from: scan@bureau.local\n  to: [duty@bureau.local]\n")
        code, out, err = run(binary, "status", "--config", config, "--jsonl")
        head = records(out)[0]
        check("before the first scan the status says so", code == 1 and head["state"] == "never", (code, out[:300], err))
        together = [subprocess.Popen([binary, "scan", "--quiet", "--jsonl", "--config", config], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                    for _ in range(20)]
        ends = [(p.wait(timeout=120), p.stdout.read().decode(), p.stderr.read().decode()) for p in together]
        ran = [e for e in ends if e[0] in (0, 4)]
        check("of twenty scans at once one runs", len(ran) == 1, [e[0] for e in ends])
        check("and the others name who does", all(e[0] == 3 and "another scan" in e[2] for e in ends if e not in ran), [e[2] for e in ends][:3])
        outbox = os.path.join(place, "outbox")
        kinds = sorted(name.split("-")[1] for name in os.listdir(outbox))
        check("what is late and what was opened is told", kinds == ["late", "opened"], kinds)
        check("a notice is a mail", all(open(os.path.join(outbox, n)).read().startswith("From: scan@bureau.local\n") for n in os.listdir(outbox)))
        code, out, err = run(binary, "scan", "--quiet", "--jsonl", "--config", config)
        check("told once", len(os.listdir(outbox)) == 2, os.listdir(outbox))
        code, out, err = run(binary, "status", "--config", config, "--jsonl")
        rows = records(out)
        sources = {r["name"]: r for r in rows if r["kind"] == "source"}
        check("a source past its cadence is late", code == 1 and sources["冷库"]["late"] == "yes", sources.get("冷库"))
        check("one without a cadence is neither", all(r["late"] is None for n, r in sources.items() if n != "冷库"))
        check("the status is that of the last scan", rows[0]["state"] == "done" and rows[0]["inputs"]["failed"] == 0, rows[0])
        with open(os.path.join(place, "cold-store", "meters", "broken.csv"), "w") as bad:
            bad.write("this is no meter file\nat all\n")
        run(binary, "scan", "--quiet", "--jsonl", "--config", config)
        code, out, err = run(binary, "status", "--config", config, "--jsonl")
        rows = records(out)
        failures = [r for r in rows if r["kind"] == "failure"]
        check("a file that failed is named with its reason", code == 1 and any("broken.csv" in r["place"] and r["what"] for r in failures), rows[0])
        check("and told", any("-failed-" in n for n in os.listdir(outbox)), os.listdir(outbox))
        code, out, err = run(binary, "status", "--config", config, "--lang", "zh")
        check("people read the status in Chinese", code == 1 and "冷库" in out and "迟到" in out and "broken.csv" in out, (code, out[-300:]))
        open(config, "a").write("  about: [sunrise]\n")
        code, out, err = run(binary, "status", "--config", config)
        check("an unknown kind of notice is named with its line", code == 2 and "yaml:" in err and "overdue" in err, (code, err))


def register(binary, samples):
    with tempfile.TemporaryDirectory() as work:
        place = os.path.join(work, "province")
        shutil.copytree(samples, place, ignore=shutil.ignore_patterns(".demo"))
        config = os.path.join(place, "countermine.yaml")
        text = open(config).read().replace("demo: true\n", "")
        open(config, "w").write(text)
        run(binary, "scan", "--quiet", "--config", config)
        sites = records(run(binary, "site", "list", "--jsonl", "--config", config)[1])
        suspect, county = sites[0]["site"], sites[0]["unit"]

        def write(name, *lines, encoding="utf-8"):
            path = os.path.join(work, name)
            open(path, "w", encoding=encoding).write("\n".join(lines) + "\n")
            return path

        def take(*words):
            return run(binary, *words, "--config", config, "--actor", "王五", "--jsonl")

        def counts(out):
            rows = records(out)[0]["rows"]
            return rows["data"] == rows["taken"] + rows["refused"] + rows["repeated"], rows
        leads = write("leads.csv", "source,reference,received_at,unit,subject,text",
                      f"public_tip,T1,2026-02-20T08:00:00+08:00,{county},site:{suspect},夜间噪声",
                      f"grid_company,G1,2026-02-21T08:00:00+08:00,{county},site:{suspect},=cmd()",
                      f"public_tip,T2,2026-02-20T09:00:00+08:00,,site:{suspect},no unit",
                      f"somebody,T3,2026-02-20T09:00:00+08:00,{county},,x")
        code, out, err = take("lead", "take", leads)
        adds, rows = counts(out)
        check("good leads are taken, the others named with place and remedy", code == 4 and adds and rows["taken"] == 2 and "leads.csv:4 [unit]" in err, (code, rows, err))
        receipts = [r for r in records(out) if r["kind"] == "receipt"]
        check("each lead has its receipt", len(receipts) == 2 and len({r["receipt"] for r in receipts}) == 2)
        code, out, err = run(binary, "lead", "status", "--config", config, "--jsonl", "--source", receipts[0]["source"], receipts[0]["receipt"])
        check("its sender learns how it stands", code == 0 and records(out)[0]["status"] == "received", (out, err))
        other = "cncert" if receipts[0]["source"] != "cncert" else "self_check"
        code, out, err = run(binary, "lead", "status", "--config", config, "--source", other, receipts[0]["receipt"])
        check("another source learns nothing", code == 3 and not out, (code, out))
        code, out, err = take("lead", "take", leads)
        check("the same leads again change nothing", records(out)[0]["changed"] == 0, out[:300])
        listed = records(run(binary, "lead", "list", "--config", config, "--jsonl")[1])
        check("leads are listed without their receipts", len(listed) == 2 and all("receipt" not in r for r in listed))
        soon = (datetime.date.today() + datetime.timedelta(days=9)).isoformat()
        code, out, err = take("exemption", "take", write(
            "exemptions.csv", "exemption,site,kind,licence,ceiling_kw,applicant,approver,from,to",
            f"E1,{suspect},data-centre,L1,1,张三,李四,2026-01-01,{soon}", f"E2,{suspect},data-centre,L1,1,张三,张三,2026-01-01,{soon}",
            f"E3,{suspect},data-centre,L1,1,张三,李四,2026-03-01,2026-01-01"))
        adds, rows = counts(out)
        check("an exemption nobody else approved is refused", code == 4 and adds and rows["taken"] == 1, (code, rows, err))
        work_list = records(run(binary, "exemption", "list", "--config", config, "--jsonl")[1])
        check("an exemption that is exceeded and ends soon is told", len(work_list) == 1 and "exceeded" in work_list[0]["outcomes"] and 0 <= work_list[0]["days_left"] <= 10, work_list)
        code, out, err = take("register", "take", "assignments", write(
            "nat.csv", "address,port_low,port_high,line,from,to",
            "192.0.2.77,1024,2047,LINE-A,2026-02-01T00:00:00Z,2026-02-02T00:00:00Z",
            "192.0.2.77,2048,4095,LINE-B,2026-02-01T00:00:00Z,2026-02-02T00:00:00Z",
            "192.0.2.77,1,2,LINE-C,2026-02-03T00:00:00Z,2026-02-02T00:00:00Z"))
        adds, rows = counts(out)
        check("assignments that end before they begin are refused", code == 4 and adds and rows["taken"] == 2, (code, rows, err))

        def holder(*words):
            return run(binary, "register", "holder", "--config", config, "--jsonl", *words)
        code, out, err = holder("192.0.2.77", "--at", "2026-02-01T12:00:00Z", "--port", "3000")
        check("port and time name the line", code == 0 and [r["line"] for r in records(out)] == ["LINE-B"], (out, err))
        code, out, err = holder("192.0.2.77", "--at", "2026-02-01T12:00:00Z")
        check("a shared address without its port names nobody", not out and "needs-port" in err, (out, err))
        code, out, err = take("register", "take", "parties", write(
            "parties.csv", "party,name,kind,register_no,site,role,from,basis", f"P1,某某加密货币科技有限公司,company,91330000MA0000001X,{suspect},landlord,2026-01-01,lease"))
        names = records(run(binary, "register", "names", "--config", config, "--jsonl")[1])
        check("a name with a forbidden word is for market supervision", code == 0 and any("P1" in r["about"] for r in names), (out, names, err))
        check("no number of a person or firm lies in the store", b"91330000MA0000001X" not in b"".join(
            open(os.path.join(d, f), "rb").read() for d, _, fs in os.walk(os.path.join(place, ".demo")) for f in fs))
        code, out, err = take("register", "take", "applications", write(
            "gbk.csv", "application,applicant", "A1,某公司", encoding="gbk"))
        check("a file in another encoding is named so", code == 3 and "GB18030" in err and "UTF-8" in err, (code, err))
        case = records(run(binary, "case", "list", "--config", config, "--jsonl")[1])[0]["case"]
        code, out, err = run(binary, "register", "trace", f"case:{case}", "--config", config, "--jsonl")
        found = records(out)
        check("from a case to its evidence in three steps", code == 0 and found and all(len(r["path"]) <= 3 for r in found)
              and {"frames", "readings"} & {r["evidence"] for r in found}, (code, err))
        run(binary, "scan", "--quiet", "--config", config)
        run(binary, "report", suspect, "--config", config, "--format", "json", "-o", work)
        told = open(os.path.join(work, f"{suspect}.json"), encoding="utf-8").read()
        check("the next scan weighs leads and holds the load against the exemption", "leads-name-the-place" in told and "exemption-exceeded" in told)
        served = records(run(binary, "register", "facilitators", "--config", config, "--jsonl")[1])
        check("what serves several cases is ranked", any(r["cases"] >= 2 for r in served) and all(r["cases"] >= 2 or r["of"] == "party" for r in served)
              and [r["cases"] for r in served] == sorted((r["cases"] for r in served), reverse=True), served[:2])


def keeping(binary, samples):
    with tempfile.TemporaryDirectory() as work:
        place = os.path.join(work, "province")
        shutil.copytree(samples, place, ignore=shutil.ignore_patterns(".demo"))
        config = os.path.join(place, "countermine.yaml")
        text = open(config).read().replace("demo: true\n", "")
        open(config, "w").write(text)
        run(binary, "scan", "--quiet", "--config", config)

        def tell(*words):
            return run(binary, *words, "--config", config)
        code, out, err = tell("audit", "verify")
        check("a scan leaves a keyed chain and a signed head", code == 0 and "1 signed heads agree" in out, (code, out, err))
        keys = os.path.join(place, ".demo", "store.keys")
        modes = {n: os.stat(os.path.join(keys, n)).st_mode & 0o777 for n in os.listdir(keys)}
        check("keys are their owner's alone", all(m == 0o600 for n, m in modes.items() if n.endswith(".key")), modes)
        head = tell("audit", "head")[1]
        check("a head is one signed line", json.loads(head)["signature"] and len(head.splitlines()) == 1)
        copy = os.path.join(work, "copy")
        code, out, err = tell("store", "backup", copy)
        check("a store is copied", code == 0 and os.path.exists(os.path.join(copy, "casebook.sqlite")), (code, err))
        check("over nothing", tell("store", "backup", copy)[0] == 2)
        check("the keys are not in the copy", not any("key" in n for _, _, fs in os.walk(copy) for n in fs))
        code, out, err = tell("store", "verify", copy, "--jsonl")
        check("the copy is sound", code == 0 and {r["of"] for r in records(out)} == {"casebook", "archive"}, (code, err))
        digest = tell("audit", "digest")[1]
        before = tell("site", "list", "--jsonl")[1]
        check("no copy over a store that is there", tell("store", "restore", copy)[0] == 2)
        shutil.rmtree(os.path.join(place, ".demo", "store"))
        code, out, err = tell("store", "restore", copy)
        check("it is put back", code == 0 and tell("audit", "digest")[1] == digest and tell("site", "list", "--jsonl")[1] == before, (code, err))
        code, out, err = run(binary, "scan", "--quiet", "--jsonl", "--config", config)
        check("and the next scan finds nothing new", records(out)[-1]["inputs"]["new"] == 0, out[-300:])
        for name in ("casebook.sqlite", os.path.join("archive.sqlite-segments", sorted(n for n in os.listdir(os.path.join(copy, "archive.sqlite-segments")) if n.endswith(".seg"))[0])):
            bad = os.path.join(work, "bad")
            shutil.copytree(copy, bad)
            path = os.path.join(bad, name)
            body = bytearray(open(path, "rb").read())
            body[len(body) // 2] ^= 1
            open(path, "wb").write(body)
            code, out, err = tell("store", "verify", bad)
            check(f"one bit of {name.split(os.sep)[-1]} changed is found", code == 3, (code, out, err))
            shutil.rmtree(bad)
        code, out, err = tell("user", "appoint", "--system", "s1:张三", "--security", "s1:张三", "--audit", "s3:王五")
        check("three administrators are three people", code == 2 and "separate-duties" in err, (code, err))
        check("three are appointed", tell("user", "appoint", "--system", "s1:张三", "--security", "s2:李四", "--audit", "s3:王五")[0] == 0)
        check("once", tell("user", "appoint", "--system", "a:甲", "--security", "b:乙", "--audit", "c:丙")[0] == 2)
        check("one makes a person", tell("user", "add", "--by", "s1", "u1:赵六")[0] == 0)
        check("but gives no role", tell("user", "grant", "u1", "--by", "s1", "--reason", "r", "--role", "analyst", "--unit", "330000")[0] == 3)
        check("another does", tell("user", "grant", "u1", "--by", "s2", "--reason", "r", "--role", "analyst", "--unit", "330000")[0] == 0)
        check("nobody gives anything to himself", tell("user", "grant", "s2", "--by", "s2", "--reason", "r", "--role", "analyst", "--unit", "330000")[0] == 2)
        code, out, err = tell("user", "list", "--by", "u1")
        check("who is no administrator sees no users", code == 3 and not out, (code, out))
        case = records(tell("case", "list", "--jsonl")[1])[0]["case"]
        paper = os.path.join(work, "record.txt")
        open(paper, "w").write("a record of the visit\n")
        code, out, err = tell("evidence", "add", case, paper, "--by", "赵六", "--jsonl")
        item = records(out)[0]
        want = subprocess.run(["sha256sum", paper], capture_output=True, text=True).stdout.split()[0]
        check("evidence has both digests", code == 0 and item["sha256"] == want and len(item["sm3"]) == 64, (code, item))
        code, out, err = tell("evidence", "list", case)
        check("without reviews it is a lead only", code == 0 and "lead only" in err, (code, err))
        tell("evidence", "custody", item["id"], "sealed", "--by", "赵六", "--file", paper)
        open(paper, "a").write("and more\n")
        code, out, err = tell("evidence", "custody", item["id"], "checked", "--by", "赵六", "--file", paper, "--jsonl")
        check("other bytes break the seal, and that is written down", code == 0 and records(out)[0]["seal"] == "broken", out)
        check("all of it is in a chain that holds", tell("audit", "verify")[0] == 0)
        book = os.path.join(place, ".demo", "store", "casebook.sqlite")
        db = sqlite3.connect(book)
        db.executescript("DROP TRIGGER audit_fixed; UPDATE audit SET actor = 'nobody' WHERE seq = 9;")
        db.commit()
        db.close()
        code, out, err = tell("audit", "verify")
        check("a changed row is named", code == 1 and "first bad row 9" in out, (code, out))
        code, out, err = tell("store", "migrate")
        check("a store of today needs no step", code == 0 and "up to date" in out, (code, err))


def exchange(binary, samples):
    with tempfile.TemporaryDirectory() as work:
        lines = os.path.join(work, "sessions.jsonl")
        open(lines, "w").write(run(binary, "pcap", "--jsonl", os.path.join(samples, "charging-station-farm", "captures"))[1])
        want = sum(json.loads(l)["kind"] == "session" for l in open(lines))

        def export(*words):
            return run(binary, "export", "--quiet", "--from", lines, *words)
        for name, read in (("stix", lambda t: json.loads(t)["type"] == "bundle"), ("misp", lambda t: "Event" in json.loads(t)),
                           ("ecs", lambda t: len(records(t)) == want), ("ocsf", lambda t: all(r["class_uid"] == 2004 for r in records(t))),
                           ("iodef", lambda t: xml.etree.ElementTree.fromstring(t).tag.endswith("IODEF-Document")),
                           ("eve", lambda t: all(r["event_type"] == "alert" for r in records(t)))):
            code, out, err = export("--format", name)
            check(f"{name} is written and read", code == 0 and want > 0 and read(out), (code, err, out[:200]))
            check(f"{name} has no verdict and no worker", "confirmed" not in out.lower())
        check("the same input gives the same bytes", export("--candidates", "plain")[1].splitlines()[1:] == export("--candidates", "plain")[1].splitlines()[1:])
        for name in ("plain", "rpz", "nftables", "suricata"):
            code, out, err = export("--candidates", name)
            check(f"candidates as {name} are for review", code == 0 and "candidates for review, not applied" in out, (code, err, out[:200]))
        code, out, err = export("--destinations")
        check("the table by destination has rows", code == 0 and len(out.splitlines()) > 1, (code, err))
        check("an unknown format is named with the known ones", export("--format", "pdf")[0] == 2 and "stix" in export("--format", "pdf")[2])
        open(lines, "a").write("{broken\n")
        code, out, err = export("--format", "ecs")
        check("a broken line is refused by itself", code == 4 and len(records(out)) == want and "sessions.jsonl:" in err, (code, err))

        place = os.path.join(work, "province")
        shutil.copytree(samples, place, ignore=shutil.ignore_patterns(".demo"))
        config = os.path.join(place, "countermine.yaml")
        text = open(config).read().replace("demo: true\n", "")
        open(config, "w").write(text)
        run(binary, "scan", "--quiet", "--config", config)
        code, out, err = run(binary, "export", "--config", config, "--format", "ecs")
        check("the store's own findings go out too", code == 0 and len(records(out)) > 0, (code, err))
        case = records(run(binary, "case", "list", "--jsonl", "--config", config)[1])[0]["case"]
        package = os.path.join(work, "package")
        code, out, err = run(binary, "package", "make", case, package, lines, "--config", config, "--by", "赵六")
        check("a package is made", code == 0, (code, err))
        key = os.path.join(place, ".demo", "store.keys", "exchange-sign.pub.pem")
        code, out, err = run(binary, "package", "verify", package, "--key", key)
        found = records(out)[0] if out else {}
        check("and verified with its signer's key", code == 0 and found["signer_known"] == "yes" and found["lead_only"] == "yes", (code, err))
        check("sha256sum verifies it too", subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=package).returncode == 0)
        inside = os.path.join(package, "evidence", os.listdir(os.path.join(package, "evidence"))[0])
        open(inside, "a").write("x")
        code, out, err = run(binary, "package", "verify", package)
        check("a changed file is named", code == 3 and "evidence/" in err, (code, err))

        def bundle(*words):
            return run(binary, "bundle", *words)
        first, second = os.path.join(work, "1.bundle"), os.path.join(work, "2.bundle")
        code, out, err = bundle("make", "--config", config, "--from", "2026-01-01", "--to", "2026-02-01", "-o", first)
        check("a bundle is made", code == 0, (code, err))
        code, out, err = bundle("make", "--config", config, "--from", "2026-02-01", "--to", "2026-03-01", "--after", first, "-o", second)
        check("the next one follows it", code == 0, (code, err))
        der = subprocess.run(["openssl", "pkey", "-pubin", "-in", key, "-outform", "DER"], capture_output=True).stdout
        pins = os.path.join(work, "pins.txt")
        open(pins, "w").write("330000 " + der[-32:].hex() + "\n")
        book = os.path.join(work, "nation.jsonl")
        code, out, err = bundle("merge", "--keys", pins, "--into", book, second)
        check("out of order is refused", code == 3 and not os.path.exists(book), (code, out, err))
        code, out, err = bundle("merge", "--keys", pins, "--into", book, first, second)
        check("in order they are taken", code == 0 and [r["sequence"] for r in records(out)] == [1, 2], (code, err))
        body = open(book, "rb").read()
        code, out, err = bundle("merge", "--keys", pins, "--into", book, second)
        check("the same again changes nothing", code == 0 and records(out)[0]["outcome"] == "unchanged" and open(book, "rb").read() == body)
        check("a replay is refused", bundle("merge", "--keys", pins, "--into", book, first)[0] == 3)
        forged = bytearray(open(second, "rb").read())
        forged[len(forged) // 2] ^= 1
        open(second, "wb").write(forged)
        check("a changed bit is refused", bundle("verify", "--keys", pins, second)[0] == 3)


def usage(binary):
    code, out, err = run(binary, "--help")
    check("--help answers on standard output", code == 0 and "scan" in out)
    code, out, err = run(binary, "--version")
    check("--version names models and schema", code == 0 and "models" in out and "schema" in out, out)
    code, out, err = run(binary, "pcap", "x.pcap", "--no-such-option")
    check("a wrong option is a usage error", code == 2 and out == "" and "no-such-option" in err, (code, err))
    code, out, err = run(binary, "pcap", "no/such/file.pcap", "--jsonl")
    check("a missing file is status 3 and named", code == 3 and "no/such/file.pcap" in err, (code, err))
    code, out, err = run(binary, "scan", "--config", "no-such.yaml")
    check("a missing configuration is status 3", code == 3 and "no-such.yaml" in err, (code, err))


def captures(binary, samples):
    folder = os.path.join(samples, "charging-station-farm")
    code, out, err = run(binary, "pcap", "--jsonl", folder)
    rows = records(out)
    sessions = [r for r in rows if r["kind"] == "session"]
    check("a folder of captures is walked", code == 0 and sessions, (code, err))
    for r in rows:
        if r["kind"] == "capture":
            p = r["packets"]
            total = sum(p[k] for k in ("decoded", "malformed", "truncated", "unsupported", "over_limit"))
            check("packet counts reconcile", total == p["in_file"], p)
    check("accounts are masked unless asked for", all("…" in (r["account"] or "…") or "*" in r["account"] for r in sessions),
          [r["account"] for r in sessions][:2])
    full = [r for r in records(run(binary, "pcap", "--jsonl", "--identities", "full", folder)[1]) if r["kind"] == "session"]
    check("accounts are verbatim when asked for", any(r["account"] and "…" not in r["account"] for r in full))
    code, out, _ = run(binary, "pcap", "--jsonl", "--fail-on", "C", folder)
    check("--fail-on gives status 1", code == 1, code)
    links = [r for r in rows if r["kind"] == "link"]
    check("sessions with something in common are joined", links and all(len(r["sessions"]) == 2 for r in links), links[:1])
    with tempfile.NamedTemporaryFile() as key:
        key.write(b"0123456789abcdef")
        key.flush()
        named = [r for r in records(run(binary, "pcap", "--jsonl", "--pseudonym-key", key.name, folder)[1]) if r["kind"] == "session"]
    check("accounts get a keyed name when asked for", all(re.fullmatch("[0-9a-f]{32}", r["account_id"]) for r in named if r["account"]))
    check("and none without a key", all("account_id" not in r for r in sessions))
    code, out, err = run(binary, "pcap", "--pseudonym-key", os.devnull, folder)
    check("an empty key is a usage error", code == 2 and "pseudonym-key" in err, (code, err))
    one = next(r["capture"] for r in sessions)
    data = open(one, "rb").read()
    data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    code, out, _ = run(binary, "pcap", "--jsonl", "-", stdin=data)
    check("standard input is read", code == 0 and any(r["kind"] == "session" for r in records(out)), code)
    code, out, err = run(binary, "pcap", "--jsonl", "--filter", "tcp port 1", one)
    check("a filter that matches nothing finds nothing", code == 0 and not any(r["kind"] == "session" for r in records(out)))
    code, out, err = run(binary, "pcap", "--filter", "tcp port port", one)
    check("a broken filter is a usage error that says where", code == 2 and "filter" in err, (code, err))
    told = os.path.join(samples, "homes-with-rigs", "captures", "home-one.pcap")
    code, out, err = run(binary, "explain", "--lang", "en", told)
    check("explain lists sessions with their numbers", code == 0 and "ethash" in out, (code, out, err))
    code, out, err = run(binary, "explain", "--lang", "en", "--session", "1", told)
    check("explain tells one session with frames", code == 0 and "Frame 24: login" in out and "Suspected" in out, (code, err))
    code, out, err = run(binary, "explain", "--session", "99", told)
    check("a session that is not there is status 2", code == 2 and "99" in err, (code, err))
    code, out, err = run(binary, "explain", "no/such/file.pcap")
    check("explain of a missing file is status 3", code == 3 and "no/such/file.pcap" in err, (code, err))
    code, out, err = run(binary, "pcap", "--lang", "zh", folder)
    check("the table for people has Chinese heads", code == 0 and re.search("[一-鿿]", out), out[:200])
    code, out, err = run(binary, "pcap", "--jsonl", one, os.path.join(ROOT, "README.md"))
    check("a bad file among good ones is partial", code == 4, (code, err))


def meters(binary, samples):
    code, out, err = run(binary, "meters", "formats", "--jsonl")
    layouts = [r["layout"] for r in records(out)]
    check("formats are listed", code == 0 and {"long", "wide-by-day", "nem", "green-button"} <= set(layouts), (code, err))
    code, out, err = run(binary, "meters", "formats", "--lang", "zh")
    check("and described in Chinese", code == 0 and all(name in out for name in layouts) and "示值" in out, (code, err))
    folder = os.path.join(samples, "ordinary-customers", "meters")
    code, out, err = run(binary, "meters", "--explain", "--jsonl", folder)
    told = records(out)
    check("--explain says what each file is and why", code == 0 and told and all(r["layout"] and r["reason"] for r in told), (code, err))
    code, out, err = run(binary, "meters", "--explain", "--lang", "en", folder)
    check("--explain tells people too", code == 0 and "Layout:" in out and "Why:" in out, (code, err))
    code, out, err = run(binary, "meters", "--layout", "no-such", folder)
    check("an unknown layout is a usage error with the known ones", code == 2 and "wide-by-day" in err, (code, err))
    code, out, err = run(binary, "meters", "--layout", "mscons", "--jsonl", folder)
    check("a declared layout is the only one tried", code == 3 and all(r["error"] for r in records(out) if r["kind"] == "input"), (code, err))
    folder = os.path.join(samples, "charging-station-farm", "meters")
    code, out, err = run(binary, "meters", "--jsonl", "--all", folder)
    rows = records(out)
    check("meters are read from a folder", code == 0 and any(r["kind"] == "load" for r in rows), (code, err))
    for r in rows:
        if r["kind"] == "input":
            n = r["rows"]
            check("row counts reconcile", n["data"] == n["loaded"] + n["duplicate"] + n["rejected"], n)
    with tempfile.TemporaryDirectory() as work:
        bad = os.path.join(work, "bad.csv")
        open(bad, "w").write("meter_id,timestamp,kwh\nA,2026-01-01T00:00,1.0\nA,2026-01-01T00:15,#N/A\n")
        rejects = os.path.join(work, "rejects.csv")
        code, out, err = run(binary, "meters", "--jsonl", "--all", "--rejects", rejects, bad)
        text = open(rejects).read() if os.path.exists(rejects) else ""
        check("a rejected row is named with its line", ",3," in text or ":3" in text, text)
        code, out, err = run(binary, "meters", "--unit", "furlong", bad)
        check("a wrong unit is a usage error", code == 2 and "furlong" in err, (code, err))


def configuration(binary, samples):
    with tempfile.TemporaryDirectory() as work:
        copy = os.path.join(work, "province")
        shutil.copytree(samples, copy, ignore=shutil.ignore_patterns(".demo", "generator", "*.py"))
        config = os.path.join(copy, "countermine.yaml")
        text = open(config, encoding="utf-8").read()
        open(config, "w", encoding="utf-8").write(text.replace("publish:", "publsh:"))
        code, out, err = run(binary, "scan", "--config", config)
        check("a misspelt key names its line and the right word", code == 2 and "publsh" in err and "publish" in err
              and re.search(r"yaml:\d+", err), (code, err))
        check("a refused configuration leaves no store", not os.path.exists(os.path.join(copy, ".demo")))
        open(config, "w", encoding="utf-8").write(text)
        sites = os.path.join(copy, "register", "sites.csv")
        lines = open(sites, encoding="utf-8").read().splitlines(True)
        head = lines[0].strip().split(",")
        row = lines[1].rstrip("\n").split(",")
        row[head.index("unit")] = "999999"
        row[head.index("site")] = "Z-UNKNOWN"
        open(sites, "w", encoding="utf-8").writelines(lines + [",".join(row) + "\n"])
        shutil.copy(os.path.join(ROOT, "README.md"), os.path.join(copy, "charging-station-farm", "captures", "broken.pcap"))
        code, out, err = run(binary, "scan", "--config", config, "--jsonl")
        check("an unknown county and a broken capture make the scan partial", code == 4, (code, err))
        check("the unknown county is named with file and line", "999999" in err and re.search(r"sites\.csv:\d+", err), err[-600:])
        check("the broken capture is named", "broken.pcap" in err, err[-600:])
        last = records(out)[-1]
        check("the rest of the run went on", last["kind"] == "run" and last["findings"]["fused"] > 0 and last["inputs"]["failed"] == 1,
              last)
        code, out, err = run(binary, "scan", "--config", config, "--jsonl")
        again = records(out)[-1]
        check("scanning again changes nothing", again["result_sha256"] == last["result_sha256"] and again["inputs"]["new"] == 0, again)
        store = os.path.join(copy, ".demo", "store", "casebook.sqlite")
        subprocess.run(["python3", "-c", "import sqlite3,sys;c=sqlite3.connect(sys.argv[1]);"
                        "c.execute(\"insert into grdb_migrations values ('9999-a newer one')\");c.commit()", store], check=True)
        before = open(store, "rb").read()
        code, out, err = run(binary, "scan", "--config", config)
        check("a newer store is refused and left alone", code == 3 and "newer" in err and open(store, "rb").read() == before,
              (code, err))


class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.links, self.bad = [], []

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name.startswith("on") or name == "style":
                self.bad.append((tag, name))
            if name in ("href", "src") and value:
                self.links.append(value)


def elsewhere(binary, samples):
    """The program copied away from the checkout finds its models by COUNTERMINE_HOME, in its children too."""
    with tempfile.TemporaryDirectory() as work:
        copy = shutil.copytree(samples, os.path.join(work, "province"), ignore=shutil.ignore_patterns(".demo", "generator", "*.py"))
        away = shutil.copy(binary, os.path.join(work, "countermine"))
        for name in os.listdir(os.path.dirname(binary)):
            if name.endswith(".resources"):
                shutil.copytree(os.path.join(os.path.dirname(binary), name), os.path.join(work, name))
        words = (away, "scan", "--jsonl", "--config", os.path.join(copy, "countermine.yaml"))
        code, out, err = run(*words, env={k: v for k, v in os.environ.items() if k != "COUNTERMINE_HOME"})
        check("without its models the program says what to do", code == 3 and "COUNTERMINE_HOME" in err, (code, err))
        code, out, err = run(*words, env=dict(os.environ, COUNTERMINE_HOME=ROOT))
        check("a copied program and a copied folder are a whole installation", code == 0 and records(out)[-1]["findings"]["fused"] > 0,
              (code, err))


def server(binary):
    child = subprocess.Popen([binary, "serve", "--demo", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = child.stdout.readline()
        port = int(re.search(r":(\d+)/", line).group(1))

        def get(path, method="GET"):
            link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            link.request(method, path)
            answer = link.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()

        check("/healthz answers", get("/healthz")[0] == 200)
        todo, seen = ["/", "/en/"], set()
        while todo and len(seen) < 160:
            path = todo.pop(0)
            if path in seen:
                continue
            seen.add(path)
            status, headers, body = get(path)
            check(f"{path} is there", status == 200, status)
            policy = headers.get("Content-Security-Policy", headers.get("content-security-policy", ""))
            check(f"{path} has a strict policy", "default-src 'none'" in policy and "unsafe" not in policy, policy)
            if not headers.get("Content-Type", headers.get("content-type", "")).startswith("text/html"):
                continue
            parser = Links()
            parser.feed(body.decode())
            if not path.endswith("/report"):
                check(f"{path} has no inline handler or style", not parser.bad, parser.bad[:3])
            for link in parser.links:
                whole = urllib.parse.urljoin(f"http://127.0.0.1:{port}{path}", link)
                place = urllib.parse.urlsplit(whole)
                if link.startswith("data:"):
                    continue
                check(f"{path} stays on this machine", place.netloc == f"127.0.0.1:{port}", link)
                wanted = place.path + ("?" + place.query if place.query else "")
                if wanted not in seen:
                    todo.append(wanted)
        check("many pages were walked", len(seen) > 50, len(seen))
        for path in ("/../etc/passwd", "/static/../../Package.swift", "/site/%2e%2e%2f%2e%2e%2fx.html", "/site/" + "A" * 5000):
            status, _, body = get(path)
            check(f"{path[:40]} is not there", status in (400, 404, 414), status)
        check("HEAD is answered", get("/", "HEAD")[0] == 200)
    finally:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            check("the server ends on SIGINT", False)


def one_time(secret):
    """The six digits of an authenticator now (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, int(time.time() // 30).to_bytes(8, "big"), "sha1").digest()
    place = digest[-1] & 15
    return f"{(int.from_bytes(digest[place:place + 4], 'big') & 0x7fffffff) % 1000000:06d}"


def locked_server(binary, samples):
    """An installation from its first run on: accounts, roles, a step with a case, the log-out."""
    with tempfile.TemporaryDirectory() as work:
        copy = shutil.copytree(samples, os.path.join(work, "province"), ignore=shutil.ignore_patterns(".demo", "generator", "*.py"))
        config = os.path.join(copy, "countermine.yaml")
        text = open(config, encoding="utf-8").read()
        open(config, "w", encoding="utf-8").write(text.replace("demo: true", "demo: false"))
        run(binary, "scan", "--config", config, "--quiet")
        case = records(run(binary, "case", "list", "--config", config, "--jsonl")[1])[0]
        run(binary, "user", "appoint", "--config", config, "--system", "root:Root", "--security", "keys:Keys", "--audit", "log:Log")
        child = subprocess.Popen([binary, "serve", "--config", config, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 text=True)
        try:
            words = ""
            while "http://" not in words:
                words += child.stdout.readline()
            port = int(re.search(r":(\d+)/", words).group(1))
            code = child.stderr.readline().split()[-1]

            def ask(method, path, fields=None, cookie=None, headers=None):
                link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
                head = dict(headers or {})
                if cookie:
                    head["Cookie"] = cookie
                if cookie and fields is not None:
                    page = ask("GET", "/account", cookie=cookie)[2]
                    found = re.search(r'name="token" value="([^"]+)"', page)
                    fields = dict(fields, token=found.group(1) if found else "")
                link.request(method, path, urllib.parse.urlencode(fields) if fields is not None else None, head)
                answer = link.getresponse()
                return answer.status, dict((k.lower(), v) for k, v in answer.getheaders()), answer.read().decode()

            def log_in(person, password, digits=""):
                status, headers, body = ask("POST", "/login", {"person": person, "password": password, "code": digits})
                return (headers.get("set-cookie") or "").split(";")[0] if status == 303 else None

            status, headers, body = ask("GET", "/")
            check("without --demo a page leads to the login", status == 303 and headers["location"] == "/login" and not body, status)
            check("with no account the login leads to the first run", ask("GET", "/login")[1].get("location") == "/start")
            password = "three blind cats 42"
            status, _, _ = ask("POST", "/start", {"code": "wrong", "person": "root", "password": password})
            check("a wrong code makes no account", status == 400, status)
            status, headers, _ = ask("POST", "/start", {"code": code, "person": "root", "password": password})
            check("the code makes the first account", status == 303 and headers["location"] == "/login", status)
            check("a wrong password opens nothing", log_in("root", "wrong") is None)
            status, headers, _ = ask("POST", "/login", {"person": "root", "password": password}, headers={"Origin": "http://elsewhere.example"})
            check("another site's form opens nothing", status == 403, status)
            root = log_in("root", password)
            check("the password opens a session", bool(root))
            check("an administrator has no page before the second factor", "account/factor" in ask("GET", "/users", cookie=root)[2])
            page = ask("POST", "/account/factor", {"password": password}, cookie=root)[2]
            secret = re.search(r"otpauth://[^<]*secret=([A-Z2-7]+)", page).group(1)
            ask("POST", "/account/confirm", {"code": one_time(secret)}, cookie=root)
            page = ask("GET", "/users", cookie=root)[2]
            check("with it there are the users", "users/add" in page and "users/account" in page)
            check("but no case", ask("GET", "/cases", cookie=root)[0] == 404)
            status, _, _ = ask("POST", "/users/add", {"id": "li", "name": "Li Wei"}, cookie=root)
            check("a person is made on the page", status == 303, status)
            code, _, err = run(binary, "user", "grant", "--config", config, "--by", "keys", "--role", "analyst", "--unit", "330000",
                               "--reason", "start", "li")
            check("and given a role", code == 0, err)
            page = ask("POST", "/users/account", {"person": "li", "act": "invite"}, cookie=root)[2]
            invitation = re.search(r'<p class="empty">([A-Za-z0-9-]{12,})</p>', page).group(1)
            status, headers, _ = ask("POST", "/redeem", {"code": invitation, "password": "another long sentence"})
            check("the invitation sets a password", status == 303, status)
            li = log_in("li", "another long sentence")
            page = ask("GET", f"/case/{case['case']}", cookie=li)[2]
            check("the analyst sees the case and the step", "T01" in page and "/step" in page)
            step = {"step": "T01", "version": "1", "role": "analyst@330000", "reason": "looked at", "evidence_viewed": "yes",
                    "alternative_X3": "yes", "jurisdiction": "330000"}
            status, headers, body = ask("POST", f"/case/{case['case']}/step", step, cookie=li)
            check("the step is taken", status == 303, (status, re.findall(r'role="status">([^<]*)', body)))
            shown = {r["case"]: r["state"] for r in records(run(binary, "case", "list", "--config", config, "--jsonl")[1])}
            check("the terminal sees it", shown[case["case"]] == "triaged", shown)
            status, _, body = ask("POST", f"/case/{case['case']}/step", step, cookie=li)
            check("the same again is told to be late", status == 409 and "Li Wei" in body, status)
            page = ask("POST", "/account/token", {"name": "t", "scope": "read", "days": "30", "password": "another long sentence"}, cookie=li)[2]
            token = re.search(r"cm_[A-Za-z0-9_-]+", page)
            check("a token is shown once", bool(token))
            rows = ask("GET", "/api/v1/cases", headers={"Authorization": "Bearer " + token.group(0)})
            check("and reads the interface", rows[0] == 200 and case["case"] in rows[2], rows[0])
            sending(binary, config, samples, port, li, ask, case["case"])
            ask("POST", "/logout", {}, cookie=li)
            check("after logout the session is dead", ask("GET", "/", cookie=li)[0] == 303)
            code, out, err = run(binary, "audit", "verify", "--config", config)
            check("the audit chain is whole after it", code == 0, err)
        finally:
            child.send_signal(signal.SIGINT)
            child.wait(15)


def sending(binary, config, samples, port, cookie, ask, case):
    """Files over the pages: a capture and a meter file, what is none, what is cut off, a paper of a case."""
    token = re.search(r'name="token" value="([^"]+)"', ask("GET", "/account", cookie=cookie)[2]).group(1)

    def send(path, name, data, cut=False, signed=True):
        border = "----border1234"
        head = "" if not signed else f'--{border}\r\nContent-Disposition: form-data; name="token"\r\n\r\n{token}\r\n'
        head += f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + data + (b"" if cut else f"\r\n--{border}--\r\n".encode())
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        link.request("POST", path, body, {"Cookie": cookie, "Content-Type": f"multipart/form-data; boundary={border}"})
        answer = link.getresponse()
        answer.read()
        return answer.status, answer.getheader("Location")

    def settled(place):
        """The events of a file until it is done: they come by themselves."""
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        link.request("GET", place + "/events", headers={"Cookie": cookie})
        answer = link.getresponse()
        told = [json.loads(line[6:]) for line in answer.read().decode().splitlines() if line.startswith("data: ")]
        return answer.getheader("Content-Type"), told[-1]["state"]

    captures = sorted(os.path.join(f, n) for f, _, names in os.walk(samples) for n in names if n.endswith((".pcap.gz", ".pcapng.gz")))
    capture = gzip.open(captures[0]).read()
    # The same packets with another last byte: content that the store does not have.
    capture = capture[:-1] + bytes([capture[-1] ^ 1])
    status, place = send("/upload", "c.pcap", capture)
    check("a capture is taken", status == 303 and place == "/uploads/1", (status, place))
    check("and checked while the page follows", settled(place) == ("text/event-stream", "kept"), place)
    status, place = send("/upload", "again.pcap", capture)
    check("the same again does not count twice", settled(place)[1] == "known", status)
    rows = "meter_id,timestamp,value\n" + "".join(f"NEW-1,2026-03-01T{h:02}:{m:02}:00+08:00,1.5\n" for h in range(24) for m in (0, 15, 30, 45))
    status, place = send("/upload", "..%2f..%2fetc%2fpasswd", rows.encode())
    check("a meter file is taken, whatever it is called", settled(place)[1] == "kept", (status, place))
    status, place = send("/upload", "program.csv", b"\x7fELF" + bytes(range(256)) * 64)
    check("what is neither is refused", settled(place)[1] == "refused", (status, place))
    store = re.search(r"^store: *(\S+)", open(config, encoding="utf-8").read(), re.M).group(1)
    store = os.path.join(os.path.dirname(config), store)
    status, _ = send("/upload", "half.pcap", capture, cut=True)
    check("an upload that dies half-way leaves nothing", status == 400 and os.listdir(os.path.join(store, "incoming")) == [], status)
    status, _ = send("/upload", "forged.pcap", capture, signed=False)
    check("without the session's token none is taken", status == 403 and os.listdir(os.path.join(store, "incoming")) == [], status)
    code, out, err = run(binary, "scan", "--config", config, "--jsonl")
    told = records(out)[-1]
    check("the next scan takes them in", told["inputs"]["new"] == 2, told["inputs"])
    paper = b"\xff\xd8\xff\xe0 picture"
    status, _ = send(f"/case/{case}/attach", "p.jpg", paper)
    found = re.search(rf"/case/{case}/evidence/([^\"]+)", ask("GET", f"/case/{case}", cookie=cookie)[2])
    check("a paper is taken into the case", status == 303 and found, status)
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    link.request("GET", found.group(0), headers={"Cookie": cookie})
    answer = link.getresponse()
    check("and given out as it was", answer.status == 200 and answer.read() == paper)


def archive(binary):
    code, out, err = run(binary, "archive", "stat", "--demo", "--jsonl")
    stat = records(out)[0] if code == 0 else {}
    check("archive stat tells what is there", stat.get("readings", 0) > 0 and stat["bytes_per_reading"] < 8, (code, err, stat))
    code, out, err = run(binary, "archive", "verify", "--demo", "--jsonl")
    told = records(out)[0] if out else {}
    check("archive verify is clean after a scan", code == 0 and told["damage"] is None and told["readings"] >= stat["readings"], (code, err))
    code, out, err = run(binary, "archive", "export", "--demo", "--from", "2026-03-01", "--to", "2026-03-01")
    rows = out.splitlines()
    check("archive export writes rows of the days asked for",
          code == 0 and rows[0].startswith("meter,") and all("2026-03-01T" in r for r in rows[1:]), (code, err, rows[:2]))
    code, out, err = run(binary, "archive", "export", "--demo", "--from", "yesterday")
    check("a day that is none is a usage error", code == 2 and "yesterday" in err, (code, err))
    code, out, err = run(binary, "archive", "export", "--demo", "--features", "--from", "2026-03-01", "--to", "2026-03-07")
    rows = [line.split(",") for line in out.splitlines()]
    check("features of a week stand for every meter", code == 0 and len(rows) == stat["meters"] + 1, (code, err, len(rows)))
    check("and on no more days than there are", all(1 <= int(r[3]) <= 7 for r in rows[1:]), rows[1:2])


def steps(binary, samples):
    """What a person may do with a case, doing it, taking it back, and the figures of it."""
    with tempfile.TemporaryDirectory() as work:
        copy = shutil.copytree(samples, os.path.join(work, "province"), ignore=shutil.ignore_patterns(".demo", "generator", "*.py"))
        config = os.path.join(copy, "countermine.yaml")
        text = open(config, encoding="utf-8").read()
        open(config, "w", encoding="utf-8").write(text.replace("demo: true", "demo: false"))
        run(binary, "scan", "--config", config, "--quiet")
        case = records(run(binary, "case", "list", "--config", config, "--jsonl")[1])[0]
        who = ("--config", config, "--actor", "Li Wei", "--role", "analyst", "--unit", "330000")

        def offered(*more):
            code, out, err = run(binary, "case", "steps", case["case"], *who, *more, "--jsonl")
            return {r["step"]: r for r in records(out)} if code == 0 else {}

        before = offered()
        check("a detected case offers triage to an analyst", before.get("T01", {}).get("refusals") == [], before)
        check("and voiding it not", before.get("T27", {}).get("refusals"), before.get("T27"))
        form = os.path.join(work, "form.json")
        json.dump({"evidenceViewed": True, "alternativesChecked": ["cold-store"], "jurisdiction": "330000"}, open(form, "w"))

        def move(step, version, reason, *more):
            return run(binary, "case", "move", case["case"], "--step", step, "--seen-version", str(version), "--reason", reason, *who, *more,
                       "--jsonl")

        code, out, err = move("T01", 1, "looked at it")
        check("a step without its form is refused with what it needs", code == 2 and "evidence_viewed" in err, (code, err))
        code, out, err = move("T01", 1, "looked at it", "--fields", form)
        check("a named person moves a case", code == 0 and records(out)[0]["state"] == "triaged", (code, err))
        code, out, err = move("T01", 1, "again", "--fields", form)
        check("an old version is refused and told whose is newer", code == 3 and "Li Wei" in err and "version 2" in err, (code, err))
        code, out, err = run(binary, "case", "undo", case["case"], *who, "--reason", "wrong case", "--seen-version", "2", "--jsonl")
        check("a step is taken back by a new one", code == 0 and records(out)[0]["state"] == "detected", (code, err))
        code, out, err = run(binary, "case", "move", case["case"], "--step", "T01", "--seen-version", "3", "--reason", "x", "--config", config,
                             "--actor", "scan", "--role", "analyst", "--unit", "330000", "--fields", form)
        check("no machine takes a step", code == 2 and "no-person" in err, (code, err))
        code, out, err = run(binary, "audit", "verify", "--config", config)
        check("the audit chain holds after people acted", code == 0, (code, out, err))
        rows = records(run(binary, "kpi", "--config", config, "--jsonl")[1])
        check("all twenty-two figures are told", {r["id"] for r in rows} == {f"K{n:02}" for n in range(1, 23)}, len(rows))
        check("a figure on nothing is unknown, not zero", all(r["value"] is None for r in rows if r["id"] == "K04" and not r["part"]), rows)
        first = run(binary, "return", "freeze", "--config", config, "--actor", "Li Wei", "--jsonl")[1]
        again = run(binary, "return", "freeze", "--config", config, "--actor", "Li Wei", "--jsonl")[1]
        check("a week is frozen once", first == again and records(first)[0]["number"] == 1, first)
    code, out, err = run(binary, "case", "move", case["case"], "--demo", "--step", "T01", "--seen-version", "1", "--reason", "x",
                         "--actor", "Li Wei", "--role", "analyst", "--unit", "330000")
    check("the demo store is not changed by hand", code == 2 and "demo" in err, (code, err))


def casework(binary):
    rows = records(run(binary, "site", "list", "--demo", "--jsonl")[1])
    check("site list has every site once", len(rows) > 200 and len({r["site"] for r in rows}) == len(rows), len(rows))
    check("site rows carry the contract's fields", all(set(r) >= {"kind", "site", "unit", "state", "probability", "kw"} for r in rows))
    cases = records(run(binary, "case", "list", "--demo", "--jsonl")[1])
    check("cases are open and only detected", cases and all(r["state"] == "detected" for r in cases), cases[:1])
    check("case rows carry the contract's fields",
          all(set(r) >= {"kind", "case", "episode", "site", "unit", "state", "holder", "due"} for r in cases))
    code, out, err = run(binary, "audit", "verify", "--demo")
    check("the audit chain holds", code == 0 and re.search("[0-9a-f]{64}", out), (code, out, err))
    with tempfile.TemporaryDirectory() as work:
        texts = []
        for name in ("one", "two"):
            folder = os.path.join(work, name)
            code, out, err = run(binary, "report", cases[0]["site"], "--demo", "--format", "html", "-o", folder)
            files = os.listdir(folder) if os.path.isdir(folder) else []
            check("a report is written", code == 0 and len(files) == 1, (code, err, files))
            texts.append(open(os.path.join(folder, files[0]), "rb").read() if files else b"")
        check("a report is the same bytes again", texts[0] == texts[1] and texts[0])
        twice = []
        for name in ("three", "four"):
            folder = os.path.join(work, name)
            code, out, err = run(binary, "report", cases[0]["site"], "--demo", "--format", "json,csv,xlsx", "-o", folder)
            files = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
            check("a report as JSON, CSV and workbook", code == 0 and [f.rsplit(".", 1)[1] for f in files] == ["csv", "json", "xlsx"],
                  (code, err, files))
            twice.append([open(os.path.join(folder, f), "rb").read() for f in files])
        check("each is the same bytes again", twice[0] == twice[1])
        rows = list(csv.reader(io.StringIO(twice[0][0].decode("utf-8-sig"))))
        check("the CSV has its mark, and lines of one length", twice[0][0][:3] == b"\xef\xbb\xbf" and len(rows) > 50
              and {len(r) for r in rows} == {5}, len(rows))
        with zipfile.ZipFile(io.BytesIO(twice[0][2])) as book:
            sheets = [n for n in book.namelist() if n.startswith("xl/worksheets/sheet")]
            check("the workbook has a sheet a table and no formula", len(sheets) > 10
                  and not any(b"<f>" in book.read(n) for n in sheets), len(sheets))
        code, out, err = run(binary, "report", "NO-SUCH-SITE", "--demo", "-o", work)
        check("an unknown site is status 3 and named", code == 3 and "NO-SUCH-SITE" in err, (code, err))


def expected(binary, samples):
    """Each scene's own expectations against the demo store and the captures."""
    sites = {r["site"]: r for r in records(run(binary, "site", "list", "--demo", "--jsonl")[1])}
    for scene in sorted(os.listdir(samples)):
        path = os.path.join(samples, scene, "expected.json")
        if not os.path.exists(path):
            continue
        want = json.load(open(path, encoding="utf-8"))
        for site in want.get("sites", []):
            have = sites.get(site["site"])
            p = have and have["probability"]
            if site["expect"] == "suspected":
                least = {"high": 0.8, "medium": 0.5}.get(site.get("min_band"), 0.5)
                check(f"{scene}: {site['site']} is suspected", p is not None and p >= least, have)
            elif site["expect"] == "not-suspected":
                check(f"{scene}: {site['site']} is left alone", p is None or p < 0.5, have)
            else:
                check(f"{scene}: {site['site']} is unknown", p is None, have)
            kw = site.get("kw")
            if kw and have and have["kw"]:
                off = abs(have["kw"]["value"] - kw["value"]) / kw["value"]
                check(f"{scene}: {site['site']} kW within {kw['tolerance']:.0%}", off <= kw["tolerance"], (have["kw"], kw))
        for capture in want.get("captures", []):
            file = capture["file"]
            place = os.path.join(samples, scene, file)
            if not os.path.exists(place):
                place = os.path.join(samples, scene, "captures", file)
            rows = records(run(binary, "pcap", "--jsonl", "--identities", "full", place)[1])
            found = [r for r in rows if r["kind"] == "session"]
            check(f"{scene}: sessions of {file}", len(found) == capture["sessions"], (len(found), capture["sessions"]))
            for key, field in (("shares_submitted", "submitted"), ("shares_accepted", "accepted")):
                if capture.get(key) is not None:
                    have = sum(r["shares"][field] or 0 for r in found)
                    check(f"{scene}: {key} of {file}", have == capture[key], (have, capture[key]))
            for account in capture.get("accounts", []):
                check(f"{scene}: account {account} of {file}", any(r["account"] == account for r in found))


def main():
    words = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    words.add_argument("--binary", required=True)
    a = words.parse_args()
    binary = os.path.abspath(a.binary)
    samples = os.path.join(ROOT, "Samples")
    os.environ["LC_ALL"] = "C.UTF-8"
    code, out, err = run(binary, "scan", "--config", os.path.join(samples, "countermine.yaml"), "--jsonl")
    check("the demo scan runs", code in (0, 1), (code, err))
    for step, arguments in ((usage, ()), (captures, (samples,)), (meters, (samples,)), (evaluation, (samples,)), (scheduled, (samples,)), (register, (samples,)), (keeping, (samples,)), (exchange, (samples,)), (casework, ()), (archive, ()), (elsewhere, (samples,)), (expected, (samples,)),
                            (steps, (samples,)), (server, ()), (locked_server, (samples,)), (configuration, (samples,))):
        try:
            step(binary, *arguments)
        except Exception as error:  # a step that breaks off is a failure of its own, the others still run
            check(f"{step.__name__} ran to its end", False, repr(error))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
