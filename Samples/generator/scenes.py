"""The scenes: who lives in the sample province, what their meters and lines saw, and what ought to be found."""

import json

from . import loads, lookalikes, stratum
from .captures import Tape, background, pcap, pcapng
from .loads import blank, drop_days, index_of, plus
from .register import COUNTIES, SEED, Register, gz, rng


class Province:
    """Gathers all files by path."""

    def __init__(self):
        self.register, self.files, self.notes, self.inputs = Register(), {}, [], {"meters": [], "feeders": [],
                                                                                 "captures": []}
        self.meters, self.readings = 0, 0

    def scene(self, name):
        return Scene(self, name)


class Scene:
    def __init__(self, province, name):
        self.province, self.name, self.register = province, name, province.register
        self.expected = {"scene": name, "sites": [], "captures": [], "feeders": []}
        self.r = rng(name)

    def site(self, name, kind, unit, category, contracted, residential=False):
        return self.register.site(name, kind, unit, category, contracted, residential)

    def expect(self, site, verdict="not-suspected", band=None, onset=None, kw=None, tolerance=.3):
        self.expected["sites"].append({"site": site, "expect": verdict, "min_band": band, "onset": onset,
                                       "kw": {"value": kw, "tolerance": tolerance} if kw else None})

    def _add(self, kind, entry):
        if entry not in self.province.inputs[kind]:
            self.province.inputs[kind].append(entry)

    def meters(self, file, data, meters, unit="kW"):
        self.province.files[f"{self.name}/meters/{file}.csv.gz"] = data
        self._add("meters", (f"{self.name}/meters", unit))
        self.province.meters += len(meters)
        self.province.readings += sum(v is not None for m in meters for d in m[2] if d is not None for v in d)

    def feeders(self, file, data):
        self.province.files[f"{self.name}/feeders/{file}.csv.gz"] = data
        self._add("feeders", (f"{self.name}/feeders", None))

    def tape(self, file, start, minutes):
        return Tape(rng(self.name, file), start, minutes * 60)

    def capture(self, file, tape, tally=None, link="ethernet"):
        frames = tape.frames(link)
        data = (pcapng if ".pcapng" in file else pcap)(frames, link)
        path = f"{self.name}/captures/{file}"
        self.province.files[path] = gz(data) if file.endswith(".gz") else data
        self._add("captures", (f"{self.name}/captures", None))
        tally = tally or stratum.Tally()
        self.expected["captures"].append({
            "file": f"captures/{file}", "packets": len(frames), "sessions": tally.sessions, "dialects": tally.dialects,
            "accounts": sorted(tally.accounts), "shares_submitted": tally.submitted,
            "shares_accepted": tally.accepted, "detail": tally.sessions_detail})

    def done(self, english, chinese, special):
        text = (f"# {self.name}\n\n{english}\n\n{chinese}\n\n"
                f"Origin: made by `Samples/generate.py`, seed `{SEED}`; every name, address, wallet and reading is "
                f"invented. Special here: {special}\n")
        self.province.files[f"{self.name}/README.md"] = text.encode()
        self.province.files[f"{self.name}/expected.json"] = (
            json.dumps(self.expected, ensure_ascii=False, indent=1) + "\n").encode()
        self.province.notes.append((self.name, english.split(". ")[0].rstrip(".")))


def pool(tape, name, server, port, kind, refresh=30, block=600):
    make = {"btc": lambda: stratum.sha_job(tape, "/" + name.split(".")[0] + "/"),
            "xmr": lambda: stratum.monero_job(tape), "etc": lambda: stratum.ether_job(tape),
            "zec": lambda: stratum.zcash_job(tape)}[kind]()
    return stratum.Pool(tape, name, server, port, refresh, block, make)


def begin(tape, index, spread=40):
    return tape.start + int((1.5 + tape.r.random() * spread + index * .11) * 1e6)


# --- scenes with mining ---

