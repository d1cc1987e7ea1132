"""A sum of ciphertexts among real nodes: biscoe, dream and the auditor hold the key,
any two of them open; torgersen holds no share."""

import base64
import bytes as moved
import hashlib
import json
import subprocess
import os
import re
import sys
import time

from bundle import Bundle
from world import ALLOW, DEADLINE_MS, PARTIES, SLOW, TESTS, World, check, main, rules, run, wait_until

HINT = "SELECT /*+ ciphertext_sum */ "
BITS = "SELECT /*+ ciphertext_sum(bits) */ "
HOLDERS = ("biscoe", "dream", "auditor")
QUESTIONS = (
    "sex, COUNT(*), AVG(body_mass_g), STDDEV_SAMP(bill_length_mm) FROM penguins GROUP BY sex",
    "species, COUNT(bill_depth_mm), SUM(bill_depth_mm), CORR(bill_length_mm, body_mass_g) FROM penguins GROUP BY species",
    "year, sex, SUM(body_mass_g - 4000) FROM penguins WHERE flipper_length_mm >= 200 GROUP BY year, sex",
    "COUNT(*) FROM penguins",
)


def make_key(folder):
    """Its folder, and the lines of consortium.yaml that name it."""
    code, out, err = run("he", "keygen", "sums", "--bits", "2048", "--shares", "2/3", "--open", "--dir", folder,
                         seconds=120)
    check(code == 0, err)
    terms = out[out.index("ciphertext_sum:"):]
    terms = re.sub(r"holders: \[\].*", "holders: [%s]" % ", ".join(HOLDERS), terms)
    return re.sub(r"dealer:.*", "dealer: the ministry", terms)


KEYS = os.path.join(os.environ.get("TMPDIR", "/tmp"), "sum-keys")
TERMS = make_key(KEYS)


def key_lines(party):
    share = ", share: %s/sums.share%d" % (KEYS, HOLDERS.index(party) + 1) if party in HOLDERS else ""
    return "ciphertext_sum: {key: %s/sums.pub%s}\n" % (KEYS, share)


BOTH = ALLOW + "    protocols: [masked_sum, ciphertext_sum]\n"


def world(name, **how):
    how.setdefault("allow", BOTH)
    more = {p: key_lines(p) for p in PARTIES}
    more.update(how.pop("node_more", {}))
    return World("ctsum-" + name, more=TERMS, node_more=more, **how)


def same(a, b):
    """The same table, whatever the heading of its receipt."""
    return a.status == b.status == 0 and a.out == b.out


def answers():
    """each question has the answer of a masked sum, and its receipt adds up again"""
    with world("answers") as w:
        w.start()
        for asker, questions in (("torgersen", QUESTIONS), ("biscoe", QUESTIONS[:1])):
            for q in questions:
                plain, hidden = w[asker].ask("SELECT " + q), w[asker].ask(HINT + q)
                check(same(plain, hidden), "%s: %s %s / %s %s" % (q, plain.out, plain.err, hidden.out, hidden.err))
        code, out, err = w["torgersen"].command("explain", HINT + QUESTIONS[0])
        check(code == 0 and "ciphertext-sum/1 over Z_2^64, 2 rounds" in out and "the ministry" in out, out + err)
        w.check_truth()


def export(w, asked):
    """Its receipt with the result."""
    path = os.path.join(w.folder, "r")
    code, _, err = w["torgersen"].command("receipt", "export", "--with-result", "--output", path, asked.id)
    check(code == 0 and "%d bytes" % os.path.getsize(path) in err, err)
    check(os.stat(path).st_mode & 0o777 == 0o600, "its mode")
    b = Bundle(path)
    check(b.json["type"] == "sharechain-bundle/2" and b.share(len(b.result["shares"]) - 1)[1] == len(b.data),
          "%s: %d bytes" % (b.json["type"], len(b.data)))
    return b


def verify(w, path):
    return run("receipt", "verify", "--consortium", w.consortium, path, seconds=120)


