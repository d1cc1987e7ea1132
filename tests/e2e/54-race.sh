#!/bin/sh
# A receipt and a void of one session race for the log.
exec python3 -B "$(dirname "$0")/faults_race.py"
