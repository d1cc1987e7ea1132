#!/bin/sh
# Questions to real nodes; every answer against the oracle, digit by digit.
# shellcheck disable=SC1091,SC2016,SC2086 # lib; words of inner shells; options in one word
. "$(dirname "$0")/lib"

SC_STOP_AT=consent:kill # means nothing to the product
export SC_STOP_AT
seed=${SC_SEED:-20261121}
echo "seed $seed"
python3 "$root/tests/e2e/visits.py" . "$seed"

consortium 3 alice bob carol dave <<'YAML'
tables:
  penguins:
    stacked: [alice, bob, carol]
    columns:
      species: {type: category, values: [Adelie, Chinstrap, Gentoo]}
      island: {type: category, values: [Biscoe, Dream, Torgersen]}
      bill_length_mm: {type: decimal, scale: 1, min: 0, max: 100}
      bill_depth_mm: {type: decimal, scale: 1, min: 0, max: 100}
      flipper_length_mm: {type: integer, min: 0, max: 500}
      body_mass_g: {type: integer, min: 0, max: 20000}
      sex: {type: category, values: [female, male]}
      year: {type: integer, min: 2000, max: 2030}
    max_rows: 1000
  iris:
    stacked: [alice, bob, carol]
    columns:
      sepal_length: {type: decimal, scale: 1, min: 0, max: 10}
      sepal_width: {type: decimal, scale: 1, min: 0, max: 10}
      petal_length: {type: decimal, scale: 1, min: 0, max: 10, cuts: {every: 0.5}}
      petal_width: {type: decimal, scale: 1, min: 0, max: 10, cuts: {every: 0.5}}
      species: {type: category, values: [setosa, versicolor, virginica]}
    max_rows: 1000
  visits:
    stacked: [alice, bob, carol, dave]
    columns:
      region: {type: category, values: [north, south, east, west]}
      day: {type: date, min: 2020-01-01, max: 2029-12-31, cuts: year}
      seen: {type: timestamp, min: 2024-01-01 00:00:00, max: 2024-12-31 23:59:59, cuts: month}
      amount: {type: decimal, scale: 2, min: -1000, max: 1000, cuts: [0]}
      n: {type: integer, min: -50, max: 50, cuts: [0, 1]}
      is_new: {type: boolean}
      empty: {type: integer, min: 0, max: 9}
    max_rows: 100000
  secrets:
    stacked: [alice, bob, carol]
    columns: {x: {type: integer, min: 0, max: 9, cuts: [5]}}
    max_rows: 10
rules: {queries_per_day: 100}
YAML

functions="functions: [count, sum, avg, var_pop, variance, stddev, stddev_pop, corr,
      covar_pop, covar_samp, regr_slope, regr_intercept, regr_r2, regr_count]"
everyone() { # table, columns
    cat <<YAML
  - who: [alice, bob, carol, dave]
    until: 2099-12-31
    purpose: "test"
    table: $1
    columns: $2
    $functions
YAML
}
visits="{region: [group, filter], day: [group, filter], seen: [filter],
      amount: [aggregate, filter], n: [aggregate, filter],
      is_new: [group, filter], empty: [aggregate]}"
printf 'x\n1\n2\n' >secrets.csv
owner() { # party, its penguins, its part of iris and visits
    cp "$root/examples/penguins/data/$2.csv" "$1/penguins.csv"
    cp "$root/tests/data/iris/$3.csv" "$1/iris.csv"
    cp "$3.csv" "$1/visits.csv"
    cp secrets.csv "$1/secrets.csv"
    node "$1" <<YAML
data:
  penguins: {files: [penguins.csv], nulls: ["", NA]}
  iris: iris.csv
  visits: {files: [visits.csv], nulls: ["", NA]}
  secrets: secrets.csv
allow:
$(everyone penguins "{species: [group, filter], sex: [group, filter],
      body_mass_g: [aggregate], flipper_length_mm: [aggregate]}")
$(everyone iris "{sepal_length: [aggregate], sepal_width: [aggregate],
      petal_length: [aggregate, filter], petal_width: [aggregate, group, filter],
      species: [group, filter]}")
$(everyone visits "$visits")
YAML
}
owner alice biscoe a
owner bob dream b
owner carol torgersen c
cp d.csv dave/visits.csv
node dave <<YAML
data:
  visits: {files: [visits.csv], nulls: ["", NA]}
allow:
$(everyone visits "$visits")
YAML
start alice bob carol dave

# ---- right answers ---------------------------------------------------------
names() {
    python3 -c '
import json, sys
print(*(q["name"] for q in json.load(open(sys.argv[1]))["queries"]))' "$1"
}
for spec in "$root/examples/penguins/queries.json" \
    "$root/tests/data/iris/queries.json" queries.json; do
    for name in $(names "$spec"); do
        answers "$spec" "$name" alice
    done
done
answers queries.json totals dave # owns a table without a row, asks all the same

