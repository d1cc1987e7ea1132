#!/usr/bin/env python3
"""walk.py SHARECHAIN DOCUMENT ALICE BOB SECTION...: does what sections say.

Alice and bob have a folder each below the working folder, with a wages.csv in
it; ALICE and BOB are the host:port that stand for alice.example:7400 and
bob.example:7400. An officer has wages.json from bob. YAML blocks become the
files that they show ("..." in the parties: their blocks as `init` printed
them), and each line behind "alice$", "bob$" or "officer$" is run there. What is
shown below it must be what it prints: "..." stands for anything, and ids,
digests, keys, times, sizes and places in the log are this run's; so are blanks
and rules of tables, and the order of a list of jobs. A line "alice's log: WORDS"
must stand in that log. All of it is printed.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import time

program, document, *places = sys.argv[1:4] + sys.argv[4:5]
sections = sys.argv[5:]
PARTIES = ("alice", "bob")
address = dict(zip(PARTIES, places))
seen = {}  # what a document shows: what it is in this run
nodes = []

# What differs from run to run.
MASKS = [
    r"\b[0-9a-f]{64}\b", r"\b[0-9a-f]{32}\b", r"\b[0-9a-f]{8,16}(?=\.\.\.)",
    r"did:key:\w+", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", r"\b\d+ bytes\b", r"\bentry \d+\b",
    r"^ entry +\d+\b", r"\b(?:log of|size|checkpoint of) \d+\b",
    r"(?:transport|cosigner|log|sig): \".*\"",
    r"(?<=\| )-?\d+(?= \| SELECT)",
]
MASK = re.compile("|".join(f"(?P<m{i}>{m})" for i, m in enumerate(MASKS)))


def localise(text, party):
    for name in PARTIES:
        text = text.replace(f"{name}.example:7400", address[name])
    here = address.get(party, "")
    text = text.replace("tcp://0.0.0.0:7400", f"tcp://{here}")
    text = text.replace("/srv/sharechain", os.path.abspath(party))
    text = re.sub(r"until: [0-9-]+", "until: 2099-12-31", text)
    return re.sub(r"\b(?:[0-9a-f]{64}|[0-9a-f]{32})\b",
                  lambda m: seen.get(m[0], m[0]), text)


def lengthen(line):
    """The first digits of an id in a command are this run's, and more."""
    return re.sub(r"\b[0-9a-f]{4}\b", lambda m: next(
        (real[:8] for shown, real in seen.items() if shown.startswith(m[0])),
        m[0]), line)


def put_yaml(text):
    if text.startswith("me: alice"):
        for party in PARTIES:
            with open(f"{party}/node.yaml", "w", encoding="utf-8") as f:
                f.write(localise(text, party).replace("me: alice",
                                                      f"me: {party}"))
    elif text.startswith("consortium:"):
        head, rest = text.split("parties:")
        blocks = "".join(open(f"{party}/keys/party.yaml",
                              encoding="utf-8").read() for party in PARTIES)
        whole = f"{head}parties:\n{blocks}tables:{rest.split('tables:')[1]}"
        for party in PARTIES:
            with open(f"{party}/consortium.yaml", "w", encoding="utf-8") as f:
                f.write(whole)


# ---- what is shown, and what was printed -------------------------------------

def pattern(line):
    """A shown line as an expression with a group for each digest or id."""
    out, at = "", 0
    for found in MASK.finditer(line):
        out += re.escape(line[at:found.start()])
        out += f"({MASKS[int(found.lastgroup[1:])]})"
        at = found.end()
    out += re.escape(line[at:])
    return out.replace(r"\.\.\.", ".*")


def tidy(text):
    # a link that is measured, as it is before
    text = re.sub(r"time +about .*\n.* within the first tick",
                  "time       unknown: no link was measured yet", text)
    return [re.sub(r"-{2,}", "--", re.sub(r" +", " ", line))
            for line in text.split("\n") if line.strip()]


def matches(shown, got):
    """Pairs of what was masked; None: they differ."""
    if not shown:
        return None if got else []
    if shown[0].strip() == "...":
        for n in range(len(got) + 1):
            rest = matches(shown[1:], got[n:])
            if rest is not None:
                return rest
        return None
    found = re.fullmatch(pattern(shown[0]), got[0]) if got else None
    if not found:
        return None
    rest = matches(shown[1:], got[1:])
    masked = [m[0] for m in MASK.finditer(shown[0])]
    return None if rest is None else list(zip(masked, found.groups())) + rest


