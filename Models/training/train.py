"""The whole run: injections, features, cross-validation by host meter, calibration, kW, model.

usage: train.py CORPUS CLASSES OUT [--seed N] [--scale X]
CORPUS has meter/ and meter_eval/; CLASSES is the load model's parameters.json (class rows); OUT gets model.json and
figures.json. --scale 0.05 makes a small trial run. The same seed gives the same bytes.
"""
import argparse
import json
import math
import os
from multiprocessing import Pool
import lightgbm as lgb
import numpy as np
import features
import inject
import score

PRIOR = 0.05
CLASS_INPUTS = ["class_often_flat", "class_place"]
FEATURES = features.NAMES + CLASS_INPUTS
RISING = {"long_flatness", "week_flatness", "step_flatness", "weighed_score", "step_night_sharpness", "held_before",
          "line_score"}
FALLING = {"zero_share"}
PARAMETERS = dict(objective="binary", learning_rate=0.06, num_leaves=7, min_child_samples=30, feature_fraction=0.5,
                  bagging_fraction=0.7, bagging_freq=1, lambda_l2=5, verbose=-1, num_threads=1, deterministic=True,
                  force_row_wise=True)
ROUNDS, BAGS = 330, 3
COUNTS = (5000, 6000, 1500)      # untouched, mining, lawful windows
LAWFUL_WEIGHT = 0.6
LAWFUL_SHARE = 0.03              # of honest windows, when probabilities are set
SHRINK = 20                      # meters; weight of all meters in a class's percentiles
FOLDS, REPEATS = 5, 3


def sigmoid(s):
    return 1 / (1 + np.exp(-s))


# ---------------------------------------------------------------- class inputs


def measured(rows, windows, F, keep):
    """The class rows with 'measured' percentiles made again from the untouched windows that keep marks."""
    col = features.NAMES.index("flatness")
    seen = {}
    for i, w in enumerate(windows):
        if keep[i] and w["label"] == 0 and not w["confounder"] and np.isfinite(F[i, col]):
            for c in ("*", w["category"]):
                seen.setdefault(c, ([], set()))[0].append(F[i, col])
                seen[c][1].add(w["host"])
    whole = np.quantile(seen["*"][0], (0.5, 0.9, 0.99))
    out = {}
    for name, row in rows.items():
        row = dict(row)
        if row["basis"] == "measured":
            v, hosts = seen.get(name, ([], ()))
            n = len(hosts)
            q = np.quantile(v, (0.5, 0.9, 0.99)) if n else whole
            q = whole if name == "*" else (n * q + SHRINK * whole) / (n + SHRINK)
            row.update(flatness50=float(q[0]), flatness90=float(q[1]), flatness99=float(q[2]))
        out[name] = row
    return out


def with_class(rows, windows, F):
    """F with the two class inputs beside it."""
    col = features.NAMES.index("flatness")
    G = np.empty((len(windows), 2))
    for i, w in enumerate(windows):
        row = rows.get(w["class"])
        G[i, 0] = np.nan if row is None else float(row["oftenFlat"])
        G[i, 1] = features.class_place(F[i, col], row or rows["*"])
    return np.hstack([F, G])


# ---------------------------------------------------------------- fit and cross-validation


def fit(F, y, w, seed):
    mono = [1 if n in RISING else -1 if n in FALLING else 0 for n in FEATURES]
    return [lgb.train(dict(PARAMETERS, seed=seed + k, monotone_constraints=mono), lgb.Dataset(F, y, weight=w), ROUNDS)
            for k in range(BAGS)]


def raw(models, F):
    return np.mean([m.predict(F, raw_score=True) for m in models], 0)


def fold_scores(job):
    """Scores of the windows left out, and of the evaluation windows left out, by a model of the other windows."""
    train, F, y, w, evals, Fe, rows, held, held_eval, seed = job
    here = measured(rows, train, F, ~held)
    G, Ge = with_class(here, train, F), with_class(here, evals, Fe)
    models = fit(G[~held], y[~held], w[~held], seed)
    return raw(models, G[held]), raw(models, Ge[held_eval]) if held_eval.any() else np.zeros(0)


def crossed(pool, train, F, y, w, evals, Fe, rows, seed):
    """Out-of-fold scores of the training and the evaluation windows, folds by host meter."""
    hosts = sorted({a["host"] for a in train} | {a["host"] for a in evals})
    fold = {h: i % FOLDS for i, h in enumerate(np.random.default_rng(seed).permutation(hosts))}
    ft, fe = np.array([fold[a["host"]] for a in train]), np.array([fold[a["host"]] for a in evals])
    jobs = [(train, F, y, w, evals, Fe, rows, ft == k, fe == k, seed) for k in range(FOLDS)]
    so, se = np.zeros(len(train)), np.zeros(len(evals))
    for k, (a, b) in enumerate(pool.map(fold_scores, jobs, chunksize=1)):
        so[ft == k], se[fe == k] = a, b
    return so, se


