#!/usr/bin/env python3
"""An independent model of he/: writes tests/vectors/paillier.kat.

    python3 tests/oracle/paillier.py > tests/vectors/paillier.kat

Paillier's cryptosystem as ISO/IEC 18033-6 has it, with the noise of Damgard,
Jurik and Nielsen, in Python's integers: no digits, no Montgomery form, no
tables, decryption by lambda and mu instead of remainders. The primes follow from
SHA-256 of a text.
"""
import hashlib
from math import gcd, lcm

SMALL = [d for d in range(3, 2000, 2) if all(d % e for e in range(3, d, 2))]


def expand(text, n_bytes):
    blocks = -(-n_bytes // 32)
    data = b"".join(
        hashlib.sha256(f"{text} {i}".encode()).digest() for i in range(blocks)
    )
    return int.from_bytes(data[:n_bytes], "big")


def is_prime(v, n_bases=12):
    if any(v % d == 0 for d in SMALL):
        return False
    odd, twos = v - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for a in SMALL[:n_bases]:
        x = pow(a, odd, v)
        if x in (1, v - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % v
            if x == v - 1:
                break
        else:
            return False
    return True


# How many steps of 4 it is from each text's number to the next prime.
STEPS = {1024: (331, 126), 2048: (183, 14), 3072: (90, 2891)}


def blum_prime(text, bits, steps):
    v = (expand(text, bits // 8) | 3 << (bits - 2) | 3) + 4 * steps
    assert is_prime(v)
    return v


def tagged(tag, *parts):
    data = tag.encode() + b"\0"
    for part in parts:
        data += len(part).to_bytes(8, "little") + part
    return hashlib.sha256(data).digest()


def noise_base(n, name):
    """h = -x^2 mod n, x from blocks of a tagged hash."""
    n_bytes = n.to_bytes((n.bit_length() + 7) // 8, "big")
    n_blocks = -(-(8 * len(n_bytes) + 128) // 256)
    x = b"".join(
        tagged("sharechain/he/djn/1", n_bytes, name.encode(), i.to_bytes(8, "little"))
        for i in range(n_blocks)
    )
    return -pow(int.from_bytes(x, "big"), 2, n) % n


class Key:
    def __init__(self, bits, name):
        self.bits, self.name = bits, name
        self.p, self.q = (
            blum_prime(f"sharechain paillier {bits} {which}", bits // 2, steps)
            for which, steps in zip("pq", STEPS[bits])
        )
        self.p, self.q = max(self.p, self.q), min(self.p, self.q)
        assert gcd(self.p - 1, self.q - 1) == 2
        assert self.p - self.q > 1 << (bits // 2 - 100)
        self.n = self.p * self.q
        assert self.n.bit_length() == bits
        self.nn = self.n**2
        self.hs = pow(noise_base(self.n, name), self.n, self.nn)
        self.lam = lcm(self.p - 1, self.q - 1)
        self.mu = pow(self.lam, -1, self.n)

    def encrypt(self, m, alpha):
        return (1 + m * self.n) * pow(self.hs, alpha, self.nn) % self.nn

    def encrypt_plainly(self, m, r):
        return pow(self.n + 1, m, self.nn) * pow(r, self.n, self.nn) % self.nn

    def decrypt(self, c):
        u = pow(c, self.lam, self.nn)
        assert u % self.n == 1
        return (u - 1) // self.n * self.mu % self.n


def block(key):
    n, nn, bits = key.n, key.nn, key.bits
    put = lambda name, v, size: print(f"{name} = {v:0{size // 4}x}")
    draw = lambda what, size: expand(f"{bits} {what}", size // 8)
    print(f"\nbits = {bits}\nid = {key.name}")
    put("p", key.p, bits // 2)
    put("q", key.q, bits // 2)
    put("n", n, bits)
    put("hs", key.hs, 2 * bits)
    ms = [0, 1, n - 1, n // 2, n // 2 + 1, draw("m", bits) % n]
    alphas = [draw(f"alpha {i}", bits // 2) for i in range(len(ms))]
    alphas[0], alphas[1] = 0, 2 ** (bits // 2) - 1
    cs = [key.encrypt(m, a) for m, a in zip(ms, alphas)]
    print(f"count = {len(ms)}")
    for name, values, size in ("m", ms, bits), ("alpha", alphas, bits // 2), ("c", cs, 2 * bits):
        print(f"{name} = " + "".join(f"{v:0{size // 4}x}" for v in values))
    is_quick = bits <= 2048  # above, what is only to be checked takes seconds
    if is_quick:
        r = draw("r", bits) % n
        plain = key.encrypt_plainly(ms[5], r)
        assert [key.decrypt(c) for c in cs + [plain]] == ms + ms[5:]
        put("r", r, bits)
        put("c_plainly", plain, 2 * bits)
    ks = [3, -1, 2**63 - 1, -(2**63), 0, -77]
    adds = [a * b % nn for a, b in zip(cs, cs[1:] + cs[:1])]
    subs = [a * pow(b, -1, nn) % nn for a, b in zip(cs, cs[1:] + cs[:1])]
    muls = [pow(c, k, nn) for c, k in zip(cs, ks)]
    total = 1
    for c in cs:
        total = total * c % nn
    if is_quick:
        assert key.decrypt(total) == sum(ms) % n
        assert [key.decrypt(c) for c in muls] == [m * k % n for m, k in zip(ms, ks)]
    print("k = " + " ".join(map(str, ks)))
    for name, values in ("add", adds), ("sub", subs), ("mul", muls), ("sum", [total]):
        print(f"{name} = " + "".join(f"{v:0{bits // 2}x}" for v in values))


def main():
    print("# By the model tests/oracle/paillier.py. Of a block's lists (m, alpha, c; add,")
    print("# sub: each c and the next; mul: by k) every number has its whole length.")
    for size, key_name in (1024, "test"), (2048, "carbon/2031"), (3072, "x" * 63):
        block(Key(size, key_name))


if __name__ == "__main__":
    main()
