#!/usr/bin/env python3
"""An independent model of data/asset.h's digest; writes tests/vectors/asset.kat.

    python3 tests/oracle/asset.py > tests/vectors/asset.kat

SHA-256(tag || 0 || len(part) as u64 little-endian || part || ...), the parts
being the SELECT (empty if there is none) and the SHA-256 of each file.
"""
import hashlib

TAG = b"sharechain/asset/1"


def digest(sql, files):
    parts = [sql] + [hashlib.sha256(f).digest() for f in files]
    text = TAG + b"\0"
    for part in parts:
        text += len(part).to_bytes(8, "little") + part
    return hashlib.sha256(text).hexdigest()


CASES = [
    (1, b"", b"", b"x"),
    (1, b"", b"n\n1\n2\n", b"x"),
    (2, b"", b"n\n1\n2\n", b""),
    (2, b"", b"n\n1\n", b"2\n"),
    (2, b"SELECT n FROM 'a.csv'", b"n\n1\n2\n", bytes(range(256))),
]

print("# By the model tests/oracle/asset.py: n files and a SELECT.")
for n, sql, file0, file1 in CASES:
    print()
    print(f"n = {n}")
    if sql:
        print(f"sql = {sql.decode()}")
    print(f"file0 = {file0.hex()}")
    print(f"file1 = {file1.hex()}")
    print(f"digest = {digest(sql, [file0, file1][:n])}")

print()
print("n = 1\nfile0 = 6e\ntimes = 3000000\nfile1 =")
print(f"digest = {digest(b'', [b'n' * 3000000])}")
