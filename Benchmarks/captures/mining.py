"""Mining sessions in four dialects, with every value invented, and what a reader should find in them."""

import json

from . import wire

DIALECTS = ("stratum-v1", "cryptonote", "eth-proxy", "equihash")
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


class Session:
    """The lines of one session and its label. Waits are shares of the session's length, made absolute by `script`."""

    def __init__(self, rng, dialect, shares):
        self.rng = rng
        self.dialect = dialect
        self.account = ""
        self.submitted = 0
        self.accepted = 0
        self.lines = []
        getattr(self, "_" + dialect.replace("-", "_"))(shares)

    def script(self, duration):
        """(wait, from the client?, bytes): replies come at once, the rest of the time is exponential in the gaps."""
        weights = [0.0 if prompt else self.rng.expovariate(1.0) for prompt, _, _ in self.lines]
        scale = duration / (sum(weights) or 1.0)
        return [(int(weight * scale) + 500, outward, text) for weight, (_, outward, text) in zip(weights, self.lines)]

    def _hex(self, count):
        return self.rng.randbytes(count).hex()

    def _text(self, alphabet, count):
        return "".join(self.rng.choices(alphabet, k=count))

    def _say(self, outward, *messages, prompt=True):
        text = "".join(json.dumps(message, separators=(",", ":")) + "\n" for message in messages)
        self.lines.append((prompt, outward, text.encode()))

    def _share(self, message, verdict):
        """One share and its answer; one in ten is refused."""
        good = self.rng.random() < 0.9
        self._say(True, message, prompt=False)
        self._say(False, verdict(good))
        self.submitted += 1
        self.accepted += good

    def _stratum_v1(self, shares):
        rng = self.rng
        self.account = "bc1q" + self._text(BECH32, 38)
        user = f"{self.account}.rack{rng.randrange(1, 40)}x{rng.randrange(1, 99)}"
        agent = rng.choice(["bmminer/2.0.0", "cgminer/4.12.1", "bitaxe/BM1368/v2.4.1"])
        session = self._hex(4)
        self._say(True, {"id": 1, "method": "mining.subscribe", "params": [agent]}, prompt=False)
        topics = [["mining.set_difficulty", session + "1"], ["mining.notify", session + "2"]]
        self._say(False, {"id": 1, "result": [topics, self._hex(4), 8], "error": None})
        self._say(True, {"id": 2, "method": "mining.authorize", "params": [user, "x"]})
        self._say(False, {"id": 2, "result": True, "error": None})
        difficulty = {"id": None, "method": "mining.set_difficulty", "params": [rng.choice([8192, 65536, 262144])]}
        job = self._v1_job()
        self._say(False, difficulty, job)
        for number in range(shares):
            if number % 6 == 5:
                job = self._v1_job()
                self._say(False, job, prompt=False)
            share = {"id": 4 + number, "method": "mining.submit",
                     "params": [user, job["params"][0], self._hex(8), self._hex(4), self._hex(4)]}
            self._share(share, lambda good: {"id": share["id"], "result": True if good else None,
                                             "error": None if good else [23, "Low difficulty share", None]})

    def _v1_job(self):
        branch = [self._hex(32) for _ in range(self.rng.randrange(1, 12))]
        return {"id": None, "method": "mining.notify",
                "params": [self._hex(3), self._hex(32), self._hex(54), self._hex(90), branch, "20000000", "1703d9fe",
                           self._hex(4), True]}

    def _cryptonote(self, shares):
        rng = self.rng
        self.account = "4" + self._text("123456789AB", 1) + self._text(BASE58, 93)
        identity = self._hex(8)
        job = self._cryptonote_job()
        self._say(True, {"id": 1, "jsonrpc": "2.0", "method": "login",
                         "params": {"login": self.account, "pass": "x",
                                    "agent": "XMRig/6.21.2 (Linux x86_64) libuv/1.44.2 gcc/11.4.0",
                                    "algo": ["rx/0", "cn/r", "rx/wow"]}}, prompt=False)
        self._say(False, {"id": 1, "jsonrpc": "2.0", "error": None,
                          "result": {"id": identity, "job": job, "extensions": ["algo", "nicehash", "keepalive"],
                                     "status": "OK"}})
        for number in range(shares):
            if number % 5 == 4:
                job = self._cryptonote_job()
                self._say(False, {"jsonrpc": "2.0", "method": "job", "params": job}, prompt=False)
            if number % 9 == 8:
                beat = {"id": 1000 + number, "jsonrpc": "2.0", "method": "keepalived", "params": {"id": identity}}
                self._say(True, beat, prompt=False)
                self._say(False, {"id": beat["id"], "jsonrpc": "2.0", "error": None,
                                  "result": {"status": "KEEPALIVED"}})
            # The claimed hash is a little-endian number; its last four bytes stay under the compact target.
            limit = int.from_bytes(bytes.fromhex(job["target"]), "little")
            result = self._hex(28) + rng.randrange(limit).to_bytes(4, "little").hex()
            share = {"id": 2 + number, "jsonrpc": "2.0", "method": "submit",
                     "params": {"id": identity, "job_id": job["job_id"], "nonce": self._hex(4), "result": result}}
            self._share(share, lambda good: {"id": share["id"], "jsonrpc": "2.0",
                                             "error": None if good else {"code": -1, "message": "Low difficulty share"},
                                             **({"result": {"status": "OK"}} if good else {})})

    def _cryptonote_job(self):
        target = (0xFFFFFFFF // self.rng.choice([5000, 20000, 120000])).to_bytes(4, "little").hex()
        return {"blob": "1010" + self._hex(74), "job_id": self._hex(10), "target": target, "algo": "rx/0",
                "height": self.rng.randrange(3_300_000, 3_400_000), "seed_hash": self._hex(32)}

    def _eth_proxy(self, shares):
        rng = self.rng
        self.account = "0x" + self._hex(20)
        worker = f"rig{rng.randrange(1, 400)}"
        self._say(True, {"id": 1, "jsonrpc": "2.0", "method": "eth_submitLogin", "worker": worker,
                         "params": [self.account, "x"]}, prompt=False)
        self._say(False, {"id": 1, "jsonrpc": "2.0", "result": True})
        self._say(True, {"id": 2, "jsonrpc": "2.0", "method": "eth_getWork", "params": []})
        boundary = "0x" + "00000000" + self._hex(28)
        header = "0x" + self._hex(32)
        self._say(False, {"id": 2, "jsonrpc": "2.0", "result": [header, "0x" + self._hex(32), boundary]})
        for number in range(shares):
            if number % 4 == 3:
                header = "0x" + self._hex(32)
                self._say(False, {"id": 0, "jsonrpc": "2.0", "result": [header, "0x" + self._hex(32), boundary]},
                          prompt=False)
            if number % 5 == 2:
                rate = {"id": 5000 + number, "jsonrpc": "2.0", "method": "eth_submitHashrate", "worker": worker,
                        "params": [hex(rng.randrange(10**7, 10**9)), "0x" + self._hex(32)]}
                self._say(True, rate, prompt=False)
                self._say(False, {"id": rate["id"], "jsonrpc": "2.0", "result": True})
            share = {"id": 40 + number, "jsonrpc": "2.0", "method": "eth_submitWork", "worker": worker,
                     "params": ["0x" + self._hex(8), header, "0x" + self._hex(32)]}
            self._share(share, lambda good: {"id": share["id"], "jsonrpc": "2.0", "result": good})

    def _equihash(self, shares):
        rng = self.rng
        self.account = "t1" + self._text(BASE58, 33)
        user = f"{self.account}.rig{rng.randrange(1, 400)}"
        self._say(True, {"id": 1, "method": "mining.subscribe",
                         "params": ["miniZ/2.4", None, "equihash.example", 3357]}, prompt=False)
        self._say(False, {"id": 1, "result": [None, self._hex(4)], "error": None})
        self._say(True, {"id": 2, "method": "mining.authorize", "params": [user, "x"]})
        self._say(False, {"id": 2, "result": True, "error": None})
        target = {"id": None, "method": "mining.set_target", "params": ["0000" + self._hex(30)]}
        job = self._equihash_job()
        self._say(False, target, job)
        for number in range(shares):
            if number % 4 == 3:
                job = self._equihash_job()
                self._say(False, job, prompt=False)
            share = {"id": 4 + number, "method": "mining.submit",
                     "params": [user, job["params"][0], job["params"][5], self._hex(28), "fd4005" + self._hex(1344)]}
            self._share(share, lambda good: {"id": share["id"], "result": True if good else None,
                                             "error": None if good else [20, "Invalid solution", None]})

    def _equihash_job(self):
        return {"id": None, "method": "mining.notify",
                "params": [self._hex(2), "04000000", self._hex(32), self._hex(32), self._hex(32),
                           self._hex(4), self._hex(4), True]}


def planted(rng, index, start, duration, shares, dialect=None, is_v6=False, vlan=None, cut=None, shuffled=False):
    """A session on its own pair of endpoints: (its packets as a generator, its label as a row)."""
    session = Session(rng, dialect or DIALECTS[index % len(DIALECTS)], shares)
    port = rng.choice((443, 3333, 4444)) if rng.random() < 0.5 else rng.randrange(1024, 65536)
    if is_v6:
        addresses = (bytes.fromhex("20010db8ffff0000") + rng.randbytes(8),
                     bytes.fromhex("200100020000ffff") + rng.randbytes(8))
    else:
        addresses = (bytes((10, 200, index & 0xFF, rng.randrange(1, 255))), bytes((198, 19, 200, index & 0xFF)))
    client, server = wire.Endpoint(addresses[0], rng.randrange(32768, 61000)), wire.Endpoint(addresses[1], port)
    up, down = wire.random_pairing(rng, client, server, vlan=vlan)
    script, rtt = session.script(duration), rng.randrange(5_000, 90_000)
    packets = wire.conversation(rng, start, up, down, script, rtt, cut, shuffled)
    return packets, (str(client), str(server), session.dialect, session.account, session.submitted, session.accepted)
