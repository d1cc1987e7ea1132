#!/bin/sh
# A party frozen, a link cut: healed in time, and too late.
exec python3 -B "$(dirname "$0")/faults_freeze.py"