# ---- a stored answer, other formats, standard input -----------------------------
config="--config alice/node.yaml"
ask() { # status, words, sql
    expect "$1" "$2" sharechain query $config "$3"
}
count="SELECT species, COUNT(*) FROM iris GROUP BY species ORDER BY species"
ask 0 " setosa     |    50" "$count"
has err "receipt "
id=$(sed -n 's/.*receipt \([0-9a-f]*\): entry .*/\1/p' err)
ask 0 "this was asked before: stored answer; receipt $id" "$count"
expect 0 " virginica  |    50" sharechain result $config "$id"
for party in alice bob; do # nobody's fault: no job of that end, no warning
    until_ok 10 sh -c '"$1" receipt list --config "$2/node.yaml" |
        grep "| repeated |"' sh "$bin" "$party" || fail "no repeat at $party"
    repeat=$(sed -n 's/^ *\([0-9a-f]*\) .*/\1/p' out)
    expect 1 "it was asked before: the stored answer" \
        sharechain result --config "$party/node.yaml" "$repeat"
done
lacks bob/log "warn job"
expect 0 "setosa,50" sharechain query $config --format csv "$count"
expect 0 "| setosa | 50 |" sharechain query $config --format markdown "$count"
expect 0 '"rows":[["setosa",50],["versicolor",50],["virginica",50]],"suppressed":0}' \
    sharechain query $config --format json "$count"
for answer in alice/answers/*; do # damaged: said, and asked anew
    echo "no id" >"$answer"
done
ask 0 " setosa     |    50" "$count"
lacks err "asked before"
has alice/log "warn job: the stored answer cannot be used, the question is asked anew: "
lacks alice/log "anew: no such"
ask 0 "this was asked before" "$count"
printf '%s' "$count" | sharechain query $config - >out 2>err
has out " versicolor |    50"
lacks err "commit" # no progress where there is no terminal
expect 0 "masked-sum/1" sharechain explain $config "$count"
expect 0 "masked-sum/1" sharechain query $config "EXPLAIN $count"

# ---- to whom --------------------------------------------------------------------
other="SELECT COUNT(*) FROM iris"
expect 0 "the answer is with its recipients" \
    sharechain query $config --to bob,dave "$other"
[ ! -s out ] || fail "alice sees an answer that is bob's and dave's"
id=$(sed -n 's/.*receipt \([0-9a-f]*\): entry .*/\1/p' err)
for party in bob dave; do
    until_ok 10 sharechain result --config "$party/node.yaml" "$id" ||
        fail "no answer at $party"
    has out "150"
done
expect 1 "no answer of this job here" sharechain result $config "$id"
expect 2 "no party is named 'eve'" sharechain query $config --to eve "$other"
has err "parties: $(echo $parties | sed 's/ /, /g')"

# ---- faults of the question -------------------------------------------------------
ask 2 "SQL:1:1: syntax error" "SELEC 1"
ask 2 "1:" "SELECT nothing FROM iris"
ask 2 "1:" "SELECT COUNT(*) FROM cats"
ask 2 "1:" "SELECT sepal_length FROM iris"
ask 2 "1:" "SELECT MEDIAN(sepal_length) FROM iris"
ask 2 "" "SELECT COUNT(*) FROM iris; SELECT COUNT(*) FROM iris"
ask 2 "" ""
ask 3 "" "SELECT COUNT(*) FROM iris WHERE petal_length > 4.3" # no cut there
ask 3 "refused: policy" "SELECT SUM(bill_length_mm) FROM penguins" # no rule at the others
ask 3 "would pack several sums into one" \
    "SELECT AVG(100000 * sepal_length - petal_width + 1) FROM iris"
ask 3 "" "SELECT COUNT(*) FROM secrets"
lacks err "2 rows"
expect 1 "no such job" sharechain result $config 00000000000000000000000000000000

# ---- the node's own words -----------------------------------------------------------
expect 0 "party      alice of test" sharechain status $config
has out "digest     $digest"
has out "0 running, 0 signed and not finished"
head=$(sed -n 's/^head  *//p' out)
expect 0 "signed by each of their parties" \
    sharechain audit $config --at-least "$head"
# Another party's files follow within a moment.
tries=0
until sharechain audit --dir dave --consortium consortium.yaml \
    --at-least "$head" >out 2>err; do
    tries=$((tries + 1))
    [ $tries -lt 50 ] || fail "dave's log does not reach $head: $(cat err)"
    sleep 0.1
done
case $head in
*0) other_head=${head%0}1 ;;
*) other_head=${head%?}0 ;;
esac
expect 0 "signed by each of their parties" sharechain audit $config \
    --at-least "0:$(sha256sum </dev/null | cut -d' ' -f1)" # status before any entry
expect 4 "another root" sharechain audit $config --at-least "$other_head"
expect 4 "cut short" sharechain audit $config --at-least "9999:${head#*:}"
stop alice bob carol dave