def platt(s, y, w):
    """Slope and offset of a log likelihood ratio: weights give both classes the same mass (prior 0.5)."""
    w = w * np.where(y == 1, 0.5 / w[y == 1].sum(), 0.5 / w[y == 0].sum())
    a, b = 1.0, 0.0
    for _ in range(50):
        p = sigmoid(a * s + b)
        g = np.array([(w * (p - y) * s).sum(), (w * (p - y)).sum()])
        h = w * p * (1 - p)
        H = np.array([[(h * s * s).sum(), (h * s).sum()], [(h * s).sum(), h.sum()]]) + 1e-9 * np.eye(2)
        a, b = np.array([a, b]) - np.linalg.solve(H, g)
    return float(a), float(b)


def probability(s, calibration, prior=PRIOR):
    a, b = calibration
    return sigmoid(np.clip(a * s + b, -8, 8) + np.log(prior / (1 - prior)))


# ---------------------------------------------------------------- kW and onset


def estimates(E):
    """kW when on, its uncertainty scale, and the onset hour from the extra outputs of features.compute."""
    at, rise, wide, share, upper = E.T
    kw = np.where(np.isfinite(upper) & (share < 0.75), upper, rise)
    return kw, 0.04 + wide / np.maximum(np.abs(kw), 1e-6), at


