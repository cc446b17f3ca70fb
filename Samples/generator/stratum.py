"""Mining sessions as rigs and pools write them, with work that closes: share gaps follow hash rate and difficulty.

Wallets have a valid form and checksum and belong to nobody. Shares of the one low-difficulty session are truly mined;
all others cannot be (no one hashes at 100 TH/s to make a sample), so their hashes do not meet the target when recomputed.
"""

import hashlib
import json
import struct

from .captures import Connection, dns

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def sha256d(data):
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


# --- wallets ---

def bech32_wallet(r):
    def checksum(values):
        state = 1
        for value in values:
            top = state >> 25
            state = (state & 0x1FFFFFF) << 5 ^ value
            for i, part in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
                state ^= part if top >> i & 1 else 0
        return state
    number = int.from_bytes(r.randbytes(20), "big")
    data = [0] + [number >> 5 * (31 - i) & 31 for i in range(32)]
    prefix = [3, 3, 0, 2, 3]  # "bc" spread out
    rest = checksum(prefix + data + [0] * 6) ^ 1
    return "bc1" + "".join(BECH32[v] for v in data + [rest >> 5 * (5 - i) & 31 for i in range(6)])


def base58(data, width=0):
    number, out = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        out = BASE58[digit] + out
    return out.rjust(width, "1")


def zcash_wallet(r):
    body = b"\x1c\xb8" + r.randbytes(20)
    return base58(body + sha256d(body)[:4])


def keccak256(data):
    mask, state, lfsr = (1 << 64) - 1, [0] * 25, 1
    data += b"\x01" + bytes(135 - len(data) % 136)
    data = data[:-1] + bytes([data[-1] | 0x80])

    def turn(value, count):
        count %= 64
        return (value << count | value >> 64 - count) & mask if count else value
    for offset in range(0, len(data), 136):
        for i in range(17):
            state[i] ^= struct.unpack_from("<Q", data, offset + 8 * i)[0]
        lfsr = 1
        for _ in range(24):
            column = [state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20] for x in range(5)]
            for i in range(25):
                state[i] ^= column[(i + 4) % 5] ^ turn(column[(i + 1) % 5], 1)
            x, y, held = 1, 0, state[1]
            for t in range(24):
                x, y = y, (2 * x + 3 * y) % 5
                held, state[x + 5 * y] = state[x + 5 * y], turn(held, (t + 1) * (t + 2) // 2)
            for y in range(0, 25, 5):
                row = state[y:y + 5]
                for x in range(5):
                    state[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5])
            for j in range(7):
                lfsr = (lfsr << 1 ^ (0x171 if lfsr >> 7 else 0)) & 0x1FF
                if lfsr & 2:
                    state[0] ^= 1 << (1 << j) - 1
    return b"".join(struct.pack("<Q", v & mask) for v in state[:4])


def monero_wallet(r):
    body = b"\x12" + r.randbytes(64)
    body += keccak256(body)[:4]
    return "".join(base58(body[i:i + 8], 11 if i < 64 else 7) for i in range(0, 69, 8))


def ether_wallet(r):
    return "0x" + r.randbytes(20).hex()


# --- the loop every dialect has ---

class Tally:
    """What the parties of the capture's sessions saw."""

    def __init__(self):
        self.sessions, self.dialects, self.accounts, self.submitted, self.accepted = 0, {}, set(), 0, 0
        self.sessions_detail = []

    def add(self, dialect, account, worker, client, submitted, accepted, hashrate):
        self.sessions += 1
        self.dialects[dialect] = self.dialects.get(dialect, 0) + 1
        self.accounts.add(account)
        self.submitted += submitted
        self.accepted += accepted
        self.sessions_detail.append({"dialect": dialect, "client": client, "account": account, "worker": worker,
                                     "shares_submitted": submitted, "shares_accepted": accepted,
                                     "true_hashrate": hashrate})


class Pool:
    """A pool and its clock of jobs: the same for all its miners."""

    def __init__(self, tape, name, server, port, refresh=30, block=600, make=None):
        self.tape, self.name, self.server, self.port = tape, name, server, port
        self.r, self.jobs = tape.r, []
        at, fresh, number = tape.start - refresh * 1_000_000, True, self.r.randrange(0x1000, 0xF000)
        next_block = tape.start + self.r.expovariate(1 / block) * 1e6
        while at < tape.end:
            number += 1
            self.jobs.append((at, make(number, fresh)))
            at += refresh * 1_000_000
            fresh = at > next_block
            if fresh:
                at, next_block = next_block, next_block + self.r.expovariate(1 / block) * 1e6

    def from_time(self, at):
        before = [j for j in self.jobs if j[0] <= at]
        return before[-1:] + [j for j in self.jobs if j[0] > at]


