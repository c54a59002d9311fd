#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the test cases in all logs of `meson test` in a build folder.

A program on the Check framework counts as the cases that it says it ran; any
other test counts as one, and no test at all as one that failed.  Prints three
numbers: passed, failed, skipped."""

import json
import pathlib
import re
import sys

SUMMARY = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)",
                     re.MULTILINE)


def cases_of(test):
    """(passed, failed, skipped) of one line of meson's log."""
    result = test["result"]
    if result == "SKIP":
        return 0, 0, 1
    good = result in ("OK", "EXPECTEDFAIL")
    passed = failed = 0
    for checks, failures, errors in SUMMARY.findall(test.get("stdout") or ""):
        failed += int(failures) + int(errors)
        passed += int(checks) - int(failures) - int(errors)
    if good and failed == 0:
        return max(passed, 1), 0, 0
    return passed, max(failed, 1), 0


def main():
    logs = sorted((pathlib.Path(sys.argv[1]) / "meson-logs").glob("testlog*.json"))
    lines = [line for log in logs for line in log.read_text().splitlines()]
    counts = [cases_of(json.loads(line)) for line in lines]
    if not counts:
        counts = [(0, 1, 0)]
    print(*map(sum, zip(*counts)))


main()
