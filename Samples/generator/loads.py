"""Load curves in kW, 60 days of 96 quarter hours, and the file layouts they are written in."""

import datetime
import math

from .register import gz, rng

FIRST = datetime.date(2026, 1, 1)
DAYS = 60
POINTS = 96
HOLIDAY = range(45, 54)        # 15 to 23 February: Spring Festival
LONG_HOLIDAY = range(42, 55)   # what factories make of it
SCHOOL_BREAK = range(23, 58)
HEADER = ["供电单位编码", "用户编号", "用户名称", "电能表资产号", "综合倍率", "数据日期", "数据类型"] + [
    f"P{i}" for i in range(1, POINTS + 1)]


def day(index):
    return FIRST + datetime.timedelta(days=index)


def index_of(text):
    return (datetime.date.fromisoformat(text) - FIRST).days


def weekend(index):
    return day(index).weekday() >= 5


def temperatures():
    """Outdoor temperature a quarter hour, °C: a mild winter with two cold spells."""
    r, rest, out = rng("weather"), 0.0, []
    for d in range(DAYS):
        rest = 0.7 * rest + r.gauss(0, 1.6)
        mean = 5 + 0.05 * d + rest - 5 * math.exp(-((d - 21) / 3) ** 2) - 4 * math.exp(-((d - 38) / 2.5) ** 2)
        out.append([mean + 3.5 * math.sin((q / 96 - 0.375) * 2 * math.pi) for q in range(POINTS)])
    return out


WEATHER = temperatures()


def shape(*corners):
    """96 levels through (hour, level) corners, joined by straight lines; the last corner is 24 h."""
    out, k = [], 0
    for q in range(POINTS):
        hour = q / 4
        while corners[k + 1][0] <= hour:
            k += 1
        (h0, v0), (h1, v1) = corners[k], corners[k + 1]
        out.append(v0 + (v1 - v0) * (hour - h0) / (h1 - h0))
    return out


EVENING = shape((0, .25), (1, .08), (6, .1), (7, .55), (8.5, .35), (11, .45), (12.5, .6), (14, .3), (17, .5),
                (19, 1), (21.5, .95), (23, .5), (24, .25))
OFFICE = shape((0, 0), (7, 0), (8.5, .9), (11.5, 1), (12.5, .75), (14, 1), (17, .9), (18.5, .3), (21, .05), (24, 0))
SHOP = shape((0, 0), (8, 0), (9.5, .8), (12, .9), (15, .8), (19, 1), (20.5, .9), (22, .05), (24, 0))
SHIFT = shape((0, 0), (6.5, 0), (7.5, .9), (11.5, 1), (12, .45), (13, .95), (17, .95), (18, .15), (20, 0), (24, 0))
TWO_SHIFTS = shape((0, .1), (1, 0), (6, 0), (7, .95), (12, 1), (12.5, .7), (13.5, 1), (22, .9), (23.5, .2), (24, .1))


def each(function):
    return [[max(0.0, function(d, q)) for q in range(POINTS)] for d in range(DAYS)]


def plus(*curves):
    return [[sum(values) for values in zip(*days)] for days in zip(*curves)]


def flicker(r, sigma, memory=0.8):
    """Slow relative noise about 1."""
    state = 0.0

    def step():
        nonlocal state
        state = memory * state + r.gauss(0, sigma * math.sqrt(1 - memory * memory))
        return 1 + state
    return step


def home(r, scale=None):
    scale = scale or r.uniform(0.35, 1.5)
    base, heat = r.uniform(.05, .16), r.choice([0, 0, .3, .6, 1.0])
    away = r.random() < 0.3
    noise, out = flicker(r, .25, .6), []
    for d in range(DAYS):
        mood = math.exp(r.gauss(0, .25)) * (1.15 if weekend(d) else 1)
        if d in HOLIDAY:
            mood *= 0.05 if away else 1.3
        row = []
        for q in range(POINTS):
            value = base + (.08 if r.random() < .42 else .01)
            value += scale * mood * EVENING[q] * .6 * max(0, noise())
            value += heat * mood * min(1.2, max(0, 12 - WEATHER[d][q]) / 10) * (EVENING[q] if EVENING[q] > .3 else 0)
            if r.random() < .05 * EVENING[q] * min(mood, 1.5):
                value += r.uniform(.3, 1.8)
            row.append(value)
        out.append(row)
    return out


