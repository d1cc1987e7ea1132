#!/usr/bin/env python3
"""Writes tests/data/consortium: signed consortium files, and bad ones.

Keys, DIDs, verifier keys and signatures are made here from fixed seeds with
python3-cryptography, from the published formats and not from the C code. Each
bad file is a good one with some of its text replaced; it ends with one line
"#! LINE WORDS" for each fault that a reader must report, in file order.
"""
import base64
import hashlib
import json
import os
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "..", "data", "consortium")
B58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
Z85 = ("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
       ".-:+=^!/*?&<>()[]{}@%$#")
ORIGIN = "northern-health.example/chain/1"
SMALL_ORDER_Z85 = "0" * 40


def base58(data):
    n, text = int.from_bytes(data, "big"), ""
    while n:
        n, d = divmod(n, 58)
        text = B58[d] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def z85(data):
    text = ""
    for i in range(0, len(data), 4):
        n = int.from_bytes(data[i:i + 4], "big")
        text += "".join(Z85[n // 85**e % 85] for e in (4, 3, 2, 1, 0))
    return text


def seed(party, purpose):
    return hashlib.sha256(f"test key/{party}/{purpose}".encode()).digest()


def raw(key):
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def ed25519(party, purpose):
    return Ed25519PrivateKey.from_private_bytes(seed(party, purpose))


def vkey(name, kind, pk):
    body = bytes([kind]) + pk
    key_id = hashlib.sha256(name.encode() + b"\n" + body).digest()[:4]
    return f"{name}+{key_id.hex()}+{base64.b64encode(body).decode()}"


def did(pk):
    return "did:key:z" + base58(b"\xed\x01" + pk)


def block(party, consortium="northern-health", origin=ORIGIN, change=None):
    """A party's signed block; `change` replaces members before signing."""
    identity = ed25519(party, "identity")
    x25519 = X25519PrivateKey.from_private_bytes(seed(party, "transport"))
    member = {
        "name": party,
        "did": did(raw(identity)),
        "transport": z85(raw(x25519)),
        "cosigner": vkey(party, 4, raw(ed25519(party, "cosigner"))),
        "log": vkey(origin, 1, raw(ed25519(party, "log"))),
        "address": f"tcp://{party}.example:7400",
    }
    member.update(change or {})
    signed = dict(member, consortium=consortium)
    text = json.dumps(signed, sort_keys=True, separators=(",", ":"))
    sig = "z" + base58(identity.sign(text.encode()))
    lines = [f"  - name: {member['name']}"]
    lines += [f"    {k}: {json.dumps(member[k])}" for k in list(member)[1:]]
    return "\n".join(lines + [f'    sig: "{sig}"']) + "\n"


TABLES = """\
tables:
  salaries:
    stacked: [alice, bob, carol]
    columns:
      region: {type: category, values: [north, south, east, west]}
      age: {type: integer, min: 0, max: 120, cuts: [18, 30, 45, 60, 75]}
      income: {type: decimal, scale: 2, min: -0.5, max: 10000000}
      hired: {type: date, min: 1950-01-01, max: 2030-12-31, cuts: month}
      seen:
        type: timestamp
        min: 2020-01-01 00:00:00
        max: 2029-12-31 23:59:59.5
        cuts: {every: 3600}
      is_manager: {type: boolean, required: true}
    max_rows: 50000000
  visits:
    owner: bob
    columns:
      age: {type: integer, min: 3, max: 120, cuts: {every: 5, from: 3}}
      fee: {type: decimal, scale: 1, min: 0, max: 99.5, cuts: "every: 0.5"}
      day: {type: date, min: 2020-01-01, max: 2030-01-01, cuts: {every: 7, from: 2020-01-06}}
      start: {type: date, min: 2020-01-01, max: 2030-01-01, cuts: [2021-01-01, 2022-01-01]}
      born: {type: date, min: 1900-01-01, max: 2030-01-01, cuts: year}
      height: {type: integer, min: 0, max: 300, cuts: any}
"""


def consortium(parties=("alice", "bob", "carol", "audit"), quorum=3,
               tables=TABLES, rules="", **changes):
    blocks = "".join(block(p, change=changes.get(p)) for p in parties)
    return (f"# a test consortium\nconsortium: northern-health\nparties:\n"
            f"{blocks}{tables}{rules}"
            f"ledger: {{origin: {ORIGIN}, sequencer: alice, "
            f"quorum: {quorum}}}\n")


FIVE = ("alice", "bob", "carol", "dora", "audit")


def offline(quorum=3):
    """Dora posts and leaves; carol says in vain that she does not."""
    sig = next(line for line in block("carol").splitlines() if " sig:" in line)
    return swap(sig, "    offline: false\n" + sig, consortium(
        parties=FIVE, quorum=quorum, dora={"offline": True}))


def write(name, text):
    with open(os.path.join(OUT, name), "w", encoding="utf-8") as f:
        f.write(text)


def bad(name, text, *faults):
    """Each fault: (words of the line it is on, words of the fault[, nth])."""
    lines, notes = text.split("\n"), []
    for anchor, words, *nth in faults:
        hits = [i + 1 for i, line in enumerate(lines) if anchor in line]
        if not hits:
            sys.exit(f"{name}: no line holds {anchor!r}")
        notes.append((hits[nth[0] if nth else 0], words))
    notes = "".join(f"#! {n} {w}\n" for n, w in sorted(notes, key=lambda x: x[0]))
    write(f"bad/{name}.yaml", text + notes)


def swap(old, new, text=None):
    text = consortium() if text is None else text
    if text.count(old) < 1:
        sys.exit(f"nothing to replace: {old!r}")
    return text.replace(old, new, 1)


def tables(old, new):
    return consortium(tables=swap(old, new, TABLES))


def one_column(spec):
    return consortium(tables="tables:\n  t:\n    stacked: [alice, bob]\n"
                             f"    columns:\n      c: {spec}\n")


def bad_structure():
    bad("empty", "", )
    bad("not_a_map", "- alice\n- bob\n", ("- alice", "expected a map"))
    bad("syntax", "consortium: [northern\n")
    bad("nothing_known", "hello: 1\n",
        ("hello", "unknown key 'hello'"),
        ("hello", "the key 'consortium' is missing"),
        ("hello", "the key 'parties' is missing"),
        ("hello", "the key 'tables' is missing"),
        ("hello", "the key 'ledger' is missing"))
    bad("wrong_kinds",
        "consortium: [a]\nparties: alice\ntables: 3\nrules: []\nledger: x\n",
        ("consortium", "'consortium' must be a text"),
        ("parties", "'parties' must be a list"),
        ("tables", "'tables' must be a map"),
        ("rules", "'rules' must be a map"),
        ("ledger", "'ledger' must be a map"))
    bad("name", swap("consortium: northern-health", "consortium: Northern"),
        ("consortium: N", "'Northern' is not a name"))
    bad("unknown_key", swap("    address: ", "    adress: "),
        ("adress", "unknown key 'adress'"))
    bad("twice", swap("ledger:", "consortium: again\nledger:"),
        ("consortium: again", "this key stands twice"))
    bad("alias", swap("consortium: n", "consortium: &c n"),
        ("&c", "anchors (&) are not allowed"))


def bad_parties():
    alice, did_bob = block("alice"), did(raw(ed25519("bob", "identity")))
    did_alice = did(raw(ed25519("alice", "identity")))

    bad("one_party", consortium(parties=("alice",), quorum=1),
        ("- name: alice", "2 to 16 parties, this one has 1"))
    bad("many_parties",
        consortium(parties=tuple(f"p{i}" for i in range(17))),
        ("- name: p0", "2 to 16 parties, this one has 17"))
    bad("party_not_a_map", swap(alice, "  - alice\n" + alice),
        ("  - alice", "expected a map"),
        ("ledger:", "with 3 of 5 cosigners one liar"))
    bad("party_name", swap("- name: alice", "- name: Alice"),
        ("- name: Alice", "'Alice' is not a name"),
        ("stacked", "'alice' is not a party"),
        ("sequencer", "the sequencer 'alice' is not a party"))
    bad("party_twice", swap(block("bob"), alice),
        ("- name: alice", "two parties named alice", 1),
        ("tcp://alice", "two parties have this address", 1),
        ("stacked", "'bob' is not a party"),
        ("owner: bob", "'bob' is not a party"),
        ("did:key", "alice's identity key is also alice's identity key", 1),
        ("transport:", "alice's transport key is also alice's", 1),
        ("cosigner:", "alice's cosigner key is also alice's", 1),
        ("log:", "alice's log key is also alice's", 1))
    bad("same_address",
        consortium(bob={"address": "tcp://alice.example:7400"}),
        ("tcp://alice", "two parties have this address", 1))
    bad("did_other", swap(did_alice, did_bob),
        ("sig:", "the signature of alice's block does not hold"),
        ("did:key", "bob's identity key is also alice's identity key", 1))
    bad("did_x25519", swap("did:key:z6Mk", "did:key:z6LS"),
        ("z6LS", "'did' is not the did:key"))
    bad("did_web", swap(did_alice, "did:web:alice.example"),
        ("did:web", "'did' is not the did:key"))
    # y = 1, the neutral element; and a point of order 8.
    one = (1).to_bytes(32, "little")
    order8 = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0"
                           "d5dfac05d3c63339b13802886d53fc05")
    bad("did_small_order", swap(did_alice, did(one)),
        (did(one), "'did' is not the did:key"))
    bad("cosigner_small_order",
        consortium(alice={"cosigner": vkey("alice", 4, order8)}),
        ("cosigner:", "'cosigner' is not a note verifier key"))
    # y = p + 3 is y = 3 in another encoding.
    odd = (2**255 - 19 + 3).to_bytes(32, "little")
    bad("log_not_canonical", consortium(alice={"log": vkey(ORIGIN, 1, odd)}),
        ("log:", "'log' is not a note verifier key"))
    bad("transport_short", consortium(bob={"transport": "abcde"}),
        ("abcde", "'transport' is not a CURVE public key"))
    bad("transport_long", consortium(bob={"transport": "0" * 45}),
        ("0" * 45, "'transport' is longer than 40 characters"))
    bad("transport_small_order",
        consortium(bob={"transport": SMALL_ORDER_Z85}),
        (SMALL_ORDER_Z85, "'transport' is not a CURVE public key"))
    key = raw(ed25519("bob", "cosigner"))
    bad("cosigner_name", consortium(bob={"cosigner": vkey("eve", 4, key)}),
        ("eve+", "the key's name is 'eve', and must be the party's name"))
    bad("cosigner_type", consortium(bob={"cosigner": vkey("bob", 1, key)}),
        ("bob+", "'cosigner' is not a note verifier key of type 0x04"))
    bad("cosigner_id",
        swap("alice+", "alice+0", consortium()),
        ("alice+0", "'cosigner' is not a note verifier key"))
    log = raw(ed25519("bob", "log"))
    bad("log_name", consortium(bob={"log": vkey("else.example", 1, log)}),
        ("else.example", "the key's name is 'else.example', and must be the "
                         "ledger's origin"))
    for i, address in enumerate((
            "bob.example:7400", "tcp://bob.example", "tcp://bob.example:",
            "tcp://bob.example:0", "tcp://bob.example:65536", "tcp://:7400",
            "tcp://*:7400", "tcp://bob example:7400", "ipc:///tmp/bob",
            "tcp://bob.example:07400", "tcp://[::1:7400", "tcp://-b:1")):
        bad(f"address_{i}", consortium(bob={"address": address}),
            (f'address: "{address}"', "'address' is not tcp://host:port"))
    bad("sig_other",
        swap(block("bob"), block("bob", consortium="southern-health")),
        ("sig:", "the signature of bob's block does not hold in consortium "
                 "northern-health", 1))
    bad("sig_address", swap("tcp://bob.example:7400", "tcp://bob.example:7401"),
        ("sig:", "the signature of bob's block does not hold", 1))
    for name, old, new in (
            ("removed", "    offline: true\n", ""),
            ("false", "offline: true", "offline: false")):
        bad(f"offline_{name}", swap(old, new, offline(quorum=4)),
            ("sig:", "the signature of dora's block does not hold", 3))
    bad("offline_added", swap(block("bob"), swap(
        "    sig:", "    offline: true\n    sig:", block("bob"))),
        ("sig:", "bob's block does not hold in consortium northern-health: "
                 "its name, address, offline or a key", 1))
    bad("offline_text", swap("    sig:", "    offline: yes\n    sig:"),
        ("offline: yes", "'offline' must be true or false"))
    bad("name_other", swap("consortium: northern", "consortium: southern"),
        ("consortium: s", "no party's block is signed for a consortium named "
                          "southern-health"))
    bad("origin_other", swap(f"origin: {ORIGIN}", "origin: else.example"),
        ("ledger:", "made their log keys for another origin"))
    bad("sig_text", swap('sig: "z', 'sig: "u'),
        ("sig:", "'sig' is not the multibase text"))
    bad("sig_missing", swap(alice, "".join(alice.splitlines(True)[:-1])),
        ("- name: alice", "the key 'sig' is missing"))
    bad("key_shared",
        consortium(carol={"cosigner": vkey("carol", 4, raw(ed25519(
            "alice", "log")))}),
        ("carol+", "carol's cosigner key is also alice's log key"))
    bad("key_two_purposes",
        consortium(bob={"log": vkey(ORIGIN, 1, raw(ed25519(
            "bob", "cosigner")))}),
        ("log:", "bob's log key is also bob's cosigner key", 1))


def bad_tables():
    bad("no_tables", consortium(tables="tables: {}\n"),
        ("tables:", "1 to 256 tables, this one has 0"))
    bad("table_name", tables("  salaries:", "  Salaries:"),
        ("  Salaries:", "'Salaries' cannot name a table"))
    bad("table_kind", tables(TABLES[8:], "  salaries: big\n"),
        ("salaries: big", "a table must be a map"))
    bad("no_owner", tables("    stacked: [alice, bob, carol]\n", ""),
        ("    columns:", "either stacked or has one owner"))
    bad("both_owners",
        tables("    owner: bob", "    owner: bob\n    stacked: [alice, bob]"),
        ("owner: bob", "either stacked or has one owner"))
    bad("one_stacked", tables("[alice, bob, carol]", "[alice]"),
        ("stacked", "at least two owners"))
    bad("owner_unknown", tables("owner: bob", "owner: bobby"),
        ("bobby", "'bobby' is not a party"))
    bad("owner_twice", tables("[alice, bob, carol]", "[alice, bob, alice]"),
        ("stacked", "'alice' is listed twice"))
    bad("max_rows", tables("50000000", "1099511627777"),
        ("max_rows", "expected a whole number from 1 to 1099511627776"))
    bad("no_columns", consortium(tables="tables:\n  t:\n    owner: bob\n"
                                        "    columns: {}\n"),
        ("columns: {}", "1 to 64 columns, this one has 0"))
    many = ", ".join(f"c{i}: {{type: boolean}}" for i in range(65))
    bad("many_columns", consortium(tables="tables:\n  t:\n    owner: bob\n"
                                          f"    columns: {{{many}}}\n"),
        ("columns: {", "1 to 64 columns, this one has 65"))
    bad("column_name", tables("      age:", "      1age:"),
        ("1age", "'1age' cannot name a column"))
    bad("column_kind", one_column("integer"), ("c: ", "expected a map"))
    bad("no_type", one_column("{min: 0, max: 3}"),
        ("c: ", "the key 'type' is missing"))
    bad("type_unknown", one_column("{type: text}"),
        ("c: ", "unknown type 'text'"))
    bad("type_missing_parts",
        consortium(tables="""\
tables:
  t:
    owner: bob
    columns:
      a: {type: integer}
      b: {type: decimal, min: 0, max: 1}
      c: {type: category}
      d: {type: date, min: 2020-01-01}
"""),
        ("a: ", "a column of type integer needs 'min'"),
        ("a: ", "a column of type integer needs 'max'"),
        ("b: ", "a column of type decimal needs 'scale'"),
        ("c: ", "a column of type category needs 'values'"),
        ("      d: ", "a column of type date needs 'max'"))
    bad("type_surplus_parts",
        consortium(tables="""\
tables:
  t:
    owner: bob
    columns:
      a:
        type: integer
        min: 0
        max: 9
        scale: 2
        values: [a]
      b:
        type: boolean
        min: 0
        cuts: any
      c:
        type: category
        values: [a]
        cuts: any
"""),
        ("scale: 2", "a column of type integer has no 'scale'"),
        ("values: [a]", "a column of type integer has no 'values'"),
        ("min: 0", "a column of type boolean has no 'min'", 1),
        ("cuts: any", "a column of type boolean has no 'cuts'"),
        ("cuts: any", "a column of type category has no 'cuts'", 1))
    for name, spec, words in (
        ("bound_text", "{type: integer, min: zero, max: 9}",
         "'min' must be a whole number"),
        ("bound_decimal", "{type: integer, min: 0, max: 9.5}",
         "'max' must be a whole number"),
        ("bound_digits", "{type: decimal, scale: 1, min: 0.25, max: 9}",
         "'min' must be a number such as 12.50"),
        ("bound_date", "{type: date, min: 2020-02-30, max: 2021-01-01}",
         "'min' must be a date"),
        ("bound_time", "{type: timestamp, min: 2020-02-03 24:00:00, "
                       "max: 2021-01-01 00:00:00}", "'min' must be a time"),
        ("bound_list", "{type: integer, min: [0], max: 9}",
         "'min' must be a whole number"),
        ("bound_order", "{type: integer, min: 10, max: 9}",
         "'min' is above 'max'"),
        ("bound_wide", "{type: integer, min: 0, max: 1000000000000000001}",
         "'max' is beyond 10^18"),
        ("bound_scaled", "{type: decimal, scale: 18, min: 0, max: 2}",
         "'max' is beyond 10^18"),
        ("scale", "{type: decimal, scale: 19, min: 0, max: 2}",
         "expected a whole number from 1 to 18"),
        ("values_text", "{type: category, values: north}",
         "'values' must be a list of 1 to 4096 texts"),
        ("values_none", "{type: category, values: []}",
         "'values' must be a list of 1 to 4096 texts"),
        ("values_twice", "{type: category, values: [a, b, a]}",
         "the value 'a' stands twice"),
        ("values_empty", '{type: category, values: [a, ""]}',
         "'a value' must be a text"),
        ("values_control", '{type: category, values: [a, "b\\e[31m"]}',
         "'a value' holds a control character"),
        ("values_long", '{type: category, values: [' + "x" * 256 + "]}",
         "a value is longer than 255 bytes"),
        ("cuts_word", "{type: integer, min: 0, max: 9, cuts: all}",
         "'cuts' is not understood"),
        ("cuts_month", "{type: integer, min: 0, max: 9, cuts: month}",
         "'cuts' is not understood"),
        ("cuts_none", "{type: integer, min: 0, max: 9, cuts: []}",
         "a list of cuts has 1 to 4096 points"),
        ("cuts_order", "{type: integer, min: 0, max: 9, cuts: [3, 5, 5]}",
         "cuts must rise"),
        ("cuts_outside", "{type: integer, min: 0, max: 9, cuts: [3, 10]}",
         "a cut lies outside min..max"),
        ("cuts_text", "{type: integer, min: 0, max: 9, cuts: [x]}",
         "a cut must be a whole number"),
        ("every_zero", "{type: integer, min: 0, max: 9, cuts: {every: 0}}",
         "'every' must be above 0"),
        ("every_date", "{type: date, min: 2020-01-01, max: 2021-01-01, "
                       "cuts: {every: 2020-01-01}}",
         "expected a whole number from 1"),
        ("every_missing", "{type: integer, min: 0, max: 9, cuts: {from: 0}}",
         "the key 'every' is missing"),
        ("every_from", "{type: integer, min: 0, max: 9, cuts: {every: 2, "
                       "from: x}}", "'from' must be a whole number"),
        ("every_unknown", "{type: integer, min: 0, max: 9, cuts: {every: 2, "
                          "till: 4}}", "unknown key 'till'"),
        ("required", "{type: boolean, required: yes}",
         "'required' must be true or false"),
    ):
        bad(name, one_column(spec), ("c: {", words))


def bad_rules_and_ledger():
    def rules(text, *faults):
        return consortium(rules=f"rules: {{{text}}}\n")

    for name, text, words in (
        ("min_group", "min_group: 0", "expected a whole number from 1"),
        ("queries", "queries_per_day: many", "expected a whole number from 1"),
        ("sessions", "sessions_per_peer: 9", "expected a whole number from 1 to 8"),
        ("job_ms", "deadline_ms: 10000, job_ms: 9999",
         "cannot be shorter than one of its steps"),
        ("call_days", "call_days: 367", "expected a whole number from 1 to 366"),
        ("two_party", "two_party_exact: 1",
         "'two_party_exact' must be true or false"),
        ("rules_unknown", "mingroup: 5", "unknown key 'mingroup'"),
    ):
        bad(name, rules(text), ("rules: {", words))
    bad("sequencer", swap("sequencer: alice", "sequencer: eve"),
        ("ledger:", "the sequencer 'eve' is not a party"))
    bad("quorum_low", consortium(quorum=2),
        ("ledger:", "with 2 of 4 cosigners one liar could fork the log"))
    bad("quorum_three", consortium(parties=("alice", "bob", "carol"),
                                   quorum=2),
        ("ledger:", "with 2 of 3 cosigners one liar could fork the log"))
    bad("quorum_high", consortium(quorum=5),
        ("ledger:", "a whole number from 3 to 4 (2k - n - 1 >= 1)"))
    off = {"offline": True}
    bad("offline_sequencer", consortium(parties=FIVE, alice=off),
        ("ledger:", "the sequencer 'alice' is offline"))
    bad("offline_quorum_low", consortium(parties=FIVE, quorum=2, dora=off),
        ("ledger:", "with 2 of 4 cosigners one liar could fork the log"))
    bad("offline_quorum_high", consortium(parties=FIVE, quorum=4, bob=off, dora=off),
        ("ledger:", "the quorum of 3 cosigners is a whole number from 3 to 3"))
    bad("offline_all_but_one", consortium(bob=off, carol=off, audit=off),
        ("- name: alice", "one of 4 parties is not offline, and at least two"))
    bad("offline_all", consortium(alice=off, bob=off, carol=off, audit=off),
        ("- name: alice", "none of 4 parties is not offline"),
        ("ledger:", "the sequencer 'alice' is offline"))
    bad("origin", swap(f"origin: {ORIGIN}", "origin: a+b"),
        ("ledger:", "'origin' is not a URL without schema"))
    bad("ledger_missing", swap(f"origin: {ORIGIN}, ", ""),
        ("ledger:", "the key 'origin' is missing"))


KEY = "5f" * 32
SUMS = (f"ciphertext_sum:\n  key: \"{KEY}\"\n  bits: 3072\n  needed: 2\n"
        "  holders: [audit, alice, carol]\n  dealer: the ministry\n")


def bad_sums():
    def sums(old, new):
        return consortium() + swap(old, new, SUMS)

    bad("sum_key_short", sums(KEY, KEY[:-1]),
        ("  key:", "'key' is not 64 digits 0-9, a-f"))
    bad("sum_bits", sums("3072", "3000"),
        ("  key:", "'bits' is none of 2048, 3072 and 4096"))
    bad("sum_needed_one", sums("needed: 2", "needed: 1"),
        ("needed", "expected a whole number from 2 to 3"))
    bad("sum_needed_many", sums("needed: 2", "needed: 4"),
        ("needed", "expected a whole number from 2 to 3"))
    bad("sum_holder_unknown", sums("carol]", "eve]"),
        ("holders", "'eve' is not a party"))
    bad("sum_holder_twice", sums("carol]", "audit]"),
        ("holders", "'audit' is listed twice"))
    bad("sum_holder_offline", consortium(carol={"offline": True}) + SUMS,
        ("holders", "'carol' is offline, and a holder must be there when sums"))
    bad("sum_one_holder", sums("[audit, alice, carol]", "[audit]"),
        ("holders", "a key has 2 to 16 holders, this one has 1"))
    bad("sum_no_dealer", sums("  dealer: the ministry\n", ""),
        ("  key:", "the key 'dealer' is missing"))
    bad("sum_long_dealer", sums("the ministry", "m" * 65),
        ("dealer", "'dealer' is longer than 64 bytes"))
    bad("sum_unknown_key", sums("dealer:", "dealers:"),
        ("dealers", "unknown key 'dealers'"))


def main():
    os.makedirs(os.path.join(OUT, "bad"), exist_ok=True)
    for old in os.listdir(os.path.join(OUT, "bad")):
        os.unlink(os.path.join(OUT, "bad", old))
    write("good.yaml", consortium(rules="rules: {min_group: 5, "
                                        "queries_per_day: 7, sessions_per_peer: 2, "
                                        "proposals_per_hour: 90, cells: 500, "
                                        "deadline_ms: "
                                        "1500, job_ms: 60000, call_days: 12, "
                                        "two_party_exact: true}\n"))
    pair = TABLES.replace("[alice, bob, carol]", "[bob, alice]")
    write("pair.yaml", consortium(parties=("alice", "bob"), quorum=2,
                                  tables=pair))
    write("sums.yaml", consortium() + SUMS)
    write("offline.yaml", offline())
    bad_structure()
    bad_sums()
    bad_parties()
    bad_tables()
    bad_rules_and_ledger()
    good = consortium()
    bad("many_at_once",
        swap("sequencer: alice", "sequencer: eve",
             swap("scale: 2", "scale: 0",
                  swap("values: [north", "values: [south",
                       swap("tcp://carol", "udp://carol", good)))),
        ("udp://carol", "'address' is not tcp://host:port"),
        ("region:", "the value 'south' stands twice"),
        ("income:", "expected a whole number from 1 to 18"),
        ("ledger:", "the sequencer 'eve' is not a party"))


main()
