"""Hosts (real meters as hourly grids) and physically grounded injections. Everything follows from one seed.

A window is a dict: x (D,24) kW with NaN gaps, wd (D,) weekday 0=Mon, host, category, label, scenario, confounder,
onset_hour (index from the window's start, -1 none), kw_on (recorded mean kW when on), blend (recorded mean after onset
over the host's mean), flat (host is naturally flat).
"""
import csv, gzip, math
import numpy as np


# ---------------------------------------------------------------- hosts


def grid(stamps, values, per_hour_mean=True):
    """Hourly means on local days from numpy datetime64[m] stamps and kW values."""
    day0 = stamps.min().astype("datetime64[D]")
    hour = ((stamps - day0.astype("datetime64[m]")) // np.timedelta64(60, "m")).astype(np.int64)
    ndays = int(hour.max() // 24) + 1
    s = np.zeros(ndays * 24)
    c = np.zeros(ndays * 24)
    ok = np.isfinite(values) & (np.abs(values) < 1e7)
    np.add.at(s, hour[ok], values[ok])
    np.add.at(c, hour[ok], 1)
    x = np.full(ndays * 24, np.nan)
    x[c > 0] = s[c > 0] / c[c > 0]
    weekday = (day0.astype(np.int64) + 3 + np.arange(ndays)) % 7  # 1970-01-01 was a Thursday; 0 = Monday
    return x.reshape(ndays, 24), weekday, day0


def load_hosts(corpus):
    """All meters of the visible corpus that are customers: not PV, net, or a transformer winding."""
    meta = {r["meter_id"]: r for r in csv.DictReader(open(f"{corpus}/meter/meters.csv"))}
    skip = {"rsf_pv", "rsf_building_net", "ett1_HUFL", "ett1_MUFL", "ett1_LUFL"}
    hosts = {}
    for file in sorted({r["file"] for r in meta.values()}):
        with gzip.open(f"{corpus}/meter/{file}", "rt") as f:
            head = f.readline().strip().split(",")
            rows = [line.rstrip("\n").split(",") for line in f]
        stamps = np.array([r[0] for r in rows], dtype="datetime64[m]")
        for column, name in enumerate(head):
            if name not in meta or name in skip:
                continue
            interval = int(meta[name]["interval_min"])
            v = np.array([float(r[column]) if r[column] else np.nan for r in rows])
            if "per interval" in meta[name]["unit"]:
                v = v * 60.0 / interval
            x, wd, _ = grid(stamps, v)
            have = np.where(np.isfinite(x).any(1))[0]
            x, wd = x[have[0]:have[-1] + 1], wd[have[0]:have[-1] + 1]
            hosts[name] = dict(x=x, wd=wd, category=meta[name]["category"], flat=meta[name]["natural_flat"] == "1",
                               quantum=quantum(v) * (60.0 / interval if "per" not in meta[name]["unit"] else 1.0))
    return hosts


def quantum(v):
    """The meter's own resolution: the largest power-of-ten or common step that all values are multiples of."""
    v = np.abs(v[np.isfinite(v)])
    v = v[v > 0][:4000]
    if len(v) == 0:
        return 1e-4
    for q in (10.0, 5.0, 2.0, 1.0, 0.5, 0.25, 0.2, 0.1, 0.05, 0.025, 0.01, 0.005, 0.001):
        if np.mean(np.abs(v / q - np.round(v / q)) < 1e-3) > 0.99:
            return q
    return 1e-4


def load_eval(corpus):
    labels = {r["site_id"]: r for r in csv.DictReader(open(f"{corpus}/meter_eval/labels.csv"))}
    sites = {r["site_id"]: r for r in csv.DictReader(open(f"{corpus}/meter_eval/sites.csv"))}
    raw = {s: ([], []) for s in sites}
    with gzip.open(f"{corpus}/meter_eval/readings.csv.gz", "rt") as f:
        f.readline()
        for line in f:
            s, t, v = line.rstrip("\n").split(",")
            if v:
                raw[s][0].append(t)
                raw[s][1].append(v)
    out = []
    for s in sorted(sites):
        r = labels[s]
        interval = int(sites[s]["interval_min"])
        x, wd, day0 = grid(np.array(raw[s][0], dtype="datetime64[m]"), np.array(raw[s][1], dtype=float) * 60 / interval)
        rec = float(r["recorded_fraction"])
        onset = -1
        if r["onset"]:
            onset = int((np.datetime64(r["onset"], "m") - day0.astype("datetime64[m]")) // np.timedelta64(60, "m"))
        kw = float(r["mean_kw_when_on"] or 0) * (rec if r["scenario"] != "shunt" else 1)
        out.append(dict(id=s, x=x, wd=wd, host=r["base_meter"], category=sites[s]["category"],
                        **{"class": sites[s]["category"]}, label=int(r["label"]),
                        scenario=r["scenario"], confounder=int(r["confounder"]), onset_hour=onset, kw_on=kw,
                        blend=float(r["blend_ratio"] or 0) * rec, recorded=rec, flat=r["natural_flat"] == "1"))
    return out


# ---------------------------------------------------------------- one machine park

UNITS = [0.85, 1.32, 2.52, 3.0, 3.25, 3.36, 3.42, 3.5, 5.6]  # ASIC, kW at the wall


def unit_power(rng, target):
    """A unit that suits the size of the park; GPU rigs 0.9-2.1 kW, CPU nodes 0.15-0.6 kW for small ones."""
    kind = rng.random()
    if kind < 0.62:
        choice = [u for u in UNITS if u <= max(0.85, 1.6 * target)]
        u = choice[rng.integers(len(choice))]
    elif kind < 0.92 or target > 40:
        u = rng.uniform(0.9, 2.1)
    else:
        u = rng.uniform(0.15, 0.6)
    return min(u, max(0.15, 1.6 * target)) if target < 0.8 else u


def weather(rng, hours, start):
    """A made temperature, degrees C: season, fronts of some days, and the day."""
    t = np.arange(hours)
    day = start + t / 24.0
    season = 12 - rng.uniform(5, 13) * np.cos(2 * math.pi * (day - 20) / 365)
    n = hours // 24 + 3
    front = np.zeros(n)
    for i in range(1, n):
        front[i] = 0.75 * front[i - 1] + rng.normal(0, 2.2)
    front = np.interp(t / 24.0, np.arange(n), front)
    return season + front + rng.uniform(3, 7) * np.cos(2 * math.pi * ((t % 24) - 15) / 24)


def availability(rng, hours, n, mtbf_days, repair_hours):
    """Share of n machines running each hour: they fail one at a time and come back one at a time."""
    down = np.zeros(hours + 1)
    failures = min(20000, rng.poisson(n * hours / 24.0 / mtbf_days))
    at = rng.integers(0, hours, failures)
    back = np.minimum(hours, at + np.maximum(1, rng.exponential(repair_hours, failures)).astype(int))
    np.add.at(down, at, 1)
    np.add.at(down, back, -1)
    return np.clip(1 - np.cumsum(down)[:hours] / n, 0, 1)


def park(rng, hours, target, temp, cooling=None, shaky=False):
    """kW of a park that runs all the time, its rated kW and its unit."""
    unit = unit_power(rng, target)
    n = max(1, int(round(target / unit)))
    spread = float(np.clip(rng.normal(1, 0.04 / math.sqrt(n) + 0.025), 0.9, 1.1))
    mtbf = rng.uniform(4, 20) if shaky else math.exp(rng.uniform(math.log(25), math.log(400)))
    share = availability(rng, hours, n, mtbf, rng.uniform(2, 60) if shaky else rng.uniform(1, 30))
    hot = (temp - temp.mean()) / 10.0
    p = unit * spread * n * share * (1 + rng.uniform(0.0, 0.02) * hot) * (1 + rng.uniform(0.0, 0.05))
    p = p * (1 + rng.normal(0, rng.uniform(0.001, 0.012), hours))
    if cooling is not None:
        p = p * (1 + cooling * np.clip((temp - rng.uniform(5, 16)) / 18.0, 0.02, 1.3))
    for _ in range(rng.poisson(hours / 24.0 / rng.uniform(30, 200))):  # pool, internet or supply outages
        a = rng.integers(0, hours)
        p[a:a + int(1 + rng.exponential(5))] *= rng.uniform(0.0, 0.1)
    return p, unit * n, unit, n


VALLEYS = [((22, 6),), ((23, 7),), ((0, 8),), ((21, 7),), ((22, 8),), ((0, 6),), ((0, 7),), ((23, 6),), ((20, 6),),
           ((19, 7),), ((0, 8), (12, 14)), ((0, 6), (11, 14)), ((11, 15),), ((10, 15),), ((1, 5),), ((18, 8),)]
PEAKS = [((17, 21),), ((18, 22),), ((8, 11), (18, 21)), ((10, 15), (18, 21)), ((14, 19),), ((9, 12), (17, 22)),
         ((16, 20),), ((8, 12), (14, 17)), ((7, 10), (17, 20)), ((12, 18),), ((18, 20),), ((8, 22),)]


def calendar(spans, hours, wd, weekends):
    """1 in the spans of the day; weekends: None alike, 1 always on, 0 always off."""
    mask = np.zeros(24)
    for a, b in spans:
        for h in range(a, b if b > a else b + 24):
            mask[h % 24] = 1
    m = np.tile(mask, hours // 24)
    if weekends is not None:
        m = m.reshape(-1, 24)
        m[wd >= 5] = weekends
        m = m.ravel()
    return m


def loguniform(rng, a, b):
    return math.exp(rng.uniform(math.log(a), math.log(b)))


SCENARIOS = ["dedicated", "blend", "blend_small", "slow_growth", "valley_only", "peak_curtail", "duty_cycle",
             "mimic_shape", "gpu_with_ac", "unstable", "seasonal", "prior_onset", "partial_bypass", "shunt"]
RATIO = dict(dedicated=(1.5, 12), blend=(0.12, 2.5), blend_small=(0.04, 0.25), slow_growth=(0.1, 2),
             valley_only=(0.06, 4), peak_curtail=(0.08, 2.5), duty_cycle=(0.1, 2.5), mimic_shape=(0.08, 1.5),
             gpu_with_ac=(0.1, 2.5), unstable=(0.1, 2.5), seasonal=(0.08, 2.5), prior_onset=(0.15, 8),
             partial_bypass=(0.2, 3), shunt=(0.2, 3))


def mining(rng, w, scenario):
    """Adds mining to the window w (in place); returns its truth."""
    D = len(w["wd"])
    H = 24 * D
    x = w["x"].ravel()
    base = float(np.nanmean(np.abs(x)))
    lo, hi = RATIO[scenario]
    target = max(0.15, loguniform(rng, lo, hi) * base)
    temp = weather(rng, H, rng.integers(365))
    if scenario == "gpu_with_ac":
        cooling = rng.uniform(0.1, 0.45)
    else:
        cooling = rng.uniform(0, 0.07) if rng.random() < 0.3 else None
    p, rated, unit, n = park(rng, H, target, temp, cooling, scenario == "unstable")
    place = rng.uniform(0.2, 0.8) if rng.random() < 0.8 else rng.uniform(0.05, 0.95)
    onset = int(place * H) + rng.integers(-12, 12)
    if scenario == "prior_onset" or rng.random() < 0.02:
        onset = -1 if scenario == "prior_onset" else 0
    onset = max(0, onset)
    on = np.zeros(H)
    on[onset:] = 1
    if onset > 0:
        on[onset] = rng.random()

    def valley():
        spans = VALLEYS[rng.integers(len(VALLEYS))]
        return calendar(spans, H, w["wd"], None if rng.random() < 0.75 else float(rng.random() < 0.6))

    def curtail():
        spans = PEAKS[rng.integers(len(PEAKS))]
        off = calendar(spans, H, w["wd"], None if rng.random() < 0.6 else 0.0)
        return 1 - off * rng.uniform(0.7, 1.0)

    def duty():
        up, down = loguniform(rng, 3, 60), loguniform(rng, 2, 30)
        m = np.ones(H)
        t, state = 0, rng.random() < 0.6
        while t < H:
            n_ = max(1, int(rng.exponential(up if state else down)))
            if not state:
                m[t:t + n_] = 0
            t += n_
            state = not state
        return 1 - (1 - m) * rng.uniform(0.5, 1.0)

    def growth():
        span = int(24 * loguniform(rng, 8, 80))
        if rng.random() < 0.5:      # evenly, one machine or lot at a time
            steps = min(n, int(rng.integers(3, 40)))
            k = np.floor((np.arange(H) - onset) / span * steps) + 1
            return np.clip(k / steps, 0, 1)
        steps = min(n, int(rng.integers(2, 12)))
        at = np.sort(rng.uniform(0, 1, steps)) * span + onset
        at[0] = onset
        return np.clip(np.searchsorted(at, np.arange(H), side="right") / steps, 0, 1)

    def host_shape():
        profile = np.nanmedian(w["x"], 0)
        profile = np.where(np.isfinite(profile), profile, np.nanmedian(profile))
        z = (profile - profile.min()) / max(1e-9, profile.max() - profile.min())
        live = (x - np.nanmin(x)) / max(1e-9, np.nanpercentile(x, 99) - np.nanmin(x))
        live = np.clip(np.where(np.isfinite(live), live, 0.5), 0, 1)
        z = live if rng.random() < 0.5 else np.tile(z, D)
        low = rng.uniform(0.1, 0.7)
        m = low + (1 - low) * z
        return np.ceil(m * n) / n if rng.random() < 0.6 else m

    def outages():
        m = np.ones(H)
        for _ in range(rng.integers(2, 16)):
            a = rng.integers(0, H)
            left = rng.choice([0.0, 0.03, 0.08, rng.uniform(0.2, 0.9)])
            m[a:a + int(1 + rng.exponential(rng.uniform(4, 50)))] *= left
        return m

    shapes = dict(valley_only=valley, peak_curtail=curtail, duty_cycle=duty, slow_growth=growth, mimic_shape=host_shape,
                  unstable=outages)
    factor = shapes[scenario]() if scenario in shapes else np.ones(H)
    if rng.random() < 0.1:  # two ways at once
        factor = factor * [curtail, duty, growth, outages, valley][rng.integers(5)]()
    end = H
    if scenario == "seasonal" or (scenario not in ("prior_onset",) and rng.random() < 0.05):
        end = min(H, onset + int(24 * loguniform(rng, 12, 80)))
        if rng.random() < 0.8:
            on[end:] = 0
        else:                      # lot by lot
            on[end:] = np.clip(1 - np.arange(H - end) / (24 * rng.uniform(3, 14)), 0, 1)
        if rng.random() < 0.15:    # and back
            back = end + int(24 * rng.uniform(10, 40))
            if back < H:
                on[back:] = 1
    m = p * on * factor
    recorded = 1.0
    if scenario == "partial_bypass":
        recorded = float(rng.choice([1 / 3, 2 / 3, 0.5, rng.uniform(0.25, 0.75)]))
        y = x + m * recorded
    elif scenario == "shunt":
        recorded = rng.uniform(0.35, 0.8)
        y = np.where(on > 0, (x + m) * (1 - (1 - recorded) * np.minimum(on, 1)), x)
    else:
        y = x + m
    w["x"] = requantise(y, w["quantum"]).reshape(D, 24)
    running = m[m > 0.02 * rated]
    w.update(label=1, scenario=scenario, confounder=0, onset_hour=onset, recorded=recorded,
             kw_on=float(running.mean()) * (recorded if scenario != "shunt" else 1) if len(running) else 0.0,
             blend=float(m[onset:].mean() / max(base, 1e-9)) * recorded)
    return w


# ---------------------------------------------------------------- lawful loads

CONFOUNDERS = ["ev", "heatpump", "coldstore", "telecom", "streetlight", "server_room", "tenant", "commissioning",
               "vacancy", "hvac", "levelshift", "ct_change", "grow_lamps", "pumping", "outage_return", "baseload_motor"]
CONFOUNDER_WEIGHT = [1.2, 1.2, 1.2, 0.9, 1, 0.45, 1.5, 1.5, 1, 1.2, 1, 0.4, 0.5, 0.7, 0.7, 0.3]


def lawful(rng, w, kind, others):
    D = len(w["wd"])
    H = 24 * D
    x = w["x"].ravel().copy()
    base = float(np.nanmean(np.abs(x)))
    t = np.arange(H)
    hour = t % 24
    start = rng.integers(365)
    temp = weather(rng, H, start)
    onset = int(rng.uniform(0.08, 0.9) * H)
    on = (t >= onset).astype(float)
    size = loguniform(rng, 0.05, 1.2) * base
    weekend = np.repeat(w["wd"] >= 5, 24)
    y = x
    if kind == "ev":
        first = rng.choice([17, 18, 20, 22, 23, 0])
        e = np.zeros(H)
        for d in range(D):
            if (w["wd"][d] >= 5 and rng.random() < 0.6):
                continue
            load = rng.uniform(0.3, 1.0)
            length = 2 + 9 * load
            k = np.arange(16)
            shape = np.clip(np.minimum((length - k) / 3, 1), 0, 1) * np.clip(k / 1.5 + 0.4, 0, 1)
            a = d * 24 + first + int(rng.integers(-1, 2))
            for i, v in enumerate(shape):
                if 0 <= a + i < H:
                    e[a + i] += v * rng.uniform(0.85, 1.15)
        y = x + size * 1.5 * e * on
    elif kind == "heatpump":
        if rng.random() < 0.6:
            e = np.clip((rng.uniform(12, 18) - temp) / 15, 0, 1.3)
        else:
            e = np.clip((temp - rng.uniform(16, 22)) / 10, 0, 1.3)
        y = x + size * e * (1 + rng.normal(0, 0.1, H)) * on
    elif kind == "coldstore":
        cycle = 0.55 + 0.012 * (temp - 10) + 0.12 * np.sin(2 * math.pi * t / rng.uniform(1.7, 3.9) + rng.uniform(0, 6))
        every = int(rng.choice([6, 8, 12]))
        defrost = ((hour + rng.integers(0, 6)) % every == 0) * rng.uniform(-0.2, 0.35)
        door = np.where((hour >= 6) & (hour <= 20) & ~weekend, rng.uniform(0, 0.2), 0)
        y = x + size * np.clip(cycle + defrost + door + rng.normal(0, 0.06, H), 0, 1.3) * on
    elif kind == "telecom":
        e = 0.85 + rng.uniform(0.06, 0.14) * np.cos(2 * math.pi * (hour - rng.uniform(18, 22)) / 24)
        e = e + 0.004 * np.clip(temp - 18, 0, 20)
        y = x + size * (e + rng.normal(0, 0.008, H)) * on
    elif kind == "streetlight":
        day = start + t / 24.0
        half = 6 + rng.uniform(1, 2.5) * np.cos(2 * math.pi * (day - 355) / 365)  # half a night, h
        centre = (hour + 0.5 + 12) % 24 - 12
        e = np.clip(half - np.abs(centre) + 0.5, 0, 1)
        if rng.random() < 0.3:
            e = e * np.where((hour >= 0) & (hour < 5), 0.5, 1)
        y = x + size * e * on
    elif kind == "server_room":
        e = 0.97 + 0.02 * np.cos(2 * math.pi * (hour - 15) / 24) + 0.004 * np.clip(temp - 15, 0, 20)
        ramp = np.clip((t - onset) / (24 * rng.uniform(0.02, 60)), 0.3, 1)
        y = x + size * (e + rng.normal(0, 0.006, H)) * ramp * on
    elif kind == "tenant":                       # part of another real customer moves in
        o = others()
        z = o["x"].ravel()[:H] / max(1e-9, np.nanmean(np.abs(o["x"])))
        z = np.where(np.isfinite(z), z, 0)
        y = x + size * 1.3 * z * on * np.clip((t - onset) / (24 * rng.uniform(0.04, 30)), 0.2, 1)
    elif kind == "commissioning":                # nearly empty, then the building comes into use
        onset = int(rng.uniform(0.08, 0.6) * H)
        before = loguniform(rng, 0.003, 0.3)
        mid = np.clip((t - onset) / (24 * rng.uniform(0.05, 40)), 0, 1)
        flatpart = rng.uniform(0, 1)
        low = before * (flatpart * np.nanpercentile(x, 10) + (1 - flatpart) * x)
        y = low + (x - low) * np.where(t < onset, 0, np.maximum(0.25, mid))
    elif kind == "vacancy":                      # a stretch of emptiness inside the window, use before and after
        a = onset
        b = min(H, a + int(24 * rng.uniform(10, 60)))
        y = x.copy()
        y[a:b] = loguniform(rng, 0.005, 0.4) * np.nanpercentile(x, 10) + 0.05 * x[a:b]
    elif kind == "hvac":                         # day-time plant changed: schedule and slope
        a, b = rng.integers(4, 9), rng.integers(16, 23)
        inside = (hour >= a) & (hour < b) & (~weekend | (rng.random() < 0.4))
        y = x + size * on * inside * np.clip(0.5 + 0.04 * (temp - 15) * rng.choice([-1, 1]), 0.05, 1.5)
    elif kind == "levelshift":                   # the whole load grows or shrinks: business
        f = loguniform(rng, 1.05, 1.6) ** rng.choice([1, 1, -1])
        ramp = np.clip((t - onset) / (24 * rng.uniform(0.04, 30)), 0, 1)
        y = x * (1 + (f - 1) * ramp * on)
    elif kind == "ct_change":
        y = x * np.where(on > 0, rng.choice([0.5, 2.0, 1.25, 0.8, 1.5]), 1)
    elif kind == "grow_lamps":                   # a greenhouse: 12-18 h photoperiod
        a, n = rng.integers(0, 24), rng.integers(12, 19)
        y = x + size * (((hour - a) % 24) < n) * on * (1 + rng.normal(0, 0.004, H))
    elif kind == "pumping":
        level, e = 0.5, np.zeros(H)
        run = False
        use = 0.04 + 0.03 * np.clip(np.cos(2 * math.pi * (hour - 13) / 24), -0.6, 1)
        for i in range(H):
            run = (level < 0.35) or (run and level < 0.9)
            level += (0.12 if run else 0) - use[i] * rng.uniform(0.5, 1.5)
            e[i] = float(run)
        y = x + size * e * on
    elif kind == "outage_return":                # plant stops some weeks and returns
        b = onset + int(24 * rng.uniform(5, 45))
        k = rng.uniform(0.3, 0.9)
        y = x.copy()
        y[onset:b] = x[onset:b] * k - (0.0 if rng.random() < 0.5 else rng.uniform(0, 0.3)) * np.nanpercentile(x, 5) * k
    elif kind == "baseload_motor":               # a lawful constant process with weekly maintenance stop
        stop = (np.repeat(w["wd"], 24) == rng.integers(7)) & (hour >= 8) & (hour < 8 + rng.integers(4, 9))
        y = x + size * on * np.where(stop, 0.1, 1) * (1 + rng.normal(0, 0.02, H))
    w["x"] = requantise(y, w["quantum"]).reshape(D, 24)
    w.update(label=0, scenario="neg_" + kind, confounder=1, onset_hour=onset, kw_on=0.0, blend=0.0)
    return w


def requantise(y, q):
    """Rounded to the host meter's own resolution; never more than 4 decimals."""
    return np.round(np.round(y / q) * q, 4)


# ---------------------------------------------------------------- windows


def window(rng, hosts, name, days=150, reverse=False):
    """A random window of a host. reverse: days in the opposite order (a lawful year run backwards: other steps)."""
    h = hosts[name]
    n = len(h["wd"])
    for _ in range(20):
        a = int(rng.integers(0, max(1, n - days + 1)))
        x = h["x"][a:a + days].copy()
        wd = h["wd"][a:a + days].copy()
        if np.isfinite(x).mean() > 0.6:
            break
    if reverse:
        x = x[::-1].copy()
        wd = (11 - wd[::-1]) % 7          # Sun..Mon -> Sat, Sun, Mon ...: weekends stay weekends
        # old Sun(6)->5, Sat(5)->6, Fri(4)->0, Thu(3)->1 ... Mon(0)->4
    return dict(x=x, wd=wd, host=name, category=h["category"], label=0, scenario="negative", confounder=0,
                onset_hour=-1, kw_on=0.0, blend=0.0, recorded=1.0, flat=h["flat"], quantum=h["quantum"])


def gaps(rng, w):
    """Lost readings, as exports have them."""
    if rng.random() < 0.25:
        x = w["x"].ravel()
        for _ in range(rng.integers(1, 6)):
            a = rng.integers(0, len(x))
            x[a:a + int(1 + rng.exponential(12))] = np.nan
        w["x"] = x.reshape(-1, 24)
    return w


OWN_CLASS = dict(telecom="telecom", coldstore="cold-store", streetlight="street-lighting", ev="ev-charging",
                 server_room="data centre", grow_lamps="greenhouse", baseload_motor="large-industrial",
                 pumping="agriculture")
FLAT_CLASSES = ["telecom", "cold-store", "data centre", "base-station", "large-industrial", "greenhouse",
                "street-lighting"]


def register(rng, w):
    """The class in the customer register: hidden in a third of the windows; a lawful load is registered as what it is
    in half of them; 10 % of all others are registered in a class that is often flat, miners no more than honest
    ones."""
    name = w["category"]
    kind = w["scenario"][4:] if w["confounder"] else ""
    if kind in OWN_CLASS:
        if rng.random() < 0.5:
            name = OWN_CLASS[kind]
    elif rng.random() < 0.1:
        name = FLAT_CLASSES[rng.integers(len(FLAT_CLASSES))]
    w["class"] = "" if rng.random() < 1 / 3 else name
    return w


def make(seed, hosts, n_negative, n_positive, n_lawful, days=150):
    """The training set. One generator a sample, so that a part can be made again alone."""
    names = sorted(hosts)
    out = []
    weights = np.array(CONFOUNDER_WEIGHT) / sum(CONFOUNDER_WEIGHT)
    for i in range(n_negative + n_positive + n_lawful):
        rng = np.random.default_rng([seed, i])
        name = names[i % len(names)]
        length = days if rng.random() < 0.6 else int(rng.integers(110, 200))
        w = window(rng, hosts, name, length, reverse=rng.random() < 0.35)
        if i >= n_negative + n_positive:
            kind = CONFOUNDERS[rng.choice(len(CONFOUNDERS), p=weights)]
            w = lawful(rng, w, kind, lambda: window(rng, hosts, names[rng.integers(len(names))], length))
        elif i >= n_negative:
            w = mining(rng, w, SCENARIOS[(i // len(names)) % len(SCENARIOS)])
        w["x"] = requantise(w["x"], w["quantum"])
        out.append(register(rng, gaps(rng, w)))
    return out
