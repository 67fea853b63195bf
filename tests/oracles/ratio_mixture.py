"""Oracle for src/domain/stats/ratio-mixture.ts, on Python's standard library alone.

Re-run from the repository root:  python3 tests/oracles/ratio_mixture.py > tests/oracles/ratio-mixture.json

Written from the definition, not from the TypeScript: every component is a product of quotients of
probabilities, taken exactly in rational numbers, and only the final mixture becomes a decimal (40 digits).
The windows come from a fixed linear congruential sequence.
"""

import json
from decimal import Decimal, getcontext
from fractions import Fraction as Q

getcontext().prec = 60
QUARTER = 900_000
TENTH = Q(1, 10)


def theta(share, ratio):
    return share * ratio / (share * ratio + 1 - share)


def product(windows, ratio, null_ratio, start):
    value = Q(1)
    for w in windows:
        nc, yc, nb, yb = w["candidate"] + w["baseline"]
        if nc == 0 or nb == 0 or w["start"] < start:
            continue
        share = Q(nc, nc + nb)
        bet, null = theta(share, ratio), theta(share, null_ratio)
        value *= (bet / null) ** yc * ((1 - bet) / (1 - null)) ** yb
    return value


def ln(value):
    return float(Decimal(value.numerator).ln() - Decimal(value.denominator).ln())


def against(windows, tolerated):
    grid = [(Q(3, 2), TENTH), (Q(2), Q(35, 100)), (Q(3), Q(1, 5)), (Q(5), Q(15, 100)), (Q(10), Q(1, 5))]
    assert sum(weight for _, weight in grid) == 1

    def from_quarter(k):
        return sum(weight * product(windows, tolerated * g, tolerated, k * QUARTER) for g, weight in grid)

    def not_begun(k):
        """Weight of what begins after the k-th quarter of an hour: irrational, so to 60 digits."""
        return Q(Decimal("0.2") / Decimal(k + 1).sqrt())

    last = max((w["start"] for w in windows), default=0) // QUARTER
    begun = sum((not_begun(k - 1) - not_begun(k)) * from_quarter(k) for k in range(1, last + 1))
    return ln(Q(4, 5) * from_quarter(0) + begun + not_begun(last))


def in_favour(windows, root):
    """`root` is the square root of the harmful ratio: the grid bets on it and on 1."""
    harmful = root * root
    return ln(
        Q(4, 10) * product(windows, root, harmful, 0) + Q(6, 10) * product(windows, Q(1), harmful, 0)
    )


class Sequence:
    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % n


def series(seed, count, minutes, candidate, baseline):
    """Windows with up to the given (requests, errors) on each side; a side is sometimes empty."""
    draw = Sequence(seed)
    windows = []
    for i in range(count):
        sides = []
        for requests, errors in (candidate, baseline):
            n = 0 if draw.below(12) == 0 else draw.below(requests) + errors
            sides.append((n, draw.below(errors + 1) if n else 0))
        windows.append({"start": i * minutes * 60_000, "candidate": sides[0], "baseline": sides[1]})
    return windows


def written(w):
    """start:baseline requests,events:candidate requests,events"""
    return "{}:{},{}:{},{}".format(w["start"], *w["baseline"], *w["candidate"])


def main():
    cases = [
        ("five per cent, candidate worse", series(1, 120, 1, (80, 1), (1800, 4))),
        ("half, alike", series(2, 60, 5, (500, 3), (500, 3))),
        ("six hours, late onset", series(3, 50, 5, (80, 0), (1800, 4)) + [
            {**w, "start": w["start"] + 15_000_000} for w in series(4, 20, 5, (80, 3), (1800, 4))
        ]),
        ("a single error against none", [{"start": 0, "candidate": (1, 1), "baseline": (19, 0)}]),
        ("candidate better", series(5, 80, 1, (400, 1), (1200, 9))),
        ("nothing", []),
    ]
    out = []
    for name, windows in cases:
        out.append(
            {
                "name": name,
                "windows": " ".join(written(w) for w in windows),
                "against": {"1": against(windows, Q(1)), "1.1": against(windows, Q(11, 10))},
                "for": {"2.25": in_favour(windows, Q(3, 2)), "4": in_favour(windows, Q(2))},
            }
        )
    print(json.dumps(out, indent=2))


main()
