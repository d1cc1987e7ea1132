#!/usr/bin/env python3
"""An independent model of mpc/seeds.h; writes tests/vectors/seeds.kat.

    python3 tests/oracle/seeds.py > tests/vectors/seeds.kat

X25519 (RFC 7748), AES-128 (FIPS 197) and HKDF (RFC 5869) are written out here
from the standards and checked against the standards' own vectors below; the
model of the zero shares follows docs/protocols/masked-sum.md. Standard
library only.
"""
import hashlib
import hmac

P = 2**255 - 19


def x25519(k, u):
    k = int.from_bytes(k, "little")
    k = (k & ~7 & (2**255 - 1)) | 2**254
    x1 = int.from_bytes(u, "little") & (2**255 - 1)
    x2, z2, x3, z3, swap = 1, 0, x1, 1, 0
    for t in reversed(range(255)):
        bit = k >> t & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def hkdf(length, key, salt, info):
    prk = hmac.new(salt or bytes(32), key, hashlib.sha256).digest()
    out, block, i = b"", b"", 1
    while len(out) < length:
        block = hmac.new(prk, block + info + bytes([i]), hashlib.sha256).digest()
        out, i = out + block, i + 1
    return out[:length]


def xtime(a):
    return (a << 1) ^ (0x11B if a & 0x80 else 0)


def gmul(a, b):
    r = 0
    while b:
        if b & 1:
            r ^= a
        a, b = xtime(a), b >> 1
    return r


def make_sbox():
    box = []
    for a in range(256):
        inv = next((b for b in range(256) if gmul(a, b) == 1), 0)
        r = 0x63
        for s in range(5):
            r ^= (inv << s | inv >> (8 - s)) & 255
        box.append(r)
    return box


SBOX = make_sbox()


def aes_keys(key):
    w = [list(key[4 * i : 4 * i + 4]) for i in range(4)]
    rcon = 1
    for i in range(4, 44):
        t = w[i - 1]
        if i % 4 == 0:
            t = [SBOX[b] for b in t[1:] + t[:1]]
            t[0] ^= rcon
            rcon = xtime(rcon)
        w.append([a ^ b for a, b in zip(w[i - 4], t)])
    return [sum(w[4 * r : 4 * r + 4], []) for r in range(11)]


def aes(keys, block):
    s = [a ^ b for a, b in zip(block, keys[0])]
    for r in range(1, 11):
        s = [SBOX[b] for b in s]
        s = [s[(i + 4 * (i % 4)) % 16] for i in range(16)]
        if r < 10:
            t = []
            for c in range(0, 16, 4):
                col = s[c : c + 4]
                for i in range(4):
                    t.append(
                        gmul(col[i], 2)
                        ^ gmul(col[(i + 1) % 4], 3)
                        ^ col[(i + 2) % 4]
                        ^ col[(i + 3) % 4]
                    )
            s = t
        s = [a ^ b for a, b in zip(s, keys[r])]
    return bytes(s)


def check_primitives():
    h = bytes.fromhex
    k = h("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4")
    u = h("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")
    assert x25519(k, u) == h(
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"
    )  # RFC 7748 5.2
    assert aes(aes_keys(bytes(range(16))), h("00112233445566778899aabbccddeeff")) == h(
        "69c4e0d86a7b0430d8cdb78070b4c55a"
    )  # FIPS 197 C.1
    assert hkdf(42, b"\x0b" * 22, bytes(range(13)), bytes(range(0xF0, 0xFA))) == h(
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )  # RFC 5869 A.1


# ---- the model of mpc/seeds.h ---------------------------------------------


def pair_seed(sks, pks, sid, i, j):
    i, j = min(i, j), max(i, j)
    info = b"sharechain/pair/1" + bytes([i, j])
    return hkdf(32, x25519(sks[i], pks[j]), sid, info)


def purpose_key(seed, purpose):
    return hkdf(32, seed, b"", b"sharechain/key/1" + purpose)


def element(keys, operator, e, width):
    byte = e * width
    counter = (byte // 16).to_bytes(8, "little") + operator.to_bytes(8, "little")
    block = aes(keys, counter)
    return int.from_bytes(block[byte % 16 : byte % 16 + width], "little")


def zero_share(seeds, me, n, operator, first, count, width):
    keys = {
        j: aes_keys(purpose_key(seeds[me, j], b"mask/%d" % (8 * width))[:16])
        for j in range(n)
        if j != me
    }
    out = b""
    for e in range(first, first + count):
        z = sum(
            (1 if me < j else -1) * element(keys[j], operator, e, width) for j in keys
        )
        out += (z % 2 ** (8 * width)).to_bytes(width, "little")
    return out


def block(name, n, operator, first, count):
    draw = lambda what, i: hashlib.sha256(f"{name}/{what}/{i}".encode()).digest()
    sid = draw("sid", 0)
    sks = [draw("sk", i) for i in range(n)]
    pks = [x25519(sk, bytes([9]) + bytes(31)) for sk in sks]
    seeds = {}
    for i in range(n):
        for j in range(i + 1, n):
            seeds[i, j] = seeds[j, i] = pair_seed(sks, pks, sid, i, j)
    print(f"name = {name}")
    print(f"n = {n}")
    print(f"sid = {sid.hex()}")
    print(f"sks = {b''.join(sks).hex()}")
    print(f"pks = {b''.join(pks).hex()}")
    print(f"chan_key = {purpose_key(seeds[0, n - 1], b'chan/1').hex()}")
    print(f"operator = {operator}")
    print(f"first = {first}")
    print(f"count = {count}")
    for width in (8, 16):
        z = [zero_share(seeds, i, n, operator, first, count, width) for i in range(n)]
        print(f"z{8 * width} = {b''.join(z).hex()}")
    print()


check_primitives()
print("# Zero shares of mpc/seeds.h, by the independent model tests/oracle/seeds.py.")
print("# sks, pks: 32 bytes a party. chan_key: pair key of parties 0 and n - 1 for")
print('# "chan/1". z64, z128: count elements of each party in turn, little-endian.')
print()
block("pair", 2, 1, 0, 5)
block("three", 3, 7, 0, 4)
block("odd offset", 3, 2**64 - 1, 1, 4)
block("far offset", 3, 2**63 + 5, 2**48 - 3, 3)
block("five", 5, 0, 1023, 3)
block("sixteen", 16, 4294967296, 6, 3)
