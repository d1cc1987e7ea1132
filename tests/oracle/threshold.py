#!/usr/bin/env python3
"""An independent model of keys in shares: writes tests/vectors/threshold.kat.

    python3 tests/oracle/threshold.py > tests/vectors/threshold.kat

The boxes of he/threshold.h and he/prove_part.h in Python's integers, with Lagrange's
coefficients as fractions. The primes follow from SHA-256 of a text.
"""
import hashlib
from fractions import Fraction
from math import factorial

from paillier import expand, is_prime, noise_base

BITS, NAME, CONTEXT = 1024, "shared", b"opening 3"
RANGES = 16  # the bases g_j
STEPS = {"p": 123122, "q": 31145}  # of 4, from each text's number to p' of a safe prime


def safe_prime(which):
    text = f"sharechain paillier safe {BITS} {which}"
    v = (expand(text, BITS // 16) >> 1 | 3 << (BITS // 2 - 3) | 3) + 4 * STEPS[which]
    assert is_prime(v) and is_prime(2 * v + 1)
    return 2 * v + 1


class Shared:
    def __init__(self, needed, parties):
        self.needed, self.parties = needed, parties
        p, q = safe_prime("p"), safe_prime("q")
        self.n, self.m = p * q, (p - 1) // 2 * ((q - 1) // 2)
        self.nn = self.n**2
        assert self.n.bit_length() == BITS
        nm = self.n * self.m
        poly = [self.m * pow(self.m, -1, self.n)]
        poly += [expand(f"coefficient {i}", BITS // 4) % nm for i in range(1, needed)]
        self.shares = [sum(a * i**k for k, a in enumerate(poly)) % nm for i in range(1, parties + 1)]
        self.v = pow(expand("v", BITS // 4), 2, self.nn)
        self.d = factorial(parties)
        self.vs = [pow(self.v, self.d * s, self.nn) for s in self.shares]
        self.hs = pow(noise_base(self.n, NAME), self.n, self.nn)
        lambdas = [expand(f"lambda {j}", BITS // 8 + 16) for j in range(1, RANGES + 1)]
        self.gs = [pow(self.hs, 2 * power, self.nn) for power in lambdas]

    def encrypt(self, m, alpha):
        return (1 + m * self.n) * pow(self.hs, alpha, self.nn) % self.nn

    def part(self, i, c):
        return pow(c, 2 * self.d * self.shares[i - 1], self.nn)

    def combine(self, parts):
        """parts: {index: part of one ciphertext}"""
        total = 1
        for i, part in parts.items():
            coefficient = Fraction(self.d)
            for j in parts:
                if j != i:
                    coefficient *= Fraction(j, j - i)
            assert coefficient.denominator == 1
            total = total * pow(part, 2 * coefficient.numerator, self.nn) % self.nn
        assert total % self.n == 1
        return (total - 1) // self.n * pow(4 * self.d**2, -1, self.n) % self.n

    def prove(self, i, cs, parts):
        words = 2 * BITS // 64 + 1 + 4
        tape = expand(f"tape {i}", 8 * words).to_bytes(8 * words, "big")
        r = int.from_bytes(tape, "big") % (1 << (64 * words - 1))
        x = self.d * self.shares[i - 1]
        element = lambda v: v.to_bytes(BITS // 4, "big")
        first = [pow(self.v, r, self.nn)] + [pow(c, 4 * r, self.nn) for c in cs]
        parts_of_hash = [b"sharechain/he/part/1", CONTEXT, self.n.to_bytes(BITS // 8, "big"), NAME.encode()]
        parts_of_hash += [i.to_bytes(8, "little")]
        parts_of_hash += [element(v) for v in [self.v] + self.vs + cs + parts + first]
        data = b"".join(len(b).to_bytes(8, "little") + b for b in parts_of_hash)
        e = int.from_bytes(hashlib.sha256(data).digest()[:16], "big")
        z = r + e * x
        assert pow(self.v, z, self.nn) == first[0] * pow(self.vs[i - 1], e, self.nn) % self.nn
        for c, d, b in zip(cs, parts, first[1:]):
            assert pow(c, 4 * z, self.nn) == b * pow(d, 2 * e, self.nn) % self.nn
        return tape, e.to_bytes(16, "big") + z.to_bytes(8 * words, "big")


def block(needed, parties, who):
    key = Shared(needed, parties)
    numbers = lambda values, bits: "".join(f"{v:0{bits // 4}x}" for v in values)
    ms = [0, 1, key.n - 1, 34771476]
    alphas = [expand(f"alpha {i}", BITS // 16) for i in range(len(ms))]
    cs = [key.encrypt(m, a) for m, a in zip(ms, alphas)]
    parts = {i: [key.part(i, c) for c in cs] for i in who}
    for k, m in enumerate(ms):
        assert key.combine({i: parts[i][k] for i in who}) == m
    print(f"\nneeded = {needed}\nparties = {parties}\nid = {NAME}\nwho = {' '.join(map(str, who))}")
    print(f"context = {CONTEXT.hex()}\nn = {numbers([key.n], BITS)}")
    for name, values, bits in (
        ("v", [key.v], 2 * BITS),
        ("vs", key.vs, 2 * BITS),
        ("gs", key.gs, 2 * BITS),
        ("shares", key.shares, 2 * BITS),
        ("m", ms, BITS),
        ("c", cs, 2 * BITS),
        ("parts", [v for i in who for v in parts[i]], 2 * BITS),
    ):
        print(f"{name} = {numbers(values, bits)}")
    proofs = [key.prove(i, cs, parts[i]) for i in who]
    print(f"tapes = {b''.join(t for t, _ in proofs).hex()}\nproofs = {b''.join(p for _, p in proofs).hex()}")


def main():
    print("# By the model tests/oracle/threshold.py: parts, tapes and proofs are those of `who`,")
    print("# one after the other; of a list every number has its whole length.")
    block(3, 5, [5, 1, 4])
    block(2, 2, [1, 2])
    block(1, 3, [2])


if __name__ == "__main__":
    main()
