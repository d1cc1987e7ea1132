#!/usr/bin/env python3
"""Independent model of the ledger's formats; writes their vectors.

    python3 tests/oracle/ledger.py keys  > tests/vectors/keys.kat
    python3 tests/oracle/ledger.py did   > tests/vectors/did.kat
    python3 tests/oracle/ledger.py entry > tests/vectors/entry.kat
    python3 tests/oracle/ledger.py post > tests/vectors/post.kat
    python3 tests/oracle/ledger.py receipt > tests/vectors/receipt.kat

Ed25519 and X25519 are the cryptography package's, SHA-256 is hashlib's, JSON is
json's with sorted keys (all keys and values here are ASCII, so that is JCS);
the rest is written out here from the definitions. The parties are those of
tests/unit/ledger_fixture.h: secret k of party p is 32 bytes of 16 * p + k + 1.
"""
import base64
import hashlib
import json
import struct
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

IDENTITY, LOG, COSIGNER, TRANSPORT, STATE = range(5)
KINDS = ["identity", "log", "cosigner", "transport", "state"]
ORIGIN = "northern-health.example/chain/1"
NAMES = ["alice", "bob", "carol", "auditor"]
CONSORTIUM = hashlib.sha256(b"consortium").digest()
DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def sha(data):
    return hashlib.sha256(data).digest()


def tagged(tag, *parts):
    return sha(tag + b"\0" + b"".join(struct.pack("<Q", len(p)) + p
                                      for p in parts))


