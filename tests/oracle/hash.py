#!/usr/bin/env python3
"""Vectors of base/hash.h; writes tests/vectors/hash.kat.

    python3 tests/oracle/hash.py > tests/vectors/hash.kat

SHA-256 is Python's; the tagged form and HKDF are written out here from their
definitions. The standards' own vectors stand first.
"""
import hashlib
import hmac

HEAD = """# SHA-256: FIPS 180-4, examples; then lengths around the block by Python's
# hashlib. HKDF: RFC 5869, A.1 to A.3; then by tests/oracle/hash.py. Tagged
# hashes: SHA-256(tag || 0x00 || u64le len || part || ...), same model.

kind = sha256
data =
out = e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855

kind = sha256
data = 616263
out = ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad

kind = sha256
data = 6162636462636465636465666465666765666768666768696768696a68696a6b\
696a6b6c6a6b6c6d6b6c6d6e6c6d6e6f6d6e6f706e6f7071
out = 248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1

kind = hkdf
key = 0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b
salt = 000102030405060708090a0b0c
info = f0f1f2f3f4f5f6f7f8f9
out = 3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf\
34007208d5b887185865

kind = hkdf
key = {a2k}
salt = {a2s}
info = {a2i}
out = b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c\
59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71\
cc30c58179ec3e87c14c01d5c1f3434f1d87

kind = hkdf
key = 0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b
salt =
info =
out = 8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d\
9d201395faa4b61a96c8"""


def hkdf(length, key, salt, info):
    prk = hmac.new(salt or bytes(32), key, hashlib.sha256).digest()
    out, t, i = b"", b"", 1
    while len(out) < length:
        t = hmac.new(prk, t + info + bytes([i]), hashlib.sha256).digest()
        out, i = out + t, i + 1
    return out[:length]


def tagged(tag, parts):
    h = hashlib.sha256(tag.encode() + b"\0")
    for p in parts:
        h.update(len(p).to_bytes(8, "little") + p)
    return h.digest()


def data(n):
    return hashlib.shake_128(b"hash %d" % n).digest(n)


def main():
    run = lambda a, b: bytes(range(a, b)).hex()
    print(
        HEAD.format(a2k=run(0, 80), a2s=run(0x60, 0xB0), a2i=run(0xB0, 0x100))
    )
    for n in (1, 55, 56, 63, 64, 65, 119, 128, 1000):
        print(f"\nkind = sha256\ndata = {data(n).hex()}")
        print(f"out = {hashlib.sha256(data(n)).hexdigest()}")
    for k, s, i, n in ((0, 0, 0, 1), (0, 5, 5, 32), (32, 64, 7, 33),
                       (65, 65, 0, 64), (100, 100, 100, 255 * 32)):
        out = hkdf(n, data(k), data(s), data(i))
        print(f"\nkind = hkdf\nkey = {data(k).hex()}\nsalt = {data(s).hex()}")
        print(f"info = {data(i).hex()}\nout = {out.hex()}")
    for tag, sizes in (("", []), ("sid", [0]), ("sid", []), ("chan/1", [1, 2]),
                       ("chan/1", [2, 1]), ("commit", [32, 0, 64, 7])):
        print(f"\nkind = tagged\ntag = {tag}\nn_parts = {len(sizes)}")
        for j, n in enumerate(sizes):
            print(f"part{j} = {data(n).hex()}")
        print(f"out = {tagged(tag, [data(n) for n in sizes]).hex()}")


main()