def charging_station_farm(province):
    s = province.scene("charging-station-farm")
    site = s.site("示例充电站（一）", "charging-station", "339101", "general-commercial", 630)
    meter = s.register.meter(site)
    s.register.link(site, "address-range", "10.33.1.0/26", "address-assignment")
    s.register.link(site, "line", "LINE-3391-0001", "field-survey")
    curve = plus(loads.charging(s.r, 4, 30, 2, 3), loads.mine(s.r, 37, 2.4, "2026-01-20", overhead=.015))
    rows = [(meter, "示例充电站（一）", blank(curve, s.r, 6), 2)]
    s.meters("station", loads.wide_by_day(rows, "3391010"), rows)
    tape, tally = s.tape("station-uplink", "2026-02-03T14:00:00", 15), stratum.Tally()
    a = pool(tape, "btc.pool-a.example", "192.0.2.10", 3333, "btc", refresh=45)
    for i in range(37):
        stratum.stratum_v1(tape, tally, a, begin(tape, i), f"10.33.1.{10 + i}", "shiliev01", f"cz{i + 1:02d}",
                           100e12 * tape.r.gauss(1, .02), 262144, "bmminer/2.0.0")
    background(tape, ["10.33.1.2", "10.33.1.3"], 30)
    s.capture("station-uplink.pcap.gz", tape, tally)
    s.expect(site, "suspected", "high", "2026-01-20", 90)
    s.done("A site registered as a charging station carries 37 machines of about 2.4 kW from 20 January: some 90 kW, "
           "flat day and night, under the little real charging. The capture of its uplink shows one session per "
           "address, 37 in all, about 3.7 PH/s, which closes with the meter at 24 J/TH.",
           "登记为充电站的场所自1月20日起新增约90千瓦恒定负荷；上行链路每个地址一条会话，共37条，算力与电量相互吻合。",
           "the count of sessions, the hash rate and the step in load agree; the traffic an address is well under "
           "the 30 kbit/s sometimes published for such sites, because lines of text are all that is sent here.")


def rented_factory_farm(province):
    s = province.scene("rented-factory-farm")
    site = s.site("示例五金厂出租厂房", "factory", "339201", "large-industrial", 800)
    meter = s.register.meter(site)
    s.register.link(site, "address-range", "10.33.8.0/24", "address-assignment", "2025-12-01")
    curve = plus(loads.premises(s.r, "factory", 120), loads.mine(
        s.r, 90, 3.1, "2026-01-12", stages=[("2026-01-12", 30), ("2026-01-13", 60), ("2026-01-14", 90)]))
    rows = [(meter, "示例五金厂", blank(curve, s.r, 10), 1)]
    s.meters("hall", loads.wide_by_day(rows, "3392010"), rows)
    tape, tally = s.tape("hall-vlan", "2026-01-28T02:10:00", 10), stratum.Tally()
    b = pool(tape, "stratum.pool-b.example", "192.0.2.24", 443, "btc", refresh=40)
    wallet = stratum.bech32_wallet(tape.r)
    for i in range(24):
        stratum.stratum_v1(tape, tally, b, begin(tape, i), f"10.33.8.{20 + i}", wallet, f"hall3x{i + 1}",
                           100e12 * tape.r.gauss(1, .02), 262144, "cgminer/4.11.1", disorder=.05)
    background(tape, ["10.33.8.5", "10.33.8.6", "10.33.8.7"], 30)
    s.capture("hall-vlan.pcap.gz", tape, tally, "vlan")
    s.expect(site, "suspected", "high", "2026-01-12", 285)
    s.done("Behind the ordinary load of a metal workshop a rented hall takes up about 285 kW within three days from "
           "12 January and keeps it through the Spring Festival, when the workshop itself is still. The VLAN capture "
           "holds 24 of its 90 machines.",
           "出租厂房自1月12日起三天内新增约285千瓦，春节停产期间仍不下降；带VLAN标签的抓包覆盖90台中的24台。",
           "802.1Q tags, port 443 without TLS, a capture that sees only a part: the meter implies more than the traffic.")


