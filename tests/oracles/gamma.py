"""Oracle for src/domain/stats/gamma.ts, on Python's standard library alone.

Re-run from the repository root:  python3 tests/oracles/gamma.py > tests/oracles/gamma.json

ln of the integral of e^(zt) (1-t)^(a-1) over [0, 1] by the one series sum_k z^k / (a (a+1) ... (a+k)), in decimals
with enough digits for its alternating case. The TypeScript uses two continued fractions and Stirling's series too.
"""

import json
from decimal import Decimal as D, getcontext


def log_integral(a, z):
    # For z < 0 terms as large as e^|z| cancel; 50 digits are left.
    getcontext().prec = 60 + int(abs(z) / D("2.3") if z < 0 else 0)
    term = total = 1 / a
    k = 0
    while abs(term) > abs(total) * D("1e-40") or k < abs(z) - a:
        k += 1
        term *= z / (a + k)
        total += term
    return float(total.ln())


def main():
    cases = [
        ("0.01", "0.02"), ("0.5", "1.4"), ("0.5", "1.6"), ("1", "0.001"), ("3", "3"), ("12.6", "12.6"), ("12.6", "700"),
        ("12.6", "-5"), ("0.3", "-0.001"), ("0.3", "-40"), ("40", "-4000"), ("900", "-20"), ("1000", "100"),
        ("1000", "1000.9"), ("1000", "1001.1"), ("1000", "1300"), ("1000", "20000"), ("100000", "99000"),
        ("100000", "100100"), ("100000", "101500"), ("5", "-2500"), ("0.02", "300"), ("2500000", "2499000"),
        ("0.001", "-0.5"), ("0.001", "-90"),
    ]
    out = [{"a": float(a), "z": float(z), "log": log_integral(D(a), D(z))} for a, z in cases]
    print(json.dumps(out, indent=2))


main()
