#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a program and compares what it prints with a file.

    compare.py EXPECTED PROGRAM [ARGUMENT...]"""

import difflib
import pathlib
import subprocess
import sys

expected, program = sys.argv[1], sys.argv[2:]
done = subprocess.run(program, stdout=subprocess.PIPE, text=True, check=False)
difference = list(difflib.unified_diff(
    pathlib.Path(expected).read_text().splitlines(keepends=True),
    done.stdout.splitlines(keepends=True), "expected", "printed"))
sys.stdout.writelines(difference)
if done.returncode != 0:
    print(f"exit status {done.returncode}")
sys.exit(1 if difference or done.returncode != 0 else 0)
