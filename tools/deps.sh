#!/bin/sh
# What sharechain needs of the machine.
#
#   deps.sh check      exit status 0 if everything for `make test` is here
#   deps.sh install    install what is missing: apt packages, DuckDB
#   deps.sh lint       install the tools of lint, ct and fuzz too (apt)
#   deps.sh tool T...  fail, saying what to install, if a tool is missing
#   deps.sh duckdb     exit status 0 if the system has a libduckdb.so
#   deps.sh msgpack    print the linker's word for msgpack-c
#
# apt packages by name, with sudo only where not root. DuckDB has no package
# in Debian: a libduckdb.so of the system's is taken if there is one, else the
# one inside the pinned package of the npm registry, checked twice: the
# registry's digest of the package, ours of the library. Nothing is written
# outside apt and build/duckdb.
set -eu
cd "$(dirname "$0")/.."

duckdb=build/duckdb/libduckdb.so

say() {
    printf 'deps: %s\n' "$*" >&2
}

die() {
    say "$*"
    exit 1
}

# ---- what is here ------------------------------------------------------

have_headers() {
    command -v "${CC:-gcc}" >/dev/null 2>&1 || return 1
    printf '#include <%s>\n' stdarg.h stddef.h stdint.h setjmp.h zmq.h \
        sodium.h openssl/evp.h jansson.h yaml.h msgpack.h pg_query.h gmp.h \
        cmocka.h | "${CC:-gcc}" -E -x c - >/dev/null 2>&1
}

have_tools() {
    for tool in make pkg-config python3; do
        command -v $tool >/dev/null 2>&1 || return 1
    done
}

have_packages() {
    have_headers && have_tools
}

# SC_DUCKDB and the folder's own are taken as they are: the engine judges them.
# A system's libduckdb.so counts if it is new enough for data/duckdb_api.c.
have_duckdb() {
    [ -n "${SC_DUCKDB:-}" ] || [ -e $duckdb ] || system_duckdb
}

system_duckdb() {
    python3 - "$(duckdb_least MAJOR)" "$(duckdb_least MINOR)" 2>/dev/null <<'PY'
import ctypes, re, sys
version = ctypes.CDLL("libduckdb.so").duckdb_library_version
version.restype = ctypes.c_char_p
found = re.match(rb"v(\d+)\.(\d+)", version())
least = tuple(int(n) for n in sys.argv[1:])
sys.exit(0 if found and tuple(int(n) for n in found.groups()) >= least else 1)
PY
}

duckdb_least() {
    sed -n "s/^#define MIN_$1 *\([0-9]*\).*/\1/p" data/duckdb_api.c
}

