#!/usr/bin/env python3
"""An independent model of net/messages.h; writes tests/vectors/messages.kat.

    python3 tests/oracle/messages.py > tests/vectors/messages.kat

msgpack is written out here from its specification (integers in their shortest
form, bin and str families); the tables below are typed from the comments of the
header, not from the C tables. For every message: one right head, then heads
that are wrong in one way each. Standard library only.
"""
import hashlib


def uint(v):
    for tag, n in ((None, 0), (0xCC, 1), (0xCD, 2), (0xCE, 4), (0xCF, 8)):
        if n == 0 and v < 128:
            return bytes([v])
        if n and v < 1 << (8 * n):
            return bytes([tag]) + v.to_bytes(n, "big")


def bin_(b):
    if len(b) < 256:
        return b"\xc4" + bytes([len(b)]) + b
    return b"\xc5" + len(b).to_bytes(2, "big") + b


def str_(s):
    assert len(s) < 32
    return bytes([0xA0 | len(s)]) + s.encode()


def val(v):
    return b"\xc0" if v is None else uint(v) if isinstance(v, int) else bin_(v)


def pack(fields):
    return bytes([0x80 | len(fields)]) + b"".join(str_(k) + val(v) for k, v in fields)


def fill(tag, n):
    return hashlib.shake_128(tag.encode()).digest(n)


def le32(v):
    return v.to_bytes(4, "little")


U53, U64 = 2**53 - 1, 2**64 - 1
# (message, [(key, value, least, most or length)], payload)
ENTRIES = b"".join(le32(n) + fill("entry%d" % n, n) for n in (1, 300, 77))
CASES = [
    ("HELLO", [("protocol", 1, 1, 65535), ("network", "b32"), ("boot", "b16"),
               ("time", 1795000000, 0, U53)], b""),
    ("BYE", [("reason", 2, 0, 255)], b""),
    ("PING", [("time", 123456789012345, 0, U64)], b""),
    ("PONG", [("echo", 2**64 - 1, 0, U64), ("size", 70000, 0, U53)], b""),
    ("CREDIT", [("taken", 128, 0, U64), ("granted", 10, 0, U64),
                ("closed", 1, 0, 1)], b""),
    ("PROPOSE", [("plan", "b32")], fill("job", 500)),
    ("REFUSE", [("reason", 3, 1, 255), ("sig", "b64")], b""),
    ("PROGRESS", [("phase", 4, 0, 255), ("done", 65536, 0, U53),
                  ("total", U53, 0, U53)], b""),
    ("CANCEL", [("reason", 0, 0, 255)], b""),
    ("ABORT", [("reason", 255, 1, 255), ("phase", 7, 0, 255),
               ("blamed", 15, 0, 255)], b""),
    ("CALL", [("plan", "b32")], fill("call", 500)),
    ("POST", [("party", 15, 0, 15), ("at", 1048576, 0, U53), ("last", 1, 0, 1)],
     fill("piece", 300)),
    ("POSTED", [("party", 0, 0, 15), ("at", 1048576, 0, U53),
                ("stored", 0, 0, 1)], b""),
    ("NONCE", [("nonce", "b32"), ("key", "b32")], b""),
    ("CONSENT", [("sid", "b32"), ("job", "b32"), ("plan", "b32"),
                 ("input", "b32?"), ("epoch", 3, 0, U53),
                 ("until", 1795000600, 0, U53), ("sig", "b64"),
                 ("key_sig", "b64")], b""),
    ("CONSENT", [("sid", "b32"), ("job", "b32"), ("plan", "b32"),
                 ("input", None), ("epoch", 0, 0, U53), ("until", 0, 0, U53),
                 ("sig", "b64"), ("key_sig", "b64")], b""),
    ("COMMIT", [("output", "b32?"), ("sig", "b64")], fill("heads", 4 * 48)),
    ("COMMIT", [("output", None), ("sig", "b64")], b""),
    ("SIGN", [("receipt", "b32"), ("proof", "b64")], b""),
    ("SHARE", [("chunk", 0, 0, 2**32 - 1), ("n", 3, 1, 65536), ("last", 0, 0, 1),
               ("salt", "b32?"), ("size", 9, 0, U53), ("root", "b32")],
     fill("words", 48)),
    ("SHARE", [("chunk", 2**32 - 1, 0, 2**32 - 1), ("n", 1, 1, 65536),
               ("last", 1, 0, 1), ("salt", None), ("size", 9, 0, U53),
               ("root", "b32")], fill("word", 16)),
    ("RECEIVED", [("digest", "b32")], b""),
    ("PART", [("chunk", 7, 0, 2**32 - 1), ("n", 2, 1, 65536), ("last", 1, 0, 1),
              ("size", 9, 0, U53), ("root", "b32")], fill("part", 32)),
    ("GENESIS", [("sig", "b64")], b""),
    ("APPEND", [("kind", 200, 0, 255)], fill("entry", 1024)),
    ("SEQUENCED", [("id", "b32"), ("index", 255, 0, U53), ("refused", 0, 0, 255)],
     b""),
    ("HEAD", [("from", 256, 0, U53), ("n", 3, 0, 4096), ("note", 100, 1, 16384)],
     fill("note", 100) + ENTRIES),
    ("HEAD", [("from", 0, 0, U53), ("n", 0, 0, 4096), ("note", 9, 1, 16384)],
     fill("note", 9)),
    ("COSIGN", [("size", 1, 0, U53), ("sig", "b72")], b""),
    ("CONFLICT", [("size", 127, 0, U53), ("root", "b32")], b""),
    ("CHECKPOINT", [], fill("note", 700)),
    ("WANT", [("from", 65535, 0, U53)], b""),
    ("ASK", [("kind", 1, 0, 255), ("digest", "b32")], b""),
    ("BODY", [("kind", 1, 0, 255), ("digest", "b32")], fill("body", 2000)),
    ("BODY", [("kind", 0, 0, 255), ("digest", "b32")], b""),
]


