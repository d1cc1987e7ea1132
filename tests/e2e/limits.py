"""Refusals say what to do; the day's limit binds; a repeat is answered in spite of it;
others' jobs leave room for the own user's."""

import re
import signal
import time

from world import ALLOW, SLOW, World, check, main, rules, wait_until

PLACES, OWN = 8, 2  # SC_DESK_MAX_RUNS, SC_DESK_OWN_RUNS of job/node/desk.h
LIMITS = rules().replace("queries_per_day: 10000", "queries_per_day: 2")


def refused(asked, words):
    check(asked.status == 3 and words in asked.err, "%s: %d %s" % (words, asked.status, asked.err))


def repeated(asked, job, out):
    check((asked.status, asked.out, asked.id) == (0, out, job) and "asked before" in asked.err,
          "a repeat: %d %s%s" % (asked.status, asked.out, asked.err))


def rows(node):
    return {"biscoe": "168", "dream": "124"}[node.name]


def within_a_day(seconds=120):
    """Not across midnight, UTC: then all may ask again."""
    left = 86400 - time.time() % 86400
    if left < seconds * SLOW:
        time.sleep(left + 1)


def limits():
    """the day's limit: named at both ends; a repeat is no question, even after a restart"""
    within_a_day()
    with World("limits", rules_text=LIMITS).start() as world:
        ask, owners = world["torgersen"], (world["biscoe"], world["dream"])
        first = world.fresh()
        answer = ask.ask(first)
        check(answer.status == 0 and ask.ask(world.fresh()).status == 0, "two questions: %s" % answer.err)
        at = [n.log_size() for n in owners]
        late = world.fresh()
        refused(ask.ask(late), "refused: limits (2 of 2 questions about penguins today; again after 00:00 UTC)")
        wait_until(lambda: any("torgersen has used 2 of 2 questions about table penguins today (queries_per_day) "
                               "(again after 00:00 UTC)" in n.log_since(a) for n, a in zip(owners, at)),
                   lambda: "an owner's log says which limit: %s" % [n.log_since(a) for n, a in zip(owners, at)])
        for _ in range(3):
            repeated(ask.ask(first), answer.id, answer.out)
        check(owners[0].ask(late).status == 0, "another asker has its own two")
        for n in owners:
            said = re.findall(r"^ penguins \| usable \| +(\d+) \| +0 \| 20\S+Z \| [0-9a-f]{12} \| (.*)", n.status(), re.M)
            check(said == [(rows(n), "biscoe 1 of 2, torgersen 2 of 2")], "the table: %s" % n.status())
        for n in world.nodes.values():
            n.restart()
        world.wait_linked()
        repeated(ask.ask(first), answer.id, answer.out)
        refused(ask.ask(late), "2 of 2 questions about penguins today")
        check(ask.count("abort/1") == 0 and ask.count("refusal/1") == 0, "a limit leaves no entry: %s" % ask.entries())
        world.check_truth()
        owners[1].kill()
        wait_until(lambda: "dream" not in ask.links(), "dream is away")
        away = ask.ask(first)
        check(away.status == 1 and "sharechain result %s" % answer.id in away.err,
              "the way to the answer: %d %s" % (away.status, away.err))
        code, out, err = ask.result(answer.id)
        check((code, out) == (0, answer.out), "the answer: %d %s%s" % (code, out, err))
        unknown = ask.ask(world.fresh())
        check(unknown.status == 1 and "your last answer" not in unknown.err, "no answer to that: %s" % unknown.err)


def policies():
    """a policy: the asker is told whom to ask, the refuser's log what is missing"""
    with World("policies") as world:
        world.write_config("dream", allow=ALLOW.replace("body_mass_g: [aggregate, filter, group]",
                                                        "body_mass_g: [aggregate]"))
        world.start()
        node, ask = world["dream"], world["torgersen"]
        at = node.log_size()
        refused(ask.ask("SELECT COUNT(*) FROM penguins WHERE body_mass_g >= 4000"),
                "dream, consent: refused: policy (ask dream: its log names the rule that is missing)")
        wait_until(lambda: re.search(r"for torgersen on table penguins, .*line \d+ of node.yaml\) does not permit: "
                                     "filter on body_mass_g", node.log_since(at)),
                   lambda: "the log names rule, column and use: %s" % node.log_since(at))
        own = node.ask("SELECT COUNT(*) FROM penguins WHERE body_mass_g >= 4000", "--to", "torgersen")
        refused(own, "does not permit: filter on body_mass_g")
        world.check_truth()


def running(node):
    found = re.search(r"^jobs +(\d+) running", node.status(), re.M)
    return int(found.group(1)) if found else -1


def places():
    """others' jobs fill all places of a node but two: its own user's job finds one"""
    with World("places", rules_text=rules(deadline_ms=20000 * SLOW) + ", sessions_per_peer: %d" % PLACES).start() as world:
        ask, node = world["torgersen"], world["dream"]
        world["biscoe"].kill(signal.SIGSTOP)  # for its consent every job waits
        asked = [ask.begin(world.fresh()) for _ in range(PLACES - OWN)]
        wait_until(lambda: running(node) == PLACES - OWN, lambda: "others' jobs are here: %d" % running(node))
        at = node.log_size()
        late = ask.ask(world.fresh())
        check(late.status == 3 and re.search("dream, (prepare|consent): refused: limits", late.err),
              "one too many: %d %s" % (late.status, late.err))
        wait_until(lambda: "not taking a proposal of torgersen: busy: %d jobs of others run here already" % (PLACES - OWN)
                   in node.log_since(at), lambda: "its log says why: %s" % node.log_since(at))
        mine = node.begin(world.fresh())
        wait_until(lambda: running(node) == PLACES - OWN + 1, lambda: "its own job has a place: %d" % running(node))
        check(mine.child.poll() is None, "it waits with the others")
        world["biscoe"].thaw()
        for one in asked + [mine]:  # biscoe takes six of these seven: whoever is too late is told so
            check(one.wait(60).status == 0 or re.search("biscoe, (prepare|consent): refused: limits", one.err), "it ends: %s" % one.err)
        check(sum(one.status == 0 for one in asked + [mine]) >= PLACES - OWN, "who had a place is answered")
        wait_until(lambda: running(node) == 0, "no job waits for who was too busy for it", 10)
        world.check_truth()
        check(node.ask(world.fresh()).status == 0, "all places are free")


if __name__ == "__main__":
    main(limits, policies, places)
