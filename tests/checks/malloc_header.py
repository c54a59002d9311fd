#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tidemark_malloc.h comes before a file that knows nothing of it, and disturbs
it in nothing: no warning, no feature of libc more or less, no name of libc's
allocator left.  C++ is refused.

    malloc_header.py ROOT

Compilers that are not installed are left out."""

import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from tree import finish

COMPILERS = ["gcc", "clang"]
STANDARDS = ["c99", "gnu17"]
LEVELS = [["-O0"], ["-O2", "-D_FORTIFY_SOURCE=2"]]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wundef",
            "-Wmissing-prototypes", "-Wstrict-prototypes", "-Werror"]

STRICT = """\
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __USE_GNU
#error "the header turned GNU's features on"
#endif
/* A name of GNU's that a file in plain C may use for itself. */
int canonicalize_file_name(int bytes);
int canonicalize_file_name(int bytes)
{
    return bytes;
}
void *keep(int bytes);
void *keep(int bytes)
{
    return malloc((size_t)canonicalize_file_name(bytes));
}
"""

GNU = """\
#define _GNU_SOURCE
#include <malloc.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>
char *keep(int number);
char *keep(int number)
{
    char *text = NULL;
    char *folder = get_current_dir_name();
    if (asprintf(&text, "%d %s", number, folder) < 0)
        return NULL;
    free(folder);
    char *array = reallocarray(realloc(text, 100), 3, 50);
    void *aligned = aligned_alloc(64, 64);
    if (posix_memalign(&aligned, 64, 64) == 0)
        free(memalign(64, malloc_usable_size(aligned)));
    free(valloc(1));
    free(pvalloc(1));
    free(strndup(array, 3));
    free(aligned);
    return array != NULL ? strdup(array) : calloc(1, 1);
}
"""

NAMES = """\
#include <stdlib.h>
struct allocator {
    void *(*malloc)(size_t bytes);
    void (*free)(void *pointer);
};
struct allocator allocator_of(int free);
struct allocator allocator_of(int free)
{
    (void)free;
    struct allocator allocator = {.malloc = malloc};
    return allocator;
}
void use(struct allocator *allocator);
void use(struct allocator *allocator)
{
    allocator->free = &free;
    allocator->free((allocator->malloc)(1));
}
"""

BOTH = """\
#include <stdlib.h>
#include <tidemark.h>
struct node {
    struct node *next;
};
struct node *push(struct node *next);
struct node *push(struct node *next)
{
    struct node *node = malloc(sizeof *node);
    if (node == NULL)
        node = gc_malloc(sizeof *node);
    node->next = next;
    return node;
}
"""

PROGRAMS = {"strict": STRICT, "gnu": GNU, "names": NAMES, "both": BOTH}
# What a file needs of libc's allocator, through the header alone.
LEFT_TO_LIBC = {"free", "realloc", "malloc_usable_size"}
FAMILY = LEFT_TO_LIBC | {
    "malloc", "calloc", "reallocarray", "aligned_alloc", "posix_memalign",
    "memalign", "valloc", "pvalloc", "strdup", "strndup"}


def compiled(command, program, target, root):
    return subprocess.run(
        [*command, "-c", "-o", str(target), "-I", f"{root}/include",
         "-include", "tidemark_malloc.h", "-"],
        input=program, capture_output=True, text=True)


def names_needed_by(target):
    output = subprocess.run(["nm", "--undefined-only", str(target)],
                            capture_output=True, text=True, check=True).stdout
    return {line.split()[-1] for line in output.splitlines()}


def fault_of(command, program, root):
    """What went wrong with one compilation, or None."""
    with tempfile.TemporaryDirectory() as folder:
        target = pathlib.Path(folder) / "program.o"
        result = compiled([*command, "-x", "c"], program, target, root)
        if result.returncode != 0 or result.stderr:
            return result.stderr
        left = names_needed_by(target) & FAMILY - LEFT_TO_LIBC
    return f"it still needs libc's {sorted(left)}" if left else None


def fault_in_cxx(compiler, root):
    result = compiled([compiler, "-x", "c++"], "", "/dev/null", root)
    if result.returncode == 0 or "tidemark_malloc.h is for C" in result.stderr:
        return None if result.returncode != 0 else f"{compiler} takes C++"
    return result.stderr


root = sys.argv[1]
faults, tried = [], 0
for compiler in filter(shutil.which, COMPILERS):
    if fault := fault_in_cxx(compiler, root):
        faults.append(fault)
    for standard in STANDARDS:
        for level in LEVELS:
            for name, program in PROGRAMS.items():
                tried += 1
                command = [compiler, f"-std={standard}", *level, *WARNINGS]
                if fault := fault_of(command, program, root):
                    faults.append(f"{name}: {' '.join(command)}: {fault}")
if tried == 0:
    faults.append("no compiler is installed")
finish(faults, f"{tried} compilations, none disturbed")