def homes_with_rigs(province):
    s = province.scene("homes-with-rigs")
    rows = []

    def dwelling(name, unit, rigs, kw, onset, band, captured=None, residential=True):
        site = s.site(name, "residence", unit, "residential", 20, residential)
        meter, r = s.register.meter(site), rng(s.name, name)
        curve = loads.home(r)
        if rigs:
            curve = plus(curve, loads.mine(r, rigs, kw, onset))
        rows.append((meter, name, blank(curve, r, 3), 2))
        if captured:
            s.register.link(site, "address-range", captured, "address-assignment")
        total = round(rigs * kw * 1.02, 1)
        s.expect(site, "suspected", band, onset if rigs else None, total or None)
        return site
    dwelling("示例小区住户一", "339101", 1, .9, "2026-01-25", None, "10.41.0.11/32")
    dwelling("示例小区住户二", "339102", 4, 3.25, "2026-01-15", "medium")
    shared = dwelling("示例小区住户三", "339102", 3, 3.0, "2026-02-01", "medium")
    dwelling("示例村住户四", "339103", 1, 3.2, "2026-01-18", "medium", "10.41.0.44/32")
    dwelling("示例村住户五", "339202", 2, 2.9, "2026-01-22", "medium")
    neighbours = [s.site(f"示例小区邻居{i + 1}", "residence", "339102", "residential", 12, True) for i in range(12)]
    for i, site in enumerate(neighbours):
        r, name = rng(s.name, "neighbour", i), f"示例小区邻居{i + 1}"
        rows.append((s.register.meter(site), name, blank(loads.home(r), r, 2), 2))
        s.expect(site)
    for site in [shared] + neighbours:
        s.register.link(site, "address-range", "198.51.100.77/32", "carrier-nat")
    s.meters("homes", loads.wide_by_day(rows, "3391000", interleave=True), rows)

    tape, tally = s.tape("home-one", "2026-02-05T20:00:00", 20), stratum.Tally()
    c = pool(tape, "etc.pool-c.example", "192.0.2.31", 4444, "etc", refresh=13, block=13)
    stratum.eth_proxy(tape, tally, c, begin(tape, 0), "10.41.0.11", stratum.ether_wallet(tape.r), "bedroom",
                      360e6, 4_000_000_000)
    background(tape, ["10.41.0.11"], 30)
    s.capture("home-one.pcap", tape, tally)

    tape, tally = s.tape("carrier-nat", "2026-02-10T21:30:00", 15), stratum.Tally()
    a = pool(tape, "btc.pool-a.example", "192.0.2.10", 3333, "btc")
    wallet = stratum.bech32_wallet(tape.r)
    for i in range(3):
        stratum.stratum_v1(tape, tally, a, begin(tape, i), "198.51.100.77", wallet, f"s19j-{i + 1}",
                           100e12 * tape.r.gauss(1, .02), 262144, "bosminer-plus-tuner 0.2.0")
    background(tape, ["198.51.100.77"], 45)
    s.capture("carrier-nat.pcapng", tape, tally)

    tape, tally = s.tape("home-four", "2026-02-12T10:00:00", 10), stratum.Tally()
    b = pool(tape, "stratum.pool-b.example", "192.0.2.24", 3334, "btc")
    stratum.stratum_v1(tape, tally, b, begin(tape, 0), "10.41.0.44", "nongjia4", "old", 100e12, 262144,
                       "cgminer/4.12.0")
    d = pool(tape, "solo.pool-d.example", "192.0.2.40", 3333, "btc")
    stratum.stratum_v1(tape, tally, d, begin(tape, 1), "10.41.0.44", stratum.bech32_wallet(tape.r), "lottery",
                       4000.0, 2 ** -15, "NerdMinerV2", real=True)
    background(tape, ["10.41.0.44"], 20)
    s.capture("home-four.pcap", tape, tally)
    s.done("Five homes with one to four machines, from a graphics rig of 0.9 kW to four ASICs of 13 kW. Three are also "
           "seen on the network: one by the Ethash proxy dialect, one behind a carrier's shared address together with "
           "twelve innocent neighbours, one with a small ASIC and a lottery gadget whose shares can be recomputed.",
           "五户家庭，一至四台矿机；其中一户与十二户邻居共用运营商NAT地址，仅凭IP不能指认任何一户。",
           "`198.51.100.77` is linked to thirteen homes with basis `carrier-nat`; only the one whose load stepped may "
           "be suspected. Shares of the worker `lottery` were truly mined at difficulty 2^-15 and verify.")


