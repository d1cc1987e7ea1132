#!/bin/sh
# The demo as a stranger runs it: every figure, the suppressed cells, the forged
# receipt, nothing left behind, no process left running.
# shellcheck disable=SC1091,SC2016,SC2086 # lib; words of inner shells; options in one word
. "$(dirname "$0")/lib"

expect 0 "Done in" sharechain demo
cat out err >story
[ -z "$(ls -d sharechain-demo.* 2>/dev/null)" ] || fail "the folder is left"

# the answers of examples/penguins/expected.json, each on its row
python3 - "$root/examples/penguins/expected.json" story <<'PY' || fail "answers"
import json, sys

answers = json.load(open(sys.argv[1]))
rows = {tuple(cell.strip() for cell in line.split("|"))
        for line in open(sys.argv[2], encoding="utf-8") if "|" in line}


def text(v):
    return "NULL" if v is None else "suppressed" if isinstance(v, dict) else v


for answer in answers:
    for row in [answer["columns"]] + answer["rows"]:
        if tuple(text(v) for v in row) not in rows:
            sys.exit(f"{answer['name']}: no row {row}")
PY

has story "4 cosigners, quorum 3: one may be down, one may lie"
has story "(3 rows, 1 with suppressed values)"
has story "(2 rows, 2 with suppressed values)"
has story "at one station is that station's own figure"
has story "of 3 owners together learn no more than the result implies"
has story "PROVED, if the keys of this consortium are those of its parties:"
has story "the result in this file is that of the shares they committed to"
has story "ASSERTED, by biscoe, dream, torgersen"
has story "Exit status 4"
grep -q "4 of 4 cosigned" story || has story "3 of 4 are"
has story "Its folder is removed again; with --keep it stays"
lacks story "warning:"
[ "$(grep -n "^ female" story | head -n 1 | cut -d: -f1)" -lt 75 ] ||
    fail "the first answer is far away"
has story "forged.json: the result in it is not what was committed to"
has story "7 of them published"

# --dir makes a folder and leaves it, and does not take one that is there
expect 0 "The folder is left: $PWD/kept" sharechain demo --dir kept
[ -s kept/receipt.json ] && [ -s kept/consortium.yaml ]
expect 2 "name one that does not exist yet" sharechain demo --dir kept

# --keep leaves a temporary one
expect 0 "The folder is left" sharechain demo --keep
[ "$(ls -d sharechain-demo.*)" ] || fail "no folder is left"

# interrupted in the middle (TERM: a shell makes its background jobs deaf to
# INT): nobody is left, no folder either
rm -rf sharechain-demo.*
"$bin" demo >out 2>err &
demo=$!
pids="$pids $demo"
until_ok 20 sh -c 'ls sharechain-demo.*/biscoe/node.sock'
folder=$(ls -d sharechain-demo.*)
children=$(cat /proc/$demo/task/*/children)
[ -n "$children" ] || fail "no nodes to see"
kill -TERM $demo
status=0
wait $demo || status=$?
forget $demo
[ $status -eq 1 ] || fail "after an interrupt the demo ended with $status"
[ ! -e "$folder" ] || fail "an interrupted demo leaves its folder"
for child in $children; do
    ! kill -0 "$child" 2>/dev/null || fail "an interrupted demo leaves its nodes"
done

# killed outright: the kernel ends its nodes
"$bin" demo >out 2>err &
demo=$!
pids="$pids $demo"
until_ok 20 sh -c 'ls sharechain-demo.*/biscoe/node.sock'
children=$(cat /proc/$demo/task/*/children)
kill -KILL $demo
wait $demo 2>/dev/null || :
forget $demo
for child in $children; do
    until_ok 10 sh -c '! kill -0 "$1" 2>/dev/null' sh "$child" ||
        fail "a demo that was killed leaves its nodes"
done
