"""The scorer's arithmetic on probabilities, and the rest of the report's figures."""
import collections
import numpy as np


def pr_auc(p, y):
    groups = collections.defaultdict(lambda: [0, 0])
    for a, b in zip(p, y):
        groups[a][b] += 1
    positives = sum(y)
    hit = miss = 0
    area = 0.0
    for a in sorted(groups, reverse=True):
        no, yes = groups[a]
        hit, miss = hit + yes, miss + no
        area += yes / positives * hit / (hit + miss)
    return area


def threshold_at(negatives, rate):
    allowed = int(rate * len(negatives))
    ranked = sorted(negatives, reverse=True)
    return ranked[allowed] + 1e-12 if allowed < len(ranked) else -1.0


def share(v):
    v = list(v)
    return sum(v) / len(v) if v else float("nan")


def figures(windows, p):
    p = [float(v) for v in p]
    core = [i for i, w in enumerate(windows) if not w["confounder"] and (w["label"] == 0 or w["recorded"] > 0)]
    pos = [i for i in core if windows[i]["label"] == 1]
    neg = [i for i in core if windows[i]["label"] == 0]
    f = collections.OrderedDict()
    f["pr_auc"] = pr_auc([p[i] for i in core], [windows[i]["label"] for i in core])
    for name, rate in (("0.1%", 0.001), ("1%", 0.01)):
        cut = threshold_at([p[i] for i in neg], rate)
        f["recall_" + name] = share(p[i] >= cut for i in pos)
    f["recall_1%_over_0.4"] = share(p[i] >= cut for i in pos if windows[i]["blend"] > 0.4)
    f["recall_1%_over_2"] = share(p[i] >= cut for i in pos if windows[i]["blend"] > 2)
    f["confounders"] = share(p[i] >= cut for i, w in enumerate(windows) if w["confounder"])
    f["flat"] = share(p[i] >= cut for i in neg if windows[i]["flat"])
    bins = collections.defaultdict(list)
    for i in core:
        bins[min(9, int(p[i] * 10))].append((p[i], windows[i]["label"]))
    f["calibration"] = sum(abs(sum(a for a, _ in b) - sum(y for _, y in b)) for b in bins.values()) / len(core)
    return f, cut


def by(windows, p, cut, key):
    t = collections.defaultdict(lambda: [0, 0])
    for w, v in zip(windows, p):
        k = key(w)
        if k is not None:
            t[k][0] += int(v >= cut)
            t[k][1] += 1
    return dict(sorted(t.items()))
