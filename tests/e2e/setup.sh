#!/bin/sh
# Set-up by the real command: keys, blocks, the consortium file, its digest.
set -eu
cd "${TMPDIR:?run by tools/run-tests}"
sc=${SC_BIN:?}

# expect STATUS WORDS COMMAND...: its exit status, and words that it prints
expect() {
    status=$1
    words=$2
    shift 2
    got=0
    "$@" >out 2>&1 || got=$?
    if [ "$got" -ne "$status" ] || ! grep -qF -- "$words" out; then
        echo "exit status $got (expected $status, with \"$words\"): $*"
        cat out
        exit 1
    fi
}

# ---- the command itself -------------------------------------------------
expect 2 "usage: sharechain" "$sc"
expect 0 "usage: sharechain" "$sc" --help
expect 0 "sharechain 0." "$sc" --version
expect 2 "did you mean consortium?" "$sc" consotrium
expect 2 "there is no command" "$sc" zebra
expect 2 "did you mean --version?" "$sc" version
expect 0 "usage: sharechain init" "$sc" init --help
expect 0 "usage: sharechain init" "$sc" help init
expect 0 "usage: sharechain consortium check" "$sc" consortium --help
grep -q "usage: sharechain consortium accept" out
expect 0 "usage: sharechain consortium accept" "$sc" consortium accept --help
if grep -q "consortium check" out; then exit 1; fi
expect 0 "usage: sharechain consortium accept" "$sc" help consortium accept
if [ -w /dev/full ]; then
    expect 1 "standard output cannot be written" \
        sh -c '"$1" --help >/dev/full' sh "$sc"
fi

# ---- init ----------------------------------------------------------------
make_party() {
    "$sc" init "$1" --dir "$1" --consortium test --origin test.example/chain/1 \
        --address "tcp://127.0.0.1:$2" 2>>err
}
expect 2 "--dir is missing" "$sc" init alice
expect 2 "is not a party's name" "$sc" init Alice --dir x --consortium test \
    --address tcp://a:1
expect 2 "is not an address" "$sc" init alice --dir x --consortium test \
    --address a:1
[ ! -e x ]
{
    echo "consortium: test"
    echo "parties:"
    make_party alice 7401
    make_party bob 7402
    make_party carol 7403
    make_party audit 7404
    cat <<'YAML'
tables:
  birds:
    stacked: [alice, bob, carol]
    columns:
      species: {type: category, values: [Adelie, Gentoo]}
      mass: {type: integer, min: 0, max: 10000, cuts: {every: 500}}
ledger: {origin: test.example/chain/1, sequencer: alice, quorum: 3}
YAML
} >consortium.yaml
[ "$(stat -c %a alice)" = 700 ]
for key in identity log cosigner transport state; do
    [ "$(stat -c %a alice/$key.key)" = 600 ]
    cp alice/$key.key before
    expect 2 "never written over" "$sc" init alice --dir alice \
        --consortium test --address tcp://a:1
    cmp before alice/$key.key
done
grep -q "name: alice" alice/party.yaml

# ---- consortium check ----------------------------------------------------
expect 0 "4 cosigners, quorum 3: one may be down, one may lie" \
    "$sc" consortium check consortium.yaml
digest=$(sed -n 's/^digest //p' out)
[ "$digest" = "$(sha256sum <consortium.yaml | cut -d' ' -f1)" ]
if grep -q "warning:" out; then exit 1; fi
# what is lawful, and disappoints
sed 's/, cuts: {every: 500}//; s/bob, carol\]/bob]/' consortium.yaml >bad.yaml
expect 0 "warning: table birds: no query runs on it, for it has two owners" \
    "$sc" consortium check bad.yaml
grep -q "^warning: table birds: no cuts of mass: it can" out
grep -q "^digest " out
sed -e 's/7402/7502/' -e 's/quorum: 3/quorum: 2/' -e 's/max: 10000/max: ten/' \
    consortium.yaml >bad.yaml
expect 2 "bad.yaml:16:10: the signature of bob's block does not hold" \
    "$sc" consortium check bad.yaml
