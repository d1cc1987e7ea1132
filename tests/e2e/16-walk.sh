#!/bin/sh
# README.md and docs/guide.md, followed to the letter in two folders.
# shellcheck disable=SC1091,SC2046,SC2086,SC2154 # lib; two words
. "$(dirname "$0")/lib"

# walk DOCUMENT SECTION...
walk() {
    document=$1
    shift
    mkdir alice bob
    cp "$root/examples/clinics/alice.csv" alice/wages.csv
    cp "$root/examples/clinics/bob.csv" bob/wages.csv
    expect 0 "" python3 "$root/tests/e2e/walk.py" "$bin" "$root/$document" \
        $(free_ports 2 | sed 's/[0-9][0-9]*/127.0.0.1:&/g') "$@"
    rm -rf alice bob officer
}
walk README.md "Your own CSV, across two machines"
has out "ANCHORED: consortium digest"
walk docs/guide.md "A consortium on two machines" "EXPLAIN, line by line" \
    Receipts
has out "refused: policy"
