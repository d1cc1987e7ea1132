#!/usr/bin/env python3
"""Made-up emissions of twelve firms, and the answers that must come out.

    generate.py FOLDER          firm01.csv to firm12.csv there, twelve months each
    generate.py --expected      the answers, as they stand in expected.json

Closed formulas of whole numbers, so any language makes the same bytes.
"""
import json
import os
import sys

FIRMS, MONTHS = 12, 12
COLUMNS = ("month", "scope1_kg", "scope2_kg", "units")
BUSY_MONTH = 2_900_000
CAP = 34_000_000


def name(f):
    return "firm%02d" % (f + 1)


def row(f, m):
    """Of firm f in month m, both from 0."""
    return {"month": m + 1, "scope1_kg": 100000 + 7919 * f + 311 * m * m,
            "scope2_kg": 60000 + 104729 * (f + 1) * (m + 1) % 50000, "units": 900 + 13 * f + 7 * m}


def write(folder):
    os.makedirs(folder, exist_ok=True)
    for f in range(FIRMS):
        with open(os.path.join(folder, name(f) + ".csv"), "w", encoding="ascii") as out:
            out.write(",".join(COLUMNS) + "\n")
            for m in range(MONTHS):
                out.write(",".join(str(row(f, m)[c]) for c in COLUMNS) + "\n")


def expected():
    rows = [row(f, m) for f in range(FIRMS) for m in range(MONTHS)]
    scope1, scope2, units = (sum(r[c] for r in rows) for c in COLUMNS[1:])
    months = [sum(r["scope1_kg"] + r["scope2_kg"] for r in rows if r["month"] == m + 1) for m in range(MONTHS)]
    return {"scope1_kg": scope1, "scope2_kg": scope2, "total_kg": scope1 + scope2, "units": units,
            "kg_a_unit": (scope1 + scope2) / units, "busy_month_kg": BUSY_MONTH,
            "busy_months": {str(m + 1): kg for m, kg in enumerate(months) if kg > BUSY_MONTH},
            "cap_kg": CAP, "cap_exceeded": scope1 + scope2 > CAP}


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    if sys.argv[1] == "--expected":
        print(json.dumps(expected(), indent=2))
    else:
        write(sys.argv[1])
