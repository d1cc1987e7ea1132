"""A party frozen, a link cut: within the deadline the job goes on; beyond it the
others name who is missing, and what thaws or heals finds one truth."""

import re
import signal
import time

from wires import Wires
from world import DEADLINE_MS, OWNERS, PARTIES, World, check, in_time_s, main, rules, wait_until

RULES = rules(8000)
PATIENT_MS = 3 * DEADLINE_MS
PAUSE_S = min(PATIENT_MS / 2000, 8)  # beyond 10 s the link counts as lost


def thaw(node, after_s):
    node.wait_frozen()
    time.sleep(after_s)
    node.kill(signal.SIGCONT)


def frozen_a_moment():
    """an owner frozen for half the deadline: the job goes on"""
    with World("moment", rules_text=rules(16000, PATIENT_MS)).start() as world:
        for phase in ("consent", "commit", "sign", "open"):
            world["dream"].restart(stop_at=phase + ":freeze")
            world.wait_linked()
            asked = world["torgersen"].begin(world.fresh())
            thaw(world["dream"], PAUSE_S)
            asked.wait()
            check(asked.status == 0, "frozen at %s: %s" % (phase, asked.err))
            check(asked.took > PAUSE_S, "it froze at %s" % phase)
        world["dream"].restart()
        world.wait_linked()
        world.check_truth()


def freeze(name, victim, phases):
    with World(name, rules_text=RULES).start() as world:
        ask, node = world["torgersen"], world[victim]
        for phase in phases:
            node.restart(stop_at=phase + ":freeze")
            world.wait_linked()
            at = {n: world[n].log_size() for n in PARTIES}
            asked = ask.ask(world.fresh())
            check(asked.status == 1 and re.search("sharechain: %s, [a-z]+: " % victim, asked.err),
                  "frozen at %s, and the terminal reads: %s" % (phase, asked.err))
            third = next(n for n in OWNERS if n not in (victim, "torgersen"))
            if not (victim == "biscoe" and phase == "log"):  # there it waits for the log, and names nobody else
                wait_until(lambda: re.search(r"ends after [0-9.]+ ms: %s, " % victim, world[third].log_since(at[third])),
                           "%s names it too" % third)
            node.kill(signal.SIGCONT)
            wait_until(lambda: re.search("ends after", node.log_since(at[victim])) or node.is_quiet(),
                       "%s ends its run" % victim)
            node.restart()
            world.wait_linked()
            again = ask.ask(world.fresh())
            check(again.status == 0, "the next job after %s: %s" % (phase, again.err))
            check(asked.took < in_time_s(again), "frozen at %s, it took %.1f s: %s" % (phase, asked.took, asked.err))
        world.check_truth()


def owner_frozen():
    """an owner frozen beyond the deadline, and thawed"""
    freeze("frozen", "dream", ("consent", "commit", "sign", "log", "open"))


def sequencer_frozen():
    """the sequencer frozen beyond the deadline, and thawed"""
    freeze("stuck", "biscoe", ("commit", "log", "open"))


def link_cut():
    """a link cut: healed within the deadline, and after it"""
    wires = Wires()
    with World("cut", rules_text=RULES, addresses=wires.ports) as world:
        wires.start(world.nodes)
        world.start()
        ask = world["torgersen"]
        for a, b in (("torgersen", "dream"), ("biscoe", "dream"), ("torgersen", "biscoe")):
            wires.cut(a, b)
            asked = ask.begin(world.fresh())
            time.sleep(DEADLINE_MS / 2000)
            wires.heal()
            asked.wait()
            check(asked.status == 0, "%s to %s, healed in time: %s" % (a, b, asked.err))
        for a, b in (("torgersen", "dream"), ("biscoe", "dream")):
            wires.cut(a, b)
            asked = ask.ask(world.fresh())
            check(asked.status == 1 and re.search("sharechain: (%s|%s), [a-z]+: " % (a, b), asked.err),
                  "%s to %s, cut: %s" % (a, b, asked.err))
            wires.heal()
            world.wait_linked()
            again = ask.ask(world.fresh())
            check(again.status == 0, "healed: %s" % again.err)
            check(asked.took < in_time_s(again), "%s to %s, cut: it took %.1f s: %s" % (a, b, asked.took, asked.err))
        world.check_truth()
    wires.stop()


if __name__ == "__main__":
    main(frozen_a_moment, owner_frozen, sequencer_frozen, link_cut)
