#!/bin/sh
# Two owners, as in the README's first example: from query to receipt under
# two_party_exact; without that rule it is refused, with the reason.
# shellcheck disable=SC1091,SC2086 # lib; options in one word
. "$(dirname "$0")/lib"

tables='tables:
  wages:
    stacked: [alice, bob]
    columns:
      role: {type: category, values: [nurse, clerk, doctor]}
      age:  {type: integer, min: 16, max: 80, cuts: [30, 40, 50, 60]}
      wage: {type: decimal, scale: 2, min: 0, max: 20000}
    max_rows: 100000'
sql="SELECT role, COUNT(*), AVG(wage) FROM wages GROUP BY role"

# 20 nurses and 12 clerks each, no doctor; bob pays 10.50 more
rows() { # more
    awk -v more="$1" 'BEGIN {
        print "role,age,wage"
        for (i = 0; i < 32; i++) {
            printf "%s,%d,%.2f\n", i < 20 ? "nurse" : "clerk", 20 + i, 3000 + i + more
        }
    }'
}

both() {
    rows 0 >alice/wages.csv
    rows 10.50 >bob/wages.csv
    for party in alice bob; do
        node $party <<'YAML'
data: {wages: wages.csv}
allow:
  - who: any
    until: 2099-12-31
    purpose: "wage report"
    table: wages
    columns: {role: [group, filter], age: [group, filter], wage: [aggregate]}
    functions: [count, avg, stddev]
YAML
    done
    start alice bob
}

consortium 2 alice bob <<YAML
$tables
rules: {two_party_exact: true}
YAML
both
config="--config alice/node.yaml"
expect 0 "two_party_exact" sharechain explain $config "$sql"
expect 0 "nurse,40,3014.75" sharechain query $config --format csv "$sql"
has out "clerk,24,3030.75"
id=$(newest alice)
for party in alice bob; do
    until_ok 10 sharechain receipt export --config $party/node.yaml "$id" -o $party.json ||
        fail "$party has no receipt"
done
cmp alice.json bob.json || fail "two receipts of one job"
expect 0 "wrote" sharechain receipt export $config --with-result "$id" -o full.json
stop alice bob
expect 0 "ANCHORED: consortium digest $digest" \
    sharechain receipt verify full.json --consortium consortium.yaml
has out "2 of 2 cosigned (quorum 2)"
has out "the result in this file is that of the shares"
expect 0 "" sharechain audit --dir bob --consortium consortium.yaml

# ---- without the rule --------------------------------------------------------
mkdir without
cd without
consortium 2 alice bob <<YAML
$tables
YAML
both
for verb in explain query; do
    expect 3 "two_party_exact: true in the rules" \
        sharechain $verb --config alice/node.yaml "$sql"
done
expect 0 "0 running, 0 signed" sharechain status --config bob/node.yaml
lacks out "entry"
stop alice bob
