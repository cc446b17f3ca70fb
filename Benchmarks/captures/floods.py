"""Floods of single SYN segments, 60-byte frames, with one mining session merged in.

Blocks of 65536 packets are filled by columns: ten million packets take seconds.
"""

import array
import random
import sys

from . import mining, wire

SPAN = 600_000_000
"""Microseconds from the first SYN to the last."""
RECORD = 76
"""Bytes of one record: 16 of pcap, 14 of Ethernet, 20 of IPv4, 20 of TCP and 6 of padding to the shortest frame."""
_BLOCK = 1 << 16
_XOR_ADDRESS = 0x00805AA5
"""Clients are 10.128.0.0 and up, servers under it, so no flow is the other direction of another one."""
_XOR_PORT = 0x1BB1


def _big_endian(values):
    words = array.array("H", values)
    if sys.byteorder == "little":
        words.byteswap()
    return words.tobytes()


def _put(block, place, words):
    block[place::RECORD] = words[0::2]
    block[place + 1::RECORD] = words[1::2]


def _words(rng, count):
    return array.array("H", rng.randbytes(2 * count))


def _block(rng, index, first, count, total, collide):
    """`count` records. Within a block the client ports differ, between blocks the second byte of the client address."""
    template = bytearray(RECORD)
    template[8:16] = (60).to_bytes(4, "little") * 2
    template[16:30] = wire.link_header(True, False)
    template[30:40] = bytes.fromhex("45000028000040004006")
    template[62:66] = b"\x50\x02\xfa\xf0"
    block = template * count

    ports = list(range(_BLOCK))
    rng.shuffle(ports)
    ports = ports[:count]
    source_high = 0x0A00 | index | (_XOR_ADDRESS >> 16 if collide else 0)
    source_low = _words(rng, count)
    if collide:
        target_high = [source_high ^ (_XOR_ADDRESS >> 16)] * count
        target_low = [low ^ (_XOR_ADDRESS & 0xFFFF) for low in source_low]
        target_ports = [port ^ _XOR_PORT for port in ports]
    else:
        target_high = [0xC612 | (word & 1) for word in _words(rng, count)]
        target_low = _words(rng, count)
        target_ports = _words(rng, count)
    idents, sequence_high, sequence_low = (_words(rng, count) for _ in range(3))

    fixed = 0x4500 + 40 + 0x4000 + 0x4006 + source_high
    network = [-(fixed + a + b + c + d) % 0xFFFF
               for a, b, c, d in zip(idents, source_low, target_high, target_low)]
    fixed = 6 + 20 + 0x5002 + 0xFAF0 + source_high
    transport = [-(fixed + a + b + c + d + e + f + g) % 0xFFFF for a, b, c, d, e, f, g
                 in zip(source_low, target_high, target_low, ports, target_ports, sequence_high, sequence_low)]

    times = [wire.EPOCH + (first + k) * SPAN // total for k in range(count)]
    for place, values in ((0, [time // 1_000_000 for time in times]), (4, [time % 1_000_000 for time in times])):
        words = array.array("I", values)
        if sys.byteorder == "big":
            words.byteswap()
        data = words.tobytes()
        for byte in range(4):
            block[place + byte::RECORD] = data[byte::4]
    for place, words in ((34, idents), (40, network), (42, [source_high] * count), (44, source_low), (46, target_high),
                         (48, target_low), (50, ports), (52, target_ports), (54, sequence_high), (56, sequence_low),
                         (66, transport)):
        _put(block, place, _big_endian(words))
    return block


def build(capture, flows, seed, collide):
    """Writes `flows` SYNs of distinct address and port pairs and one cryptonote session spread over the whole time.

    With `collide` client XOR server address and client XOR server port are the same for all of them, so that any hash
    that begins with XOR of the two ends puts them into one place. Returns the labels.
    """
    rng = random.Random(f"{'collide' if collide else 'half-open'} {seed}")
    most = (128 if collide else 200) * _BLOCK
    if flows > most:
        raise SystemExit(f"at most {most} flows")
    packets, label = mining.planted(rng, 250, wire.EPOCH + 1_000_000, SPAN - 5_000_000, 80, dialect="cryptonote")
    mined = list(packets)
    taken = 0
    first = 0
    while first < flows:
        count = min(_BLOCK, flows - first)
        block = memoryview(bytes(_block(rng, first // _BLOCK, first, count, flows, collide)))
        done = 0
        while done < count:
            # The SYN number k is at k * SPAN / flows; the session's next packet goes before the first one after it.
            upto = count
            if taken < len(mined):
                upto = min(count, max(done, -(-(mined[taken][0] - wire.EPOCH) * flows // SPAN) - first))
            if upto > done:
                capture.add(block[done * RECORD:upto * RECORD], upto - done)
                done = upto
            if done < count:
                capture.add(mined[taken][1])
                taken += 1
        first += count
    for _, record in mined[taken:]:
        capture.add(record)
    return [label]
