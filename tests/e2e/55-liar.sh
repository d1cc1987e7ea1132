#!/bin/sh
# A party that lies inside a job is named, with the phase, and gets nothing.
exec python3 -B "$(dirname "$0")/faults_liar.py"
