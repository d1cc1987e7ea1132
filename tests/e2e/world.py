"""A throw-away consortium of real nodes on loopback, for the scripts beside it.

Three stations own rows of one table, an auditor owns none and cosigns; three of
four are the quorum. Everything lives below TMPDIR, every process is ended by its
id. A script makes a World, breaks something, and says what must follow.
"""

import csv
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time

BINARY = os.environ.get("SC_BIN") or "build/sharechain"
DUCKDB = os.path.join(os.getcwd(), "build/duckdb/libduckdb.so")
TESTS = os.path.join(os.environ.get("SC_BUILD") or "build", "tests/e2e")
LIAR, HOOKED = os.path.join(TESTS, "liar"), os.path.join(TESTS, "hooked")
OWNERS = ("biscoe", "dream", "torgersen")
PARTIES = OWNERS + ("auditor",)
PENGUINS = os.path.join(os.getcwd(), "examples/penguins/data")
SLOW = 6 if "tsan" in os.environ.get("SC_BUILD", "") else 3 if "asan" in os.environ.get("SC_BUILD", "") else 1
DEADLINE_MS = 1500 * SLOW
QUESTION = "SELECT sex, COUNT(*), AVG(body_mass_g) FROM penguins GROUP BY sex"

TABLE = """
  penguins:
    stacked: [biscoe, dream, torgersen]
    columns:
      species: {type: category, values: [Adelie, Chinstrap, Gentoo]}
      island: {type: category, values: [Biscoe, Dream, Torgersen]}
      bill_length_mm: {type: decimal, scale: 1, min: 20, max: 80, cuts: {every: 5}}
      bill_depth_mm: {type: decimal, scale: 1, min: 5, max: 40}
      flipper_length_mm: {type: integer, min: 100, max: 300, cuts: [180, 200, 220]}
      body_mass_g: {type: integer, min: 1000, max: 10000, cuts: [3500, 4000, 5000]}
      sex: {type: category, values: [female, male]}
      year: {type: integer, min: 2000, max: 2020, cuts: {every: 1}}
    max_rows: 10000
"""
ALLOW = """
allow:
  - who: any
    until: 2099-12-31
    table: penguins
    columns:
      species: [group, filter]
      island: [group, filter]
      sex: [group, filter]
      year: [group, filter, aggregate]
      body_mass_g: [aggregate, filter, group]
      flipper_length_mm: [aggregate, filter, group]
      bill_length_mm: [aggregate, filter, group]
      bill_depth_mm: [aggregate]
    functions: [count, sum, avg, stddev, variance, corr]
"""


class Failure(Exception):
    """What was expected did not come."""


def check(claim, words):
    if not claim:
        raise Failure(words)


def wait_until(claim, words, seconds=30.0):
    """Until claim() is true; its last value. Failure after so many seconds. Most
    claims start a process: they are asked less and less often."""
    end = time.monotonic() + seconds * SLOW
    pause = 0.03
    while True:
        value = claim()
        if value:
            return value
        check(time.monotonic() < end, "waited %.0f s in vain: %s" % (seconds, words() if callable(words) else words))
        time.sleep(pause)
        pause = min(1.5 * pause, 0.5)


PORTS = [int(p) for p in os.environ.get("SC_PORTS", "12000-32000").split("-")]  # tools/run-tests: nobody else's
taken = set()
taken_lock = threading.Lock()


def free_port():
    """A port that nobody listens on, outside what the system hands out."""
    with taken_lock:
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


def rules(job_ms=600000, deadline_ms=DEADLINE_MS):
    """Of a consortium file, for so long a job and step."""
    return "min_group: 10, queries_per_day: 10000, deadline_ms: %d, job_ms: %d" % (deadline_ms, job_ms * SLOW)


def run(*words, seconds=30):
    """The command's exit status, standard output and error."""
    p = subprocess.run((BINARY,) + words, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                       timeout=seconds * SLOW)
    return p.returncode, p.stdout, p.stderr


def in_time_s(whole):
    """How long a job may take that waits one deadline for a party: as much more as
    some whole jobs take just now, for the machine may be busy."""
    return 1.25 * DEADLINE_MS / 1000 + 3 + 3 * whole.took


