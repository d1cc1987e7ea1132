#!/bin/sh
# `sharechain he`: the sum of twelve firms under a key of which three of five parties
# decrypt together, proofs of all kinds, and what is refused by name. Python's
# integers, which know nothing of he/, make the sum again and read it.
# shellcheck disable=SC1091,SC2154 # lib
. "$(dirname "$0")/lib"

he() {
    sharechain he "$@"
}

# made FILE COMMAND...: succeeds and writes it
made() {
    file=$1
    shift
    expect 0 "wrote $file" "$@"
    [ -s "$file" ] || fail "no $file"
}

# firm F: its kilograms of twelve months (scopes 1 and 2)
firm() {
    python3 -c '
f = int(__import__("sys").argv[1])
for m in range(12):
    print(100000 + 7919*f + 311*m*m + 60000 + (104729*(f + 1)*(m + 1)) % 50000)' "$1"
}

# ---- a dealt key, twelve firms, a total ------------------------------------
printf 'one\ntwo\nthree\nfour\nfive\n' >words
chmod 600 words
head -n 1 words >one
chmod 600 one
expect 2 "1 line instead of 5" sharechain he keygen carbon --bits 2048 \
    --shares 3/5 --dir keys --passphrase-file one
expect 0 "any 3 of 5 decrypt together" sharechain he keygen carbon --bits 2048 \
    --shares 3/5 --dir keys --passphrase-file words
for party in 1 2 3 4 5; do
    sed -n ${party}p words >word$party
    chmod 600 word$party
    [ "$(stat -c %a keys/carbon.share$party)" = 600 ] || fail "a share for all"
done
for file in key proof; do
    [ ! -e keys/carbon.$file ] || fail "a whole key's file"
done
files=
for f in 0 1 2 3 4 5 6 7 8 9 10 11; do
    firm $f >firm$f
    made firm$f.enc sharechain he encrypt --key keys/carbon.pub --pack 21 \
        --addends 12 --spare 16 --prove "carbon 2026, firm $f" \
        --output firm$f.enc firm$f
    expect 0 "knows what they hold (12 values)" sharechain he verify \
        --key keys/carbon.pub --ciphertexts firm$f.enc \
        --context "carbon 2026, firm $f" firm$f.enc.proof
    has out "TRUSTED: the dealer of the key"
    files="$files firm$f.enc"
done
# shellcheck disable=SC2086 # names
made total.enc sharechain he add --key keys/carbon.pub --output total.enc $files
has total.enc "addends 12"
for party in 2 3 5; do
    made part$party sharechain he decrypt --key keys/carbon.pub --part \
        keys/carbon.share$party --passphrase-file word$party \
        --output part$party total.enc
done
expect 0 "share of party 3" sharechain he verify --key keys/carbon.pub \
    --ciphertexts total.enc part3
expect 0 "" sharechain he decrypt --key keys/carbon.pub --parts total.enc \
    part5 part2 part3
python3 - <<'PY' || fail "the totals"
totals = [int(line) for line in open("out")]
firms = [[int(line) for line in open(f"firm{f}")] for f in range(12)]
assert totals == [sum(month) for month in zip(*firms)]
assert sum(totals) == 34771476
assert [m + 1 for m in range(12) if totals[m] > 2900000] == [7, 9, 10, 11, 12]
PY

# ---- what is wrong with a part ---------------------------------------------
expect 2 "2 parts, and the key needs 3" sharechain he decrypt \
    --key keys/carbon.pub --parts total.enc part5 part2
expect 2 "part2: party 2's part is there twice" sharechain he decrypt \
    --key keys/carbon.pub --parts total.enc part2 part3 part2
python3 - <<'PY'
part = bytearray(open("part3", "rb").read())
part[-1] ^= 1 # of its proof
open("wrong", "wb").write(part)
part[-1] ^= 1
at = part.index(b"\n\n") + 2
part[at + 300] ^= 1 # of the part
open("turned", "wb").write(part)
PY
for wrong in wrong turned; do
    expect 4 "$wrong: not made with the share of party 3" sharechain he decrypt \
        --key keys/carbon.pub --parts total.enc part2 $wrong part5
    [ ! -s out ] || fail "totals from a wrong part"
