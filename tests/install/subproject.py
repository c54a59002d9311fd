#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Another meson project can hold this one as a subproject.

    subproject.py SOURCE"""

import json
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
from prefix import require, run

BUILD_FILE = """\
project('borrower', 'c', meson_version: '>=1.0')
tidemark = dependency('tidemark', fallback: 'tidemark',
                      default_options: ['default_library=static'])
executable('borrower', 'borrower.c', dependencies: tidemark)
"""
PROGRAM = """\
#include <stdio.h>
#include <tidemark.h>

int main(void)
{
    puts(gc_strdup("borrowed"));
    GC_collect();
    return 0;
}
"""

source = pathlib.Path(sys.argv[1]).resolve()
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    (folder / "meson.build").write_text(BUILD_FILE)
    (folder / "borrower.c").write_text(PROGRAM)
    (folder / "subprojects").mkdir()
    (folder / "subprojects" / "tidemark").symlink_to(source)

    run("meson", "setup", "--wrap-mode=forcefallback", "build", cwd=folder)
    run("ninja", "-C", "build", cwd=folder)
    said = run("build/borrower", cwd=folder)
    require(said == "borrowed\n", f"the program says {said!r}")
    tests = json.loads(run("meson", "introspect", "--tests", "build",
                           cwd=folder))
    require(tests == [], "a borrower does not get our tests among its own")
print("built and run as a subproject")
