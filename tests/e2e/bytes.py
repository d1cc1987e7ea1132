"""What EXPLAIN says that a job moves on each link, one way, and what each node
counts at its channels: within 5 percent, for each kind of asker and recipient."""

import re

from world import World, check, main, wait_until

QUESTIONS = (  # asker, options, SQL
    ("biscoe", (), "SELECT COUNT(*) FROM penguins"),
    ("biscoe", (), "SELECT species, sex, year, CORR(body_mass_g, flipper_length_mm), AVG(bill_length_mm), "
                   "STDDEV(bill_depth_mm) FROM penguins GROUP BY species, sex, year"),
    ("torgersen", ("--to", "dream"), "SELECT sex, SUM(body_mass_g) FROM penguins GROUP BY sex"),
    ("auditor", (), "SELECT species, AVG(body_mass_g) FROM penguins GROUP BY species"),
    ("dream", ("--to", "biscoe,auditor"), "SELECT island, COUNT(*) FROM penguins GROUP BY island"),
)


def planned(text):
    """{(from, to): bytes} of an explained plan."""
    cost = text[text.index("\nCost\n"):]
    lines = re.findall(r"^ +(?:bytes +)?(\w+) to ((?:\w+ \d+(?:,\s+)?)+)$", cost, re.M)
    return {(a, b): int(n) for a, rest in lines for b, n in re.findall(r"(\w+) (\d+)", rest)}


def counted(world, job):
    """The same, as both ends of each link counted it once the job was over."""
    found = {}
    for node in world.nodes.values():
        for out, peer, into in re.findall(
                r"job %s: (\d+) bytes to (\w+), planned \d+; (\d+) from it" % job, node.log_since(0)):
            found.setdefault((node.name, peer), []).append(int(out))
            found.setdefault((peer, node.name), []).append(int(into))
    return found


def compare(world, want, job, sql):
    """What was planned, and what both ends of each link counted."""
    def both():
        found = counted(world, job)
        return found if all(len(found.get(link, ())) == 2 for link in want) else None

    got = wait_until(both, "both ends of each link have counted: %s" % sorted(want))
    check(set(got) == set(want) and want, "the same links: %s, %s" % (sorted(got), sorted(want)))
    for link, (one, other) in got.items():
        check(one == other, "%s to %s: %d sent, %d taken" % (*link, one, other))
        check(abs(one - want[link]) <= 0.05 * one, "%s to %s: %d bytes, planned %d: %s" % (*link, one, want[link], sql))


def all_links():
    """on each link, each way, for askers and recipients with rows and without"""
    with World("bytes").start(SC_LOG="debug") as world:
        for asker, options, sql in QUESTIONS:
            code, text, err = world[asker].command("explain", *options, sql)
            check(code == 0, err)
            want = planned(text)
            asked = world[asker].ask(sql, *options)
            check(asked.status == 0, asked.err)
            compare(world, want, asked.id, sql)


if __name__ == "__main__":
    main(all_links)
