#!/bin/sh
# examples/carbon as a stranger runs it: twelve firms who post one after the other, every
# figure, the auditor's addition without a key, forged files, refusals; nothing is left
# behind.
# shellcheck disable=SC1091,SC2154 # lib
. "$(dirname "$0")/lib"

carbon=$root/examples/carbon
python3 -B "$carbon/generate.py" --expected | cmp - "$carbon/expected.json"
expect 0 "All came out as expected" python3 -B "$carbon/run.py" --binary "$bin"
[ -z "$(ls -d carbon.* 2>/dev/null)" ] || fail "the folder is left"
has out "7 of 12 have posted"
has out "Exit status 3: a firm's node posts"
has out "34,771,476 kg"
[ "$(grep -c "Exit status 4." out)" -eq 3 ] || fail "not three forgeries"

# ended while a firm is there: no node is left, no folder either
python3 -B "$carbon/run.py" --binary "$bin" >out 2>err &
story=$!
pids="$pids $story"
until_ok 60 sh -c 'ls carbon.*/firm01/node.sock'
children=$(cat /proc/$story/task/*/children)
[ -n "$children" ] || fail "no nodes to see"
kill -TERM $story
status=0
wait $story || status=$?
forget $story
[ $status -eq 1 ] || fail "after a signal it ended with $status"
[ -z "$(ls -d carbon.* 2>/dev/null)" ] || fail "it leaves its folder"
for child in $children; do
    ! kill -0 "$child" 2>/dev/null || fail "it leaves its nodes"
done
