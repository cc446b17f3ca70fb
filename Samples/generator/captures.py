"""Packets and capture files: Ethernet, VLAN, Linux cooked; IPv4; TCP with handshake and loss; pcap and pcapng."""

import datetime
import struct

MSS = 1460
CHINA = datetime.timezone(datetime.timedelta(hours=8))


def micros(text):
    """Beijing time to microseconds since 1970."""
    return int(datetime.datetime.fromisoformat(text).replace(tzinfo=CHINA).timestamp()) * 1_000_000


def address(text):
    return bytes(int(part) for part in text.split("."))


def ones_sum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(source, target, protocol, payload, number, ttl=64):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), number & 0xFFFF, 0x4000, ttl, protocol, 0,
                       address(source), address(target))
    return head[:10] + struct.pack("!H", ones_sum(head)) + head[12:] + payload


def transport_sum(source, target, protocol, payload):
    return ones_sum(address(source) + address(target) + struct.pack("!BBH", 0, protocol, len(payload)) + payload)


def mac(ip):
    return b"\x02\x33" + address(ip)


class Tape:
    """All packets of one capture in the order they passed the tap."""

    def __init__(self, r, start, seconds):
        self.r, self.start, self.end = r, micros(start), micros(start) + int(seconds * 1e6)
        self.packets, self._number, self._ports = [], 1, {}

    def put(self, at, source, target, protocol, payload, outbound=True):
        self._number += 1
        self.packets.append((int(at), len(self.packets), outbound,
                             ipv4(source, target, protocol, payload, self._number, 64 if outbound else 52)))

    def port(self, ip):
        self._ports[ip] = self._ports.get(ip, 40000 + self.r.randrange(9000)) + self.r.randrange(1, 7)
        return self._ports[ip]

    def udp(self, at, source, sport, target, dport, data, outbound=True):
        head = struct.pack("!HHHH", sport, dport, 8 + len(data), 0)
        total = transport_sum(source, target, 17, head + data) or 0xFFFF
        self.put(at, source, target, 17, head[:6] + struct.pack("!H", total) + data, outbound)

    def frames(self, link):
        """Sorted by time: [(microseconds, frame)] inside the recorded window."""
        out = []
        for at, _, outbound, packet in sorted(self.packets, key=lambda p: (p[0], p[1])):
            if not self.start <= at < self.end:
                continue
            source, target = ".".join(map(str, packet[12:16])), ".".join(map(str, packet[16:20]))
            inside, gateway = mac(source if outbound else target), b"\x02\x33\xff\x00\x00\x01"
            if link == "cooked":
                head = struct.pack("!HHH", 4 if outbound else 0, 1, 6) + inside + b"\0\0" + b"\x08\x00"
            else:
                pair = gateway + inside if outbound else inside + gateway
                tag = struct.pack("!HH", 0x8100, 208) if link == "vlan" else b""
                head = pair + tag + b"\x08\x00"
            frame = head + packet
            out.append((at, frame if link == "cooked" else frame.ljust(60, b"\0")))
        return out


