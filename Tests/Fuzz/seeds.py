#!/usr/bin/env python3
"""Makes the first inputs of each fuzz target: seeds.py INTO ROOT CORPUS.

Small ones are written here; more come from the committed vectors and, when it is there, from ../shared/corpus."""
import base64
import gzip
import pathlib
import struct
import sys
import zlib

LONGEST = 4096
# As in PacketFuzz.swift.
LINK_TYPES = [1, 0, 9, 12, 14, 101, 104, 105, 108, 113, 127, 228, 229, 276, 50, 51, 119, 192, 239]

into, root, corpus = (pathlib.Path(word) for word in sys.argv[1:4])
count = {}


def put(target, data, head=b""):
    if not data or len(head) + len(data) > LONGEST:
        return
    count[target] = count.get(target, 0) + 1
    folder = into / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{count[target]:05}").write_bytes(head + data)


def small(folder, pattern="*"):
    place = corpus / folder
    files = sorted(place.rglob(pattern)) if place.is_dir() else []
    return [f.read_bytes() for f in files if f.is_file() and 0 < f.stat().st_size <= LONGEST]


def pcap(link, frames, magic=0xA1B2C3D4, order="<"):
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link)
    for number, frame in enumerate(frames):
        out += struct.pack(order + "IIII", 1_800_000_000 + number, 0, len(frame), len(frame)) + frame
    return out


def block(kind, body, order="<"):
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def pcapng(link, frames, order="<"):
    out = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)
    options = struct.pack(order + "HHB3xHHqHH", 9, 1, 9, 14, 8, 3600, 0, 0)
    out += block(1, struct.pack(order + "HHI", link, 0, 65535) + options, order)
    for number, frame in enumerate(frames):
        padded = frame + bytes(-len(frame) % 4)
        out += block(6, struct.pack(order + "IIIII", 0, 0, number, len(frame), len(frame)) + padded, order)
        out += block(3, struct.pack(order + "I", len(frame)) + padded, order)
    return out


def ones_sum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip4(number, payload, answer=False, field=0, ident=1):
    a, b = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
    a, b = (b, a) if answer else (a, b)
    return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), ident, field, 64, number, 0) + a + b + payload


def ip6(number, payload):
    return struct.pack("!IHBB", 6 << 28, len(payload), number, 64) + bytes(15) + b"\1" + bytes(15) + b"\2" + payload


def udp(source, target, payload):
    return struct.pack("!HHHH", source, target, 8 + len(payload), 0) + payload


def tcp(sequence, flags, payload, answer=False):
    ports = (3333, 40000) if answer else (40000, 3333)
    head = struct.pack("!HHIIBBHHH", *ports, sequence, 1, 0x50, flags, 65535, 0, 0)
    hosts = bytes([10, 0, 0, 1, 10, 0, 0, 2])
    total = ones_sum(hosts + struct.pack("!HH", 6, 20 + len(payload)) + head + payload)
    return ip4(6, head[:16] + struct.pack("!H", total) + head[18:] + payload, answer)


def ethernet(kind, payload):
    return bytes(12) + struct.pack("!H", kind) + payload


