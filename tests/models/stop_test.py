#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Has spin go through all orders of steps of the model beside it.

    stop_test.py [NAME=VALUE ...]     one size, or those of the test

One variant is broken on purpose, and there an error must be found."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MODEL = pathlib.Path(__file__).resolve().parent / "stop.pml"
SIZES = [  # defined names, and whether all goes well
    (["DEEDS=1", "STOPS=2"], True),
    (["DEEDS=2", "STOPS=1", "PAUSES=0"], True),
    (["DEEDS=1", "STOPS=1", "BREAK_REST"], False),
]


def run(command, folder):
    return subprocess.run(command, cwd=folder, check=True, text=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT).stdout


def search(names):
    """The errors that are found, and the states that were visited."""
    with tempfile.TemporaryDirectory() as folder:
        defines = ["-D" + name for name in names]
        run(["spin", *defines, "-a", str(MODEL)], folder)
        run(["cc", "-O2", "-w", "-DSAFETY", "-DNOREDUCE", "-DCOLLAPSE",
             "pan.c", "-o", "pan"], folder)
        said = run(["./pan", "-m1000000"], folder)
    if "search depth too small" in said:
        raise SystemExit(said)
    errors = int(re.search(r"errors: (\d+)", said).group(1))
    states = int(re.search(r"(\d+) states, stored", said).group(1))
    return errors, states


def main():
    if shutil.which("spin") is None:
        print("spin is not installed")
        return 77
    sizes = [(sys.argv[1:], True)] if len(sys.argv) > 1 else SIZES
    failed = 0
    for names, is_right in sizes:
        errors, states = search(names)
        print(*names, f"{states} states, {errors} errors", flush=True)
        failed += (errors == 0) != is_right
    return 1 if failed else 0


sys.exit(main())
