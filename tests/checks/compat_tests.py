#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each name of libgc.so.1 is used by a test.

    compat_tests.py ROOT BUILD_FOLDER

Of tests/checks/bdwgc-symbols.txt, each is referred to by an object file of a
program of tests/compat, as nm sees it; or docs/compatibility.md says of it that
it is "not tested", with the reason, or it is not exported.  And each stands in
that document."""

import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
from tree import finish

# Tables of names, and lists of those that are as programs know them.
MENTIONED = re.compile(r"`(\w+)`")
NOT_TESTED = re.compile(r"^\| `(\w+)` \|.*\bnot tested: \S", re.MULTILINE)


def read_list(path):
    return {line.split()[0] for line in path.read_text().splitlines()
            if line and not line.startswith("#")}


def used_names(folder):
    """What the programs refer to.  Those that are built for another library, to be
    compared with, do not count."""
    objects = [path for path in sorted(folder.rglob("*.o"))
               if "bdwgc" not in path.parent.name]
    if not objects:
        sys.exit(f"no object files in {folder}")
    output = subprocess.run(["nm", "--undefined-only", *objects], check=True,
                            capture_output=True, text=True).stdout
    return {line.split()[-1] for line in output.splitlines()
            if re.match(r"\s+[Uu] ", line)}


def main():
    root, build = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    names = read_list(root / "tests/checks/bdwgc-symbols.txt")
    exported = read_list(root / "compat/symbols.txt")
    document = (root / "docs/compatibility.md").read_text()
    used = used_names(build / "tests/compat")
    excused = set(NOT_TESTED.findall(document))
    faults = [f"{name}: no program of tests/compat uses it"
              for name in names & exported - used - excused]
    faults += [f"{name}: docs/compatibility.md says that it is not tested, but it is"
               for name in excused & used]
    faults += [f"{name}: not in docs/compatibility.md"
               for name in exported - set(MENTIONED.findall(document))]
    finish(faults, f"{len(names & used)} of {len(names)} names are used by tests, "
           f"{len(excused)} are not for a reason, {len(names - exported)} are "
           "not exported")


main()