def dns(name):
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return struct.pack("!HHHHHH", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"


def hello(name):
    name = name.encode()
    sni = struct.pack("!HHHBH", 0, len(name) + 5, len(name) + 3, 0, len(name)) + name
    extensions = struct.pack("!HH", 23, 0) + sni
    body = b"\3\3" + bytes(32) + b"\0" + b"\0\2\x13\1" + b"\1\0" + struct.pack("!H", len(extensions)) + extensions
    body = b"\1" + struct.pack("!I", len(body))[1:] + body
    return b"\x16\3\1" + struct.pack("!H", len(body)) + body


# Talks: the client's lines and the server's.
TALK = [
    b'>{"id":1,"method":"mining.subscribe","params":["cgminer/4.10"]}',
    b'<{"id":1,"result":[[["mining.notify","a"]],"08000002",4],"error":null}',
    b'>{"id":2,"method":"mining.authorize","params":["account.worker","x"]}',
    b'<{"id":2,"result":true,"error":null}',
    b'<{"id":null,"method":"mining.set_difficulty","params":[1024]}',
    b'<{"id":null,"method":"mining.notify","params":["1","' + b"0" * 64 + b'","01","02",[],"20000000","1d00ffff",'
    b'"65000000",true]}',
    b'>{"id":3,"method":"mining.submit","params":["account.worker","1","00000000","65000000","12345678"]}',
    b'<{"id":3,"result":true,"error":null}',
]
DNS, HELLO = dns("pool.example.com"), hello("pool.example.com")
put("sessions", b"\n".join(TALK), b"\x10")
put("sessions", b"\n".join(TALK[2:]), b"\x12")
for folder in sorted((root / "Tests/Network/StratumTests/Vectors").glob("*/*")):
    source = folder / "input.jsonl"
    if not source.is_file():
        continue
    lines = source.read_bytes().splitlines()
    put("sessions", b"\n".join((b"<" if number % 2 else b">") + line for number, line in enumerate(lines)), b"\x10")
    put("framer", b"\n".join(lines) + b"\n", b"\3")
    for line in lines:
        put("json", line)

for source in sorted((root / "Tests/Network/StratumTests/Vectors").glob("*/*/input.txt")):
    talk = b""
    for line in source.read_text().splitlines():
        side, _, digits = line.partition(" ")
        if side in ("c", "s") and len(digits) % 2 == 0:
            said = bytes.fromhex(digits)
            control = 0x80 if side == "s" else 0
            if len(said) < 63:
                talk += bytes([control | len(said)]) + said
            elif len(said) < 4096:
                talk += bytes([control | 63]) + len(said).to_bytes(2, "big") + said
    put("binary", talk)

for text in (
    b'{"a":[1,-2.5e+3,true,false,null,"\\u00e9\\ud83d\\ude00\\n"]}',
    b"[" * 70 + b"]" * 70,
    b'{"id":1,"method":"mining.subscribe","params":[]}\n[{"id":2,"result":true},{"id":3,"error":[20,"x",null]}]\n'
    b'{\n"id":4,\n"method":"x"}\n',
):
    put("json", text)
    put("framer", text, b"\1")
    put("framer", b"noise " + text + b"\r\n" + text, b"\2")
for text in small("adversarial/json"):
    put("json", text)
    put("framer", text, b"\4")

frames = [ip4(17, udp(5353, 53, DNS)), ip6(17, udp(5353, 53, DNS))]
stream, said = [tcp(100, 2, b""), tcp(500, 18, b"", True)], [101, 501]
for line in TALK:
    answer = line[:1] == b"<"
    payload = line[1:] + b"\n"
    stream.append(tcp(said[answer], 24, payload, answer))
    said[answer] += len(payload)
stream += [tcp(said[0], 17, b""), tcp(said[1], 17, b"", True)]
inner = ip4(17, udp(1, 2, b"payload"))
gre = ip4(47, b"\0\0\x08\0" + inner)
vxlan = ip4(17, udp(9, 4789, b"\x08" + bytes(7) + ethernet(0x0800, inner)))
geneve = ip4(17, udp(9, 6081, struct.pack("!BBH4s", 0, 0, 0x6558, bytes(4)) + ethernet(0x0800, inner)))
gtpu = ip4(17, udp(2152, 2152, struct.pack("!BBHIHBB", 0x34, 255, len(inner) + 8, 1, 0, 0, 0x85) + b"\1\0\0\0" + inner))
wraps = [
    inner, gre, vxlan, geneve, gtpu, ip4(4, inner), ip4(41, ip6(17, udp(1, 2, b"x"))), ip6(4, inner),
    ip6(0, b"\x11\0" + bytes(6) + udp(1, 2, b"x")), ip6(44, b"\x11\0\0\1\0\0\0\7" + udp(1, 2, b"x")),
    ip4(47, b"\x20\0\x65\x58" + bytes(4) + ethernet(0x0800, inner)), ip4(47, b"\x10\0\x88\xbe" + bytes(12) +
    ethernet(0x0800, inner)), stream[2],
]
for packet in wraps + frames:
    kind = 0x0800 if packet[0] >> 4 == 4 else 0x86DD
    put("link", packet, b"\5\0")
    put("link", packet, b"\5\4")
    put("link", ethernet(kind, packet), b"\0\0")
    put("link", ethernet(0x8100, struct.pack("!HH", 7, kind) + packet), b"\0\0")
    put("link", ethernet(0x8847, b"\0\1\1\x40" + packet), b"\0\0")
    put("link", ethernet(0x8864, b"\x11\0\0\1" + struct.pack("!H", len(packet) + 2) +
        (b"\0\x21" if kind == 0x0800 else b"\0\x57") + packet), b"\0\0")
    put("link", (b"\0\0\0\2" if kind == 0x0800 else b"\0\0\0\x1e") + packet, b"\1\0")
    put("link", b"\xff\3" + (b"\0\x21" if kind == 0x0800 else b"\0\x57") + packet, b"\2\0")
    put("link", bytes(14) + struct.pack("!H", kind) + packet, b"\x09\0")
    put("link", struct.pack("!H", kind) + bytes(18) + packet, b"\x0d\0")
    put("link", b"\x0f\0" + struct.pack("!H", kind) + packet, b"\6\0")
    snap = b"\xaa\xaa\3\0\0\0" + struct.pack("!H", kind)
    put("link", b"\x88\2" + bytes(24) + snap + packet, b"\7\0")
    put("link", b"\0\0\x08\0" + bytes(4) + b"\x08\1" + bytes(22) + snap + packet, b"\x0a\0")

# Filters: link type and kind, then how much is cut off and a frame, or an expression's words by their numbers.
WORDS = (root / "Tests/Fuzz/Sources/Fuzz/FilterFuzz.swift").read_text().split('"""')[1].split()
for packet in wraps + frames + stream[:4]:
    put("filter", packet, b"\x08\0")
    put("filter", ethernet(0x0800 if packet[0] >> 4 == 4 else 0x86DD, packet), b"\0\2")
    put("filter", ethernet(0x8100, b"\0\7\x08\0" + packet), b"\0\0")
    put("filter", b"\0\0\x08\0" + bytes(4) + b"\x08\1" + bytes(22) + b"\xaa\xaa\3\0\0\0\x08\0" + packet, b"\x10\0")
for text in (
    "tcp port 3333 and host 10.0.0.1", "not ( ip6 or arp ) and udp port 3333", "vlan 12 and mpls 20 and ip",
    "tcp [ tcpflags ] & ( tcp-syn | tcp-ack ) != 0", "ip [ 2 : 2 ] - ( ( ip [ 0 ] & 0x7f ) << 2 ) > 64",
    "ether src 00:01:02:03:04:05 or ether broadcast", "net 10.0.0.0/8 or src net fd00::/16", "less 64 or greater 1500",
    "geneve and tcp dst port 443", "wlan addr1 ff:ff:ff:ff:ff:ff and type 0 subtype 8", "ip6 protochain 6", "icmp [ icmptype ] == icmp-echo",
    "net 192.168 mask 255.255.255.0", "len / 0 = 1", "pppoes 2 and ip proto 17", "ip [ len % 0 ] = 4294967296",
):
    for link in (1, 9, 17):
        put("filter", bytes(WORDS.index(word) for word in text.split()), bytes([link]))

for target, make in (("pcap", pcap), ("pcapng", pcapng)):
    for order in "<>":
        put(target, make(1, [ethernet(0x0800, frames[0]), ethernet(0x86DD, frames[1])], order=order))
        put(target, make(101, stream[:6], order=order))
        put("peek", make(101, stream[:6], order=order))
    put("path", make(101, stream))
    put("path", make(101, stream[2:]))
    put("path", make(101, frames + wraps))
for magic in (0xA1B23C4D, 0xA1B2CD34):
    put("pcap", pcap(1, [ethernet(0x0800, frames[0])], magic))
    put("peek", pcap(1, [ethernet(0x0800, frames[0])], magic))
for folder in ("adversarial/pcap", "adversarial/pcapng", "adversarial/own", "adversarial/fuzz", "evasion", "pcap"):
    for data in small(folder):
        if data[:4] == b"\x0a\x0d\x0d\x0a":
            put("pcapng", data)
            put("peek", data)
        elif data[:4] in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d"):
            put("pcap", data)
            put("peek", data)
            order = "<" if data[0] in (0xD4, 0x4D) else ">"
            if len(data) >= 40:
                link, = struct.unpack(order + "I", data[20:24])
                held, = struct.unpack(order + "I", data[32:36])
                if link in LINK_TYPES:
                    put("link", data[40:40 + held], bytes([LINK_TYPES.index(link), 0]))
        else:
            continue
        put("path", data)
put("expand", gzip.compress(pcap(101, stream), mtime=0))
put("expand", gzip.compress(b"one", mtime=0) + gzip.compress(bytes(50_000), mtime=0))
put("expand", base64.b64decode("KLUv/SQDGQAAb25lnzkzTw=="))
for data in small("adversarial/zst") + small("adversarial/own", "*.gz") + small("adversarial/pcap", "*.gz"):
    put("expand", data)

# Fragments: choice, offset (two bytes), length, bytes; see PacketFuzz.swift.
def piece(choice, offset, payload):
    return bytes([choice]) + b"\0" + struct.pack("!H", offset) + bytes([len(payload)]) + payload


datagram = udp(5353, 53, DNS)
for six in (0, 4):
    put("fragments", piece(8 | six, 0, datagram[:24]) + piece(six, 3, datagram[24:]))
    put("fragments", piece(six, 3, datagram[24:]) + piece(8 | six, 0, datagram[:24]))
    put("fragments", piece(8 | six, 0, bytes(16)) + piece(8 | six, 1, bytes(24)) + piece(six, 4, datagram))

# Streams: two settings, then choice, flags, sequence (two bytes), length; see StreamFuzz.swift.
for settings in (b"\0\0", b"\1\0", b"\0\1"):
    put("stream", settings + b"\0\2\0\0\0" b"\1\x12\0\0\0" b"\0\x18\0\1\x10" b"\0\x18\0\x21\x10" b"\0\x18\0\x11\x10"
        b"\1\x18\0\1\x30" b"\0\x11\0\x31\0" b"\1\x11\0\x31\0")
    put("stream", settings + b"\0\x18\1\0\x20" b"\x0c\x18\1\x20\x40" b"\0\x18\1\x60\x10" b"\x0e\x18\1\x70\x10"
        b"\0\4\1\x70\0")

for text in (
    b"POST / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic dXNlcjp4\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0;x=y\r\nT: v\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
    b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    b"CONNECT pool.example.com:3333 HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nuntil the end",
):
    for cut in range(3):
        put("http", text, bytes([cut]))
message = b'{"id":1,"method":"mining.subscribe","params":[]}\n'
for coding, body in (("gzip", gzip.compress(message, mtime=0)), ("deflate", zlib.compress(message)),
                     ("deflate", zlib.compress(message)[2:-4]),
                     ("gzip, deflate", zlib.compress(gzip.compress(message, mtime=0)))):
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\n".encode()
    for cut in range(2):
        put("http", head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body, bytes([cut]))
        put("http", head + b"\r\n" + body, bytes([cut]))
        put("http", head + b"Transfer-Encoding: chunked\r\n\r\n" + f"{len(body):x}\r\n".encode() + body +
            b"\r\n0\r\n\r\n", bytes([cut]))
member = gzip.compress(message, mtime=0)
for text in (member, message + member + member, member[:20] + message, message + member[:-5] + b"\n" + message):
    for cut in range(2):
        put("gzip", text, bytes([cut]))
squeezed = zlib.compress(message)[2:-4]
for first, length in ((0xC1, len(squeezed)), (0x41, 10)):
    put("websocket", bytes([first, length]) + squeezed[:length] + bytes([0x80, len(squeezed) - length]) +
        squeezed[length:] + bytes([0xC1, len(squeezed)]) + squeezed, b"\0")
mask = b"\1\2\3\4"
for text in (b"\x81\5hello", b"\x81\x85" + mask + b"hello", b"\x82\x7e\0\x80" + bytes(128),
             b"\x89\0\x81\1x\x88\2\3\xe8", b"\1\3abc\x80\2de", b"\x82\x7f" + struct.pack("!Q", 20) + bytes(20)):
    for cut in range(3):
        put("websocket", text, bytes([cut]))
for text in (
    b"\5\1\0\5\1\0\3\x10pool.example.com\x0d\5{", b"\5\0\5\0\0\1\x0a\0\0\1\x0d\5",
    b"\5\1\2\1\4user\4pass\5\1\0\1\1\2\3\4\0\x50",
    b"\4\1\x0d\5\0\0\0\1user\0pool.example.com\0", b"\4\1\x0d\5\1\2\3\4\0", b"\0\x5a\0\0\0\0\0\0",
    b"\5\1\0\5\1\0\4" + bytes(16) + b"\x0d\5", b"CONNECT a:1 HTTP/1.1\r\n\r\n",
):
    put("socks", text)
for text in (DNS, HELLO, dns("a"), hello("x" * 200)):
    put("names", text)

# Meter files: the first byte declares the layout, or leaves it to be recognised.
points = ",".join(f"P{n}" for n in range(1, 25))
day = ",".join(f"{n}.5" for n in range(24))
rows = "".join(f"M{n % 2},2025-01-01 {n // 4:02}:{n % 4 * 15:02},{n}.25\n" for n in range(40))
faces = "".join(f"U1,M1,30,2025-01-01 {n // 4:02}:{n % 4 * 15:02},{100 + n}.5\n" for n in range(12))
quarters = "".join(f"QTY+220:{n}.5:KWH'DTM+163:20250101{n:02}00?+00:303'DTM+164:20250101{n + 1:02}00?+00:303'"
                   for n in range(6))
reading = "".join(f"<IntervalReading><timePeriod><duration>900</duration><start>{1735689600 + 900 * n}</start></timePeriod>"
                  f"<value>{n}000</value></IntervalReading>" for n in range(6))
stamped = "".join(f"<m:IntervalBlocks><m:IntervalReadings><m:timeStamp>2025-01-01T0{n}:00:00+08:00</m:timeStamp>"
                  f"<m:value>{n}.5</m:value></m:IntervalReadings><m:ReadingType ref=\"0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0\"/>"
                  "</m:IntervalBlocks>" for n in range(4))
METERS = {
    "long": ["meter_id,timestamp,kwh\n" + rows, "表号;日期;时间;电量\r\nA;2025-01-01;00:15;1,5\r\nA;2025-01-01;00:30;2\r\n",
             "site_id\ttimestamp\tvalue\n\"A\"\t2025-03-30T02:30:00+01:00\t1e2\n"],
    "long-by-quantity": ["电能表资产号,数据时间,数据项,数值\nM1,2025-01-01 00:00,有功功率(kW),4\nM1,2025-01-01 00:15,无功功率(kvar),9\n"
                         "M1,2025-01-01 00:30,正向有功总示值,7\n"],
    "wide-by-time": ["timestamp,A,B\n" + "".join(f"2025-01-01 {n:02}:00,{n},{n}.5\n" for n in range(24))],
    "wide-by-day": [f"meter_id,date,{points}\nM1,2025-01-01,{day}\nM2,2025-01-02,{day}\nM1,2025-01-02,,{day[4:]}\n",
                    f"资产号,综合倍率,数据日期,{points}\nM1,30,20250101,{day}\n"],
    "register": ["用户编号,电能表资产号,综合倍率,抄表时间,正向有功总示值\n" + faces],
    "register-by-day": [f"电能表资产号,综合倍率,数据日期,数据类型,{points}\nM1,10,2025-03-01,正向有功总示值,{day}\n"],
    "nem": ["100,NEM12,202502031135,MDA1,Ret1\n200,NMI1,E1Q1,1,E1,N1,SER1,kWh,30,\n300,20250201," + "0.5," * 48 +
            "A,,,20250202120025,\n400,1,48,E52,,\n900\n",
            "100,NEM13,202502031135,MDA1,Ret1\n250,NMI1,11,1,11,11,SER1,E,1,20250101000000,A,,,2,20250201000000,A,,,9,kWh,,,\n900\n"],
    "mscons": ["UNA:+.? 'UNB+UNOC:3+1:500+2:500+250101:0000+X'UNH+1+MSCONS:D:04B:UN:2.4c'BGM+7+A+9'UNS+D'NAD+DP'"
               "LOC+172+DE1'LIN+1'PIA+5+1-1?:1.29.1:SRW'" + quarters + "UNT+9+1'UNZ+1+X'"],
    "green-button": ['<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">'
                     '<entry><link rel="self" href="U/1/MeterReading/1"/><link rel="related" href="ReadingType/1"/><content>'
                     '<MeterReading/></content></entry><entry><link rel="self" href="U/1/MeterReading/1/IntervalBlock/1"/>'
                     '<link rel="up" href="U/1/MeterReading/1/IntervalBlock"/><content><IntervalBlock><interval>'
                     '<duration>5400</duration><start>1735689600</start></interval>' + reading + '</IntervalBlock></content>'
                     '</entry><entry><link rel="self" href="ReadingType/1"/><content><ReadingType><commodity>1</commodity>'
                     '<flowDirection>1</flowDirection><intervalLength>900</intervalLength><uom>72</uom></ReadingType></content>'
                     '</entry></feed>'],
    "iec61968-9": ['<m:MeterReadings xmlns:m="http://iec.ch/TC57/2011/MeterReadings#"><m:MeterReading>' + stamped +
                   "<m:Meter><m:mRID>EX1</m:mRID></m:Meter></m:MeterReading></m:MeterReadings>"],
    "json-lines": ['{"meter": "A", "ts": "2025-01-01T00:00:00+08:00", "kwh": 0.5}\n'
                   '{"meter": "A", "ts": "2025-01-01T00:15:00+08:00", "kwh": "1.5"}\n'
                   '{"meter": "B", "date": "2025-01-01", "interval": 60, "values": [1, null, 2.5]}\n'],
}
FOLDERS = {"nem": "nem12", "mscons": "mscons", "green-button": "greenbutton", "iec61968-9": "iec61968",
           "wide-by-day": "cn_96point", "register": "cn_96point", "long": "retailer_csv", "wide-by-time": "retailer_csv"}
for target, texts in METERS.items():
    files = [text.encode(code) for text in texts for code in ("utf-8", "gb18030")]
    place = corpus / "meter_formats" / FOLDERS.get(target, "")
    if target in FOLDERS and place.is_dir():
        for file in sorted(place.iterdir()):
            if file.suffix in (".csv", ".txt", ".xml"):
                head = file.read_bytes()[:3000]
                files.append(head[:head.rfind(b"\n") + 1] or head)
    for data in files:
        for control in (0, 1, 4, 24 | 2):
            put(target, data, bytes([control]))

words = {
    "http": ["Content-Encoding: gzip", "deflate", "Content-Length: ", "Transfer-Encoding: chunked",
             "Upgrade: websocket", "HTTP/1.1 200", "POST ",
             "Authorization: Basic ", "\\x0d\\x0a\\x0d\\x0a", "0\\x0d\\x0a", "9223372036854775807"],
    "json": ["true", "false", "null", "\\\\u", "\\\\ud83d\\\\ude00", "1e999", "-0", "0x"],
}
stratum = ["method", "params", "result", "error", "id", "jsonrpc", "mining.subscribe", "mining.authorize",
           "mining.set_difficulty", "mining.set_target", "mining.notify", "mining.submit", "login", "job", "submit",
           "eth_submitLogin", "eth_submitWork", "eth_getWork", "getwork", "getblocktemplate", "target", "blob",
           "job_id", "nonce", "agent", "mining.extranonce.subscribe", "eth_submitHashrate", "keepalived", "OK",
           "status"]
quoted = [f'\\"{word}\\"' for word in stratum] + words["json"] + ["{", "}", "[", "]", ":", ","]
words["json"] = words["framer"] = quoted
words["sessions"] = quoted + ["\\x0a<{", "\\x0a>{", "\\x0a!{", ':1e308', ':-1', ':0', '[true]']
stamps = ["2025-01-01", "20250101", "00:15", "24:00", "T00:00:00Z", "+08:00", "1735689600", "45658.25"]
numbers = ["0.001", "-1", "1e9", "1e-9", "2147483648", "#N/A", "NaN", "1.23E+11", ",,", ";", "\\x09", "\\x0d\\x0a", '\\"']
for target in METERS:
    words[target] = stamps + numbers
words["nem"] = words["nem"] + ["100,NEM12", "200,", "300,", "400,", "500,", "900", "E1Q1", "kWh", "MWh", ",A,", ",V,"]
words["mscons"] = words["mscons"] + ["UNA:+.? '", "QTY+220:", "DTM+163:", "LOC+172+", "PIA+5+", "UNT+", "?+", "?'", ":303'"]
words["green-button"] = words["iec61968-9"] = words["green-button"] + [
    "<entry>", "</entry>", "<IntervalReading>", "<value>", "<start>", "<![CDATA[", "]]>", "<!--", "-->", "&amp;", "&#48;",
    "<!DOCTYPE", "<?xml ", "/>"]
for target, list_ in words.items():
    (into / f"{target}.dict").write_text("".join(f'"{word}"\n' for word in list_))