class Connection:
    """One TCP connection seen at the client's side: sequence numbers, acknowledgements, losses, disorder."""

    def __init__(self, tape, at, client, server, port, loss=0.0, disorder=0.0, rtt=None):
        r = tape.r
        self.tape, self.client, self.server, self.sport, self.dport = tape, client, server, tape.port(client), port
        self.loss, self.disorder = loss, disorder
        self.rtt = rtt or r.uniform(18_000, 60_000)
        self.next = {True: r.getrandbits(32), False: r.getrandbits(32)}
        self.clock = at
        options = struct.pack("!BBH", 2, 4, MSS) + b"\x01\x01\x04\x02" + b"\x01\x03\x03\x07"
        self._segment(at, True, 0x02, b"", options)
        self.next[True] += 1
        self._segment(at + self.rtt, False, 0x12, b"", options)
        self.next[False] += 1
        self._segment(at + self.rtt + 90, True, 0x10, b"")
        self.clock = at + self.rtt + 100

    def _segment(self, at, outbound, flags, data, options=b"", sequence=None):
        sequence = self.next[outbound] if sequence is None else sequence
        ends = (self.client, self.sport, self.server, self.dport)
        source, sport, target, dport = ends if outbound else ends[2:] + ends[:2]
        ack = self.next[not outbound] if flags & 0x10 else 0
        head = struct.pack("!HHIIBBHHH", sport, dport, sequence & 0xFFFFFFFF, ack & 0xFFFFFFFF,
                           (20 + len(options)) // 4 << 4, flags, 29200 if outbound else 64240, 0, 0) + options
        total = transport_sum(source, target, 6, head + data)
        self.tape.put(at, source, target, 6, head[:16] + struct.pack("!H", total) + head[18:] + data, outbound)

    def send(self, at, outbound, data):
        """Write `data` at or after `at`; returns when its last byte passed the tap."""
        r, at = self.tape.r, max(at, self.clock + 50)
        cuts = list(range(MSS, len(data), MSS))
        if not cuts and len(data) > 40 and r.random() < self.disorder:
            cuts = [r.randrange(8, len(data) - 8)]  # written in two goes
        passed = at
        for first, end in zip([0] + cuts, cuts + [len(data)]):
            part, begin = data[first:end], self.next[outbound]
            flags = 0x18 if end == len(data) else 0x10
            overtaken = end < len(data) and r.random() < min(.6, self.disorder * 10)
            seen = at + 700 if overtaken else at
            self._segment(seen, outbound, flags, part, sequence=begin)
            if r.random() < self.loss:  # the far side never got it: it is sent once more
                seen += 210_000
                self._segment(seen, outbound, flags, part, sequence=begin)
            self.next[outbound] = begin + len(part)
            passed, at = max(passed, seen), at + 130
        at = max(at, passed + 130)
        wait = r.uniform(300, 1500) if not outbound else self.rtt
        self._segment(at + wait, not outbound, 0x10, b"")
        self.clock = at
        return at

    def close(self, at):
        at = max(at, self.clock + 2 * self.rtt)
        self._segment(at, True, 0x11, b"")
        self.next[True] += 1
        self._segment(at + self.rtt, False, 0x11, b"")
        self.next[False] += 1
        self._segment(at + self.rtt + 80, True, 0x10, b"")


# --- ordinary traffic ---

def domain(name):
    return b"".join(bytes([len(p)]) + p.encode() for p in name.split(".")) + b"\0"


def dns(tape, at, client, name, answer, resolver="203.0.113.53"):
    sport, number = tape.r.randrange(32768, 61000), tape.r.randrange(65536)
    question = domain(name) + b"\0\x01\0\x01"
    tape.udp(at, client, sport, resolver, 53, struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + question)
    reply = question + b"\xc0\x0c\0\x01\0\x01" + struct.pack("!IH", 300, 4) + address(answer)
    tape.udp(at + 9000, resolver, 53, client, sport, struct.pack("!HHHHHH", number, 0x8180, 1, 1, 0, 0) + reply, False)


def ntp(tape, at, client):
    fraction = struct.pack("!II", int(at / 1e6) + 2_208_988_800, int(at % 1e6 * 4294.967296))
    tape.udp(at, client, 123, "203.0.113.123", 123, b"\x23\0\x06\xec" + bytes(36) + fraction)
    tape.udp(at + 14000, "203.0.113.123", 123, client, 123,
             b"\x24\x02\x06\xec" + bytes(8) + b"\xcb\0\x71\x01" + fraction * 4, False)


def http(tape, at, client, server, host, path, body, kind="text/html"):
    link = Connection(tape, at, client, server, 80)
    at = link.send(link.clock, True, f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Mozilla/5.0\r\n"
                   "Accept: */*\r\n\r\n".encode())
    link.send(at + link.rtt + 4000, False, f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}"
              "\r\n\r\n".encode() + body)
    link.close(link.clock + 500_000)


