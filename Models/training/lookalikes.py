"""Trains Models/lookalikes: which lawful class of customer a window's stored features fit, and how well against mining.

usage: lookalikes.py OUT [--seed N] [--windows N]
No meter is read: every window is made from physical rules (below; ranges and their origin: Models/lookalikes/*/card.md).
Two readings: `standing`, the meter is wholly of the class; `added`, the class's load joins an ordinary customer's meter.
OUT gets model.json, figures.json, golden.csv.
"""
import csv
import json
import math
import os
import sys

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"      # sums in one order: the same bytes again

import numpy as np
from numba import njit
from scipy.optimize import minimize
import catalogue
from inject import PEAKS, VALLEYS, calendar, loguniform, park, requantise, weather

CLASSES = ["data-centre", "telecom", "cold-store", "laboratory", "hospital", "pumping", "street-lighting",
           "greenhouse-lighting", "continuous-process", "ev-depot", "swap-station", "heat-pump", "vacant",
           "commissioning"]
MINING = "mining"
STANDING = catalogue.NAMES[:catalogue.LEVEL] + ["relative-rise", "held-after", "first-week-share", "running-share"]
ADDED = ["sharpness", "hour-sharpness", "increment-flatness", "running-increment", "running-share", "profile-slope",
         "relative-rise", "held-after", "held-before", "first-week-share", "off-share", "afternoon-ratio"]
READINGS = {"standing": STANDING, "added": ADDED}
BINS = 12
RIDGE = 4e-4
HIDDEN = 0.25       # share of features hidden in a second copy of each window: what is not known must not mislead
PURE = 0.01         # outer share of a class on either side of a feature, beyond which a window strays from it


# ---------------------------------------------------------------- surroundings and ordinary customers

class Scene:
    """Days, weather, daylight and calendar of one window."""

    def __init__(self, rng):
        self.rng = rng
        self.days = int(rng.integers(42, 161))
        self.hours = 24 * self.days
        self.t = np.arange(self.hours)
        self.hour = self.t % 24
        self.weekday = (rng.integers(7) + np.arange(self.days)) % 7
        self.weekend = np.repeat(self.weekday >= 5, 24)
        self.start = int(rng.integers(365))
        self.temp = weather(rng, self.hours, self.start)
        self.latitude = rng.uniform(20, 48)

    def noise(self, low, high):
        return 1 + self.rng.normal(0, self.rng.uniform(low, high), self.hours)

    def slow(self, sd, memory):
        """An hourly wander around 0 that forgets by `memory` an hour."""
        e = self.rng.normal(0, sd * math.sqrt(1 - memory * memory), self.hours)
        return wander(e, memory)

    def daily(self, low, high):
        return np.repeat(self.rng.uniform(low, high, self.days), 24)

    def wave(self, peak):
        return np.cos(2 * math.pi * (self.hour - peak) / 24)


@njit(cache=True)
def wander(e, memory):
    out = np.empty(len(e))
    value = 0.0
    for i in range(len(e)):
        value = memory * value + e[i]
        out[i] = value
    return out


SHAPES = dict(
    home=[38, 33, 30, 30, 32, 40, 60, 70, 60, 50, 48, 52, 55, 48, 45, 46, 55, 75, 95, 100, 98, 88, 68, 50],
    office=[30, 28, 28, 28, 30, 35, 50, 75, 92, 98, 100, 96, 90, 96, 98, 96, 90, 75, 58, 48, 42, 38, 34, 32],
    retail=[28, 26, 26, 26, 28, 32, 42, 58, 75, 90, 96, 98, 98, 98, 98, 98, 98, 100, 100, 96, 88, 65, 42, 32],
    shifts=[45, 42, 40, 40, 42, 55, 80, 95, 100, 100, 98, 85, 95, 100, 98, 96, 92, 90, 90, 88, 86, 80, 65, 50])


