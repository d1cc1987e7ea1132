#!/usr/bin/env python3
"""An independent model of proofs of ranges: writes tests/vectors/he_ranges.kat.

    python3 tests/oracle/he_ranges.py > tests/vectors/he_ranges.kat

The box of he/prove_range.h in Python's integers, with the last key of threshold.py.
What is drawn comes from a tape, which is in the vectors; each proof is checked here
by its equations.
"""
from he_proofs import E_BITS, Tape, challenge, element
from paillier import expand
from threshold import BITS, NAME, Shared

SLACK = 160
CONTEXT = b"sum 5, party 2"


class ForcedTape(Tape):
    """The n-th number from now on is as told."""

    def __init__(self, text, forced):
        super().__init__(text)
        self.forced, self.n_read = forced, 0

    def bits(self, size):
        v = super().bits(size)
        if self.n_read in self.forced:
            n_bytes = -(-size // 64) * 8
            v = self.forced[self.n_read] % (1 << size)
            self.read = self.read[:-n_bytes] + v.to_bytes(n_bytes, "big")
        self.n_read += 1
        return v


class Ranges:
    def __init__(self, key, value_bits, width, slots):
        self.key, self.value_bits, self.width, self.slots = key, value_bits, width, slots
        self.u = key.hs**2 % key.nn
        self.z_bits = value_bits + SLACK
        assert width > self.z_bits and slots * width < BITS

    def pack(self, xs):
        return sum(x << (self.width * k) for k, x in enumerate(xs))

    def commit(self, xs, mu):
        v = pow(self.u, mu, self.key.nn)
        for g, x in zip(self.key.gs, xs):
            v = v * pow(g, x, self.key.nn) % self.key.nn
        return v

    def attempt(self, tape, context, cs, rows, alphas):
        key, n = self.key, len(cs)
        mus = [tape.bits(BITS // 2) for _ in cs]
        by_slot = [[tape.bits(self.z_bits) for _ in cs] for _ in range(self.slots)]
        masks = [[by_slot[k][i] for k in range(self.slots)] for i in range(n)]
        betas = [tape.bits(BITS // 2 + 255) for _ in cs]
        nus = [tape.bits(BITS // 2 + 254) for _ in cs]
        S = [self.commit(xs, mu) for xs, mu in zip(rows, mus)]
        A = [key.encrypt(self.pack(a), beta) for a, beta in zip(masks, betas)]
        T = [self.commit(a, nu) for a, nu in zip(masks, nus)]
        le64 = lambda v: v.to_bytes(8, "little")
        parts = [element(key, g) for g in key.gs] + [le64(v) for v in (self.value_bits, self.width, self.slots)]
        parts += [element(key, v) for v in cs + S + A + T]
        e = challenge("sharechain/he/range/1", context, key, *parts)
        proof = e.to_bytes(E_BITS // 8, "big")
        z_bytes, answer_bytes = -(-self.z_bits // 64) * 8, BITS // 16 + 32
        is_good = True
        for i in range(n):
            z = [a + e * x for a, x in zip(masks[i], rows[i])]
            b, d = betas[i] + e * alphas[i], nus[i] + e * mus[i]
            is_good &= all(1 << (self.value_bits + E_BITS) <= v < 1 << self.z_bits for v in z)
            assert key.encrypt(self.pack(z), b) == A[i] * pow(cs[i], e, key.nn) % key.nn
            assert self.commit(z, d) == T[i] * pow(S[i], e, key.nn) % key.nn
            if is_good:
                proof += element(key, S[i]) + b"".join(v.to_bytes(z_bytes, "big") for v in z)
                proof += b.to_bytes(answer_bytes, "big") + d.to_bytes(answer_bytes, "big")
        return proof if is_good else None

    def prove(self, *args):
        tries, proof = 0, None
        while proof is None:
            tries, proof = tries + 1, self.attempt(*args)
        return tries, proof


def block(key, value_bits, width, slots, rows, forced):
    ranges = Ranges(key, value_bits, width, slots)
    alphas = [expand(f"range alpha {i}", BITS // 16) for i in range(len(rows))]
    ms = [ranges.pack(xs) for xs in rows]
    cs = [key.encrypt(m, alpha) for m, alpha in zip(ms, alphas)]
    tape = ForcedTape(f"range {value_bits}", forced)
    tries, proof = ranges.prove(tape, CONTEXT, cs, rows, alphas)
    numbers = lambda values, bits: "".join(f"{v:0{bits // 4}x}" for v in values)
    print(f"\nvalue_bits = {value_bits}\nwidth = {width}\nslots = {slots}\ncontext = {CONTEXT.hex()}\ntries = {tries}")
    print(f"x = {numbers([x for xs in rows for x in xs], 128)}")
    for name, values, bits in (("m", ms, BITS), ("alpha", alphas, BITS // 2), ("c", cs, 2 * BITS)):
        print(f"{name} = {numbers(values, bits)}")
    print(f"tape = {tape.read.hex()}\nproof = {proof.hex()}")


def main():
    key = Shared(1, 3)
    key.bits, key.name = BITS, NAME
    print("# By the model tests/oracle/he_ranges.py, for the last key of threshold.kat; of a list")
    print("# every number has its whole length. tape: what the prover draws in all its tries.")
    top = lambda bits: (1 << bits) - 1
    block(key, 64, 229, 4, [[0, 1, top(64), 34771476], [top(64), top(64), 5, 0]], {})
    block(key, 1, 162, 6, [[0, 1, 1, 0, 1, 0]], {})
    block(key, 128, 300, 3, [[top(128), 0, 7 << 100]], {})
    # Of the first try the second slot's mask is too small, of the next the first's too
    # large: a try draws mu, 2 masks, beta, nu.
    block(key, 32, 200, 2, [[top(32), 9]], {2: 0, 6: top(192)})


if __name__ == "__main__":
    main()