def valley_tariff_miner(province):
    s = province.scene("valley-tariff-miner")
    site = s.site("示例木工坊", "factory", "339203", "general-industrial", 60)
    meter = s.register.meter(site)
    s.register.link(site, "address-range", "10.52.3.0/28", "address-assignment")
    night = loads.mine(s.r, 8, 1.5, "2026-01-16", hours=lambda q: q < 28 or q >= 92)
    rows = [(meter, "示例木工坊", blank(plus(loads.premises(s.r, "factory", 14), night), s.r, 4), 3)]
    s.meters("workshop", loads.long_kwh(rows), rows, "kWh")
    tape, tally = s.tape("workshop-night", "2026-02-06T00:30:00", 12), stratum.Tally()
    z = pool(tape, "zec.pool-e.example", "192.0.2.55", 3357, "zec", refresh=45, block=75)
    wallet = stratum.zcash_wallet(tape.r)
    for i in range(8):
        stratum.equihash(tape, tally, z, begin(tape, i, 20), f"10.52.3.{3 + i}", wallet, f"z{i + 1}",
                         420e3 * tape.r.gauss(1, .02), 12_600_000, "bmminer/1.0.0")
    background(tape, ["10.52.3.2"], 10)
    s.capture("workshop-night.pcap.gz", tape, tally, "cooked")
    tape = s.tape("workshop-noon", "2026-02-06T12:00:00", 10)
    background(tape, ["10.52.3.2"], 25)
    s.capture("workshop-noon.pcap", tape)
    s.expect(site, "suspected", "medium", "2026-01-16", 12.2)
    s.done("A joiner's shop runs eight Equihash machines, about 12 kW, only in the valley tariff from 23 to 7 h. The "
           "capture at half past midnight holds all eight sessions, the one at noon none.",
           "木工坊仅在谷段（23时至7时）运行八台矿机，约12千瓦；午夜抓包有八条会话，正午抓包没有。",
           "long CSV in kWh; Linux cooked capture; an absence at noon that does not acquit.")


def feeder_bypass(province):
    s = province.scene("feeder-bypass")
    feeder_rows = ["feeder_id,timestamp,kwh"]
    for feeder, unit, homes, shops, hidden in (("F-3391-07", "339103", 16, 4, "2026-01-28"),
                                               ("F-3392-03", "339202", 12, 4, None)):
        rows = []
        for i in range(homes + shops):
            r = rng(s.name, feeder, i)
            house = i < homes
            name = f"示例村{feeder[-2:]}号线{'住户' if house else '小店'}{i + 1}"
            site = s.site(name, "residence" if house else "other", unit,
                          "residential" if house else "general-commercial", 12 if house else 25, house)
            meter = s.register.meter(site)
            s.register.link(site, "feeder", feeder, "field-survey")
            rows.append((meter, name, loads.home(r) if house else loads.premises(r, "shop", r.uniform(4, 12)), 2))
            s.expect(site)
        r = rng(s.name, feeder, "head")
        extra = loads.mine(r, 15, 3.0, hidden) if hidden else [[0.0] * 96] * loads.DAYS
        for d in range(loads.DAYS):
            for q in range(96):
                metered = sum(round(m[2][d][q], 2) for m in rows)
                lost = .4 + metered * (.025 + .0002 * metered)
                head = (metered + lost) * r.gauss(1, .004) + extra[d][q]
                feeder_rows.append(f"{feeder},{loads.stamp(d, q)},{head / 4:.3f}")
        for m in rows:
            blank(m[2], s.r, 1)
        s.meters(f"customers-{feeder.lower()}", loads.wide_by_day(rows, unit + "0"), rows)
        s.expected["feeders"].append({"feeder": feeder, "expect": "suspected" if hidden else "not-suspected",
                                      "onset": hidden, "unbilled_kw": {"value": 45.9, "tolerance": .25}
                                      if hidden else None})
    s.feeders("heads", gz(("\n".join(feeder_rows) + "\n").encode()))
    s.done("Two rural feeders with all their customers. From 28 January the head of F-3391-07 gives out about 46 kW, "
           "flat, that no meter below it sees; F-3392-03 is the honest twin with technical losses only.",
           "两条农网馈线：F-3391-07自1月28日起首端比各户之和多出约46千瓦恒定负荷；F-3392-03为正常对照。",
           "no customer's own meter shows anything, so no site may be accused; only the feeder speaks. Losses of 2.5 to "
           "4 per cent are in both.")