def host(s, mean):
    """An ordinary customer: a day's shape, weekends, weather, wander."""
    rng = s.rng
    kind = list(SHAPES)[rng.integers(4)]
    shape = np.array(SHAPES[kind]) / 100.0
    shape = np.clip(np.roll(shape, rng.integers(-1, 2)) + rng.uniform(-0.1, 0.4), 0.03, None)
    x = np.tile(shape, s.days)
    if kind != "home":
        x = np.where(s.weekend, np.minimum(x, np.min(shape) + rng.uniform(0.05, 0.9) * (x - np.min(shape))), x)
    hot = np.clip(s.temp - rng.uniform(18, 24), 0, None) * rng.uniform(0, 0.03)
    cold = np.clip(rng.uniform(8, 14) - s.temp, 0, None) * rng.uniform(0, 0.02)
    x = x * (1 + hot + cold) * np.exp(s.slow(rng.uniform(0.03, 0.3 if kind == "home" else 0.12), 0.5))
    x = x * s.daily(1 - rng.uniform(0, 0.12), 1.0)
    return mean * x / x.mean()


# ---------------------------------------------------------------- the lawful classes, kW of each hour

def data_centre(s):
    rng = s.rng
    it = rng.uniform(0.85, 1) * (1 + rng.uniform(0, 0.03) * s.t / 720)
    it = it + rng.uniform(0.003, 0.03) * s.wave(rng.uniform(14, 21))
    for _ in range(rng.poisson(s.days / 50)):           # racks come and go
        it = it + rng.normal(0, 0.02) * (s.t >= rng.integers(s.hours))
    share = rng.uniform(0.1, 0.45)                       # all that is not computing, at 20 degrees
    free = rng.uniform(6, 18)                            # free cooling below
    cooling = 0.45 + np.clip((s.temp - free) / 20, 0, 1.2) * rng.uniform(0.5, 1)
    it = it + share * cooling * s.noise(0.01, 0.05)
    return loguniform(rng, 20, 5000) * it * s.noise(0.002, 0.008)


def telecom(s):
    rng = s.rng
    small = rng.random() < 0.6
    size = rng.uniform(2, 6) if small else loguniform(rng, 20, 300)
    swing = rng.uniform(0.05, 0.11) if small else rng.uniform(0.02, 0.06)
    x = 1 + swing * (0.8 * s.wave(rng.uniform(18, 21)) + 0.3 * np.cos(4 * math.pi * (s.hour - 12) / 24))
    x = x + rng.uniform(0.003, 0.01) * np.clip(s.temp - rng.uniform(16, 24), 0, 20)
    return size * x * s.noise(0.006, 0.02)


def cold_store(s):
    rng = s.rng
    size = loguniform(rng, 10, 800)
    duty = rng.uniform(0.4, 0.6) + rng.uniform(0.008, 0.02) * (s.temp - 10)
    swing = rng.uniform(0.06, 0.2) if size > 150 else rng.uniform(0.12, 0.35)
    turn = 2 * math.pi * s.t / rng.uniform(1.5, 3.6) + np.cumsum(rng.normal(0, 0.25, s.hours))
    every, at = int(rng.choice([6, 8, 12])), rng.integers(12)
    defrost = ((s.hour + at) % every == 0) * rng.uniform(-0.15, 0.35)
    door = ((s.hour >= 6) & (s.hour <= 20)) * np.where(s.weekend, rng.uniform(0, 0.8), 1) * rng.uniform(0.02, 0.22)
    goods = s.daily(0, 1) * (s.daily(0, 1) < 0.25) * rng.uniform(0.05, 0.3) * (s.hour >= 8)
    x = duty + swing * np.sin(turn) + defrost + door + goods + rng.normal(0, rng.uniform(0.03, 0.08), s.hours)
    return size * np.clip(x, 0.03, 1.35)


def laboratory(s):
    rng = s.rng
    work = np.exp(-((s.hour - 13.5) / 4.2) ** 4) * np.where(s.weekend, rng.uniform(0.1, 0.5), 1)
    term = np.where(s.t > rng.uniform(-1, 2) * s.hours, 1, rng.uniform(0.8, 1))
    x = 1 + rng.uniform(0.06, 0.45) * work * term
    x = x + rng.uniform(0.004, 0.025) * np.clip(s.temp - rng.uniform(12, 20), 0, 18)
    return loguniform(rng, 20, 800) * x * np.exp(s.slow(rng.uniform(0.01, 0.04), 0.7))


