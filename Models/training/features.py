"""Features of one meter window from its hourly grid. Definitions: FEATURES.md. No class, no label, no id, no date:
only kW by local day and hour, and the weekday. Needs 14 days; absent (NaN) where the data do not carry it."""
import math
import numpy as np
from numba import njit

SIDE = 14        # days each side of a split in the scan
LEAST = 7        # least days each side
LONG = 28        # days each side for the profiles
NAN = np.nan

NAMES = [
    "log_mean", "flatness", "load_factor", "variation", "base_share", "weekend_weekday", "daily_wave",
    "plateau_share", "roughness", "still_share", "lag24", "zero_share", "step_flatness", "step_night_sharpness",
    "step_least_hour", "step_second", "step_fall", "step_rank", "step_log_score", "long_flatness",
    "long_intercept", "long_slope", "swing_ratio", "afternoon_rise", "relative_rise", "held_after", "held_before",
    "novelty", "noise_ratio", "empty_before", "jump", "line_gap", "line_score", "block_score", "block_height",
    "block_edges", "block_self", "rough_ratio", "switch_even", "switch_rate", "switch_size", "slow_score",
    "lift_score", "lift_slope", "after_back", "wave_share", "rough_share", "night_spread", "weighed_score",
    "weighed_rise", "weighed_chi", "weighed_noise", "weighed_second", "weighed_fall", "weighed_held",
    "week_flatness", "week_noise", "week_self", "day_cut", "level_steady",
]
(
    LOG_MEAN, FLATNESS, LOAD_FACTOR, VARIATION, BASE_SHARE, WEEKEND_WEEKDAY, DAILY_WAVE, PLATEAU_SHARE, ROUGHNESS,
    STILL_SHARE, LAG24, ZERO_SHARE, STEP_FLATNESS, STEP_NIGHT_SHARPNESS, STEP_LEAST_HOUR, STEP_SECOND, STEP_FALL,
    STEP_RANK, STEP_LOG_SCORE, LONG_FLATNESS, LONG_INTERCEPT, LONG_SLOPE, SWING_RATIO, AFTERNOON_RISE,
    RELATIVE_RISE, HELD_AFTER, HELD_BEFORE, NOVELTY, NOISE_RATIO, EMPTY_BEFORE, JUMP, LINE_GAP, LINE_SCORE,
    BLOCK_SCORE, BLOCK_HEIGHT, BLOCK_EDGES, BLOCK_SELF, ROUGH_RATIO, SWITCH_EVEN, SWITCH_RATE, SWITCH_SIZE,
    SLOW_SCORE, LIFT_SCORE, LIFT_SLOPE, AFTER_BACK, WAVE_SHARE, ROUGH_SHARE, NIGHT_SPREAD, WEIGHED_SCORE,
    WEIGHED_RISE, WEIGHED_CHI, WEIGHED_NOISE, WEIGHED_SECOND, WEIGHED_FALL, WEIGHED_HELD, WEEK_FLATNESS,
    WEEK_NOISE, WEEK_SELF, DAY_CUT, LEVEL_STEADY,
) = range(len(NAMES))
COUNT = len(NAMES)
EXTRA = 5


@njit(cache=True)
def qs(a, n, p):
    """Quantile of the sorted a[:n], linear between neighbours."""
    if n == 0:
        return NAN
    pos = p * (n - 1)
    i = int(pos)
    if i >= n - 1:
        return a[n - 1]
    f = pos - i
    return a[i] * (1 - f) + a[i + 1] * f


@njit(cache=True)
def sort_small(a, n):
    for i in range(1, n):
        v = a[i]
        j = i - 1
        while j >= 0 and a[j] > v:
            a[j + 1] = a[j]
            j -= 1
        a[j + 1] = v


@njit(cache=True)
def sort_n(a, n):
    if n <= 40:
        sort_small(a, n)
    else:
        a[:n] = np.sort(a[:n])


@njit(cache=True)
def median_of(v):
    """Median of the present values of v; NaN when there are none."""
    b = np.empty(len(v))
    n = 0
    for i in range(len(v)):
        if not math.isnan(v[i]):
            b[n] = v[i]
            n += 1
    sort_n(b, n)
    return qs(b, n, 0.5)


