#!/usr/bin/env python3
"""A query on three local nodes and an auditor: 344 rows, warm, from exec of the
command to its exit, answer and receipt included; and what of it is the receipt.

No two queries are alike (LIMIT differs), so that no stored answer serves; the
owners ask in turn, and the nodes start anew for each series, for a party takes
60 proposals an hour of another. A node makes every step safe on its disk before
the next message leaves; "disk" is how long that disk takes for it now, and
store=memory the same nodes with folders that need no disk.
"""

import itertools
import os

import nodes

PENGUINS = {
    "species": "{type: category, values: [Adelie, Chinstrap, Gentoo]}",
    "bill_length_mm": "{type: decimal, scale: 1, min: 20, max: 80}",
    "bill_depth_mm": "{type: decimal, scale: 1, min: 5, max: 40}",
    "flipper_length_mm": "{type: integer, min: 100, max: 300}",
    "body_mass_g": "{type: integer, min: 1000, max: 10000}",
    "sex": "{type: category, values: [female, male]}",
}
QUERIES = {
    "avg": "SELECT sex, COUNT(*), AVG(body_mass_g) FROM penguins GROUP BY sex LIMIT %d",
    "stats": "SELECT species, COUNT(*), AVG(body_mass_g), STDDEV_SAMP(body_mass_g), "
             "CORR(flipper_length_mm, body_mass_g) FROM penguins GROUP BY species LIMIT %d",
}
EACH = 5 if nodes.QUICK else 50  # runs of each owner
WARM = 2  # before them
TARGET_MS = 80
LIMITS = itertools.count(1000)


def ask(c, text, each):
    """Each owner's runs: who asked, log sizes before, milliseconds."""
    for i in range(WARM + each):
        for asker in c.owners:
            sizes = c.log_sizes()
            took, _ = c.query(text % next(LIMITS), asker)
            if i >= WARM:
                yield asker, sizes, took


def whole(c, name, text, store):
    times = [took for _, _, took in ask(c, text, EACH)]
    print("query sql=%s rows=344 nodes=3 auditors=1 store=%s %s target_median_ms=%d reached=%s" % (
        name, store, nodes.figures(times), TARGET_MS, "yes" if nodes.median(times) <= TARGET_MS else "no"), flush=True)


def phases(c, name, text, store):
    seen = [{**c.phases(asker, sizes), "command": took} for asker, sizes, took in ask(c, text, EACH // 3)]
    for a, b in zip(nodes.PHASES, nodes.PHASES[1:]):
        print("phase sql=%s store=%s phase=%s %s" % (name, store, a, nodes.figures([s[b] - s[a] for s in seen])))
    # The receipt: from the first commitment to the entry in the own replica.
    receipt = [s["open"] - s["commit"] for s in seen]
    parts = {"protocol": [s["deliver"] - r for s, r in zip(seen, receipt)], "receipt": receipt,
             "whole": [s["ends"] for s in seen], "command": [s["command"] for s in seen]}
    print("receipt_overhead sql=%s store=%s %s" % (name, store, " ".join(
        "%s_ms=%.1f" % (k, nodes.median(v)) for k, v in parts.items())), flush=True)


def bench(owners, files, store, base):
    with nodes.Consortium(owners, files, "penguins", PENGUINS, 10000, base) as c:
        print("disk store=%s %s" % (store, nodes.disk(c.folder)))
        for name, text in QUERIES.items():
            for measure, log in ((whole, "info"), (phases, "debug")):
                c.stop()
                c.start(log)
                measure(c, name, text, store)


def main():
    data = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../examples/penguins/data")
    owners = ["biscoe", "dream", "torgersen"]
    files = [os.path.abspath(os.path.join(data, o + ".csv")) for o in owners]
    nodes.machine("query: three nodes and an auditor on loopback; the data are fixed, no seed")
    alone = [nodes.timed([nodes.BINARY, "--version"])[0] for _ in range(20)]
    print("command_alone %s" % nodes.figures(alone))
    for store, base in nodes.stores():
        bench(owners, files, store, base)


if __name__ == "__main__":
    main()
