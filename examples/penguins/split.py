#!/usr/bin/env python3
"""Split penguins.csv of palmerpenguins by island, one file a field station.

    split.py penguins.csv [FOLDER]     FOLDER: data/ beside this file

Rows keep their bytes and their order.
"""
import hashlib
import os
import sys

SHA256 = "f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93"
ISLAND = 1  # the column's number

if len(sys.argv) not in (2, 3):
    sys.exit(__doc__)
folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")
folder = sys.argv[2] if len(sys.argv) == 3 else folder
with open(sys.argv[1], "rb") as f:
    text = f.read()
if hashlib.sha256(text).hexdigest() != SHA256:
    sys.exit(f"{sys.argv[1]}: not the penguins.csv of palmerpenguins")
header, *rows = text.splitlines(keepends=True)
islands = {}
for row in rows:
    islands.setdefault(row.split(b",")[ISLAND].decode(), []).append(row)
for island, its_rows in sorted(islands.items()):
    with open(os.path.join(folder, island.lower() + ".csv"), "wb") as f:
        f.write(header + b"".join(its_rows))
    print(f"{island}: {len(its_rows)} rows")
