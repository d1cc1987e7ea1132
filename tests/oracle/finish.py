#!/usr/bin/env python3
"""An independent model of the numbers of job/plan/finish.h.

    python3 tests/oracle/finish.py > tests/vectors/finish.kat

Python rounds the quotient of two integers correctly; a root's double is found
by comparing squares of the halfway points, exactly. Standard library only.
"""
import math
import random
import struct
from fractions import Fraction

MAX_SCALE = 38


def nearest(q):
    """The nearest double to a Fraction, ties to even."""
    try:
        return q.numerator / q.denominator
    except OverflowError:
        return -math.inf if q < 0 else math.inf


def nearest_root(q):
    """The nearest double to sqrt(q), q > 0."""
    s = 1 << 1400
    x = nearest(Fraction(math.isqrt(q.numerator * s * s // q.denominator), s))
    while True:
        low, high = math.nextafter(x, 0), math.nextafter(x, math.inf)
        below = (Fraction(low) + Fraction(x)) / 2
        above = (Fraction(x) + Fraction(high)) / 2
        if q < below**2:
            x = low
        elif q > above**2:
            x = high
        else:
            return x


def double_text(x):
    for digits in (15, 16, 17):
        text = "%.*g" % (digits, x)
        if float(text) == x:
            return text


def decimal_text(q):
    """Exact text, or None if it is no decimal of at most MAX_SCALE digits."""
    for scale in range(MAX_SCALE + 1):
        v = abs(q) * 10**scale
        if v.denominator == 1:
            digits = str(v.numerator).rjust(scale + 1, "0")
            point = digits[: len(digits) - scale] + "." + digits[len(digits) - scale :]
            return ("-" if q < 0 else "") + (point if scale else digits)
    return None


def emit(q, root=False):
    rational = not root
    if root:
        n, d = math.isqrt(q.numerator), math.isqrt(q.denominator)
        rational = n * n == q.numerator and d * d == q.denominator
        x = nearest(Fraction(n, d)) if rational else nearest_root(q)
        text = decimal_text(Fraction(n, d)) if rational else None
    else:
        x, text = nearest(q), decimal_text(q)
    print(f"q = {q.numerator}/{q.denominator}")
    print(f"is_root = {int(root)}")
    print("double = 0x%016x" % struct.unpack("<Q", struct.pack("<d", x)))
    print(f"text = {text or double_text(x)}")
    print()


print("# Numbers of job/plan/finish.h by the independent model tests/oracle/finish.py:")
print("# q, or its square root if is_root; the nearest double; how it prints.")
print()
rng = random.Random(20240917)
F = Fraction
tiny = F(1, 10**60)
cases = [F(0), F(1), F(-1), F(1, 3), F(-2, 3), F(1, 8), F(-25, 2), F(1, 10)]
cases += [F(1, 10**38), F(-1, 10**39), F(7, 5**38), F(1, 2**39), F(123456789, 1000)]
cases += [F(10**38), F(2**127), F(-(2**127)), F(1, 10**300), F(10**25, 7)]
for base in (F(2**53), F(2**60 * 4503599627370497), F(1, 2**80)):
    ulp = base / 2**52 if base.numerator & (base.numerator - 1) == 0 else F(2**60)
    for half in (1, 3):  # half a unit in the last place, and beside it
        for off in (-tiny, 0, tiny):
            cases += [base + half * ulp / 2 + off * ulp]
            cases += [-(base + half * ulp / 2 + off * ulp)]
big = F(2**1024 - 2**970)  # halfway between the largest double and infinity
cases += [big, -big, F(2**1026, 3), big * F(2, 3), (big - F(1, 3)), F(2**1024 - 2**971) + F(1, 3)]
for k in (1, 2, 3, 2**51 + 1, 2**52 - 1, 2**52):  # around subnormals
    for num, den in ((k, 2**1074), (2 * k + 1, 2**1075), (2 * k - 1, 2**1075)):
        cases += [F(num, den) + off * F(1, 2**1074) for off in (-tiny, 0, tiny)]
cases += [F(1, 2**1076), F(3, 2**1077), F(1, 3 * 2**1080)]
for _ in range(60):
    p = rng.getrandbits(rng.randrange(1, 260)) + 1
    q = rng.getrandbits(rng.randrange(1, 260)) + 1
    cases.append(F(rng.choice((p, -p)), q))
for q in cases:
    emit(q)
roots = [F(1), F(4), F(9, 16), F(2), F(1, 2), F(1, 3), F(10**40), F(10**41)]
roots += [F(1, 10**40), F(1, 10**41), F(144, 169), F(2**201 + 1), F(1, 2**400 + 1)]
for k in (2**53 + 1, 2**54 + 2**30 + 1, 3):  # the root is nearly halfway
    roots += [F(k * k), F(k * k + 1), F(k * k - 1), F(k * k) + tiny**4]
    roots += [(F(k * k) + tiny**4) / 2**300]
for _ in range(40):
    p = rng.getrandbits(rng.randrange(1, 500)) + 1
    roots.append(F(p, rng.getrandbits(rng.randrange(1, 300)) + 1))
for q in roots:
    emit(q, root=True)
