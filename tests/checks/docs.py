#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The documents speak of things that exist.

    docs.py ROOT

In README.md, the other .md files and the man pages: every name of ours, every
function in back quotes, every file and every link is there; the settings have
the defaults that tidemark.h gives; each exported function stands in a man page.
Where groff is installed, it has nothing to say against the man pages."""

import pathlib
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from tree import files_of, finish, without_comments

CODE = (".c", ".h", ".S", ".cc")
OUR_NAME = re.compile(r"\b(?:gc_|GC_|TIDEMARK_)\w+")
# `own_block()`, and `gc__x()` too.
CALL = re.compile(r"`(\w+)\(\)`")
# `alloc/block.h`, `tests/unit/` or `gc/api/settings.c`; the demo's own output
# and what a build makes are no files of the tree.
PATH = re.compile(r"`((?:base|platform|alloc|gc|include|tests|examples|bench|"
                  r"docs|scripts)/[\w./-]*)`")
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
SETTING = re.compile(r"^ \*   (?:TIDEMARK_\w+|gc_set_pictures\(dir\))\s+"
                     r"(TIDEMARK_[A-Z_]+)(=\w+)?\s+(\S+)", re.MULTILINE)
# One that is no setting.
VARIABLE = re.compile(r'secure_getenv\("(TIDEMARK_\w+)"\)')
# Those of the drop-in for another collector.
COMPAT_VARIABLE = re.compile(
    r'\b(?:getenv|is_set|is_on|number|bytes)\("(GC_\w+)"\)')
# How functions between files are named, in CONTRIBUTING.md.
NO_NAMES = {"gc__module_verb"}


def identifiers_of(root):
    """Those of the sources, and the variables of the environment."""
    header = (root / "include/tidemark.h").read_text()
    words = {variable for variable, *_ in SETTING.findall(header)}
    for name, path in files_of(root):
        if name.endswith(CODE):
            text = path.read_text()
            words |= set(re.findall(r"\w+", without_comments(text)))
            words |= set(VARIABLE.findall(text))
            words |= set(COMPAT_VARIABLE.findall(text))
    return words


def is_prefix(name, text, end, identifiers):
    """`gc_arena_*` and `gc_...` stand for all that begin so."""
    return (text[end:end + 1] == "*" or text[end:end + 3] == "...") and any(
        word.startswith(name) for word in identifiers)


def name_faults(name, text, identifiers):
    for found in OUR_NAME.finditer(text):
        word = found.group(0)
        if (word not in identifiers and word not in NO_NAMES
                and not is_prefix(word, text, found.end(), identifiers)):
            yield f"{name}: {word} does not exist"
    for word in CALL.findall(text):
        if word not in identifiers:
            yield f"{name}: there is no function {word}()"


def path_faults(root, name, text):
    for path in PATH.findall(text):
        if not (root / path).exists():
            yield f"{name}: there is no {path}"
    for link in LINK.findall(text):
        if not ((root / name).parent / link).exists():
            yield f"{name}: a link to {link}, which is not there"


def default_of(variable, assigned, default):
    """As the tables have it: a variable that takes a word has none."""
    return "" if assigned or default == "none" else default


def setting_faults(root):
    """Of settings without a row, or with another default."""
    header = (root / "include/tidemark.h").read_text()
    readme = (root / "README.md").read_text()
    manual = (root / "docs/man/gc.7").read_text()
    settings = SETTING.findall(header)
    if len(settings) < 10:
        yield "include/tidemark.h: no table of settings was found"
    for variable, assigned, default in settings:
        default = default_of(variable, assigned, default)
        row = rf"^\| `{variable}` \| {re.escape(default)} ?\|"
        if not re.search(row, readme, re.MULTILINE):
            yield f"README.md: no row for {variable}, default {default}"
        entry = f'.BR {variable} " ({default or "unset"})"'
        if entry not in manual:
            yield f"docs/man/gc.7: no line {entry}"


def manual_faults(root):
    """Of exported functions that no man page has."""
    manual = " ".join(path.read_text()
                      for path in (root / "docs/man").iterdir())
    words = set(re.findall(r"\w+", manual))
    listed = (root / "tests/checks/exported-symbols.txt").read_text()
    for name in listed.splitlines():
        if not name.startswith("#") and name not in words:
            yield f"docs/man: no page describes {name}()"


def groff_faults(root):
    if not shutil.which("groff"):
        return
    for page in sorted((root / "docs/man").iterdir()):
        said = subprocess.run(["groff", "-ww", "-z", "-t", "-man", "-Tutf8",
                               page], capture_output=True, text=True).stderr
        for line in said.splitlines():
            yield f"docs/man/{page.name}: {line}"


root = pathlib.Path(sys.argv[1])
identifiers = identifiers_of(root)
documents = {name: path.read_text() for name, path in files_of(root)
             if name.endswith(".md") or name.startswith("docs/man/")}
faults = [fault for name, text in documents.items() for fault in
          [*name_faults(name, text, identifiers), *path_faults(root, name, text)]]
faults += [*setting_faults(root), *manual_faults(root), *groff_faults(root)]
if "README.md" not in documents:
    faults.append("no README.md: is the argument the root of the tree?")
finish(faults, f"{len(documents)} documents agree with the tree")
