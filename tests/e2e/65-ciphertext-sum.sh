#!/bin/sh
# Sums of ciphertexts under a key in shares: answers, receipts that anybody adds up
# again, holders who die or lie.
exec python3 -B "$(dirname "$0")/ciphertext_sum.py"