def compromised_hosts(province):
    s = province.scene("compromised-hosts")
    campus = s.site("示例学院", "campus", "339102", "general-commercial", 500)
    office = s.site("示例县办公楼", "government-office", "339103", "general-commercial", 150)
    rows = []
    for site, name, kind, size, block, hosts in ((campus, "示例学院", "school", 160, "10.60.0.0/20", 6),
                                                 (office, "示例县办公楼", "office", 60, "10.61.4.0/24", 2)):
        r = rng(s.name, name)
        s.register.link(site, "address-range", block, "address-assignment")
        servers = [[size * .08] * 96] * loads.DAYS
        curve = plus(loads.premises(r, kind, size), servers, loads.mine(r, hosts, .22, "2026-01-30", overhead=.1))
        rows.append((s.register.meter(site), name, blank(curve, r, 5), 2))
        s.expect(site, "suspected", None, None)
    s.meters("institutions", loads.wide_by_day(rows, "3391020"), rows)
    tape, tally = s.tape("campus-mirror", "2026-02-04T15:20:00", 30), stratum.Tally()
    x = pool(tape, "xmr.pool-f.example", "192.0.2.66", 5555, "xmr", refresh=60, block=120)
    wallet = stratum.monero_wallet(tape.r)
    hosts = [f"10.60.2.{n}" for n in (14, 15, 16, 31, 90, 91)] + ["10.61.4.8", "10.61.4.9"]
    for i, host in enumerate(hosts):
        stratum.cryptonote(tape, tally, x, begin(tape, i, 90), host, wallet, f"srv{i + 1}",
                           tape.r.uniform(6500, 9500), 200_000, "XMRig/6.21.3 (Linux x86_64) libuv/1.44.2 gcc/11.4.0",
                           loss=.02, disorder=.04)
    background(tape, [f"10.60.{n % 3 + 1}.{40 + n}" for n in range(24)] + [f"10.61.4.{40 + n}" for n in range(6)], 150)
    s.capture("campus-mirror.pcap.gz", tape, tally)
    s.done("Eight servers of a college and an office mine Monero for a stranger's wallet; a fifth of the mining "
           "addresses found in one real province were such compromised hosts. The meters show almost nothing: "
           "0.2 kW a server under buildings of 60 and 160 kW.",
           "学院和机关的八台服务器被入侵后挖门罗币：电量几乎不变，证据在网络侧；此类应归为受害方（M5）。",
           "retransmissions and reordering in a busy mirror; one wallet in two institutions.")


# --- lawful twins ---

def twin(province, name, members, layout, english, chinese, special, tapes=()):
    """`members`: [(name, kind, unit, category, contracted, curve, decimals, address block)]."""
    s = province.scene(name)
    rows = []
    for title, kind, unit, category, contracted, curve, decimals, block in members:
        site = s.site(title, kind, unit, category, contracted)
        rows.append((s.register.meter(site), title, curve, decimals))
        if block:
            s.register.link(site, "address-range", block, "address-assignment")
        s.expect(site)
    s.meters(name, layout(rows), rows)
    for file, start, minutes, play in tapes:
        tape = s.tape(file, start, minutes)
        play(tape)
        s.capture(file, tape)
    s.done(english, chinese, special)


def day_wide(rows):
    return loads.wide_by_day(rows, "3392000")