def hospital(s):
    rng = s.rng
    day = np.exp(-((s.hour - 11.5) / 5.2) ** 4) + rng.uniform(0.3, 0.6) * np.exp(-((s.hour - 19) / 3.0) ** 2)
    x = 1 + rng.uniform(0.25, 0.75) * day * np.where(s.weekend, rng.uniform(0.6, 0.9), 1)
    x = x + rng.uniform(0.01, 0.035) * np.clip(s.temp - rng.uniform(17, 22), 0, 16) * (0.6 + 0.4 * day)
    x = x + rng.uniform(0, 0.012) * np.clip(10 - s.temp, 0, 20)
    return loguniform(rng, 100, 3000) * x * np.exp(s.slow(rng.uniform(0.01, 0.03), 0.6))


@njit(cache=True)
def tank(demand, pumps, flow, low, high, cheap):
    """Share of each hour that pumps run, by 5-minute steps of a tank between two marks."""
    hours = len(demand)
    out = np.zeros(hours)
    fill, run = 0.6, 0
    for h in range(hours):
        for _ in range(12):
            mark = high if cheap[h] else low + 0.6 * (high - low)
            if fill < low:
                run = pumps
            elif fill < low + 0.4 * (high - low) or (cheap[h] and fill < mark):
                run = max(run, 1)
            if fill > mark:
                run = 0
            fill = min(1.0, max(0.0, fill + (run * flow - demand[h]) / 12))
            out[h] += run / 12
    return out


def pumping(s):
    rng = s.rng
    pumps = int(rng.integers(1, 6))
    use = 1 + 0.35 * s.wave(rng.uniform(9, 20)) + 0.2 * np.cos(4 * math.pi * (s.hour - 8) / 24)
    for _ in range(rng.poisson(s.days / 8)):             # rain, or a main opened
        a = rng.integers(s.hours)
        use[a:a + int(rng.exponential(14)) + 2] *= rng.uniform(1.1, 2.2)
    use = np.clip(use * s.noise(0.02, 0.12), 0.1, 2.6) * rng.uniform(0.08, 0.3)
    cheap = calendar(VALLEYS[rng.integers(8)], s.hours, s.weekday, None) if rng.random() < 0.3 else np.ones(s.hours)
    low = rng.uniform(0.2, 0.45)
    run = tank(use, pumps, rng.uniform(1.5, 3.5) * float(use.mean()) / max(1, pumps - 1), low, low + rng.uniform(0.15, 0.5),
               cheap > 0)
    return loguniform(rng, 8, 250) * (run * s.noise(0.01, 0.03) + rng.uniform(0.01, 0.06))


def street_lighting(s):
    rng = s.rng
    day = s.start + s.t / 24.0
    tilt = np.radians(23.45 * np.sin(2 * math.pi * (284 + day) / 365))
    half = 12 - np.degrees(np.arccos(np.clip(-math.tan(math.radians(s.latitude)) * np.tan(tilt), -1, 1))) / 15
    half = half - rng.uniform(0.1, 0.5)                  # twilight
    dark = np.abs((s.hour + 0.5 + 12 - rng.uniform(-0.5, 0.7)) % 24 - 12)
    x = np.clip(half - dark + 0.5, 0, 1)
    if rng.random() < 0.45:
        x = x * np.where((s.hour >= rng.choice([22, 23, 24]) % 24) & (s.hour < 5), rng.uniform(0.4, 0.8), 1)
    return loguniform(rng, 2, 120) * (x + rng.uniform(0, 0.03)) * s.noise(0.003, 0.015)


def greenhouse(s):
    rng = s.rng
    first, length = rng.integers(24), rng.integers(12, 19)
    x = (((s.hour - first) % 24) < length).astype(float)
    if rng.random() < 0.25:                              # another stage of growth
        other = (((s.hour - first) % 24) < rng.integers(12, 19)).astype(float)
        x = np.where(s.t > rng.uniform(0.2, 0.8) * s.hours, other, x)
    if rng.random() < 0.5:                               # lamps off in bright hours
        bright = (s.hour >= 10) & (s.hour < 15) & (s.daily(0, 1) < rng.uniform(0.2, 0.8))
        x = np.where(bright, x * rng.uniform(0, 0.6), x)
    return loguniform(rng, 20, 3000) * (x + rng.uniform(0.02, 0.12)) * s.noise(0.002, 0.01)


