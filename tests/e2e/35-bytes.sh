#!/bin/sh
# The bytes that EXPLAIN says, against those that the nodes count.
exec python3 -B "$(dirname "$0")/bytes.py"
