#!/bin/sh
# A party killed at each phase in turn.
exec python3 -B "$(dirname "$0")/faults_kill.py"