def lawful_twins(province):
    r = rng("twins")
    twin(province, "data-centre", [("示例数据中心", "data-centre", "339201", "data-centre", 1000,
                                    loads.data_centre(r, 410), 1, "10.70.0.0/24")], day_wide,
         "A registered data centre: flat day and night at about 340 kW with slow growth and a little cooling.",
         "登记的数据中心：全天平稳约340千瓦、缓慢增长，流量为普通加密业务。",
         "by load alone it cannot be told from a farm; no step, its registered use and an uplink without a session speak for it.",
         [("uplink.pcap", "2026-02-08T11:00:00", 10,
           lambda t: background(t, [f"10.70.0.{n}" for n in range(10, 40)], 75))])
    twin(province, "cold-store", [
        ("示例冷库（一）", "cold-store", "339102", "general-industrial", 200, blank(loads.cold_store(r, 120), r, 6), 1, None),
        ("示例冷库（二）", "cold-store", "339203", "general-industrial", 90, blank(loads.cold_store(r, 48), r, 6), 2, None)],
        lambda rows: loads.wide_by_day(rows, "3391020", "gb18030"),
        "Two cold stores: compressors cycling every one to three hours, a defrost each six hours, doors opened by day.",
        "两座冷库：压缩机一至三小时一个周期，每六小时化霜一次，白天有开门负荷。",
        "the file is GB18030; runs at night and in the holiday as a farm does, and must not be accused.")
    twin(province, "ev-charging-lawful", [
        ("示例充电站（二）", "charging-station", "339101", "general-commercial", 400,
         loads.charging(r, 8, 45, 34, 2.5), 1, "10.81.0.0/28"),
        ("示例公交充电场", "charging-station", "339201", "general-commercial", 600,
         loads.charging(r, 10, 55, 22, 4), 1, None)], day_wide,
        "Two honest charging stations: cars come at random, full power then a sloped tail, another energy every day.",
        "两座正常充电站：到站随机、充电尾段渐降、每日电量不同。",
        "the twin of charging-station-farm; its line carries steady MQTT telemetry and no session.",
        [("station.pcapng", "2026-02-03T14:00:00", 10,
          lambda t: (lookalikes.charge_point(t, t.start + 2_000_000, "10.81.0.4", "203.0.113.90"),
                     background(t, ["10.81.0.2", "10.81.0.3"], 20)))])
    twin(province, "base-station", [
        (f"示例基站{i + 1}", "base-station", COUNTIES[i], "telecom", 12, loads.base_station(r, r.uniform(2.4, 5.6)), 3, None)
        for i in range(6)], day_wide,
        "Six mobile base stations of 2 to 6 kW: nearly flat, with the evening peak of their traffic.",
        "六座基站：2至6千瓦，近乎平直，晚间随业务量上浮一成多。",
        "the size of one or two machines, flat, in all counties alike.")
    twin(province, "greenhouse", [
        ("示例温室（一）", "greenhouse", "339202", "agricultural", 120, loads.greenhouse(r, 62, 6), 2, None),
        ("示例温室（二）", "greenhouse", "339103", "agricultural", 60, loads.greenhouse(r, 24, 3), 2, None)],
        loads.wide_by_time,
        "Two greenhouses with lamps on a timer: a flat plateau of sixteen hours, dark from half past eight to half past four.",
        "两座补光温室：定时灯光每日16小时的平顶负荷，夜间熄灭。",
        "wide CSV by time; the plateau is flat but the photoperiod never moves, and one day is kept for maintenance.")
    quiet = [loads.premises(rng("node", i), "office", 6) for i in range(2)]
    computer = [[.15] * 96] * loads.DAYS

    def node(tape):
        at = tape.start
        for i in range(3):
            lookalikes.bitcoin_peer(tape, at + (1 + 2 * i) * 1_000_000, "10.80.1.3", f"203.0.113.{140 + i}")
        lookalikes.node_calls(tape, at + 3_000_000, "10.80.1.4", "203.0.113.150")
        lookalikes.electrum(tape, at + 4_000_000, "10.80.1.20", "203.0.113.151")
        lookalikes.ether_calls(tape, at + 5_000_000, "10.80.1.20", "203.0.113.152")
        background(tape, ["10.80.1.3", "10.80.1.20"], 20)
    twin(province, "node-and-wallet", [
        ("示例研究室", "other", "339102", "general-commercial", 20, plus(quiet[0], computer), 3, "10.80.1.0/28"),
        ("示例咖啡店", "cafe", "339101", "general-commercial", 15, quiet[1], 3, "10.80.1.16/28")], day_wide,
        "A full node and a wallet: Bitcoin peers, node RPC, Electrum and Ethereum RPC. Running a node is not mining.",
        "全节点与钱包流量：有链上通信而无挖矿会话，运行节点不等于挖矿。",
        "the words and the rhythm of a coin without one share.",
        [("node.pcap", "2026-02-11T09:00:00", 12, node)])