def continuous_process(s):
    rng = s.rng
    x = np.ones(s.hours)
    t = 0
    while t < s.hours:                                   # campaigns at some throughput
        n = int(24 * rng.uniform(2, 20))
        x[t:t + n] = rng.uniform(0.82, 1)
        t += n
    t = int(rng.uniform(0, 20) * 24)
    gap = rng.uniform(7, 30)
    while t < s.hours:                                   # maintenance stops with a slow return
        n = int(rng.uniform(4, 36))
        x[t:t + n] *= rng.uniform(0.05, 0.4)
        back = np.linspace(0.4, 1, int(rng.integers(2, 10)))
        end = min(s.hours, t + n + len(back))
        x[min(s.hours, t + n):end] *= back[:max(0, end - t - n)]
        t += int(24 * gap * rng.uniform(0.7, 1.3))
    return loguniform(rng, 100, 5000) * x * np.exp(s.slow(rng.uniform(0.008, 0.035), 0.6))


def ev_depot(s):
    rng = s.rng
    cars, first = int(loguniform(rng, 4, 80)), rng.uniform(17, 24)
    power = rng.uniform(7, 40) if cars > 20 else rng.uniform(7, 90)
    x = np.zeros(s.hours + 48)
    fill = rng.uniform(1.5, 6)
    noon = rng.uniform(0, 0.5) * (rng.random() < 0.5)
    rest = rng.uniform(0.3, 1)
    for d in range(s.days):
        used = rng.uniform(0.6, 1) * (rest if s.weekday[d] >= 5 else 1)
        for _ in range(min(60, rng.poisson(cars * used))):
            begin = 24 * d + first + abs(rng.normal(0, 1.5))
            charge(x, begin, rng.uniform(0.4, 1.3) * fill, power)
            if rng.random() < noon:
                charge(x, 24 * d + rng.normal(12.5, 0.8), rng.uniform(0.3, 1), power)
    x = x[:s.hours]
    return x + max(0.3, 0.01 * x.max()) * s.noise(0.02, 0.1)


@njit(cache=True)
def charge(x, begin, hours, power):
    """Full power, then a tail over the last third."""
    step = 0.25
    for k in range(int(hours / step) + 1):
        h = int(begin + k * step)
        if 0 <= h < len(x):
            left = hours - k * step
            x[h] += power * step * min(1.0, max(0.1, left / (hours / 3)))


def swap_station(s):
    rng = s.rng
    peak = rng.uniform(3, 14)
    use = (0.15 + np.exp(-((s.hour - 8.5) / 1.8) ** 2) * rng.uniform(0.2, 0.8)
           + np.exp(-((s.hour - 13) / 2.0) ** 2) * rng.uniform(0.5, 1) + np.exp(-((s.hour - 19.5) / 2.5) ** 2))
    swaps = rng.poisson(peak * use * s.daily(0.6, 1.2))
    limit = rng.uniform(0.4, 1) * peak * 1.6
    waiting = backlog(swaps.astype(float), limit)
    if rng.random() < 0.5:                               # empty packs wait for the valley
        waiting = 0.6 * waiting + 0.4 * np.repeat(waiting.reshape(-1, 24).mean(1), 24) * 3 * (s.hour < 8)
    return rng.uniform(25, 50) * waiting * s.noise(0.02, 0.06) + rng.uniform(5, 20)


@njit(cache=True)
def backlog(arrive, limit):
    out = np.empty(len(arrive))
    left = 0.0
    for i in range(len(arrive)):
        left += arrive[i]
        out[i] = min(left, limit)
        left -= out[i]
    return out


