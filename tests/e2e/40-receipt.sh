#!/bin/sh
# A receipt as a person reads it, by the node and offline: with an anchor, without,
# from a forged consortium, with flipped bits; jobs that have none, and why; and a
# log whose files somebody touched.
# shellcheck disable=SC1091,SC2016,SC2044,SC2086 # lib; inner shells; plain names; words
. "$(dirname "$0")/lib"

cat >tables.yaml <<'YAML'
tables:
  iris:
    stacked: [alice, bob, carol]
    columns:
      sepal_length: {type: decimal, scale: 1, min: 0, max: 10}
      species: {type: category, values: [setosa, versicolor, virginica]}
    max_rows: 1000
YAML
nodes() {
    for pair in alice/a bob/b carol/c; do
        cp "$root/tests/data/iris/${pair#*/}.csv" "${pair%/*}/iris.csv"
        node "${pair%/*}" <<'YAML'
data: {iris: iris.csv}
allow:
  - who: any
    until: 2099-12-31
    purpose: "test"
    table: iris
    columns: {sepal_length: [aggregate], species: [group]}
    functions: [avg, count]
YAML
    done
    node audit </dev/null
    start alice bob carol audit
}
sql="SELECT species, AVG(sepal_length) FROM iris GROUP BY species"

consortium 3 alice bob carol audit <tables.yaml
true_digest=$digest
nodes
config="--config alice/node.yaml"
expect 0 "5.006" sharechain query $config "$sql"
id=$(newest alice)
tries=0 # the answer is told before its record is closed
until sharechain receipt list $config | grep -q "| done "; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || fail "the job's record is not closed"
    sleep 0.1
done
expect 0 "| done  |     1 | SELECT species, AVG" sharechain receipt list $config
expect 0 "$id,20" sharechain receipt list $config --format csv

