#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs Scheme programs and compares what they print with FILE.expected.

usage: programs_test.py SCHEME FILE.scm ...

All run in one process, after each other.  Where there is more than one, they
must also have allocated a gigabyte in all."""

import pathlib
import subprocess
import sys

GIGABYTE = 10**9
ALLOCATED = b"(display (cdr (assq 'allocated (gc-stats))))"


def run(scheme, files):
    command = [scheme, *files, "-"]
    return subprocess.run(command, input=ALLOCATED, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)


def expected_of(files):
    return b"".join(pathlib.Path(file).with_suffix(".expected").read_bytes()
                    for file in files)


def complaints(result, expected, has_many):
    """Yields what is wrong with the run of the files."""
    output, _, allocated = result.stdout.rpartition(b"\n")
    if result.returncode != 0 or result.stderr:
        yield f"exit status {result.returncode}, {result.stderr.decode()}"
    elif output + b"\n" != expected:
        yield "printed:\n" + result.stdout.decode()
    elif has_many and int(allocated) < GIGABYTE:
        yield f"allocated only {allocated.decode()} bytes"


def main():
    scheme, *files = sys.argv[1:]
    found = list(complaints(run(scheme, files), expected_of(files),
                            len(files) > 1))
    print("\n".join(found))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
