#!/usr/bin/env python3
"""Vectors of base/encode.h; writes tests/vectors/base_encode.kat.

    python3 tests/oracle/base_encode.py > tests/vectors/base_encode.kat

Base64 and hexadecimal are Python's; base58 and Z85 are written out here as
numbers in another base.
"""
import base64
import hashlib

B58 = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
Z85 = (
    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    b".-:+=^!/*?&<>()[]{}@%$#"
)

HEAD = """# Base64: RFC 4648, section 10. Base58: draft-msporny-base58-03, section 5.
# Z85: ZeroMQ RFC 32, test case. Then by the model tests/oracle/base_encode.py."""

KNOWN = [
    ("base64", b"", ""),
    ("base64", b"f", "Zg=="),
    ("base64", b"fo", "Zm8="),
    ("base64", b"foo", "Zm9v"),
    ("base64", b"foob", "Zm9vYg=="),
    ("base64", b"fooba", "Zm9vYmE="),
    ("base64", b"foobar", "Zm9vYmFy"),
    ("base58", b"Hello World!", "2NEpo7TZRRrLZSi2U"),
    (
        "base58",
        b"The quick brown fox jumps over the lazy dog.",
        "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
    ),
    ("base58", bytes.fromhex("0000287fb4cd"), "11233QC4"),
    ("z85", bytes.fromhex("864fd26fb559f75b"), "HelloWorld"),
]


def digits(value, alphabet, n=0):
    out = b""
    while value or len(out) < n:
        value, d = divmod(value, len(alphabet))
        out = alphabet[d : d + 1] + out
    return out.decode()


def encode(kind, b):
    if kind == "hex":
        return b.hex()
    if kind == "base64":
        return base64.b64encode(b).decode()
    if kind == "base64url":
        return base64.urlsafe_b64encode(b).decode().rstrip("=")
    if kind == "base58":
        zeros = len(b) - len(b.lstrip(b"\0"))
        return "1" * zeros + digits(int.from_bytes(b, "big"), B58)
    groups = (b[i : i + 4] for i in range(0, len(b), 4))
    return "".join(digits(int.from_bytes(g, "big"), Z85, 5) for g in groups)


def main():
    print(HEAD)
    for kind, b, text in KNOWN:
        assert encode(kind, b) == text
        print(f"\nkind = {kind}\nbytes = {b.hex()}\ntext = {text}")
    for kind in ("hex", "base64", "base64url", "base58", "z85"):
        for n in (0, 1, 2, 3, 4, 16, 31, 32, 33, 34, 64, 128):
            if kind == "z85" and n % 4:
                continue
            for b in (
                hashlib.shake_128(b"%d" % n).digest(n),
                bytes(n),
                b"\xff" * n,
            ):
                print(f"\nkind = {kind}\nbytes = {b.hex()}")
                print(f"text = {encode(kind, b)}")


main()
