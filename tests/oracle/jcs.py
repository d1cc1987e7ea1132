#!/usr/bin/env python3
"""An independent model of base/json and base/jcs: writes vectors/jcs.kat.

The canonical form comes from Python alone: its JSON reader, and keys sorted by
their UTF-16 big-endian bytes. The inputs are the examples of RFC 8785 and of
its author's test data (cyberphone/json-canonicalization, testdata), reals
replaced by integers where they have them, and cases of our own.

    python3 tests/oracle/jcs.py > tests/vectors/jcs.kat
"""
import hashlib
import json
import sys

MAX_INT = 2**53 - 1


def string(s):
    short = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n",
             "\f": "\\f", "\r": "\\r"}
    return '"' + "".join(
        short.get(c, "\\u%04x" % ord(c) if ord(c) < 32 else c) for c in s) + '"'


def jcs(v):
    if v is None or isinstance(v, bool):
        return {None: "null", True: "true", False: "false"}[v]
    if isinstance(v, int):
        assert abs(v) <= MAX_INT
        return str(v)
    if isinstance(v, str):
        return string(v)
    if isinstance(v, list):
        return "[" + ",".join(jcs(x) for x in v) + "]"
    keys = sorted(v, key=lambda k: k.encode("utf-16-be"))
    return "{" + ",".join(string(k) + ":" + jcs(v[k]) for k in keys) + "}"


# (what, text in, text out where a standard prints it, else None)
GOOD = [
    ("RFC 8785 3.2.2, its reals left out",
     r'{"string": "\u20ac$\u000F\u000aA'
     r"'"
     r'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}',
     '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'),
    ("RFC 8785 3.2.3: order of keys",
     r'{"\u20ac": "Euro Sign", "\r": "Carriage Return", '
     r'"\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One", '
     r'"\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", '
     r'"\u00f6": "Latin Small Letter O With Diaeresis"}',
     '{"\\r":"Carriage Return","1":"One","\u0080":"Control",'
     '"\u00f6":"Latin Small Letter O With Diaeresis","\u20ac":"Euro Sign",'
     '"\U0001f600":"Emoji: Grinning Face",'
     '"\ufb33":"Hebrew Letter Dalet With Dagesh"}'),
    ("testdata weird.json",
     '{\n  "\\u20ac": "Euro Sign",\n  "1": "One",\n'
     '  "\\u0080": "Control\\u007f",\n  "\\ud83d\\ude02": "Smiley",\n'
     '  "\\u00f6": "Latin Small Letter O With Diaeresis",\n'
     '  "\\ufb33": "Hebrew Letter Dalet With Dagesh",\n'
     '  "</script>": "Browser Challenge"\n}\n',
     '{"1":"One","</script>":"Browser Challenge","\u0080":"Control\x7f",'
     '"\u00f6":"Latin Small Letter O With Diaeresis","\u20ac":"Euro Sign",'
     '"\U0001f602":"Smiley","\ufb33":"Hebrew Letter Dalet With Dagesh"}'),
    ("testdata structures.json, 56.0 as 56",
     '{\n  "1": {"f": {"f": "hi","F": 5} ,"\\n": 56},\n  "10": { },\n'
     '  "": "empty",\n  "a": { },\n  "111": [ { } ],\n  "A": { }\n}',
     '{"":"empty","1":{"\\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{}],'
     '"A":{},"a":{}}'),
    ("testdata unicode.json: no normalisation",
     '{\n  "Unnormalized Unicode":"\\u1e0d\\u0307"\n}\n',
     '{"Unnormalized Unicode":"\u1e0d\u0307"}'),
    ("keys that differ behind a common start",
     '{"péché":1,"pêche":2,"peach":3,"pea":4,"":5}', None),
    ("surrogates against U+E000..U+FFFF, at each place",
     '{"a\ue000":1,"a\U00010000":2,"a\uffff":3,"a\U0010ffff":4,"a\ud7ff":5,'
     '"\U0001f600x":6,"\U0001f600":7,"\uff5e\U0001f600":8,"\uff5e\uff5e":9}',
     None),
    ("every control character but U+0000",
     '"' + "".join("\\u%04X" % c for c in range(1, 32)) + '\\u007f\\u0080"',
     None),
    ("largest integers", f"[{MAX_INT},-{MAX_INT},0,-1]", None),
    ("minus nought is nought", "[-0]", "[0]"),
    ("blanks of all four kinds", " \t\r\n[ 1 ,\t2\r\n]\n", None),
    ("a string alone", '"\\ud834\\udd1e"', None),
    ("literals alone", "true", None),
    ("nested", "[" * 512 + "]" * 512, None),
    ("an empty object", "{}", None),
]

