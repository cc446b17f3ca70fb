"""The stored features of a window (Docs/Features.md, the feature catalogue) from its hourly grid x (D,24) kW, NaN where
missing, and the weekday of each day (0 = Monday). The program's own formulas, in double precision: figures agree with the
program's to the rounding of single precision. Absent values are NaN."""
import math
import numpy as np
from numba import njit
from features import median_of, qs

NAMES = [
    "mean", "load-factor", "variation", "daily-variation", "base-share", "flatness", "night-day", "weekend-weekday",
    "plateau-share", "daily-wave", "night-step", "sharpness", "hour-sharpness", "increment", "increment-flatness",
    "running-increment", "running-share", "profile-intercept", "profile-slope", "relative-rise", "held-after",
    "held-before", "first-week-share", "off-share", "afternoon-ratio",
]
LEVEL = 10
SIDE, SCAN, LONG = 7, 14, 28


@njit(cache=True)
def spread_of(v, centre):
    return 1.4826 * median_of(np.abs(v - centre))


@njit(cache=True)
def ratio(a, b):
    return np.mean(a) / np.mean(b) if len(a) and len(b) and np.sum(b) > 0 else np.nan


@njit(cache=True)
def level(x, weekend, out):
    days = x.shape[0]
    flat = x.ravel()
    v = np.sort(flat[~np.isnan(flat)])
    n = len(v)
    if n < 24:
        return
    mean = np.mean(v)
    out[0] = mean
    if not mean > 0:
        return
    high, low, upper, middle = qs(v, n, 0.995), qs(v, n, 0.05), qs(v, n, 0.95), qs(v, n, 0.5)
    out[1] = mean / high if high > 0 else np.nan
    out[2] = math.sqrt(np.mean((v - mean) ** 2)) / mean
    out[4] = low / mean
    out[5] = max(0.0, low) / upper if upper > 0 else np.nan
    out[8] = np.mean(np.abs(v - middle) <= 0.05 * abs(middle))
    daily, off, work = np.empty(days), np.empty(days), np.empty(days)
    night, day = np.empty(days), np.empty(days)
    nd, no, nw, nn, ny = 0, 0, 0, 0, 0
    c, s, count = 0.0, 0.0, 0
    for d in range(days):
        row = x[d]
        have = row[~np.isnan(row)]
        if len(have) < 18:
            continue
        m = np.mean(have)
        daily[nd] = m
        nd += 1
        if weekend[d]:
            off[no] = m
            no += 1
        else:
            work[nw] = m
            nw += 1
        a, b = row[0:5], row[9:18]
        a, b = a[~np.isnan(a)], b[~np.isnan(b)]
        if len(a):
            night[nn] = np.mean(a)
            nn += 1
        if len(b):
            day[ny] = np.mean(b)
            ny += 1
        for h in range(24):
            if not math.isnan(row[h]):
                c += row[h] * math.cos(2 * math.pi * h / 24)
                s += row[h] * math.sin(2 * math.pi * h / 24)
                count += 1
    if nd >= 2:
        out[3] = np.std(daily[:nd]) / mean
    out[6] = ratio(night[:nn], day[:ny])
    out[7] = ratio(off[:no], work[:nw])
    if count:
        out[9] = 2 * math.sqrt(c * c + s * s) / count / mean


@njit(cache=True)
def night_minima(x):
    days = x.shape[0]
    raw = np.full(days, np.nan)
    for d in range(days):
        v = x[d, 0:6]
        v = v[~np.isnan(v)]
        if len(v) >= 3:
            raw[d] = np.min(v)
    out = np.empty(days)
    for d in range(days):
        out[d] = median_of(np.array([raw[max(0, d - 1)], raw[d], raw[min(days - 1, d + 1)]]))
    return out


@njit(cache=True)
def weigh(day, x, nights, mean):
    """Night step, sharpness, hour sharpness; the first is NaN where the split cannot be judged."""
    days = x.shape[0]
    a, b = max(0, day - SCAN), min(days, day + SCAN)
    low, high = median_of(nights[a:day]), median_of(nights[day:b])
    if math.isnan(low) or math.isnan(high):
        return np.nan, 0.0, 0.0
    wide = spread_of(nights[a:day], low) + spread_of(nights[day:b], high)
    step = high - low
    sharp = step / (wide + 0.02 * max(high, 0.0) + 0.001 + 0.01 * max(0.0, mean))
    if not step > 0:
        return step, sharp, min(0.0, sharp)
    found = np.empty(24)
    n = 0
    for h in range(24):
        o, w = x[a:day, h], x[day:b, h]
        if np.sum(~np.isnan(o)) < 3 or np.sum(~np.isnan(w)) < 3:
            continue
        mo, mw = median_of(o), median_of(w)
        found[n] = (mw - mo) / (spread_of(o, mo) + spread_of(w, mw) + 0.02 * max(0.0, mean) + 0.001)
        n += 1
    if n < 12:
        return np.nan, 0.0, 0.0
    return step, sharp, median_of(found[:n])


