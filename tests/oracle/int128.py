#!/usr/bin/env python3
"""Vectors of base/int128.h; writes tests/vectors/int128.kat.

    python3 tests/oracle/int128.py > tests/vectors/int128.kat

Python's integers, cut into text by hand; `high` and `low` are the halves of
the value in two's complement.
"""
import random

MIN, MAX = -(2**127), 2**127 - 1


def text_of(v, scale):
    digits = str(abs(v)).rjust(scale + 1, "0")
    whole, fraction = digits[: len(digits) - scale], digits[len(digits) - scale :]
    return ("-" if v < 0 else "") + whole + ("." + fraction if scale else "")


def main():
    rng = random.Random(128)
    print("# Decimals by the model tests/oracle/int128.py, seed 128.")
    values = [0, 1, -1, 9, 10, -10, 99, 100, -1250, MIN, MIN + 1, MAX, MAX - 1]
    values += [2**64, 2**64 - 1, -(2**64), 10**38, -(10**38), 10**38 - 1]
    values += [rng.randint(MIN, MAX) >> rng.randint(0, 126) for _ in range(60)]
    for v in values:
        for scale in sorted({0, 1, 2, 18, 37, 38, rng.randint(0, 38)}):
            u = v % 2**128
            print(f"\ntext = {text_of(v, scale)}\nscale = {scale}")
            print(f"high = {u >> 64:#x}\nlow = {u & (2**64 - 1):#x}")
            print(f"bits = {abs(v).bit_length()}")


main()