def jcs(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def b64u(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def base58(data):
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = DIGITS[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def seed(party, kind):
    return bytes([16 * party + kind + 1]) * 32


def raw(public):
    return public.public_bytes(serialization.Encoding.Raw,
                               serialization.PublicFormat.Raw)


def public(secret):
    return raw(Ed25519PrivateKey.from_private_bytes(secret).public_key())


def sign(secret, message):
    return Ed25519PrivateKey.from_private_bytes(secret).sign(message)


def sign_tagged(secret, tag, *parts):
    return sign(secret, tag + b"\0" + tagged(tag, *parts))


def did(party):
    return "did:key:z" + base58(b"\xed\x01" + public(seed(party, IDENTITY)))


def block(**values):
    for name, value in values.items():
        if isinstance(value, bytes):
            value = value.hex()
        print(f"{name} = {value}")
    print()


# ---- the curve, for odd points ---------------------------------------------

P = 2 ** 255 - 19
D = -121665 * pow(121666, -1, P) % P


def decode(data):
    """The point of an encoding (RFC 8032 5.1.3)."""
    number = int.from_bytes(data, "little")
    y, sign_bit = number % 2 ** 255, number >> 255
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if x * x % P != x2:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert x * x % P == x2
    return (P - x if x % 2 != sign_bit else x), y


def encode(point):
    return (point[1] + ((point[0] & 1) << 255)).to_bytes(32, "little")


def add(a, b):
    t = D * a[0] * b[0] * a[1] * b[1] % P
    return ((a[0] * b[1] + a[1] * b[0]) * pow(1 + t, -1, P) % P,
            (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, -1, P) % P)


def little(number):
    return number.to_bytes(32, "little")


# ---- keys ------------------------------------------------------------------

RFC8032 = [
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
     "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
     "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
     "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
]
ALICE = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"
ALICE_PUBLIC = \
    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
ORDER_8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
MONTGOMERY_8 = [
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
]


def keys():
    print("# Ed25519: RFC 8032 7.1, tests 1 to 3. X25519: RFC 7748 6.1. The rest\n"
          "# by tests/oracle/ledger.py.\n")
    for secret, key, message, sig in RFC8032:
        assert sign(bytes.fromhex(secret), bytes.fromhex(message)).hex() == sig
        block(kind="ed25519", seed=secret, pk=key, message=message, sig=sig)
    assert raw(X25519PrivateKey.from_private_bytes(
        bytes.fromhex(ALICE)).public_key()).hex() == ALICE_PUBLIC
    block(kind="x25519", seed=ALICE, pk=ALICE_PUBLIC)
    for parts in [(), (b"",), (b"ab", b"c"), (b"a", b"bc")]:
        block(kind="tagged", seed=seed(0, IDENTITY), tag="consent/1",
              n=len(parts), part0=parts[0] if parts else b"",
              part1=parts[1] if len(parts) > 1 else b"",
              sig=sign_tagged(seed(0, IDENTITY), b"consent/1", *parts))
    for kind, name in enumerate(KINDS):
        line = f"sharechain-key/1 {name} {b64u(seed(2, kind))}\n"
        block(kind="line", which=kind, line=line.encode(), seed=seed(2, kind))

    torsion = decode(bytes.fromhex(ORDER_8))
    four = add(add(torsion, torsion), (0, 1))
    assert add(add(four, four), add(four, four)) == (0, 1)
    good = public(seed(0, IDENTITY))
    bad = {"order 1": little(1), "order 2": little(P - 1),
           "order 4": little(0), "order 4, other sign": little(2 ** 255),
           "order 8": bytes.fromhex(ORDER_8),
           "order 8, other": encode(add(four, torsion)),
           "mixed order": encode(add(decode(good), torsion)),
           "prime order plus order 2": encode(add(decode(good), (0, P - 1))),
           "y = p": little(P), "y = p + 1": little(P + 1),
           "y = 2^255 - 1": little(2 ** 255 - 1),
           "x = 0 with a sign": little(1 + 2 ** 255),
           "no point": little(2)}
    for name, point in bad.items():
        block(kind="bad-ed25519", name=name, pk=point)
    for name, u in {"u = 0": 0, "u = 1": 1, "u = p - 1": P - 1, "u = p": P,
                    "u = p + 1": P + 1, "u = p + 9": P + 9,
                    "9 with the high bit": 9 + 2 ** 255,
                    "order 8": MONTGOMERY_8[0],
                    "order 8, other": MONTGOMERY_8[1]}.items():
        block(kind="bad-x25519", name=name, pk=little(u))


# ---- did -------------------------------------------------------------------

def did_vectors():
    print("# W3C vc-di-eddsa TestVectors/keyPair.json; RFC 8032 7.1; then by\n"
          "# tests/oracle/ledger.py.\n")
    w3c = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
    block(did="did:key:" + w3c, vm=f"did:key:{w3c}#{w3c}",
          pk=unbase58(w3c[1:])[2:])
    first = bytes.fromhex(RFC8032[0][1])
    name = "z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw"
    assert "z" + base58(b"\xed\x01" + first) == name
    block(did="did:key:" + name, vm=f"did:key:{name}#{name}", pk=first)
    for party in range(16):
        block(did=did(party), vm=did(party) + "#" + did(party)[8:],
              pk=public(seed(party, IDENTITY)))


def unbase58(text):
    number = 0
    for char in text:
        number = 58 * number + DIGITS.index(char)
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


# ---- entries ---------------------------------------------------------------

def digest(name):
    return sha(name.encode())


def session(sid):
    return sha(b"sid" + sid)


def genesis(n_parties):
    leaf = {"c": b64u(CONSORTIUM), "t": "genesis/1"}
    text = jcs(leaf)
    leaf["g"] = [b64u(sign(seed(p, IDENTITY), text)) for p in range(n_parties)]
    return jcs(leaf)


def signed(leaf, party):
    """The leaf that a party states or submits: p, and g over all but g."""
    leaf = dict(leaf, p=did(party))
    return jcs(dict(leaf, g=b64u(sign(seed(party, IDENTITY), jcs(leaf)))))


def sealed(kind, n_parties, party):
    return signed({"d": b64u(digest("d")), "i": b64u(digest("i")),
                   "n": n_parties, "s": b64u(session(digest("sid"))),
                   "t": kind}, party)


def statement(kind, party):
    leaf = {"d": b64u(digest("d")), "t": kind}
    if kind == "refusal/1":
        leaf["i"] = b64u(tagged(b"entry/id/1", kind.encode(),
                                did(party).encode(), did(0).encode(),
                                digest("job"), struct.pack("<q", 20000),
                                digest("tag")))
    else:
        s = session(digest("sid"))
        leaf["s"] = b64u(s)
        leaf["i"] = b64u(tagged(b"entry/id/1", kind.encode(),
                                did(party).encode(), s))
    return signed(leaf, party)


def entry():
    print("# By tests/oracle/ledger.py: entries of 4 parties; d, i, sid, job, tag\n"
          "# are SHA-256 of their names; the day is 20000, the asker party 0.\n")
    block(type=0, n=4, text=genesis(4).decode())
    block(type=0, n=16, text=genesis(16).decode())
    block(type=1, n=3, party=1, text=sealed("receipt/1", 3, 1).decode())
    block(type=2, n=4, party=2, text=sealed("intent/1", 4, 2).decode())
    for number, kind in enumerate(["abort/1", "void/1", "outcome/1",
                                   "refusal/1"]):
        block(type=3 + number, n=0, party=number % 4,
              text=statement(kind, number % 4).decode())


# ---- posts -----------------------------------------------------------------

def post_proof(party, input_commitment, output_commitment, time):
    return sign_tagged(seed(party, IDENTITY), b"post/1", digest("call"),
                       digest("call plan"), CONSORTIUM, did(party).encode(),
                       input_commitment, output_commitment,
                       struct.pack("<q", time))


def post():
    print("# By tests/oracle/ledger.py: 32-byte values are SHA-256 of their names.\n")
    for party, time in [(0, 0), (1, 1793620805), (3, 2 ** 53 - 1)]:
        block(party=party, time=time,
              sig=post_proof(party, digest("input"), digest("output"), time))


# ---- receipts --------------------------------------------------------------

def merkle_root(leaves):
    """RFC 6962, 2.1."""
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return sha(b"\0" + leaves[0])
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return sha(b"\1" + merkle_root(leaves[:k]) + merkle_root(leaves[k:]))


def share(party, words):
    """A party's opened words: 16 bytes little-endian each."""
    return b"".join(sha(b"word %d %d" % (party, w))[:16] for w in range(words))


def commitment(sid, party, words):
    return tagged(b"receipt/share/1", sid, did(party).encode(),
                  share(party, words), digest("r%d" % party))


POSTED = 1793620800  # party p posts p seconds later


def posted_party(p, words):
    """It was not there: its commitment is under the call, and its post signs."""
    input_commitment = digest("input%d" % p)
    output_commitment = commitment(digest("call"), p, words)
    return {"inputCommitment": input_commitment.hex(),
            "outputCommitment": output_commitment.hex(),
            "post": {"time": POSTED + p,
                     "proof": "z" + base58(post_proof(p, input_commitment, output_commitment,
                                                      POSTED + p))}}


def body(n_parties, cells, vectors, analyst, posted):
    """Parties 0 .. n-1 have input and compute; party 0 receives, or an analyst,
    party n, who has nothing. Those in posted posted and left."""
    sid = digest("sid")
    parties = []
    for p in range(n_parties):
        party = {
            "did": did(p), "vm": did(p) + "#" + did(p)[8:],
            "inputCommitment": digest("input%d" % p).hex(),
            "outputCommitment": commitment(sid, p, cells * vectors).hex(),
            "roles": ["input", "computing"] +
                     (["result"] if p == 0 and not analyst else [])}
        parties.append(dict(party, **posted_party(p, cells * vectors)) if p in posted else party)
    if analyst:
        p = n_parties
        parties.append({"did": did(p), "vm": did(p) + "#" + did(p)[8:],
                        "roles": ["result"]})
    channels = sorted(
        ({"from": did(a), "to": did(b), "messages": 10 * a + b,
          "bytes": 1000 * a + b, "hash": digest("channel%d-%d" % (a, b)).hex()}
         for a in range(len(parties)) for b in range(len(parties))
        if a != b and a not in posted and b not in posted),
        key=lambda c: (c["from"], c["to"]))
    call = {"call": {"digest": digest("call").hex(), "plan": digest("call plan").hex()}}
    return dict(call if posted else {}, **{
        "type": "ComputationReceipt", "v": 1, "status": "sealed",
        "consortium": CONSORTIUM.hex(), "sid": sid.hex(),
        "salt": digest("salt").hex(),
        "job": {"id": digest("id")[:16].hex(), "digest": digest("job").hex()},
        "plan": {"digest": digest("plan").hex(), "protocol": "masked-sum/1",
                 "model": "semi-honest", "collusion": "1 of 3", "ring": 128},
        "parties": parties, "channels": channels,
        "transcriptRoot": merkle_root([jcs(c) for c in channels]).hex(),
        "output": {"cells": cells, "vectors": vectors,
                   "recipients": [did(n_parties if analyst else 0)]},
        "disclosed": ["per species: rows", "per species: sum of body_mass_g"],
        "rules": {"minGroup": 10},
        "sw": {"name": "sharechain", "version": "0.1.0"},
        "time": {"started": 1795255200}, "notAfter": 1795255500,
    })


def proof(doc, party, created):
    options = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022",
               "created": created, "proofPurpose": "assertionMethod",
               "verificationMethod": did(party) + "#" + did(party)[8:]}
    signature = sign(seed(party, IDENTITY), sha(jcs(options)) + sha(jcs(doc)))
    return dict(options, proofValue="z" + base58(signature))


def secure(doc, parties, created):
    proofs = [proof(doc, p, created) for p in parties]
    return dict(doc, proof=sorted(proofs,
                                  key=lambda p: p["verificationMethod"]))


def receipt():
    print("# By tests/oracle/ledger.py: n parties with input, an analyst behind\n"
          "# them or not; those in the mask posted and left. Digests are SHA-256 of\n"
          "# their names. created is 10 s after started; the last of the parties\n"
          "# submits.\n")
    for n, cells, vectors, analyst, mask in [(3, 4, 7, 0, 0), (2, 1, 1, 1, 0),
                                             (3, 2, 2, 1, 0), (4, 1, 3, 0, 0),
                                             (5, 2, 3, 0, 0b01010),
                                             (5, 1, 1, 1, 0b11101)]:
        posted = [p for p in range(n) if mask >> p & 1]
        present = [p for p in range(n + analyst) if p not in posted]
        doc = body(n, cells, vectors, analyst, posted)
        secured = secure(doc, present, "2026-11-21T10:00:10Z")
        leaf = signed({"d": b64u(sha(jcs(secured))), "i": b64u(sha(jcs(doc))),
                       "n": n + analyst, "s": b64u(session(digest("sid"))),
                       "t": "receipt/1"}, n + analyst - 1)
        block(n=n, cells=cells, vectors=vectors, analyst=analyst, posted=mask,
              body=jcs(doc).decode(), secured=jcs(secured).decode(),
              entry=leaf.decode())


if __name__ == "__main__":
    {"keys": keys, "did": did_vectors, "entry": entry, "post": post,
     "receipt": receipt}[sys.argv[1]]()
