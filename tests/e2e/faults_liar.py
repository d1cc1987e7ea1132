"""A party that runs another program and lies inside a job (tests/e2e/liar.c): the
honest ones name it and the phase, open nothing, and the next job works."""

import re

from world import OWNERS, World, check, main, rules, wait_until

RULES = rules(4000)
NAMED = r"sharechain: (\w+), (\w+): (.*)"


def one_lie(world, liar, lie, phase, words):
    """The asker is honest: what does it say?"""
    world[liar].restart(lie_at=lie)
    world.wait_linked()
    known = set(world["torgersen"].jobs())
    asked = world["torgersen"].ask(world.fresh())
    found = re.search(NAMED, asked.err)
    check(asked.status in (1, 4) and found, "%s lies at %s: %d %s" % (liar, lie, asked.status, asked.err))
    check(phase in found.group(0) and liar in found.group(0), "%s lies at %s: %s" % (liar, lie, asked.err))
    said = [line for n in OWNERS if n != liar for line in world[n].log_since(0).splitlines() if re.search(words, line)]
    check(any(liar in line and phase in line for line in said), "%s lies at %s, and nobody says what it saw" % (liar, lie))
    check(asked.out == "", "%s lies at %s, and there is an answer" % (liar, lie))
    job = (set(world["torgersen"].jobs()) - known).pop()
    check(world["torgersen"].result(job)[0] == 1, "no answer of that job is kept")
    world.check_alive()
    return job


def before_the_receipt():
    """a false consent, false heads, another receipt, a false signature: no answer"""
    lies = (("consent", "consent", "a signature of its consent does not hold"),
            ("heads", "commit", "do not agree on what passed between them"),
            ("sign", "sign", "it built another receipt"),
            ("signature", "sign", "its signature under the receipt does not hold"))
    with World("early", rules_text=RULES).start() as world:
        for lie, phase, words in lies:
            one_lie(world, "dream", lie, phase, words)
            world["dream"].restart()
            world.wait_linked()
            check(world["torgersen"].ask(world.fresh()).status == 0, "the job after %s" % lie)
        world.check_truth()


def after_the_receipt():
    """a false share, a false root: named; the answer comes once it is honest"""
    lies = (("share", "its share does not match its commitment"),
            ("root", "under a checkpoint that this party's replica does not confirm"))
    with World("late", rules_text=RULES).start() as world:
        for lie, words in lies:
            job = one_lie(world, "dream", lie, "open", words)
            if lie == "share":
                wait_until(lambda: "the share of dream does not match" in world["torgersen"].log_since(0),
                           "torgersen goes on asking, and names it")
            world["dream"].restart()
            world.wait_linked()
            wait_until(lambda j=job: world["torgersen"].result(j)[0] == 0, "the true share comes", 15)
            check(world["torgersen"].ask(world.fresh()).status == 0, "the job after %s" % lie)
        world.check_truth()


if __name__ == "__main__":
    main(before_the_receipt, after_the_receipt)
