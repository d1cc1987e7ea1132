#!/usr/bin/env python3
"""Vectors of base/date.h by Python's datetime; writes tests/vectors/date.kat.

    python3 tests/oracle/date.py > tests/vectors/date.kat
"""
import datetime
import random

EPOCH = datetime.datetime(1970, 1, 1)


def main():
    rng = random.Random(1970)
    print("# Dates and times by Python's datetime, seed 1970.")
    whens = [
        datetime.datetime(1, 1, 1),
        datetime.datetime(9999, 12, 31, 23, 59, 59, 999999),
        EPOCH,
        EPOCH - datetime.timedelta(microseconds=1),
        EPOCH + datetime.timedelta(microseconds=1),
        datetime.datetime(2000, 2, 29, 12, 34, 56, 100000),
        datetime.datetime(1900, 2, 28, 23, 59, 59),
        datetime.datetime(1900, 3, 1),
        datetime.datetime(2026, 11, 21, 10),
    ]
    for _ in range(200):
        day = datetime.timedelta(days=rng.randrange(-719162, 2932897))
        time = datetime.timedelta(microseconds=rng.randrange(86400 * 10**6))
        whens.append(EPOCH + day + time)
    for when in whens:
        since = when - EPOCH
        micros = (since.days * 86400 + since.seconds) * 10**6
        micros += since.microseconds
        print(f"\ndate = {when.date().isoformat()}\ndays = {since.days}")
        print(f"timestamp = {when.isoformat(' ')}\nmicros = {micros}")
        print(f"utc = {when.replace(microsecond=0).isoformat()}Z")
        print(f"seconds = {micros // 10**6}")


main()