@njit(cache=True)
def spread_of(v, centre):
    """1.4826 x median absolute deviation of the present values."""
    b = np.empty(len(v))
    n = 0
    for i in range(len(v)):
        if not math.isnan(v[i]):
            b[n] = abs(v[i] - centre)
            n += 1
    sort_n(b, n)
    return 1.4826 * qs(b, n, 0.5)


@njit(cache=True)
def quantile_of(v, p):
    b = np.empty(len(v))
    n = 0
    for i in range(len(v)):
        if not math.isnan(v[i]):
            b[n] = v[i]
            n += 1
    sort_n(b, n)
    return qs(b, n, p)


@njit(cache=True)
def window_median(x, a, b, h, buf):
    """Median and spread of column h over days a..<b (at least 4 present, else NaN)."""
    n = 0
    for d in range(a, b):
        v = x[d, h]
        if not math.isnan(v):
            buf[n] = v
            n += 1
    if n < 4:
        return NAN, NAN
    sort_small(buf, n)
    m = qs(buf, n, 0.5)
    for i in range(n):
        buf[i] = abs(buf[i] - m)
    sort_small(buf, n)
    return m, 1.4826 * qs(buf, n, 0.5)


@njit(cache=True)
def columns(x):
    """For each day d: median and spread of each hour over the 14 (at least 7) days from d on, d..<d+14, and before."""
    D = x.shape[0]
    am = np.full((D, 24), NAN)
    asp = np.full((D, 24), NAN)
    bm = np.full((D, 24), NAN)
    bsp = np.full((D, 24), NAN)
    buf = np.empty(SIDE)
    for d in range(D):
        for h in range(24):
            if D - d >= LEAST:
                am[d, h], asp[d, h] = window_median(x, d, min(D, d + SIDE), h, buf)
            if d >= LEAST:
                bm[d, h], bsp[d, h] = window_median(x, max(0, d - SIDE), d, h, buf)
    return am, asp, bm, bsp


@njit(cache=True)
def flat_rise(b, bs, a, as_, S):
    """b, a: 24 medians before and after, bs, as_ their spreads. Rise, its spread over hours, least-hour rise (0.15
    quantile), median day spread, score."""
    inc = np.empty(24)
    sp = np.empty(24)
    n = 0
    for h in range(24):
        if math.isnan(b[h]) or math.isnan(a[h]):
            continue
        inc[n] = a[h] - b[h]
        sp[n] = bs[h] + as_[h]
        n += 1
    if n < 12:
        return NAN, NAN, NAN, NAN, NAN
    sort_small(inc, n)
    rise = qs(inc, n, 0.5)
    low = qs(inc, n, 0.15)
    dev = np.empty(24)
    for i in range(n):
        dev[i] = abs(inc[i] - rise)
    sort_small(dev, n)
    wide = 1.4826 * qs(dev, n, 0.5)
    sort_small(sp, n)
    day = qs(sp, n, 0.5)
    score = rise / (wide + 0.5 * day + 0.01 * S)
    return rise, wide, low, day, score


@njit(cache=True)
def weighed_rise(b, bs, a, as_, S):
    """The rise with each hour weighed by how steady it is: rise, disagreement of the hours, rise over noise, score."""
    sw = 0.0
    si = 0.0
    n = 0
    for h in range(24):
        if math.isnan(b[h]) or math.isnan(a[h]):
            continue
        w = 1.0 / ((bs[h] + as_[h]) ** 2 + (0.01 * S) ** 2)
        sw += w
        si += w * (a[h] - b[h])
        n += 1
    if n < 12:
        return NAN, NAN, NAN, NAN
    rise = si / sw
    c = 0.0
    for h in range(24):
        if math.isnan(b[h]) or math.isnan(a[h]):
            continue
        c += (a[h] - b[h] - rise) ** 2 / ((bs[h] + as_[h]) ** 2 + (0.01 * S) ** 2)
    chi = math.sqrt(c / n)
    z = rise * math.sqrt(sw / n)
    return rise, chi, z, z / (0.5 + chi)


@njit(cache=True)
def away(v, d0, gap, p, sign):
    """Quantile p of sign*v (|v| for sign 0) over days further than gap from d0."""
    b = np.empty(len(v))
    n = 0
    for d in range(len(v)):
        if abs(d - d0) > gap and not math.isnan(v[d]):
            b[n] = abs(v[d]) if sign == 0 else sign * v[d]
            n += 1
    if n < 5:
        return NAN
    sort_n(b, n)
    return qs(b, n, p)


