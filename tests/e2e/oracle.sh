#!/bin/sh
# The oracle keeps its own laws, and every stored vector and expected answer is
# still what its model says.
exec python3 tests/oracle/check_oracle.py
