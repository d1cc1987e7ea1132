"""A party killed at each phase in turn: the others name it within the deadline,
nothing is lost or doubled, the next job works once it is back. The same for the
party that asks, and for the sequencer."""

import re

from world import OWNERS, PARTIES, World, check, in_time_s, main, rules, wait_until

PHASES = ("prepare", "consent", "load", "commit", "sign", "log", "open", "deliver")
RULES = rules(8000)


def newest(node, known):
    """The job that is new in the node's list: id, state."""
    new = {j: e for j, e in node.jobs().items() if j not in known}
    check(len(new) <= 1, "%s has two new jobs: %s" % (node.name, new))
    return next(iter(new.items()), (None, None))


def check_named(world, victim, phase, at):
    """Every other party of the job names the victim and a phase. The longest
    that a job took to end."""
    took_s = 0
    for name in OWNERS:
        if name == victim:
            continue
        found = wait_until(lambda n=name: re.search(r"job (\w{32}) of \w+ ends after ([0-9.]+) ms: (\w+), (\w+): ",
                                                    world[n].log_since(at[n])),
                           "%s says how the job ended" % name)
        check(found.group(3) == victim, "%s killed at %s, and %s names %s" % (victim, phase, name, found.group(0)))
        took_s = max(took_s, float(found.group(2)) / 1000)
    world.check_alive(PARTIES, besides=victim)
    return took_s


def strike(world, victim, phase, asker):
    """One job in which the victim is killed as it enters the phase."""
    node, ask = world[victim], world[asker]
    node.restart(stop_at=phase + ":kill")
    world.wait_linked()
    at = {n: world[n].log_size() for n in PARTIES}
    known = set(ask.jobs())
    sql = world.fresh()
    asked = ask.ask(sql)
    wait_until(node.is_dead, "%s stops at %s" % (victim, phase))
    took_s = asked.took
    if victim == asker:
        check(asked.status == 1, "the terminal hears that its node is gone: %s" % asked.err)
        if phase not in ("prepare", "consent", "deliver"):  # till then others need not have heard of it
            took_s = check_named(world, victim, phase, at)
    elif phase == "deliver" and asked.status == 0:
        pass  # its share left just before
    else:
        check(asked.status == 1 and re.search("sharechain: %s, [a-z]+: " % victim, asked.err),
              "killed at %s, and the terminal reads: %s" % (phase, asked.err))
        if not (victim == "biscoe" and phase == "log"):
            took_s = max(took_s, check_named(world, victim, phase, at))
    node.start()
    world.wait_linked()
    again = ask.ask(world.fresh())
    check(again.status == 0, "the next job after %s: %s" % (phase, again.err))
    check(took_s < in_time_s(again), "killed at %s, it took %.1f s: %s" % (phase, took_s, asked.err))
    job, _ = newest(ask, known | {again.id})
    return phase, job, sql


def strike_at_all(name, victim, asker, phases=PHASES):
    with World(name, rules_text=RULES).start() as world:
        jobs = [strike(world, victim, phase, asker) for phase in phases]
        world.check_truth()
        ends = world[asker].jobs()
        for phase, job, sql in jobs:
            if phase in ("log", "open", "deliver"):
                check(ends[job][0] == "done", "killed at %s, in the end %s" % (phase, ends[job]))
                code, out, err = world[asker].result(job)
                check(code == 0, "no answer of the job after %s: %s" % (phase, err))
                other = world["dream"].ask(sql)
                check(out == other.out, "another answer after %s: %s, %s" % (phase, out, other.out))
            elif phase in ("load", "commit"):
                check(ends[job][0] == "aborted", "killed at %s, in the end %s" % (phase, ends[job]))
        check(world[asker].count("abort/1") >= 2, "aborted sessions leave their entries")


def owner_killed():
    """an owner killed at each phase"""
    strike_at_all("owner", "dream", "torgersen")


def asker_killed():
    """the asking party killed at each phase: the answer is there afterwards"""
    strike_at_all("asker", "torgersen", "torgersen")


def sequencer_killed():
    """the sequencer killed at the phases from commit on"""
    strike_at_all("sequencer", "biscoe", "torgersen", ("commit", "sign", "log", "open", "deliver"))


def auditor_killed():
    """the auditor killed: jobs go on; with one more away they wait, and complete"""
    with World("auditor", rules_text=rules(60000)).start() as world:
        ask = world["torgersen"]
        world["auditor"].kill()
        sql = world.fresh()
        check(ask.ask(sql).status == 0, "three of four are the quorum")
        world["auditor"].start()
        world.wait_linked()
        world["auditor"].kill()
        world["dream"].restart(stop_at="log:kill")
        world.wait_linked(OWNERS)
        known = set(ask.jobs())
        asked = ask.ask(world.fresh())
        # dream's cosignature may just have left: then its share is what is missing
        waits = "waits for the log" in asked.err and "auditor" in asked.err
        check(asked.status == 1 and "dream" in asked.err and (waits or "dream, open" in asked.err),
              "two of four are none: %s" % asked.err)
        job, _ = newest(ask, known)
        check(ask.result(job)[0] == 1, "no answer before the log has the receipt")
        world["dream"].start()
        wait_until(lambda: ask.result(job)[0] == 0, "the answer comes when one is back")
        world["auditor"].start()
        world.wait_linked()
        world.check_truth()


if __name__ == "__main__":
    main(owner_killed, asker_killed, sequencer_killed, auditor_killed)