@njit(cache=True)
def argmax(v):
    best = -1
    for d in range(len(v)):
        if not math.isnan(v[d]) and (best < 0 or v[d] > v[best]):
            best = d
    return best


@njit(cache=True)
def profile48(x, wd, a, b):
    """Median by hour over days a..<b: row 0 Monday-Friday, row 1 weekend; the other row's where an hour has < 2."""
    p = np.full((2, 24), NAN)
    buf = np.empty(b - a + 1)
    for k in range(2):
        for h in range(24):
            n = 0
            for d in range(a, b):
                if (wd[d] >= 5) == (k == 1) and not math.isnan(x[d, h]):
                    buf[n] = x[d, h]
                    n += 1
            if n >= 2:
                sort_small(buf, n)
                p[k, h] = qs(buf, n, 0.5)
    for h in range(24):
        if math.isnan(p[1, h]):
            p[1, h] = p[0, h]
        if math.isnan(p[0, h]):
            p[0, h] = p[1, h]
    return p


@njit(cache=True)
def regress(u, v):
    """v on u over the pairs that are present: intercept, slope, r squared."""
    n = 0
    su = 0.0
    sv = 0.0
    for i in range(len(u)):
        if not math.isnan(u[i]) and not math.isnan(v[i]):
            n += 1
            su += u[i]
            sv += v[i]
    if n < 6:
        return NAN, NAN, NAN
    mu = su / n
    mv = sv / n
    uu = 0.0
    uv = 0.0
    vv = 0.0
    for i in range(len(u)):
        if not math.isnan(u[i]) and not math.isnan(v[i]):
            uu += (u[i] - mu) ** 2
            uv += (u[i] - mu) * (v[i] - mv)
            vv += (v[i] - mv) ** 2
    if uu <= 0:
        return NAN, NAN, NAN
    s = uv / uu
    return mv - s * mu, s, (uv * uv / (uu * vv) if vv > 0 else NAN)


@njit(cache=True)
def line_ends(y, a, b, at):
    """Least-squares line through y[a:b]: value at `at`, residual sum of squares, count."""
    n = 0
    st = 0.0
    sy = 0.0
    for i in range(a, b):
        if not math.isnan(y[i]):
            n += 1
            st += i
            sy += y[i]
    if n < 5:
        return NAN, 0.0, 0
    mt = st / n
    my = sy / n
    tt = 0.0
    ty = 0.0
    yy = 0.0
    for i in range(a, b):
        if not math.isnan(y[i]):
            tt += (i - mt) ** 2
            ty += (i - mt) * (y[i] - my)
            yy += (y[i] - my) ** 2
    s = ty / tt if tt > 0 else 0.0
    return my + s * (at - mt), max(0.0, yy - s * ty), n


@njit(cache=True)
def ratio(a, b):
    return a / b if b > 0 else NAN


@njit(cache=True)
def clip(v, lo, hi):
    if math.isnan(v):
        return NAN
    return min(hi, max(lo, v))


