#!/usr/bin/env python3
"""visits.py FOLDER SEED: a table made up for tests, as four owners hold it.

Dates, timestamps, booleans, decimals on both sides of zero, NULL in every
column; the fourth owner has a header and no row. Writes FOLDER/{a,b,c,d}.csv and
FOLDER/queries.json, in the form that tests/oracle/oracle.py reads.
"""
import datetime
import json
import os
import random
import sys

REGIONS = ["north", "south", "east", "west"]
OWNERS = {"a": 700, "b": 500, "c": 300, "d": 0}
HEADER = "region,day,seen,amount,n,is_new,empty"

COUNT = ["agg", "count"]


def col(name):
    return ["col", name]


def agg(name, *args):
    return ["agg", name, *args]


def query(name, sql, select, **rest):
    return {"name": name, "sql": sql, "select": select, **rest}


QUERIES = [
    query("totals",
          "SELECT COUNT(*), COUNT(amount), SUM(amount), AVG(amount), "
          "VAR_POP(amount), STDDEV_SAMP(n) FROM visits",
          [["count", COUNT], ["count", agg("count", col("amount"))],
           ["sum", agg("sum", col("amount"))], ["avg", agg("avg", col("amount"))],
           ["var_pop", agg("var_pop", col("amount"))],
           ["stddev_samp", agg("stddev_samp", col("n"))]]),
    query("two_keys",
          "SELECT region, is_new, COUNT(*), SUM(amount) FROM visits "
          "GROUP BY region, is_new",
          [["region", ["key", 0]], ["is_new", ["key", 1]], ["count", COUNT],
           ["sum", agg("sum", col("amount"))]],
          keys=[col("region"), col("is_new")]),
    query("by_year",
          "SELECT EXTRACT(year FROM day) AS y, COUNT(*), AVG(amount) FROM visits "
          "GROUP BY EXTRACT(year FROM day)",
          [["y", ["key", 0]], ["count", COUNT], ["avg", agg("avg", col("amount"))]],
          keys=[["year", col("day")]]),
    query("dates",
          "SELECT COUNT(*), SUM(amount) FROM visits "
          "WHERE day >= DATE '2024-01-01' AND day < DATE '2025-01-01'",
          [["count", COUNT], ["sum", agg("sum", col("amount"))]],
          where=["and", [">=", col("day"), ["date", "2024-01-01"]],
                 ["<", col("day"), ["date", "2025-01-01"]]]),
    query("timestamps",
          "SELECT COUNT(*), AVG(n) FROM visits "
          "WHERE seen >= TIMESTAMP '2024-06-01 00:00:00'",
          [["count", COUNT], ["avg", agg("avg", col("n"))]],
          where=[">=", col("seen"), ["timestamp", "2024-06-01 00:00:00"]]),
    query("below_zero",
          "SELECT region, COUNT(*), SUM(amount * n), AVG(3 * amount - 3 * n + 1) "
          "FROM visits WHERE amount < 0 GROUP BY region",
          [["region", ["key", 0]], ["count", COUNT],
           ["sum", agg("sum", ["*", col("amount"), col("n")])],
           ["avg", agg("avg", ["+", ["-", ["*", ["num", "3"], col("amount")],
                                   ["*", ["num", "3"], col("n")]], ["num", "1"]])]],
          where=["<", col("amount"), ["num", "0"]], keys=[col("region")]),
    query("nulls",
          "SELECT COUNT(*) FILTER (WHERE amount IS NULL), "
          "COUNT(*) FILTER (WHERE is_new), COUNT(*) FILTER (WHERE NOT is_new), "
          "AVG(amount) FILTER (WHERE region IS NULL) FROM visits",
          [["count", ["filter", COUNT, ["is null", col("amount")]]],
           ["count", ["filter", COUNT, col("is_new")]],
           ["count", ["filter", COUNT, ["not", col("is_new")]]],
           ["avg", ["filter", agg("avg", col("amount")),
                    ["is null", col("region")]]]]),
    query("lines",
          "SELECT CORR(amount, n), REGR_SLOPE(amount, n), REGR_INTERCEPT(amount, n), "
          "REGR_R2(amount, n), REGR_COUNT(amount, n) FROM visits",
          [[f, agg(f, col("amount"), col("n"))]
           for f in ("corr", "regr_slope", "regr_intercept", "regr_r2", "regr_count")]),
    query("ordered",
          "SELECT region, SUM(amount) FROM visits GROUP BY region "
          "HAVING COUNT(*) > 50 ORDER BY SUM(amount) DESC LIMIT 2",
          [["region", ["key", 0]], ["sum", agg("sum", col("amount"))]],
          keys=[col("region")], having=[">", COUNT, ["num", "50"]],
          order=[[agg("sum", col("amount")), "desc", "first"]], limit=2),
    query("only_nulls",
          "SELECT COUNT(*), COUNT(empty), SUM(empty), AVG(empty) FROM visits",
          [["count", COUNT], ["count", agg("count", col("empty"))],
           ["sum", agg("sum", col("empty"))], ["avg", agg("avg", col("empty"))]]),
    query("no_groups",
          "SELECT region, COUNT(*) FROM visits WHERE n > 0 AND n < 0 GROUP BY region",
          [["region", ["key", 0]], ["count", COUNT]],
          where=["and", [">", col("n"), ["num", "0"]], ["<", col("n"), ["num", "0"]]],
          keys=[col("region")]),
]

SPEC = {
    "files": [f"{owner}.csv" for owner in OWNERS],
    "nulls": ["", "NA"],
    "min_group": 10,
    "columns": {
        "region": {"type": "category", "values": REGIONS},
        "day": {"type": "date"},
        "seen": {"type": "timestamp"},
        "amount": {"type": "decimal", "scale": 2},
        "n": {"type": "integer"},
        "is_new": {"type": "boolean"},
        "empty": {"type": "integer"},
    },
    "queries": QUERIES,
}


def row(draw):
    day = datetime.date(2023, 1, 1) + datetime.timedelta(days=draw.randrange(1000))
    seen = datetime.datetime(2024, 1, 1) + datetime.timedelta(
        seconds=draw.randrange(366 * 86400))
    cells = [
        draw.choice(REGIONS),
        day.isoformat(),
        seen.isoformat(sep=" "),
        "%.2f" % (draw.randrange(-100000, 100001) / 100),
        str(draw.randrange(-50, 51)),
        draw.choice(["true", "false"]),
    ]
    return ",".join("NA" if draw.random() < 0.1 else c for c in cells) + ","


def main():
    folder, seed = sys.argv[1:]
    draw = random.Random(int(seed))
    for owner, rows in OWNERS.items():
        with open(os.path.join(folder, owner + ".csv"), "w", encoding="utf-8") as f:
            f.write(HEADER + "\n")
            f.writelines(row(draw) + "\n" for _ in range(rows))
    with open(os.path.join(folder, "queries.json"), "w", encoding="utf-8") as f:
        json.dump(SPEC, f, indent=1)


main()
