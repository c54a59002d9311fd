#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each compiler attribute of tidemark.h makes the compilers warn.

    attributes.py ROOT

Compiles the files in attributes/.  The head of each names the warning that it
is about, for each compiler that has one; it must come at exactly the lines that
say so with a comment, and no other warning anywhere."""

import pathlib
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from tree import finish

HERE = pathlib.Path(__file__).parent
WARNING = re.compile(r":(\d+):\d+: warning: .*\[(-W[\w-]+=?\w*)\]")


def warnings_of(compiler, flag, path, root):
    """{(line, flag)} that the compiler says about the file."""
    run = subprocess.run(
        [compiler, "-std=c11", "-O2", "-Wall", "-Wextra", flag, "-c",
         "-o", "/dev/null", "-I", f"{root}/include", str(path)],
        capture_output=True, text=True)
    if run.returncode != 0:
        print(run.stderr)
        return {(0, "an error")}
    return {(int(line), found) for line, found in WARNING.findall(run.stderr)}


def faults_of(compiler, flag, path, root):
    lines = path.read_text().splitlines()
    expected = {(number, flag) for number, line in enumerate(lines, 1)
                if line.endswith("/* warns */")}
    found = warnings_of(compiler, flag, path, root)
    for line, missing in sorted(expected - found):
        yield f"{path.name}:{line}: {compiler} does not say {missing}"
    for line, other in sorted(found - expected):
        yield f"{path.name}:{line}: {compiler} says {other}"


faults, runs = [], 0
for path in sorted((HERE / "attributes").glob("*.c")):
    for compiler, flag in re.findall(r"^ \* (\w+): (-W\S+)", path.read_text(),
                                     re.MULTILINE):
        if shutil.which(compiler):
            runs += 1
            faults += faults_of(compiler, flag, path, sys.argv[1])
if runs == 0:
    faults.append("no compiler, or no file to compile")
finish(faults, f"{runs} compilations warn where they should")
