#!/usr/bin/env python3
"""Asks the dashboard of a store as people of several roles would, and tells how long the answers took.

usage: dashboard.py --binary PATH --config FILE [--rate 50] [--seconds 60] [--once]
The store gets users of its own; give a copy. Prints the median and the 99th percentile by page, statuses, and the
server's memory at the start and at the end."""
import argparse, base64, collections, hmac, http.client, json, os, random, re, signal, subprocess, threading, time, urllib.parse

PASSWORD = "a benchmark sentence 7"


def one_time(secret):
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, int(time.time() // 30).to_bytes(8, "big"), "sha1").digest()
    place = digest[-1] & 15
    return f"{(int.from_bytes(digest[place:place + 4], 'big') & 0x7fffffff) % 1000000:06d}"


class House:
    def __init__(self, binary, config, province):
        def run(*words):
            return subprocess.run([binary, *words, "--config", config], capture_output=True, text=True)
        run("user", "appoint", "--system", "root:Root", "--security", "keys:Keys", "--audit", "log:Log")
        self.child = subprocess.Popen([binary, "serve", "--config", config, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.port = int(re.search(r":(\d+)/", self.child.stdout.readline()).group(1))
        code = self.child.stderr.readline().split()[-1]
        self.post("/start", {"code": code, "person": "root", "password": PASSWORD})
        root = self.log_in("root")
        page = self.post("/account/factor", {"password": PASSWORD}, root)[2]
        secret = re.search(r"secret=([A-Z2-7]+)", page).group(1)
        self.post("/account/confirm", {"code": one_time(secret)}, root)
        self.cookies = {}
        for role, unit in (("province_officer", province), ("analyst", province), ("county_officer", province[:2] + "0111"), ("auditor", province)):
            self.post("/users/add", {"id": role, "name": role}, root)
            run("user", "grant", "--by", "keys", "--role", role, "--unit", unit, "--reason", "benchmark", role)
            page = self.post("/users/account", {"person": role, "act": "invite"}, root)[2]
            invitation = re.search(r'<p class="empty">([A-Za-z0-9-]{12,})</p>', page).group(1)
            self.post("/redeem", {"code": invitation, "password": PASSWORD})
            self.cookies[role] = self.log_in(role)

    def ask(self, method, path, body=None, cookie=None):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        link.request(method, path, body, {"Cookie": cookie} if cookie else {})
        answer = link.getresponse()
        return answer.status, dict((k.lower(), v) for k, v in answer.getheaders()), answer.read().decode("utf-8", "replace")

    def post(self, path, fields, cookie=None):
        if cookie:
            found = re.search(r'name="token" value="([^"]+)"', self.ask("GET", "/account", cookie=cookie)[2])
            fields = dict(fields, token=found.group(1))
        return self.ask("POST", path, urllib.parse.urlencode(fields), cookie)

    def log_in(self, person):
        return self.post("/login", {"person": person, "password": PASSWORD})[1]["set-cookie"].split(";")[0]

    def memory(self):
        text = open(f"/proc/{self.child.pid}/status").read()
        return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) // 1024


def main():
    words = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    words.add_argument("--binary", required=True)
    words.add_argument("--config", required=True)
    words.add_argument("--province", default="330000")
    words.add_argument("--rate", type=float, default=50)
    words.add_argument("--seconds", type=float, default=60)
    words.add_argument("--serve", action="store_true", help="only set up, print the cookies, and wait")
    a = words.parse_args()
    house = House(os.path.abspath(a.binary), a.config, a.province)
    try:
        if a.serve:
            print(house.port, json.dumps(house.cookies), flush=True)
            house.child.wait()
            return
        officer = house.cookies["province_officer"]
        sites = [r["site"]["id"] for r in json.loads(house.ask("GET", "/api/v1/sites?limit=50", cookie=officer)[2])["rows"]]
        cases = [r["id"] for r in json.loads(house.ask("GET", "/api/v1/cases?limit=50", cookie=officer)[2])["rows"]]
        pages = ["/", "/sites", "/cases", "/cases?open=yes", "/sites?band=high", "/returns", "/health", "/api/v1/figures",
                 "/sites?offset=50000", "site", "case"]
        took, statuses, lock = collections.defaultdict(list), collections.Counter(), threading.Lock()

        def one(chance):
            role = chance.choice(list(house.cookies))
            page = chance.choice(pages)
            path = page if page.startswith("/") else f"/site/{chance.choice(sites)}" if page == "site" else f"/case/{chance.choice(cases)}"
            began = time.perf_counter()
            status = house.ask("GET", path, cookie=house.cookies[role])[0]
            with lock:
                took[page].append(time.perf_counter() - began)
                statuses[status] += 1

        for role, cookie in house.cookies.items():
            for page in pages:
                house.ask("GET", page if page.startswith("/") else "/", cookie=cookie)
        start, before = time.perf_counter(), house.memory()
        threads, number = [], 0
        while time.perf_counter() - start < a.seconds:
            due = start + number / a.rate
            if due > time.perf_counter():
                time.sleep(due - time.perf_counter())
            thread = threading.Thread(target=one, args=(random.Random(number),))
            thread.start()
            threads.append(thread)
            number += 1
            if len(threads) > 400:
                threads = [t for t in threads if t.is_alive()]
        for thread in threads:
            thread.join()
        every = sorted(t for times in took.values() for t in times)

        def at(times, share):
            return sorted(times)[min(len(times) - 1, int(share * len(times)))] * 1000
        for page, times in sorted(took.items()):
            print(f"{page:28} n {len(times):6}  median {at(times, 0.5):7.1f} ms  p99 {at(times, 0.99):7.1f} ms")
        print(f"{'all':28} n {len(every):6}  median {at(every, 0.5):7.1f} ms  p99 {at(every, 0.99):7.1f} ms  (goal 300)")
        print("statuses", dict(statuses), "memory MiB", before, "->", house.memory())
    finally:
        house.child.send_signal(signal.SIGINT)
        house.child.wait(20)


if __name__ == "__main__":
    main()