def heat_pump(s):
    rng = s.rng
    x = np.clip((rng.uniform(12, 18) - s.temp) / 16, 0, 1.4) * (1 + 0.012 * np.clip(5 - s.temp, 0, 25))
    if rng.random() < 0.6:
        x = x + np.clip((s.temp - rng.uniform(20, 25)) / 12, 0, 1.2)
    x = x * np.where((s.hour >= 22) | (s.hour < 6), rng.uniform(0.6, 1.05), 1)
    if rng.random() < 0.3:                               # defrost and cycling
        x = x * (1 + rng.uniform(0.1, 0.3) * np.sin(2 * math.pi * s.t / rng.uniform(1.5, 3)))
    return loguniform(rng, 3, 500) * (np.clip(x * s.noise(0.04, 0.12), 0, None) + rng.uniform(0.005, 0.05))


def vacant(s):
    rng = s.rng
    x = loguniform(rng, 0.005, 0.25) * s.noise(0.003, 0.03)
    if rng.random() < 0.3:                               # a refrigerator that was left on
        x = x + 0.05 + 0.04 * np.sin(2 * math.pi * s.t / rng.uniform(1.2, 2.5) + s.slow(1, 0.95))
    for _ in range(rng.poisson(s.days / 25)):            # somebody looks in
        a = rng.integers(s.hours)
        x[a:a + rng.integers(1, 5)] += rng.uniform(0.1, 1.5)
    if rng.random() < 0.2:
        x = x + rng.uniform(0.2, 0.8) * (s.temp < 2)     # guard against frost
    return x


def stages(s, onset, span):
    """0 before, then to 1 by stages."""
    rng = s.rng
    n = int(rng.integers(2, 7))
    at = onset + np.concatenate([[0], np.sort(rng.uniform(0, 1, n - 1))]) * span
    part = rng.dirichlet(np.full(n, 2.0))
    return sum(p * (s.t >= a) for p, a in zip(part, at))


def commissioning(s, onset=None):
    rng = s.rng
    onset = int(rng.uniform(-0.1, 0.4) * s.hours) if onset is None else onset
    full = host(s, loguniform(rng, 3, 800))
    flat = loguniform(rng, 0.05, 0.6) * full.mean()      # ventilation and pumps run all night while they are tried
    before = loguniform(rng, 0.004, 0.2) * full.mean() * s.noise(0.05, 0.5)
    return before + (full + flat) * stages(s, onset, 24 * rng.uniform(8, 70))


MAKERS = dict(zip(CLASSES, [data_centre, telecom, cold_store, laboratory, hospital, pumping, street_lighting, greenhouse,
                            continuous_process, ev_depot, swap_station, heat_pump, vacant, commissioning]))


def mining(s):
    """The reading that the lawful ones compete with: machines, steady or by one of the schedules."""
    rng = s.rng
    cooling = rng.uniform(0, 0.35) if rng.random() < 0.35 else None
    x = park(rng, s.hours, loguniform(rng, 1.5, 1500), s.temp, cooling, rng.random() < 0.15)[0]
    kind = rng.random()
    if kind < 0.1:
        x = x * calendar(VALLEYS[rng.integers(len(VALLEYS))], s.hours, s.weekday, None)
    elif kind < 0.2:
        x = x * (1 - calendar(PEAKS[rng.integers(len(PEAKS))], s.hours, s.weekday, None) * rng.uniform(0.7, 1))
    return x


# ---------------------------------------------------------------- windows

def standing(s, name):
    if name == MINING:
        x = mining(s)
        return x + host(s, x.mean() * loguniform(s.rng, 0.01, 0.25))
    x = MAKERS[name](s)
    if name not in ("vacant", "commissioning") and s.rng.random() < 0.4:
        x = x + host(s, x.mean() * loguniform(s.rng, 0.01, 0.15))   # offices and guards of the place
    return x


def added(s, name):
    rng = s.rng
    onset = int(rng.uniform(0.2, 0.8) * s.hours)
    after = s.t >= onset
    if name == "commissioning":
        return commissioning(s, onset)
    if name == "vacant":                                 # the end of a vacancy
        back = np.clip((s.t - onset) / (24 * rng.uniform(0.05, 8)), 0, 1)
        return vacant(s) * loguniform(rng, 1, 8) + host(s, loguniform(rng, 1, 200)) * back
    x = mining(s) if name == MINING else MAKERS[name](s)
    if name == MINING:
        slow = rng.random() < 0.2
        ramp = np.clip((s.t - onset) / (24 * rng.uniform(8, 50)), 0, 1) if slow else 1
    elif name == "data-centre":                          # racks are filled over weeks
        ramp = np.clip((s.t - onset) / (24 * rng.uniform(0.1, 60)), rng.uniform(0.2, 0.6), 1)
    else:
        ramp = np.clip((s.t - onset) / (24 * rng.uniform(0.05, 6)), 0.3, 1)
    return host(s, x.mean() / loguniform(rng, 0.2, 4)) + x * after * ramp