def size_figures(windows, E, p, cut, q):
    """Onset and kW errors of the mining windows that are found."""
    kw, scale, at = estimates(E)
    late, err, base = [], [], []
    for i, w in enumerate(windows):
        if not w["label"] or w["recorded"] <= 0 or p[i] < cut:
            continue
        if w["scenario"] != "prior_onset" and w["onset_hour"] >= 0:
            late.append(abs(at[i] // 24 - w["onset_hour"] // 24))
        if w["scenario"] != "shunt" and w["kw_on"] > 0 and kw[i] > 0:
            err.append(abs(kw[i] - w["kw_on"]) / w["kw_on"])
            base.append(abs(np.log(kw[i] / w["kw_on"])) / scale[i])
    if not late or not err:
        return {}, [1.0]
    return dict(onset_median_days=float(np.median(late)), onset_within_3_days=float(np.mean(np.array(late) <= 3)),
                kw_error=float(np.median(err)), kw_cover=float(np.mean(np.array(base) <= q)), found=len(err)), base


# ---------------------------------------------------------------- the trees as flat arrays


def short(v):
    return float(f"{v:.9g}")


def trees(models):
    """Flat arrays: node i has feature f (-1: leaf), threshold (x <= t goes left), left, right, missing (1: left) and
    value: of a leaf what it adds, of an inner node the mean of the leaves below, weighted by training windows."""
    out = []
    for m in models:
        for tree in m.dump_model()["tree_info"]:
            rows = dict(feature=[], threshold=[], left=[], right=[], value=[], missing=[])

            def walk(n):
                i = len(rows["feature"])
                for key in rows:
                    rows[key].append(0)
                if "leaf_value" in n:
                    rows["feature"][i] = -1
                    rows["value"][i] = short(n["leaf_value"] / len(models))
                    return i, rows["value"][i], n.get("leaf_count", 1)
                if n["missing_type"] == "NaN":
                    left = n["default_left"]
                else:                      # never missing in training: LightGBM reads NaN as 0
                    left = 0.0 <= n["threshold"]
                rows["feature"][i], rows["missing"][i] = n["split_feature"], int(left)
                rows["threshold"][i] = short(n["threshold"])
                rows["left"][i], lv, lc = walk(n["left_child"])
                rows["right"][i], rv, rc = walk(n["right_child"])
                rows["value"][i] = short((lv * lc + rv * rc) / (lc + rc))
                return i, rows["value"][i], lc + rc

            walk(tree["tree_structure"])
            out.append(rows)
    return out


def walk_trees(all_trees, row):
    s = 0.0
    for t in all_trees:
        i = 0
        while t["feature"][i] >= 0:
            v = row[t["feature"][i]]
            left = t["missing"][i] == 1 if math.isnan(v) else v <= t["threshold"][i]
            i = t["left"][i] if left else t["right"][i]
        s += t["value"][i]
    return s


# ---------------------------------------------------------------- the run


def blend(a):
    edges = [0, 0.1, 0.2, 0.4, 0.8, 2, 4, 99]
    if not a["label"]:
        return None
    return next(f"{lo}-{hi}" for lo, hi in zip(edges, edges[1:]) if lo <= max(0, a["blend"]) < hi or hi == 99)


def reliability(windows, p):
    """By tenth of the probability: windows, mean probability, share of mining. Added lawful loads are left out."""
    out = []
    for k in range(10):
        at = [i for i, w in enumerate(windows)
              if not w["confounder"] and (w["label"] == 0 or w["recorded"] > 0) and min(9, int(p[i] * 10)) == k]
        if at:
            out.append([k / 10, len(at), round(float(np.mean(p[at])), 4),
                        round(float(np.mean([windows[i]["label"] for i in at])), 4)])
    return out


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("corpus")
    ask.add_argument("classes")
    ask.add_argument("out")
    ask.add_argument("--seed", type=int, default=20261)
    ask.add_argument("--scale", type=float, default=1.0)
    a = ask.parse_args()
    os.makedirs(a.out, exist_ok=True)
    rows = {r["id"]: r for r in json.load(open(a.classes))["classes"]}
    evals = inject.load_eval(a.corpus)
    train = inject.make(a.seed, inject.load_hosts(a.corpus), *[max(20, int(n * a.scale)) for n in COUNTS])
    with Pool(2) as pool:
        run(pool, a, rows, evals, train)


def run(pool, a, rows, evals, train):
    F, E = features.build(pool, train)
    Fe, Ee = features.build(pool, evals)
    for w in train + evals:
        w.pop("x")
    y = np.array([w["label"] for w in train])
    lawful = np.array([w["confounder"] for w in train])
    untouched = (y == 0) & (lawful == 0)
    w = np.where(lawful == 1, LAWFUL_WEIGHT, 1.0)
    # what the probabilities are set on: LAWFUL_SHARE of the honest windows have an added load
    cw = np.where(lawful == 1, LAWFUL_SHARE * untouched.sum() / max(1, lawful.sum()), 1.0)
    each, own, kept, kept_own = [], [], [], []
    for seed in range(REPEATS):
        so, se = crossed(pool, train, F, y, w, evals, Fe, rows, seed)
        cal = platt(so, y, cw)
        f = score.figures(evals, probability(se, cal))[0]
        f["calibration_prior_0.10"] = score.figures(evals, probability(se, cal, 0.10))[0]["calibration"]
        each.append(f)
        own.append(score.figures(train, probability(so, cal))[0])
        kept.append(se)
        kept_own.append(so)
        print("eval", {k: round(v, 3) for k, v in f.items()}, "own", round(own[-1]["recall_1%"], 3), flush=True)
    so, se = np.mean(kept_own, 0), np.mean(kept, 0)
    cal = platt(so, y, cw)
    po, pe = probability(so, cal), probability(se, cal)
    fo, co = score.figures(train, po)
    fe, ce = score.figures(evals, pe)
    result = dict(eval_average=fe, own_average=fo)
    for name, r in (("eval", each), ("own", own)):
        result[name] = {k: [float(np.mean([b[k] for b in r])), float(np.std([b[k] for b in r]))] for k in r[0]}
    q = float(np.quantile(size_figures(train, E, po, co, 1.0)[1], 0.90))
    result["size_own"] = size_figures(train, E, po, co, q)[0]
    result["size_eval"] = size_figures(evals, Ee, pe, ce, q)[0]
    for name, ws, p, cut in (("eval", evals, pe, ce), ("own", train, po, co)):
        result["by_scenario_" + name] = score.by(ws, p, cut, lambda b: b["scenario"])
        result["by_blend_" + name] = score.by(ws, p, cut, blend)
        result["reliability_" + name] = reliability(ws, p)
        result["cut_" + name] = float(cut)
    full = with_class(rows, train, F)
    final = fit(full, y, w, a.seed % 1000)
    flat = trees(final)
    gain = np.sum([m.feature_importance("gain") for m in final], 0)
    result["gain"] = {FEATURES[i]: round(float(gain[i] / gain.sum()), 4) for i in np.argsort(-gain, kind="stable")}
    ref = raw(final, full[:300])
    result["tree_walk_difference"] = max(abs(walk_trees(flat, full[i]) - ref[i]) for i in range(min(300, len(full))))
    json.dump(dict(
        version="2", seed=a.seed, features=FEATURES,
        score="sum over trees of the leaf's value; x <= threshold goes left; a missing value goes left where missing "
              "is 1; the value of an inner node is the mean of the leaves below it, weighted by training windows",
        calibration=dict(slope=cal[0], offset=cal[1], least=-8, most=8, prior=PRIOR,
                         note="llr = clamp(slope*score + offset); p = 1/(1+exp(-(llr + ln(prior/(1-prior)))))"),
        kilowatts=dict(scale_floor=0.04, quantile=q, note="kw*exp(+-quantile*(scale_floor + spread/kw))"),
        trees=flat), open(os.path.join(a.out, "model.json"), "w"), separators=(",", ":"))
    json.dump(result, open(os.path.join(a.out, "figures.json"), "w"), indent=1, sort_keys=True, default=float)


if __name__ == "__main__":
    main()
