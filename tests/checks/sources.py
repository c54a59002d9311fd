#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Rules for the text of the sources that no compiler checks.

    sources.py ROOT

One function for each rule; it yields what breaks it.  Where clang-format is
installed, says how many C files it would change; that fails nothing, since its
versions differ."""

import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from tree import files_of, finish, without_comments

MOST_LINES = 600
LICENCE = "SPDX-License-Identifier: MIT"
LIBRARY = ("base/", "platform/", "alloc/", "gc/", "compat/", "include/")
SCRIPTS = ("check", "demo", ".ci/run")
ATOMICS = "base/atomics.h"

# libatomic_ops is the one way to an atomic operation; its GENERALIZED mode
# would replace the tested instructions by weaker emulations.
OTHER_ATOMICS = re.compile(r"\b(__atomic_\w+|__sync_\w+|stdatomic\.h|_Atomic|"
                           r"AO_PREFER_GENERALIZED)\b")
# Calls of libc that give or take memory, except as a member: x->free(y).
MEMORY_CALL = re.compile(
    r"(?<![\w.>])(malloc|calloc|realloc|reallocarray|free|aligned_alloc|"
    r"memalign|posix_memalign|valloc|strdup|strndup|asprintf|vasprintf|"
    r"open_memstream|getline|getdelim|mmap|munmap|mremap|mprotect|madvise|"
    r"brk|sbrk)\s*\(")
# These stand for libc's names in the files that ask for it.
MEMORY_NAMES_ALLOWED = ("platform/", "include/tidemark_malloc.h",
                        "compat/include/gc/leak_detector.h")
# Written so that this file does not contain what it looks for.
FOREIGN_PATH = re.compile(r"(?<![\w.])/(?:work|farm|root|home)/|\.\./sha" "red/")
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")


def is_c(name):
    return name.endswith((".c", ".h", ".cc", ".S"))


def is_source(name):
    return (is_c(name) or name.endswith((".py", ".sh", "meson.build"))
            or name in SCRIPTS or name == "meson_options.txt")


def is_of_library(name):
    return is_c(name) and name.startswith(LIBRARY)


def lines_matching(pattern, text):
    for number, line in enumerate(text.splitlines(), 1):
        if found := pattern.search(line):
            yield number, found.group(0).strip()


def names_its_licence(name, text):
    if is_source(name) and LICENCE not in "".join(text.splitlines()[:2]):
        yield f"{name}:1: no line {LICENCE}"


def is_short(name, text):
    lines = text.count("\n")
    if is_source(name) and lines > MOST_LINES:
        yield f"{name}: {lines} lines, more than {MOST_LINES}"


def has_clean_lines(name, text):
    if not is_source(name) and not name.endswith(".md"):
        return
    for number, _ in lines_matching(re.compile(r"[ \t\r]+$"), text):
        yield f"{name}:{number}: white space at the end of the line"
    if is_c(name):
        for number, _ in lines_matching(re.compile(r"\t"), text):
            yield f"{name}:{number}: a tab"
    if text and not text.endswith("\n"):
        yield f"{name}: no end of line at the end"


def is_finished(name, text):
    for number, found in lines_matching(UNFINISHED, text):
        if is_source(name):
            yield f"{name}:{number}: {found}"


def names_no_foreign_path(name, text):
    for number, found in lines_matching(FOREIGN_PATH, text):
        yield f"{name}:{number}: {found}: not a path that users have"


def takes_atomics_from_one_header(name, text):
    if not is_c(name):
        return
    text = without_comments(text)
    for number, found in lines_matching(OTHER_ATOMICS, text):
        yield f"{name}:{number}: {found}: use {ATOMICS}"
    if ("atomic_ops.h" in text) != (name == ATOMICS):
        yield f"{name}: {ATOMICS} and no other file includes atomic_ops.h"


def takes_memory_from_platform(name, text):
    if not is_of_library(name) or name.startswith(MEMORY_NAMES_ALLOWED):
        return
    for number, found in lines_matching(MEMORY_CALL, without_comments(text)):
        yield f"{name}:{number}: {found}...): memory comes from platform/"


def has_no_conditionals_in_functions(name, text):
    """A function's braces stand in the first column, and no other's do.  Only
    the public headers, which may include nothing, have no other way."""
    if not is_of_library(name) or name.startswith(("include/", "compat/include/")):
        return
    inside = False
    for number, line in enumerate(without_comments(text).splitlines(), 1):
        if line.startswith(("{", "}")):
            inside = line.startswith("{")
        elif inside and re.match(r"\s*#\s*(if|ifdef|ifndef)\b", line):
            yield f"{name}:{number}: a conditional inside a function"


RULES = [names_its_licence, is_short, has_clean_lines, is_finished,
         names_no_foreign_path, takes_atomics_from_one_header,
         takes_memory_from_platform, has_no_conditionals_in_functions]


def read_text(path):
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return None


def report_format(root, names):
    if not shutil.which("clang-format"):
        return
    said = subprocess.run(["clang-format", "--dry-run", *names], cwd=root,
                          capture_output=True, text=True).stderr
    changed = sorted(set(re.findall(r"^([^\s:]+):\d+:", said, re.MULTILINE)))
    print(f"clang-format would change {len(changed)} of {len(names)} files",
          *changed, sep="\n    ")


root = sys.argv[1]
texts = {name: text for name, path in files_of(root)
         if (text := read_text(path)) is not None}
report_format(root, [name for name in texts if is_c(name) and not name.endswith(".S")])
faults = [fault for rule in RULES for name, text in texts.items()
          for fault in rule(name, text)]
if ATOMICS not in texts:
    faults.append(f"{ATOMICS} is missing")
finish(faults, f"{len(texts)} files follow {len(RULES)} rules")
