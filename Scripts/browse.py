#!/usr/bin/env python3
"""Opens every page of a server in a real browser: both languages, light and dark. No console error, no breach of the
policy, no request off the machine, no violation of axe's rules, no sideways scrolling at 390 px; page weight and first
paint are printed.

usage: browse.py --binary PATH [--config FILE] [--pictures FOLDER] [--cookie VALUE]
Needs chromium, playwright and axe-playwright-python (CONTRIBUTING.md); exits with 3 where they are missing."""
import argparse, json, os, re, signal, subprocess, sys, urllib.request

PATHS = ["", "sites", "cases", "leads", "exemptions", "facilitators", "returns", "health", "method", "audit", "nothing-here"]
WEIGHT = 120_000
PAINT = 500


def server(binary, config):
    store = ["--config", config] if config else ["--demo"]
    child = subprocess.Popen([binary, "serve", *store, "--port", "0"], stdout=subprocess.PIPE, text=True)
    line = child.stdout.readline()
    return child, "http://127.0.0.1:" + re.search(r":(\d+)/", line).group(1)


def first(base, what, cookie):
    ask = urllib.request.Request(f"{base}/api/v1/{what}?limit=1", headers={"Cookie": cookie} if cookie else {})
    rows = json.load(urllib.request.urlopen(ask))["rows"]
    if not rows:
        return None
    return rows[0]["site"]["id"] if what == "sites" else rows[0]["id"]


def main():
    words = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    words.add_argument("--binary", required=True)
    words.add_argument("--config")
    words.add_argument("--cookie", help="a session, where the server asks for one: countermine=…")
    words.add_argument("--base", help="a server that runs already")
    words.add_argument("--pictures")
    a = words.parse_args()
    try:
        from axe_playwright_python.sync_playwright import Axe
        from playwright.sync_api import sync_playwright
        browser_path = next(p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if os.path.exists(p))
    except (ImportError, StopIteration):
        print("browse: chromium, playwright or axe-playwright-python is missing; see CONTRIBUTING.md", file=sys.stderr)
        sys.exit(3)
    child, base = (None, a.base) if a.base else server(os.path.abspath(a.binary), a.config)
    failed, seen, heaviest, paints = [], 0, 0, []
    try:
        site, case = first(base, "sites", a.cookie), first(base, "cases", a.cookie)
        paths = PATHS + ([f"site/{site}", f"site/{site}/report"] if site else []) + ([f"case/{case}"] if case else [])
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-dev-shm-usage"])
            for scheme in ("light", "dark"):
                context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme)
                if a.cookie:
                    name, value = a.cookie.split("=", 1)
                    context.add_cookies([{"name": name, "value": value, "url": base}])
                for language in ("", "en/"):
                    for path in paths:
                        page, problems, weight = context.new_page(), [], [0]
                        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
                        page.on("pageerror", lambda e: problems.append(str(e)))
                        page.on("request", lambda r: problems.append("off the machine: " + r.url)
                                if not r.url.startswith((base, "data:")) else None)

                        def weigh(answer):
                            try:
                                weight[0] += int(answer.header_value("content-length") or 0)
                            except Exception:
                                pass
                        page.on("response", weigh)
                        page.goto(f"{base}/{language}{path}", wait_until="networkidle")
                        where = f"/{language}{path} {scheme}"
                        # A page that is not there is told by its status, which the browser logs.
                        problems = [p for p in problems if not (path == "nothing-here" and "404" in p)]
                        if path and path != "nothing-here" and page.locator("#m").count() == 0 and not path.endswith("report"):
                            problems.append("no main part")
                        found = Axe().run(page)
                        for violation in found.response["violations"]:
                            problems.append(f"axe {violation['id']}: {violation['nodes'][0]['html'][:120]}")
                        paint = page.evaluate(
                            "() => performance.getEntriesByName('first-contentful-paint').map(e => e.startTime)[0] || 0")
                        paints.append(paint)
                        heaviest = max(heaviest, weight[0])
                        if weight[0] > WEIGHT and not path.endswith("report"):
                            problems.append(f"{weight[0]} bytes")
                        if a.pictures and path != "nothing-here":
                            name = (path or "overview").split("/")[0] + ("-report" if path.endswith("report") else "")
                            os.makedirs(a.pictures, exist_ok=True)
                            if (language == "") == (scheme == "light"):
                                page.screenshot(path=f"{a.pictures}/{name}-{'zh' if not language else 'en'}-{scheme}.png")
                        seen += 1
                        failed += [f"{where}: {p}" for p in problems]
                        page.close()
                context.close()
            phone = browser.new_context(viewport={"width": 390, "height": 844})
            if a.cookie:
                name, value = a.cookie.split("=", 1)
                phone.add_cookies([{"name": name, "value": value, "url": base}])
            for path in paths:
                page = phone.new_page()
                page.goto(f"{base}/{path}", wait_until="networkidle")
                wide = page.evaluate("() => document.documentElement.scrollWidth")
                if wide > 390 and not path.endswith("report"):
                    failed.append(f"/{path}: {wide} px wide on a telephone")
                page.close()
            # Without a script everything can be read.
            plain = browser.new_context(java_script_enabled=False)
            if a.cookie:
                plain.add_cookies([{"name": name, "value": value, "url": base}])
            page = plain.new_page()
            page.goto(f"{base}/cases")
            if page.locator("table").count() == 0 and case:
                failed.append("/cases without a script shows no table")
            # The keyboard alone reaches the first case from the list.
            if case:
                page = phone.new_page()
                page.goto(f"{base}/cases")
                for _ in range(80):
                    page.keyboard.press("Tab")
                    if page.evaluate("() => (document.activeElement.getAttribute('href') || '').includes('/case/')"):
                        with page.expect_navigation():
                            page.keyboard.press("Enter")
                        break
                if "/case/" not in page.url:
                    failed.append("the keyboard does not reach a case")
            browser.close()
    finally:
        if child:
            child.send_signal(signal.SIGINT)
            child.wait(15)
    for line in sorted(set(failed)):
        print("failed:", line)
    paints.sort()
    print(f"{seen} pages, {len(set(failed))} problems, heaviest {heaviest} bytes, first paint median {paints[len(paints) // 2]:.0f} ms,"
          f" longest {paints[-1]:.0f} ms (goals {WEIGHT}, {PAINT})")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