class Asked:
    """A `query` that is under way; ask() of it waits for its end."""

    def __init__(self, node, sql, *options):
        self.began = time.monotonic()
        self.child = subprocess.Popen((BINARY, "query", "--config", node.config, "--format", "csv") + options + (sql,),
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, text=True)
        node.world.children.append(self.child)

    def wait(self, seconds=20):
        try:
            self.out, self.err = self.child.communicate(timeout=seconds * SLOW)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.communicate()
            raise Failure("a query still hangs after %s s" % seconds) from None
        self.took = time.monotonic() - self.began
        self.status = self.child.returncode
        found = re.search(r"receipt ([0-9a-f]{32}): entry", self.err)
        self.id = found.group(1) if found else None
        return self


class Node:
    def __init__(self, world, name, port):
        self.world, self.name, self.port = world, name, port
        self.folder = os.path.join(world.folder, name)
        self.config = os.path.join(self.folder, "node.yaml")
        self.store = os.path.join(self.folder, "store")
        self.log = os.path.join(self.folder, "log")
        self.child = None

    # ---- life ------------------------------------------------------------
    def start(self, stop_at=None, lie_at=None, env=None, before=None):
        """The product, or, for what it has no switch for, the liar or the hooked one."""
        more = dict(env or {})
        if stop_at:
            more["SC_STOP_AT"] = stop_at
        if lie_at:
            more["SC_LIE_AT"] = lie_at
        program = LIAR if lie_at else HOOKED if {"SC_STOP_AT", "SC_CLOCK_OFFSET"} & set(more) else BINARY
        if program != BINARY and os.path.exists(DUCKDB):  # which these do not find from their place
            more.setdefault("SC_DUCKDB", os.environ.get("SC_DUCKDB", DUCKDB))
        with open(self.log, "a") as log:
            self.child = subprocess.Popen((program, "serve", "--config", self.config), stdin=subprocess.DEVNULL,
                                          stdout=log, stderr=log, env={**os.environ, **more}, preexec_fn=before)
        self.world.children.append(self.child)
        return self

    def kill(self, how=signal.SIGKILL):
        if self.child is not None and self.child.poll() is None:
            self.child.send_signal(how)
            if how in (signal.SIGKILL, signal.SIGTERM):
                self.child.send_signal(signal.SIGCONT)
                self.child.wait(20 * SLOW)

    def thaw(self):
        self.child.send_signal(signal.SIGCONT)

    def restart(self, **how):
        self.kill()
        return self.start(**how)

    def is_dead(self):
        return self.child.poll() is not None

    def is_frozen(self):
        with open("/proc/%d/stat" % self.child.pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] == "T"

    def wait_frozen(self, seconds=30.0):
        """Closely: deadlines of the others run from here on."""
        end = time.monotonic() + seconds * SLOW
        while not self.is_frozen():
            check(time.monotonic() < end, "waited %.0f s in vain: %s freezes" % (seconds, self.name))
            time.sleep(0.005)

    def starts_not(self, seconds=10):
        """Starts and gives up at once: its words."""
        at = self.log_size()
        self.start()
        try:
            status = self.child.wait(seconds * SLOW)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure("%s starts, and should not: %s" % (self.name, self.log_since(at))) from None
        check(status in (1, 2), "%s ends with status %d: %s" % (self.name, status, self.log_since(at)))
        return self.log_since(at)

    # ---- what it says ----------------------------------------------------
    def log_size(self):
        return os.path.getsize(self.log) if os.path.exists(self.log) else 0

    def log_since(self, at):
        with open(self.log, "rb") as f:
            f.seek(at)
            return f.read().decode(errors="replace")

    def command(self, *words, **how):
        return run(words[0], *(words[1:2] if words[0] == "receipt" else ()), "--config", self.config,
                   *(words[2:] if words[0] == "receipt" else words[1:]), **how)

    def status(self):
        code, out, _ = self.command("status")
        return out if code == 0 else ""

    def links(self):
        return set(re.findall(r"^ (\w+) +\| yes", self.status(), re.M))

    def owed(self):
        """Entries of its own that wait for the log; -1 while it does not answer."""
        found = re.search(r"^waiting +(\d+) entr", self.status(), re.M)
        return int(found.group(1)) if found else -1

    def is_quiet(self):
        """It owes nothing, and its files hold all of the log."""
        text = self.status()
        return "waiting    0 entries" in text and "jobs       0 running, 0 signed" in text and \
            re.search(r"^log +(\d+) entries, \1 cosigned", text, re.M) is not None

    def begin(self, sql, *options):
        return Asked(self, sql, *options)

    def ask(self, sql=QUESTION, *options, seconds=20):
        return Asked(self, sql, *options).wait(seconds)

    def jobs(self):
        """id -> (state, entry, asker), as its own list says."""
        code, out, err = self.command("receipt", "list", "--format", "csv")
        check(code == 0, "%s lists no receipts: %s" % (self.name, err))
        return {r["id"]: (r["state"], int(r["entry"]), r["asker"]) for r in csv.DictReader(out.splitlines())}

    def result(self, job):
        return self.command("result", "--format", "csv", job)

    def entries(self):
        """The published log as texts, from the files that everybody may read."""
        chain = os.path.join(self.store, "chain")
        try:
            with open(os.path.join(chain, "checkpoint"), encoding="utf-8") as f:
                size = int(f.read().split("\n")[1])
        except FileNotFoundError:
            return []
        out = []
        for number in range(size // 256 + 1):
            width = min(256, size - 256 * number)
            if width == 0:
                break
            where = os.path.join(chain, "tile/entries/%03d" % number)
            if width < 256:
                widths = [int(w) for w in os.listdir(where + ".p") if w.isdigit()]
                where = "%s.p/%d" % (where, max(widths))
            with open(where, "rb") as f:
                data = f.read()
            for _ in range(width):
                n = int.from_bytes(data[:2], "big")
                out.append(data[2:2 + n].decode())
                data = data[2 + n:]
        return out

    def count(self, kind):
        return sum('"t":"%s"' % kind in e for e in self.entries())


class World:
    def __init__(self, name, rules_text="", data=PENGUINS, table=TABLE, allow=ALLOW, sequencer="biscoe", addresses=None, more="",
                 node_more=None, offline=()):
        base = os.environ.get("TMPDIR", "/tmp")
        self.folder = os.path.join(base, "world-" + name)
        self.children = []
        self.nodes = {p: Node(self, p, free_port()) for p in PARTIES}
        self.question = 0
        self.offline = offline  # who posts and leaves
        self.node_more = node_more or {}  # party -> lines of its node.yaml
        os.makedirs(self.folder)
        self.consortium = os.path.join(self.folder, "consortium.yaml")
        blocks = [self.make_keys(p, (addresses or {}).get(p, self.nodes[p].port)) for p in PARTIES]
        self.text = "consortium: test\nparties:\n%stables:%srules: {%s}\n" \
            "ledger: {origin: test.example/chain/1, sequencer: %s, quorum: 3}\n%s" % (
                "".join(blocks), table, rules_text or rules(), sequencer, more)
        with open(self.consortium, "w") as f:
            f.write(self.text)
        for p in PARTIES:
            self.write_config(p, data, allow)
        self.accept()

    def make_keys(self, party, port):
        code, out, err = run("init", party, "--dir", os.path.join(self.folder, party, "keys"), "--consortium", "test",
                             "--origin", "test.example/chain/1", "--address", "tcp://127.0.0.1:%d" % port,
                             *(["--offline"] if party in self.offline else []))
        check(code == 0, err)
        return "".join(line + "\n" for line in out.splitlines() if not line.startswith("#"))

    def write_config(self, party, data=PENGUINS, allow=ALLOW, consortium="../consortium.yaml"):
        node = self.nodes[party]
        with open(node.config, "w") as f:
            f.write("me: %s\nkeys: keys\nconsortium: %s\nstore: store\nlisten: \"tcp://127.0.0.1:%d\"\n" % (
                party, consortium, node.port))
            if party != "auditor":
                f.write('data:\n  penguins: {files: ["%s/%s.csv"], nulls: ["NA"]}\n%s' % (data, party, allow))
            f.write(self.node_more.get(party, ""))

    def accept(self, party=None, consortium=None):
        code, out, err = run("consortium", "check", consortium or self.consortium)
        check(code == 0, err)
        digest = re.search(r"^digest (\w+)", out, re.M).group(1)
        for p in [party] if party else PARTIES:
            code, _, err = run("consortium", "accept", digest, "--config", self.nodes[p].config)
            check(code == 0, err)

    def __getitem__(self, name):
        return self.nodes[name]

    def __enter__(self):
        return self

    def __exit__(self, kind, fault, trace):
        for node in self.nodes.values():
            node.ended = node.child and node.child.poll()
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.wait()
        if kind is not None:
            for node in self.nodes.values():
                print("---- log of %s (%s)" % (node.name, "not started" if node.child is None else
                                            "runs" if node.ended is None else "ended with %d" % node.ended))
                print("".join(node.log_since(0).splitlines(True)[-25:]) if os.path.exists(node.log) else "(none)")

    def start(self, **env):
        for node in self.nodes.values():
            node.start(env=env)
        return self.wait_linked()

    def wait_linked(self, names=PARTIES, seconds=30):
        for name in names:
            others = set(names) - {name}
            wait_until(lambda n=name, o=others: o <= self.nodes[n].links(),
                       lambda n=name: "%s is linked to all: %s" % (n, self.nodes[n].status()), seconds)
        return self

    def check_alive(self, names=PARTIES, besides=()):
        for name in set(names) - {besides} - set(besides):
            node = self.nodes[name]
            check(not node.is_dead(), "%s died: %s" % (name, node.log_since(0)[-2000:]))

    def fresh(self):
        """A question that was not asked before here."""
        self.question += 1
        return "SELECT sex, COUNT(*), SUM(body_mass_g + %d) FROM penguins GROUP BY sex" % self.question

    def settle(self, names=PARTIES, seconds=40):
        """Until no node owes the log an entry or a job its end."""
        for name in names:
            wait_until(lambda n=name: self.nodes[n].is_quiet(),
                       lambda n=name: "%s finishes: %s" % (n, self.nodes[n].status()), seconds)

    def check_truth(self):
        """One log, one fate a session, one end a job; every receipt verifies."""
        self.settle()
        size = {n: len(self.nodes[n].entries()) for n in PARTIES}
        wait_until(lambda: len({tuple(n.entries()) for n in self.nodes.values()}) == 1, "one log: %s" % size)
        log = self.nodes["biscoe"].entries()
        fates = [re.search(r'"s":"([^"]*)"', e).group(1) for e in log
                 if '"t":"receipt/1"' in e or '"t":"void/1"' in e]
        check(len(fates) == len(set(fates)), "a session has two fates")
        jobs = {n: self.nodes[n].jobs() for n in OWNERS}
        proved = 0
        for job in set().union(*jobs.values()):
            ends = {n: jobs[n].get(job) for n in OWNERS}
            index = {e[1] for e in ends.values() if e} - {-1}
            check(len(index) <= 1, "job %s has two receipts: %s" % (job, ends))
            if index:
                proved += 1
                check('"t":"receipt/1"' in log[index.pop()], "no receipt at its index: %s" % ends)
                check(all(e and e[0] == "done" for e in ends.values()), "not done everywhere: %s" % ends)
                self.check_receipt(self.nodes[ends["biscoe"][2]], job)
            else:
                check(all(e is None or e[0] in ("aborted", "refused", "voided", "repeated") for e in ends.values()),
                      "no receipt, no end: %s" % ends)
        check(proved == sum('"t":"receipt/1"' in e for e in log), "a receipt in the log that no job has")
        for node in self.nodes.values():
            code, _, err = node.command("audit")
            check(code == 0, "the audit of %s fails: %s" % (node.name, err))

    def check_receipt(self, asker, job):
        path = os.path.join(self.folder, job + ".receipt")
        code, _, err = asker.command("receipt", "export", "--with-result", "--output", path, job)
        check(code == 0, "no receipt of %s: %s" % (job, err))
        code, out, err = run("receipt", "verify", "--consortium", self.consortium, path)
        check(code == 0, "the receipt of %s does not verify: %s%s" % (job, out, err))


def main(*cases, at_once=max(2, len(os.sched_getaffinity(0)))):
    """Run the cases, so many at once; each prints its name. Exit status."""
    started = time.monotonic()
    faults, gate = [], threading.Semaphore(at_once)

    def one(case):
        with gate:
            began = time.monotonic()
            try:
                case()
                print("ok   %-60s %5.1f s" % (case.__doc__.split("\n")[0], time.monotonic() - began), flush=True)
            except Exception as fault:  # a broken test fails too
                faults.append(case)
                print("FAIL %s: %s: %s" % (case.__doc__.split("\n")[0], type(fault).__name__, fault), flush=True)

    threads = [threading.Thread(target=one, args=(c,)) for c in cases]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    print("%d passed, %d failed in %.1f s" % (len(cases) - len(faults), len(faults), time.monotonic() - started))
    sys.exit(1 if faults else 0)
