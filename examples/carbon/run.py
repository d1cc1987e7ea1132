#!/usr/bin/env python3
"""Twelve firms post a year's emissions, each in its own time, and a regulator learns the sum.

    examples/carbon/run.py [--keep] [--bits 2048|3072] [--binary PATH]

Makes fifteen parties on this machine in a temporary folder. Three nodes stay up; each
firm's is up until it has posted, before the next one starts. Compares the answers with
expected.json, and checks the receipt as an auditor would, with no key. Nothing but the
command is used. Exit status 0 if all came out as expected.
"""
import argparse
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time

import generate

HERE = os.path.dirname(os.path.abspath(__file__))
FIRMS = [generate.name(f) for f in range(generate.FIRMS)]
HOLDERS = ["regulator", "auditor", "registry"]  # of the key's shares; their nodes stay up
NEEDED = 2
DEALER = "Environment Agency"
WAIT_S = 120  # most that anything here waits for
PORTS = [int(p) for p in os.environ.get("SC_PORTS", "12000-32000").split("-")]

TABLE = """\
tables:
  emissions:
    stacked: [%s]
    columns:
      month: {type: integer, min: 1, max: 12, cuts: {every: 1}, required: true}
      scope1_kg: {type: integer, min: 0, max: 10000000, required: true}
      scope2_kg: {type: integer, min: 0, max: 10000000, required: true}
      units: {type: integer, min: 0, max: 1000000, required: true}
    max_rows: 1000
"""
# One row a firm and month, so min_group is 1; a total has at least three owners all the same.
RULES = "rules: {min_group: 1, deadline_ms: 60000, call_days: 30}"
TWO_PARTY_RULES = "rules: {min_group: 1, two_party_exact: true}"
ALLOW = """\
data: {emissions: %s.csv}
allow:
  - who: regulator
    until: 2099-12-31
    purpose: "yearly emissions of the sector"
    table: emissions
    columns: {month: [group, filter], scope1_kg: [aggregate],
              scope2_kg: [aggregate], units: [aggregate]}
    functions: [count, sum]
    protocols: [ciphertext_sum]
"""


class Differs(Exception):
    """Something is not as it was expected."""


def check(claim, words):
    if not claim:
        raise Differs(words)


# ---- what is told ------------------------------------------------------------
BEGAN = time.monotonic()


def step(title):
    print("\n[%5.1f s] %s" % (time.monotonic() - BEGAN, title), flush=True)


def say(text):
    print(textwrap.fill(" ".join(text.split()), 90, initial_indent="  ", subsequent_indent="  "), flush=True)


def quote(text, width=86):
    """What goes to the command, or comes from it; long lines are folded."""
    for line in text.rstrip("\n").split("\n"):
        indent = " " * (len(line) - len(line.lstrip()))
        for part in textwrap.wrap(line, width, initial_indent="", subsequent_indent=indent + "  ",
                                  drop_whitespace=len(line) > width) if line.strip() else [""]:
            print(("    | " + part).rstrip(), flush=True)


def figures(*rows):
    """Name, value, unit: aligned."""
    for what, value, unit in rows:
        print(("    %-30s %12s %s" % (what, value, unit)).rstrip(), flush=True)


# ---- the command ---------------------------------------------------------------
class Command:
    def __init__(self, binary):
        self.binary = binary

    def run(self, *words, cwd=None):
        """Exit status, standard output, standard error."""
        p = subprocess.run([self.binary, *words], cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                           timeout=300)
        return p.returncode, p.stdout, p.stderr

    def must(self, *words, cwd=None):
        code, out, err = self.run(*words, cwd=cwd)
        check(code == 0, "sharechain %s: exit status %d\n%s%s" % (" ".join(words), code, out, err))
        return out


taken = set()


def free_port():
    while True:
        port = random.randrange(*PORTS)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in taken:
            taken.add(port)
            return port