# --- everybody else ---

def ordinary_customers(province):
    s = province.scene("ordinary-customers")
    plan = [("home", 150), ("shop", 36), ("office", 24), ("factory", 20), ("school", 4), ("street-light", 3)]
    titles = {"home": "住户", "shop": "商铺", "office": "公司", "factory": "工厂", "school": "学校", "street-light": "路灯"}
    kinds = {"home": "residence", "shop": "other", "office": "other", "factory": "factory", "school": "campus",
             "street-light": "other"}
    classes = {"home": "residential", "factory": "general-industrial", "street-light": "street-lighting"}
    rows, sites, count = [], {}, 0
    for kind, many in plan:
        for i in range(many):
            r, name = rng(s.name, kind, i), f"示例{titles[kind]}{i + 1:03d}"
            size = {"home": 0, "shop": r.lognormvariate(2.0, .5), "office": r.lognormvariate(2.8, .6),
                    "factory": r.lognormvariate(4.2, .7), "school": r.uniform(30, 120),
                    "street-light": r.uniform(4, 15)}[kind]
            curve = (loads.home(r) if kind == "home" else loads.street_light(r, size) if kind == "street-light"
                     else loads.premises(r, kind, size))
            contracted = r.choice([8, 12]) if kind == "home" else int(size * 1.6) + 10
            site = s.site(name, kinds[kind], COUNTIES[count % len(COUNTIES)], classes.get(kind, "general-commercial"),
                          contracted, kind == "home")
            count += 1
            if r.random() < .35:
                blank(curve, r, r.randint(1, 4))
            sites[kind, i] = site
            rows.append([s.register.meter(site), name, curve, 2 if size < 60 else 1])
    at = {key: row for key, row in zip(sites, rows)}
    at["home", 7][2] = loads.each(lambda d, q: .02 if (d * 96 + q) % 5 else .03)                 # vacant
    stuck = at["home", 23][2]                                                                 # register stuck
    for d in range(index_of("2026-02-01"), loads.DAYS):
        stuck[d] = [1.37] * 96
    drop_days(at["shop", 3][2], range(0, index_of("2026-01-24")))                             # commissioned later
    drop_days(at["home", 41][2], (12, 13, 14, 33))                                             # never collected
    drop_days(at["factory", 5][2], (20, 21, 40))
    grown = at["shop", 11][2]                                                                 # a business that grew
    for d in range(index_of("2026-01-26"), loads.DAYS):
        grown[d] = [None if v is None else v * 1.7 for v in grown[d]]
    for key, site in sites.items():
        s.expect(site)
    successor = s.site("示例公司025（新租户）", "other", s.register.sites[int(sites["office", 2][2:]) - 1][4],
                       "general-commercial", 40)                                             # a tenant changed
    old = next(i for i, l in enumerate(s.register.links) if l[0] == sites["office", 2])
    meter = s.register.links[old][2]
    s.register.links[old] = (*s.register.links[old][:4], "2026-01-31", "supply-contract")
    s.register.link(successor, "meter", meter, "supply-contract", "2026-02-01")
    s.expect(successor)
    s.expect(s.site("示例在建楼盘", "other", "339201", "general-commercial", 315), "no-data")
    unwatched = s.site("示例专线用户", "other", "339202", "general-commercial", 30)
    s.register.link(unwatched, "line", "LINE-3392-0009", "field-survey")
    s.expect(unwatched, "no-data")
    for begin_at in range(0, len(rows), 24):
        part = rows[begin_at:begin_at + 24]
        s.meters(f"customers-{begin_at // 24 + 1:02d}", loads.wide_by_day(part, "3391000"), part)
    for i in range(6):
        s.register.link(sites["office", 4 + i], "address-range", f"10.90.0.{16 * i}/28", "address-assignment")
    tape = s.tape("exchange-sample", "2026-02-09T10:00:00", 10)
    background(tape, [f"10.90.0.{16 * i + 2 + k}" for i in range(6) for k in range(4)], 120)
    lookalikes.devices(tape, tape.start + 3_000_000, "10.90.0.5", "203.0.113.160")
    s.capture("exchange-sample.pcapng.gz", tape)
    s.done("Everybody else: 237 homes, shops, offices, factories, schools and street lights with their week, the "
           "Spring Festival, two cold spells and the faults of real collection, and three sites without meters "
           "of their own.",
           "普通用户：居民、商铺、公司、工厂、学校、路灯，含周末与春节规律、寒潮及采集缺陷。",
           "home 008 is vacant, home 024 has a stuck register from 1 February, shop 004 was commissioned on 24 January, "
           "shop 012 grew by 1.7 on 26 January, home 042 and factory 006 miss whole days, office 003 changed its "
           "tenant on 1 February, a building site and a leased-line user have no data at all.")


