#!/usr/bin/env python3
"""Recomputes the decision of a Headgate certificate from the evidence inside it.

Written against docs/certificate.md and nothing else; Python 3.9 or newer, standard library only. Mixtures that are
closed forms of beta and gamma functions elsewhere are integrated numerically here, so that the two cannot share a
mistake.

Exit codes: 0 every certificate holds; 2 the command line is wrong, or a file is no certificate; 7 a certificate does
not follow from its own evidence, or is not the file that --digest names.
"""

import argparse
import hashlib
import json
import math
import re
import sys
from decimal import Decimal

INF = math.inf
MOST = 2**53 - 1  # the largest count
TOLERANCE = 1e-6  # of log-evidence, relative above 1
QUARTER_MS = 900_000  # of an hour: after each of them products begin anew
LATER = 0.2  # weight of all beginnings after the first


class NoCertificate(Exception):
    """The file has not the form of a certificate. Its arguments: (path, what) for each fault."""


class Impossible(Exception):
    """Counts of the observation cannot have happened."""


# --- Canonical JSON and digests -------------------------------------------------------------------------------------


def number_text(value):
    """The shortest decimal that reads back as the same double, laid out as ECMAScript does."""
    value = float(value)
    if value == 0:
        return "0"
    _, digits, exponent = Decimal(repr(abs(value))).as_tuple()
    text = "".join(map(str, digits))
    exponent += len(text)  # value = 0.text * 10 ** exponent
    text = text.rstrip("0")
    if len(text) <= exponent <= 21:
        text += "0" * (exponent - len(text))
    elif 0 < exponent <= 21:
        text = text[:exponent] + "." + text[exponent:]
    elif -6 < exponent <= 0:
        text = "0." + "0" * -exponent + text
    else:
        power = exponent - 1
        text = text[0] + ("." + text[1:] if len(text) > 1 else "") + ("e+" if power > 0 else "e-") + str(abs(power))
    return "-" + text if value < 0 else text


def string_text(value):
    text = json.dumps(value, ensure_ascii=False)
    return re.sub("[\ud800-\udfff]", lambda lone: "\\u%04x" % ord(lone.group()), text)


def key_order(key):
    """Whole numbers below 2^32 - 1 first, by size; then by UTF-16 code units."""
    if re.fullmatch("0|[1-9][0-9]{0,9}", key) and int(key) < 2**32 - 1:
        return (0, int(key), b"")
    return (1, 0, key.encode("utf-16-be", "surrogatepass"))


