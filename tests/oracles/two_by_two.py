"""Oracle for src/domain/stats/two-by-two.ts, on Python's standard library alone.

Re-run from the repository root:  python3 tests/oracles/two_by_two.py > tests/oracles/two-by-two.json

Written from the definition: likelihood of each window at the bet over its likelihood at the pooled rate, as
products of exact rationals; only the logarithm is a decimal (60 digits). A window is written
baseline requests,events:candidate requests,events.
"""

import json
from decimal import Decimal, getcontext
from fractions import Fraction as Q

getcontext().prec = 60
SHRINKAGE = 100


def likelihood(rate, n, y):
    return rate**y * (1 - rate) ** (n - y)


def e_value(windows):
    value, seen = Q(1), {"baseline": [0, 0], "candidate": [0, 0]}
    for w in windows:
        n, y = (sum(seen[side][i] for side in seen) for i in (0, 1))
        pooled = Q(2 * y + 1, 2 * n + 2)
        bet = {s: (seen[s][1] + SHRINKAGE * pooled) / (seen[s][0] + SHRINKAGE) for s in seen}
        total = w["baseline"][0] + w["candidate"][0]
        if total and bet["candidate"] > bet["baseline"]:
            middle = sum(w[s][0] * bet[s] for s in seen) / total
            for s in seen:
                value *= likelihood(bet[s], *w[s]) / likelihood(middle, *w[s])
        for s in seen:
            seen[s] = [a + b for a, b in zip(seen[s], w[s])]
    return value


def main():
    draw = 1

    def below(n):
        nonlocal draw
        draw = (draw * 6364136223846793005 + 1442695040888963407) % 2**64
        return (draw >> 33) % n

    out = []
    for name, candidate, baseline in [("worse", 4, 6), ("alike", 2, 30), ("one side only", 0, 5)]:
        windows = [
            {
                "baseline": [900 + below(100), below(baseline)],
                "candidate": [below(80) + candidate, below(candidate + 1)],
            }
            for _ in range(12)
        ]
        if name == "one side only":
            for w in windows[::2]:
                w["candidate"] = [0, 0]
            windows[4] = {"baseline": [0, 0], "candidate": [7, 7]}
        value = e_value(windows)
        log = float(Decimal(value.numerator).ln() - Decimal(value.denominator).ln())
        written = " ".join("{},{}:{},{}".format(*w["baseline"], *w["candidate"]) for w in windows)
        out.append({"name": name, "windows": written, "logE": log})
    print(json.dumps(out, indent=2))


main()