def line(value):
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def shares(r, begin, end, mean):
    """A Poisson process: times of shares."""
    at = begin + r.expovariate(1 / mean) * 1e6
    while at < end:
        yield at
        at += r.expovariate(1 / mean) * 1e6


def play(link, begin, pool, mean_gap, speak_job, speak_share, reply, extra=()):
    """Jobs, shares and whatever else (`extra`: [(time, bytes up, bytes down)]) in the order of their time."""
    r, tape = link.tape.r, link.tape
    last = tape.end - 2_500_000
    first, *later = pool.from_time(begin)
    at = link.send(link.clock, False, speak_job(first[1], True))
    current, submitted, accepted = first[1], 0, 0
    events = [(t, 0, job) for t, job in later] + [(t, 1, None) for t in shares(r, at, last, mean_gap)]
    events += [(t, 2, pair) for t, *pair in extra]
    for when, kind, what in sorted(events, key=lambda e: (e[0], e[1])):
        if when < at or max(when, link.clock) > last:
            continue
        if kind == 0:
            link.send(when + r.uniform(0, 4000), False, speak_job(what, False))
            current = what
        elif kind == 1:
            good = r.random() > .012
            done = link.send(when, True, speak_share(current))
            link.send(done + link.rtt + r.uniform(500, 3000), False, reply(good))
            submitted, accepted = submitted + 1, accepted + good
        else:
            done = link.send(when, True, what[0])
            link.send(done + link.rtt + 900, False, what[1])
    return submitted, accepted


# --- stratum-v1, SHA-256d ---

NBITS = "1702c4e4"


def sha_job(tape, tag):
    """Maker of jobs: a well-formed coinbase with the pool's tag, a payout script and a previous hash per block."""
    r, state = tape.r, {}

    def make(number, fresh):
        if fresh or not state:
            state["previous"] = r.randbytes(24).hex() + "0" * 16
            state["height"] = state.get("height", 931_000) + 1
            state["branch"] = [r.randbytes(32).hex() for _ in range(8)]
        height = struct.pack("<I", state["height"])[:3]
        script = b"\x03" + height + b"/" + tag.encode() + b"/"
        one = b"\x01\0\0\0\x01" + bytes(32) + b"\xff" * 4 + bytes([len(script) + 12]) + script
        payout = b"\0\x14" + hashlib.sha256(tag.encode()).digest()[:20]
        two = b"\0\0\0\0\x01" + struct.pack("<Q", 315_000_000) + bytes([len(payout)]) + payout + bytes(4)
        time = f"{tape.start // 1_000_000 + (number & 0xFFF):08x}"
        return {"id": f"{number:x}", "previous": state["previous"], "one": one.hex(), "two": two.hex(),
                "branch": state["branch"], "time": time, "fresh": fresh}
    return make


def header(job, extra1, extra2, time):
    """The 76 bytes before the nonce."""
    root = sha256d(bytes.fromhex(job["one"] + extra1 + extra2 + job["two"]))
    for side in job["branch"]:
        root = sha256d(root + bytes.fromhex(side))
    previous = bytes.fromhex(job["previous"])
    swapped = b"".join(previous[i:i + 4][::-1] for i in range(0, 32, 4))
    return bytes.fromhex("20000000")[::-1] + swapped + root + bytes.fromhex(time)[::-1] + bytes.fromhex(NBITS)[::-1]


def work(r, job, extra1, extra2, time, difficulty):
    """A nonce found by hashing: only for difficulties far below one."""
    target = int(0xFFFF * 2 ** 208 / difficulty)
    started = hashlib.sha256(header(job, extra1, extra2, time)[:64])
    tail, nonce, limit = header(job, extra1, extra2, time)[64:], r.getrandbits(31), target.to_bytes(32, "big")
    while True:
        inner = started.copy()
        inner.update(tail + nonce.to_bytes(4, "little"))
        if hashlib.sha256(inner.digest()).digest()[::-1] <= limit:
            return f"{nonce:08x}"
        nonce = (nonce + 1) & 0xFFFFFFFF