# ---- jobs without a receipt ---------------------------------------------------
# alice may not sum: bob and carol refuse; the terminal tells where to look
expect 3 "refused: policy" sharechain query $config "SELECT SUM(sepal_length) FROM iris"
refused=$(sed -n 's/^job \([0-9a-f]*\): `sharechain result \1`$/\1/p' err)
[ ${#refused} -eq 32 ] || fail "a refused query names no job"
expect 3 "it was refused; " sharechain result $config "$refused"
has err "refused: policy"
lacks err "function sum"
by=$(sed -n 's/.*it was refused; \([a-z]*\), .*/\1/p' err)
expect 3 "refused; $by: for alice on table iris, " sharechain result \
    --config "$by/node.yaml" "$refused" # whose rule it is
has err "function sum"
for party in alice bob carol; do
    # alice may have its answer before the third one has refused
    until_ok 10 sh -c '"$1" receipt list --config "$2/node.yaml" | grep -qF "| refused |"' \
        sh "$bin" $party || fail "$party does not list a refusal"
    expect 0 "| refused |     - | SELECT SUM" sharechain receipt list \
        --config $party/node.yaml
    expect 3 "SELECT SUM(sepal_length) FROM iris" sharechain receipt show \
        --config $party/node.yaml "$refused"
    has out "job $refused, without a receipt: refused"
    has out "asked by     alice"
    has err "it was refused"
done
expect 0 "$refused,20" sharechain receipt list $config --format csv
has out ",refused,-1,SELECT SUM"
expect 1 "there is no answer of this job here: it went to alice" \
    sharechain result --config bob/node.yaml "$id"
expect 1 "no receipt of this job is in the log" sharechain receipt export $config "$refused"

# the beginning of an id will do
short=$(printf %.5s "$id")
expect 0 "5.006" sharechain result $config "$short"
expect 0 "receipt $id of consortium test" sharechain receipt show $config "$short"
expect 1 "no such job here: 0000 (\`sharechain receipt list\`" \
    sharechain result $config 0000
expect 2 "an id has 32 digits" sharechain result $config "$(printf %.3s "$id")"
expect 2 "an id has 32 digits" sharechain receipt export $config "${id}0"
expect 2 "neither an id nor a file" sharechain receipt show $config xyzw

# newest first, by the log: several within one second
for n in 1 2 3 4; do
    sharechain query $config "SELECT AVG(sepal_length + $n) FROM iris" >out 2>&1 ||
        fail "query $n"
done
sharechain receipt list $config --format csv >out
entries=$(sed '1d; s/"[^"]*"//' out | cut -d, -f5 | grep -v -e -1 | tr '\n' ' ')
sorted=$(echo "$entries" | tr ' ' '\n' | grep . | sort -rn | tr '\n' ' ')
[ "$entries" = "$sorted" ] || fail "not newest first: $entries"

# ---- export ----------------------------------------------------------------
expect 0 "wrote plain.json" sharechain receipt export $config "$id" -o plain.json
expect 0 "wrote full.json" sharechain receipt export $config --with-result \
    --output full.json "$id"
expect 0 '"type":"sharechain-bundle/1"' sharechain receipt export $config "$id"
cmp -s out plain.json || fail "the bytes differ from those on standard output"
[ "$(stat -c %a full.json)" = 600 ] || fail "others may read the answer"
expect 2 "there already" sharechain receipt export $config -o full.json "$id"
has full.json '"answer"'
expect 0 "wrote full.json" sharechain receipt export $config --with-result \
    --force -o full.json "$short"
lacks plain.json '"answer"'
lacks plain.json "AVG("
has full.json '"5.006"'
expect 1 "no such job" sharechain receipt export $config \
    00000000000000000000000000000000
expect 0 "masked-sum/1 in Z_2^128" sharechain receipt show $config "$id"
has out "input computing result asker"
has out "asked by     alice"
has out "SQL          $sql"
has out "table        iris"
has out "owners       alice, bob, carol"
has out "answer to    alice"
has out "by           alice, bob, carol"
has out "good until   20"
has out "up to 1 of 3 owners"
has out "- to alice, per species, of the rows: their number"
has out " setosa     | 5.006"
has out "below a checkpoint of 2" # the first that covered entry 1
for party in bob carol; do # every party of the job has it
    expect 0 "masked-sum/1" sharechain receipt show \
        --config $party/node.yaml "$id"
    has out "SQL          $sql" # of the node's own record, by its digest
    lacks out "5.006"
    has out "not in this file; "
done
stop alice bob carol audit # from here on, files alone

# ---- verify ------------------------------------------------------------------
for file in plain.json full.json; do
    for anchor in consortium.yaml "$digest"; do
        expect 0 "ANCHORED: consortium digest $digest" \
            sharechain receipt verify "$file" --consortium "$anchor"
        lacks out "NOT ANCHORED"
        has out "PROVED"
        has out "unchanged since 20"
        has out "(quorum 3)"
        has out "below a checkpoint of size 2 "
        has out "ASSERTED, by alice, bob, carol"
        has out "TRUE, IF at least one of alice, bob, carol ran"
        lacks out "signed before"
        has out "asked by     alice"
        has out "owners       alice, bob, carol"
        expect 0 "ANCHORED: consortium digest $digest" \
            sharechain receipt show "$file" --consortium "$anchor"
        lacks out "PROVED"
    done
    expect 0 "ANCHORED" sharechain receipt verify "$file" $config
    has out "trusted here by a digest accepted before, in "
    expect 0 "trusted here by the file consortium.yaml, given" \
        sharechain receipt verify "$file" --consortium consortium.yaml
    expect 0 "trusted here by the digest given" \
        sharechain receipt verify "$file" --consortium "$digest"
    # nobody here vouches for it
    expect 5 "NOT ANCHORED: consortium digest $digest" \
        sharechain receipt verify "$file"
    has err "give --consortium FILE or DIGEST"
    has out "did:key:z6Mk"
    expect 5 "NOT ANCHORED" sharechain receipt show "$file"
    expect 4 "another consortium" sharechain receipt verify "$file" \
        --consortium "$(printf '%064d' 0)"
done
sharechain receipt verify full.json --consortium "$digest" >out
has out "the result in this file is that of the shares"
has out "SQL          $sql"
has out " setosa     | 5.006"
sharechain receipt verify plain.json --consortium "$digest" >out
lacks out "the result in this file"
lacks out "5.006"
has out "receipt export --with-result"
expect 2 "neither a file here nor a digest" sharechain receipt verify plain.json \
    --consortium abcd
expect 2 "plain.json:1:" sharechain receipt verify plain.json \
    --consortium plain.json # no consortium file
# what an editor or a mail program does to it
python3 -m json.tool --no-ensure-ascii plain.json pretty.json
expect 4 "formatting changes break it" sharechain receipt verify pretty.json
: >empty.json
expect 4 "empty.json: it is empty" sharechain receipt verify empty.json
head -c 3000 plain.json >cut.json
expect 4 "it is cut short" sharechain receipt verify cut.json
sed 's/their number/their weight/' plain.json >changed.json
expect 4 "its text was changed after its parties signed it" \
    sharechain receipt verify changed.json
sed 's/"5.006"/"5.106"/' full.json >changed.json
expect 4 "its answer is not the one that its shares give" \
    sharechain receipt verify changed.json
cp alice/accepted accepted.bak
printf '%064d\n' 0 >alice/accepted # another consortium was accepted here
expect 5 "NOT ANCHORED" sharechain receipt verify full.json $config
cp accepted.bak alice/accepted

# one bit of every byte, and every length (under a sanitizer of every 16th); the
# command's own words and exit status for some
case $SC_BUILD in
*/asan | */tsan) step=16 ;;
*) step=1 ;;
esac
for file in plain.json full.json; do
    expect 0 " bytes" "$SC_BUILD/tests/e2e/flips" $file "$digest" $step