def premises(r, kind, size):
    """An office, shop, factory or school of about `size` kW at its busiest."""
    base = size * {"office": r.uniform(.08, .16), "shop": r.uniform(.06, .18), "factory": r.uniform(.05, .14),
                   "school": r.uniform(.06, .12)}[kind]
    profile = {"office": OFFICE, "shop": SHOP, "school": OFFICE,
               "factory": r.choice([SHIFT, SHIFT, TWO_SHIFTS])}[kind]
    saturday, heat = r.choice([0, .5, .9]), r.uniform(.1, .35)
    noise, hum, shift, out = flicker(r, .07), flicker(r, .05, .9), r.choice([-2, -1, 0, 0, 1, 2]), []
    for d in range(DAYS):
        busy = math.exp(r.gauss(0, .07))
        if kind == "shop":
            busy *= 0.0 if d in range(46, 49) else (1.15 if weekend(d) else 1)
        elif weekend(d):
            busy *= saturday if (kind == "factory" and day(d).weekday() == 5) else 0.04
        if kind == "office" and (d in HOLIDAY or d in (0, 1)):
            busy = .03
        if kind == "factory" and (d in LONG_HOLIDAY or d == 0):
            busy = .02
        if kind == "school" and (d in SCHOOL_BREAK or d in (0, 1)):
            busy = .06
        rest = 1 if busy > .1 else .85
        row = []
        for q in range(POINTS):
            warm = heat * max(0, 14 - WEATHER[d][q]) / 14
            level = profile[(q + shift) % POINTS]
            row.append(max(0, base * rest * hum() + size * busy * level * ((1 - heat) + warm) * noise()))
        out.append(row)
    return out


def street_light(r, size):
    def value(d, q):
        on = 17.4 + d * .014 <= q / 4 or q / 4 < 6.7 - d * .008
        return size * r.uniform(.985, 1.0) if on else size * .01
    return each(value)


def mine(r, rigs, unit_kw, start, overhead=.02, hours=None, stages=None):
    """Machines that run always, or only while `hours(q)` is true. `stages`: [(date, how many run from then)].

    Machines differ by a few per cent, drop out one at a time and come back; draw rises a little with temperature.
    """
    stages = stages or [(start, rigs)]
    plan = [(index_of(date), count) for date, count in stages]
    powers = [unit_kw * r.gauss(1, .03) for _ in range(rigs)]
    down, out = [0] * rigs, []
    for d in range(DAYS):
        count = max([n for first, n in plan if first <= d], default=0)
        row = []
        for q in range(POINTS):
            if not count or (hours and not hours(q)):
                row.append(0.0)
                continue
            total = 0.0
            for i in range(count):
                if down[i]:
                    down[i] -= 1
                elif r.random() < .0004:
                    down[i] = r.randint(1, 10)
                else:
                    total += powers[i]
            began = any(first == d for first, _ in plan) and q < 56
            if began:  # the new machines are switched on at two in the afternoon of the day
                before = max([n for first, n in plan if first < d], default=0)
                total *= before / count
            row.append(total * (1 + overhead) * (1 + .0008 * (WEATHER[d][q] - 5)) * r.gauss(1, .003))
        out.append(row)
    return out


def data_centre(r, size):
    state, out = 0.0, []
    for d in range(DAYS):
        row = []
        for q in range(POINTS):
            state = .97 * state + r.gauss(0, .004)
            row.append(size * (.82 + .0009 * d + state) + size * .012 * math.sin((q / 96 - .4) * 2 * math.pi)
                       + size * .004 * max(0, WEATHER[d][q] - 6))
        out.append(row)
    return out


def cold_store(r, size):
    """Compressors in cycles of one to three hours, a defrost each six hours, the door opened by day; no trend in winter."""
    out, left, on = [], 0, True
    for d in range(DAYS):
        row = []
        for q in range(POINTS):
            if left <= 0:
                on = not on
                left = r.randint(3, 7) if on else r.randint(2, 5)
            left -= 1
            work = .62 if on else .2
            door = .18 * SHIFT[q] * (0.4 if d in HOLIDAY else 1)
            defrost = .22 if q % 24 in (2, 3) else 0
            row.append(size * (work + door + defrost) * r.gauss(1, .03))
        out.append(row)
    return out


