#!/usr/bin/env python3
"""Twelve firms, a regulator and an auditor: a year's emissions, added up as ciphertexts.

    examples/carbon/run.py [--keep] [--bits 2048|3072] [--binary PATH]

Makes fourteen parties on this machine in a temporary folder, each with its own node;
asks, compares with expected.json, and checks the receipt as an auditor would, with no
key. Nothing but the command is used. Exit status 0 if all came out as expected.
"""
import argparse
import base64
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
PARTIES = FIRMS + ["regulator", "auditor"]
HOLDERS = ["firm01", "firm02", "firm03", "regulator", "auditor"]
NEEDED = 3
DEALER = "Environment Agency"
PORTS = [int(p) for p in os.environ.get("SC_PORTS", "12000-32000").split("-")]
HINT = "SELECT /*+ ciphertext_sum */ "

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
RULES = "rules: {min_group: 1, deadline_ms: 60000}"
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


def quote(text):
    """What goes to the command, or comes from it; long lines are folded."""
    for line in text.rstrip("\n").split("\n"):
        indent = " " * (len(line) - len(line.lstrip()))
        for part in textwrap.wrap(line, 86, initial_indent="", subsequent_indent=indent + "  ",
                                  drop_whitespace=len(line) > 86) if line.strip() else [""]:
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

    def agree(self, rules, quorum, terms):
        """Write the public file; what `consortium check` says of it."""
        with open(self.path("consortium.yaml"), "w", encoding="ascii") as f:
            f.write("consortium: %s\nparties:\n%s%s%s\nledger: {origin: %s/chain/1, sequencer: auditor, quorum: %d}\n%s" % (
                self.name, self.blocks, TABLE % ", ".join(self.owners), rules, self.name, quorum, terms))
        code, out, err = self.command.run("consortium", "check", self.path("consortium.yaml"))
        check(code == 0, "consortium check: " + err)
        self.digest = re.search(r"^digest (\w+)", out, re.M).group(1)
        return out + err

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def config(self, party):
        return self.path(party, "node.yaml")

    def make_keys(self, party):
        return self.command.must("init", party, "--dir", self.path(party, "keys"), "--consortium", self.name,
                                 "--address", "tcp://127.0.0.1:%d" % self.ports[party])

    def configure(self, party):
        """Its node.yaml; it accepts the consortium file by its digest."""
        share = ", share: carbon.share%d" % (HOLDERS.index(party) + 1) if party in HOLDERS else ""
        with open(self.config(party), "w", encoding="ascii") as f:
            f.write("me: %s\nkeys: keys\nconsortium: ../consortium.yaml\nlisten: \"tcp://127.0.0.1:%d\"\n"
                    "ciphertext_sum: {key: ../carbon.pub%s}\n" % (party, self.ports[party], share))
            f.write(ALLOW % party if party in self.owners else "")
        self.command.must("consortium", "accept", self.digest, "--config", self.config(party))

    # ---- nodes ----
    def wait_for_line(self, party, words):
        """The line of its log with these words."""
        for _ in range(100):
            lines = [line for line in self.log(party).splitlines() if words in line]
            if lines:
                return lines[0]
            time.sleep(0.1)
        raise Differs("%s's log does not say: %s" % (party, words))

    def start(self, party):
        with open(self.path(party, "log"), "ab") as log:
            self.nodes[party] = subprocess.Popen([self.command.binary, "serve", "--config", self.config(party)],
                                                 stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def log(self, party):
        with open(self.path(party, "log"), encoding="utf-8", errors="replace") as f:
            return f.read()

    def wait_for(self, party, n_links):
        """Until its node answers and is linked with so many."""
        end = time.monotonic() + 120
        while True:
            check(self.nodes[party].poll() is None, "the node of %s ended:\n%s" % (party, self.log(party)))
            code, out, err = self.command.run("status", "--config", self.config(party))
            if code == 0 and len(re.findall(r"^ \w+ +\| yes", out, re.M)) == n_links:
                return
            check(time.monotonic() < end, "the node of %s is not linked with all: %s%s" % (party, out, err))
            time.sleep(0.1)

    def stop(self):
        """Every node that this script started, by its process id."""
        for node in self.nodes.values():
            if node.poll() is None:
                node.terminate()
        for node in self.nodes.values():
            try:
                node.wait(20)
            except subprocess.TimeoutExpired:
                node.kill()
                node.wait()

    def ask(self, party, sql):
        """Of an answer: table, rows by the columns' names, the receipt's id."""
        code, out, err = self.command.run("query", "--config", self.config(party), sql)
        check(code == 0, "%s\nexit status %d: %s%s" % (sql, code, out, err))
        job = re.search(r"^receipt ([0-9a-f]{32}): entry", err, re.M).group(1)
        again = json.loads(self.command.must("result", "--format", "json", "--config", self.config(party), job))
        return out, [dict(zip(again["columns"], row)) for row in again["rows"]], job


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
        year = self.ask_year()
        self.ask_intensity()
        self.ask_months()
        self.refuse_masks()
        self.audit(year)
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
        step("Fourteen parties make their keys, agree on one public file, and accept it by its digest")
        w = self.main = Consortium(self.command, self.folder, "carbon", PARTIES, FIRMS)
        self.worlds.append(w)
        words = w.agree(RULES, 10, self.terms)
        shutil.move(w.path("dealer", "carbon.pub"), w.path("carbon.pub"))
        for i, party in enumerate(HOLDERS):
            shutil.move(w.path("dealer", "carbon.share%d" % (i + 1)), w.path(party))
        os.rmdir(w.path("dealer"))
        generate.write(w.path("data"))
        for firm in FIRMS:
            shutil.move(w.path("data", firm + ".csv"), w.path(firm))
        os.rmdir(w.path("data"))
        for party in PARTIES:
            w.configure(party)
        say("consortium.yaml, as `sharechain consortium check` reads it to each of them:")
        quote(re.search(r"^\d+ cosigners.*\ndigest.*", words, re.M).group(0))
        say("Each firm allows the regulator to ask for counts and sums, as sums of ciphertexts alone:")
        quote(ALLOW % "firm01")

    def start(self):
        step("Fourteen nodes start and find each other")
        for party in PARTIES:
            self.main.start(party)
        for party in PARTIES:
            self.main.wait_for(party, len(PARTIES) - 1)
        say("All are linked.")

    YEAR = HINT + "SUM(scope1_kg) AS scope1_kg, SUM(scope2_kg) AS scope2_kg, " \
        "SUM(scope1_kg + scope2_kg) AS total_kg FROM emissions"

    def explain(self):
        step("Before it asks, the regulator reads what its question would open, and what leaks")
        quote(self.YEAR)
        out = self.command.must("explain", "--config", self.main.config("regulator"), self.YEAR)
        for words in ("2. Sum of ciphertexts", "any 3 of firm01, firm02, firm03, regulator and auditor open the sum",
                      "dealt by " + DEALER, "up to 2 of 5 holders"):
            check(words in " ".join(out.split()), "EXPLAIN does not say: %s\n%s" % (words, out))
        quote(out[:out.index("\nCost")])
        say("(What it costs follows there, and is left out here.)")

    def equal(self, what, got, wanted):
        check(got == wanted, "%s: %s came out, and %s was expected" % (what, got, wanted))

    def ask_year(self):
        step("Question 1: the year's emissions of all twelve firms")
        quote(self.YEAR)
        table, rows, job = self.main.ask("regulator", self.YEAR)
        quote(table)
        self.equal("rows", len(rows), 1)
        for name in ("scope1_kg", "scope2_kg", "total_kg"):
            self.equal(name, rows[0][name], self.expected[name])
        total, cap = rows[0]["total_kg"], self.expected["cap_kg"]
        figures(("total", "{:,}".format(total), "kg"), ("cap", "{:,}".format(cap), "kg"),
                ("cap exceeded", "yes" if total > cap else "no", ""))
        self.equal("the cap exceeded", total > cap, self.expected["cap_exceeded"])
        say("As expected.")
        return job

    def ask_intensity(self):
        step("Question 2: kilograms a unit made")
        sql = HINT + "SUM(units) AS units, 1.0 * SUM(scope1_kg + scope2_kg) / SUM(units) AS kg_a_unit FROM emissions"
        quote(sql)
        table, rows, _ = self.main.ask("regulator", sql)
        quote(table)
        self.equal("units", rows[0]["units"], self.expected["units"])
        wanted = self.expected["kg_a_unit"]
        check(abs(rows[0]["kg_a_unit"] - wanted) <= 1e-9, "kg_a_unit: %r came out, and %r was expected" % (
            rows[0]["kg_a_unit"], wanted))
        say("As expected.")

    def ask_months(self):
        limit = self.expected["busy_month_kg"]
        step("Question 3: the months in which all firms together were above {:,} kg".format(limit))
        sql = HINT + "month, SUM(scope1_kg + scope2_kg) AS total_kg FROM emissions GROUP BY month " \
            "HAVING SUM(scope1_kg + scope2_kg) > %d ORDER BY month" % limit
        quote(sql)
        table, rows, _ = self.main.ask("regulator", sql)
        quote(table)
        self.equal("months", [[r["month"], r["total_kg"]] for r in rows],
                   [[int(m), kg] for m, kg in self.expected["busy_months"].items()])
        say("As expected. HAVING shapes what is printed: the regulator's node learns all twelve months' totals.")

    def refuse_masks(self):
        step("The same question as a masked sum, of which no ciphertext would remain, is refused")
        sql = self.YEAR.replace("/*+ ciphertext_sum */ ", "")
        quote(sql)
        code, out, err = self.command.run("query", "--config", self.main.config("regulator"), sql)
        quote(out + err)
        check(code == 3 and "refused: policy" in err, "exit status %d, and 3 was expected" % code)
        firm = re.search(r"sharechain: (\w+), consent", err)
        check(firm, "no firm is named")
        say("Exit status 3. The reason stands in that firm's own log:")
        quote(self.main.wait_for_line(firm.group(1), "protocol masked_sum"))

    # ---- the receipt ----
    def verify(self, path):
        return self.command.run("receipt", "verify", "--consortium", self.main.digest, path, cwd=os.path.dirname(path))

    def audit(self, job):
        step("The auditor gets one file: question 1's receipt with its result")
        desk = self.main.path("desk")
        os.mkdir(desk)
        self.receipt = os.path.join(desk, "receipt.json")
        self.command.must("receipt", "export", "--with-result", "--config", self.main.config("regulator"),
                          "--output", self.receipt, job)
        with open(self.receipt, encoding="utf-8") as f:
            result = json.load(f)["result"]
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
        say("Exit status 0, after %.1f s: with this file alone and without a key the auditor added up the ciphertexts of "
            "all twelve firms, checked each proof and the %d parts that opened the sum, and found the regulator's answer: "
            "%s kg." % (time.monotonic() - began, NEEDED, "{:,}".format(self.expected["total_kg"])))

    def forge(self, member, index):
        """One bit of this share or part is changed in a copy of the file."""
        with open(self.receipt, encoding="utf-8") as f:
            text = f.read()
        words = json.loads(text)["result"][member][index]["words"]
        data = bytearray(base64.b64decode(words + "=" * (-len(words) % 4)))
        data[100] ^= 1
        bad = base64.b64encode(data).decode().rstrip("=")
        check(text.count(words) == 1 and len(bad) == len(words.rstrip("=")), "the bytes in base64 of a receipt")
        path = os.path.join(os.path.dirname(self.receipt), "forged.json")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.replace(words.rstrip("="), bad))
        code, out, err = self.verify(path)
        quote(out + err)
        check(code == 4 and err, "exit status %d, and 4 was expected" % code)
        say("Exit status 4.")

    def tamper(self):
        step("In a copy of the file one bit of one firm's ciphertext is changed")
        self.forge("shares", 4)
        step("In another, one bit of a holder's part of the opening")
        self.forge("parts", 1)

    def refuse_two(self):
        step("Two firms alone: each would know the other's figures by subtraction")
        folder = self.main.path("two-firms")
        os.mkdir(folder)
        w = Consortium(self.command, folder, "two-firms", HOLDERS, FIRMS[:2])
        self.worlds.append(w)
        words = w.agree(RULES, 4, self.terms)
        warning = re.search(r"^warning: table emissions: no query runs on it.*", words, re.M)
        check(warning, "consortium check does not warn of two owners:\n" + words)
        say("`sharechain consortium check` warns of such a table:")
        quote(warning.group(0))
        words = w.agree(TWO_PARTY_RULES, 4, self.terms)
        check("two owners" not in words, "two_party_exact is not taken:\n" + words)
        for name in ("carbon.pub", "regulator/carbon.share4"):
            shutil.copy(self.main.path(name), w.path(name))
        w.configure("regulator")
        w.start("regulator")
        w.wait_for("regulator", 0)
        code, out, err = self.command.run("query", "--config", w.config("regulator"), self.YEAR)
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
            w.stop()


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
