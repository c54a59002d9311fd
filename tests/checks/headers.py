#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tidemark.h compiles alone and without a warning as the C and C++ that it may
meet, twice in one file too; and C++ links to it by C's names.

    headers.py ROOT

Compilers that are not installed are left out."""

import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from tree import finish

C_STANDARDS = ["c99", "c11", "gnu17"]
CXX_STANDARDS = ["c++11", "c++17", "c++20"]
COMPILERS = {"gcc": C_STANDARDS, "clang": C_STANDARDS,
             "g++": CXX_STANDARDS, "clang++": CXX_STANDARDS}
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wundef", "-Wconversion",
            "-Werror"]
# C++ takes a function of a struct's name for the shadow of its constructor.
C_WARNINGS = ["-Wshadow", "-Wstrict-prototypes", "-Wold-style-definition"]
PROGRAM = """\
#include <tidemark.h>
#include <tidemark.h>
extern void *(*allocate)(size_t bytes);
void *(*allocate)(size_t bytes) = gc_malloc;
"""


def object_of(compiler, standard, root, folder):
    """What went wrong at a compilation of PROGRAM, or None."""
    language = "c++" if "++" in standard else "c"
    warnings = WARNINGS + (C_WARNINGS if language == "c" else [])
    target = pathlib.Path(folder) / "program.o"
    compiled = subprocess.run(
        [compiler, f"-std={standard}", "-x", language, *warnings, "-c", "-o",
         str(target), "-I", f"{root}/include", "-"],
        input=PROGRAM, capture_output=True, text=True)
    if compiled.returncode != 0:
        return compiled.stderr
    names = subprocess.run(["nm", "--undefined-only", str(target)], text=True,
                           capture_output=True, check=True).stdout.split()
    return None if names == ["U", "gc_malloc"] else f"it needs {names}"


faults, tried = [], 0
with tempfile.TemporaryDirectory() as folder:
    for compiler, standards in COMPILERS.items():
        for standard in standards if shutil.which(compiler) else []:
            tried += 1
            if fault := object_of(compiler, standard, sys.argv[1], folder):
                faults.append(f"{compiler} -std={standard}: {fault}")
if tried == 0:
    faults.append("no compiler found")
finish(faults, f"{tried} compilations without a warning")
