#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Under gdb, a program with threads runs through with the lines of the man page.

    gdb_test.py MAN_PAGE PROGRAM [ARGUMENT...]

Without them it stops at the library's signal, so the number there is the right
one.  Skipped where there is no gdb, or it may not start programs."""

import re
import shutil
import subprocess
import sys

SKIPPED = 77


def lines_for_gdb(man_page):
    text = open(man_page, encoding="utf-8").read()
    section = text[text.index(".BR gdb (1)"):]
    return re.search(r"^\.EX\n(.*?)^\.EE", section, re.S | re.M)[1].splitlines()


def run(lines, program):
    command = ["gdb", "-batch", "-nx", "-ex", "set debuginfod enabled off"]
    for line in [*lines, "run"]:
        command += ["-ex", line]
    done = subprocess.run([*command, "--args", *program], timeout=150,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout


def main():
    man_page, *program = sys.argv[1:]
    if not shutil.which("gdb"):
        sys.exit(SKIPPED)
    without = run([], program)
    if "received signal" not in without and "exited normally" not in without:
        print(without)
        sys.exit(SKIPPED)
    lines = lines_for_gdb(man_page)
    number = re.search(r"SIG\d+", lines[0])[0]
    if f"received signal {number}," not in without:
        sys.exit(f"gdb does not stop at {number}:\n{without}")
    output = run(lines, program)
    if "received signal" in output or "exited normally" not in output:
        sys.exit(f"with {lines}:\n{output}")


main()
