#!/bin/sh
# What is refused before a share is sent; what is empty; what is suppressed.
exec python3 -B "$(dirname "$0")/faults_refuse.py"
