#!/bin/sh
# A party that posts and leaves: the others ask and answer without it, its node
# catches up when it is there, and nobody misses it in between.
# shellcheck disable=SC1091,SC2034,SC2086 # lib, and what it reads; options in one word
. "$(dirname "$0")/lib"

offline=firm
consortium 3 alice bob carol firm <<'YAML'
tables:
  birds:
    stacked: [alice, bob, carol]
    columns:
      species: {type: category, values: [Adelie, Gentoo]}
      mass: {type: integer, min: 0, max: 10000}
    max_rows: 1000
YAML
has out "3 cosigners, quorum 3: none may be down, two may lie"
has out "1 party posts and leaves: firm"
for party in alice bob carol; do
    awk 'BEGIN { print "species,mass"; for (i = 0; i < 30; i++) print "Adelie,4000" }' \
        >$party/birds.csv
    node $party <<'YAML'
data: {birds: birds.csv}
allow:
  - who: any
    until: 2099-12-31
    purpose: "test"
    table: birds
    columns: {species: [group], mass: [aggregate]}
    functions: [count, avg, sum]
YAML
done
node firm </dev/null # no data of its own

config="--config alice/node.yaml"
ask() { # words of a question that was not asked before
    expect 0 "Adelie,90" sharechain query $config --format csv \
        "SELECT species, COUNT(*) AS $1, SUM(mass) FROM birds GROUP BY species"
}
# head PARTY: size and root of what is published there
head_of() {
    sharechain status --config "$1/node.yaml" | sed -n 's/^head *//p'
}
# caught_up PARTY: it has what alice has, and that is more than nothing
caught_up() {
    head_of alice >alices
    head_of "$1" | cmp - alices && ! grep -q "^0:" alices
}

# ---- everybody once: the log begins ----------------------------------------
start alice bob carol firm
ask first
until_ok 20 caught_up firm || fail "firm does not follow"
stop firm

# ---- it is away, and not missed ----------------------------------------------
linked alice 2
expect 0 "offline: posts and leaves" sharechain status $config
[ "$(grep -c "| no  *|" out)" -eq 1 ] || fail "more than firm is away"
ask second
ask third
expect 0 "offline: posts and leaves" sharechain status --config carol/node.yaml

# ---- it is back for a while ----------------------------------------------------
start_alone firm
until_ok 20 caught_up firm || fail "firm does not catch up"
linked alice 3
sharechain status $config >out
lacks out "posts and leaves"
ask fourth
until_ok 20 caught_up firm || fail "firm does not follow"
expect 0 "cosigned by 3 of 3, quorum 3" sharechain audit --config firm/node.yaml
lacks out "  firm "
stop firm
for party in alice bob carol firm; do # who follows the log complains of nobody
    lacks $party/log " ledger: "
    lacks $party/log "warn net: link to firm"
done

# ---- a receipt's file, in whose checkpoint it has no part -----------------------
expect 0 "wrote" sharechain receipt export $config "$(newest alice)" -o file.json
stop alice bob carol
expect 0 "3 of 3 cosigned (quorum 3)" \
    sharechain receipt verify file.json --consortium consortium.yaml
lacks out "firm"
