# SPDX-License-Identifier: MIT
"""What the checks of this folder share: the files of the tree, C without its
comments, and a way to end."""

import pathlib
import re
import sys

SKIPPED_FOLDERS = re.compile(r"\.git|build.*|subprojects|__pycache__")
COMMENT_OR_STRING = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def files_of(root):
    """Every file of the tree as (name from the root, path), build folders and
    what git keeps left out."""
    for path in sorted(pathlib.Path(root).rglob("*")):
        name = path.relative_to(root)
        if not path.is_file() or path.is_symlink():
            continue
        if any(SKIPPED_FOLDERS.fullmatch(part) for part in name.parts[:-1]):
            continue
        yield name.as_posix(), path


def without_comments(text):
    """C source with each comment and string literal made blank, so that line
    numbers stay; the names in `#include "..."` stay too."""
    def blank(match):
        found = match.group(0)
        before = text[text.rfind("\n", 0, match.start()) + 1:match.start()]
        if found[0] == '"' and re.fullmatch(r"\s*#\s*include\s*", before):
            return found
        return re.sub(r"[^\n]", " ", found)
    return COMMENT_OR_STRING.sub(blank, text)


def finish(faults, fine):
    """Ends the program: with the faults, or with one line that says what was
    looked at."""
    print("\n".join(sorted(set(faults))) or fine)
    sys.exit(1 if faults else 0)
