#!/bin/sh
# Every mistake of a configuration or a command line ends with exit status 2, the
# file and the line; a node does not start on what it cannot trust.
# shellcheck disable=SC1091,SC2016,SC2086 # lib; words of inner shells; options in one word
. "$(dirname "$0")/lib"

consortium 3 alice bob carol audit <<'YAML'
tables:
  birds:
    stacked: [alice, bob, carol]
    columns:
      species: {type: category, values: [Adelie, Gentoo]}
      mass: {type: integer, min: 0, max: 10000}
    max_rows: 1000
YAML
printf 'species,mass\nAdelie,3700\n' >alice/birds.csv
good() {
    cat <<'YAML'
data: {birds: birds.csv}
allow:
  - who: [bob, carol]
    until: 2099-12-31
    purpose: "test"
    table: birds
    columns: {species: [group], mass: [aggregate]}
    functions: [count, avg]
YAML
}
good | node alice

# serve WORDS: the node does not start, exit status 2
refused() {
    expect 2 "$1" sharechain serve --config alice/node.yaml
    [ ! -s out ] || fail "a start-up line, and no node"
}

# mistake SED WORDS: node.yaml changed by a sed script is refused
cp alice/node.yaml good.yaml
mistake() {
    sed "$1" good.yaml >alice/node.yaml
    ! cmp -s good.yaml alice/node.yaml || fail "no change by $1"
    refused "$2"
    cp good.yaml alice/node.yaml
}

# ---- node.yaml -----------------------------------------------------------
mistake 's/^keys:/kees:/' "node.yaml:2:"
has err "did you mean 'keys'?"
mistake 's/^me: alice/me: eve/' "node.yaml:1:5: 'eve' is not a party"
mistake 's/^listen: .*/listen: everywhere/' "node.yaml:4:"
mistake 's/^listen: .*/listen: [a, b]/' "node.yaml:4:"
mistake 's/birds: birds.csv/birdz: birds.csv/' "node.yaml:5:"
mistake 's/birds.csv/nowhere.csv/' "nowhere.csv"
mistake 's/who: .bob, carol./who: [bob, eve]/' "node.yaml:7:"
mistake 's/2099-12-31/2099-13-31/' "node.yaml:8:"
mistake 's/table: birds/table: cats/' "node.yaml:10:"
mistake 's/mass: .aggregate./weight: [aggregate]/' "node.yaml:11:"
mistake 's/species: .group./species: [grouped]/' "node.yaml:11:"
mistake 's/functions: .count, avg./functions: [count, median]/' "node.yaml:12:"
mistake 's/^me: alice/me: &x alice/' "node.yaml:1:"
mistake 's/^data: .*/data: {birds: birds.csv/' "node.yaml:"
printf 'me: alice\nme: bob\n' >alice/node.yaml
refused "node.yaml:2:"
: >alice/node.yaml
refused "node.yaml"
rm alice/node.yaml
refused "node.yaml"
cp good.yaml alice/node.yaml

# ---- consortium.yaml -------------------------------------------------------
cp consortium.yaml good-consortium.yaml
echo "rules: {min_gruop: 10}" >>consortium.yaml
refused "did you mean 'min_group'?"
has err "consortium.yaml:"
sed 's/max: 10000/max: 10001/' good-consortium.yaml >consortium.yaml
refused "accept" # another digest than the accepted one
rm consortium.yaml
refused "node.yaml:3:13: the consortium file: cannot open"
cp good-consortium.yaml consortium.yaml
mv alice/accepted accepted.bak
refused "accept"
mv accepted.bak alice/accepted

# ---- keys ------------------------------------------------------------------
chmod 644 alice/keys/identity.key
refused "identity.key"
chmod 600 alice/keys/identity.key
mv alice/keys/state.key state.bak
refused "state.key"
cp bob/keys/state.key alice/keys/state.key
cp alice/keys/log.key log.bak
cp bob/keys/log.key alice/keys/log.key
refused "these are not the keys of alice's block"
cp log.bak alice/keys/log.key
mv state.bak alice/keys/state.key

