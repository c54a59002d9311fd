#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The headers of compat/include say what bdwgc 8.2.2's say.

    headers.py ROOT LIBCORD

Programs that use all of them compile without a warning, in old and new C and C++,
with and without GC_THREADS and GC_DEBUG.  What is declared agrees with
prototypes.h and cord_prototypes.h, values and layouts with values.h, and the
macros that are defined with macros.txt.  Where bdwgc 8.2.2's own headers are
installed, they have to agree with these lists as well.  The library of cords
exports what its headers declare.

Compilers that are not installed are left out."""

import itertools
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
BDWGC = pathlib.Path("/usr/include")
PROGRAMS = {
    "uses.c": (["gcc", "clang"], ["c89", "c11", "gnu17"],
               ["-Wstrict-prototypes", "-Wold-style-definition",
                "-Wmissing-prototypes", "-Wdeclaration-after-statement"]),
    "uses.cc": (["g++", "clang++"], ["c++98", "c++11", "c++17"], []),
}
DEFINED = [[], ["GC_THREADS"], ["GC_DEBUG"], ["GC_THREADS", "GC_DEBUG"]]
DEFINED_BESIDES = {
    "uses.c": [["GC_DEBUG_REPLACEMENT"], ["LINUX_THREADS", "USE_LD_WRAP"],
               ["GC_DONT_GC", "GC_FULL_FREQ=3", "GC_INITIAL_HEAP_SIZE=1<<20",
                "GC_IGNORE_WARN", "GC_TIME_LIMIT=5", "GC_DONT_EXPAND",
                "GC_FREE_SPACE_DIVISOR=4", "GC_MAXIMUM_HEAP_SIZE=1<<30",
                "GC_ALLOCD_BYTES_PER_FINALIZER=100", "GC_MARKERS=2",
                "GC_SIG_SUSPEND=30", "GC_SIG_THR_RESTART=31", "GC_THREADS",
                "GC_FORCE_UNMAP_ON_GCOLLECT"]],
    "uses.cc": [["GC_NAMESPACE", "GC_NAME_CONFLICT"], ["GC_INCLUDE_NEW"],
                ["GC_NEW_ABORTS_ON_OOM", "GC_ATOMIC_UNCOLLECTABLE"]],
}
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wundef", "-Wshadow", "-Werror"]

C_HEADERS = ["gc.h", "gc_mark.h", "gc_typed.h", "gc_inline.h", "gc_disclaim.h",
             "gc_gcj.h", "gc_backptr.h", "javaxfc.h", "cord.h", "ec.h"]
OF_THE_SYSTEM = ["assert.h", "dlfcn.h", "pthread.h", "signal.h", "stdarg.h",
                 "stddef.h", "stdio.h", "stdlib.h", "string.h"]
# Declared by bdwgc for compilers other than gcc only.
NOT_FOR_GCC = {"GC_noop1"}


def included(headers):
    return "".join(f"#include <gc/{name}>\n" for name in headers)


def compile_text(text, folder, *options):
    """What a compiler says against a source; nothing if it is fine."""
    said = subprocess.run(
        ["gcc", "-std=gnu11", "-w", "-x", "c", "-fsyntax-only", f"-I{folder}",
         f"-I{HERE}", *options, "-"], input=text, capture_output=True, text=True)
    return said.stderr if said.returncode else ""


def program_faults(folder):
    for name, (compilers, standards, more) in PROGRAMS.items():
        compilers = [one for one in compilers if shutil.which(one)]
        if not compilers:
            yield f"no compiler for {name}"
        defined = DEFINED + DEFINED_BESIDES[name]
        for compiler, standard, names in itertools.product(
                compilers, standards, defined):
            said = subprocess.run(
                [compiler, f"-std={standard}", *WARNINGS, *more, "-fsyntax-only",
                 f"-I{folder}", *[f"-D{one}" for one in names], HERE / name],
                capture_output=True, text=True)
            if said.returncode:
                yield (f"{name}: {compiler} -std={standard} {names}:\n"
                       f"{said.stderr}")


def names_declared_in(text):
    """Of functions and data, but not of types."""
    text = re.sub(r"/\*.*?\*/|typedef [^;]*;", "", text, flags=re.DOTALL)
    return set(re.findall(r"\b((?:GC|CORD)_\w+)\s*\)?\s*(?:\([^;]*\))?;", text))


def prototype_faults(folder, threads):
    """Each declaration agrees with ours, and each name is declared by ours."""
    text = (HERE / "prototypes.h").read_text()
    names = names_declared_in(text) - threads
    text += (HERE / "cord_prototypes.h").read_text()
    cords = names_declared_in((HERE / "cord_prototypes.h").read_text())
    if len(names) < 250 or len(cords) < 43:
        yield f"only {len(names)} and {len(cords)} prototypes were found"
    head = included(C_HEADERS)
    yield compile_text(head + text, folder, "-DGC_THREADS")
    used = ", ".join(f"(void *)&({name})" for name in sorted(names | cords))
    yield compile_text(head + f"void *used[] = {{{used}}};", folder,
                       "-DGC_THREADS")
    yield compile_text(head + '#include "values.h"\n', folder)


def macros_of(folder, language, headers, names):
    """{name: number of arguments or None} that the headers define, and what they
    include as well."""
    said = subprocess.run(
        ["gcc", "-x", language, "-dM", "-E", f"-I{folder}",
         *[f"-D{name}" for name in names], "-"],
        input=included(headers), capture_output=True, text=True, check=True)
    found = {}
    for name, _, arguments in re.findall(r"^#define (\w+)(\(([^)]*)\))?",
                                         said.stdout, re.MULTILINE):
        found[name] = len([one for one in arguments.split(",") if one])
    return found


def parts_of_list():
    """(what is defined, headers, {macro: number of arguments}) of macros.txt."""
    parts = re.split(r"^\[(.*)\]$", (HERE / "macros.txt").read_text(),
                     flags=re.MULTILINE)[1:]
    for title, body in zip(parts[::2], parts[1::2]):
        words = (word.partition("/") for word in body.split())
        macros = {name: int(count or 0) for name, _, count in words}
        is_headers = ".h" in title
        yield ([] if is_headers or not title else [title],
               title.split() if is_headers else C_HEADERS, macros)


def macro_faults(folder):
    for names, headers, wanted in parts_of_list():
        language = "c++" if "gc_cpp.h" in headers else "c"
        found = macros_of(folder, language, headers, names)
        for name, count in wanted.items():
            if name not in found:
                yield f"{names} {headers[0]}: no macro {name}"
            elif found[name] != count:
                yield f"{name} has {found[name]} arguments, not {count}"


def cord_library_faults(library):
    said = subprocess.run(["nm", "--dynamic", "--defined-only", library],
                          capture_output=True, text=True, check=True).stdout
    exported = {line.split()[2] for line in said.splitlines()}
    # AddressSanitizer marks each variable by a name of its own.
    exported = {name for name in exported if not name.startswith("__odr_asan")}
    declared = names_declared_in((HERE / "cord_prototypes.h").read_text())
    for name in sorted(exported ^ declared):
        yield f"{name} is either declared or exported by libcord, and not both"


def is_reference(folder):
    version = folder / "gc/gc_version.h"
    return version.exists() and re.search(
        r"MINOR\s+2\b(.*\n)*?.*MICRO\s+2\b", version.read_text()) is not None


ours = pathlib.Path(sys.argv[1]) / "compat/include"
faults = [*program_faults(ours), *prototype_faults(ours, set()),
          *macro_faults(ours), *cord_library_faults(sys.argv[2])]
checked = "ours"
if is_reference(BDWGC):
    faults += [f"bdwgc's own: {fault}" for fault in
               [*prototype_faults(BDWGC, NOT_FOR_GCC), *macro_faults(BDWGC)]
               if fault]
    checked = "ours, and bdwgc's own"
faults = [fault for fault in faults if fault]
print("\n".join(faults) or f"the headers agree with the lists: {checked}")
sys.exit(1 if faults else 0)