SCENES = [charging_station_farm, rented_factory_farm, homes_with_rigs, valley_tariff_miner, feeder_bypass,
          compromised_hosts, lawful_twins, ordinary_customers]


def config(inputs):
    out = ["version: 1", 'province: "330000"', "store: .demo/store", "publish: .demo/site", "demo: true",
           "prior: 0.02", "units: register/units.csv", "register:", "  sites: register/sites.csv",
           "  links: register/links.csv", "inputs:"]
    for kind in ("meters", "feeders", "captures"):
        out.append(f"  {kind}:")
        for path, unit in inputs[kind]:
            out.append(f"    - path: {path}")
            if unit:
                out += [f"      unit: {unit}", "      interval_minutes: 15", '      timezone: "+08:00"']
            elif kind == "feeders":
                out += ["      unit: kWh", "      interval_minutes: 15", '      timezone: "+08:00"']
    return ("\n".join(out) + "\n").encode()


def overview(province):
    r = province.register
    captures = sum("/captures/" in path for path in province.files)
    rows = "\n".join(f"| [{name}]({name}/) | {text} |" for name, text in province.notes)
    return f"""# Samples: an invented province

Everything here is fictional and made by `generate.py` (seed `{SEED}`, Python 3.11, standard library): names, streets,
administrative codes below 330000, wallets, pools (`*.example`), addresses (private and documentation ranges) and all
readings. 这里的一切均为虚构，由 `generate.py` 按固定种子生成。

{len(r.sites)} sites, {province.meters} meters, {province.readings} quarter-hour readings of 60 days (2026-01-01 to
2026-03-01, Beijing time), {captures} captures.

| scene | what it shows |
|---|---|
{rows}

- `countermine.yaml` is the configuration of the demo scan; paths are relative to this folder.
- `register/` holds the units, the sites and the dated links between a site and its meters, feeders, lines and addresses.
- `<scene>/expected.json` says what ought to be found, `<scene>/README.md` why.
- Meter files: most are wide by day (P1…P96, kW; P1 covers 00:00 to 00:15; blanks are readings never collected);
  `cold-store` is in GB18030, `valley-tariff-miner` is long CSV in kWh, `greenhouse` is wide by time.
- Work in the captures closes: gaps between shares follow difficulty and hash rate. No sample can hold the work of a real
  machine, so the hashes of its shares do not meet their target when recomputed; those of the worker `lottery`
  (homes-with-rigs) were truly mined and do.

`python3 Samples/generate.py` makes everything again, `--check` compares instead of writing.
""".encode()


def build():
    """All sample files: `{path below Samples: bytes}`, and the figures of the run."""
    province = Province()
    for make in SCENES:
        make(province)
    province.files.update(province.register.files())
    province.files["countermine.yaml"] = config(province.inputs)
    province.files["README.md"] = overview(province)
    return province
