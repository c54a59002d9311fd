#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of the files that close themselves.  usage: files_test.py FILES_PROGRAM"""

import pathlib
import re
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
from example_test import main, run

FILES = sys.argv[1]
LAST = re.compile(r"opened (\d+), (\d+) at once; closed (\d+), "
                  r"and (\d+) are open")
LIMIT = 32


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def made(self, count):
        paths = [self.folder / str(i) for i in range(count)]
        for lines, path in enumerate(paths):
            path.write_text("a line\n" * lines)
        return paths

    def numbers(self, result):
        last = result.stdout.decode().splitlines()[-1]
        return [int(number) for number in LAST.fullmatch(last).groups()]

    def test_many_more_files_are_read_than_may_be_open(self):
        paths = self.made(10 * LIMIT)
        result = run(FILES, *paths)
        self.assertEqual(result.stderr, b"")
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stdout.decode().splitlines()[:-1],
                         [f"{i} {path}" for i, path in enumerate(paths)])
        opened, at_once, closed, left = self.numbers(result)
        self.assertEqual(opened, len(paths))
        self.assertLessEqual(at_once, LIMIT)
        self.assertGreaterEqual(closed, opened - LIMIT)
        self.assertEqual(closed + left, opened)

    def test_a_file_that_is_not_there_is_named(self):
        missing = self.folder / "missing"
        result = run(FILES, missing, *self.made(1))
        self.assertEqual(result.returncode, 1)
        self.assertIn(str(missing).encode(), result.stderr)
        self.assertEqual(self.numbers(result)[0], 1)


if __name__ == "__main__":
    main()
