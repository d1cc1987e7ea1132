#!/usr/bin/env python3
"""A grouped AVG over many rows of CSV at each of three owners, against DuckDB
alone running the same local aggregate at the three files in turn, with the same
declared types and as many threads.

The answer leaves an owner only on ticks of 20 ms * 1.5^j, and that wait is
counted apart: a node's load phase less the time its engine took, both from its
debug log. The first check of the files is counted apart too. A query and DuckDB
are timed in turn.
"""

import ctypes
import os
import re
import shutil
import tempfile
import time

import nodes

ROWS = 100_000 if nodes.QUICK else 10_000_000
RUNS = 3 if nodes.QUICK else 9
SEED = 7
TARGET = 1.3
OWNERS = ["alice", "bob", "carol"]
REGIONS = ["north", "south", "east", "west"]
COLUMNS = {
    "region": "{type: category, values: [%s]}" % ", ".join(REGIONS),
    "income": "{type: decimal, scale: 2, min: 0, max: 100000}",
}
QUERY = "SELECT region, COUNT(*), AVG(income) FROM salaries GROUP BY region LIMIT %d"


class Duck:
    """As little of DuckDB's C interface as a bench needs."""

    def __init__(self):
        self.lib = ctypes.CDLL(os.environ.get("SC_DUCKDB") or find_duckdb())
        database, self.connection = ctypes.c_void_p(), ctypes.c_void_p()
        assert self.lib.duckdb_open(None, ctypes.byref(database)) == 0
        assert self.lib.duckdb_connect(database, ctypes.byref(self.connection)) == 0
        self.run("SET threads = %d" % os.cpu_count())
        self.run("SET preserve_insertion_order = false")
        self.run("CREATE TYPE region AS ENUM ('%s')" % "', '".join(REGIONS))

    def run(self, sql):
        """Run one statement to its end: milliseconds."""
        result = (ctypes.c_uint64 * 6)()  # duckdb_result
        start = time.perf_counter()
        failed = self.lib.duckdb_query(self.connection, sql.encode(), ctypes.byref(result))
        took = 1000 * (time.perf_counter() - start)
        if failed:
            self.lib.duckdb_result_error.restype = ctypes.c_char_p
            raise SystemExit("bench: %s" % self.lib.duckdb_result_error(ctypes.byref(result)).decode())
        self.lib.duckdb_destroy_result(ctypes.byref(result))
        return took

    def make_csv(self, path, seed):
        """The same bytes for the same seed."""
        self.run("COPY (SELECT [%s][1 + CAST(hash(i * 31 + %d) %% 4 AS INTEGER)] AS region, "
                 "CAST(hash(i * 37 + %d) %% 10000000 / 100.0 AS DECIMAL(9,2)) AS income "
                 "FROM range(%d) t(i)) TO '%s' (HEADER)" % (
                     ", ".join("'%s'" % r for r in REGIONS), seed, seed, ROWS, path))

    def aggregate(self, path):
        return self.run(
            "SELECT region, COUNT(*), AVG(income) FROM read_csv('%s', auto_detect=false, header=true, delim=',', "
            "quote='\"', escape='\"', nullstr=['', 'NA'], columns={'region': 'region', 'income': 'DECIMAL(9,2)'}) "
            "GROUP BY region" % path)


def find_duckdb():
    here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../build/duckdb/libduckdb.so")
    return here if os.path.exists(here) else "libduckdb.so"


def start_checked(c, log):
    """Start the nodes anew: until the last owner has checked its file."""
    c.stop()
    sizes, start = c.log_sizes(), time.perf_counter()
    c.start(log=log)
    while True:
        if all(re.search(r"data: table salaries: \d+ rows", c.log_since(p, sizes)) for p in OWNERS):
            return 1000 * (time.perf_counter() - start)
        time.sleep(0.01)


def one(c, limit):
    """A query: total, the longest load phase, the longest work of an engine."""
    sizes = c.log_sizes()
    total, answer = c.query(QUERY % limit)
    loads = [p["commit"] - p["load"] for p in (c.phases(o, sizes) for o in OWNERS)]
    works = [float(re.search(r"the engine took ([0-9.]+) ms", c.log_since(o, sizes)).group(1)) for o in OWNERS]
    assert len(answer.splitlines()) == 1 + len(REGIONS), answer
    return total, max(loads), max(works)


def compare(c, duck, files):
    totals, waits, works, alone = [], [], [], []
    for i in range(RUNS + 1):
        total, load, work = one(c, 1000 + i)
        in_turn = sum(duck.aggregate(f) for f in files)
        if i > 0:  # the first warms up
            totals.append(total)
            waits.append(max(0.0, load - work))
            works.append(work)
            alone.append(in_turn)
    return totals, waits, works, alone


def report(totals, waits, works, alone):
    what = "rows=%d owners=%d" % (ROWS, len(OWNERS))
    print("rows_query %s %s" % (what, nodes.figures(totals)))
    print("rows_engines %s %s" % (what, nodes.figures(works)))
    print("rows_tick_wait %s %s" % (what, nodes.figures(waits)))
    print("rows_duckdb_in_turn %s %s" % (what, nodes.figures(alone)))
    less = [t - w for t, w in zip(totals, waits)]
    ratio = nodes.median(less) / nodes.median(alone)
    print("rows_without_tick %s %s" % (what, nodes.figures(less)))
    print("rows_to_duckdb %s ratio=%.2f with_tick=%.2f target=%.1f reached=%s" % (
        what, ratio, nodes.median(totals) / nodes.median(alone), TARGET, "yes" if ratio <= TARGET else "no"))


def bench(folder):
    duck = Duck()
    files = [os.path.join(folder, "%s.csv" % o) for o in OWNERS]
    for i, path in enumerate(files):
        duck.make_csv(path, SEED + i)
    print("rows_csv rows=%d owners=%d seed=%d mb_each=%d" % (ROWS, len(OWNERS), SEED, os.path.getsize(files[0]) >> 20))
    with nodes.Consortium(OWNERS, files, "salaries", COLUMNS, 100_000_000) as c:
        print("rows_first_check rows=%d owners_at_once=%d start_and_check_ms=%.0f" % (
            ROWS, len(OWNERS), start_checked(c, "debug")), flush=True)
        report(*compare(c, duck, files))
        own, engines = c.peaks()
        print("rows_peak rows=%d node_mb=%s engine_mb=%s" % (
            ROWS, ",".join(map(str, own)), ",".join(map(str, engines))), flush=True)


def main():
    nodes.machine("rows: three owners of %d rows of CSV, an auditor, seed %d" % (ROWS, SEED))
    if shutil.disk_usage(tempfile.gettempdir()).free < 60 * ROWS * len(OWNERS):
        raise SystemExit("bench: less than %d MB free in %s" % (60 * ROWS * len(OWNERS) >> 20, tempfile.gettempdir()))
    folder = tempfile.mkdtemp(prefix="sharechain-bench-rows.")
    try:
        bench(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
