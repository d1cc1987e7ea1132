"""Owners who post and leave: torgersen is offline; biscoe, dream and the auditor hold the
key, any two of them open, and biscoe asks."""

import json
import os
import re
import sys

from ciphertext_sum import BOTH, TERMS, key_lines
from world import PARTIES, SLOW, World, check, main, run, wait_until

QUESTION = "SELECT sex, COUNT(*), AVG(body_mass_g), STDDEV_SAMP(bill_length_mm) FROM penguins GROUP BY sex"
PRESENT = ("biscoe", "dream", "auditor")


def world(name, **how):
    how.setdefault("allow", BOTH)
    how.setdefault("offline", ("torgersen",))
    more = {p: key_lines(p) for p in PARTIES}
    more.update(how.pop("node_more", {}))
    return World("posts-" + name, more=TERMS, node_more=more, **how)


def start(w):
    """Those who stay, after everybody has signed the log's first entry."""
    w.start()
    wait_until(lambda: len(w["torgersen"].entries()) > 0, "a log begins")
    w["torgersen"].kill()


def call(node, sql=QUESTION, *options):
    """Its id."""
    asked = node.ask(sql, *options)
    found = re.search(r"call ([0-9a-f]{32}) is open", asked.err)
    check(asked.status == 0 and found, asked.out + asked.err)
    return found.group(1)


def visit(w, status=0):
    """torgersen's node is up until it has posted."""
    w["torgersen"].start()
    wait_until(lambda: w["torgersen"].status() != "", "torgersen answers")
    code, out, err = w["torgersen"].command("calls", "--wait", str(20 * SLOW), seconds=40)
    check(code == status, "%d: %s%s" % (code, out, err))
    w["torgersen"].kill()
    return out + err


def wait_answer(node, call_id, seconds=20):
    wait_until(lambda: node.result(call_id)[0] == 0, lambda: "an answer: %s" % (node.result(call_id),), seconds)
    return node.result(call_id)[1]


def answers():
    """an owner posts and goes; the answer is that of all three, and its receipt verifies"""
    with world("answers") as w:
        start(w)
        c = call(w["biscoe"])
        code, out, err = w["biscoe"].result(c)
        check(code == 1 and "0 of 1 have posted, missing: torgersen" in err, out + err)
        visit(w)
        print(wait_answer(w["biscoe"], c))


if __name__ == "__main__":
    sys.exit(main(answers))
