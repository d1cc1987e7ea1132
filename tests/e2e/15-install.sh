#!/bin/sh
# `make install`: what was built is copied, not compiled again; the program finds
# its DuckDB from its own place, and only one that is as safe as itself.
# shellcheck disable=SC1091,SC2034,SC2103,SC2154,SC2164 # lib, which ends at faults
. "$(dirname "$0")/lib"
unset SC_DUCKDB

expect 0 "installed below $PWD/dest/opt/sc" env MAKEFLAGS= make -C "$root" \
    install BUILD="$SC_BUILD" DESTDIR="$PWD/dest" PREFIX=/opt/sc
lacks out "  cc  "
lacks out "  link"
to=$PWD/dest/opt/sc
for file in bin/sharechain lib/libsharechain.a lib/pkgconfig/sharechain.pc \
    lib/libsharechain-he.a lib/pkgconfig/sharechain-he.pc include/sharechain/he/he.h \
    lib/systemd/system/sharechain.service share/man/man1/sharechain.1 \
    share/bash-completion/completions/sharechain \
    include/sharechain/base/bytes.h; do
    [ -s "$to/$file" ] || fail "$file is not installed"
done
has "$to/lib/systemd/system/sharechain.service" "ExecStart=/opt/sc/bin/sharechain"
lacks "$to/lib/pkgconfig/sharechain.pc" "@"
lacks "$to/lib/pkgconfig/sharechain-he.pc" "@"

# Paillier alone, in a program of somebody else: by its own library, all of which is
# linked, and what that names
sed "s|^prefix=.*|prefix=$to|" "$to/lib/pkgconfig/sharechain-he.pc" >here.pc
# shellcheck disable=SC2046 # words
"${CC:-gcc}" -std=c11 -Wall -Wextra -Werror -fopenmp -o sum \
    "$root/examples/paillier/sum.c" -Wl,--whole-archive \
    "$to/lib/libsharechain-he.a" -Wl,--no-whole-archive \
    $(PKG_CONFIG_PATH=. pkg-config --cflags --libs here)
expect 0 "month 4: 8330 kg" ./sum
if ldd sum | grep -q "zmq\|jansson\|yaml\|pg_query\|msgpack"; then
    fail "Paillier alone needs what others need"
fi

if grep -q "$root/build" "$to/bin/sharechain"; then
    fail "the program knows the folder that it was built in"
fi
if grep -q "SC_STOP_AT\|SC_CLOCK_OFFSET" "$to/bin/sharechain"; then
    fail "the program has switches for tests (tests/e2e/hooked.c)"
fi
library=$to/lib/sharechain/libduckdb.so
if [ ! -e "$library" ]; then
    exit 0 # the system's own
fi

# a node, from here
cd "$to"
bin=$to/bin/sharechain
consortium 2 alice bob <<'YAML'
tables:
  birds:
    stacked: [alice, bob]
    columns: {mass: {type: integer, min: 0, max: 10}}
YAML
for party in alice bob; do
    printf 'mass\n3\n' >$party/birds.csv
    echo "data: {birds: birds.csv}" | node $party
done
start_alone alice
until_ok 20 grep -q "table birds: 1 row," alice/log
stop alice

# somebody else could have put it there
chmod 777 lib/sharechain
expect 2 "it is not loaded" sharechain serve --config alice/node.yaml
chmod 755 lib/sharechain
chmod 666 "$library"
expect 2 "it is not loaded" sharechain serve --config alice/node.yaml
chmod 755 "$library"
mkdir elsewhere
mv "$library" elsewhere/libduckdb.so # not from the working folder
if ! "$root/tools/deps.sh" duckdb; then
    cd elsewhere
    expect 2 "cannot load DuckDB" sharechain serve --config ../alice/node.yaml
    SC_DUCKDB=$PWD/libduckdb.so
    export SC_DUCKDB
    cd ..
    start_alone alice
    stop alice
fi
