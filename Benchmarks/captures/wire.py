"""Ethernet, IP, TCP and UDP frames with right checksums, as classic pcap records (microseconds, little-endian).

All sums are taken modulo 65535: the Internet checksum (RFC 1071) adds 16-bit words with end-around carry, which is
arithmetic modulo 65535, and 65536 is 1 there. So a 32-bit field, an address or a whole payload read as one big-endian
number adds what its words would add, and no loop over words is needed. UDP writes a sum of 0 as 0xFFFF (RFC 768).
"""

import ipaddress
import struct

FILE_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
RECORD_HEADER = 16
EPOCH = 1_767_225_600 * 1_000_000
"""Time zero of every capture, in microseconds since 1970: 2026-01-01T00:00:00Z."""

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10

_record = struct.Struct("<IIII").pack
_ipv4 = struct.Struct(">BBHHHBBHII").pack
_ipv6 = struct.Struct(">IHBB16s16s").pack
_tcp = struct.Struct(">HHIIHHHH").pack
_stamps = struct.Struct(">III").pack
_udp = struct.Struct(">HHHH").pack

_TIMESTAMP_OPTION = 0x0101080A
"""Two NOPs, then the timestamp option of 10 bytes (RFC 7323)."""


class Endpoint:
    """One side of a conversation: an address of 4 or 16 bytes and a port."""

    __slots__ = ("address", "port")

    def __init__(self, address, port):
        self.address = address
        self.port = port

    def __str__(self):
        if len(self.address) == 4:
            return ".".join(map(str, self.address)) + f":{self.port}"
        return f"[{ipaddress.IPv6Address(self.address)}]:{self.port}"


def link_header(outward, is_v6, vlan=None):
    """Ethernet header (14 bytes, 18 with an 802.1Q tag) of the local station to its router, or back."""
    station, router = b"\x02\x00\x5e\x10\x00\x01", b"\x02\x00\x5e\x10\x00\xfe"
    macs = router + station if outward else station + router
    tag = b"" if vlan is None else struct.pack(">HH", 0x8100, vlan)
    return macs + tag + (b"\x86\xdd" if is_v6 else b"\x08\x00")


def payload_sum(payload):
    """Sum of the payload's 16-bit words modulo 65535; an odd last byte counts as a high byte."""
    total = int.from_bytes(payload, "big") % 0xFFFF
    return total << 8 if len(payload) & 1 else total


def network_layer(source, target, protocol, link, ident):
    """A function (time in microseconds, bytes above IP) -> pcap record header, link header and IP header."""
    head = len(link)
    if len(source.address) == 4:
        from_, to = int.from_bytes(source.address, "big"), int.from_bytes(target.address, "big")
        fixed = 0x4500 + 0x4000 + (64 << 8) + protocol + from_ + to

        def lower(time, size):
            nonlocal ident
            ident = (ident + 1) & 0xFFFF
            total = 20 + size
            frame = head + total
            check = -(fixed + total + ident) % 0xFFFF
            seconds, micros = divmod(time, 1_000_000)
            return (_record(seconds, micros, frame, frame) + link
                    + _ipv4(0x45, 0, total, ident, 0x4000, 64, protocol, check, from_, to))

    else:

        def lower(time, size):
            frame = head + 40 + size
            seconds, micros = divmod(time, 1_000_000)
            return (_record(seconds, micros, frame, frame) + link
                    + _ipv6(0x60000000, size, protocol, 64, source.address, target.address))

    return lower


def _pseudo_sum(source, target, protocol):
    return (int.from_bytes(source.address, "big") + int.from_bytes(target.address, "big")) % 0xFFFF + protocol


