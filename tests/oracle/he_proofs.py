#!/usr/bin/env python3
"""An independent model of he/'s proofs: writes tests/vectors/he_proofs.kat.

    python3 tests/oracle/he_proofs.py > tests/vectors/he_proofs.kat

The boxes of he/prove_plain.h, prove_bits.h, prove_modulus.h and opening.h in
Python's integers, with the key of the model in paillier.py. What is drawn comes
from a tape, which is in the vectors; each proof is checked here by its equations.
"""
import hashlib

from paillier import Key, expand

E_BITS, ROUNDS = 128, 128


class Tape:
    """Random bytes, and a record of what was read."""

    def __init__(self, text):
        self.text, self.read = text, b""

    def bits(self, size):
        n_bytes = -(-size // 64) * 8
        part = expand(f"{self.text} {len(self.read)}", n_bytes).to_bytes(n_bytes, "big")
        self.read += part
        return int.from_bytes(part, "big") % (1 << size)

    def residue(self, n):
        while True:
            r = self.bits(n.bit_length())
            if 0 < r < n:
                return r


def challenge(kind, context, key, *parts):
    n_bytes = key.n.to_bytes(key.bits // 8, "big")
    data = b""
    for part in (kind.encode(), context, n_bytes, key.name.encode()) + parts:
        data += len(part).to_bytes(8, "little") + part
    return int.from_bytes(hashlib.sha256(data).digest()[: E_BITS // 8], "big")


def element(key, v):
    return v.to_bytes(key.bits // 4, "big")


def prove_plain(key, tape, context, cs, ms, alphas):
    answer_bits = key.bits // 2 + 256
    xs = [tape.residue(key.n) for _ in cs]
    betas = [tape.bits(answer_bits - 1) for _ in cs]
    first = [key.encrypt(x, b) for x, b in zip(xs, betas)]
    e = challenge("sharechain/he/plain/1", context, key, *(element(key, v) for v in cs + first))
    proof = e.to_bytes(16, "big")
    for c, B, m, alpha, x, beta in zip(cs, first, ms, alphas, xs, betas):
        w, b = (x + e * m) % key.n, beta + e * alpha
        assert key.encrypt(w, b) == B * pow(c, e, key.nn) % key.nn
        proof += w.to_bytes(key.bits // 8, "big") + b.to_bytes(answer_bits // 8, "big")
    return proof


def prove_bits(key, tape, context, cs, bits, alphas):
    answer_bits = key.bits // 2 + 256
    drawn, betas, first = [], [], []
    for branch in 0, 1:
        drawn.append([tape.bits(E_BITS) for _ in cs])
        betas.append([tape.bits(answer_bits - 1) for _ in cs])
        shifts = [0 if bit == branch else (1 - 2 * bit) * e for bit, e in zip(bits, drawn[branch])]
        first.append([key.encrypt(s % key.n, b) for s, b in zip(shifts, betas[branch])])
    e = challenge("sharechain/he/bits/1", context, key, *(element(key, v) for v in cs + first[0] + first[1]))
    proof = e.to_bytes(16, "big")
    inverse = pow(1 + key.n, -1, key.nn)
    for j, (c, bit, alpha) in enumerate(zip(cs, bits, alphas)):
        own = [drawn[0][j], drawn[1][j]]
        own[bit] = (e - own[1 - bit]) % (1 << E_BITS)
        answers = [betas[i][j] + own[i] * alpha for i in (0, 1)]
        for i, u in (0, c), (1, c * inverse % key.nn):
            assert pow(key.hs, answers[i], key.nn) == first[i][j] * pow(u, own[i], key.nn) % key.nn
        proof += own[0].to_bytes(16, "big") + b"".join(b.to_bytes(answer_bits // 8, "big") for b in answers)
    return proof


def jacobi(a, n):
    a, sign = a % n, 1
    while a:
        while a % 2 == 0:
            a //= 2
            if n % 8 in (3, 5):
                sign = -sign
        a, n = n, a
        if a % 4 == 3 and n % 4 == 3:
            sign = -sign
        a %= n
    return sign if n == 1 else 0


def fourth_root(v, p):
    """The one that is a square; p = 3 mod 4."""
    for _ in range(2):
        v = pow(v, (p + 1) // 4, p)
    return v


def prove_modulus(key, tape, context):
    n, p, q, size = key.n, key.p, key.q, key.bits // 8
    while True:
        w = tape.bits(key.bits) % n
        if jacobi(w, n) == -1:
            break
    w_bytes = w.to_bytes(size, "big")
    a_bits = b_bits = 0
    numbers = b""
    for i in range(ROUNDS):
        blocks = b"".join(
            challenge(
                "sharechain/he/modulus/1", context, key, w_bytes, i.to_bytes(8, "little") + k.to_bytes(8, "little")
            ).to_bytes(16, "big")
            for k in range(size // 16 + 1)
        )
        y = int.from_bytes(blocks, "big") % n
        for a, b in (0, 0), (1, 0), (0, 1), (1, 1):
            v = (-1) ** a * w**b * y % n
            if pow(v, (p - 1) // 2, p) == 1 and pow(v, (q - 1) // 2, q) == 1:
                break
        xp, xq = fourth_root(v % p, p), fourth_root(v % q, q)
        x = xp + p * ((xq - xp) * pow(p, -1, q) % q)
        z = pow(y, pow(n, -1, (p - 1) * (q - 1)), n)
        assert pow(x, 4, n) == v and pow(z, n, n) == y
        a_bits, b_bits = 2 * a_bits + a, 2 * b_bits + b
        numbers += x.to_bytes(size, "big") + z.to_bytes(size, "big")
    return w_bytes + a_bits.to_bytes(16, "big") + b_bits.to_bytes(16, "big") + numbers


def main():
    key, context = Key(1024, "test"), b"job 7, party 2"
    put = lambda name, data: print(f"{name} = {data.hex()}")
    numbers = lambda values, size: b"".join(v.to_bytes(size // 8, "big") for v in values)
    print("# By the model tests/oracle/he_proofs.py; the key is the first of paillier.kat.")
    print("# tape: what the prover draws.")
    put("\ncontext", context)
    ms = [0, 1, key.n - 1, 123456789]
    alphas = [2 ** (key.bits // 2) - 1] + [expand(f"proof {i}", key.bits // 16) for i in range(3)]
    cs = [key.encrypt(m, a) for m, a in zip(ms, alphas)]
    put("m", numbers(ms, key.bits))
    put("alpha", numbers(alphas, key.bits // 2))
    put("c", numbers(cs, 2 * key.bits))
    tape = Tape("plain")
    proof = prove_plain(key, tape, context, cs, ms, alphas)
    put("tape_plain", tape.read)
    put("proof_plain", proof)

    bits = [0, 1, 1, 0]
    cs = [key.encrypt(m, a) for m, a in zip(bits, alphas)]
    print("bits = " + " ".join(map(str, bits)))
    put("c_bits", numbers(cs, 2 * key.bits))
    tape = Tape("bits")
    proof = prove_bits(key, tape, context, cs, bits, alphas)
    put("tape_bits", tape.read)
    put("proof_bits", proof)

    tape = Tape("modulus")
    proof = prove_modulus(key, tape, context)
    put("tape_modulus", tape.read)
    put("sha256_modulus", hashlib.sha256(proof).digest())

    total = 1
    for c in cs:
        total = total * c % key.nn
    r = pow(total % key.n, pow(key.n, -1, (key.p - 1) * (key.q - 1)), key.n)
    assert key.encrypt_plainly(sum(bits), r) == total
    put("sum", element(key, total))
    put("r", numbers([r], key.bits))


if __name__ == "__main__":
    main()
