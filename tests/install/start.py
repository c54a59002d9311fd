#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A program on the drop-in starts quickly: our two libraries and all that
GC_init() does take at most 200 us of processor time.

    start.py SOURCE SCRATCH

Programs that do nothing are started in turns, with our libraries and without: the
figures are medians of what is between two that follow each other.  The budget is
one for a quiet machine, where one more library of the system takes 40 us.  Where
that library, in the same turns, takes longer, the budget grows with it; and what
is over the budget once is measured again, since only a library that is too slow is
so every time."""

import os
import pathlib
import re
import sys
import tempfile

sys.dont_write_bytecode = True
from prefix import install_into_prefix, require, run

TURNS, ATTEMPTS = 400, 5
BUDGET_US, LIBRARY_US = 200, 40
NOTHING = "int main(void) { return 0; }\n"
PREPARES = """\
#include <gc.h>

int main(void)
{
    GC_INIT();
    return 0;
}
"""


def build_all(folder, source, prefix):
    """The programs by name, and what starts them."""
    home = prefix / "lib/tidemark"
    ours = ["-Wl,--no-as-needed", f"-I{prefix}/include/tidemark", f"-L{home}",
            f"-Wl,-rpath,{home}", "-lgc"]
    texts = {"empty": (NOTHING, []),
             "library": (NOTHING, ["-Wl,--no-as-needed", "-lm"]),
             "loaded": (NOTHING, ours),
             "prepared": (PREPARES, ours)}
    compiler = os.environ.get("CC", "cc")
    programs = {}
    for name, (text, options) in texts.items():
        (folder / f"{name}.c").write_text(text)
        programs[name] = folder / name
        run(compiler, "-O2", folder / f"{name}.c", "-o", folder / name, *options)
    loaded = run("ldd", programs["prepared"], env={"LD_LIBRARY_PATH": ""})
    require(f"{home}/libgc.so.1" in loaded and
            "libtidemark.so" in loaded, f"both libraries are loaded: {loaded}")
    starter = folder / "spawn"
    run(compiler, "-O2", f"-I{source}", f"{source}/bench/spawn.c", "-o", starter)
    return programs, starter


def measure(programs, starter):
    """{name: microseconds over the empty program}"""
    said = run(starter, TURNS, *programs.values(),
               env={"BENCH_CLOCK": "cpu", "LD_LIBRARY_PATH": ""})
    return {name: float(re.search(rf"^{name}\.over_first_us=(\S+)$", said,
                                  re.M)[1]) for name in programs}


def is_within_budget(taken):
    budget = BUDGET_US * max(1, taken["library"] / LIBRARY_US)
    print(f"a library of the system {taken['library']:.0f} us, "
          f"ours {taken['loaded']:.0f} us, with GC_init() "
          f"{taken['prepared']:.0f} us of {budget:.0f}")
    return taken["prepared"] <= budget


prefix, _ = install_into_prefix(sys.argv[1], sys.argv[2])
source = pathlib.Path(sys.argv[1]).resolve()
with tempfile.TemporaryDirectory() as name:
    built = build_all(pathlib.Path(name), source, prefix)
    require(any(is_within_budget(measure(*built)) for _ in range(ATTEMPTS)),
            "our libraries start within their budget")
