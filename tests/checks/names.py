#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the library exports is what its headers declare.

    names.py ROOT SHARED_LIBRARY STATIC_LIBRARY
    names.py --write ROOT

Compares three lists: the functions that the public headers declare with
TIDEMARK_API, exported-symbols.txt, and what `nm` finds in the shared library
under a version node; what is in that of libgc.so.1 is what gc/api/private.h
declares, and gc__thread.  What it exports without one is what wrapped-symbols.txt
has: names of libc's, which nobody would find in a node, and which the static
library does not have.  The other names between our files, which the static
library shows, begin with gc__; and no name is one that bdwgc exports, since a
program may hold both libraries.

With --write, makes exported-symbols.txt anew from the headers.  A name that
leaves it is a change of the ABI: see CONTRIBUTING.md on the soname."""

import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
from tree import finish, without_comments

HERE = pathlib.Path(__file__).parent
LIST = HERE / "exported-symbols.txt"
WRAPPED = HERE / "wrapped-symbols.txt"
HEAD = "# What libtidemark exports.  names.py --write makes this list.\n"
PRIVATE_NODE = "TIDEMARK_PRIVATE_0.1"
PRIVATE_HEADERS = ["gc/api/private.h"]
PRIVATE_DATA = {"gc__thread"}
PRIVATE_DECLARATION = re.compile(
    r"\bTIDEMARK_PRIVATE\b[^;{}#]*?\b(\w+)\s*\(")
DECLARATION = re.compile(r"\bTIDEMARK_API\b[^;{}#]*?\b(\w+)\s*\(")
# What the linker itself adds, and the parts of libunwind that the static
# library holds and the shared one hides.
NOT_OURS = re.compile(r"_U\w+|_edata|_end|__bss_start|unw_\w+")


def read_list(path):
    return {line for line in path.read_text().splitlines()
            if line and not line.startswith("#")}


def private_names(root):
    names = set()
    for header in PRIVATE_HEADERS:
        text = without_comments((root / header).read_text())
        text = re.sub(r"^\s*#.*(\\\n.*)*", "", text, flags=re.MULTILINE)
        names.update(PRIVATE_DECLARATION.findall(text))
    return names


def declared_names(root):
    names = set()
    for header in sorted((root / "include").glob("*.h")):
        text = without_comments(header.read_text())
        text = re.sub(r"^\s*#.*(\\\n.*)*", "", text, flags=re.MULTILINE)
        names.update(DECLARATION.findall(text))
    return names


def symbols_of(library, *options):
    """{name: version node or None} of the symbols that a library defines."""
    output = subprocess.run(["nm", "--defined-only", *options, str(library)],
                            check=True, capture_output=True, text=True).stdout
    symbols = {}
    for line in output.splitlines():
        fields = line.split()
        if len(fields) < 2 or fields[-2] == "A" or not re.fullmatch(
                r"[A-Za-z]", fields[-2]):
            continue
        name, _, version = fields[-1].partition("@")
        symbols[name] = version.lstrip("@") or None
    return symbols


def differences(left, left_is, right, right_is):
    return ([f"{name}: {left_is}, but not {right_is}" for name in left - right]
            + [f"{name}: {right_is}, but not {left_is}"
               for name in right - left])


def main():
    root = pathlib.Path(sys.argv[1])
    shared = symbols_of(sys.argv[2], "--dynamic", "--with-symbol-versions")
    static = symbols_of(sys.argv[3], "--extern-only")
    declared, listed = declared_names(root), read_list(LIST)
    wrapped = read_list(WRAPPED)
    private = {name for name, version in shared.items()
               if version == PRIVATE_NODE}
    in_no_node = {name for name, version in shared.items()
                  if not (version or "").startswith("TIDEMARK_")}
    exported = set(shared) - private - in_no_node
    bdwgc = read_list(HERE / "bdwgc-symbols.txt")

    faults = differences(declared, "declared in include/", listed,
                         "in exported-symbols.txt")
    faults += differences(listed, "in exported-symbols.txt", exported,
                          "exported in a version node")
    faults += differences(private_names(root), "declared in gc/api/private.h",
                          private - PRIVATE_DATA, "exported for libgc.so.1")
    faults += differences(wrapped, "in wrapped-symbols.txt", in_no_node,
                          "exported without a version node")
    faults += [f"{name}: a name of libc's in the static library"
               for name in wrapped & set(static)]
    between_files = {name for name in static if not NOT_OURS.fullmatch(name)}
    faults += [f"{name}: global in the static library, not exported, and does "
               "not begin with gc__" for name in between_files - exported
               if not name.startswith("gc__")]
    faults += [f"{name}: bdwgc exports that name"
               for name in (set(shared) | set(static)) & bdwgc]
    finish(faults, f"{len(exported)} names exported, {len(in_no_node)} of "
           f"libc's, {len(between_files)} between the files")


if sys.argv[1:2] == ["--write"]:
    names = sorted(declared_names(pathlib.Path(sys.argv[2])))
    LIST.write_text(HEAD + "\n".join(names) + "\n")
else:
    main()
