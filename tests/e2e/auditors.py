"""A job names an auditor, who takes no part: question and receipt reach it, also
when it was away, and none of a job that does not name it."""

import os
import re
import shutil

from world import OWNERS, World, check, main, rules, run, wait_until

RULES = rules(6000)


def export(world, node, job):
    """Exit status and words of `receipt export`, the file verified."""
    path = os.path.join(world.folder, "%s-%s" % (node.name, job))
    code, _, err = node.command("receipt", "export", "--force", "--output", path, job)
    if code == 0:
        code, out, err = run("receipt", "verify", "--consortium", world.consortium, path)
        check(code == 0, "the receipt of %s at %s: %s%s" % (job, node.name, out, err))
    return code, err


def audited(world, job):
    auditor = world["auditor"]
    wait_until(lambda: job in auditor.jobs(), "the auditor has the receipt")
    wait_until(lambda: auditor.jobs()[job][0] == "done", "all of it")
    check(export(world, auditor, job)[0] == 0, "the auditor exports")
    code, _, _ = auditor.command("receipt", "export", "--with-result", job)
    check(code != 0, "the auditor has no result")
    code, out, _ = auditor.result(job)
    check(code != 0 and out == "", "the auditor has no answer")
    check(not os.path.exists(os.path.join(auditor.store, "jobs", job, "shares.opened")), "nor shares")


def named():
    """a named auditor lists, shows and exports the receipt, and audits it"""
    with World("named", rules_text=RULES).start() as world:
        ask, auditor = world["torgersen"], world["auditor"]
        plain = ask.ask(world.fresh())
        sql = world.fresh()
        asked = ask.ask(sql, "--auditor", "auditor")
        check(plain.status == 0 and asked.status == 0, plain.err + asked.err)
        audited(world, asked.id)
        code, out, err = auditor.command("receipt", "show", asked.id)
        check(code == 0 and asked.id in out, "%s%s" % (out, err))
        code, out, err = auditor.command("receipt", "list", "--format", "csv")
        check(sql in out and plain.id not in out, "its own list: %s" % out)
        code, out, err = auditor.command("audit")
        check(code == 0 and re.search(r"\b1 receipts?\b", out), "its audit checks that receipt: %s%s" % (out, err))
        # one that does not name it stays unseen, however often it asks
        for _ in range(3):
            code, err = export(world, auditor, plain.id)
            check(code != 0 and "were asked" in err, "a job that is not its: %d %s" % (code, err))
        check(plain.id not in auditor.jobs(), "it is told nothing")
        # the same question for another circle is another question
        again = ask.ask(sql)
        check(again.status == 0 and again.id != asked.id and "stored" not in again.err, "computed anew: %s" % again.err)
        world.check_truth()


def away():
    """an auditor that is away, or lost its records, gets them when it is back"""
    with World("away", rules_text=RULES).start() as world:
        ask, auditor = world["torgersen"], world["auditor"]
        auditor.kill()
        world.wait_linked(OWNERS)
        asked = ask.ask(world.fresh(), "--auditor", "auditor")
        check(asked.status == 0, "three of four are a quorum: %s" % asked.err)
        check(re.search("^jobs +(1 running|0 running, 1 signed)", ask.status(), re.M), "the asker still owes it to the auditor")
        ask.restart()
        auditor.start()
        world.wait_linked()
        audited(world, asked.id)
        world.settle()
        for name in ("auditor", "dream"):
            node = world[name]
            node.kill()
            shutil.rmtree(os.path.join(node.store, "jobs", asked.id))
            node.start()
            world.wait_linked()
            code, err = export(world, node, asked.id)
            check(code != 0 and "were asked" in err, "%s has lost it: %d %s" % (name, code, err))
            wait_until(lambda n=node: asked.id in n.jobs() and export(world, n, asked.id)[0] == 0, "%s gets it" % name)
        check(ask.ask(world.fresh()).status == 0, "the next job")
        world.check_truth()


def words():
    """who may be an auditor, and what the plan says of it"""
    with World("words", rules_text=RULES).start() as world:
        ask = world["torgersen"]
        for name, said in (("dream", "takes part in this job"), ("torgersen", "has the receipt anyway"),
                           ("eve", "no party is named 'eve'"), ("", "names nobody")):
            asked = ask.ask(world.fresh(), "--auditor", name)
            check(asked.status == 2 and said in asked.err, "--auditor '%s': %d %s" % (name, asked.status, asked.err))
        code, out, _ = ask.command("explain", "--auditor", "auditor", world.fresh())
        check(code == 0 and "who audits: auditor will see the text of the query and the receipt" in " ".join(out.split()),
              "explain: %s" % out)


if __name__ == "__main__":
    main(named, away, words)
