#!/usr/bin/env python3
"""compare.py SPEC NAME ANSWER: is this the oracle's answer to the query?

ANSWER is what `sharechain query --format json` printed. Its numbers are compared
as text, digit by digit: the oracle's are exact, or the nearest double's
shortest form.
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "oracle"))
import oracle  # noqa: E402

spec, name, answer = sys.argv[1:]
with open(answer, encoding="utf-8") as f:
    got = json.load(f, parse_int=str, parse_float=str)
got["suppressed"] = int(got["suppressed"])
with open(spec, encoding="utf-8") as f:
    query = next(q for q in json.load(f)["queries"] if q["name"] == name)
found = oracle.check(oracle.solve(spec, name)[0], got, bool(query.get("order")))
print(*found, sep="\n", end="\n" if found else "")
sys.exit(1 if found else 0)
