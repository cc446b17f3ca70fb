"""The realistic capture: web, DNS and opaque traffic of many flows at once, mining sessions hidden in it."""

import heapq
import random
import struct

from . import mining, wire

WINDOW = 600_000_000
"""Flows begin within this many microseconds."""
FLOWS_PER_MEGABYTE = 100
_POOL = 8 << 20
_WORDS = ("account order product image total price window value server status update result detail customer number "
          "invoice page report group region energy meter active user message content filter search basket").split()


class Traffic:
    """Draws flows. All payload bytes are cut from two pools, one random and one of text."""

    def __init__(self, seed):
        self.rng = rng = random.Random(seed)
        self.noise = rng.randbytes(_POOL)
        fields = (f'{{"id":{rng.randrange(10**6)},"{rng.choice(_WORDS)}":"{" ".join(rng.choices(_WORDS, k=6))}"}},\n'
                  for _ in range(20_000))
        self.prose = "".join(fields).encode()
        words = [rng.choice(_WORDS) + str(rng.randrange(1000)) for _ in range(4000)]
        self.names = [f"{rng.choice(('www', 'api', 'cdn', 'img', 'mail'))}.{word}.example" for word in words]
        self.servers = [bytes((198, 18 + (n & 1), rng.randrange(200), rng.randrange(1, 255))) for n in range(6000)]
        self.servers_v6 = [bytes.fromhex("20010002") + rng.randbytes(12) for _ in range(1500)]
        self.hellos = [client_hello(name, rng) for name in self.names[:800]]

    def cut(self, pool, size):
        """`size` bytes from a random place of a pool, repeated when it is longer than the pool."""
        room = len(pool) - size
        if room <= 0:
            return (pool * (size // len(pool) + 1))[:size]
        start = int(self.rng.random() * room)
        return pool[start:start + size]

    def body_size(self):
        """Bytes of an answer: log-normal, with a long tail held under 1.2 MB."""
        return min(int(self.rng.lognormvariate(7.12, 1.6)) + 40, 1_200_000)

    def flow(self, start):
        """A generator of (time, record) of one new flow."""
        rng = self.rng
        is_v6 = rng.random() < 0.15
        vlan = rng.randrange(100, 140) if rng.random() < 0.08 else None
        if is_v6:
            client_address = bytes.fromhex("20010db800000000") + rng.randbytes(2) + bytes(4) + rng.randbytes(2)
            server_address = rng.choice(self.servers_v6)
        else:
            client_address = bytes((10, rng.randrange(60), rng.randrange(256), rng.randrange(1, 255)))
            server_address = rng.choice(self.servers)
        port = rng.randrange(32768, 61000)
        kind = rng.random()
        if kind < 0.24:
            return self._dns(start, client_address, server_address, port, vlan)
        if kind < 0.29:
            return self._datagrams(start, client_address, server_address, port, vlan)
        if kind < 0.70:
            target, script = 443, self._tls()
        elif kind < 0.89:
            target, script = rng.choice((80, 80, 80, 8080)), self._http()
        else:
            target, script = rng.randrange(1024, 65536), self._opaque()
        client, server = wire.Endpoint(client_address, port), wire.Endpoint(server_address, target)
        up, down = wire.random_pairing(rng, client, server, vlan=vlan)
        return wire.conversation(rng, start, up, down, script, rng.randrange(4_000, 80_000), losses=0.003,
                                 delayed=0.6, linger=self._think(18), close=rng.random() < 0.95)

    def _think(self, mean_seconds):
        return int(self.rng.expovariate(1e-6 / mean_seconds))

    def _http(self):
        rng, script = self.rng, []
        for count in range(min(int(rng.expovariate(0.7)) + 1, 12)):
            name, word = rng.choice(self.names), rng.choice(_WORDS)
            query = f"{rng.choice(_WORDS)}={rng.getrandbits(48):x}"
            head = (f"GET /{word}/{rng.randrange(10**6)}?{query} HTTP/1.1\r\nHost: {name}\r\n"
                    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
                    "Accept: text/html,application/json,image/webp,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\n"
                    f"Connection: keep-alive\r\nCookie: session={rng.getrandbits(128):032x}\r\n\r\n")
            script.append((self._think(7) if count else 200, True, head.encode()))
            size, text = self.body_size(), rng.random() < 0.5
            kind = rng.choice(("text/html", "application/json") if text else ("image/jpeg", "application/pdf"))
            head = (f"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n"
                    f"ETag: \"{rng.getrandbits(64):016x}\"\r\nCache-Control: max-age=3600\r\n"
                    "Connection: keep-alive\r\n\r\n")
            body = self.cut(self.prose if text else self.noise, size)
            script.append((self._think(0.05), False, head.encode() + body))
        return script

    def _tls(self):
        rng = self.rng
        hello = bytearray(rng.choice(self.hellos))
        hello[11:43] = rng.randbytes(32)
        answer = (b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03" + rng.randbytes(32) + b"\x20" + hello[44:76]
                  + b"\x13\x01\x00\x00\x2e\x00\x2b\x00\x02\x03\x04\x00\x33\x00\x24\x00\x1d\x00\x20" + rng.randbytes(32)
                  + b"\x14\x03\x03\x00\x01\x01" + self._records(rng.randrange(1800, 4200)))
        script = [(150, True, bytes(hello)), (self._think(0.01), False, answer),
                  (400, True, b"\x14\x03\x03\x00\x01\x01" + self._records(53))]
        for count in range(min(int(rng.expovariate(0.6)) + 1, 16)):
            script.append((self._think(6) if count else 300, True, self._records(rng.randrange(60, 900))))
            script.append((self._think(0.05), False, self._records(self.body_size())))
        return script

    def _records(self, size):
        """TLS application data of `size` bytes inside records of at most 16 KiB."""
        noise = self.cut(self.noise, size)
        if size <= 16384:
            return b"\x17\x03\x03" + size.to_bytes(2, "big") + noise
        pieces = (noise[place:place + 16384] for place in range(0, size, 16384))
        return b"".join(b"\x17\x03\x03" + len(piece).to_bytes(2, "big") + piece for piece in pieces)

    def _opaque(self):
        """A private protocol of short messages in both directions; now and then one of them is long."""
        rng = self.rng
        return [(self._think(1.5), rng.random() < 0.5,
                 self.cut(self.noise, rng.randrange(16, 420) if rng.random() < 0.93 else self.body_size()))
                for _ in range(min(int(rng.expovariate(0.12)) + 2, 90))]

    def _dns(self, time, client_address, server_address, port, vlan):
        rng = self.rng
        is_v6 = len(client_address) == 16
        client, server = wire.Endpoint(client_address, port), wire.Endpoint(server_address, 53)
        ask = wire.udp_sender(client, server, wire.link_header(True, is_v6, vlan), rng.getrandbits(16))
        tell = wire.udp_sender(server, client, wire.link_header(False, is_v6, vlan), rng.getrandbits(16))
        labels = b"".join(bytes((len(part),)) + part.encode() for part in rng.choice(self.names).split("."))
        question = labels + b"\x00\x00\x01\x00\x01"
        ident = rng.randbytes(2)
        yield time, ask(time, ident + b"\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + question)
        time += rng.randrange(900, 40_000)
        count = rng.randrange(1, 5)
        counts = b"\x00\x01\x00" + bytes((count,)) + bytes(4)
        fixed = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x01\x2c\x00\x04"
        records = b"".join(fixed + rng.choice(self.servers) for _ in range(count))
        yield time, tell(time, ident + b"\x81\x80" + counts + question + records)

    def _datagrams(self, time, client_address, server_address, port, vlan):
        """Voice or game like UDP: short datagrams out, longer ones in."""
        rng = self.rng
        is_v6 = len(client_address) == 16
        client, server = wire.Endpoint(client_address, port), wire.Endpoint(server_address, rng.randrange(1024, 65536))
        up = wire.udp_sender(client, server, wire.link_header(True, is_v6, vlan), rng.getrandbits(16))
        down = wire.udp_sender(server, client, wire.link_header(False, is_v6, vlan), rng.getrandbits(16))
        for _ in range(min(int(rng.expovariate(0.06)) + 1, 200)):
            outward = rng.random() < 0.45
            payload = self.cut(self.noise, rng.randrange(40, 260 if outward else 1200))
            yield time, (up if outward else down)(time, payload)
            time += self._think(0.4)


def client_hello(name, rng):
    """A TLS 1.3 ClientHello for `name`; bytes 11 to 42 are the random and 44 to 75 the session id."""
    host = name.encode()
    ciphers = bytes.fromhex("130113021303c02bc02fc02cc030cca9cca8c013c014009c009d002f0035")
    extensions = [(0x0000, struct.pack(">HBH", len(host) + 3, 0, len(host)) + host), (0x0017, b""), (0xFF01, b"\x00"),
                  (0x000A, bytes.fromhex("0006001d00170018")), (0x000B, b"\x01\x00"), (0x0023, b""),
                  (0x0010, b"\x00\x0c\x02h2\x08http/1.1"),
                  (0x000D, bytes.fromhex("00100403080404010503080505010806 0601")),
                  (0x002B, b"\x04\x03\x04\x03\x03"), (0x002D, b"\x01\x01"),
                  (0x0033, b"\x00\x24\x00\x1d\x00\x20" + rng.randbytes(32))]
    packed = b"".join(struct.pack(">HH", kind, len(data)) + data for kind, data in extensions)
    body = (b"\x03\x03" + bytes(32) + b"\x20" + rng.randbytes(32) + struct.pack(">H", len(ciphers)) + ciphers
            + b"\x01\x00" + struct.pack(">H", len(packed)) + packed)
    handshake = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + struct.pack(">H", len(handshake)) + handshake


def build(capture, megabytes, seed, sessions=40):
    """Writes the capture and returns (labels of the planted sessions, number of flows)."""
    traffic = Traffic(seed)
    # Mining has its own generator, so the planted sessions are the same at every size.
    rng = random.Random(f"mining {seed}")
    hidden, labels = [], []
    for index in range(sessions):
        duration = rng.randrange(150_000_000, 450_000_000)
        start = wire.EPOCH + rng.randrange(WINDOW - duration)
        packets, label = mining.planted(rng, index, start, duration, rng.randrange(6, 60), is_v6=index % 7 == 3,
                                        vlan=120 if index % 9 == 5 else None, cut=(None, 37, 61, 37)[index // 4 % 4],
                                        shuffled=index // 4 % 4 >= 2)
        hidden.append(packets)
        labels.append(label)

    queue = []
    for number, packets in enumerate(hidden):
        time, record = next(packets)
        queue.append((time, number, record, packets))
    heapq.heapify(queue)
    number = len(hidden)
    total = max(int(megabytes * FLOWS_PER_MEGABYTE), 1)
    starts = sorted(wire.EPOCH + int(traffic.rng.random() * WINDOW) for _ in range(total))
    starts.append(1 << 62)
    position, next_start = 0, starts[0]
    pop, push, replace = heapq.heappop, heapq.heappush, heapq.heapreplace
    add = capture.add
    while queue or position < total:
        while not queue or next_start <= queue[0][0]:
            if position >= total:
                break
            number += 1
            packets = traffic.flow(next_start)
            time, record = next(packets)
            push(queue, (time, number, record, packets))
            position += 1
            next_start = starts[position]
        _, which, record, packets = queue[0]
        add(record)
        following = next(packets, None)
        if following is None:
            pop(queue)
        else:
            replace(queue, (following[0], which, following[1], packets))
    return labels, number