def compare(party, shown, *orders):
    logs = [line for line in shown if re.match(r"\w+'s log: ", line)]
    shown = tidy(localise("\n".join(s for s in shown if s not in logs), party))
    for got in orders:
        pairs = matches(shown, tidy(got))
        if pairs is not None:
            break
    else:
        sys.exit(f"{document} shows\n" + "\n".join(shown))
    for was, now in pairs:
        if re.fullmatch(r"[0-9a-f]{32}|[0-9a-f]{64}", was):
            seen[was] = now
    for line in logs:
        has_said(*line.split("'s log: "))


def has_said(party, line):
    """The line stands in the party's log, or will in a moment."""
    wanted = ".*" + pattern(tidy(localise(line, party))[0])
    for _ in range(400):
        said = tidy(open(f"{party}/log", encoding="utf-8").read())
        if any(re.fullmatch(wanted, s) for s in said):
            return
        time.sleep(0.05)
    sys.exit(f"not in the log of {party}: {line}")


# ---- what is run ---------------------------------------------------------------

def by_kind(lines):
    return sorted(lines, key=lambda line: MASK.sub("", line))


def serve(party, command, shown):
    with open(f"{party}/log", "w", encoding="utf-8") as log:
        nodes.append((party, shown, subprocess.Popen(
            command, cwd=party, stdout=log, stderr=log, shell=True)))


def wait_for_link():
    for _ in range(400):
        status = subprocess.run([program, "status"], cwd="alice", check=False,
                                capture_output=True, text=True).stdout
        if "| yes" in status:
            break
        time.sleep(0.05)
    else:
        sys.exit("the nodes did not find each other")
    for party, shown, _ in nodes:
        for line in shown:
            has_said(party, line)


def run(party, line, shown):
    line = lengthen(localise(line, party))
    print(f"{party}$ {line}", flush=True)
    command = re.sub(r"^sharechain\b", f"exec {program}", line)
    if line.startswith("sharechain serve"):
        serve(party, command, shown)
        return
    if party == "officer":
        os.makedirs(party, exist_ok=True)
        shutil.copy("bob/wages.json", party)
    done = subprocess.run(command, cwd=party, shell=True, check=False,
                          capture_output=True, text=True)
    print(done.stdout + done.stderr, end="", flush=True)
    is_fault = any(s.startswith("sharechain: ") for s in shown)
    if (done.returncode != 0) != is_fault:
        sys.exit(f"exit status {done.returncode}")
    if "receipt list" in line: # jobs of one second have no order
        shown, done.stdout = by_kind(shown), "\n".join(
            by_kind(done.stdout.split("\n")))
    compare(party, shown, done.stdout + done.stderr, done.stderr + done.stdout)


def shown_below(lines, i):
    """The indented lines from i to the next prompt or file."""
    shown = []
    while i < len(lines) and not re.match(r"    \w*\$ |```", lines[i]):
        shown += [lines[i][4:]] if lines[i].startswith("    ") else []
        i += 1
    return shown


def walk(lines):
    i, n_run = 0, 0
    while i < len(lines):
        line, i = lines[i], i + 1
        if line == "```yaml":
            end = lines.index("```", i)
            put_yaml("\n".join(lines[i:end]) + "\n")
            i = end
        prompt = re.match(r"    (alice|bob|officer)\$ (sharechain .*)", line)
        if not prompt or "bad.yaml" in line:
            continue
        n_run += 1
        run(prompt[1], prompt[2], shown_below(lines, i))
        if prompt[2] == "sharechain serve" and len(nodes) == len(PARTIES):
            wait_for_link()
    return n_run


def main():
    text = open(document, encoding="utf-8").read()
    try:
        for section in sections:
            part = text.split(f"\n## {section}\n")[1].split("\n## ")[0]
            if not walk(part.split("\n")):
                sys.exit(f"no command in {section}")
    finally:
        for _, _, node in nodes:
            node.send_signal(signal.SIGTERM)
        for _, _, node in nodes:
            node.wait(60)


main()