def tcp_sender(source, target, link, ident, stamped):
    """A function (time, flags, sequence, acknowledgement, payload) -> pcap record of one TCP segment.

    SYN segments carry MSS, SACK and window scale (and the timestamp option when `stamped`), others the timestamps only.
    """
    lower = network_layer(source, target, 6, link, ident)
    source_port, target_port = source.port, target.port
    window = 64240
    fixed = _pseudo_sum(source, target, 6) + source_port + target_port + window
    mss = 1460 if len(source.address) == 4 else 1440
    syn_options = struct.pack(">BBHBBBBBBBB", 2, 4, mss, 1, 1, 4, 2, 1, 3, 3, 7)
    syn_sum = int.from_bytes(syn_options, "big")

    def segment(time, flags, sequence, acknowledgement, payload=b""):
        options, header, extra = b"", 20, 0
        if stamped:
            clock = (time // 1000) & 0xFFFFFFFF
            echo = 0 if flags == SYN else clock - 9
            options, header, extra = _stamps(_TIMESTAMP_OPTION, clock, echo), 32, _TIMESTAMP_OPTION + clock + echo
        if flags & SYN:
            options, header, extra = syn_options + options, header + 12, extra + syn_sum
        size = header + len(payload)
        word = (header << 10) | flags
        total = fixed + size + sequence + acknowledgement + word + extra
        if payload:
            total += payload_sum(payload)
        return (lower(time, size)
                + _tcp(source_port, target_port, sequence, acknowledgement, word, window, -total % 0xFFFF, 0)
                + options + payload)

    segment.mss = mss - 12 if stamped else mss
    return segment


def udp_sender(source, target, link, ident):
    """A function (time, payload) -> pcap record of one UDP datagram."""
    lower = network_layer(source, target, 17, link, ident)
    source_port, target_port = source.port, target.port
    fixed = _pseudo_sum(source, target, 17) + source_port + target_port

    def datagram(time, payload):
        size = 8 + len(payload)
        check = 0xFFFF - (fixed + 2 * size + payload_sum(payload)) % 0xFFFF
        return lower(time, size) + _udp(source_port, target_port, size, check) + payload

    return datagram


def conversation(rng, time, up, down, script, rtt, cut=None, shuffled=False, losses=0.0, delayed=0.0,
                 linger=300, close=True):
    """Yields (time, record) of a whole TCP connection seen near its client.

    `script` is a sequence of (wait in microseconds, from the client?, payload). `cut` is the longest segment in bytes
    (the MSS when none), `shuffled` swaps neighbouring segments of a message, `losses` is the share of data segments
    that are sent a second time, `delayed` the share of one-segment messages whose acknowledgement rides on the answer,
    `linger` the microseconds of quiet before the client closes.
    """
    senders = (up, down)
    numbers = [rng.getrandbits(32), rng.getrandbits(32)]
    yield time, up(time, SYN, numbers[0], 0)
    time += rtt
    numbers[0] = (numbers[0] + 1) & 0xFFFFFFFF
    yield time, down(time, SYN | ACK, numbers[1], numbers[0])
    time += 60
    numbers[1] = (numbers[1] + 1) & 0xFFFFFFFF
    yield time, up(time, ACK, numbers[0], numbers[1])
    for wait, outward, payload in script:
        time += wait
        side = 0 if outward else 1
        send, answer = senders[side], senders[1 - side]
        pause = rtt if outward else 40
        first, opposite, size = numbers[side], numbers[1 - side], len(payload)
        step = send.mss if cut is None else cut
        places = list(range(0, size, step))
        if shuffled:
            for index in range(1, len(places), 2):
                places[index - 1], places[index] = places[index], places[index - 1]
        unanswered = 0
        for count, place in enumerate(places, 1):
            piece = payload[place:place + step]
            flags = ACK | PSH if place + step >= size else ACK
            sequence = (first + place) & 0xFFFFFFFF
            yield time, send(time, flags, sequence, opposite, piece)
            time += 35 + len(piece) // 8
            if losses and rng.random() < losses:
                yield time, send(time, flags, sequence, opposite, piece)
                time += 50
            if delayed and len(places) == 1 and rng.random() < delayed:
                break
            unanswered += 1
            if count == len(places) or (unanswered == 2 and not shuffled):
                unanswered = 0
                time += pause
                known = (first + (size if count == len(places) else place + step)) & 0xFFFFFFFF
                yield time, answer(time, ACK, opposite, known)
                time += 40
        numbers[side] = (first + size) & 0xFFFFFFFF
    if not close:
        return
    time += linger
    yield time, up(time, FIN | ACK, numbers[0], numbers[1])
    time += rtt
    yield time, down(time, FIN | ACK, numbers[1], (numbers[0] + 1) & 0xFFFFFFFF)
    time += 40
    yield time, up(time, ACK, (numbers[0] + 1) & 0xFFFFFFFF, (numbers[1] + 1) & 0xFFFFFFFF)


def random_pairing(rng, client, server, stamped=None, vlan=None):
    """The two TCP senders of a connection: client to server, server to client."""
    is_v6 = len(client.address) == 16
    if stamped is None:
        stamped = rng.random() < 0.6
    return (tcp_sender(client, server, link_header(True, is_v6, vlan), rng.getrandbits(16), stamped),
            tcp_sender(server, client, link_header(False, is_v6, vlan), rng.getrandbits(16), stamped))