@njit(cache=True)
def compute(x, wd):
    """Returns (features, extra); extra: onset hour, rise kW, its spread kW, share of hours that carry it, and the
    median excess over the old profile of the hours above half the rise, kW."""
    D = x.shape[0]
    F = np.full(COUNT, NAN)
    E = np.full(EXTRA, NAN)
    flat = x.ravel()
    H = len(flat)
    # ---- level
    srt = np.empty(H)
    n = 0
    for i in range(H):
        if not math.isnan(flat[i]):
            srt[n] = flat[i]
            n += 1
    if n < 24 * 14 or D < 2 * LEAST:
        return F, E
    srt = np.sort(srt[:n])
    mean = srt.sum() / n
    S = 0.0
    for i in range(n):
        S += abs(srt[i])
    S = S / n
    if S <= 0:
        return F, E
    S = max(S, 1e-3)
    F[LOG_MEAN] = clip(math.log(S), -3.0, 9.0)
    hi = qs(srt, n, 0.95)
    lo = qs(srt, n, 0.05)
    med = qs(srt, n, 0.5)
    F[FLATNESS] = clip(ratio(lo, hi), -1.0, 1.0)
    F[LOAD_FACTOR] = clip(ratio(mean, qs(srt, n, 0.995)), -1.0, 2.0)
    ss = 0.0
    near = 0
    zero = 0
    for i in range(n):
        ss += (srt[i] - mean) ** 2
        if abs(srt[i] - med) <= 0.05 * abs(med):
            near += 1
        if srt[i] <= 0.03 * hi:
            zero += 1
    F[VARIATION] = math.sqrt(ss / n) / S
    F[BASE_SHARE] = lo / S
    F[PLATEAU_SHARE] = near / n
    F[ZERO_SHARE] = zero / n
    night = np.full(D, NAN)
    raw = np.full(D, NAN)
    we = 0.0
    wc = 0
    wk = 0.0
    kc = 0
    cw = 0.0
    sw = 0.0
    cn = 0
    for d in range(D):
        c = 0
        s = 0.0
        least = 1e300
        lc = 0
        for h in range(24):
            v = x[d, h]
            if math.isnan(v):
                continue
            c += 1
            s += v
            if h < 6:
                lc += 1
                if v < least:
                    least = v
        if lc >= 3:
            raw[d] = least
        if c < 18:
            continue
        s = s / c
        if wd[d] >= 5:
            we += s
            wc += 1
        else:
            wk += s
            kc += 1
        for h in range(24):
            v = x[d, h]
            if math.isnan(v):
                continue
            cw += v * math.cos(2 * math.pi * h / 24)
            sw += v * math.sin(2 * math.pi * h / 24)
            cn += 1
    for d in range(D):
        night[d] = median_of(raw[max(0, d - 1):min(D, d + 2)]) if not math.isnan(raw[d]) else NAN
    if wc > 0 and kc > 0 and wk > 0:
        F[WEEKEND_WEEKDAY] = clip(we / wc / (wk / kc), -1.0, 10.0)
    if cn > 0:
        F[DAILY_WAVE] = 2 * math.sqrt(cw * cw + sw * sw) / cn / S
    # roughness: median change against the same hour of the day before, after the day's own change is taken out
    rough = np.full(D, NAN)      # by day: median |hour-to-hour change less its usual change|
    buf = np.empty(max(D, 24))
    usual = np.full((2, 24), NAN)
    for k in range(2):
        for h in range(24):
            m = 0
            for d in range(D):
                if (wd[d] >= 5) != (k == 1):
                    continue
                p = x[d, h - 1] if h > 0 else (x[d - 1, 23] if d > 0 else NAN)
                if not math.isnan(p) and not math.isnan(x[d, h]):
                    buf[m] = x[d, h] - p
                    m += 1
            if m >= 4:
                sort_n(buf, m)
                usual[k, h] = qs(buf, m, 0.5)
    delta = np.full((D, 24), NAN)
    still = 0
    pairs = 0
    for d in range(D):
        m = 0
        k = 1 if wd[d] >= 5 else 0
        for h in range(24):
            p = x[d, h - 1] if h > 0 else (x[d - 1, 23] if d > 0 else NAN)
            if math.isnan(p) or math.isnan(x[d, h]):
                continue
            pairs += 1
            if abs(x[d, h] - p) <= 0.002 * S:
                still += 1
            if math.isnan(usual[k, h]):
                continue
            delta[d, h] = x[d, h] - p - usual[k, h]
            buf[m] = abs(delta[d, h])
            m += 1
        if m >= 12:
            s = 0.0
            for i in range(m):
                s += buf[i]
            rough[d] = s / m
    F[ROUGHNESS] = median_of(rough) / S
    F[STILL_SHARE] = still / max(1, pairs)
    # lag 24
    a0 = 0.0
    a1 = 0.0
    for d in range(1, D):
        for h in range(24):
            if not math.isnan(x[d, h]) and not math.isnan(x[d - 1, h]):
                a0 += (x[d, h] - mean) ** 2 + (x[d - 1, h] - mean) ** 2
                a1 += 2 * (x[d, h] - mean) * (x[d - 1, h] - mean)
    if a0 > 0:
        F[LAG24] = a1 / a0
    # ---- scan of splits
    am, asp, bm, bsp = columns(x)
    rise = np.full(D, NAN)
    score = np.full(D, NAN)
    for d in range(LEAST, D - LEAST + 1):
        r = flat_rise(bm[d], bsp[d], am[d], asp[d], S)
        rise[d] = r[0]
        score[d] = r[4]
    d1 = argmax(score)
    if d1 < 0:
        return F, E
    r, wide, low, _, sc = flat_rise(bm[d1], bsp[d1], am[d1], asp[d1], S)
    F[STEP_FLATNESS] = clip(r / (wide + 0.01 * S), -5.0, 60.0)
    F[STEP_LEAST_HOUR] = clip(low / (abs(r) + 0.01 * S), -3.0, 1.5)
    na = night[d1:min(D, d1 + SIDE)]
    nb = night[max(0, d1 - SIDE):d1]
    ma = median_of(na)
    mb = median_of(nb)
    F[STEP_NIGHT_SHARPNESS] = clip((ma - mb) / (spread_of(na, ma) + spread_of(nb, mb) + 0.02 * S), -5.0, 40.0)
    F[STEP_SECOND] = clip(away(score, d1, 13, 1.0, 1) / (abs(sc) + 0.1), -3.0, 1.5)
    F[STEP_FALL] = clip(away(score, -999, 0, 1.0, -1) / (abs(sc) + 0.1), -1.0, 5.0)
    F[STEP_RANK] = clip(sc / (away(score, d1, 13, 0.9, 0) + 0.3), -3.0, 50.0)
    # the same in logarithms: a stretched day is flat there
    lm = np.empty(24)
    m = 0
    for h in range(24):
        if bm[d1, h] > 0.01 * S and am[d1, h] > 0.01 * S:
            lm[m] = math.log(am[d1, h] / bm[d1, h])
            m += 1
    if m >= 12:
        lr = median_of(lm[:m])
        F[STEP_LOG_SCORE] = clip(abs(lr) / (spread_of(lm[:m], lr) + 0.01), 0.0, 60.0)
    # ---- 28 days each side
    a = max(0, d1 - LONG)
    b = min(D, d1 + LONG)
    old = profile48(x, wd, a, d1)
    new = profile48(x, wd, d1, b)
    inc48 = (new - old).ravel()
    li = median_of(inc48)
    lw = spread_of(inc48, li)
    F[LONG_FLATNESS] = clip(li / (lw + 0.01 * S), -5.0, 60.0)
    ic, sl, _ = regress(old.ravel(), new.ravel())
    F[LONG_INTERCEPT] = clip(ic / (abs(li) + 0.01 * S), -10.0, 10.0)
    F[LONG_SLOPE] = clip(sl, -2.0, 5.0)
    so = quantile_of(old.ravel(), 0.9) - quantile_of(old.ravel(), 0.1)
    sn = quantile_of(new.ravel(), 0.9) - quantile_of(new.ravel(), 0.1)
    F[SWING_RATIO] = clip((sn + 0.01 * S) / (so + 0.01 * S), 0.0, 10.0)
    F[AFTERNOON_RISE] = clip((median_of(inc48[12:18]) - median_of(inc48[1:5])) / (abs(li) + 0.01 * S), -5.0, 5.0)
    before = median_of(old.ravel())
    F[RELATIVE_RISE] = clip(li / (abs(before) + 0.01 * S), -2.0, 60.0)
    lowday = median_of(night[a:d1])
    highday = median_of(night[d1:b])
    mid = 0.5 * (lowday + highday)
    c = 0
    k = 0
    for d in range(d1, D):
        if not math.isnan(night[d]):
            c += 1
            if night[d] > mid:
                k += 1
    F[HELD_AFTER] = k / c if c > 0 else NAN
    c = 0
    k = 0
    for d in range(0, d1):
        if not math.isnan(night[d]):
            c += 1
            if night[d] < mid:
                k += 1
    F[HELD_BEFORE] = k / c if c > 0 else NAN
    # novelty: median level after over the highest 7-day night level seen before
    top = -1e300
    for d in range(0, d1 - 6):
        v = median_of(night[d:d + 7])
        if not math.isnan(v) and v > top:
            top = v
    if top > -1e299:
        F[NOVELTY] = clip((highday - top) / (abs(highday - lowday) + 0.01 * S), -10.0, 2.0)
    # share of the hours that carry at least half of the upper hours' rise
    top = quantile_of(inc48, 0.85)
    m = 0
    for i in range(48):
        if not math.isnan(inc48[i]) and inc48[i] >= 0.5 * top:
            m += 1
    E[1] = li
    E[2] = lw
    E[3] = m / 48.0
    rb = np.empty(H)
    m = 0
    for d in range(d1, D):
        k = 1 if wd[d] >= 5 else 0
        for h in range(24):
            v = x[d, h] - old[k, h]
            if not math.isnan(v) and not v < 0.5 * li:
                rb[m] = v
                m += 1
    E[4] = median_of(rb[:m]) if m > 5 else NAN
    F[NOISE_RATIO] = clip(math.log((median_of(asp[d1]) + 0.002 * S) / (median_of(bsp[d1]) + 0.002 * S)), -4.0, 4.0)
    F[EMPTY_BEFORE] = (so + 0.001 * S) / (sn + so + 0.002 * S) if before < 0.15 * S else 1.0
    # ---- the hour
    first = max(0, d1 - 4) * 24
    last = min(D, d1 + 4) * 24
    rr = np.full(H, NAN)
    for d in range(a, b):
        k = 1 if wd[d] >= 5 else 0
        for h in range(24):
            rr[d * 24 + h] = x[d, h] - old[k, h]
    best = 1e300
    at = d1 * 24
    cost = 0.0
    for t in range(first, last):
        if not math.isnan(rr[t]):
            cost += abs(rr[t] - li)
    for t in range(first, last + 1):
        if cost < best:
            best = cost
            at = t
        if t < last and not math.isnan(rr[t]):
            cost += abs(rr[t]) - abs(rr[t] - li)
    E[0] = at
    j6 = median_of(rr[at:min(H, at + 6)]) - median_of(rr[max(0, at - 6):at])
    F[JUMP] = clip(j6 / (abs(li) + 0.01 * S), -3.0, 4.0)
    # ---- two lines with a gap, on nights
    best = -1e300
    for d in range(max(LEAST, d1 - 5), min(D - LEAST, d1 + 5) + 1):
        v0, e0, c0 = line_ends(night, max(0, d - SIDE), d, d)
        v1, e1, c1 = line_ends(night, d, min(D, d + SIDE), d)
        if c0 + c1 < 12 or math.isnan(v0) or math.isnan(v1):
            continue
        sc2 = (v1 - v0) / (math.sqrt((e0 + e1) / (c0 + c1 - 4)) + 0.01 * S)
        if sc2 > best:
            best = sc2
            F[LINE_GAP] = clip((v1 - v0) / (abs(r) + 0.01 * S), -5.0, 5.0)
            F[LINE_SCORE] = clip(sc2, -10.0, 40.0)
    # ---- a block of hours rises, the others do not
    blk = np.full(D, NAN)
    bs = np.zeros(D, np.int64)
    bl = np.zeros(D, np.int64)
    pre = np.zeros(49)
    pre2 = np.zeros(49)
    for d in range(LEAST, D - LEAST + 1):
        ok = True
        sm = 0.0
        for h in range(24):
            v = am[d, h] - bm[d, h]
            if math.isnan(v):
                ok = False
                break
            sm += asp[d, h] + bsp[d, h]
        if not ok:
            continue
        sm = sm / 24
        for i in range(48):
            v = am[d, i % 24] - bm[d, i % 24]
            pre[i + 1] = pre[i] + v
            pre2[i + 1] = pre2[i] + v * v
        bb = -1e300
        for L in range(4, 21):
            for s0 in range(24):
                si = pre[s0 + L] - pre[s0]
                qi = pre2[s0 + L] - pre2[s0]
                so_ = pre[24] - si
                qo = pre2[24] - qi
                mi = si / L
                mo = so_ / (24 - L)
                vi = max(0.0, qi / L - mi * mi)
                vo = max(0.0, qo / (24 - L) - mo * mo)
                st = (mi - mo) / (math.sqrt(vi) + math.sqrt(vo) + 0.5 * sm + 0.01 * S)
                if st > bb:
                    bb = st
                    bs[d] = s0
                    bl[d] = L
        blk[d] = bb
    d2 = argmax(blk)
    if d2 >= 0:
        s0 = bs[d2]
        L = bl[d2]
        bi = np.empty(24)
        bo = np.empty(24)
        ci = 0
        co = 0
        for h in range(24):
            v = am[d2, h] - bm[d2, h]
            if (h - s0) % 24 < L:
                bi[ci] = v
                ci += 1
            else:
                bo[co] = v
                co += 1
        mi = median_of(bi[:ci])
        mo = median_of(bo[:co])
        height = mi - mo
        F[BLOCK_SCORE] = clip(blk[d2], -2.0, 60.0)
        F[BLOCK_HEIGHT] = height / S
        e1 = (am[d2, s0] - bm[d2, s0]) - (am[d2, (s0 + 23) % 24] - bm[d2, (s0 + 23) % 24])
        f = (s0 + L) % 24
        e2 = (am[d2, (f + 23) % 24] - bm[d2, (f + 23) % 24]) - (am[d2, f] - bm[d2, f])
        F[BLOCK_EDGES] = clip(min(e1, e2) / (abs(height) + 0.01 * S), -2.0, 2.0)
        F[BLOCK_SELF] = clip(blk[d2] / (away(blk, d2, 13, 0.9, 1) + 0.3), -3.0, 30.0)
    # ---- roughness by split
    best = -1e300
    d3 = -1
    for d in range(LEAST, D - LEAST + 1):
        v1 = median_of(rough[d:min(D, d + SIDE)])
        v0 = median_of(rough[max(0, d - SIDE):d])
        if math.isnan(v0) or math.isnan(v1):
            continue
        s1 = spread_of(rough[d:min(D, d + SIDE)], v1)
        s0_ = spread_of(rough[max(0, d - SIDE):d], v0)
        st = (v1 - v0) / (s1 + s0_ + 0.005 * S)
        if st > best:
            best = st
            d3 = d
    if d3 >= 0:
        v1 = median_of(rough[d3:min(D, d3 + LONG)])
        v0 = median_of(rough[max(0, d3 - LONG):d3])
        F[ROUGH_RATIO] = clip(math.log((v1 + 0.002 * S) / (v0 + 0.002 * S)), -3.0, 5.0)
        nb_ = np.empty(24 * LONG)
        m = 0
        for d in range(max(0, d3 - LONG), d3):
            for h in range(24):
                if not math.isnan(delta[d, h]):
                    nb_[m] = abs(delta[d, h])
                    m += 1
        limit = 1.5 * quantile_of(nb_[:m], 0.95) + 0.02 * S if m > 20 else NAN
        z = np.empty(24 * LONG)
        m = 0
        up = 0
        hours = 0
        for d in range(d3, min(D, d3 + LONG)):
            for h in range(24):
                if not math.isnan(delta[d, h]):
                    hours += 1
                    if abs(delta[d, h]) > limit:
                        if delta[d, h] > 0:
                            up += 1
                        z[m] = abs(delta[d, h])
                        m += 1
        if hours > 0:
            F[SWITCH_RATE] = m / hours
        if m >= 4:
            sz = median_of(z[:m])
            near = 0
            for i in range(m):
                if abs(z[i] - sz) <= 0.15 * sz:
                    near += 1
            F[SWITCH_EVEN] = near / m * (1 - abs(2.0 * up / m - 1))
            F[SWITCH_SIZE] = sz / S
    # ---- slow growth: 14 days before d against 14 days from d + 42 (or + 21)
    best = -1e300
    for g in (21, 42):
        for d in range(LEAST, D - LEAST - g + 1):
            q = flat_rise(bm[d], bsp[d], am[d + g], asp[d + g], S)
            if math.isnan(q[4]):
                continue
            if q[4] > best:
                best = q[4]
    if best > -1e299:
        F[SLOW_SCORE] = clip(best, -5.0, 60.0)
    # ---- day squeezed and lifted: a shunt with load added, at any split
    best = -1e300
    for d in range(SIDE, D - SIDE + 1):
        ic2, sl2, fit2 = regress(bm[d], am[d])
        if math.isnan(fit2):
            continue
        st = min(1.0 - sl2, ic2 / S) * fit2
        if st > best:
            best = st
            F[LIFT_SLOPE] = clip(sl2, -2.0, 2.0)
    if best > -1e299:
        F[LIFT_SCORE] = clip(best, -2.0, 2.0)
    # ---- does it fall back by as much
    best = 0.0
    de = -1
    for d in range(d1 + LEAST, D - LEAST + 1):
        if not math.isnan(rise[d]) and -rise[d] > best:
            best = -rise[d]
            de = d
    if de >= 0:
        back = median_of(am[de] - bm[d1])
        F[AFTER_BACK] = clip(back / (abs(r) + 0.01 * S), -3.0, 4.0)
    # ---- structure of the level
    F[WAVE_SHARE] = clip(F[DAILY_WAVE] / (1.4142 * F[VARIATION] + 1e-9), 0.0, 2.0)
    F[ROUGH_SHARE] = clip(F[ROUGHNESS] / (F[VARIATION] + 1e-9), 0.0, 2.0)
    nm = median_of(night)
    F[NIGHT_SPREAD] = spread_of(night, nm) / S
    # ---- weighed rise
    ws = np.full(D, NAN)
    for d in range(LEAST, D - LEAST + 1):
        ws[d] = weighed_rise(bm[d], bsp[d], am[d], asp[d], S)[3]
    d4 = argmax(ws)
    if d4 >= 0:
        q4 = weighed_rise(bm[d4], bsp[d4], am[d4], asp[d4], S)
        F[WEIGHED_SCORE] = clip(q4[3], -3.0, 40.0)
        F[WEIGHED_RISE] = q4[0] / S
        F[WEIGHED_CHI] = clip(q4[1], 0.0, 20.0)
        F[WEIGHED_NOISE] = clip(q4[2], -3.0, 60.0)
        F[WEIGHED_SECOND] = clip(away(ws, d4, 13, 1.0, 1) / (abs(q4[3]) + 0.1), -3.0, 1.5)
        F[WEIGHED_FALL] = clip(away(ws, -999, 0, 1.0, -1) / (abs(q4[3]) + 0.1), -1.0, 5.0)
        la = median_of(night[d4:D])
        lb = median_of(night[:d4])
        F[WEIGHED_HELD] = clip((la - lb) / (abs(q4[0]) + 0.005 * S), -5.0, 5.0)
    # ---- week against the week before
    w7 = np.full(H, NAN)
    for t in range(168, H):
        w7[t] = flat[t] - flat[t - 168]
    box = w7[at:min(H, at + 168)]
    pre7 = w7[max(0, at - 168):at]
    if len(box) >= 72 and len(pre7) >= 72:
        wm = median_of(box)
        sb = spread_of(box, wm)
        sp = spread_of(pre7, median_of(pre7))
        F[WEEK_FLATNESS] = clip(wm / (sb + 0.01 * S), -5.0, 40.0)
        F[WEEK_NOISE] = clip(math.log((sb + 0.002 * S) / (sp + 0.002 * S)), -4.0, 4.0)
    wb = np.full(D, NAN)
    for d in range(7, D - 6):
        seg = w7[d * 24:(d + 7) * 24]
        v = median_of(seg)
        wb[d] = v / (spread_of(seg, v) + 0.01 * S)
    if argmax(wb) >= 0:
        F[WEEK_SELF] = clip(F[WEEK_FLATNESS] / (away(wb, d1, 9, 0.9, 0) + 0.2), -5.0, 40.0)
    # ---- the day after the hour against the day before it, over the old profile
    p1 = rr[at:min(H, at + 24)]
    p0 = rr[max(0, at - 24):at]
    if len(p1) >= 12 and len(p0) >= 12:
        F[DAY_CUT] = clip((quantile_of(p1, 0.2) - quantile_of(p0, 0.8)) / (abs(li) + 0.01 * S), -5.0, 3.0)
    # ---- is the level after as steady from day to day as before
    dr = np.full(D, NAN)
    for d in range(a, b):
        dr[d] = median_of(rr[d * 24:(d + 1) * 24])
    v1 = spread_of(dr[d1:b], median_of(dr[d1:b]))
    v0 = spread_of(dr[a:d1], median_of(dr[a:d1]))
    F[LEVEL_STEADY] = clip(math.log((v1 + 0.003 * S) / (v0 + 0.003 * S)), -4.0, 4.0)
    return F, E


def one(w):
    return compute(np.ascontiguousarray(w["x"]), w["wd"].astype(np.int64))


def build(pool, windows):
    """Features (windows, COUNT) and extras (windows, EXTRA), in order."""
    r = pool.map(one, windows, chunksize=50)
    return np.array([a[0] for a in r]), np.array([a[1] for a in r])


def class_place(flatness, row):
    """Place of the flatness in its class: straight lines through (0, 0), (flatness50, 0.5), (flatness90, 0.9),
    (flatness99, 0.99), the last line carried on; held within 0...1."""
    if math.isnan(flatness):
        return math.nan
    f50, f90, f99 = row["flatness50"], row["flatness90"], row["flatness99"]
    if flatness <= f50:
        p = 0.5 * flatness / max(f50, 1e-6)
    elif flatness <= f90:
        p = 0.5 + 0.4 * (flatness - f50) / max(f90 - f50, 1e-6)
    else:
        p = 0.9 + 0.09 * (flatness - f90) / max(f99 - f90, 1e-6)
    return min(1.0, max(0.0, p))
