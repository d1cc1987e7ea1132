#!/usr/bin/env python3
"""Sixteen nodes on one machine, each with rows of its own: a grouped query, from
exec of the command to its exit; and what the nodes take while nothing happens.
The answer is held against the same figures computed here."""

import csv
import os
import random
import shutil
import tempfile
import time

import nodes

N = 16
ROWS = 200  # at each
SEED = 7
RUNS = 3 if nodes.QUICK else 20
IDLE_S = 1 if nodes.QUICK else 5
COLUMNS = {
    "region": "{type: category, values: [north, south]}",
    "age": "{type: integer, min: 0, max: 120}",
}
QUERY = "SELECT region, COUNT(*), AVG(age) FROM people GROUP BY region ORDER BY region LIMIT %d"


def make_rows(path, draw):
    rows = [(draw.choice(["north", "south"]), draw.randrange(121)) for _ in range(ROWS)]
    with open(path, "w", encoding="utf-8", newline="") as f:
        csv.writer(f, lineterminator="\n").writerows([("region", "age")] + rows)
    return rows


def check(answer, rows):
    for line in list(csv.reader(answer.splitlines()))[1:]:
        ages = [age for region, age in rows if region == line[0]]
        assert int(line[1]) == len(ages) and float(line[2]) == sum(ages) / len(ages), (line, len(ages))


def bench(folder, store, base):
    draw, rows = random.Random(SEED), []
    owners = ["p%02d" % i for i in range(N)]
    files = [os.path.join(folder, o + ".csv") for o in owners]
    for path in files:
        rows += make_rows(path, draw)
    with nodes.Consortium(owners, files, "people", COLUMNS, 10000, base) as c:
        check(c.query(QUERY % 999)[1], rows)
        times = [c.query(QUERY % (1000 + i))[0] for i in range(RUNS)]
        print("wide nodes=%d owners=%d rows=%d store=%s %s works=yes" % (
            N, N, len(rows), store, nodes.figures(times)))
        before = c.cpu()
        time.sleep(IDLE_S)
        own, engines = c.peaks()
        print("wide_idle nodes=%d store=%s processors_busy=%.3f node_peak_mb=%d engine_peak_mb=%d" % (
            N, store, (c.cpu() - before) / IDLE_S, max(own), max(engines)), flush=True)


def main():
    nodes.machine("wide: %d nodes of %d rows each, seed %d" % (N, ROWS, SEED))
    folder = tempfile.mkdtemp(prefix="sharechain-bench-wide.")
    try:
        for store, base in nodes.stores():
            bench(folder, store, base)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
