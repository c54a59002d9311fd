#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of the program with a use-after-free.

usage: dangling_test.py DANGLING_PROGRAM SOURCE COMPILER [ARGUMENT ...]

The program is the source compiled with tidemark_malloc.h; the compiler makes
another one, without it, for AddressSanitizer to look at."""

import os
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
from example_test import DATA, main, run

DANGLING, SOURCE, *COMPILER = sys.argv[1:]


class Dangling(unittest.TestCase):
    def test_asan_reports_a_use_after_free(self):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "dangling"
            compiled = run(*COMPILER, "-g", "-fsanitize=address", SOURCE,
                           "-o", program)
            self.assertEqual(compiled.stderr, b"")
            result = run(program)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn(b"ERROR: AddressSanitizer: heap-use-after-free",
                      result.stderr)
        self.assertIn(b"READ of size 8 ", result.stderr)

    def assert_every_round_is_whole(self, **environment):
        result = run(DANGLING, env=os.environ | environment)
        self.assertEqual(result.stderr, b"")
        expected = (DATA / "dangling.expected").read_bytes()
        self.assertEqual(result.stdout, expected)
        self.assertEqual(result.returncode, 0)

    def test_with_the_header_every_round_is_whole(self):
        self.assert_every_round_is_whole()

    def test_also_when_each_allocation_collects(self):
        self.assert_every_round_is_whole(TIDEMARK_STRESS="1")


if __name__ == "__main__":
    main()
