#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The program that README.md shows does what README.md says.

    readme.py SOURCE SCRATCH

The program is the first block of C in README.md that has a main(); the block of
text after it is what it prints.  It is compiled and run by the command that
README.md gives, word for word, against an installed library."""

import pathlib
import re
import sys
import tempfile

sys.dont_write_bytecode = True
from prefix import install_into_prefix, require, run

COMMAND = "cc hello.c $(pkg-config --cflags --libs tidemark) && ./a.out"
BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def program_and_output(text):
    """The two blocks, or where there are none, an end that says so."""
    blocks = BLOCK.findall(text)
    for i, (language, program) in enumerate(blocks):
        if language == "c" and re.search(r"\bmain\(", program):
            for language_after, output in blocks[i + 1:]:
                if language_after == "text":
                    return program, output
            sys.exit("README.md: no block ```text after the program")
    sys.exit("README.md: no block ```c with a main()")


source = pathlib.Path(sys.argv[1])
readme = source / "README.md"
require(readme.exists(), "there is a README.md")
text = readme.read_text()
require(COMMAND in text, f"README.md says: {COMMAND}")
program, output = program_and_output(text)

prefix, env = install_into_prefix(source, sys.argv[2])
with tempfile.TemporaryDirectory() as folder:
    (pathlib.Path(folder) / "hello.c").write_text(program)
    said = run("sh", "-c", COMMAND, cwd=folder, env=env)
if said != output:
    print(f"README.md says:\n{output}\nThe program says:\n{said}")
    sys.exit(1)
print(f"{len(program.splitlines())} lines compiled; the output is as shown")