# ---- a consortium below one folder ---------------------------------------------------
class Consortium:
    """FOLDER/consortium.yaml and carbon.pub are public; FOLDER/PARTY/ is that party's alone."""

    def __init__(self, command, folder, name, parties, owners):
        self.command, self.folder, self.name = command, folder, name
        self.owners, self.nodes = owners, {}
        self.ports = {p: free_port() for p in parties}
        self.blocks = "".join(self.make_keys(p) for p in parties)

    def agree(self, rules, terms):
        """Write the public file; what `consortium check` says of it."""
        with open(self.path("consortium.yaml"), "w", encoding="ascii") as f:
            f.write("consortium: %s\nparties:\n%s%s%s\nledger: {origin: %s/chain/1, sequencer: auditor, quorum: 3}\n%s" % (
                self.name, self.blocks, TABLE % ", ".join(self.owners), rules, self.name, terms))
        code, out, err = self.command.run("consortium", "check", self.path("consortium.yaml"))
        check(code == 0, "consortium check: " + err)
        self.digest = re.search(r"^digest (\w+)", out, re.M).group(1)
        return out + err

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def config(self, party):
        return self.path(party, "node.yaml")

    def make_keys(self, party):
        leaves = [] if party in HOLDERS else ["--offline"]
        return self.command.must("init", party, "--dir", self.path(party, "keys"), "--consortium", self.name,
                                 "--address", "tcp://127.0.0.1:%d" % self.ports[party], *leaves)

    def configure(self, party):
        """Its node.yaml; it accepts the public file by its digest."""
        share = ", share: carbon.share%d" % (HOLDERS.index(party) + 1) if party in HOLDERS else ""
        with open(self.config(party), "w", encoding="ascii") as f:
            f.write("me: %s\nkeys: keys\nconsortium: ../consortium.yaml\nlisten: \"tcp://127.0.0.1:%d\"\n"
                    "ciphertext_sum: {key: ../carbon.pub%s}\n" % (party, self.ports[party], share))
            f.write(ALLOW % party if party in self.owners else "")
        self.command.must("consortium", "accept", self.digest, "--config", self.config(party))

    # ---- nodes ----
    def start(self, party):
        """Its node, once it takes its own users' commands."""
        with open(self.path(party, "log"), "ab") as log:
            self.nodes[party] = subprocess.Popen([self.command.binary, "serve", "--config", self.config(party)],
                                                 stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.wait_until(party, lambda: self.run(party, "status")[0] == 0, "does not start")

    def log(self, party):
        with open(self.path(party, "log"), encoding="utf-8", errors="replace") as f:
            return f.read()

    def wait_until(self, party, claim, words):
        end = time.monotonic() + WAIT_S
        while not claim():
            check(self.nodes[party].poll() is None, "the node of %s ended:\n%s" % (party, self.log(party)))
            check(time.monotonic() < end, "the node of %s %s" % (party, words))
            time.sleep(0.1)

    def wait_for_links(self, party, n):
        self.wait_until(party, lambda: len(re.findall(r"^ \w+ +\| yes", self.must(party, "status"), re.M)) == n,
                        "is not linked with %d others" % n)

    def stop(self, *parties):
        """Their nodes, by the process ids of this script's own children."""
        for party in parties:
            if self.nodes[party].poll() is None:
                self.nodes[party].terminate()
        for party in parties:
            try:
                self.nodes[party].wait(20)
            except subprocess.TimeoutExpired:
                self.nodes[party].kill()
                self.nodes[party].wait()

    def running(self):
        return [party for party, node in self.nodes.items() if node.poll() is None]

    # ---- commands to a node ----
    def run(self, party, *words):
        return self.command.run(*words, "--config", self.config(party))

    def must(self, party, *words):
        return self.command.must(*words, "--config", self.config(party))

    def rows(self, party, *words):
        """What a command prints as a table: rows by the columns' names."""
        table = json.loads(self.must(party, *words, "--format", "json"))
        return [dict(zip(table["columns"], row)) for row in table["rows"]]

    def call(self, party, sql):
        """A question that owners post for: the call's id, and what was said."""
        code, out, err = self.run(party, "query", sql)
        found = re.search(r"^call ([0-9a-f]{32}) is open until ", err, re.M)
        check(code == 0 and found, "%s\nexit status %d: %s%s" % (sql, code, out, err))
        return found.group(1), err

    def posted(self, party):
        """Of each call: how many have posted, as this party sees it."""
        return {row["call"]: row["posted"] for row in self.rows(party, "calls")}


# ---- the story -------------------------------------------------------------------
class Story:
    def __init__(self, command, folder, bits):
        self.command, self.folder, self.bits = command, folder, bits
        self.worlds = []
        with open(os.path.join(HERE, "expected.json"), encoding="ascii") as f:
            self.expected = json.load(f)

    def tell(self):
        self.deal()
        self.found()
        self.start()
        self.explain()
        self.ask()
        for firm in FIRMS[:7]:
            self.visit(firm)
        self.look()
        self.refuse_rule(FIRMS[7])
        for firm in FIRMS[8:]:
            self.visit(firm)
        self.answers()
        self.come_back(FIRMS[0])
        self.audit()
        self.tamper()
        self.refuse_two()

    def deal(self):
        step("The %s deals a key: any %d of %d open, fewer read nothing" % (DEALER, NEEDED, len(HOLDERS)))
        out = self.command.must("he", "keygen", "carbon", "--bits", str(self.bits), "--shares",
                                "%d/%d" % (NEEDED, len(HOLDERS)), "--open", "--dir", os.path.join(self.folder, "dealer"))
        self.terms = out[out.index("ciphertext_sum:"):]
        self.terms = re.sub(r"holders: \[\].*", "holders: [%s]" % ", ".join(HOLDERS), self.terms)
        self.terms = re.sub(r"dealer:.*", "dealer: " + DEALER, self.terms)
        quote(self.terms)
        say("Each holder gets its share, and the dealer erases its own copies; that it does is taken on trust.")

    def found(self):
        step("Fifteen parties make their keys, agree on one public file, and accept it by its digest")
        w = self.main = Consortium(self.command, self.folder, "carbon", FIRMS + HOLDERS, FIRMS)
        self.worlds.append(w)
        words = w.agree(RULES, self.terms)
        shutil.move(w.path("dealer", "carbon.pub"), w.path("carbon.pub"))
        for i, party in enumerate(HOLDERS):
            shutil.move(w.path("dealer", "carbon.share%d" % (i + 1)), w.path(party))
        os.rmdir(w.path("dealer"))
        generate.write(w.path("data"))
        for firm in FIRMS:
            shutil.move(w.path("data", firm + ".csv"), w.path(firm))
        os.rmdir(w.path("data"))
        for party in FIRMS + HOLDERS:
            w.configure(party)
        say("The firms' blocks say `offline: true`. consortium.yaml, as `sharechain consortium check` reads it to each "
            "party:")
        quote(re.search(r"^\d+ cosigners.*\ndigest \w+", words, re.M | re.S).group(0))
        say("Each firm allows the regulator to ask for counts and sums, as sums of ciphertexts alone:")
        quote(ALLOW % "firm01")

    def start(self):
        step("Three nodes start and stay: those of the %s, the %s and the %s" % tuple(HOLDERS))
        for party in HOLDERS:
            self.main.start(party)
        for party in HOLDERS:
            self.main.wait_for_links(party, len(HOLDERS) - 1)
        say("They are linked. No firm's node runs.")

    def explain(self):
        step("Before it asks, the regulator reads what its first question would open, and what leaks")
        quote(self.YEAR)
        out = self.main.must("regulator", "explain", self.YEAR)
        for words in ("2. Sum of ciphertexts", "any 2 of regulator, auditor and registry open the sum",
                      "dealt by " + DEALER, "up to 1 of 3 holders", "post their ciphertexts beforehand and leave"):
            check(words in " ".join(out.split()), "EXPLAIN does not say: %s\n%s" % (words, out))
        quote(out[:out.index("\nCost")])
        say("(What it costs follows there, and is left out here.)")

    # ---- calls and visits ----
    YEAR = "SELECT SUM(scope1_kg) AS scope1_kg, SUM(scope2_kg) AS scope2_kg, " \
        "SUM(scope1_kg + scope2_kg) AS total_kg FROM emissions"
    UNIT = "SELECT SUM(units) AS units, 1.0 * SUM(scope1_kg + scope2_kg) / SUM(units) AS kg_a_unit FROM emissions"
    MONTHS = "SELECT month, SUM(scope1_kg + scope2_kg) AS total_kg FROM emissions GROUP BY month " \
        "HAVING SUM(scope1_kg + scope2_kg) > %d ORDER BY month" % generate.BUSY_MONTH
    SPREAD = "SELECT STDDEV(units) FROM emissions"

    def ask(self):
        step("The regulator asks three questions. Nobody is there to answer: each is a call, open for days")
        self.calls = []
        for sql in (self.YEAR, self.UNIT, self.MONTHS):
            call, words = self.main.call("regulator", sql)
            self.calls.append(call)
            quote("$ sharechain query \"%s\"" % sql)
            quote(words if sql == self.YEAR else words.split(";")[0] + "; ...")
        step("The firms come by, one after the other")
        say("Each starts its node, waits by `sharechain calls --wait` until it has posted its ciphertexts for all three "
            "calls, and stops its node again. On its first visit it signs the log's first entry too, which needs every "
            "party's signature. What the first of them is told:")

    def come_by(self, firm, status):
        """Its node is up until it has posted: what it was told, and for how long it was up."""
        began = time.monotonic()
        self.main.start(firm)
        code, out, err = self.main.run(firm, "calls", "--wait", str(WAIT_S))
        check(code == status, "%s: calls --wait: exit status %d, and %d was expected\n%s%s" % (
            firm, code, status, out, err))
        self.main.wait_until(firm, lambda: all(self.main.posted(firm).get(call) == "1 of 1" for call in self.calls),
                             "has not posted for all three calls")
        self.main.stop(firm)
        check(self.main.running() == HOLDERS, "other nodes run than those that stay")
        return out + err, time.monotonic() - began

    def count(self, firm, seconds):
        """A line for the visit: who has posted, as the regulator sees it."""
        posted = self.main.posted("regulator")
        so_far = "%d of %d" % (FIRMS.index(firm) + 1, len(FIRMS))
        check(all(posted[call] == so_far for call in self.calls), "after %s: %s" % (firm, posted))
        print("    %s   up %4.1f s   %8s have posted" % (firm, seconds, so_far), flush=True)

    def visit(self, firm):
        words, seconds = self.come_by(firm, 0)
        if firm == FIRMS[0]:
            quote(words, 110)
        self.count(firm, seconds)

    def look(self):
        step("In between the regulator looks how far its first call is")
        quote("$ sharechain result " + self.calls[0])
        code, out, err = self.main.run("regulator", "result", self.calls[0])
        quote(out + err)
        check(code == 1 and "7 of 12 have posted, missing: %s (" % ", ".join(FIRMS[7:]) in err,
              "exit status %d, and 1 was expected" % code)
        say("Exit status 1: nothing is opened before all twelve have posted.")

    def refuse_rule(self, firm):
        step("It asks a fourth question, which no firm's rules permit: %s is the next to come by" % firm)
        quote("$ sharechain query \"%s\"" % self.SPREAD)
        call, _ = self.main.call("regulator", self.SPREAD)
        words, seconds = self.come_by(firm, 3)
        say("At %s `sharechain calls --wait` says:" % firm)
        quote(words)
        check("does not permit: function stddev" in words, "the rule is not named")
        say("Exit status 3: a firm's node posts for what its rules permit, and for nothing else. At the regulator "
            "`sharechain result` says:")
        self.wait_for_result(call)
        code, out, err = self.main.run("regulator", "result", call)
        quote(out + err)
        check(code == 3 and firm + ": refused: policy" in err, "exit status %d, and 3 was expected" % code)
        say("Exit status 3. Which rule is missing, the firm alone knows. For the other three calls it has posted:")
        self.count(firm, seconds)

    # ---- answers ----
    def equal(self, what, got, wanted):
        check(got == wanted, "%s: %s came out, and %s was expected" % (what, got, wanted))

    def wait_for_result(self, call):
        """Until there is an answer, or a refusal."""
        self.main.wait_until("regulator", lambda: self.main.run("regulator", "result", call)[0] in (0, 3),
                             "has no answer")

    def answer(self, call, sql):
        """It is printed; its rows by the columns' names."""
        self.wait_for_result(call)
        quote(sql)
        quote(self.main.must("regulator", "result", call))
        return self.main.rows("regulator", "result", call)

    def answers(self):
        step("All have posted, and no firm's node runs: any two of the three who stay open the sums")
        year, unit, months = self.calls
        self.answer_year(year)
        self.answer_unit(unit)
        self.answer_months(months)
        check(self.main.running() == HOLDERS, "other nodes run than those that stay")

    def answer_year(self, call):
        step("Question 1: the year's emissions of all twelve firms")
        rows = self.answer(call, self.YEAR)
        self.equal("rows", len(rows), 1)
        for name in ("scope1_kg", "scope2_kg", "total_kg"):
            self.equal(name, rows[0][name], self.expected[name])
        total, cap = rows[0]["total_kg"], self.expected["cap_kg"]
        figures(("total", "{:,}".format(total), "kg"), ("cap", "{:,}".format(cap), "kg"),
                ("cap exceeded", "yes" if total > cap else "no", ""))
        self.equal("the cap exceeded", total > cap, self.expected["cap_exceeded"])
        say("As expected.")

    def answer_unit(self, call):
        step("Question 2: kilograms a unit made")
        rows = self.answer(call, self.UNIT)
        self.equal("units", rows[0]["units"], self.expected["units"])
        wanted = self.expected["kg_a_unit"]
        check(abs(rows[0]["kg_a_unit"] - wanted) <= 1e-9, "kg_a_unit: %r came out, and %r was expected" % (
            rows[0]["kg_a_unit"], wanted))
        say("As expected.")

    def answer_months(self, call):
        step("Question 3: the months in which all firms together were above {:,} kg".format(
            self.expected["busy_month_kg"]))
        rows = self.answer(call, self.MONTHS)
        self.equal("months", [[r["month"], r["total_kg"]] for r in rows],
                   [[int(m), kg] for m, kg in self.expected["busy_months"].items()])
        say("As expected. HAVING shapes what is printed: the regulator's node learns all twelve months' totals.")

    def receipts(self, party):
        """The jobs that are in the log, as a party knows them: id by question."""
        return {row["sql"]: row["id"] for row in self.main.rows(party, "receipt", "list") if row["entry"] > 0}

    def come_back(self, firm):
        step("Later %s comes by again, and sees in its own copy of the log what its posts went into" % firm)
        self.jobs = self.receipts("regulator")
        self.equal("questions with a receipt", set(self.jobs), {self.YEAR, self.UNIT, self.MONTHS})
        self.main.start(firm)
        self.main.wait_until(firm, lambda: self.receipts(firm) == self.jobs, "has not the regulator's receipts")
        for row in self.main.rows(firm, "receipt", "list"):
            quote("entry %d, receipt %s: %s" % (row["entry"], row["id"], row["sql"]))
        self.main.stop(firm)

    # ---- the receipt ----
    def verify(self, path):
        return self.command.run("receipt", "verify", "--consortium", self.main.digest, os.path.basename(path),
                                cwd=os.path.dirname(path))

    def audit(self):
        step("An officer of the auditor gets one file: question 1's receipt with its result")
        desk = self.main.path("desk")
        os.mkdir(desk)
        self.receipt = os.path.join(desk, "receipt.json")
        self.main.must("regulator", "receipt", "export", "--with-result", "--output", self.receipt, self.jobs[self.YEAR])
        with open(self.receipt, "rb") as f:
            self.line = f.readline()  # of JSON; the firms' ciphertexts follow it
        self.bundle = json.loads(self.line)
        result = self.bundle["result"]
        figures(("the file", "{:,}".format(os.path.getsize(self.receipt)), "bytes"),
                ("in it, firms' ciphertexts", len(result["shares"]), ""),
                ("in it, parts of the opening", len(result["parts"]), ""))
        self.equal("firms' ciphertexts", len(result["shares"]), len(FIRMS))
        self.equal("parts", len(result["parts"]), NEEDED)
        say("It is checked in a folder that holds this file and nothing else: no node, no network, no key.")
        began = time.monotonic()
        code, out, err = self.verify(self.receipt)
        check(code == 0, "the receipt does not verify: exit status %d\n%s%s" % (code, out, err))
        quote(out[out.index("PROVED"):out.index("digests\n")])
        say("Exit status 0, after %.1f s: with this file alone and without a key the officer added up the ciphertexts of "
            "all twelve firms, checked each post and proof and the %d parts that opened the sum, and found the "
            "regulator's answer: %s kg." % (time.monotonic() - began, NEEDED, "{:,}".format(self.expected["total_kg"])))

    def forge(self, at, new):
        """In a copy of the file these bytes stand there, and nothing else is changed."""
        with open(self.receipt, "rb") as f:
            data = f.read()
        path = os.path.join(os.path.dirname(self.receipt), "forged.json")
        with open(path, "wb") as f:
            f.write(data[:at] + new + data[at + len(new):])
        check(data[at:at + len(new)] != new, "nothing is changed")
        code, out, err = self.verify(path)
        quote(out + err)
        check(code == 4 and err, "exit status %d, and 4 was expected" % code)
        say("Exit status 4.")

    def forge_letter(self, text, i):
        """Another letter in this text, which stands once in the file's line."""
        check(self.line.count(text.encode()) == 1, "the text to change is not in the receipt")
        self.forge(self.line.index(text.encode()) + i, b"2" if text[i] != "2" else b"3")

    def flip(self, at):
        with open(self.receipt, "rb") as f:
            f.seek(at)
            self.forge(at, bytes([f.read(1)[0] ^ 1]))

    def tamper(self):
        step("In a copy of the file one bit of one firm's ciphertext is changed")
        shares = self.bundle["result"]["shares"]
        self.flip(len(self.line) + sum(share["words"] for share in shares[:4]) + 100)
        step("In another, one letter of a holder's part of the opening")
        self.forge_letter(self.bundle["result"]["parts"][1]["words"], 100)
        step("In a third, one letter of the signature by which a firm posted")
        proof = self.bundle["receipt"]["parties"][4]["post"]["proof"]
        self.forge_letter(proof, len(proof) - 1)

    def refuse_two(self):
        step("Two firms alone: each would know the other's figures by subtraction")
        folder = self.main.path("two-firms")
        os.mkdir(folder)
        w = Consortium(self.command, folder, "two-firms", FIRMS[:2] + HOLDERS, FIRMS[:2])
        self.worlds.append(w)
        words = w.agree(RULES, self.terms)
        warning = re.search(r"^warning: table emissions: no query runs on it.*", words, re.M)
        check(warning, "consortium check does not warn of two owners:\n" + words)
        say("`sharechain consortium check` warns of such a table:")
        quote(warning.group(0))
        words = w.agree(TWO_PARTY_RULES, self.terms)
        check("two owners" not in words, "two_party_exact is not taken:\n" + words)
        for name in ("carbon.pub", "regulator/carbon.share1"):
            shutil.copy(self.main.path(name), w.path(name))
        w.configure("regulator")
        w.start("regulator")
        code, out, err = w.run("regulator", "query", self.YEAR)
        say("Even if both agree to two_party_exact, no sum of ciphertexts is asked for:")
        quote(out + err)
        check(code == 3 and "at least 3 contributors" in err, "exit status %d, and 3 was expected" % code)
        say("Exit status 3.")

    def complain(self):
        """What the nodes themselves had to say."""
        for w in self.worlds:
            for party in w.nodes:
                lines = [line for line in w.log(party).splitlines() if re.search(" (warn|error) ", line)]
                print("".join(line + "\n" for line in lines[-3:]), end="")

    def end(self):
        for w in self.worlds:
            w.stop(*w.nodes)


def arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--keep", action="store_true", help="leave the folder")
    p.add_argument("--bits", type=int, choices=(2048, 3072), default=2048, help="of the key (2048: quick)")
    p.add_argument("--binary", default=os.path.join(HERE, "../../build/sharechain"), help="the command")
    return p.parse_args()


def stop_here(*_):
    sys.exit(1)


def main():
    args = arguments()
    binary = os.path.abspath(args.binary)
    if not os.access(binary, os.X_OK):
        sys.exit("%s is not there: build it by `make all`, or name it by --binary" % args.binary)
    for how in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(how, stop_here)
    folder = tempfile.mkdtemp(prefix="carbon.")
    story = Story(Command(binary), folder, args.bits)
    print("Twelve firms owe a regulator the sum of a year's emissions, and none shows its own.")
    try:
        story.tell()
        step("All came out as expected")
        status = 0
    except Differs as what:
        step("NOT AS EXPECTED")
        print(what, flush=True)
        story.complain()
        status = 1
    finally:
        for how in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            signal.signal(how, signal.SIG_IGN)
        story.end()
        if args.keep:
            print("The folder is left: " + folder)
        else:
            shutil.rmtree(folder)
    return status


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(1)
