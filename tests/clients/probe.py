#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What probe.c and roots-probe.c print on our libgc.so.1, against what they print
on the library that it stands in for (*.debian-8.2.2.*.txt).

    probe.py SOURCE_ROOT PROBE ROOTS_PROBE

Each line that differs has to stand in the table of docs/migration.md under
"What a probe finds", with the reason; and each line of the table has to differ.
In the table's second column `...` is any number: what depends on luck."""

import os
import pathlib
import re
import subprocess
import sys

MODES = "01"  # whether an interior pointer from the heap keeps an object
HEADING = "## What a probe finds"


def plain(line):
    """Columns are for the eye."""
    return " ".join(line.split())


def listed(document):
    """{line of the reference: pattern of ours}"""
    section = document.read_text().split(HEADING, 1)[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(.*?)` \| `(.*?)` \| (.+) \|$", section, re.M)
    if not rows:
        sys.exit(f"{document}: no table under '{HEADING}'")
    return {before: re.compile(re.escape(now).replace(r"\.\.\.", r"\d+"))
            for before, now, _ in rows}


def output_of(program, mode):
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("GC_", "TIDEMARK_"))}
    done = subprocess.run([program, mode], stdout=subprocess.PIPE, text=True,
                          stdin=subprocess.DEVNULL, env=environment)
    if done.returncode != 0:
        sys.exit(f"{program} {mode}: exit status {done.returncode}\n"
                 f"{done.stdout[-500:]}")
    return [plain(line) for line in done.stdout.splitlines()]


def compare(name, reference, ours, allowed, used):
    """Prints what is not listed, and answers how many lines that were."""
    failures = 0
    for before, now in zip(reference, ours):
        if before == now:
            continue
        pattern = allowed.get(before)
        if pattern is not None and pattern.fullmatch(now):
            used.add(before)
            continue
        failures += 1
        print(f"{name}: not listed: `{before}` became `{now}`")
    if len(reference) != len(ours):
        failures += 1
        print(f"{name}: {len(ours)} lines instead of {len(reference)}")
    return failures


def main(root, *programs):
    root = pathlib.Path(root)
    allowed = listed(root / "docs" / "migration.md")
    used = set()
    failures = lines = 0
    for program in programs:
        kind = pathlib.Path(program).name
        for mode in MODES:
            text = (root / "tests" / "clients" /
                    f"{kind}.debian-8.2.2.{mode}.txt").read_text()
            reference = [plain(line) for line in text.splitlines()]
            ours = output_of(program, mode)
            failures += compare(f"{kind} {mode}", reference, ours, allowed, used)
            lines += len(ours)
    # What depends on luck may come out as in the reference.
    for before in sorted(allowed.keys() - used):
        if not allowed[before].fullmatch(before):
            failures += 1
            print(f"listed, and no difference any more: `{before}`")
    print(f"{lines} lines compared, {len(used)} that differ are listed")
    return failures != 0 or lines == 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