def record(kind, data, version=b"\x03\x03"):
    return bytes([kind]) + version + struct.pack("!H", len(data)) + data


def tls(tape, at, client, server, host, turns):
    """Client and server hello with a server name, then records of random bytes; `turns`: [(pause s, up, down)]."""
    r = tape.r
    link = Connection(tape, at, client, server, 443)
    name = struct.pack("!HBH", len(host) + 3, 0, len(host)) + host.encode()
    alpn = b"\0\x0c\x02h2\x08http/1.1"
    extensions = struct.pack("!HH", 0, len(name)) + name + struct.pack("!HH", 16, len(alpn)) + alpn \
        + b"\0\x2b\0\x03\x02\x03\x04"
    hello = b"\x03\x03" + r.randbytes(32) + b"\x20" + r.randbytes(32) + b"\0\x06\x13\x01\x13\x02\x13\x03\x01\0" \
        + struct.pack("!H", len(extensions)) + extensions
    at = link.send(link.clock, True, record(22, b"\x01" + struct.pack("!I", len(hello))[1:] + hello, b"\x03\x01"))
    answer = b"\x03\x03" + r.randbytes(32) + b"\x20" + hello[35:67] + b"\x13\x01\0\0\x06\0\x2b\0\x02\x03\x04"
    flight = record(22, b"\x02" + struct.pack("!I", len(answer))[1:] + answer) + record(20, b"\x01")
    at = link.send(at + link.rtt, False, flight + record(23, r.randbytes(900)))
    at = link.send(at + 2000, True, record(20, b"\x01") + record(23, r.randbytes(53)))
    for pause, up, down in turns:
        at = link.send(at + pause * 1e6, True, record(23, r.randbytes(up)))
        at = link.send(at + link.rtt + 3000, False, record(23, r.randbytes(down)))
        if at > tape.end:
            return
    link.close(at + 1_000_000)


HOSTS = [("www.shop.example", "203.0.113.20"), ("news.example", "203.0.113.21"), ("video.example", "203.0.113.22"),
         ("mail.example", "203.0.113.23"), ("update.example", "203.0.113.24"), ("bank.example", "203.0.113.25")]


def background(tape, clients, visits):
    """`visits` ordinary acts spread over the capture: name look-ups, pages, encrypted pages, clock checks."""
    r, span = tape.r, tape.end - tape.start
    for _ in range(visits):
        at, client = tape.start + r.random() * span * .97, r.choice(clients)
        host, server = r.choice(HOSTS)
        act = r.random()
        if act < .2:
            ntp(tape, at, client)
            continue
        dns(tape, at, client, host, server)
        if act < .4:
            body = ("<html><head><title>示例页面</title></head><body>" + "<p>示例内容</p>" * r.randint(3, 60)
                    + "</body></html>").encode()
            http(tape, at + 30_000, client, server, host, f"/page/{r.randrange(1000)}", body)
        else:
            tls(tape, at + 30_000, client, server, host,
                [(r.expovariate(.5), r.randint(80, 400), r.randint(100, 1200)) for _ in range(r.randint(1, 3))])


# --- files ---

def pcap(frames, link):
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 113 if link == "cooked" else 1)]
    for at, frame in frames:
        out.append(struct.pack("<IIII", at // 1_000_000, at % 1_000_000, len(frame), len(frame)) + frame)
    return b"".join(out)


def block(kind, body):
    body += b"\0" * (-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def pcapng(frames, link):
    out = [block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)),
           block(1, struct.pack("<HHI", 113 if link == "cooked" else 1, 0, 262144) + struct.pack("<HHB3x", 9, 1, 6)
                 + struct.pack("<HH", 0, 0))]
    for at, frame in frames:
        out.append(block(6, struct.pack("<IIIII", 0, at >> 32, at & 0xFFFFFFFF, len(frame), len(frame)) + frame))
    return b"".join(out)