def stratum_v1(tape, tally, pool, at, client, account, worker, hashrate, difficulty, agent, loss=.004, disorder=.01,
               real=False):
    r = tape.r
    dns(tape, at - 60_000, client, pool.name, pool.server)
    link = Connection(tape, at, client, pool.server, pool.port, loss, disorder)
    user, extra1, counter = f"{account}.{worker}", r.randbytes(4).hex(), [3, 0]
    rolling = not real

    def ask(text, *answers):
        done = link.send(link.clock + 2000, True, line(text))
        link.send(done + link.rtt + 700, False, b"".join(map(line, answers)))
    if rolling:
        ask({"id": 1, "method": "mining.configure", "params": [
            ["version-rolling"], {"version-rolling.mask": "1fffe000", "version-rolling.min-bit-count": 2}]},
            {"id": 1, "result": {"version-rolling": True, "version-rolling.mask": "1fffe000"}, "error": None})
    token = r.randbytes(4).hex()
    ask({"id": 2, "method": "mining.subscribe", "params": [agent]},
        {"id": 2, "result": [[["mining.set_difficulty", token + "1"], ["mining.notify", token + "2"]], extra1, 8],
         "error": None})
    ask({"id": 3, "method": "mining.authorize", "params": [user, "x"]}, {"id": 3, "result": True, "error": None})

    def speak_job(job, first):
        text = line({"id": None, "method": "mining.notify", "params": [
            job["id"], job["previous"], job["one"], job["two"], job["branch"], "20000000", NBITS, job["time"],
            first or job["fresh"]]})
        if first:
            text = line({"id": None, "method": "mining.set_difficulty", "params": [difficulty]}) + text
        return text

    def speak_share(job):
        counter[0] += 1
        counter[1] += r.randrange(1, 40)
        extra2 = f"{counter[1]:016x}"
        time = f"{int(job['time'], 16) + r.randrange(20):08x}"
        nonce = work(r, job, extra1, extra2, time, difficulty) if real else r.randbytes(4).hex()
        values = [user, job["id"], extra2, time, nonce] + ([f"{r.getrandbits(16) << 13 & 0x1fffe000:08x}"]
                                                           if rolling else [])
        return line({"id": counter[0], "method": "mining.submit", "params": values})

    def reply(good):
        if good:
            return line({"id": counter[0], "result": True, "error": None})
        return line({"id": counter[0], "result": None, "error": [21, "Job not found", None]})
    gap = difficulty * 2 ** 32 / hashrate
    counts = play(link, link.clock, pool, gap, speak_job, speak_share, reply)
    tally.add("stratum-v1", account, worker, client, *counts, hashrate)


# --- CryptoNote ---

def monero_job(tape):
    r, state = tape.r, {}

    def make(number, fresh):
        if fresh or not state:
            state.update(height=state.get("height", 3_577_000) + 1, seed=state.get("seed", r.randbytes(32).hex()),
                         previous=r.randbytes(32).hex())
        blob = "1010" + r.randbytes(5).hex() + state["previous"] + "00000000" + r.randbytes(33).hex()
        return {"blob": blob, "job_id": f"{number:08x}", "height": state["height"], "seed": state["seed"]}
    return make


def cryptonote(tape, tally, pool, at, client, account, worker, hashrate, difficulty, agent, loss=.004, disorder=.01):
    r = tape.r
    dns(tape, at - 60_000, client, pool.name, pool.server)
    link = Connection(tape, at, client, pool.server, pool.port, loss, disorder)
    limit = 0xFFFFFFFF // difficulty
    target, session, counter = struct.pack("<I", limit).hex(), r.randbytes(16).hex(), [1]
    done = link.send(link.clock + 3000, True, line({
        "id": 1, "jsonrpc": "2.0", "method": "login",
        "params": {"login": account, "pass": "x", "agent": agent, "rigid": worker, "algo": ["rx/0", "rx/wow", "cn/r"]}}))
    link.clock = done + link.rtt

    def speak_job(job, first):
        body = {"blob": job["blob"], "job_id": job["job_id"], "target": target, "algo": "rx/0",
                "height": job["height"], "seed_hash": job["seed"]}
        if first:
            return line({"id": 1, "jsonrpc": "2.0", "error": None, "result": {
                "id": session, "job": body, "extensions": ["algo", "keepalive"], "status": "OK"}})
        return line({"jsonrpc": "2.0", "method": "job", "params": body})

    def speak_share(job):
        counter[0] += 1
        claimed = r.randbytes(28).hex() + struct.pack("<I", r.randint(0, limit)).hex()
        return line({"id": counter[0], "jsonrpc": "2.0", "method": "submit", "params": {
            "id": session, "job_id": job["job_id"], "nonce": r.randbytes(4).hex(), "result": claimed, "algo": "rx/0"}})

    def reply(good):
        if good:
            return line({"id": counter[0], "jsonrpc": "2.0", "error": None, "result": {"status": "OK"}})
        return line({"id": counter[0], "jsonrpc": "2.0", "error": {"code": -1, "message": "Block expired"}})
    counts = play(link, link.clock, pool, difficulty / hashrate, speak_job, speak_share, reply)
    tally.add("cryptonote", account, worker, client, *counts, hashrate)


