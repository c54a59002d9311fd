#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the test cases in all logs of `meson test` in a build folder.

A program on the Check framework counts as the cases that it says it ran; any
other test counts as one, and no test at all as one that failed.  Prints three
numbers: passed, failed, skipped.  With --notes before the folder it prints what
failed, with the first lines that say why, and the tests that took longest."""

import json
import pathlib
import re
import sys

SUMMARY = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)",
                     re.MULTILINE)

REASON = re.compile(r":[FE]:|^tidemark: |ERROR: |FAILED|runtime error")


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


def reasons_of(test):
    """The lines of a failed test that tell most, or its last ones."""
    lines = ((test.get("stdout") or "") + (test.get("stderr") or "")).splitlines()
    return ([line for line in lines if REASON.search(line)] or lines[-5:])[:5]


def print_notes(tests):
    for test in tests:
        if cases_of(test)[1] > 0:
            print("failed:", test["name"], test["result"])
            print(*(f"    {line}" for line in reasons_of(test)), sep="\n")
    slowest = sorted(tests, key=lambda test: -test["duration"])[:3]
    print("longest:", ", ".join(f"{test['name'].split(' / ')[-1]} "
                                f"{test['duration']:.0f} s" for test in slowest))


def main():
    *options, folder = sys.argv[1:]
    logs = sorted((pathlib.Path(folder) / "meson-logs").glob("testlog*.json"))
    tests = [json.loads(line) for log in logs
             for line in log.read_text().splitlines()]
    if options == ["--notes"]:
        print_notes(tests)
        return
    counts = [cases_of(test) for test in tests] or [(0, 1, 0)]
    print(*map(sum, zip(*counts)))


main()