def window(seed, reading, name, number):
    """Hours (D,24) and weekdays of one window."""
    rng = np.random.default_rng([seed, list(READINGS).index(reading), (CLASSES + [MINING]).index(name), number])
    s = Scene(rng)
    x = standing(s, name) if reading == "standing" else added(s, name)
    x = requantise(x, max(1e-4, float(np.mean(np.abs(x))) * loguniform(rng, 1e-4, 5e-3)))
    if rng.random() < 0.25:                              # lost readings
        for _ in range(rng.integers(1, 6)):
            a = rng.integers(s.hours)
            x[a:a + int(rng.exponential(20)) + 1] = np.nan
    return x.reshape(s.days, 24), s.weekday


def table(seed, reading, count):
    names = CLASSES + [MINING]
    rows = [[catalogue.compute(*window(seed, reading, name, k)) for k in range(count)] for name in names]
    pick = [catalogue.NAMES.index(f) for f in READINGS[reading]]
    return np.array(rows)[:, :, pick].reshape(len(names) * count, len(pick)), np.repeat(np.arange(len(names)), count)


# ---------------------------------------------------------------- the model: a softmax over bins

def edges_of(column):
    v = np.sort(column[np.isfinite(column)])
    cut = [float("%.4g" % v[int(len(v) * k / BINS)]) for k in range(1, BINS)]
    return sorted(set(cut))


def places(x, edges):
    """Bin of each value, -1 where unknown."""
    return [np.where(np.isfinite(x[:, f]), np.searchsorted(e, x[:, f], side="right"), -1)
            for f, e in enumerate(edges)]


def one_hot(x, edges):
    blocks = []
    for at, e in zip(places(x, edges), edges):
        block = np.zeros((len(x), len(e) + 1))
        block[np.arange(len(x))[at >= 0], at[at >= 0]] = 1
        blocks.append(block)
    return np.hstack(blocks)


def fit(x, y, edges, rng):
    hidden = x.copy()
    hidden[rng.random(x.shape) < HIDDEN] = np.nan
    X, Y = one_hot(np.vstack([x, hidden]), edges), np.tile(y, 2)
    n, k = X.shape[1], int(y.max()) + 1
    truth = np.zeros((len(X), k))
    truth[np.arange(len(X)), Y] = 1

    def loss(w):
        w = w.reshape(n, k)
        z = X @ w
        z -= z.max(1, keepdims=True)
        p = np.exp(z)
        total = p.sum(1, keepdims=True)
        value = -np.sum(truth * (z - np.log(total))) / len(X) + RIDGE * np.sum(w * w)
        return value, (X.T @ (p / total - truth) / len(X) + 2 * RIDGE * w).ravel()

    w = minimize(loss, np.zeros(n * k), jac=True, method="L-BFGS-B", options=dict(maxiter=400)).x.reshape(n, k)
    return np.round(w - w.mean(1, keepdims=True), 3)


def scores(x, edges, weights):
    return one_hot(x, edges) @ weights


def strays(x, ranges):
    """How many features lie outside the class's range: rows by classes."""
    with np.errstate(invalid="ignore"):
        return np.stack([((x < r[:, 0]) | (x > r[:, 1])).sum(1) for r in ranges], 1)


def softmax(z):
    p = np.exp(z - z.max(1, keepdims=True))
    return p / p.sum(1, keepdims=True)