def value(name, f):
    if isinstance(f[1], str):
        return fill(name + f[0], int(f[1].strip("b?")))
    return f[1]


def wrong(fields, spec):
    """(why, head) for heads that say the same or nearly, but wrongly."""
    head = pack(fields)
    yield "a byte behind", head + b"\x00"
    yield "an unknown field", pack(fields + [("zzz", 0)])
    yield "an array", bytes([0x90 | len(fields)]) + head[1:]
    yield "map16", b"\xde\x00" + bytes([len(fields)]) + head[1:]
    yield "map32 of 2^32 - 1", b"\xdf\xff\xff\xff\xff" + head[1:]
    yield "no map", b"\xc0"
    yield "nothing", b""
    if len(fields) > 1:
        yield "another order", pack(fields[1:] + fields[:1])
    for i, (k, v) in enumerate(fields):
        def swap(raw, key=None):
            out = bytes([head[0]])
            for j, (k2, v2) in enumerate(fields):
                out += (key if j == i and key else str_(k2))
                out += raw if j == i else val(v2)
            return out
        yield k + " missing", pack(fields[:i] + fields[i + 1:])
        yield k + " twice", pack(fields[:i] + [(k, v)] + fields[i:])
        yield k + " in upper case", pack(fields[:i] + [(k.upper(), v)] + fields[i + 1:])
        yield k + " str8 key", swap(val(v), b"\xd9" + bytes([len(k)]) + k.encode())
        yield k + " bin key", swap(val(v), bin_(k.encode()))
        yield k + " a map", swap(b"\x80")
        yield k + " an array32", swap(b"\xdd\xff\xff\xff\xff")
        yield k + " true", swap(b"\xc3")
        yield k + " a float", swap(b"\xca\x00\x00\x00\x00")
        yield k + " ext", swap(b"\xd4\x01\x00")
        yield k + " bin32", swap(b"\xc6\xff\xff\xff\xff")
        yield k + " -1", swap(b"\xff")
        if isinstance(v, int):
            least, most = spec[i][2:]
            yield k + " nil", swap(b"\xc0")
            yield k + " bytes", swap(bin_(b"\x01"))
            yield k + " 64 bits wide", swap(b"\xcf" + v.to_bytes(8, "big")) \
                if v < 2**32 else swap(b"\xd3" + (v % 2**63).to_bytes(8, "big"))
            if least > 0:
                yield k + " too small", swap(uint(least - 1))
            if most < U64:
                yield k + " too large", swap(uint(most + 1))
        elif v is not None:
            yield k + " short", swap(bin_(v[1:]))
            yield k + " long", swap(bin_(v + b"\x00"))
            yield k + " empty", swap(bin_(b""))
            yield k + " a number", swap(b"\x05")
            yield k + " a string", swap(b"\xd9" + bytes([len(v)]) + v)
            yield k + " bin16", swap(b"\xc5" + len(v).to_bytes(2, "big") + v)
            if not spec[i][1].endswith("?"):
                yield k + " nil", swap(b"\xc0")


print("# Heads and payloads of all messages, by the independent model")
print("# tests/oracle/messages.py. wrong: this head must be refused with the payload")
print("# of the right one above it.\n")
seen = set()
for name, spec, payload in CASES:
    fields = [(f[0], value(name, f)) for f in spec]
    print("message = %s" % name)
    print("head = %s\npayload = %s" % (pack(fields).hex(), payload.hex()))
    for k, v in fields:
        print("%s = %s" % (k, "nil" if v is None else v if isinstance(v, int) else v.hex()))
    print()
    for why, head in [] if name in seen else wrong(fields, spec):
        print("message = %s\nwrong = %s\nhead = %s\n" % (name, why, head.hex()))
    seen.add(name)
