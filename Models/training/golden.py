"""Golden values: series made by an integer formula (GOLDEN.md), their features, score, probabilities, kW and onset.

usage: golden.py MODEL.json PARAMETERS.json OUT.csv
PARAMETERS: the load model's class rows, for the class inputs.
"""
import json
import math
import sys
import numpy as np
import features

MASK = (1 << 64) - 1
PROFILE = [420, 400, 390, 385, 390, 430, 520, 680, 850, 960, 1000, 990, 940, 950, 970, 965, 930, 880, 800, 720, 640,
           560, 500, 450]
FIELDS = ["series", "kind", "class", "days", "weekday", "level", "weekend", "noise", "drift", "before", "from", "to",
          "add", "start", "length", "on", "off", "span", "keep", "quantum", "zero", "sign", "gap_from", "gap_to",
          "lost"]
USUAL = [150, 0, 60000, 700, 800, 0, 1000, 9999, 9999, 0, 0, 24, 0, 0, 0, 1000, 1, 0, 1, 0, 0, 0]
DEFAULT = dict(zip(FIELDS[3:], USUAL))
DEFAULT["class"] = ""
SERIES = [
    dict(kind="flat step", **{"from": 1830}, add=25000),
    dict(kind="noise alone", noise=9000),
    dict(kind="constant", level=0, drift=0, noise=0, add=12000, **{"from": 0}),
    dict(kind="step with gaps", **{"from": 1500}, add=30000, gap_from=1900, gap_to=2110, lost=60,
         **{"class": "office"}),
    dict(kind="many zeros", zero=300, noise=3000),
    dict(kind="short, 20 days", days=20, **{"from": 250}, add=20000),
    dict(kind="long, 200 days", days=200, weekday=3, drift=90, **{"from": 3001}, add=15000, **{"class": "education"}),
    dict(kind="negative", sign=-1, noise=2000),
    dict(kind="commissioning", before=30, **{"from": 1700}, **{"class": "retail"}),
    dict(kind="valley only", **{"from": 1622}, add=40000, start=22, length=8),
    dict(kind="duty cycle", **{"from": 1400}, add=35000, on=19, off=8),
    dict(kind="slow growth", **{"from": 1000}, add=45000, span=1100, weekday=5),
    dict(kind="shunt", **{"from": 1900}, add=30000, keep=550),
    dict(kind="leaves again", **{"from": 1200}, to=2300, add=28000, **{"class": "unheard of"}),
    dict(kind="there from the first hour", **{"from": 0}, add=180000, noise=1500, **{"class": "telecom"}),
    dict(kind="off in peak hours", **{"from": 2005}, add=33000, start=21, length=20, weekday=2),
    dict(kind="coarse meter", quantum=5000, **{"from": 1750}, add=22000, **{"class": "data centre"}),
    dict(kind="level falls", keep=700, **{"from": 2100}, noise=1500),
    dict(kind="tiny home", level=900, noise=250, zero=20, **{"from": 1333}, add=1320, weekend=1150,
         **{"class": "residential"}),
    dict(kind="too short, 13 days", days=13),
]


def table():
    rows = []
    for i, s in enumerate(SERIES):
        row = dict(DEFAULT, series=i, **{k: v for k, v in s.items()})
        rows.append({k: row[k] for k in FIELDS})
    return rows


def splitmix(state):
    """One draw: the new state and the value, both 64 bits."""
    state = (state + 0x9E3779B97F4A7C15) & MASK
    z = state
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return state, z ^ (z >> 31)


def series(p):
    """x (days, 24) kW with NaN where missing, and the weekday (0 = Monday) of each day."""
    state = 1000 + p["series"]
    x = np.full(p["days"] * 24, np.nan)
    for t in range(p["days"] * 24):
        a = 0
        for _ in range(4):
            state, v = splitmix(state)
            a += v % 1001
        state, v = splitmix(state)
        u = v % 1000
        d, h = divmod(t, 24)
        w = p["level"] * PROFILE[h] // 1000
        if (p["weekday"] + d) % 7 >= 5:
            w = w * p["weekend"] // 1000
        w += p["drift"] * d
        noise = p["noise"]
        after = t >= p["from"]
        if not after:
            w = w * p["before"] // 1000
            noise = noise * p["before"] // 1000
        running = after and t < p["to"] and (h + 24 - p["start"]) % 24 < p["length"]
        if running and p["on"] > 0:
            running = (t - p["from"]) % (p["on"] + p["off"]) < p["on"]
        if running:
            w += p["add"] * min(p["span"], t - p["from"]) // p["span"] if p["span"] > 0 else p["add"]
        if after:
            w = w * p["keep"] // 1000
        w += noise * a // 1000 - 2 * noise
        if p["quantum"] > 1:                       # toward zero
            w = abs(w) // p["quantum"] * p["quantum"] * (1 if w >= 0 else -1)
        if u < p["zero"]:
            w = 0
        if not (p["gap_from"] <= t < p["gap_to"]) and not u >= 1000 - p["lost"]:
            x[t] = p["sign"] * w / 1000
    wd = (p["weekday"] + np.arange(p["days"])) % 7
    return x.reshape(-1, 24), wd.astype(np.int64)


def class_inputs(flatness, name, rows):
    """(often flat: 1, 0 or NaN, place of the flatness in the class: 0...1 or NaN); an unknown class has the row '*'."""
    row = rows.get(name)
    often = math.nan if row is None or name in ("", "*") else float(row["oftenFlat"])
    return often, features.class_place(flatness, row or rows["*"])


def walk(trees, row):
    s = 0.0
    for t in trees:
        i = 0
        while t["feature"][i] >= 0:
            v = row[t["feature"][i]]
            left = t["missing"][i] == 1 if math.isnan(v) else v <= t["threshold"][i]
            i = t["left"][i] if left else t["right"][i]
        s += t["value"][i]
    return s


def probability(s, model, prior):
    c = model["calibration"]
    llr = min(c["most"], max(c["least"], c["slope"] * s + c["offset"]))
    return 1 / (1 + math.exp(-(llr + math.log(prior / (1 - prior)))))


def main():
    model = json.load(open(sys.argv[1]))
    rows = {r["id"]: r for r in json.load(open(sys.argv[2]))["classes"]}
    names = model["features"]
    q, floor = model["kilowatts"]["quantile"], model["kilowatts"]["scale_floor"]
    with open(sys.argv[3], "w") as g:
        g.write(",".join(FIELDS + names + ["score", "p05", "p01", "kw", "kw_low", "kw_high", "onset_hour"]) + "\n")
        for p in table():
            x, wd = series(p)
            F, E = features.compute(x, wd)
            value = dict(zip(features.NAMES, F))
            value["class_often_flat"], value["class_place"] = class_inputs(value["flatness"], p["class"], rows)
            row = [float(value[n]) for n in names]
            if math.isnan(value["log_mean"]):       # no features, no score
                out = [math.nan] * 7
            else:
                s = walk(model["trees"], row)
                kw = E[4] if not math.isnan(E[4]) and E[3] < 0.75 else E[1]
                scale = floor + E[2] / max(abs(kw), 1e-6)
                out = [s, probability(s, model, 0.05), probability(s, model, 0.01), kw,
                       kw * math.exp(-q * scale), kw * math.exp(q * scale), E[0]]
            cells = [str(p[f]) for f in FIELDS] + ["" if math.isnan(v) else "%.17g" % v for v in row + out]
            g.write(",".join(c.replace(", ", " ") for c in cells) + "\n")


if __name__ == "__main__":
    main()
