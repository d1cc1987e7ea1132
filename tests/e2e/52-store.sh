#!/bin/sh
# Flipped bits, torn records, a full disk, folders that cannot be written.
exec python3 -B "$(dirname "$0")/faults_store.py"
