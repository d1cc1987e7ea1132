#!/usr/bin/env python3
"""walk.py SHARECHAIN DOCUMENT SECTION ALICE BOB: does what a section says.

Alice and bob have a folder each below the working folder, with a wages.csv in
it; ALICE and BOB are the host:port that stand for alice.example:7400 and
bob.example:7400. YAML blocks become the files that they show ("..." in the
parties: their blocks as `init` printed them), and each line behind "alice$" or
"bob$" is run there. Digests and ids are this run's, and rules do not run out. A
command must succeed unless the line that is shown below it is a fault. All of it
is printed.
"""
import re
import signal
import subprocess
import sys
import time

program, document, section, *places = sys.argv[1:]
PARTIES = ("alice", "bob")
address = dict(zip(PARTIES, places))
seen = {"digest": "", "id": ""}
nodes = []


def localise(text, party):
    for name in PARTIES:
        text = text.replace(f"{name}.example:7400", address[name])
    text = text.replace("tcp://0.0.0.0:7400", f"tcp://{address[party]}")
    text = re.sub(r"until: [0-9-]+", "until: 2099-12-31", text)
    text = re.sub(r"\b[0-9a-f]{64}\b", seen["digest"], text)
    return re.sub(r"\b[0-9a-f]{32}\b", seen["id"], text)


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


def serve(party, command):
    with open(f"{party}/log", "w", encoding="utf-8") as log:
        nodes.append(subprocess.Popen(command, cwd=party, stdout=log,
                                      stderr=log, shell=True))


def wait_for_link():
    for _ in range(400):
        status = subprocess.run([program, "status"], cwd="alice", check=False,
                                capture_output=True, text=True).stdout
        if "| yes" in status:
            return
        time.sleep(0.05)
    sys.exit("the nodes did not find each other")


def run(party, line, is_fault):
    line = localise(line, party)
    print(f"{party}$ {line}", flush=True)
    command = re.sub(r"^sharechain\b", f"exec {program}", line)
    if line.startswith("sharechain serve"):
        serve(party, command)
        return
    done = subprocess.run(command, cwd=party, shell=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    print(done.stdout, end="", flush=True)
    if (done.returncode != 0) != is_fault:
        sys.exit(f"exit status {done.returncode}")
    for what, pattern in (("digest", r"^digest ([0-9a-f]{64})$"),
                          ("id", r"^receipt ([0-9a-f]{32}): entry")):
        found = re.search(pattern, done.stdout, flags=re.M)
        seen[what] = found[1] if found else seen[what]


def walk(lines):
    i, n_run = 0, 0
    while i < len(lines):
        line, i = lines[i], i + 1
        if line == "```yaml":
            end = lines.index("```", i)
            put_yaml("\n".join(lines[i:end]) + "\n")
            i = end
        shown = re.match(r"    (alice|bob)\$ (sharechain .*)", line)
        if not shown or "bad.yaml" in line:
            continue
        n_run += 1
        run(shown[1], shown[2], lines[i].startswith("    sharechain: "))
        if shown[2] == "sharechain serve" and len(nodes) == len(PARTIES):
            wait_for_link()
    return n_run


def main():
    text = open(document, encoding="utf-8").read()
    part = text.split(f"\n## {section}\n")[1].split("\n## ")[0]
    try:
        n_run = walk(part.split("\n"))
    finally:
        for node in nodes:
            node.send_signal(signal.SIGTERM)
        for node in nodes:
            node.wait(10)
    if n_run < 10:
        sys.exit(f"only {n_run} commands")


main()