done
sed 's/^party 3$/party 4/' part3 >other
expect 4 "share of party 4" sharechain he decrypt --key keys/carbon.pub \
    --parts total.enc part2 other part5
expect 4 "other ciphertexts" sharechain he verify --key keys/carbon.pub \
    --ciphertexts firm1.enc part3
expect 3 "wrong passphrase" sharechain he decrypt --key keys/carbon.pub --part \
    keys/carbon.share1 --passphrase-file word2 --output part1 total.enc
expect 2 "more than 12 addends" sharechain he add --key keys/carbon.pub \
    --output more.enc total.enc firm0.enc
expect 2 "would borrow" sharechain he sub --key keys/carbon.pub --output d.enc \
    firm1.enc firm0.enc
expect 2 "would borrow" sharechain he mul --key keys/carbon.pub --by -2 \
    --output d.enc firm1.enc
made twice.enc sharechain he mul --key keys/carbon.pub --by 6 --output twice.enc \
    firm1.enc
expect 2 "more than 12 addends" sharechain he mul --key keys/carbon.pub --by 3 \
    --output d.enc twice.enc

# ---- a proof for another context, another firm, another head ----------------
expect 4 "NOT PROVED" sharechain he verify --key keys/carbon.pub \
    --ciphertexts firm1.enc --context "carbon 2027, firm 1" firm1.enc.proof
expect 4 "other ciphertexts" sharechain he verify --key keys/carbon.pub \
    --ciphertexts firm2.enc --context "carbon 2026, firm 1" firm1.enc.proof
expect 2 "--context is missing" sharechain he verify --key keys/carbon.pub \
    --ciphertexts firm1.enc firm1.enc.proof
sed 's/^decimals 0$/decimals 3/' firm1.enc >moved.enc
python3 - <<'PY'
import hashlib
digest = hashlib.sha256(open("moved.enc", "rb").read()).hexdigest().encode()
proof = open("firm1.enc.proof", "rb").read()
at = proof.index(b"ciphertexts ") + 12
open("moved.proof", "wb").write(proof[:at] + digest + proof[at + 64:])
PY
expect 4 "NOT PROVED" sharechain he verify --key keys/carbon.pub \
    --ciphertexts moved.enc --context "carbon 2026, firm 1" moved.proof

# ---- a whole key, decimals, and Python's integers ----------------------------
expect 0 "OPEN" sharechain he keygen mine --bits 2048 --open
expect 0 "product of two primes" sharechain he verify --key mine.pub mine.proof
expect 4 "another key" sharechain he verify --key keys/carbon.pub mine.proof
printf '1234567890123456.75\n-0.01\r\n  7\n' >a
printf '0.25\n-0.5\n-7.00' >b
made a.enc sharechain he encrypt --key mine.pub --fixed 2 --output a.enc a
he encrypt --key mine.pub --fixed 2 --output b.enc <b 2>err
made sum.enc sharechain he add --key mine.pub --reproducible --output sum.enc \
    a.enc b.enc
made again.enc sharechain he add --key mine.pub --reproducible \
    --output again.enc a.enc b.enc
cmp sum.enc again.enc
made fresh.enc sharechain he add --key mine.pub --output fresh.enc a.enc b.enc
! cmp -s sum.enc fresh.enc || fail "no new noise"
made less.enc sharechain he sub --key mine.pub --output less.enc a.enc b.enc
made times.enc sharechain he mul --key mine.pub --by -3 --output times.enc less.enc
for file in sum fresh less times; do
    expect 0 "" sharechain he decrypt --key mine.key $file.enc
    mv out $file.out