# libmsgpackc before version 4, libmsgpack-c since.
msgpack() {
    for path in /usr/lib/*/libmsgpack-c.so /usr/lib64/libmsgpack-c.so \
        /usr/local/lib/libmsgpack-c.so; do
        if [ -e "$path" ]; then
            echo -lmsgpack-c
            return
        fi
    done
    echo -lmsgpackc
}

# ---- apt ---------------------------------------------------------------

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        command -v sudo >/dev/null 2>&1 ||
            die "not root and no sudo: as root, run: $*"
        sudo "$@"
    fi
}

apt_install() {
    command -v apt-get >/dev/null 2>&1 ||
        die "no apt-get here; install by hand what these Debian packages hold: $*"
    say "installing $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
        --no-install-recommends "$@" </dev/null >&2 ||
        die "apt-get could not install these packages"
}

apt_update() {
    command -v apt-get >/dev/null 2>&1 || return 0
    as_root apt-get update -q </dev/null >&2 ||
        die "apt-get update failed: is the network there?"
}

# Debian 12 has the C library and the C++ headers in one package.
msgpack_package() {
    if [ -n "$(apt-cache search --names-only '^libmsgpack-c-dev$')" ]; then
        echo libmsgpack-c-dev
    else
        echo libmsgpack-dev
    fi
}

install_packages() {
    apt_update
    apt_install gcc libc6-dev make pkg-config libzmq3-dev libsodium-dev \
        libssl-dev libjansson-dev libyaml-dev "$(msgpack_package)" \
        libpg-query-dev libgmp-dev libcmocka-dev python3
    have_packages || die "something is still missing after apt"
}

# ---- DuckDB ------------------------------------------------------------

# Name, version, the registry's sha512 (base64) and the library's sha256.
duckdb_pin() {
    case "$(uname -m)" in
    x86_64)
        echo linux-x64 1.5.6-r.1 \
            IXcrZJE6kEqM0Z4wwdVnGBHX/frOS33VPNAwDXQ/Q+Fs84b058Qe94chrCCIcNJlG8Y3UHIUU4eBeCQxW5mN1Q== \
            3f4962cdd266eab2b479a5b5a4a6d063d279b2954ae814ed00385d553b747633
        ;;
    aarch64)
        echo linux-arm64 1.5.5-r.5 \
            CafH2AIvXtpwDynG3KB/4uEOHRGlFoB7auCRMIwH3BKNIobsANV5LSpDJ3tfyRCFIsK6e8AT1eseWVnu2Dv3cw== \
            d00d007f3f7ca1f2896a5e4b89c2ce141bf0508506a9d6d56f9598b8e59d074e
        ;;
    *)
        die "no DuckDB package is pinned for $(uname -m): install libduckdb.so" \
            "(1.5 or newer) and set SC_DUCKDB to its path"
        ;;
    esac
}

hex_of_base64() {
    printf '%s' "$1" | base64 -d | od -An -v -tx1 | tr -d ' \n'
}

check_digest() { # tool, file, wanted
    [ "$($1 "$2" | cut -d' ' -f1)" = "$3" ] ||
        die "$(basename "$2") does not have the pinned $1 digest $3: not used"
}

# $1 name, $2 version, $3 package digest, $4 library digest, $5 empty folder
fetch_duckdb() {
    say "fetching @duckdb/node-bindings-$1@$2 (about 25 MB)"
    (cd "$5" && npm_config_cache="$5/cache" npm_config_update_notifier=false \
        npm pack --loglevel=error "@duckdb/node-bindings-$1@$2" </dev/null >/dev/null) ||
        die "npm could not fetch DuckDB: is the network there?"
    mv "$5"/*.tgz "$5/package.tgz"
    check_digest sha512sum "$5/package.tgz" "$(hex_of_base64 "$3")"
    tar -xzf "$5/package.tgz" -C "$5" package/libduckdb.so package/LICENSE
    check_digest sha256sum "$5/package/libduckdb.so" "$4"
    chmod 644 "$5/package/libduckdb.so" "$5/package/LICENSE"
    mv "$5/package/LICENSE" build/duckdb/LICENSE
    mv "$5/package/libduckdb.so" $duckdb # the last step: whole or not there
}

install_duckdb() {
    # shellcheck disable=SC2046 # four words
    set -- $(duckdb_pin)
    [ $# = 4 ] || exit 1 # duckdb_pin said why
    command -v npm >/dev/null 2>&1 || apt_install npm
    mkdir -p build/duckdb
    work=$(mktemp -d "$PWD/build/duckdb/fetch.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    fetch_duckdb "$@" "$work"
}

# ---- tools beyond the tests --------------------------------------------

check_tools() {
    for tool in "$@"; do
        command -v "$tool" >/dev/null 2>&1 ||
            die "$tool is missing: run 'tools/deps.sh lint', which installs it" \
                "by apt (lint wants clang-format and clang-tidy of version 14)"
    done
}

case "${1:-}" in
check) have_packages && have_duckdb ;;
install)
    have_packages || install_packages
    have_duckdb || install_duckdb
    ;;
lint)
    apt_update
    apt_install clang clang-14 clang-format-14 clang-tidy-14 \
        libclang-rt-14-dev libomp-14-dev cppcheck valgrind
    ;;
tool)
    shift
    check_tools "$@"
    ;;
duckdb) system_duckdb ;;
msgpack) msgpack ;;
*) die "usage: tools/deps.sh check | install | lint | tool NAME... | duckdb | msgpack" ;;
esac
