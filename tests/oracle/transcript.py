#!/usr/bin/env python3
"""An independent model of net/transcript.h; writes tests/vectors/transcript.kat.

    python3 tests/oracle/transcript.py > tests/vectors/transcript.kat

Written from the formulas of the header (docs/formats.md 9), with the standard
library only. Frames are drawn from SHAKE-128 of the case's name.
"""
import hashlib


def le(v, n=8):
    return v.to_bytes(n, "little")


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


class Draw:
    def __init__(self, name):
        self.name, self.at = name, 0

    def bytes(self, n):
        out = hashlib.shake_128(b"%s %d" % (self.name.encode(), self.at))
        self.at += 1
        return out.digest(n)

    def below(self, n):
        return int.from_bytes(self.bytes(8), "little") % n


def payload(f):
    return le(f["type"]) + le(len(f["head"])) + f["head"] + f["bulk"]


def run(sid, i, j, key, frames):
    h, count, total = sha(b"chan/1", sid, le(i), le(j), key), 0, 0
    for f in frames:
        p = payload(f)
        count, total = count + 1, total + len(p)
        h = sha(h, le(count), le(f["op"]), le(len(p)), sha(p))
    return h, count, total


def case(name, sizes, early, i, j):
    d = Draw(name)
    sid, key = d.bytes(32), d.bytes(32)
    frames = [dict(type=d.below(65536), op=d.below(2**32), head=d.bytes(a),
                   bulk=d.bytes(b)) for a, b in sizes]
    h, count, total = run(sid, i, j, key, frames)
    print("name = %s" % name)
    print("sid = %s\nfrom = %d\nto = %d\nkey = %s" % (sid.hex(), i, j, key.hex()))
    print("n = %d\nearly = %d" % (len(frames), early))
    for t, f in enumerate(frames):
        print("type%d = %d\nop%d = %d" % (t, f["type"], t, f["op"]))
        print("head%d = %s\nbulk%d = %s" % (t, f["head"].hex(), t, f["bulk"].hex()))
    print("hash = %s\ncount = %d\nbytes = %d\n" % (h.hex(), count, total))


print("# Heads of directed channels, by the independent model")
print("# tests/oracle/transcript.py. `early` frames come before the key.\n")
case("nothing", [], 0, 0, 1)
case("one", [(1, 0)], 0, 1, 0)
case("one early", [(1, 0)], 1, 1, 0)
case("empty frame", [(0, 0)], 0, 2, 15)
case("bulk", [(40, 300), (7, 0), (0, 1000)], 1, 3, 2)
case("all early", [(5, 9)] * 4, 4, 15, 0)
case("many", [(k, 2 * k) for k in range(9)], 3, 0, 2)