done
printf '1234567890123457.00\n-0.51\n0.00\n' | cmp - sum.out
cmp sum.out fresh.out
printf -- '-3703703670370369.50\n-1.47\n-42.00\n' | cmp - times.out
python3 - <<'PY' || fail "Python's integers do not agree"
from math import lcm


def key():
    lines = dict(line.split(" ") for line in open("mine.key").read().split("\n")[1:-1])
    return int(lines["p"], 16), int(lines["q"], 16)


def read(name):
    head, body = open(name, "rb").read().split(b"\n\n", 1)
    head = dict(line.split(b" ", 1) for line in head.split(b"\n")[1:])
    size = len(body) // int(head[b"values"])
    assert size == 512
    return head, [int.from_bytes(body[i:i + size], "big")
                  for i in range(0, len(body), size)]


p, q = key()
n = p * q
order = lcm(p - 1, q - 1)
(_, a), (_, b), (head, total) = (read(f"{x}.enc") for x in ("a", "b", "sum"))
assert head[b"addends"] == b"2" and head[b"decimals"] == b"2"
assert total == [x * y % n**2 for x, y in zip(a, b)]
plain = [(pow(c, order, n**2) - 1) // n * pow(order, -1, n) % n for c in total]
signed = [m if m < n // 2 else m - n for m in plain]
assert signed == [123456789012345700, -51, 0], signed
PY

# ---- an open share, of this key and of another ----------------------------------
expect 0 "OPEN" sharechain he keygen pair --bits 2048 --shares 2/2 --open
expect 0 "OPEN" sharechain he keygen both --bits 2048 --shares 2/2 --open
printf '7\n' | he encrypt --key pair.pub --output seven.enc 2>err
made seven1 sharechain he decrypt --key pair.pub --part pair.share1 \
    --output seven1 seven.enc
expect 2 "both.share2: a share of another key" sharechain he decrypt \
    --key pair.pub --part both.share2 --output seven2 seven.enc
python3 - <<'PY'
share = bytearray(open("pair.share2", "rb").read())
share[-2] = ord("1" if share[-2] != ord("1") else "2")  # another digit
open("pair.share2", "wb").write(share)
PY
expect 4 "pair.share2: the share is not the one that was dealt" sharechain he \
    decrypt --key pair.pub --part pair.share2 --output seven2 seven.enc
expect 2 "not a key in shares" sharechain he decrypt --key mine.pub --parts \
    sum.enc seven1
expect 2 "not a part of a decryption" sharechain he decrypt --key pair.pub \
    --parts seven.enc mine.proof

# ---- openings, bits -----------------------------------------------------------
made sum.opening sharechain he prove --key mine.key --output sum.opening sum.enc
expect 0 "1234567890123457.00" sharechain he verify --key mine.pub \
    --ciphertexts sum.enc sum.opening
has out "PROVIDED THAT: the key's own proof holds"
python3 - <<'PY'
opening = bytearray(open("sum.opening", "rb").read())
opening[opening.index(b"\n\n") + 2 + 255] ^= 1
open("lie.opening", "wb").write(opening)
PY
expect 4 "NOT PROVED: the proof of opening fails" sharechain he verify \
    --key mine.pub --ciphertexts sum.enc lie.opening
printf '0\n1\n1\n' >votes
made votes.enc sharechain he encrypt --key mine.pub --prove vote --bits-proof \
    --output votes.enc votes
expect 0 "each value is 0 or 1 (3 values)" sharechain he verify --key mine.pub \
    --ciphertexts votes.enc --context vote votes.enc.proof
has out "PROVIDED THAT: the key's own proof holds"
sed 's/^decimals 0$/decimals 1/' votes.enc >moved.enc
expect 4 "other ciphertexts" sharechain he verify --key mine.pub \
    --ciphertexts moved.enc --context vote votes.enc.proof

# ---- slips, with line and remedy ------------------------------------------------
printf '1\n2\nx3\n' >slip
expect 2 "slip:3: not a whole number" sharechain he encrypt --key mine.pub \
    --output slip.enc slip
printf '1\n2.345\n' >slip
expect 2 "nothing is rounded" sharechain he encrypt --key mine.pub --fixed 2 \
    --output slip.enc slip
has err "slip:2:"
printf '1\n\n2\n' >slip
expect 2 "slip:2: no number on this line" sharechain he encrypt --key mine.pub \
    --output slip.enc slip
printf '1208925819614629174706176\n' >slip
expect 2 "slip:1: the value is out of range" sharechain he encrypt \
    --key mine.pub --output slip.enc slip
printf '0\n2\n' >slip
expect 2 "slip:2: neither 0 nor 1" sharechain he encrypt --key mine.pub \
    --prove x --bits-proof --output slip.enc slip
printf '511\n512\n' >slip
expect 2 "slip:2: the value is out of range" sharechain he encrypt \
    --key mine.pub --pack 10 --addends 2 --output slip.enc slip
expect 2 "--addends is missing" sharechain he encrypt --key mine.pub --pack 10 \
    --output slip.enc a
expect 2 "more than 62 bits" sharechain he encrypt --key mine.pub --pack 50 \
    --addends 1000000 --output slip.enc a
expect 2 "there already" sharechain he encrypt --key mine.pub --output a.enc votes
expect 2 "there already" sharechain he keygen mine --bits 2048 --open
expect 2 "--bits is none of" sharechain he keygen small --bits 1024 --open
expect 2 "--shares is not T/N" sharechain he keygen some --shares 6/5 --open
expect 2 "not a key's name" sharechain he keygen ../up --open
expect 2 "a public key, which reads nothing" sharechain he decrypt \
    --key mine.pub sum.enc
expect 2 "made for another key: mine" sharechain he add --key keys/carbon.pub \
    --output x.enc a.enc firm1.enc
printf '1\n2\n3\n4\n' | he encrypt --key mine.pub --output four.enc 2>err
expect 2 "four.enc: they hold different numbers of values" sharechain he add \
    --key mine.pub --output x.enc votes.enc four.enc
expect 2 "a.enc: their values have different numbers of decimals" sharechain he \
    add --key mine.pub --output x.enc votes.enc a.enc
head -c 700 a.enc >cut.enc
expect 4 "cut.enc: not a file of ciphertexts" sharechain he decrypt \
    --key mine.key cut.enc
chmod 644 mine.key
expect 2 "mine.key: others may read or write it" \
    sharechain he decrypt --key mine.key sum.enc
expect 2 "one of: keygen, encrypt, add" sharechain he
expect 2 "did you mean encrypt?" sharechain he encypt
expect 2 "no terminal" setsid "$bin" he keygen sealed --bits 2048

# ---- a passphrase from a terminal: not shown, asked twice -----------------------
cat >typed.py <<'PY'
import os
import pty
import sys

program, answers, words = sys.argv[1], sys.argv[2].split(","), sys.argv[3:]
pid, fd = pty.fork()
if pid == 0:
    os.execv(program, [program, *words])
seen = b""
while True:
    try:
        got = os.read(fd, 4096)
    except OSError:
        break
    if not got:
        break
    seen += got
    if answers and got.endswith(b": "):
        answer = answers.pop(0)
        os.write(fd, b"\x03" if answer == "^C" else answer.encode() + b"\n")
sys.stdout.write(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
expect 2 "not the same" python3 typed.py "$bin" "open sesame,open" \
    he keygen sealed --bits 2048
expect 1 "cancelled" python3 typed.py "$bin" "^C" he keygen sealed --bits 2048
expect 0 "sealed under the passphrase" python3 typed.py "$bin" \
    "open sesame,open sesame" he keygen sealed --bits 2048
lacks out "sesame"
printf '42\n' | he encrypt --key sealed.pub --output answer.enc 2>err
expect 0 "42" python3 typed.py "$bin" "open sesame" \
    he decrypt --key sealed.key answer.enc
expect 3 "wrong passphrase" python3 typed.py "$bin" "open" \
    he decrypt --key sealed.key answer.enc
