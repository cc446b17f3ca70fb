"""Traffic of nodes, wallets and devices that looks a little like mining and is none."""

import hashlib
import json
import struct

from .captures import Connection, dns


def bitcoin_message(command, payload):
    checksum = hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    return struct.pack("<I12sI4s", 0xD9B4BEF9, command, len(payload), checksum) + payload


def transaction(r):
    """One input, two outputs, no witness: well formed and spending nothing."""
    key = b"\x47" + r.randbytes(71) + b"\x21" + r.randbytes(33)
    outputs = b"".join(struct.pack("<Q", r.randrange(10 ** 8)) + b"\x16\0\x14" + r.randbytes(20) for _ in range(2))
    return struct.pack("<I", 2) + b"\x01" + r.randbytes(36) + bytes([len(key)]) + key + b"\xff" * 4 + b"\x02" + outputs \
        + bytes(4)


def bitcoin_peer(tape, at, client, server):
    """A full node: version, verack, pings, block and transaction announcements."""
    r = tape.r
    link = Connection(tape, at, client, server, 8333)
    agent = b"/Satoshi:27.0.0/"

    def version(seconds):
        return bitcoin_message(b"version", struct.pack("<iQq", 70016, 1033, int(seconds)) + bytes(52) + r.randbytes(8)
                               + bytes([len(agent)]) + agent + struct.pack("<i?", 931_000, True))
    at = link.send(link.clock, True, version(at / 1e6))
    at = link.send(at + link.rtt, False, version(at / 1e6) + bitcoin_message(b"verack", b""))
    at = link.send(at + 900, True, bitcoin_message(b"verack", b""))
    while at < tape.end - 3_000_000:
        at += r.expovariate(1 / 25) * 1e6
        many = r.randint(1, 6)
        items = bytes([many]) + b"".join(struct.pack("<I", 1) + r.randbytes(32) for _ in range(many))
        at = link.send(at, False, bitcoin_message(b"inv", items))
        at = link.send(at + 2000, True, bitcoin_message(b"getdata", items))
        at = link.send(at + link.rtt, False, bitcoin_message(b"tx", transaction(r)))
        if r.random() < .3:
            nonce = r.randbytes(8)
            at = link.send(at + 1000, True, bitcoin_message(b"ping", nonce))
            at = link.send(at + link.rtt, False, bitcoin_message(b"pong", nonce))


def json_lines(tape, at, client, server, port, dialogue, notes=(), every=20):
    """Line-delimited JSON on a long connection: requests with their answers, and messages the server sends alone."""
    r = tape.r
    link, number = Connection(tape, at, client, server, port), 0
    at = link.clock
    while at < tape.end - 3_000_000:
        for method, params, answer in dialogue:
            ask = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
            at = link.send(at, True, json.dumps(ask).encode() + b"\n")
            at = link.send(at + link.rtt, False,
                           json.dumps({"jsonrpc": "2.0", "id": number, "result": answer}).encode() + b"\n")
            number += 1
        if notes:
            method, params = notes[number % len(notes)]
            at = link.send(at + r.expovariate(1 / every) * 5e5, False,
                           json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode() + b"\n")
        at += r.uniform(.7, 1.3) * every * 1e6


def electrum(tape, at, client, server):
    r = tape.r
    dns(tape, at - 50_000, client, "electrum.example", server)
    script = r.randbytes(32).hex()
    json_lines(tape, at, client, server, 50001, [
        ("server.version", ["4.5.5", "1.4"], ["ElectrumX 1.16.0", "1.4"]),
        ("blockchain.scripthash.subscribe", [script], None),
        ("blockchain.headers.subscribe", [], {"height": 931_000, "hex": r.randbytes(80).hex()}),
        ("server.ping", [], None)],
        [("blockchain.headers.subscribe", [{"height": 931_001, "hex": r.randbytes(80).hex()}])], 40)


def rpc(tape, at, client, server, port, calls, every):
    """JSON-RPC over HTTP POST on a kept connection."""
    r = tape.r
    link, number = Connection(tape, at, client, server, port), 0
    at = link.clock
    while at < tape.end - 3_000_000:
        method, params, answer = calls[number % len(calls)]
        body = json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode()
        at = link.send(at, True, b"POST / HTTP/1.1\r\nHost: node.example\r\nContent-Type: application/json\r\n"
                       b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body)
        body = json.dumps({"jsonrpc": "2.0", "id": number, "result": answer}).encode()
        at = link.send(at + link.rtt, False, b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                       + str(len(body)).encode() + b"\r\n\r\n" + body)
        number += 1
        at += r.uniform(.8, 1.2) * every * 1e6


def node_calls(tape, at, client, server):
    rpc(tape, at, client, server, 8332, [
        ("getblockchaininfo", [], {"chain": "main", "blocks": 931_000, "verificationprogress": .99999}),
        ("getmempoolinfo", [], {"size": 4210, "bytes": 2_300_111}),
        ("getnetworkinfo", [], {"version": 270000, "connections": 10})], 15)


def ether_calls(tape, at, client, server):
    r = tape.r
    rpc(tape, at, client, server, 8545, [
        ("eth_blockNumber", [], "0x165a0b0"), ("net_version", [], "1"),
        ("eth_getBalance", ["0x" + r.randbytes(20).hex(), "latest"], "0x0"),
        ("eth_call", [{"to": "0x" + r.randbytes(20).hex(), "data": "0x70a08231"}, "latest"], "0x" + "0" * 64)], 8)


def devices(tape, at, client, server):
    """A switch's database and a lamp: JSON requests on raw TCP with words of their own."""
    json_lines(tape, at, client, server, 6640, [("echo", [], []), ("list_dbs", [], ["Open_vSwitch"])],
               [("update", ["view", {"Interface": {}}])], 10)
    json_lines(tape, at + 5_000_000, client, server, 55443, [("set_power", ["on", "smooth", 500], ["ok"])],
               [("props", {"power": "on", "bright": "80"})], 45)


def charge_point(tape, at, client, server):
    """A charge point's steady telemetry to its back office: MQTT, the same few bytes at a fixed beat."""
    dns(tape, at - 50_000, client, "csms.example", server)
    link, name = Connection(tape, at, client, server, 1883), b"pile-07"
    start = b"\0\x04MQTT\x04\x02\0\x3c" + struct.pack("!H", len(name)) + name
    at = link.send(link.clock, True, bytes([0x10, len(start)]) + start)
    at = link.send(at + link.rtt, False, b"\x20\x02\0\0")
    while at < tape.end - 3_000_000:
        text = json.dumps({"pile": 7, "kw": round(tape.r.uniform(20, 58), 1), "state": "Charging"}).encode()
        topic = b"station/7/meter"
        body = struct.pack("!H", len(topic)) + topic + text
        at = link.send(at, True, bytes([0x30, len(body)]) + body) + 10_000_000
