"""A receipt and a void of one session, both waiting for the log: the first that
it takes decides, at every node.

The auditor orders the log here, and is away. One owner holds all signatures; to
the one who asked the last one never came: when the receipt's time is over it
states a void. Then the auditor comes back.
"""

import time

from wires import Wires
from world import OWNERS, SLOW, World, check, main, rules, wait_until

RULES = rules(5000, 4000 * SLOW)  # time enough to cut a wire between two messages


class Split:
    """A world in that state; the id of the job."""

    def __init__(self, name):
        self.wires = Wires()
        self.aborted = 0  # sessions of which torgersen states that they ended, before the one that is split
        self.world = World(name, rules_text=RULES, sequencer="auditor", addresses=self.wires.ports)

    def __enter__(self):
        world = self.world.__enter__()
        try:
            self.divide(world)
        except BaseException as fault:
            self.__exit__(type(fault), fault, None)
            raise
        return world, self.job

    def divide(self, world):
        self.wires.start(world.nodes)
        world.start()
        check(world["torgersen"].ask(world.fresh()).status == 0, "a job before")
        world.settle()
        world["dream"].restart(stop_at="sign:freeze")
        world.wait_linked()
        world["auditor"].kill()
        # a frame may stay in the frozen node: then once more
        wait_until(lambda: self.cut_before_sign(world), "a session is split", 60)
        wait_until(lambda: world["torgersen"].owed() > self.aborted, "torgersen states a void")
        self.wires.heal()

    def cut_before_sign(self, world):
        """One job; did biscoe get all signatures, and torgersen not?"""
        known = set(world["torgersen"].jobs())
        asked = world["torgersen"].begin(world.fresh())
        world["dream"].wait_frozen()
        self.job = wait_until(lambda: next(iter(set(world["torgersen"].jobs()) - known), None), "the job is known")
        end = time.monotonic() + SLOW
        while self.states(world) != ("signed", "signed") and time.monotonic() < end:
            time.sleep(0.02)
        self.wires.cut("dream", "torgersen")
        world["dream"].thaw()
        check(asked.wait().status == 1, "torgersen misses a signature: %s" % asked.err)
        if self.states(world) == ("signed by all", "signed"):
            return True
        self.aborted += 1
        self.wires.heal()
        world.wait_linked(OWNERS)
        return False

    def states(self, world):
        return tuple(world[n].jobs().get(self.job, ("none",))[0] for n in ("biscoe", "torgersen"))

    def __exit__(self, kind, fault, trace):
        self.world.__exit__(kind, fault, trace)
        self.wires.stop()


def void_first():
    """the void comes first: nobody opens, also who holds the receipt"""
    with Split("void") as (world, job):
        world["biscoe"].kill()
        world["dream"].kill()
        world["auditor"].start()
        world.wait_linked(("auditor", "torgersen"))
        # two of four are no quorum: it waits there, before any other
        wait_until(lambda: "wait here for a quorum" in world["auditor"].status(), "the auditor has the void")
        world["biscoe"].start()
        world["dream"].start()
        world.wait_linked()
        world.check_truth()
        for n in OWNERS:
            check(world[n].jobs()[job][0] == "voided", "%s: %s" % (n, world[n].jobs()[job]))
        check(world["torgersen"].result(job)[0] == 1, "no answer of a void session")
        check(world["torgersen"].ask(world.fresh()).status == 0, "the next job")


def receipt_first():
    """the receipt comes first: who stated a void gets it, and the answer"""
    with Split("receipt") as (world, job):
        world["torgersen"].kill()
        world["auditor"].start()
        world.wait_linked(("auditor", "biscoe", "dream"))
        wait_until(lambda: world["biscoe"].jobs()[job][1] >= 0, "the receipt is in the log")
        world["torgersen"].start()
        world.wait_linked()
        world.check_truth()
        for n in OWNERS:
            check(world[n].jobs()[job][0] == "done", "%s: %s" % (n, world[n].jobs()[job]))
        check(world["torgersen"].result(job)[0] == 0, "the answer")


def at_once():
    """both at once, and a crash: whatever the log took first, all agree"""
    with Split("once") as (world, job):
        world["biscoe"].kill()
        world["auditor"].start()
        world["biscoe"].start()
        world.wait_linked()
        world.check_truth()
        ends = {world[n].jobs()[job][0] for n in OWNERS}
        check(ends in ({"done"}, {"voided"}), "%s" % ends)


if __name__ == "__main__":
    main(void_first, receipt_first, at_once)
