"""Oracle for the beta functions of src/domain/stats/beta.ts, on Python's standard library alone.

Re-run from the repository root:  python3 tests/oracles/beta_binomial.py > tests/oracles/beta-binomial.json

B_x(a, b) / (x^a (1-x)^b) by its series of positive terms (DLMF 8.17.7),
(1/a) sum_i prod_{m<i} (a+b+m) x / (a+1+m), in 50-digit decimals; the complete function is the sum of the two
halves. The TypeScript uses a continued fraction and Stirling's series, so the two share no step.
"""

import json
from decimal import Decimal as D, getcontext

getcontext().prec = 50


def incomplete(a, b, x):
    term = total = D(1)
    m = 0
    while term > total * D("1e-30"):
        term *= (a + b + m) * x / (a + 1 + m)
        total += term
        m += 1
    return total / a


def main():
    cases = [
        ("0.5", "0.5", "0.5"), ("1e-3", "2e-3", "0.3"), ("1", "1", "0.01"), ("2.5", "40", "0.2"),
        ("40", "2.5", "0.2"), ("9.99", "10.01", "0.9"), ("123.4", "5.6", "0.95"), ("950.5", "50.25", "0.95"),
        ("9000", "1000", "0.95"), ("980000.5", "20000.5", "0.99"), ("990000.5", "10000.5", "0.99"),
        ("989000", "10100", "0.99"), ("0.02", "1000000", "0.5"), ("5", "0.05", "0.999"),
    ]
    out = []
    for a, b, x in cases:
        lower = incomplete(D(a), D(b), D(x))
        # Both halves are divided by the same x^a (1-x)^b, so the complete function is their sum.
        whole = lower + incomplete(D(b), D(a), 1 - D(x))
        case = {"a": float(a), "b": float(b), "x": float(x), "y": float(1 - D(x))}
        case |= {"logIncomplete": float(lower.ln()), "logComplete": float(whole.ln())}
        out.append(case)
    print(json.dumps(out, indent=2))


main()
