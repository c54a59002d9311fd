#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""libgc.so.1 exports what programs expect: every name of compat/symbols.txt, of
the kind and, for data, the size that is given there, and nothing else.

    compat_names.py ROOT LIBRARY

No name has a version, else programs that were linked to the other library would
not find it.  Each refers to the data objects by name only: nothing in the library
binds them, so that a program's own copy counts."""

import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
from tree import finish


def read_list(path):
    rows = (line.split() for line in path.read_text().splitlines()
            if line and not line.startswith("#"))
    return {name: tuple(rest) for name, *rest in rows}


def exported(library):
    """{name: (kind, size of data)}; names with a version keep it."""
    output = subprocess.run(["readelf", "--dyn-syms", "--wide", library],
                            check=True, capture_output=True, text=True).stdout
    symbols = {}
    for fields in map(str.split, output.splitlines()):
        if len(fields) < 8 or fields[6] in ("UND", "ABS", "Ndx"):
            continue
        size, kind, name = fields[2], fields[3], fields[7]
        symbols[name] = ("function",) if kind == "FUNC" else ("data", size)
    return symbols


def main():
    root, library = pathlib.Path(sys.argv[1]), sys.argv[2]
    listed = read_list(root / "compat/symbols.txt")
    found = exported(library)
    dynamic = subprocess.run(["readelf", "--dynamic", "--wide", library],
                             check=True, capture_output=True, text=True).stdout
    faults = [f"{name}: exported, but not in compat/symbols.txt"
              for name in found.keys() - listed.keys()]
    faults += [f"{name}: in compat/symbols.txt, but not exported"
               for name in listed.keys() - found.keys()]
    faults += [f"{name}: {found[name]}, but {listed[name]} is expected"
               for name in found.keys() & listed.keys()
               if found[name] != listed[name]]
    if re.search(r"\(SYMBOLIC\)|\bSYMBOLIC\b", dynamic):
        faults.append("it binds its own names")
    if "[libgc.so.1]" not in dynamic:
        faults.append("its soname is not libgc.so.1")
    finish(faults, f"{len(found)} names")


main()