done
python3 - "$bin" "$digest" full.json <<'PY' || fail "a changed file"
import subprocess, sys

command, digest, name = sys.argv[1:]
data = open(name, "rb").read()
FLIPS = 24


def verify(changed, what):
    with open("changed.json", "wb") as f:
        f.write(changed)
    got = subprocess.run([command, "receipt", "verify", "changed.json",
                          "--consortium", digest], capture_output=True)
    if got.returncode != 4 or b"PROVED" in got.stdout or not got.stderr:
        sys.exit(f"{what}: exit status {got.returncode}\n{got.stdout}{got.stderr}")


for k in range(FLIPS):
    at = k * (len(data) - 1) // (FLIPS - 1)
    changed = bytearray(data)
    changed[at] ^= 1 << k % 8
    verify(changed, f"bit {k % 8} of byte {at}")
for length in (0, 1, len(data) // 2, len(data) - 1):
    verify(data[:length], f"cut to {length}")
verify(data + b"\n", "a line more")
verify(data.replace(b'","', b'", "', 1), "a blank")
verify(data + data, "twice")
PY

# ---- forged: fresh keys under the same names ------------------------------------
mkdir forged
cd forged
consortium 3 alice bob carol audit <../tables.yaml
nodes
sed -i 's/setosa/virginica/' alice/iris.csv
expect 0 "" sharechain query --config alice/node.yaml "$sql"
expect 0 "wrote" sharechain receipt export --config alice/node.yaml \
    --with-result --output ../forged.json "$(newest alice)"
stop alice bob carol audit
cd ..
expect 5 "NOT ANCHORED: consortium digest $digest" \
    sharechain receipt verify forged.json
expect 4 "another consortium" sharechain receipt verify forged.json \
    --consortium "$true_digest"
expect 4 "another consortium" sharechain receipt verify forged.json \
    --consortium consortium.yaml
has err "the file consortium.yaml, given with --consortium: is it the right one?"
expect 5 "NOT ANCHORED" sharechain receipt verify forged.json $config

# ---- audit -----------------------------------------------------------------------
audit="audit --dir audit --consortium consortium.yaml"
expect 0 "each by the rules" sharechain $audit
has out "receipts     5 "
has out "refusals     2 "
has out "aborts       0 "
has out "no receipts are kept beside this log"
cp out by-store
expect 0 "" sharechain audit --dir audit/chain --consortium consortium.yaml
diff by-store out >diff || :
[ "$(wc -l <diff)" -eq 4 ] || fail "the folder alone gives another audit" # "below"
expect 2 "give the file" sharechain audit --dir audit --consortium "$digest"
expect 0 "each by the rules" sharechain $audit
head="$(sed -n 's/^\([0-9]*\) of them published, root \(.*\)/\1:\2/p' out)"
expect 0 "5 receipts here" sharechain audit $config --at-least "$head"
expect 5 "never accepted here" sh -c 'rm alice/accepted; "$@"' sh "$bin" audit $config
cp accepted.bak alice/accepted

# damaged FILE COMMAND...: with its middle byte changed, the audit names it
damaged() {
    file=$1
    shift
    cp "$file" kept
    python3 - "$file" <<'PY'
import sys
with open(sys.argv[1], "r+b") as f:
    data = bytearray(f.read())
    data[len(data) // 2] ^= 1
    f.seek(0)
    f.write(data)
PY
    expect 4 "$file" "$@"
    cp kept "$file"
}
for file in $(find audit/chain -type f); do
    damaged "$file" sharechain $audit
done
for file in $(find alice/jobs -name journal); do
    damaged "$file" sharechain audit $config
done
size=${head%%:*}
rm "audit/chain/tile/0/000.p/$size"
expect 4 "the file is missing" sharechain $audit
cp "alice/chain/tile/0/000.p/$size" "audit/chain/tile/0/000.p/$size"
expect 0 "" sharechain $audit
expect 4 "it was cut short" sharechain $audit --at-least "$((size + 1)):${head#*:}"
expect 2 "tables.yaml:" sharechain audit --dir audit --consortium tables.yaml
expect 4 "a signature of the log" sharechain audit --dir forged/audit \
    --consortium consortium.yaml
expect 1 "there is no checkpoint" sharechain audit --dir alice/keys \
    --consortium consortium.yaml