def train(reading, seed, count):
    names = READINGS[reading]
    x, y = table(seed, reading, count)
    edges = [edges_of(x[:, f]) for f in range(len(names))]
    weights = fit(x, y, edges, np.random.default_rng([seed, 77]))
    k = len(CLASSES) + 1
    ranges = np.array([[[float("%.4g" % q) for q in np.nanquantile(x[y == c, f], [PURE, 1 - PURE])]
                        for f in range(len(names))] for c in range(k)])
    own = strays(x, ranges)[np.arange(len(x)), y]
    limit = int(np.quantile(own, 0.99))
    hx, hy = table(seed + 1000, reading, max(20, count // 3))
    z = scores(hx, edges, weights)
    lawful = softmax(z[:, :-1])
    best = z.argmax(1)
    figures = dict(
        held_out=len(hx), strays=limit,
        strays_held_out=round(float(np.mean(strays(hx, ranges)[np.arange(len(hx)), hy] <= limit)), 3),
        log_loss=round(float(-np.mean(np.log(softmax(z)[np.arange(len(z)), hy]))), 3),
        right=round(float(np.mean(best == hy)), 3),
        right_among_lawful=round(float(np.mean(lawful.argmax(1)[hy < k - 1] == hy[hy < k - 1])), 3),
        right_in_two=round(float(np.mean([c in np.argsort(-r)[:2] for r, c in zip(lawful, hy) if c < k - 1])), 3),
        confusion=[[int(np.sum((hy == a) & (best == b))) for b in range(k)] for a in range(k)],
        calibration=[[round(float(lo), 1), int(m.sum()), round(float(lawful.max(1)[m].mean()), 3),
                      round(float((lawful.argmax(1) == hy)[m].mean()), 3)]
                     for lo in np.arange(0.2, 1, 0.1)
                     if (m := (hy < k - 1) & (lawful.max(1) >= lo) & (lawful.max(1) < lo + 0.1)).sum()])
    model, at = [], 0
    for f, name in enumerate(names):
        n = len(edges[f]) + 1
        model.append(dict(name=name, edges=edges[f], scores=weights[at:at + n].tolist(),
                          ranges=ranges[:, f].tolist()))
        at += n
    return dict(strays=limit, features=model), figures


# ---------------------------------------------------------------- golden values

def golden(model, seed, path):
    """One window of each class and reading: hours in 1/1000 kW, features, the lawful posterior, the margin."""
    with open(path, "w", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(["reading", "class", "weekday", "features", "best", "posterior", "margin", "watts"])
        for reading, names in READINGS.items():
            part = model["readings"][reading]
            edges = [r["edges"] for r in part["features"]]
            weights = np.vstack([r["scores"] for r in part["features"]])
            for name in CLASSES + [MINING]:
                x, wd = window(seed + 2000, reading, name, 0)
                # The middle of the window: four weeks on either side at most.
                first = max(0, len(x) // 2 - 28)
                x, wd = x[first:first + 56], wd[first:first + 56]
                milli = np.where(np.isfinite(x), np.round(x * 1000), np.nan)
                row = catalogue.compute(milli / 1000, wd)
                row = row[[catalogue.NAMES.index(n) for n in names]][None, :]
                z = scores(row, edges, weights)
                p = softmax(z[:, :-1])[0]
                out.writerow([reading, name, int(wd[0]) + 1,
                              " ".join("" if math.isnan(v) else repr(float(v)) for v in row[0]),
                              CLASSES[int(p.argmax())], repr(float(p.max())),
                              repr(float(z[0, :-1].max() - z[0, -1])),
                              " ".join("" if math.isnan(v) else str(int(v)) for v in milli.ravel())])


def main():
    arguments = sys.argv[1:]
    option = lambda name, usual: int(arguments[arguments.index(name) + 1]) if name in arguments else usual
    out, seed, count = arguments[0], option("--seed", 11), option("--windows", 600)
    os.makedirs(out, exist_ok=True)
    model = dict(version="2026-11", classes=CLASSES, readings={})
    figures = dict(seed=seed, windows=count)
    for reading in READINGS:
        model["readings"][reading], figures[reading] = train(reading, seed, count)
    with open(f"{out}/model.json", "w") as f:
        json.dump(model, f, separators=(",", ":"))
        f.write("\n")
    with open(f"{out}/figures.json", "w") as f:
        json.dump(figures, f, indent=1)
        f.write("\n")
    golden(model, seed, f"{out}/golden.csv")


if __name__ == "__main__":
    main()