@njit(cache=True)
def refined(day, nights):
    days = len(nights)
    a, b = max(0, day - LONG), max(0, day - SIDE)
    c, e = min(days, day + SIDE), min(days, day + LONG)
    low = median_of(nights[a:b]) if b - a >= SIDE else median_of(nights[:day])
    high = median_of(nights[c:e]) if e - c >= SIDE else median_of(nights[day:])
    if not low < high:
        return day
    first, last = max(1, day - SIDE), min(days - 1, day + SIDE)
    best, least = day, np.inf
    for k in range(first - 1, last + 1):
        split = day if k == first - 1 else k     # the day itself first: ties stay with it
        cost = 0.0
        for i in range(first - 1, last + 1):
            if not math.isnan(nights[i]):
                cost += abs(nights[i] - (low if i < split else high))
        if cost < least:
            best, least = split, cost
    return best if SIDE <= best <= days - SIDE else day


@njit(cache=True)
def describe(day, step, sharp, hour_sharp, x, nights, weekend, mean, out):
    days = x.shape[0]
    day = refined(day, nights)
    a, b = max(0, day - LONG), min(days, day + LONG)
    old, new, base, hours = np.empty(48), np.empty(48), np.full(48, np.nan), np.empty(48, np.int64)
    n = 0
    for kind in range(2):
        o, w = x[a:day][weekend[a:day] == (kind == 1)], x[day:b][weekend[day:b] == (kind == 1)]
        for h in range(24):
            mo, mw = median_of(o[:, h].copy()), median_of(w[:, h].copy())
            if math.isnan(mo) or math.isnan(mw):
                continue
            old[n], new[n], hours[n] = mo, mw, h
            base[24 * kind + h] = mo
            n += 1
    if n < 12:
        return
    old, new, hours = old[:n], new[:n], hours[:n]
    rise = new - old
    centre = median_of(rise)
    out[10], out[11], out[12], out[13] = step, sharp, hour_sharp, centre
    out[14] = centre / (spread_of(rise, centre) + 0.02 * max(0.0, np.mean(new)) + 0.001)
    out[19] = centre / max(median_of(old), 0.02 * max(0.0, mean) + 0.001)
    sx, sy = np.sum(old), np.sum(new)
    across = n * np.sum(old * old) - sx * sx
    out[18], out[17] = 1.0, centre
    if across > 1e-4 * sx * sx and across > 1e-9:
        out[18] = (n * np.sum(old * new) - sx * sy) / across
        out[17] = (sy - out[18] * sx) / n
    late, early = median_of(rise[(hours >= 12) & (hours < 18)]), median_of(rise[hours < 6])
    out[24] = late / early if early > 0 and not math.isnan(late) else 1.0
    half = qs(np.sort(rise), n, 0.85) / 2
    running = rise[rise >= half]
    out[15] = median_of(running) if len(running) else 0.0
    out[16] = len(running) / n
    low, high = median_of(nights[a:day]), median_of(nights[day:b])
    middle = (low + high) / 2
    later, sooner = nights[day:], nights[:day]
    later, sooner = later[~np.isnan(later)], sooner[~np.isnan(sooner)]
    out[20] = np.mean(later > middle) if len(later) else 0.0
    out[21] = np.mean(sooner < middle) if len(sooner) else 0.0
    out[22] = 1.0
    if high - low > 0:
        week = median_of(nights[day:min(days, day + 7)])
        if not math.isnan(week):
            out[22] = (week - low) / (high - low)
    out[23] = 0.0
    if out[15] > 0:
        off, seen = 0, 0
        for d in range(day, b):
            for h in range(24):
                v = x[d, h] - base[h + (24 if weekend[d] else 0)]
                if not math.isnan(v):
                    seen += 1
                    off += v < out[15] / 2
        out[23] = off / seen if seen else 0.0


@njit(cache=True)
def compute(x, weekday):
    """The row of NAMES."""
    out = np.full(25, np.nan)
    days = x.shape[0]
    weekend = weekday >= 5
    level(x, weekend, out)
    mean = out[0]
    if days < 2 * SIDE or math.isnan(mean):
        return out
    nights = night_minima(x)
    best, score, s0, s1, s2 = -1, -np.inf, 0.0, 0.0, 0.0
    for day in range(SIDE, days - SIDE + 1):
        step, sharp, hour_sharp = weigh(day, x, nights, mean)
        if math.isnan(step):
            continue
        value = min(sharp, 20.0) / 2 + min(hour_sharp, 20.0)
        if value > score:
            best, score, s0, s1, s2 = day, value, step, sharp, hour_sharp
    if best >= 0:
        describe(best, s0, s1, s2, x, nights, weekend, mean, out)
    return out
