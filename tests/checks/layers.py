#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The folders are layers: a file may include its own layer and those below it.

    layers.py ROOT

Fails at an include that points upwards, at headers that include each other in
a circle, and at one that does not exist.  The public headers lie outside: they
include nothing of the tree, and only the layers named in MAY_SEE_PUBLIC include
them, so that what is below could be used without this API.  So do the headers in
compat/include: they include each other."""

import pathlib
import re
import sys

sys.dont_write_bytecode = True
from tree import files_of, finish, without_comments

# From the lowest to the highest.
LAYERS = ["base", "platform", "alloc", "gc", "gc/api", "compat"]
MAY_SEE_PUBLIC = ["gc", "gc/api", "compat"]
OUTSIDE = "compat/include/"
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)


def layer_of(name):
    """The folder that makes up the layer of a file, or None: a folder inside
    one that is no layer of its own belongs to it."""
    parents = map(str, pathlib.PurePosixPath(name).parents)
    return next((folder for folder in parents if folder in LAYERS), None)


def read_includes(root):
    """{file: [header, ...]} with headers named from the root, those of the
    system left out."""
    sources = {name: path for name, path in files_of(root)
               if name.endswith((".c", ".h")) and not name.startswith(OUTSIDE)
               and (layer_of(name) or name.startswith("include/"))}
    includes = {}
    for name, path in sources.items():
        found = INCLUDE.findall(without_comments(path.read_text()))
        includes[name] = [
            "include/" + header if f"include/{header}" in sources else header
            for quote, header in found
            if quote == '"' or f"include/{header}" in sources]
    return includes


def fault_of(name, header, known):
    """What is wrong with one include, or None."""
    if header not in known:
        return f"{name} includes {header}, which is not in a layer"
    mine, its = layer_of(name), layer_of(header)
    if mine is None:
        return (f"{name} includes {header}: a public header needs nothing else"
                if its else None)
    if its is None:
        return (None if mine in MAY_SEE_PUBLIC else
                f"{name} includes {header}: {mine} is below the public API")
    if LAYERS.index(its) > LAYERS.index(mine):
        return f"{name} includes {header}, from a layer above it"
    return None


def circles(includes):
    """Each circle of headers once, from whichever file it was entered."""
    finished, trail, found = set(), [], []

    def visit(name):
        if name in trail:
            found.append(" -> ".join(trail[trail.index(name):] + [name]))
            return
        if name in finished:
            return
        trail.append(name)
        for header in includes.get(name, []):
            visit(header)
        trail.pop()
        finished.add(name)

    for name in includes:
        visit(name)
    return found


includes = read_includes(sys.argv[1])
faults = [fault for name, headers in includes.items() for header in headers
          if (fault := fault_of(name, header, includes))]
faults += ["circle: " + circle for circle in circles(includes)]
if not includes:
    faults.append("no sources found: is the argument the root of the tree?")
finish(faults, f"{len(includes)} files in order")