# --- eth-proxy ---

def ether_job(tape):
    r, state = tape.r, {}

    def make(number, fresh):
        if fresh or not state:
            state["height"] = state.get("height", 23_400_000) + 1
        state.setdefault("seed", "0x" + r.randbytes(32).hex())
        return {"head": "0x" + r.randbytes(32).hex(), "seed": state["seed"], "height": hex(state["height"])}
    return make


def eth_proxy(tape, tally, pool, at, client, account, worker, hashrate, difficulty, loss=.004, disorder=.01):
    r = tape.r
    dns(tape, at - 60_000, client, pool.name, pool.server)
    link = Connection(tape, at, client, pool.server, pool.port, loss, disorder)
    boundary, counter, secret = f"0x{2 ** 256 // difficulty:064x}", [10], "0x" + r.randbytes(32).hex()
    done = link.send(link.clock + 3000, True, line({
        "id": 1, "jsonrpc": "2.0", "method": "eth_submitLogin", "worker": worker, "params": [f"{account}.{worker}", "x"]}))
    link.send(done + link.rtt, False, line({"id": 1, "jsonrpc": "2.0", "result": True}))
    done = link.send(link.clock + 900, True, line({"id": 5, "jsonrpc": "2.0", "method": "eth_getWork", "params": []}))
    link.clock = done + link.rtt

    def speak_job(job, first):
        return line({"id": 5 if first else 0, "jsonrpc": "2.0",
                     "result": [job["head"], job["seed"], boundary, job["height"]]})

    def speak_share(job):
        counter[0] += 1
        return line({"id": counter[0], "jsonrpc": "2.0", "method": "eth_submitWork", "worker": worker,
                     "params": ["0x" + r.randbytes(8).hex(), job["head"], "0x" + r.randbytes(32).hex()]})

    def reply(good):
        return line({"id": counter[0], "jsonrpc": "2.0", "result": bool(good)})
    rate = line({"id": 9, "jsonrpc": "2.0", "method": "eth_submitHashrate", "worker": worker,
                 "params": [hex(int(hashrate)), secret]})
    extra = [(t, rate, line({"id": 9, "jsonrpc": "2.0", "result": True}))
             for t in range(int(at) + 20_000_000, tape.end, 20_000_000)]
    counts = play(link, link.clock, pool, difficulty / hashrate, speak_job, speak_share, reply, extra)
    tally.add("eth-proxy", account, worker, client, *counts, hashrate)


# --- Equihash ---

def zcash_job(tape):
    r, state = tape.r, {}

    def make(number, fresh):
        if fresh or not state:
            state["previous"] = r.randbytes(28).hex() + "00000000"
        return {"id": f"{number:x}", "fresh": fresh, "fields": [
            "04000000", state["previous"], r.randbytes(32).hex(), "0" * 64,
            struct.pack("<I", tape.start // 1_000_000 + (number & 0xFFF)).hex(), "1c2a3f01"]}
    return make


def equihash(tape, tally, pool, at, client, account, worker, hashrate, difficulty, agent, loss=.004, disorder=.02):
    r = tape.r
    dns(tape, at - 60_000, client, pool.name, pool.server)
    link = Connection(tape, at, client, pool.server, pool.port, loss, disorder)
    user, nonce1, counter = f"{account}.{worker}", r.randbytes(6).hex(), [3]
    for text, answer in (
            ({"id": 1, "method": "mining.subscribe", "params": [agent, None, pool.name, str(pool.port)]},
             {"id": 1, "result": [None, nonce1], "error": None}),
            ({"id": 2, "method": "mining.authorize", "params": [user, "x"]}, {"id": 2, "result": True, "error": None})):
        done = link.send(link.clock + 2000, True, line(text))
        link.send(done + link.rtt + 700, False, line(answer))

    def speak_job(job, first):
        text = line({"id": None, "method": "mining.notify", "params": [job["id"], *job["fields"],
                                                                        first or job["fresh"]]})
        if first:
            text = line({"id": None, "method": "mining.set_target",
                         "params": [f"{2 ** 256 // difficulty:064x}"]}) + text
        return text

    def speak_share(job):
        counter[0] += 1
        return line({"id": counter[0], "method": "mining.submit", "params": [
            user, job["id"], job["fields"][4], r.randbytes(26).hex(), "fd4005" + r.randbytes(1344).hex()]})

    def reply(good):
        if good:
            return line({"id": counter[0], "result": True, "error": None})
        return line({"id": counter[0], "result": None, "error": [21, "Stale", None]})
    counts = play(link, link.clock, pool, difficulty / hashrate, speak_job, speak_share, reply)
    tally.add("equihash", account, worker, client, *counts, hashrate)
