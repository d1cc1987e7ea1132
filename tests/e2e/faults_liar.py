"""A party that runs another program and lies inside a job (tests/e2e/liar.c): the
honest ones name it and the phase, open nothing, and the next job works."""

import os
import re

from world import OWNERS, World, check, main, rules, wait_until

RULES = rules(20000)
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

    def is_said():  # a party may log it a moment after the asker has its fault
        lines = [line for n in OWNERS if n != liar for line in world[n].log_since(0).splitlines()]
        return any(liar in line and phase in line and re.search(words, line) for line in lines)

    wait_until(is_said, "%s lies at %s, and nobody says what it saw" % (liar, lie))
    check(asked.out == "", "%s lies at %s, and there is an answer" % (liar, lie))
    job = (set(world["torgersen"].jobs()) - known).pop()
    # who only says that it built another receipt may still seal the true one
    check(lie == "sign" or world["torgersen"].result(job)[0] == 1, "an answer after a lie at %s" % lie)
    world.check_alive()
    return job


def sealed(world, name, job):
    return os.path.exists(os.path.join(world[name].store, "jobs", job, "share.sealed"))


def before_the_receipt():
    """a false consent, false heads, another receipt, a false signature: no answer"""
    lies = (("consent", "consent", "a signature of its consent does not hold"),
            ("heads", "commit", "do not agree on what passed between them"),
            ("sign", "sign", "it built another receipt"),
            ("signature", "sign", "its signature under the receipt does not hold"))
    with World("early", rules_text=rules(6000)).start() as world:
        for lie, phase, words in lies:
            job = one_lie(world, "dream", lie, phase, words)
            if phase != "sign":
                wait_until(lambda j=job: not any(sealed(world, n, j) for n in OWNERS if n != "dream"),
                           "a share is kept that nobody signed for, after a lie at %s" % lie)
            world["dream"].restart()
            world.wait_linked()
            check(world["torgersen"].ask(world.fresh()).status == 0, "the job after %s" % lie)
        world.check_truth()


def refusal():
    """an asker who says, when all have consented, that another refused: an abort on its word"""
    blamed, other = OWNERS[0], next(n for n in OWNERS[1:] if n != "torgersen")
    with World("refusal", rules_text=RULES).start() as world:
        check(blamed != "torgersen", "the consortium's first party is another than the asker")
        world["torgersen"].restart(lie_at="refusal")
        world.wait_linked()
        asked = world["torgersen"].ask(world.fresh())
        check(asked.status == 1, "it fails: %d %s" % (asked.status, asked.err))
        wait_until(lambda: world[other].jobs(), "%s has a record of the job" % other)
        wait_until(lambda: next(iter(world[other].jobs().values()))[0] == "aborted",
                   "%s does not take it for a refusal: %s" % (other, world[other].jobs()))
        check("torgersen names it and ended the session" in world[other].log_since(0), "it says on whose word")
        world["torgersen"].restart()
        world.wait_linked()
        check(world["torgersen"].ask(world.fresh()).status == 0, "the next job")
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


def false_entry():
    """an entry with a false d, from the asker or an owner: nobody opens, it is named"""
    for liar in ("torgersen", "dream"):
        with World("entry-" + liar, rules_text=RULES).start() as world:
            honest = [n for n in OWNERS if n != liar]
            world[liar].restart(lie_at="entry")
            world.wait_linked()
            asked = world["torgersen"].ask(world.fresh())
            check(asked.status in (1, 4) and asked.out == "", "%s has an answer: %s" % (liar, asked.out))
            job = next(iter(world["torgersen"].jobs()))
            for n in honest:
                wait_until(lambda n=n: re.search("%s, log: entry 1 of the log, which it submitted, names a copy" % liar,
                                                 world[n].log_since(0)), "%s names %s" % (n, liar))
                check(world[n].jobs()[job][0] == "signed by all", "%s: %s" % (n, world[n].jobs()))
                check("stays open: entry 1 of the log, which %s submitted" % liar in wait_mend(world[n]), "it goes on")
            check(world["torgersen"].result(job)[0] == 1, "the asker has a result")
            # no restart helps: neither theirs nor the liar's
            for n in OWNERS:
                world[n].restart()
            world.wait_linked()
            for n in honest:
                wait_mend(world[n])
            check(world["torgersen"].result(job)[0] == 1, "the asker has a result after a restart")
            check(all(world[n].jobs()[job][0] == "signed by all" for n in honest), "still signed")
            check(all(sealed(world, n, job) for n in honest), "the shares stay sealed")
            asked = world["torgersen"].ask(world.fresh())
            check(asked.status == 0, "the next job: %s" % asked.err)


def wait_mend(node):
    """What the mender says of a job that it cannot open, since the last start."""
    start = node.log_since(0).rindex(" serves test")
    wait_until(lambda: "stays open" in node.log_since(0)[start:], "%s looks at the job" % node.name)
    return node.log_since(0)[start:]


def twins():
    """one who signs twice, both valid: the copy that the log names is fetched, and all can show it"""
    with World("twins", rules_text=RULES).start() as world:
        world["dream"].restart(lie_at="twin")
        world.wait_linked()
        n_twins = 0
        for _ in range(4):
            asked = world["torgersen"].ask(world.fresh())
            check(asked.status == 0, "a twin: %s" % asked.err)
            index = world["torgersen"].jobs()[asked.id][1]
            world.settle()
            bodies = set()
            for n in OWNERS:
                path = os.path.join(world.folder, "%s-%s" % (n, asked.id))
                code, _, err = world[n].command("receipt", "export", "--output", path, asked.id)
                check(code == 0, "%s exports: %s" % (n, err))
                with open(path, encoding="utf-8") as f:
                    bodies.add(f.read())
                with open(os.path.join(world[n].store, "jobs", asked.id, "journal"), "rb") as f:
                    n_twins += len(set(re.findall(rb'"proofValue":"[^"]*"', f.read()))) > 3
            check(len(bodies) == 1, "entry %d: one receipt is shown" % index)
        check(n_twins >= 4, "only %d parties had a twin of the log's copy" % n_twins)
        world.check_truth()


if __name__ == "__main__":
    main(before_the_receipt, refusal, after_the_receipt, false_entry, twins, at_once=4)
