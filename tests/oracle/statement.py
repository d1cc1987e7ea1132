#!/usr/bin/env python3
"""Independent model of what a party signs within a session (job/run/statement.h);
writes its vectors.

    python3 tests/oracle/statement.py > tests/vectors/statement.kat

Parties and keys are those of tests/unit/ledger_fixture.h, by way of ledger.py;
every 32-byte value is the SHA-256 of its name.
"""
import struct

from ledger import IDENTITY, did, seed, sha, sign_tagged, tagged

PROTOCOL = 5


def u64(value):
    return struct.pack("<Q", value)


def optional(value):
    return (u64(0), b"") if value is None else (u64(1), value)


def dids(mask):
    return [did(p).encode() for p in range(4) if mask >> p & 1]


def sid(parties):
    nonces = [sha(b"nonce%d" % p) for p in range(4) if parties >> p & 1]
    return tagged(b"sharechain/sid/1", u64(PROTOCOL), sha(b"plan"), *dids(parties), *nonces)


def consent(party, results, value, epoch, not_after):
    return sign_tagged(seed(party, IDENTITY), b"consent/1", sha(b"sid"), sha(b"job"), sha(b"plan"),
                       sha(b"consortium"), *optional(value), u64(epoch), u64(not_after), *dids(results))


def show(**values):
    for name, value in values.items():
        print("%s = %s" % (name, value.hex() if isinstance(value, bytes) else value))
    print()


def main():
    print("# By tests/oracle/statement.py: 32-byte values are SHA-256 of their names.\n")
    for parties in (0b0011, 0b0111, 0b1101):
        show(kind="sid", parties=parties, sid=sid(parties))
    for party, results, value, epoch, until in ((0, 0b0001, sha(b"input"), 0, 1700000000), (1, 0b1010, None, 7, 1),
                                                (2, 0b1111, sha(b"other"), 2 ** 53 - 1, 2 ** 40)):
        show(kind="consent", party=party, results=results, input=value or b"", epoch=epoch, until=until,
             sig=consent(party, results, value, epoch, until))
    for party, to in ((0, 1), (1, 0), (2, 3)):
        show(kind="key", party=party, to=to,
             sig=sign_tagged(seed(party, IDENTITY), b"session-key/1", sha(b"sid"), did(party).encode(),
                             did(to).encode(), sha(b"key")))
    for party, value, heads in ((0, sha(b"output"), b"heads"), (3, None, b"")):
        show(kind="heads", party=party, output=value or b"", heads=heads,
             sig=sign_tagged(seed(party, IDENTITY), b"heads/1", sha(b"sid"), did(party).encode(),
                             *optional(value), heads))
    for party, reason in ((0, 1), (2, 255)):
        show(kind="refuse", party=party, reason=reason,
             sig=sign_tagged(seed(party, IDENTITY), b"refuse/1", sha(b"job"), u64(reason)))


if __name__ == "__main__":
    main()