grep -q "one liar could fork the log" out
grep -q "'max' must be a whole number" out
grep -q "^sharechain: 3 mistakes" out
expect 2 "No such file" "$sc" consortium check nowhere.yaml
expect 2 "did you mean check?" "$sc" consortium chekc consortium.yaml
# a block of another consortium, and one that somebody else signed
sed 's/^consortium: test/consortium: other/' consortium.yaml >bad.yaml
expect 2 "bad.yaml:1:13: no party's block is signed for a consortium named other" \
    "$sc" consortium check bad.yaml
[ "$(wc -l <out)" = 1 ]
sed 's/origin: test/origin: else/' consortium.yaml >bad.yaml
expect 2 "write origin: test.example/chain/1" "$sc" consortium check bad.yaml
[ "$(wc -l <out)" = 1 ]

# another address: the message says what to do, and the keys stay
sed 's/7402/7502/' consortium.yaml >bad.yaml
expect 2 "was edited after \`sharechain init\`" "$sc" consortium check bad.yaml
grep -q "let bob run its \`sharechain init\` with --again" out
cp bob/identity.key before
"$sc" init bob --dir bob --consortium test --origin test.example/chain/1 \
    --address tcp://127.0.0.1:7502 --again >block 2>err
cmp before bob/identity.key
cmp block bob/party.yaml
sed '/name: bob/,/sig:/d' consortium.yaml | sed '/^tables:/,$d' >moved.yaml
{
    cat block
    sed -n '/^tables:/,$p' consortium.yaml
} >>moved.yaml
expect 0 "tcp://127.0.0.1:7502" "$sc" consortium check moved.yaml
expect 2 "this key is missing" "$sc" init eve --dir eve --consortium test \
    --address tcp://a:1 --again

# a party that posts and leaves says so itself, and nobody says it for another
init_eve() {
    "$sc" init eve --dir eve --consortium test --origin test.example/chain/1 \
        --address tcp://127.0.0.1:7405 "$@" 2>err
}
with_eve() { # her block
    sed '/^tables:/,$d' consortium.yaml
    cat "$1"
    sed -n '/^tables:/,$p' consortium.yaml
}
init_eve --offline >block
grep -q "^    offline: true$" block
cmp block eve/party.yaml
with_eve block >five.yaml
expect 0 "4 cosigners, quorum 3: one may be down, one may lie" \
    "$sc" consortium check five.yaml
grep -q "^consortium test: 5 parties, " out
grep -q "^1 party posts and leaves: eve$" out
init_eve --again >online
if grep -q offline online; then exit 1; fi
init_eve --again --offline | cmp - block
sed '/offline: true/d' five.yaml >bad.yaml
expect 2 "the signature of eve's block does not hold" \
    "$sc" consortium check bad.yaml
with_eve online | sed 's/quorum: 3/quorum: 4/' >bad.yaml
expect 0 "5 cosigners, quorum 4: " "$sc" consortium check bad.yaml
if grep -q "posts and leaves" out; then exit 1; fi
sed '/name: audit/,/sig:/s/^    sig:/    offline: true\n&/' consortium.yaml >bad.yaml
expect 2 "the signature of audit's block does not hold" \
    "$sc" consortium check bad.yaml

# ---- consortium accept ---------------------------------------------------
echo "species,mass" >birds.csv
cat >node.yaml <<'YAML'
me: alice
keys: alice/
listen: "tcp://127.0.0.1:7401"
data: {birds: birds.csv}
YAML
wrong=$(printf '%064d' 0)
expect 4 "do not go on" "$sc" consortium accept "$wrong" --config node.yaml
[ ! -e accepted ]
expect 2 "64 digits" "$sc" consortium accept "${digest%?}" --config node.yaml
expect 0 "consortium test accepted" \
    "$sc" consortium accept "$digest" --config node.yaml
[ "$(cat accepted)" = "$digest" ]
expect 0 "consortium test accepted" "$sc" consortium accept "$digest"
sed 's/^me: alice/me: eve/; s/^keys/kyes/' node.yaml >bad.yaml
expect 2 "did you mean 'keys'?" \
    "$sc" consortium accept "$digest" --config bad.yaml
grep -q "^bad.yaml:1:5: 'eve' is not a party" out
