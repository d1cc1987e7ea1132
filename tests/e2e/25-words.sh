#!/bin/sh
# The manual page and the completion know every command and option that --help
# has, and no other.
# shellcheck disable=SC1091,SC2154 # lib
. "$(dirname "$0")/lib"

"$root/tools/man-page" "$bin" <"$root/dist/sharechain.1.in" >page
lacks page "@SYNOPSIS@"
lacks page "@COMMANDS@"
cat >complete <<'BASH'
# complete COMPLETION WORD...: what the last, begun word may become
. "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_sharechain
printf '%s\n' "${COMPREPLY[@]}"
BASH
mkdir empty # no file is a completion
python3 - "$bin" "$root/dist/sharechain.bash" <<'PY' || fail "words differ"
import re
import subprocess
import sys

program, completion = sys.argv[1:]
OPTION = r"--[a-z][a-z-]*"


def run(*words):
    return subprocess.run(words, check=True, text=True, cwd="empty",
                          stdout=subprocess.PIPE).stdout


def completed(*words):
    return set(run("bash", "../complete", completion, program, *words).split())


def check(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: missing {sorted(wanted - got)}, "
                 f"too many {sorted(got - wanted)}")


page = open("page", encoding="utf-8").read()
page = re.sub(r"\\f[A-Z]", "", page).replace("\\-", "-").replace("\\e", "\\")
synopsis = page.split("\n.SH SYNOPSIS\n")[1].split("\n.SH ")[0].split("\n")
sections = dict(part.split("\n", 1) for part in page.split("\n.SS ")[1:])

listed = run(program, "--help").split("\ncommands:\n")[1].split("\n\n")[0]
names = [re.split(r"\s{2,}", line.strip())[0] for line in listed.split("\n")]
check("commands in the page", set(sections), set(names))
usages, firsts, seconds = set(), {"--help", "--version"}, {}
for name in names:
    text = run(program, *name.split(), "--help")
    head = text.split("\n\n")[0].replace("usage: ", "")
    lines = " ".join(head.split()).split("sharechain ")[1:]
    usages |= {"sharechain " + line.strip() for line in lines}
    options = set(re.findall(OPTION, text))
    part = sections[name].split("\n.SH ")[0] + " ".join(
        line for line in synopsis if line.startswith(f"sharechain {name} "))
    check(f"options of {name} in the page", set(re.findall(OPTION, part)),
          options)
    words = name.split()
    verbs = set(re.findall(rf"sharechain {name} ([a-z]+) ", head))
    firsts.add(words[0])
    for second in set(words[1:]) | verbs:
        seconds.setdefault(words[0], {"--help"}).add(second)
    for verb in verbs or [None]:
        asked = words + ([verb] if verb else []) + ["--"]
        check(f"completion of {asked}", completed(*asked), options | {"--help"})
check("usages in the page", set(synopsis) - {".br"}, usages)
check("completion of the first word", completed(""), firsts)
for first, words in seconds.items():
    check(f"completion behind {first}", completed(first, ""), words)
PY