# (what, bytes)
BAD = [
    ("empty", b""),
    ("blanks only", b" \n"),
    ("a real", b"[1.5]"),
    ("a whole real", b"[1.0]"),
    ("an exponent", b"[1e3]"),
    ("2^53", b"[9007199254740992]"),
    ("-2^53", b"[-9007199254740992]"),
    ("2^63", b"[9223372036854775808]"),
    ("a number of 400 digits", b"[" + b"9" * 400 + b"]"),
    ("a real beyond double", b"[1e999]"),
    ("a leading nought", b"[01]"),
    ("a plus", b"[+1]"),
    ("NaN", b"[NaN]"),
    ("a key twice", b'{"a":1,"b":2,"a":1}'),
    ("a key twice, once escaped", b'{"a":1,"\\u0061":2}'),
    ("a key twice, deep", b'[{"x":{"k":1,"k":1}}]'),
    ("a lone high surrogate", b'"\\ud800"'),
    ("a lone low surrogate", b'"\\udc00"'),
    ("surrogates in the wrong order", b'"\\udc00\\ud800"'),
    ("a high surrogate and a letter", b'"\\ud800a"'),
    ("a lone surrogate in a key", b'{"\\udead":1}'),
    ("U+0000", b'"a\\u0000"'),
    ("U+0000 in a key", b'{"\\u0000":1}'),
    ("a raw zero byte", b'"a\x00"'),
    ("a zero byte behind the value", b"1\x00"),
    ("a zero byte within a list", b"[1\x00,2]"),
    ("a zero byte between values", b"[1,\x002]"),
    ("a raw line feed in a string", b'"a\nb"'),
    ("UTF-8: a lone continuation", b'"\x80"'),
    ("UTF-8: overlong slash", b'"\xc0\xaf"'),
    ("UTF-8: overlong, three bytes", b'"\xe0\x80\xaf"'),
    ("UTF-8: a surrogate", b'"\xed\xa0\x80"'),
    ("UTF-8: beyond U+10FFFF", b'"\xf4\x90\x80\x80"'),
    ("UTF-8: cut short", b'"\xe2\x82"'),
    ("UTF-8: FF", b'"\xff"'),
    ("a byte order mark", b"\xef\xbb\xbf{}"),
    ("two values", b"{} {}"),
    ("a comma behind the last", b"[1,]"),
    ("a comment", b"[1 /* one */]"),
    ("single quotes", b"['a']"),
    ("an unknown escape", b'"\\x41"'),
    ("513 deep", b"[" * 513 + b"]" * 513),
    ("513 deep, objects", b'{"a":' * 512 + b"{}" + b"}" * 512),
    ("3000 deep", b"[" * 3000),
    ("not closed", b'{"a":[1,2'),
]


sys.setrecursionlimit(5000)  # texts of 512 levels


def main():
    print("# base/json and base/jcs. Written by tests/oracle/jcs.py, a model in")
    print("# Python; RFC 8785 and its author's test data, and cases of our own.")
    for what, text, expected in GOOD:
        out = jcs(json.loads(text))
        assert expected is None or out == expected, what
        print(f"\nwhat = {what}\ninput = {text.encode().hex()}")
        print(f"canonical = {out.encode().hex()}")
        print(f"digest = {hashlib.sha256(out.encode()).hexdigest()}")
    for what, text in BAD:
        print(f"\nwhat = {what}\nrefused = {text.hex()}")


main()