# ---- ports, folders ---------------------------------------------------------
start_alone alice
has alice/started "$digest"
has alice/started "tcp://127.0.0.1:$(cat alice/port)"
expect 1 "another" sharechain serve --config alice/node.yaml # the folder's lock
cp alice/birds.csv bob/birds.csv
good | sed 's/bob, carol/alice, carol/' | node bob
sed "s/$(cat bob/port)/$(cat alice/port)/" bob/node.yaml >node.bak
mv node.bak bob/node.yaml
got=0
sharechain serve --config bob/node.yaml >out 2>err || got=$?
[ $got -ne 0 ] || fail "two nodes on one port"
has err "$(cat alice/port)"
sharechain status --config alice/node.yaml >out
has out "head       0:$(sha256sum </dev/null | cut -d' ' -f1)"
stop alice
has alice/log "info node: stopped"
[ "$(grep -c "table birds: " alice/log)" -eq 1 ] || fail "said twice"

# ---- rules that have run out -------------------------------------------------
lacks alice/log "policy: "
sed 's/2099-12-31/2020-12-31/' good.yaml >alice/node.yaml
start_alone alice
has alice/log "line 7: this allow entry permits nothing since its until, 2020-12-31"
has alice/log "table birds: no allow entry is in force"
stop alice
cp good.yaml alice/node.yaml

# ---- command lines, without a node -------------------------------------------
config="--config alice/node.yaml"
for command in "query $config x" "explain $config x" "status $config" \
    "result $config 00000000000000000000000000000000" "receipt list $config" \
    "receipt show $config 00000000000000000000000000000000"; do
    expect 1 "no node is running here" sharechain $command
    has err "sharechain serve"
done
expect 2 "did you mean --config?" sharechain status --confg alice/node.yaml
expect 2 "there is no format 'xml'" sharechain query $config --format xml x
expect 2 "SQL is missing (one text in quotes" sharechain query $config
expect 2 "quote the SQL if it has blanks" \
    sharechain query $config SELECT "COUNT(*)" FROM birds
expect 2 "quote the SQL if it has blanks" sharechain explain $config a b
expect 2 "ID is missing" sharechain result $config
expect 2 "NAME is missing" sharechain init
expect 2 "check, accept" sharechain consortium
expect 2 "FILE is missing" sharechain consortium check
expect 2 "DIGEST is missing" sharechain consortium accept
expect 2 "did you mean --version?" sharechain version
expect 2 "did you mean --help?" sharechain --hlep
expect 2 "exclude each other" sharechain status $config --socket alice/node.sock
expect 2 "ends in /node.sock" sharechain status --socket alice
expect 1 "no node is running here" sharechain status --socket alice/node.sock
expect 2 "an id has 32 digits" sharechain result $config 12
expect 2 "did you mean export?" sharechain receipt exprot $config 12
expect 2 "receipt what? (one of: list, show, export, verify)" sharechain receipt
expect 2 "nowhere.json" sharechain receipt verify nowhere.json
expect 2 "--at-least is not SIZE:ROOT" sharechain audit $config --at-least 12
expect 2 "give --config, or --dir and --consortium" sharechain audit --dir alice
expect 2 "node.yaml" sharechain status # there is none in this folder
for command in init "consortium check" "consortium accept" serve query explain result status "receipt list" "receipt show" \
    "receipt export" "receipt verify" \
    audit demo; do
    expect 0 "usage: sharechain $command" sharechain $command --help
    lacks out "	"
    [ "$(grep -c ^usage out)" = 1 ] ||
        [ "$command" = audit ] || fail "$command --help is not its own alone"
    [ "$(awk 'length > 79' out)" = "" ] || fail "$command --help is too wide"
done
