#!/bin/sh
# An exported receipt offline: with an anchor, without, from a forged consortium,
# with flipped bits; and a log whose files somebody touched.
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
expect 0 "| done  |     1 | SELECT species, AVG" sharechain receipt list $config
expect 0 "$id,20" sharechain receipt list $config --format csv

# ---- export ----------------------------------------------------------------
expect 0 "wrote plain.json" sharechain receipt export $config "$id" -o plain.json
expect 0 "wrote full.json" sharechain receipt export $config --with-result \
    --output full.json "$id"
expect 0 '"type":"sharechain-bundle/1"' sharechain receipt export $config "$id"
cmp -s out plain.json || fail "the bytes differ from those on standard output"
lacks plain.json '"answer"'
lacks plain.json "AVG"
has full.json '"5.006"'
expect 1 "no such job" sharechain receipt export $config \
    00000000000000000000000000000000
expect 0 "masked-sum/1 in Z_2^128" sharechain receipt show $config "$id"
has out "bob"
has out "input computing"
for party in bob carol; do # every party of the job has it
    expect 0 "masked-sum/1" sharechain receipt show \
        --config $party/node.yaml "$id"
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
        has out "ASSERTED, by alice, bob, carol"
    done
    expect 0 "ANCHORED" sharechain receipt verify "$file" $config
    # nobody here vouches for it
    expect 5 "NOT ANCHORED: consortium digest $digest" \
        sharechain receipt verify "$file"
    has err "give --consortium FILE or DIGEST"
    has out "did:key:z6Mk"
    expect 4 "another consortium" sharechain receipt verify "$file" \
        --consortium "$(printf '%064d' 0)"
done
sharechain receipt verify full.json --consortium "$digest" >out
has out "the result in this file is that of the shares"
sharechain receipt verify plain.json --consortium "$digest" >out
lacks out "the result in this file"
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
expect 5 "NOT ANCHORED" sharechain receipt verify forged.json $config

# ---- audit -----------------------------------------------------------------------
audit="audit --dir audit --consortium consortium.yaml"
expect 0 "each by the rules" sharechain $audit
head="$(sed -n 's/^\([0-9]*\) of them published, root \(.*\)/\1:\2/p' out)"
expect 0 "1 receipt here" sharechain audit $config --at-least "$head"
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