def charging(r, piles, pile_kw, calls, base):
    """Chargers: cars come at random with full power and a sloped tail; every day another energy."""
    out = [[base * r.gauss(1, .05) for _ in range(POINTS)] for _ in range(DAYS)]
    for d in range(DAYS):
        for _ in range(max(0, round(calls * math.exp(r.gauss(0, .3)) * (.5 if d in HOLIDAY else 1)))):
            begin = d * POINTS + int(min(95, max(0, r.choice([r.gauss(50, 8), r.gauss(80, 8), r.gauss(8, 6)]))))
            full, tail = r.randint(1, 4), r.randint(1, 3)
            for k in range(full + tail):
                at = begin + k
                if at >= DAYS * POINTS:
                    break
                part = 1 if k < full else 1 - (k - full + 1) / (tail + 1)
                spot = out[at // POINTS]
                spot[at % POINTS] = min(spot[at % POINTS] + pile_kw * part * r.uniform(.7, 1), piles * pile_kw + base)
    return out


TRAFFIC = shape((0, .45), (3, .1), (6, .15), (9, .6), (13, .65), (18, .75), (21, 1), (22.5, .9), (24, .45))


def base_station(r, size):
    noise = flicker(r, .02)
    return each(lambda d, q: size * (.84 + .16 * TRAFFIC[q]) * noise())


def greenhouse(r, lamps, base):
    """Lamps on a timer for sixteen hours, heating by the cold; one maintenance day."""
    def value(d, q):
        lit = 18 <= q < 82 and d != 30
        return base + (lamps * r.gauss(1, .006) if lit else 0) + base * .9 * max(0, 10 - WEATHER[d][q]) / 10 \
            * r.uniform(.8, 1.2)
    return each(value)


# --- faults that real collection has ---

def blank(curve, r, runs):
    """Some runs of readings never collected."""
    for _ in range(runs):
        at = r.randrange(DAYS * POINTS)
        for k in range(at, min(DAYS * POINTS, at + r.choice([1, 1, 2, 3, 4, 8]))):
            curve[k // POINTS][k % POINTS] = None
    return curve


def drop_days(curve, days):
    for d in days:
        curve[d] = None
    return curve


# --- file layouts ---

def text(value, decimals):
    return "" if value is None else f"{value:.{decimals}f}"


def wide_by_day(meters, unit, encoding="utf-8", interleave=False):
    """P1…P96; `meters`: [(asset number, customer name, curve, decimals)]. P1 covers 00:00 to 00:15."""
    lines = [",".join(HEADER)]
    order = [(m, d) for m in meters for d in range(DAYS)]
    if interleave:
        order = [(m, d) for d in range(DAYS) for m in meters]
    for (meter, name, curve, decimals), d in order:
        if curve[d] is None:
            continue
        fields = [unit, meter[-12:], name, meter, "1", day(d).isoformat(), "有功功率(kW)"]
        lines.append(",".join(fields + [text(v, decimals) for v in curve[d]]))
    return gz(("\n".join(lines) + "\n").encode(encoding))


def stamp(d, q):
    return f"{day(d).isoformat()} {q // 4:02d}:{q % 4 * 15:02d}:00"


def long_kwh(meters, column="meter_id"):
    """One row a reading: energy of the quarter hour that begins at the time given."""
    lines = [f"{column},timestamp,kwh"]
    for meter, _, curve, decimals in meters:
        for d in range(DAYS):
            for q in range(POINTS):
                value = curve[d][q] if curve[d] is not None else None
                if value is not None:
                    lines.append(f"{meter},{stamp(d, q)},{value / 4:.{decimals}f}")
    return gz(("\n".join(lines) + "\n").encode("utf-8"))


def wide_by_time(meters):
    """One row a time, one column a meter, kW."""
    lines = [",".join(["timestamp"] + [m[0] for m in meters])]
    for d in range(DAYS):
        for q in range(POINTS):
            lines.append(",".join([stamp(d, q)] + [text(m[2][d][q], m[3]) for m in meters]))
    return gz(("\n".join(lines) + "\n").encode("utf-8"))
