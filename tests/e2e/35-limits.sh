#!/bin/sh
# What a party is told when it is refused; limits; repeats.
exec python3 -B "$(dirname "$0")/limits.py"