def canonical(value):
    if isinstance(value, dict):
        members = (string_text(key) + ":" + canonical(value[key]) for key in sorted(value, key=key_order))
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, str):
        return string_text(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return number_text(value)


def digest_of(value):
    return hashlib.sha256(canonical(value).encode("utf-8")).hexdigest()


# --- Numbers --------------------------------------------------------------------------------------------------------


def js_round(x):
    """To the nearest whole number, halves up."""
    low = math.floor(x)
    return int(low + 1 if x - low >= 0.5 else low)


def log_mean(logs, weights):
    """ln of the weighted mean of exp(logs); the weights sum to 1."""
    top = max(logs)
    return top + math.log1p(math.fsum(w * math.expm1(x - top) for x, w in zip(logs, weights)))


def log_sum(logs):
    """ln of the sum of exp(logs)."""
    top = max(logs)
    return top + math.log(math.fsum(math.exp(x - top) for x in logs))


def tanh_sinh(step):
    """Nodes of the double exponential rule on [0, 1], as (distance from 0, weight)."""
    nodes = []
    count = int(4 / step)
    for j in range(-count, count + 1):
        u = math.pi * math.sinh(j * step) / 2
        if abs(u) > 350:
            continue
        place = 1 / (1 + math.exp(-2 * u))
        weight = step * math.pi / 4 * math.cosh(j * step) / math.cosh(u) ** 2
        nodes.append((place, weight))
    return nodes


RULES = [tanh_sinh(1 / 2**k) for k in (3, 4, 5, 6, 7, 8)]


def log_integral(f, mode):
    """ln of the integral of exp(f) over [0, infinity), for f that rises to `mode` and falls from there on."""
    top = f(mode)
    reach = 1e-12
    while f(mode + reach) > top - 45 and reach < 1e300:
        reach *= 2
    back = 1e-12
    while back < mode and f(mode - back) > top - 45:
        back *= 2
    back = min(back, mode)
    before = None
    for rule in RULES:
        total = reach * math.fsum(w * math.exp(f(mode + reach * x) - top) for x, w in rule)
        if back > 0:
            total += back * math.fsum(w * math.exp(f(mode - back * x) - top) for x, w in rule)
        if before is not None and abs(total - before) <= 1e-11 * total:
            break
        before = total
    return top + math.log(total)


def log_upper_beta(events, others, p):
    """ln of the integral over q in [p, 1] of (q/p)^(events-1) ((1-q)/(1-p))^(others-1) / (1-p), events and others > 0.

    In w = -ln((1-q)/(1-p)), where q/p = 1 + (1-p)/p (1 - e^-w) and nothing cancels.
    """
    rise, odds = events - 1, (1 - p) / p

    def f(w):
        return rise * math.log1p(odds * -math.expm1(-w)) - others * w

    best = rise / (rise + others) if rise > 0 else 0
    mode = math.log((1 - p) * (rise + others) / others) if best > p else 0.0
    return log_integral(f, max(0.0, mode))


def log_whole_beta(events, others, p):
    """The same over q in [0, 1], divided by p: the part above p and, with the sides exchanged, the part below."""
    above = log_upper_beta(events, others, p) - math.log(p)
    return log_sum([above, log_upper_beta(others, events, 1 - p) - math.log1p(-p)])


def log_gamma_integral(a, z):
    """ln of the integral of e^(z t) (1-t)^(a-1) over t in [0, 1], in w = -ln(1-t)."""
    return log_integral(lambda w: -z * math.expm1(-w) - a * w, math.log(z / a) if z > a else 0.0)


def best_rho(v_opt, alpha):
    twice = 2 * math.log(1 / alpha)
    return v_opt / (twice + math.log1p(twice))


# --- Evidence -------------------------------------------------------------------------------------------------------


def check(counts):
    requests, events = counts
    if not 0 <= events <= requests <= MOST:
        raise Impossible("%s events of %s requests" % (events, requests))
    return counts


def plus(a, b):
    return (a[0] + b[0], a[1] + b[1])


def exceeds(requests, events, p, v_opt):
    variance = p * (1 - p)
    r = max(best_rho(v_opt, 0.1) - variance, variance / 1000)
    a, b = r / p, r / (1 - p)
    return log_upper_beta(b + events, a + (requests - events), p) - log_upper_beta(b, a, p)


def above_rate(counts, p0):
    """ln of the e-value for "P(event) exceeds p0"."""
    requests, events = check(counts)
    return exceeds(requests, events, p0, 20 * (1 - p0))


def below_rate(counts, p0):
    """The same on requests that were not events, at 1 - p0; tightest after as many requests as above."""
    requests, events = check(counts)
    return exceeds(requests, requests - events, 1 - p0, 20 * (1 - p0))


class Bets:
    """For each bet, ln of the weighted sum of its products that have begun; the rest of the weight is still 1."""

    def __init__(self, weights, restarts):
        self.weights, self.restarts, self.quarters = weights, restarts, 0
        self.waiting = LATER if restarts else 0.0
        self.logs = [math.log(1 - self.waiting)] * len(weights)

    def enter(self, start):
        quarters = start // QUARTER_MS
        if not self.restarts or quarters <= self.quarters:
            return
        before, self.quarters, self.waiting = self.waiting, quarters, LATER / math.sqrt(quarters + 1)
        self.logs = [log_sum([log, math.log(before - self.waiting)]) for log in self.logs]

    @property
    def log_e(self):
        parts = [math.log(weight) + log for weight, log in zip(self.weights, self.logs)]
        return log_sum(parts + [math.log(self.waiting)] if self.restarts else parts)


class RatioMixture:
    """Likelihood ratios of the realised shares, a mixture over bets on the ratio of intensities."""

    def __init__(self, null, bets, restarts):
        self.null, self.ratios = null, [ratio for ratio, _ in bets]
        self.bets = Bets([weight for _, weight in bets], restarts)
        self.log_e = 0.0

    def add(self, start, baseline, candidate):
        (n_b, y_b), (n_c, y_c) = check(baseline), check(candidate)
        if y_b + y_c == 0:
            return
        self.bets.enter(start)
        for j, ratio in enumerate(self.ratios):
            more = ratio - self.null
            gain = y_c * math.log1p(n_b * more / (self.null * (n_c * ratio + n_b)))
            self.bets.logs[j] += gain - y_b * math.log1p(n_c * more / (n_c * self.null + n_b))
        self.log_e = self.bets.log_e


def worse_than(ratio):
    bets = [(1.5, 0.1), (2, 0.35), (3, 0.2), (5, 0.15), (10, 0.2)]
    return RatioMixture(ratio, [(ratio * times, weight) for times, weight in bets], True)


def slightly_worse_than(ratio):
    bets = [(1.1, 0.1), (1.25, 0.15), (1.5, 0.3), (2, 0.2), (4, 0.15), (10, 0.1)]
    return RatioMixture(ratio, [(ratio * times, weight) for times, weight in bets], True)


def better_than(ratio):
    return RatioMixture(ratio, [(math.sqrt(ratio), 0.4), (1.0, 0.6)], False)


def clearly_less():
    return RatioMixture(1.0, [(0.8, 0.3), (0.6, 0.4), (0.4, 0.3)], False)


class RateMixture:
    """Likelihood ratios on P(event), a mixture over bets on one side of p0."""

    def __init__(self, p0, bets, restarts):
        self.gains = [(math.log(q / p0), math.log1p((p0 - q) / (1 - p0))) for q, _ in bets]
        self.bets = Bets([weight for _, weight in bets], restarts)
        self.log_e = 0.0

    def add(self, start, counts):
        requests, events = check(counts)
        if requests == 0:
            return
        self.bets.enter(start)
        for j, (event, none) in enumerate(self.gains):
            self.bets.logs[j] += events * event + (requests - events) * none
        self.log_e = self.bets.log_e


def rate_above(p0):
    most = max(0.9, (1 + p0) / 2)
    bets = [(1.2, 0.1), (1.5, 0.15), (2, 0.15)] + [(times, 0.12) for times in (4, 10, 30, 100, 300)]
    return RateMixture(p0, [(min(times * p0, most), weight) for times, weight in bets], True)


def rate_below(p0):
    bets = [(0.001, 0.4), (0.1, 0.2), (0.3, 0.2), (0.6, 0.2)]
    return RateMixture(p0, [(times * p0, weight) for times, weight in bets], False)


class Alone:
    """The candidate without a baseline beside it, against a limit that the baseline's rate before may raise."""

    def __init__(self, limit, ratio):
        self.limit, self.ratio = limit, ratio
        self.before = (0, 0)
        self.start = self.above = None

    def add(self, window, baseline, candidate):
        if not is_alone(window):
            self.before = plus(self.before, baseline)
            return
        if self.above is None:
            usual = RateSet(self.before, 0.001).upper_end() if self.before[0] else 0
            self.start = window["at"]
            self.above = rate_above(min(0.99, max(self.limit, self.ratio * usual)))
        self.above.add(window["at"] - self.start, candidate)

    @property
    def log_e(self):
        return self.above.log_e if self.above else 0.0


class Betting:
    """The mean of paired differences, by bets on each pair."""

    def __init__(self, margin, sign):
        self.sign, self.m = sign, (1 - sign * margin) / 2
        self.lambdas = [j / (21 * self.m) for j in range(1, 21)]
        self.logs = [0.0] * 20

    def add(self, difference):
        gain = (1 + self.sign * difference) / 2 - self.m
        for j, stake in enumerate(self.lambdas):
            self.logs[j] += math.log1p(stake * gain)

    @property
    def log_e(self):
        return log_mean(self.logs, [0.05] * 20)


class Effect:
    """The difference of two sides' mean scores, from requests that were routed with a known share."""

    def __init__(self, margin, sign):
        self.margin, self.sign = margin, sign
        self.seen = {"baseline": (0, 0.0), "candidate": (0, 0.0)}
        self.s = self.v = 0.0

    def add(self, baseline, candidate, share):
        for n, total, squares in (baseline, candidate):
            room = 1e-9 * (1 + n)
            possible = n <= MOST and -room <= total <= n + room and squares <= total + room
            if not possible or squares * n < total**2 - room * n:
                raise Impossible("%s scores with the sum %s and %s of squares" % (n, total, squares))
        n, total = self.seen["baseline"]
        f_b = (total + 0.5) / (n + 1)
        n, total = self.seen["candidate"]
        f_c = (total + f_b) / (n + 1)
        weight = min(share, 1 - share)
        parts = []
        for (n, total, squares), f, scale in ((candidate, f_c, weight / share), (baseline, f_b, weight / (1 - share))):
            off = total - n * f
            spread = max(squares - 2 * f * total + n * f * f, off**2 / n) if n else 0.0
            parts.append((scale * off, scale**2 * spread))
        expected = weight * (baseline[0] + candidate[0]) * (f_c - f_b + self.margin)
        self.s += self.sign * (expected + parts[0][0] - parts[1][0])
        self.v += parts[0][1] + parts[1][1]
        for side, (n, total, _) in (("baseline", baseline), ("candidate", candidate)):
            self.seen[side] = (self.seen[side][0] + n, self.seen[side][1] + total)

    @property
    def log_e(self):
        rho = best_rho(25, 0.1)
        return log_gamma_integral(self.v + rho, self.s + self.v + rho) - log_gamma_integral(rho, rho)


class Correlation:
    """Fisher's z at 128, 256, 512, ... pairs."""

    def __init__(self, limit):
        self.limit, self.x, self.y, self.looks = limit, [], [], 0
        self.below = self.above = 0.0
        self.r = None

    def add(self, x, y):
        self.x.append(x)
        self.y.append(y)
        if len(self.x) == 128 * 2**self.looks:
            self.look()

    def look(self):
        self.looks += 1
        x, y = standardised(self.x), standardised(self.y)
        if x is None or y is None:
            self.r, self.below, self.above = None, 0.0, 0.0
            return
        n = len(x[0])
        r = max(-1 + 1e-12, min(1 - 1e-12, math.fsum(p * q for p, q in zip(x[0], y[0])) / n))
        squares = [((p * q - r / 2 * (p * p + q * q)) / (1 - r * r)) ** 2 for p, q in zip(x[0], y[0])]
        error = math.sqrt(max(math.fsum(squares) / n / n, 1 / (n - 3))) * (1 + 24 / n)
        gap = math.atanh(r) - math.atanh(self.limit)
        bias = r / (2 * n - 2)
        spent = math.log((math.pi * self.looks) ** 2 / 6)
        square = min(1 / (x[1] * y[1]), 16)
        rare = 2 * (r - self.limit) / square if r > self.limit else (self.limit - r) / (1 - self.limit) / square
        cap = -n * math.log1p(-min(0.5, rare))
        self.r = r
        self.below = min(cap, -log_tail(-(gap - min(0, bias)) / error)) - spent
        self.above = min(cap, -log_tail((gap - max(0, bias)) / error)) - spent


def standardised(values):
    """To mean 0 and mean square 1, and the scale; None where nothing varies."""
    centre = math.fsum(values) / len(values)
    scale = math.sqrt(math.fsum((v - centre) ** 2 for v in values) / len(values))
    return ([(v - centre) / scale for v in values], scale) if scale > 1e-12 else None


def log_tail(z):
    """ln P(N > z) of a standard normal N; from 5 on the upper bound density / z."""
    if z < 0:
        return math.log1p(-math.exp(log_tail(-z)))
    if z > 5:
        return -z * z / 2 - math.log(z) - math.log(2 * math.pi) / 2
    return math.log(math.erfc(z / math.sqrt(2)) / 2)


# --- Intervals, for people ------------------------------------------------------------------------------------------


class Ends:
    """An interval whose ends can be compared at once."""

    def __init__(self, low, high):
        self.low, self.high = low, high

    def admits(self, low, high):
        room = (self.high - self.low) / 1000 + TOLERANCE
        return abs(low - self.low) <= room and abs(high - self.high) <= room


class RateSet:
    """All rates that the two-sided mixture has not refuted; the ends of what is shown are tried rather than computed."""

    def __init__(self, counts, alpha=0.05):
        self.requests, self.events = counts
        self.bound = -math.log(alpha)

    def upper_end(self):
        """The rate above which all are refuted, by halving."""
        if self.events == self.requests:
            return 1.0
        inside, outside = self.events / self.requests, 1.0
        for _ in range(60):
            middle = (inside + outside) / 2
            if not inside < middle < outside:
                break
            if self.refutes(middle) < 0:
                inside = middle
            else:
                outside = middle
        return outside

    def refutes(self, p):
        twice = 2 * self.bound
        kappa = max(1000 / (twice + math.log1p(twice)) - 1, 1e-3)
        others = self.requests - self.events
        evidence = log_whole_beta(kappa * p + self.events, kappa * (1 - p) + others, p)
        return evidence - log_whole_beta(kappa * p, kappa * (1 - p), p) - self.bound

    def admits(self, low, high):
        rate, room = self.events / self.requests, (high - low) / 1000
        if not 0 <= low <= rate <= high <= 1:
            return False
        if self.events == 0 or self.events == self.requests:
            if (low if self.events == 0 else 1 - high) != 0:
                return False
        tried = [(low, -1)] if self.events > 0 else []
        tried += [(high, 1)] if self.events < self.requests else []
        for end, outward in tried:
            outside = end + outward * room
            inside = min(end + room * 2, rate) if outward < 0 else max(end - room * 2, rate)
            if 0 < outside < 1 and self.refutes(outside) < -TOLERANCE:
                return False
            if 0 < inside < 1 and self.refutes(inside) > TOLERANCE:
                return False
        return True


class MeanInterval:
    """Predictable-mixture empirical Bernstein, 95 %."""

    def __init__(self):
        self.count, self.total, self.bets, self.centre = 0, 0.0, 0.0, 0.0
        self.below = self.above = 0.0
        self.t, self.sum, self.squares = 1, 0.5, 0.25

    def add(self, x):
        twice = 2 * math.log(40)
        stake = min(0.5, math.sqrt(twice / (self.t * math.log(1 + self.t) * (self.squares / self.t))))
        psi = -math.log1p(-stake) - stake
        first = self.count == 0
        self.below += psi * (x - (0 if first else self.total / self.count)) ** 2
        self.above += psi * (x - (1 if first else self.total / self.count)) ** 2
        self.bets += stake
        self.centre += stake * x
        self.count += 1
        self.total += x
        self.t += 1
        self.sum += x
        self.squares += (x - min(1, self.sum / self.t)) ** 2

    def of_differences(self):
        if self.count == 0:
            return None
        centre, bound = self.centre / self.bets, math.log(40)
        low = max(0, centre - (bound + self.below) / self.bets)
        high = min(1, centre + (bound + self.above) / self.bets)
        return Ends(2 * low - 1, 2 * high - 1)


# --- Gates ----------------------------------------------------------------------------------------------------------


def sides(window):
    return window["baseline"], window["candidate"]


def is_alone(window):
    return window.get("share") == 1


class Gate:
    """What all kinds have in common: two accounts, one of them latched, and for-evidence that begins anew."""

    def __init__(self, spec):
        self.spec = spec
        self.against_bound = -math.log(spec["alphaRollback"])
        self.for_bound = -math.log(spec["alphaPromote"])
        self.against, self.crossed = 0.0, False
        self.step = self.start = None

    def enter(self, step):
        if step != self.step:
            self.step = step
            self.begin()

    def begin(self):
        """A step begins."""

    def add(self, window):
        self.enter(window["step"])
        self.take(window)

    def since(self, window):
        if self.start is None:
            self.start = window["at"]
        return window["at"] - self.start

    def set_against(self, log_e):
        self.against = log_e
        self.crossed = self.crossed or log_e >= self.against_bound

    def obstacle(self):
        return False

    def finding(self):
        for_log_e = self.for_log_e()
        if self.crossed:
            verdict = "fail"
        else:
            verdict = "pass" if for_log_e >= self.for_bound and not self.obstacle() else "undecided"
        return {
            "verdict": verdict,
            "against": {"logE": self.against, "bound": self.against_bound},
            "for": {"logE": for_log_e, "bound": self.for_bound},
            "observed": self.observed(),
            "interval": self.interval(),
        }


def shown(counts):
    return {"requests": counts[0], "events": counts[1]}


class CountedGate(Gate):
    """Gates that show events of requests of the step, on both sides."""

    def begin(self):
        self.shown_b = self.shown_c = (0, 0)

    def show(self, baseline, candidate):
        self.shown_b, self.shown_c = plus(self.shown_b, baseline), plus(self.shown_c, candidate)

    def observed(self):
        return {"baseline": shown(self.shown_b), "candidate": shown(self.shown_c)}

    def interval(self):
        return RateSet(self.shown_c) if self.shown_c[0] > 0 else None


def beside_or_alone(beside, alone):
    return log_mean([beside, alone], [0.9, 0.1])


class EventGate(CountedGate):
    """errors, client-errors, throttled."""

    def __init__(self, spec):
        super().__init__(spec)
        self.worse = worse_than(spec["toleratedRatio"])
        self.floor = rate_above(spec["floor"])
        self.alone = Alone(spec["ceiling"], spec.get("harmfulRatio", 2))
        self.chi, self.judged = 0.0, 0

    def begin(self):
        super().begin()
        self.harmless = None
        self.good = rate_below(self.spec["ceiling"])

    def events_of(self, side):
        if side is None:
            return None
        kind = self.spec["kind"]
        if kind == "errors":
            return (side["requests"], side["errors"])
        if kind == "client-errors":
            return (side["requests"], side["clientErrors"]) if "clientErrors" in side else None
        return (side["requests"] + side["throttled"], side["throttled"]) if "throttled" in side else None

    def take(self, window):
        if self.harmless is None:
            usual = 3 if window.get("share", 1) < 0.25 else 2
            self.harmless = better_than(self.spec.get("harmfulRatio", usual))
        baseline, candidate = map(self.events_of, sides(window))
        if is_alone(window):
            baseline = (0, 0)
        if baseline is None or candidate is None:
            return
        start, lost = self.since(window), window.get("missing", 0)
        self.show(baseline, candidate)
        charged = plus(baseline, (lost, lost))
        if not is_alone(window):
            self.disperse(baseline, candidate)
            self.worse.add(start, charged, candidate)
            self.floor.add(start, candidate)
            self.alone.add(window, charged, candidate)
        else:
            self.alone.add(window, (0, 0), plus(candidate, (lost, lost)))
        doubtful = plus(candidate, (lost, lost))
        self.harmless.add(start, baseline, doubtful)
        self.good.add(start, doubtful)
        self.set_against(beside_or_alone(min(self.worse.log_e, self.floor.log_e), self.alone.log_e))

    def disperse(self, baseline, candidate):
        events = baseline[1] + candidate[1]
        if events and baseline[0] and candidate[0]:
            share = candidate[0] / (baseline[0] + candidate[0])
            self.chi += (candidate[1] - share * events) ** 2 / (share * (1 - share) * events)
            self.judged += 1

    def for_log_e(self):
        ratio = self.harmless.log_e if self.harmless else 0.0
        return log_mean([ratio, self.good.log_e], [0.5, 0.5])

    def observed(self):
        return dict(super().observed(), dispersion=self.chi / self.judged if self.judged else None)


def edges_of(histogram):
    return [INF if edge is None else edge for edge in histogram["le"]]


def slower_than(side, limit):
    """Requests that surely took longer, and at most so many."""
    edges, surely, at_most, lower = edges_of(side["latencyMs"]), 0, side["requests"], 0
    for upper, n in zip(edges, side["latencyMs"]["n"]):
        if upper <= limit:
            at_most -= n
        elif lower >= limit:
            surely += n
        lower = upper
    return surely, at_most


def has_latency(side):
    return side is not None and "latencyMs" in side


class SloGate(CountedGate):
    """latency-slo."""

    def __init__(self, spec):
        super().__init__(spec)
        self.p0 = 1 - spec["quantile"]
        self.worse = worse_than(spec["toleratedRatio"])
        self.alone = Alone(self.p0, 2)
        self.beyond_b, self.beyond_c = rate_above(self.p0), rate_above(self.p0)

    def begin(self):
        super().begin()
        self.for_counts = (0, 0)

    def take(self, window):
        baseline, candidate = sides(window)
        if is_alone(window):
            baseline = {"requests": 0, "latencyMs": {"le": [None], "n": [0]}}
        if not has_latency(baseline) or not has_latency(candidate):
            return
        start, lost, limit = self.since(window), window.get("missing", 0), self.spec["sloMs"]
        (b_surely, b_most), (c_surely, c_most) = slower_than(baseline, limit), slower_than(candidate, limit)
        n_b, n_c = baseline["requests"], candidate["requests"]
        against_b, against_c = (n_b + lost, b_most + lost), (n_c, c_surely)
        if is_alone(window):
            against_b, against_c = (0, 0), (n_c + lost, c_surely + lost)
        self.show((n_b, b_most), (n_c, c_most))
        if not is_alone(window):
            self.worse.add(start, against_b, against_c)
            self.beyond_b.add(start, (n_b, b_surely))
            self.beyond_c.add(start, against_c)
        self.alone.add(window, against_b, against_c)
        self.for_counts = plus(self.for_counts, (n_c + lost, c_most + lost))
        beside = min(self.beyond_c.log_e, self.worse.log_e)
        self.set_against(beside_or_alone(beside, self.alone.log_e))

    def obstacle(self):
        return min(self.beyond_b.log_e, self.beyond_c.log_e) >= self.against_bound

    def for_log_e(self):
        return below_rate(self.for_counts, self.p0)

    def observed(self):
        return dict(super().observed(), limitMs=self.spec["sloMs"])


def buckets_of(n, low, high):
    """The buckets in which two quantiles lie."""
    total, below, first = sum(n), 0, None
    for bucket, count in enumerate(n):
        below += count
        if first is None and below >= low * total:
            first = bucket
        if below >= high * total:
            return (bucket if first is None else first), bucket
    return (len(n) - 1 if first is None else first), len(n) - 1


class DriftGate(CountedGate):
    """latency-drift."""

    def __init__(self, spec):
        super().__init__(spec)
        self.slower = slightly_worse_than(1.0)
        self.recent, self.coarse, self.limit = [], False, None

    def begin(self):
        super().begin()
        self.not_slower = clearly_less()

    def take(self, window):
        baseline, candidate = sides(window)
        if is_alone(window) or not has_latency(baseline) or not has_latency(candidate):
            return
        limit = self.usual_limit(baseline["latencyMs"])
        if limit is not None:
            self.judge(window, baseline, candidate, limit)
        self.recent = self.recent[-9:] + [baseline["latencyMs"]]

    def usual_limit(self, now):
        known = [one["n"] for one in self.recent if one["le"] == now["le"]]
        n = [sum(column) for column in zip(*known)]
        if sum(n) < 100:
            return None
        edges, quantile = edges_of(now), self.spec["quantile"]
        first, last = buckets_of(n, 0.9, 0.99)
        widths = [edges[i] - (edges[i - 1] if i else 0) for i in range(first, last + 1) if n[i] > 0]
        self.coarse = any(width > self.spec["marginMs"] / 5 for width in widths)
        return None if self.coarse else edges[buckets_of(n, quantile, quantile)[1]]

    def judge(self, window, baseline, candidate, limit):
        start, lost = self.since(window), window.get("missing", 0)
        self.limit = limit
        n_b, n_c = baseline["requests"], candidate["requests"]
        usual_surely, usual_most = slower_than(baseline, limit)
        drifted = slower_than(candidate, limit + self.spec["marginMs"])[0]
        harmful = slower_than(candidate, limit + self.spec["harmfulMs"])[1]
        self.slower.add(start, (n_b + lost, usual_most + lost), (n_c, drifted))
        self.not_slower.add(start, (n_b, usual_surely), (n_c + lost, harmful + lost))
        self.show((n_b, usual_most), (n_c, drifted))
        self.set_against(self.slower.log_e)

    def obstacle(self):
        return self.coarse

    def for_log_e(self):
        return self.not_slower.log_e

    def observed(self):
        return dict(super().observed(), limitMs=None if self.limit == INF else self.limit)


def due_of(due, events):
    return (max(due, events), events)


class ThroughputGate(Gate):
    """throughput."""

    def __init__(self, spec):
        super().__init__(spec)
        self.lacking = slightly_worse_than(1 / (1 - spec["toleratedDrop"]))

    def begin(self):
        self.enough = better_than(1 / (1 - self.spec["harmfulDrop"]))
        self.totals = {side: {"requests": 0, "answered": 0} for side in ("baseline", "candidate")}

    def take(self, window):
        baseline, candidate = sides(window)
        share, lost = window.get("share"), window.get("missing", 0)
        if share is None or is_alone(window) or baseline is None or candidate is None:
            return
        start = self.since(window)
        offered = {name: window[name]["requests"] + window[name].get("throttled", 0) for name in self.totals}
        good = {
            name: max(0, window[name]["requests"] - window[name]["errors"] - window[name].get("clientErrors", 0))
            for name in self.totals
        }
        total = offered["baseline"] + offered["candidate"] + lost
        due_b, due_c = js_round((1 - share) * total * 1000), js_round(share * total * 1000)
        self.lacking.add(start, due_of(due_c, good["candidate"] + lost), due_of(due_b, good["baseline"]))
        self.enough.add(start, due_of(due_c, good["candidate"]), due_of(due_b, good["baseline"] + lost))
        for name, counts in self.totals.items():
            counts["requests"] += offered[name]
            counts["answered"] += good[name]
        self.set_against(self.lacking.log_e)

    def for_log_e(self):
        return self.enough.log_e

    def observed(self):
        return self.totals

    def interval(self):
        return None


def bracket(n, value):
    """The whole numbers of events on either side of value times n: least, most."""
    events = value * n
    slack = 1e-9 * max(1, 1e-6 * events)
    return (n, min(n, math.floor(events + slack))), (n, max(0, math.ceil(events - slack)))


class ThresholdGate(Gate):
    """threshold."""

    def __init__(self, spec):
        super().__init__(spec)
        self.sequential = spec["looks"] == "sequential"
        self.low, self.high = spec.get("min"), spec.get("max")
        self.too_many = None if self.high is None or not self.sequential else rate_above(self.high)
        self.too_few = None if self.low is None or not self.sequential else rate_above(1 - self.low)
        self.more, self.fewer, self.compared, self.shared = worse_than(1.0), worse_than(1.0), False, False

    def begin(self):
        self.last, self.step_least, self.step_most = None, (0, 0), (0, 0)

    def take(self, window):
        for reading in window.get("readings", []):
            if reading["name"] == self.spec["metric"]:
                self.read(reading, window)

    def read(self, reading, window):
        self.last = reading
        if self.sequential:
            self.count(reading, window)
            out, harm = self.over_bounds(lambda worse: INF), self.over_bounds(self.worse)
        else:
            out, harm = (self.against_bound if found else 0.0 for found in self.at_its_word())
        self.shared = harm < self.against_bound <= out
        self.set_against(harm)

    def count(self, reading, window):
        value, n, baseline = reading["value"], reading.get("n"), reading.get("baseline")
        if n is None or not 0 <= value <= 1:
            return
        least, most = bracket(n, value)
        start = self.since(window)
        if self.too_many:
            self.too_many.add(start, least)
        if self.too_few:
            self.too_few.add(start, (n, n - most[1]))
        self.step_least, self.step_most = plus(self.step_least, least), plus(self.step_most, most)
        if baseline is None or not 0 <= baseline <= 1:
            return
        self.compared = True
        b_least, b_most = bracket(n, baseline)
        self.more.add(start, b_most, least)
        self.fewer.add(start, (n, n - b_least[1]), (n, n - most[1]))

    def worse(self, mixture):
        return mixture.log_e if self.compared else INF

    def over_bounds(self, worse):
        sides = ((self.too_many, self.more), (self.too_few, self.fewer))
        found = [min(rate.log_e, worse(mixture)) for rate, mixture in sides if rate]
        return found[0] if len(found) == 1 else max(found) - math.log(2)

    def range(self):
        if self.last is None:
            return -INF, INF
        return self.last.get("interval", (self.last["value"], self.last["value"]))

    def at_its_word(self):
        """Whether it is out of bounds, and whether it is worse than the baseline on that side."""
        (low, high), baseline, sure = self.range(), self.last.get("baseline"), "interval" in self.last
        over, under = self.high is not None and low > self.high, self.low is not None and high < self.low
        if baseline is None:
            return over or under, over or under
        return over or under, sure and ((over and low > baseline) or (under and high < baseline))

    def obstacle(self):
        return self.shared

    def for_log_e(self):
        if self.sequential:
            proofs = [] if self.high is None else [below_rate(self.step_most, self.high)]
            proofs += [] if self.low is None else [above_rate(self.step_least, self.low)]
            return min(proofs)
        if self.last is None:
            return 0.0
        low, high = self.range()
        within = (self.high is None or high <= self.high) and (self.low is None or low >= self.low)
        return self.for_bound if within else 0.0

    def observed(self):
        last = self.last or {}
        return {
            "baseline": {"value": last.get("baseline")},
            "candidate": {"value": last.get("value"), "n": last.get("n")},
            "min": self.low,
            "max": self.high,
        }

    def interval(self):
        if self.sequential:
            return RateSet(self.step_least) if self.step_least[0] > 0 else None
        given = (self.last or {}).get("interval")
        return None if given is None else Ends(*given)


class DistinctPairs:
    """Pairs of one metric, each input once, in the order of their digests within a window."""

    def __init__(self, metric):
        self.metric, self.seen = metric, set()

    def new_of(self, window):
        by_input = {}
        for pair in window.get("pairs", []):
            if pair["metric"] == self.metric and pair["input"] not in self.seen:
                by_input.setdefault(pair["input"], []).append(pair)
        for name in sorted(by_input, key=lambda text: text.encode("utf-16-be", "surrogatepass")):
            self.seen.add(name)
            yield tuple(mean(sorted(pair[side] for pair in by_input[name])) for side in ("baseline", "candidate"))


def mean(values):
    return values[0] if len(values) == 1 else sum(values[1:], values[0]) / len(values)


class PairedScores:
    def __init__(self, spec, sign):
        self.pairs, self.betting = DistinctPairs(spec["metric"]), Betting(spec["margin"], sign)
        self.mean_interval = MeanInterval()
        self.n_b = self.n_c = 0
        self.sum_b = self.sum_c = 0.0

    def add(self, window):
        for baseline, candidate in self.pairs.new_of(window):
            self.betting.add(candidate - baseline)
            self.mean_interval.add((1 + (candidate - baseline)) / 2)
            self.n_b, self.n_c = self.n_b + 1, self.n_c + 1
            self.sum_b, self.sum_c = self.sum_b + baseline, self.sum_c + candidate

    @property
    def log_e(self):
        return self.betting.log_e

    def interval(self):
        return self.mean_interval.of_differences()


class UnpairedScores:
    def __init__(self, spec, sign):
        self.metric, self.sign, self.effect = spec["metric"], sign, Effect(spec["margin"], sign)
        self.n_b = self.n_c = 0
        self.sum_b = self.sum_c = 0.0
        self.test, self.tests, self.scored_b, self.scored_c, self.broken = None, 0, 0, 0, False

    def divide(self, step, share, n_b, n_c):
        """Whether the scored requests are split by the share."""
        if (step, share) != self.test:
            self.test, self.scored_b, self.scored_c = (step, share), 0, 0
            self.tests += 1
        self.scored_b, self.scored_c = self.scored_b + n_b, self.scored_c + n_c
        c, b = 100 * share, 100 * (1 - share)
        evidence = log_whole_beta(c + self.scored_c, b + self.scored_b, share) - log_whole_beta(c, b, share)
        self.broken = self.broken or evidence - self.tests * math.log(2) >= math.log(1000)

    def add(self, window):
        share, lost = window.get("share"), window.get("missing", 0)
        found = [(side or {}).get("scores", {}).get(self.metric) for side in sides(window)]
        if share is None or is_alone(window) or None in found:
            return
        sums = [(one["n"], one["sum"], one["sumOfSquares"]) for one in found]
        self.divide(window["step"], share, sums[0][0], sums[1][0])
        if self.broken:
            return
        zeros = (lost, 0) if self.sign < 0 else (0, lost)
        self.effect.add(*((n + more, total, squares) for (n, total, squares), more in zip(sums, zeros)), share)
        self.n_b, self.n_c = self.n_b + sums[0][0], self.n_c + sums[1][0]
        self.sum_b, self.sum_c = self.sum_b + sums[0][1], self.sum_c + sums[1][1]

    @property
    def log_e(self):
        return self.effect.log_e

    def interval(self):
        return None


class QualityGate(Gate):
    """quality."""

    def __init__(self, spec):
        super().__init__(spec)
        self.release = self.scores(-1)

    def scores(self, sign):
        kind = PairedScores if self.spec["pairing"] == "paired" else UnpairedScores
        return kind(self.spec, sign)

    def begin(self):
        self.now = self.scores(1)

    def take(self, window):
        self.release.add(window)
        self.now.add(window)
        self.set_against(self.release.log_e)

    def obstacle(self):
        return getattr(self.now, "broken", False) or self.now.n_b + self.now.n_c == 0

    def for_log_e(self):
        return self.now.log_e

    def observed(self):
        now = self.now
        baseline = {"n": now.n_b, "mean": now.sum_b / now.n_b if now.n_b else None}
        candidate = {"n": now.n_c, "mean": now.sum_c / now.n_c if now.n_c else None}
        return {"baseline": baseline, "candidate": candidate, "margin": self.spec["margin"]}

    def interval(self):
        return self.now.interval()


class CorrelationGate(Gate):
    """correlation."""

    def __init__(self, spec):
        super().__init__(spec)
        self.release_pairs, self.release = DistinctPairs(spec["metric"]), Correlation(spec["min"])

    def begin(self):
        self.pairs, self.now = DistinctPairs(self.spec["metric"]), Correlation(self.spec["min"])

    def take(self, window):
        for pair in self.pairs.new_of(window):
            self.now.add(*pair)
        for pair in self.release_pairs.new_of(window):
            self.release.add(*pair)
            self.set_against(self.release.below)

    def obstacle(self):
        return self.now.r is None

    def for_log_e(self):
        return self.now.above

    def observed(self):
        pairs = {"pairs": len(self.now.x)}
        return {"baseline": pairs, "candidate": pairs, "correlation": self.now.r, "min": self.spec["min"]}

    def interval(self):
        return None


class SplitGate(Gate):
    """sample-ratio."""

    def __init__(self, spec):
        super().__init__(spec)
        self.tests = 0

    def begin(self):
        self.share, self.n_b, self.n_c = None, 0, 0

    def take(self, window):
        baseline, candidate = sides(window)
        share = window.get("share")
        if share is None or is_alone(window) or baseline is None or candidate is None:
            return
        if share != self.share:
            self.share, self.n_b, self.n_c = share, 0, 0
            self.tests += 1
        self.n_b += baseline["requests"] + baseline.get("throttled", 0)
        self.n_c += candidate["requests"] + candidate.get("throttled", 0)
        c, b = 100 * share, 100 * (1 - share)
        evidence = log_whole_beta(c + self.n_c, b + self.n_b, share) - log_whole_beta(c, b, share)
        self.set_against(evidence - self.tests * math.log(2))

    def for_log_e(self):
        if self.share is None:
            return 0.0
        results = []
        for times in (1.25, 1 / 1.25):
            odds = self.share / (1 - self.share) * times
            other = odds / (1 + odds)
            result = self.n_c * math.log(self.share / other)
            results.append(result + self.n_b * math.log((1 - self.share) / (1 - other)))
        return min(results)

    def observed(self):
        total = self.n_b + self.n_c
        return {
            "baseline": {"requests": self.n_b, "events": 0},
            "candidate": {"requests": self.n_c, "events": 0},
            "share": self.share,
            "realisedShare": self.n_c / total if total else None,
        }

    def interval(self):
        return None


GATES = {
    "errors": EventGate,
    "client-errors": EventGate,
    "throttled": EventGate,
    "latency-slo": SloGate,
    "latency-drift": DriftGate,
    "quality": QualityGate,
    "throughput": ThroughputGate,
    "threshold": ThresholdGate,
    "correlation": CorrelationGate,
    "sample-ratio": SplitGate,
}


# --- The judgement --------------------------------------------------------------------------------------------------


def trusts_share(spec):
    """Whether it compares the sides by the configured share."""
    return spec["kind"] == "throughput" or spec.get("pairing") == "unpaired"



def findings_of(certificate):
    gates = [GATES[spec["kind"]](spec) for spec in certificate["specs"]]
    splits = [gate for gate in gates if isinstance(gate, SplitGate)]
    split = splits[0] if splits else SplitGate({"alphaRollback": 0.001, "alphaPromote": 0.05})
    proven = set()
    for window in certificate["observation"]["windows"]:
        split.add(window)
        if split.crossed:
            continue
        for gate in gates:
            if gate is not split:
                gate.add(window)
                if trusts_share(gate.spec) and gate.crossed and split.finding()["verdict"] == "pass":
                    proven.add(gate)
    for gate in [split] + gates:
        gate.enter(certificate["step"])
    split_holds = split.finding()["verdict"] == "pass"
    findings = []
    for gate in gates:
        finding = gate.finding()
        unproven = trusts_share(gate.spec) and not split_holds and gate not in proven
        latched = finding["verdict"] == "fail" and gate.spec["kind"] != "sample-ratio"
        if unproven or (split.crossed and not latched):
            finding["verdict"] = "undecided"
        findings.append(finding)
    return findings


def decision_of(certificate, findings):
    rule, now = certificate["rule"], certificate["decidedAt"]
    verdicts = [finding["verdict"] for finding in findings]
    if "fail" in verdicts:
        return "rollback"
    age = now - rule["since"]
    if certificate["step"] >= rule["steps"]:
        return "retire" if age >= rule["soak"] else "wait"
    names = [spec["name"] for spec in certificate["specs"]]
    if all(verdicts[names.index(name)] == "pass" for name in certificate["required"]):
        if age < rule["minBake"]:
            return "wait"
        return "advance" if certificate["step"] + 1 < rule["steps"] else "promote"
    return "wait" if now < rule["deadline"] else rule["atDeadline"]


# --- Comparison -----------------------------------------------------------------------------------------------------


def near(said, found):
    return abs(said - found) <= TOLERANCE * max(1.0, abs(found))


def compare_tree(path, said, found):
    if isinstance(said, dict) and isinstance(found, dict):
        for key in sorted(set(said) | set(found)):
            yield from compare_tree(path + "." + key, said.get(key, "absent"), found.get(key, "absent"))
    elif isinstance(found, float) and is_number(said):
        if not near(said, found):
            yield path, "is %s, and recomputed %s" % (number_text(said), number_text(found))
    elif said != found:
        yield path, "is %s, and recomputed %s" % (said, found)


def compare_finding(path, spec, said, found):
    for key, expected in (("gate", spec["name"]), ("kind", spec["kind"]), ("verdict", found["verdict"])):
        if said[key] != expected:
            yield path + "." + key, "is %s, and recomputed %s" % (said[key], expected)
    for account in ("against", "for"):
        for key in ("logE", "bound"):
            if not near(said[account][key], found[account][key]):
                yield (
                    "%s.%s.%s" % (path, account, key),
                    "is %s, and recomputed %s" % (number_text(said[account][key]), number_text(found[account][key])),
                )
    yield from compare_tree(path + ".observed", said["observed"], found["observed"])
    interval = found["interval"]
    if (said["interval"] is None) != (interval is None):
        yield path + ".interval", "is given where there is none, or lacks"
    elif interval is not None and not interval.admits(said["interval"]["low"], said["interval"]["high"]):
        yield path + ".interval", "is another one"
    if (said["missing"] is None) != (found["verdict"] != "undecided"):
        yield path + ".missing", "goes with the verdict undecided, and with no other"


def differences_in(certificate):
    """(path, what) for everything that does not follow from the certificate's specs and observation."""
    observation = certificate["observation"]
    end = -INF
    for index, window in enumerate(observation["windows"]):
        path = "observation.windows.%d.at" % index
        if window["at"] < end:
            yield path, "is before the end of the window before"
        end = window["at"] + window["span"]
        if end > observation["watermark"]:
            yield path, "was not closed at the watermark"
    if observation["watermark"] > certificate["decidedAt"]:
        yield "decidedAt", "is before the watermark"
    digest = digest_of(observation)
    if digest != certificate["observationDigest"]:
        said = certificate["observationDigest"]
        yield "observationDigest", "is %s, and the observation has %s: it was changed" % (said, digest)
    names = [spec["name"] for spec in certificate["specs"]]
    strangers = [(i, name) for i, name in enumerate(certificate["required"]) if name not in names]
    for index, name in strangers:
        yield "required.%d" % index, "no gate is called %s" % name
    if strangers:
        return
    try:
        findings = findings_of(certificate)
    except (Impossible, ArithmeticError) as impossible:
        yield "observation.windows", "cannot be judged: %s" % impossible
        return
    if len(certificate["gates"]) != len(findings):
        yield "gates", "are %d for %d specs" % (len(certificate["gates"]), len(findings))
    else:
        for index, (spec, said, found) in enumerate(zip(certificate["specs"], certificate["gates"], findings)):
            yield from compare_finding("gates.%d" % index, spec, said, found)
    decision = decision_of(certificate, findings)
    if certificate["decision"]["kind"] != decision:
        yield "decision.kind", "is %s, and recomputed %s" % (certificate["decision"]["kind"], decision)


# --- Form -----------------------------------------------------------------------------------------------------------


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def rule(holds, says):
    """A check of one value: yields (path, what) where it does not hold."""

    def check_value(value, path):
        if not holds(value):
            yield path, says

    return check_value


def number(low=-INF, high=INF, above=-INF, below=INF):
    says = "is a number from %s to %s, or between %s and %s" % (low, high, above, below)
    return rule(lambda v: is_number(v) and low <= v <= high and above < v < below, says)


text = rule(lambda v: isinstance(v, str), "is a text")
some_text = rule(lambda v: isinstance(v, str) and v != "", "is a text that is not empty")
count = rule(
    lambda v: is_number(v) and v == int(v) and 0 <= v <= MOST, "is a whole number from 0 to 9007199254740991"
)
digest = rule(lambda v: isinstance(v, str) and re.fullmatch("[0-9a-f]{64}", v), "has 64 hexadecimal digits")
time = number(low=0)
part = number(above=0, below=1)


def one_of(*values):
    return rule(lambda v: isinstance(v, str) and v in values, "is one of " + ", ".join(values))


def optional(shape):
    return ("optional", shape)


def or_null(shape):
    def check_value(value, path):
        if value is not None:
            yield from shape(value, path)

    return check_value


def record(*extra, **members):
    """An object with these members and no others. `extra` look at the object as a whole once its members are right."""

    def check_value(value, path):
        if not isinstance(value, dict):
            yield path or "the file", "is an object"
            return
        faults = 0
        for key, shape in members.items():
            may_lack = isinstance(shape, tuple)
            if key in value:
                for fault in (shape[1] if may_lack else shape)(value[key], (path + "." + key).lstrip(".")):
                    faults += 1
                    yield fault
            elif not may_lack:
                faults += 1
                yield (path + "." + key).lstrip("."), "is missing"
        for key in value:
            if key not in members:
                faults += 1
                yield path or "the file", "has an unknown member %s" % json.dumps(key)
        if not faults:
            for whole in extra:
                yield from whole(value, path)

    return check_value


def each(shape, least=0):
    def check_value(value, path):
        if not isinstance(value, list) or len(value) < least:
            yield path, "is a list of at least %d" % least
            return
        for index, member in enumerate(value):
            yield from shape(member, "%s.%d" % (path, index))

    return check_value


def mapped(shape, *required):
    def check_value(value, path):
        if not isinstance(value, dict) or any(key not in value for key in required):
            yield path, "is an object" + (" with " + ", ".join(required) if required else "")
            return
        for key, member in value.items():
            yield from shape(member, path + "." + key)

    return check_value


COMMON = {"name": some_text, "kind": some_text, "alphaRollback": part, "alphaPromote": part}
positive = number(above=0)
EVENTS = dict(COMMON, toleratedRatio=positive, harmfulRatio=optional(number(above=1)), floor=part, ceiling=part)
SPECS = {
    "errors": record(**EVENTS),
    "client-errors": record(**EVENTS),
    "throttled": record(**EVENTS),
    "latency-slo": record(**COMMON, sloMs=positive, quantile=part, toleratedRatio=positive),
    "latency-drift": record(**COMMON, quantile=part, marginMs=positive, harmfulMs=positive),
    "quality": record(
        **COMMON, metric=text, margin=number(low=0, below=1), pairing=one_of("paired", "unpaired")
    ),
    "throughput": record(**COMMON, toleratedDrop=number(low=0, below=1), harmfulDrop=part),
    "threshold": record(
        rule(lambda v: "min" in v or "max" in v, "has min, max or both"),
        rule(
            lambda v: v["looks"] == "one" or all(0 < v[key] < 1 for key in ("min", "max") if key in v),
            "has bounds between 0 and 1",
        ),
        **COMMON,
        metric=text,
        min=optional(number()),
        max=optional(number()),
        looks=one_of("one", "sequential"),
    ),
    "correlation": record(**COMMON, metric=text, min=number(above=-1, below=1)),
    "sample-ratio": record(**COMMON),
}


def spec_shape(value, path):
    kind = value.get("kind") if isinstance(value, dict) else None
    if isinstance(kind, str) and kind in SPECS:
        yield from SPECS[kind](value, path)
    else:
        yield path + ".kind", "is one of " + ", ".join(SPECS)


def rises(edges):
    return all(edge is not None for edge in edges) and all(a < b for a, b in zip(edges, edges[1:]))


HISTOGRAM = record(
    rule(lambda v: len(v["le"]) == len(v["n"]), "has as many counts as edges"),
    rule(lambda v: v["le"][-1] is None and rises(v["le"][:-1]), "has edges that rise, the last one null"),
    le=each(or_null(number()), 1),
    n=each(count),
)
SIDE = record(
    rule(lambda v: v["errors"] <= v["requests"], "has more errors than requests"),
    rule(lambda v: v.get("clientErrors", 0) <= v["requests"], "has more clientErrors than requests"),
    rule(
        lambda v: sum(v.get("latencyMs", {"n": []})["n"]) <= v["requests"],
        "has more requests in latencyMs than there were",
    ),
    requests=count,
    errors=count,
    clientErrors=optional(count),
    throttled=optional(count),
    latencyMs=optional(HISTOGRAM),
    scores=optional(mapped(record(n=count, sum=number(low=0), sumOfSquares=number(low=0)))),
)
score = number(low=0, high=1)
pair_of_numbers = rule(lambda v: isinstance(v, list) and len(v) == 2 and all(map(is_number, v)), "is [low, high]")
WINDOW = record(
    at=time,
    span=rule(lambda v: is_number(v) and v == int(v) and 0 < v <= MOST, "is a whole number above 0"),
    step=count,
    share=optional(number(low=1e-9, high=1)),
    baseline=or_null(SIDE),
    candidate=or_null(SIDE),
    missing=optional(count),
    pairs=optional(each(record(metric=text, baseline=score, candidate=score, input=text))),
    readings=optional(
        each(
            record(
                name=text,
                value=number(),
                n=optional(count),
                interval=optional(pair_of_numbers),
                baseline=optional(number()),
            )
        )
    ),
)
ACCOUNT = record(logE=number(), bound=number())
number_or_null = or_null(number())


def observed_member(value, path):
    yield from (mapped(number_or_null) if isinstance(value, dict) else number_or_null)(value, path)


def observed_shape(value, path):
    yield from mapped(observed_member, "baseline", "candidate")(value, path)
    if isinstance(value, dict):
        for side in ("baseline", "candidate"):
            if side in value and not isinstance(value[side], dict):
                yield path + "." + side, "is an object"


FINDING = record(
    gate=text,
    kind=text,
    verdict=one_of("pass", "fail", "undecided"),
    against=ACCOUNT,
    **{"for": ACCOUNT},
    observed=observed_shape,
    interval=or_null(record(low=number(), high=number())),
    missing=or_null(record(what=text, etaS=number_or_null)),
)


def sized(low, high):
    return rule(
        lambda v: isinstance(v, str) and low <= len(v.encode("utf-16-be", "surrogatepass")) // 2 <= high,
        "is a text of %d to %d" % (low, high),
    )


CERTIFICATE = record(
    rule(
        lambda v: len({spec["name"] for spec in v["specs"]}) == len(v["specs"])
        and sum(spec["kind"] == "sample-ratio" for spec in v["specs"]) <= 1,
        "has gates of one name, or two of kind sample-ratio",
    ),
    schema=one_of("headgate.certificate/v1"),
    release=record(
        releaseId=sized(1, 80),
        endpoint=sized(1, 63),
        model=sized(1, 512),
        version=sized(1, 32),
        intent=one_of("release", "rollback", "drill"),
    ),
    plan=record(ref=some_text, digest=digest),
    snapshot=record(ref=some_text, digest=digest),
    artefactDigest=digest,
    policyDigest=digest,
    step=count,
    decidedAt=time,
    rule=record(
        steps=rule(lambda v: is_number(v) and v == int(v) and 1 <= v <= 1000, "is a whole number from 1 to 1000"),
        since=time,
        deadline=time,
        minBake=time,
        soak=time,
        atDeadline=one_of("rollback", "hold"),
    ),
    decision=record(kind=one_of("advance", "promote", "retire", "rollback", "hold", "wait"), says=text),
    required=each(text, 1),
    specs=each(spec_shape, 1),
    gates=each(FINDING),
    observation=record(
        source=one_of("probes", "callers", "payloadTable"), queryId=text, watermark=time, windows=each(WINDOW)
    ),
    observationDigest=digest,
)


def whole(value):
    """Whole numbers as int, all others as double: JSON knows no difference between 1 and 1.0."""
    number_read = float(value)
    exact = number_read.is_integer() and abs(number_read) <= 2**53
    return int(number_read) if exact else number_read


def refuse(name):
    raise ValueError("%s is no number of JSON" % name)


def certificate_in(content):
    """The certificate in a file's bytes. Raises NoCertificate."""
    try:
        value = json.loads(content.decode("utf-8"), parse_int=whole, parse_float=whole, parse_constant=refuse)
    except (ValueError, RecursionError, OverflowError) as cause:
        raise NoCertificate([("the file", "is no JSON: %s" % cause)]) from None
    faults = list(CERTIFICATE(value, ""))
    if faults:
        raise NoCertificate(faults)
    return value


# --- The command ----------------------------------------------------------------------------------------------------


def verified(path, kept):
    """What is said of one file: {file, sha256, holds, decision, differences} or {file, faults}."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as cause:
        return {"file": path, "faults": [["the file", "cannot be read: %s" % cause.strerror]]}
    try:
        certificate = certificate_in(content)
    except NoCertificate as refused:
        return {"file": path, "faults": [list(fault) for fault in refused.args[0]]}
    sha256 = hashlib.sha256(content).hexdigest()
    differences = [list(difference) for difference in differences_in(certificate)]
    if kept is not None and kept != sha256:
        differences.insert(0, ["the file", "has the digest %s, not %s: it is another one" % (sha256, kept)])
    return {
        "file": path,
        "sha256": sha256,
        "holds": not differences,
        "decision": certificate["decision"]["kind"],
        "differences": differences,
    }


def plain(value):
    return re.sub("[\x00-\x1f\x7f-\x9f\ud800-\udfff]+", " ", value)


def tell(result):
    if "faults" in result:
        sys.stderr.write(plain("%s is no certificate" % result["file"]) + "\n")
    elif result["holds"]:
        print(plain("%(file)s: holds. Decision: %(decision)s. SHA-256 %(sha256)s" % result))
    else:
        sys.stderr.write(plain("%s does not follow from its own evidence" % result["file"]) + "\n")
    for path, what in result.get("faults", result.get("differences", []))[:20]:
        sys.stderr.write(plain("  %s: %s" % (path, what)) + "\n")


def kept_digest(value):
    if re.fullmatch("[0-9a-f]{64}", value):
        return value
    raise argparse.ArgumentTypeError("%r is no digest: a digest has 64 hexadecimal digits" % value)


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description="Recomputes the decision of Headgate certificates from the evidence inside them.",
        epilog="Ends with 0 when every certificate holds, 2 when a file is no certificate, 7 when one does not follow "
        "from its own evidence. docs/certificate.md specifies the file.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a certificate")
    parser.add_argument(
        "--digest", type=kept_digest, help="SHA-256 of the file, as the audit trail has it; with one FILE only"
    )
    parser.add_argument("--json", action="store_true", help="a line of JSON for each file")
    options = parser.parse_args(arguments)
    if options.digest is not None and len(options.files) > 1:
        parser.error("--digest names one file")
    worst = 0
    for path in options.files:
        result = verified(path, options.digest)
        if options.json:
            print(json.dumps(result))
        else:
            tell(result)
        worst = max(worst, 7 if result.get("holds") is False else 0, 2 if "faults" in result else 0)
    return worst


if __name__ == "__main__":
    sys.exit(main())
