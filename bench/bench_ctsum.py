#!/usr/bin/env python3
"""A sum of ciphertexts among twelve owners, 100,000 values of each: the whole job, with
proofs and receipt, from exec of the command to its exit, and each phase's share of
it at the asker; beside it the same question as a masked sum. Three parties hold the
key, any two open. All nodes share this machine: twelve owners encrypt, and three
parties check every ciphertext of all, where each would have a machine of its own."""

import csv
import os
import random
import re
import shutil
import tempfile

import nodes

OWNERS = 12
CELLS = 250 if nodes.QUICK else 25000  # of four values: flag, number, two sums
BITS = 2048 if nodes.QUICK else 3072
SEED = 12
HOLDERS = ("p00", "p01", "auditor")
COLUMNS = {
    "meter": "{type: integer, min: 1, max: %d, cuts: {every: 1}, required: true}" % CELLS,
    "used": "{type: integer, min: 0, max: 1000000, required: true}",
    "made": "{type: integer, min: 0, max: 1000000, required: true}",
}
QUERY = "%s meter, SUM(used) AS u, SUM(made) AS m FROM readings GROUP BY meter ORDER BY meter"


def make_rows(path, draw):
    rows = [(m, draw.randrange(1000001), draw.randrange(1000001)) for m in range(1, CELLS + 1)]
    with open(path, "w", encoding="utf-8", newline="") as f:
        csv.writer(f, lineterminator="\n").writerows([("meter", "used", "made")] + rows)
    return rows


def make_key(folder):
    """Lines of consortium.yaml, and of each party's node.yaml."""
    out = nodes.run_command("he", "keygen", "sums", "--bits", str(BITS), "--shares", "2/3", "--open", "--dir", folder)
    terms = out[out.index("ciphertext_sum:"):]
    terms = re.sub(r"holders: \[\].*", "holders: [%s]" % ", ".join(HOLDERS), terms)
    terms = re.sub(r"dealer:.*", "dealer: bench", terms)
    lines = {p: "ciphertext_sum: {key: %s/sums.pub}\n" % folder for p in ["p%02d" % i for i in range(OWNERS)]}
    for i, p in enumerate(HOLDERS):
        lines[p] = "ciphertext_sum: {key: %s/sums.pub, share: %s/sums.share%d}\n" % (folder, folder, i + 1)
    return terms, lines


def check(answer, all_rows):
    got = [tuple(int(x) for x in line) for line in list(csv.reader(answer.splitlines()))[1:]]
    want = [(m + 1, sum(rows[m][1] for rows in all_rows), sum(rows[m][2] for rows in all_rows)) for m in range(CELLS)]
    assert got == want, "the totals"


def measure(c, what, select, all_rows):
    sizes = c.log_sizes()
    took, answer = c.query(QUERY % select)
    check(answer, all_rows)
    began = c.phases("p00", sizes)
    ends = [began[p] for p in nodes.PHASES[1:]] + [began["ends"]]
    shares = " ".join("%s=%.1f%%" % (p, 100 * (end - began[p]) / began["ends"])
                      for p, end in zip(nodes.PHASES[:-1], ends))
    print("ctsum %s owners=%d values=%d bits=%d took_s=%.1f %s works=yes" % (
        what, OWNERS, 4 * CELLS, BITS, took / 1000, shares), flush=True)


def main():
    nodes.machine("ctsum: %d owners, %d values each, seed %d" % (OWNERS, 4 * CELLS, SEED))
    draw = random.Random(SEED)
    folder = tempfile.mkdtemp(prefix="sharechain-bench-ctsum.")
    try:
        owners = ["p%02d" % i for i in range(OWNERS)]
        files = [os.path.join(folder, o + ".csv") for o in owners]
        all_rows = [make_rows(path, draw) for path in files]
        terms, lines = make_key(folder)
        with nodes.Consortium(owners, files, "readings", COLUMNS, 10 * CELLS,
                              rules="min_group: 1, deadline_ms: 60000, job_ms: 3600000", more=terms,
                              node_more=lines) as c:
            c.stop()
            c.start(log="debug")
            measure(c, "masked", "SELECT", all_rows)
            measure(c, "ciphertexts", "SELECT /*+ ciphertext_sum */", all_rows)
            own, _ = c.peaks()
            print("ctsum_memory peak_mb_holder=%d peak_mb_owner=%d" % (own[0], own[2]), flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
