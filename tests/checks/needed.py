#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the shared library asks of the system.

    needed.py SHARED_LIBRARY SONAME [MOST_STRIPPED_BYTES]

It needs libc and the loader, nothing else: above all not libunwind, whose
_Unwind_ functions would take over from libgcc's in the whole program and make
a C++ throw thirty times slower.  It exports no function of an unwinder, has no
writable and executable part, and needs no text relocations."""

import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from tree import finish

ALLOWED = re.compile(r"libc\.so\.\d+|ld-linux-\S+|libc\.musl-\S+")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True,
                          text=True).stdout


def stripped_bytes(library):
    with tempfile.NamedTemporaryFile() as copy:
        run("strip", "-o", copy.name, library)
        with open(copy.name, "rb") as file:
            return len(file.read())


library, soname = sys.argv[1:3]
dynamic = run("readelf", "--dynamic", "--wide", library)
segments = run("readelf", "--program-headers", "--wide", library)
exported = [line.split()[-1] for line in
            run("nm", "--dynamic", "--defined-only", library).splitlines()]

needed = re.findall(r"\(NEEDED\).*\[(.+)\]", dynamic)
faults = [f"it needs {name}" for name in needed if not ALLOWED.fullmatch(name)]
if "libc.so.6" not in needed:
    faults.append(f"it does not even need libc: {needed}")
if re.findall(r"\(SONAME\).*\[(.+)\]", dynamic) != [soname]:
    faults.append(f"its soname is not {soname}")
faults += [f"it exports {name}" for name in exported
           if re.match(r"_?_?_U|_?unw_|__register_frame", name)]
if "(TEXTREL)" in dynamic:
    faults.append("it has text relocations")
if re.search(r"LOAD.* RWE | GNU_STACK.* RWE ", segments):
    faults.append("it asks for memory that is writable and executable")
size = stripped_bytes(library)
if len(sys.argv) > 3 and size > int(sys.argv[3]):
    faults.append(f"{size} bytes stripped, more than {sys.argv[3]}")
finish(faults, f"needs {', '.join(needed)}; {size} bytes stripped")