def request(node, **words):
    """Exit status and answer: what any program of the node's user may ask."""
    done = subprocess.run([os.path.join(TESTS, "request"), node.store, json.dumps(words)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout


def pages(node, job, rest):
    """What follows the line, by the requests that `receipt export` makes."""
    got = b""
    while len(got) < rest:
        code, out = request(node, op="receipt_rest", id=job, at=len(got))
        check(code == 0, out)
        page = base64.b64decode(json.loads(out)["rest"], validate=True)
        check(len(page) == min(1 << 20, rest - len(got)), "a page of %d bytes" % len(page))
        got += page
    return got


def by_bits():
    """ranges proved bit by bit: the answer of a masked sum, bytes as planned; one bit of it changed, and it is none"""
    with world("bits") as w:
        w.start(SC_LOG="debug")
        for q in (QUESTIONS[3], "AVG(body_mass_g) FROM penguins"):
            code, out, err = w["torgersen"].command("explain", BITS + q)
            check(code == 0 and "proved bit by bit, exactly" in out, out + err)
            plain, hidden = w["torgersen"].ask("SELECT " + q), w["torgersen"].ask(BITS + q)
            check(same(plain, hidden), "%s: %s %s / %s %s" % (q, plain.out, plain.err, hidden.out, hidden.err))
            moved.compare(w, moved.planned(out), hidden.id, BITS + q)
        b = export(w, hidden)
        code, out, err = verify(w, b.path)
        check(code == 0 and "proved bit by bit" in b.line.replace("\\", ""), out + err)
        code, out, err = w["torgersen"].command("receipt", "show", hidden.id, seconds=120)
        check(code == 0, out + err)
        rest = b.data[b.end:]
        check(len(rest) > 1 << 20, "%d bytes are no more than a page" % len(rest))
        check(pages(w["torgersen"], hidden.id, len(rest)) == rest, "the pages")
        begin, end = b.share(1)
        for at in (begin + 100, (begin + end) // 2, end - 500):  # a bit's ciphertext, and its proof
            b.flip(at)
            code, out, err = verify(w, b.path)
            check(code == 4 and "dream's commitment" in err, "byte %d: %d %s%s" % (at, code, out, err))
        asked = w["biscoe"].ask(BITS + "species, sex, year, CORR(body_mass_g, flipper_length_mm) FROM penguins "
                                       "GROUP BY species, sex, year")
        check(asked.status == 3 and "too many to prove bit by bit" in asked.err, asked.err)
        w.check_truth()


def flipped():
    """a receipt whose ciphertexts, parts, key or proofs were changed does not verify"""
    with world("flipped") as w:
        w.start()
        asked = w["torgersen"].ask(HINT + QUESTIONS[3])
        check(asked.status == 0, asked.err)
        b = export(w, asked)
        check(len(b.result["shares"]) == 3 and len(b.result["parts"]) == 2, "the result's members")
        places = [b.line.index(b.result["key"][-40:].strip()) + 3]
        for item in b.result["parts"]:
            at = b.line.index(item["words"])
            places += [at + 8, at + len(item["words"]) // 2, at + len(item["words"]) - 60]
        for at in places:
            b.replace(at, "A" if b.line[at] != "A" else "B")
            code, out, err = verify(w, b.path)
            check(code == 4, "byte %d: %d %s%s" % (at, code, out, err))
        for begin, end in (b.share(i) for i in range(3)):
            for at in (begin, (begin + end) // 2, end - 1):
                b.flip(at)
                code, out, err = verify(w, b.path)
                check(code == 4 and "'s commitment" in err, "byte %d: %d %s%s" % (at, code, out, err))
        for data, words in ((b.data[:-1], "it is cut short"), (b.data[:b.end], "it is cut short: 0 of"),
                            (b.data + b"\0", "1 bytes too many"), (b.data[:b.end - 1] + b.data[b.end:], "changed")):
            b.write(data)
            code, out, err = verify(w, b.path)
            check(code == 4 and words in err, "%d bytes: %d %s%s" % (len(data), code, out, err))
        b.write(b.data)
        with open(w.consortium, "rb") as f:
            digest = hashlib.sha256(f.read()).hexdigest()
        done = subprocess.run([os.path.join(TESTS, "flips"), b.path, digest, "499"], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=600, check=False)
        check(done.returncode == 0, done.stdout)
        b.result["parts"].pop()
        few = json.dumps(b.json, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
        b.write(few.encode() + b.data[b.end:])
        code, out, err = verify(w, b.path)
        check(code == 4 and "1 parts of the sum" in err, out + err)


def rest_requests():
    """what follows a line is for who has the result, of jobs where something does"""
    with world("rest") as w:
        w.start()
        plain, hidden = w["torgersen"].ask("SELECT " + QUESTIONS[3]), w["torgersen"].ask(HINT + QUESTIONS[3])
        check(same(plain, hidden), plain.err + hidden.err)
        w.settle()
        code, out = request(w["torgersen"], op="receipt", id=hidden.id, with_result=True)
        check(code == 0, out)
        told = json.loads(out)
        check(told["id"] == hidden.id and "bundle" not in told, out[:200])
        check(len(pages(w["torgersen"], hidden.id[:8], told["rest"])) == told["rest"], "by the first digits")
        code, out = request(w["torgersen"], op="receipt_rest", id=hidden.id, at=told["rest"])
        check(code == 0 and json.loads(out)["rest"] == "", "behind the end: " + out)
        code, out = request(w["torgersen"], op="receipt_rest", id=hidden.id, at=(1 << 53) - 1)
        check(code == 0 and json.loads(out)["rest"] == "", "far behind the end: " + out)
        for node, words, status, text in (
                ("torgersen", {"id": plain.id, "at": 0}, 1, "nothing follows the one line"),
                ("biscoe", {"id": hidden.id, "at": 0}, 1, "this party has no result of the job"),
                ("auditor", {"id": hidden.id, "at": 0}, 1, "this party has no result of the job"),
                ("torgersen", {"id": "0123456789abcdef" * 2, "at": 0}, 1, "no such job"),
                ("torgersen", {"id": hidden.id}, 2, "from where on"),
                ("torgersen", {"id": hidden.id, "at": -1}, 2, "from where on"),
                ("torgersen", {"id": hidden.id, "at": "0"}, 2, "from where on"),
                ("torgersen", {"at": 0}, 2, "names no job")):
            code, out = request(w[node], op="receipt_rest", **words)
            check(code == status and text in out, "%s %s: %d %s" % (node, words, code, out))
        os.unlink(os.path.join(w["torgersen"].store, "jobs", hidden.id, "shares.opened"))
        code, out = request(w["torgersen"], op="receipt_rest", id=hidden.id, at=0)
        check(code == 1 and "erased keep_days after" in out, out)


def refusals():
    """no key in the consortium, no file of it, a share of another, a hint elsewhere"""
    with World("ctsum-none") as w:
        w.start()
        asked = w["biscoe"].ask(HINT + QUESTIONS[3])
        check(asked.status == 2 and "no key for sums of ciphertexts" in asked.err, asked.err)
        for text, words in (("SELECT COUNT(*) /*+ ciphertext_sum */ FROM penguins", "a hint stands behind SELECT"),
                            ("SELECT /*+ ciphertext */ COUNT(*) FROM penguins", "this hint is not known")):
            asked = w["biscoe"].ask(text)
            check(asked.status == 2 and words in asked.err, asked.err)
    with world("denied", allow=ALLOW) as w:
        w.start()
        asked = w["biscoe"].ask(HINT + QUESTIONS[3])
        check(asked.status == 3 and "policy" in asked.err, asked.err)
        wait_until(lambda: any("protocol ciphertext_sum" in w[n].log_since(0) for n in ("dream", "torgersen")),
                   "the missing rule")
    with world("files", node_more={"torgersen": ""}) as w:
        w.start()
        asked = w["biscoe"].ask(HINT + QUESTIONS[3])
        check(asked.status == 3 and "torgersen" in asked.err, asked.err)
        wait_until(lambda: "has not the key for sums of ciphertexts" in w["torgersen"].log_since(0), "its log")
        w["dream"].kill()
        w.node_more["dream"] = key_lines("biscoe")
        w.write_config("dream", allow=BOTH)
        check("it is share 1, and this party holds share 2" in w["dream"].starts_not(), "another's share")
        w.node_more["dream"] = "ciphertext_sum: {key: %s/sums.pub}\n" % KEYS
        w.write_config("dream", allow=BOTH)
        check("dream holds share 2 of the consortium's key, and its file is not named" in w["dream"].starts_not(),
              "no share")


def killed():
    """a holder, an owner, the asker killed at each phase: named, or one answer and receipt"""
    # a longer step: who dies is named before who waits for another's word
    with world("killed", rules_text=rules(60000, 3 * DEADLINE_MS)) as w:
        w.start()
        for phase, names in (("load", ("auditor",)), ("commit", ("torgersen",)), ("sign", ("dream",)),
                             ("log", ("auditor",)), ("open", ("dream", "torgersen", "auditor")),
                             ("deliver", ("dream", "torgersen"))):
            for name in names:
                w[name].restart(stop_at=phase)
                w.wait_linked()
                asked = w["biscoe"].begin(HINT + "sex, SUM(body_mass_g + %d) FROM penguins GROUP BY sex" % w.question)
                w.question += 1
                wait_until(lambda n=name: w[n].is_frozen() or asked.child.poll() is not None, "%s stops" % name)
                w[name].kill()
                asked.wait(60)
                w[name].start()
                w.wait_linked()
                if asked.status != 0:
                    check(re.search(name, asked.err), "%s at %s: %s" % (name, phase, asked.err))
                w.settle()
        w.check_truth()


def expired():
    """ciphertexts are erased keep_days after the job; answer and receipt stay"""
    with world("expired") as w:
        w.start()
        old, new = (w["torgersen"].ask(HINT + q) for q in (QUESTIONS[3], QUESTIONS[0]))
        check(old.status == new.status == 0, old.err + new.err)
        w.settle()
        opened = [os.path.join(w["torgersen"].store, "jobs", a.id, "shares.opened") for a in (old, new)]
        check(all(os.path.exists(path) for path in opened), "kept for exports")
        w["torgersen"].kill()
        then = time.time() - 31 * 86400  # keep_days is 30
        os.utime(os.path.join(os.path.dirname(opened[0]), "journal"), (then, then))
        w["torgersen"].start()
        w.wait_linked()
        wait_until(lambda: not os.path.exists(opened[0]), "erased")
        check(os.path.exists(opened[1]), "the younger one stays")
        check(w["torgersen"].result(old.id)[1] == old.out, "the answer stays")
        for options, status, words in (((), 0, ""), (("--with-result",), 1, "ciphertexts are erased keep_days after")):
            code, _, err = w["torgersen"].command("receipt", "export", *options, "--output",
                                                  os.path.join(w.folder, "e%d" % status), old.id)
            check(code == status and words in err, "%d %s" % (code, err))


def liars():
    """a false proof ends the job, and is named; a false part is named, and the others' do"""
    with world("liars", rules_text=rules(20000)) as w:
        w.start()
        w["torgersen"].restart(lie_at="proof")
        w.wait_linked()
        asked = w["biscoe"].ask(HINT + QUESTIONS[3])
        check(asked.status in (1, 4) and "torgersen, open: the proof of its ciphertexts" in asked.err, asked.err)
        job = next(iter(w["biscoe"].jobs()))
        wait_until(lambda: w["biscoe"].count("outcome/1") == 1, "its outcome is in the log")
        outcome = next(e for e in w["biscoe"].entries() if "outcome/1" in e)
        w.settle()
        check(w["biscoe"].result(job)[0] == 1, "an answer of a false proof: %s" % outcome)
        w["torgersen"].restart()
        w["dream"].restart(lie_at="part")
        w.wait_linked()
        asked = w["biscoe"].ask(HINT + QUESTIONS[2])
        check(asked.status == 0, asked.err)
        check("dream, open: its part is not of this sum" in w["biscoe"].log_since(0), w["biscoe"].log_since(0))
        w["dream"].restart()
        w.wait_linked()
        w.settle()
        for node in w.nodes.values():
            check(node.command("audit")[0] == 0, "an audit")


def late():
    """a holder, of two who get the result, comes back when all else is done: it gets it too"""
    with world("late") as w:
        w.start()
        w["dream"].restart(stop_at="open")
        w.wait_linked()
        asked = w["biscoe"].begin(HINT + QUESTIONS[1], "--to", "biscoe,dream")
        wait_until(lambda: w["dream"].is_frozen() or asked.child.poll() is not None, "dream stops")
        w["dream"].kill()
        asked.wait(60)
        check(asked.status == 0 or "dream" in asked.err, asked.err)
        w["dream"].start()
        w.wait_linked()
        job = next(iter(w["biscoe"].jobs()))
        for name in ("biscoe", "dream"):
            wait_until(lambda n=name: w[n].result(job)[0] == 0, "%s has the answer" % name)
        w.settle()
        for name in PARTIES:
            folder = os.path.join(w[name].store, "jobs", job)
            left = [f for f in ("share.sealed", "part.sealed") if os.path.exists(os.path.join(folder, f))]
            check(not left, "%s keeps %s" % (name, left))
        w.check_truth()


def damaged():
    """a damaged share of the key is found at the start"""
    with world("damaged") as w:
        share = os.path.join(w.folder, "share")
        with open(KEYS + "/sums.share2", encoding="utf-8") as f:
            text = f.read()
        at = text.index("\ns ") + 40
        with open(share, "w", encoding="utf-8") as f:
            f.write(text[:at] + ("1" if text[at] == "0" else "0") + text[at + 1:])
        os.chmod(share, 0o600)
        w.node_more["dream"] = "ciphertext_sum: {key: %s/sums.pub, share: %s}\n" % (KEYS, share)
        w.write_config("dream", allow=BOTH)
        check("the share is damaged" in w["dream"].starts_not(), "a damaged share")


if __name__ == "__main__":
    # a sanitizer takes long over proofs: it sees what nodes do between each other
    sys.exit(main(*([liars, late] if SLOW > 1 else [answers, by_bits, flipped, rest_requests, refusals, killed, liars, late, damaged, expired])))
