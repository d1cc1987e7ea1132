"""Real nodes on loopback, for the benches beside this file.

A Consortium lives in a temporary folder: owners of rows of one table, and an
auditor who owns none and cosigns. Every process is ended by its id, and the
folder goes with the last of them. Times are wall clock, in milliseconds.
"""

import glob
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

BINARY = os.path.abspath(os.environ.get("SC_BIN", "build/sharechain"))
QUICK = os.environ.get("SC_BENCH_QUICK", "0") not in ("", "0")
FIRST_PORT = 7700
PHASES = ("prepare", "consent", "load", "commit", "sign", "log", "open", "deliver", "ends")
ORIGIN = "bench.example/chain/1"


def figures(values):
    """Order statistics, as a bench prints them."""
    v = sorted(values)
    return "median_ms=%.1f p10=%.1f p90=%.1f p95=%.1f runs=%d" % (
        median(v), v[len(v) // 10], v[len(v) * 9 // 10], v[len(v) * 95 // 100], len(v))


def median(values):
    return sorted(values)[len(values) // 2]


def machine(title):
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        for line in f:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
    print("# %s: %s %s, %s, %d processors, load %.1f" % (
        title, os.uname().sysname, os.uname().machine, model, os.cpu_count(), os.getloadavg()[0]), flush=True)


def free_ports(n):
    ports, port = [], FIRST_PORT
    while len(ports) < n:
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                ports.append(port)
            except OSError:
                pass
        port += 1
    return ports


def timed(args, env=None):
    """From exec of the command to its exit: milliseconds, status, stdout."""
    with tempfile.TemporaryFile() as out, open(os.devnull, "wb") as null:
        start = time.perf_counter()
        pid = os.posix_spawn(args[0], args, env or os.environ, file_actions=[
            (os.POSIX_SPAWN_DUP2, out.fileno(), 1), (os.POSIX_SPAWN_DUP2, null.fileno(), 2)])
        _, status = os.waitpid(pid, 0)
        took = time.perf_counter() - start
        out.seek(0)
        return 1000 * took, os.waitstatus_to_exitcode(status), out.read().decode()


def stores():
    """Where the nodes' folders may lie: on the disk, and where no disk is needed."""
    yield "disk", None
    if os.access("/dev/shm", os.W_OK):
        yield "memory", "/dev/shm"


def disk(folder):
    """How long the two ways of making a file safe take there, now."""
    path, times = os.path.join(folder, "disk"), {"append": [], "replace": []}
    where = os.open(folder, os.O_RDONLY)
    fd = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    for _ in range(30):
        start = time.perf_counter()
        os.write(fd, bytes(200))
        os.fdatasync(fd)
        times["append"].append(1000 * (time.perf_counter() - start))
        start = time.perf_counter()
        new = os.open(path + ".new", os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        os.write(new, bytes(900))
        os.fsync(new)
        os.close(new)
        os.rename(path + ".new", path + ".old")
        os.fsync(where)
        times["replace"].append(1000 * (time.perf_counter() - start))
    os.close(fd)
    os.close(where)
    os.unlink(path)
    os.unlink(path + ".old")
    return "append_ms=%.2f replace_ms=%.2f" % (median(times["append"]), median(times["replace"]))


def run_command(*words):
    """What the command prints; the bench ends if it fails."""
    done = subprocess.run([BINARY, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=120, check=False)
    if done.returncode != 0:
        raise SystemExit("bench: %s: %s%s" % (" ".join(words), done.stdout, done.stderr))
    return done.stdout


class Consortium:
    """owners: names; files: the CSV of each; table: the YAML of its columns."""

    def __init__(self, owners, files, name, columns, max_rows, base=None, rules="min_group: 10", more="",
                 node_more=None):
        self.owners, self.files, self.table = owners, dict(zip(owners, files)), name
        self.columns, self.max_rows, self.base = columns, max_rows, base
        self.rules, self.more, self.node_more = rules, more, node_more or {}  # node_more: party -> lines
        # At least 2k - n - 1 = 1, and one party may be down: the auditor joins
        # where there is room for one more.
        self.parties = owners + ["auditor"] if len(owners) < 16 else list(owners)
        self.children = {}

    # ---- life ------------------------------------------------------------
    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="sharechain-bench.", dir=self.base)
        try:
            self.write()
            self.start()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    def path(self, *words):
        return os.path.join(self.folder, *words)

    def command(self, *words):
        return run_command(*words)

    def write(self):
        ports = dict(zip(self.parties, free_ports(len(self.parties))))
        n = len(self.parties)
        blocks = "".join(self.command(
            "init", p, "--dir", self.path(p, "keys"), "--consortium", "bench", "--origin", ORIGIN,
            "--address", "tcp://127.0.0.1:%d" % ports[p]) for p in self.parties)
        with open(self.path("consortium.yaml"), "w", encoding="utf-8") as f:
            f.write("consortium: bench\nparties:\n" + blocks)
            f.write("tables:\n  %s:\n    stacked: [%s]\n    columns:\n" % (self.table, ", ".join(self.owners)))
            f.write("".join("      %s: %s\n" % c for c in self.columns.items()))
            f.write("    max_rows: %d\n" % self.max_rows)
            f.write("rules: {%s, queries_per_day: 1000000}\n" % self.rules)
            f.write("ledger: {origin: %s, sequencer: %s, quorum: %d}\n" % (ORIGIN, self.parties[0], (n + 3) // 2))
            f.write(self.more)
        for p in self.parties:
            with open(self.path(p, "node.yaml"), "w", encoding="utf-8") as f:
                f.write(self.node_yaml(p, ports[p]))
        digest = re.search(r"^digest (\w+)", self.command("consortium", "check", self.path("consortium.yaml")),
                           re.M).group(1)
        for p in self.parties:
            self.command("consortium", "accept", digest, "--config", self.path(p, "node.yaml"))

    def node_yaml(self, party, port):
        text = "me: %s\nkeys: keys\nconsortium: ../consortium.yaml\nstore: store\nlisten: \"tcp://127.0.0.1:%d\"\n" % (
            party, port)
        if party in self.files:
            uses = ", ".join("%s: [group, filter, aggregate]" % c if "category" not in spec
                             else "%s: [group, filter]" % c for c, spec in self.columns.items())
            text += "data:\n  %s: {files: [\"%s\"], nulls: [\"\", NA]}\n" % (self.table, self.files[party])
            text += "allow:\n  - who: any\n    until: 2099-12-31\n    purpose: \"bench\"\n    table: %s\n" % self.table
            text += "    columns: {%s}\n    functions: [count, sum, avg, stddev, corr]\n" % uses
            text += "    protocols: [masked_sum, ciphertext_sum]\n"
        return text + self.node_more.get(party, "")

    def start(self, log="info"):
        for p in self.parties:
            with open(self.path(p, "log"), "ab") as out:
                # pylint: disable=consider-using-with
                self.children[p] = subprocess.Popen(
                    [BINARY, "serve", "--config", self.path(p, "node.yaml")], stdin=subprocess.DEVNULL,
                    stdout=out, stderr=out, env={**os.environ, "SC_LOG": log})
        for p in self.parties:
            self.wait_linked(p)

    def wait_linked(self, party):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            done = subprocess.run([BINARY, "status", "--config", self.path(party, "node.yaml")],
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
            if len(re.findall(r"^ \w+ +\| yes", done.stdout, re.M)) == len(self.parties) - 1:
                return
            if self.children[party].poll() is not None:
                break
            time.sleep(0.05)
        with open(self.path(party, "log"), encoding="utf-8") as f:
            raise SystemExit("bench: %s is not linked to all:\n%s%s" % (party, done.stdout, f.read()))

    def stop(self):
        for child in self.children.values():
            child.send_signal(signal.SIGTERM)
        for child in self.children.values():
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self.children = {}

    def end(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- what is measured ------------------------------------------------
    def query(self, sql, party=None):
        """Milliseconds from exec to exit, and the answer as CSV."""
        took, status, out = timed([BINARY, "query", "--format", "csv", "--config",
                                   self.path(party or self.owners[0], "node.yaml"), sql])
        if status != 0:
            raise SystemExit("bench: status %d: %s" % (status, sql))
        return took, out

    def log_sizes(self):
        return {p: os.path.getsize(self.path(p, "log")) for p in self.parties}

    def log_since(self, party, sizes):
        with open(self.path(party, "log"), encoding="utf-8") as f:
            f.seek(sizes[party])
            return f.read()

    def phases(self, party, sizes):
        """When each phase of the last job began at party, from its debug log."""
        deadline = time.monotonic() + 10
        while True:
            began = dict(re.findall(r"debug job: .*?(\w+) after ([0-9.]+) ms", self.log_since(party, sizes)))
            if "ends" in began:
                return {p: float(began[p]) for p in PHASES}
            if time.monotonic() > deadline:
                raise SystemExit("bench: %s does not say when the job ends" % party)
            time.sleep(0.002)

    def peaks(self):
        """Peak resident MB: of each node, and of each owner's engine child."""
        nodes, engines = [], []
        for p, child in self.children.items():
            nodes.append(peak_of(child.pid))
            if p in self.files:
                engines += [peak_of(pid) for pid in children_of(child.pid)]
        return nodes, engines

    def cpu(self):
        """Processor seconds of all nodes and engines so far."""
        pids = [c.pid for c in self.children.values()]
        pids += [e for pid in list(pids) for e in children_of(pid)]
        return sum(cpu_of(pid) for pid in pids)


def children_of(pid):
    out = []
    for path in glob.glob("/proc/%d/task/*/children" % pid):
        try:
            with open(path, encoding="utf-8") as f:
                out += [int(c) for c in f.read().split()]
        except FileNotFoundError:  # that thread has ended meanwhile
            pass
    return out


def peak_of(pid):
    with open("/proc/%d/status" % pid, encoding="utf-8") as f:
        return int(re.search(r"VmHWM:\s+(\d+)", f.read()).group(1)) // 1024


def cpu_of(pid):
    with open("/proc/%d/stat" % pid, encoding="utf-8") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
