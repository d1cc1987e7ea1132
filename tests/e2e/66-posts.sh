#!/bin/sh
# Owners who post and leave: they come one by one, and go; the sum is opened without
# them, and nobody gets a second one.
exec python3 -B "$(dirname "$0")/posts.py"
