#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What memcheck, the tool of valgrind, reports is about the program.

    memcheck_test.py PROGRAM

Nothing for a correct one, and one error for each that it makes on purpose.
Skipped where there is no valgrind."""

import re
import shutil
import subprocess
import sys

SKIPPED = 77

EXPECTED = {
    None: None,
    "freed": "Invalid read of size 1",
    "freed-large": "Invalid read of size 1",
    "unwritten": "Conditional jump or move depends on uninitialised value",
}


def reported(program, argument):
    command = ["valgrind", "--error-limit=no", program]
    done = subprocess.run([*command, argument] if argument else command,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=900, check=False)
    if "done" not in done.stdout:
        sys.exit(f"{argument}: {done.stdout}{done.stderr}")
    count = re.search(r"ERROR SUMMARY: (\d+) errors", done.stderr)
    return int(count[1]), done.stderr


def main():
    if not shutil.which("valgrind"):
        sys.exit(SKIPPED)
    for argument, expected in EXPECTED.items():
        count, report = reported(sys.argv[1], argument)
        if count != (expected is not None) or (expected or "") not in report:
            sys.exit(f"{argument}: {count} errors\n{report}")
        if "client switching stacks" in report:
            sys.exit(f"the collector's stack is not known:\n{report}")


main()
