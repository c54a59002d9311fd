#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of the boxed values.  usage: boxes_test.py BOXES_PROGRAM"""

import sys
import unittest

sys.dont_write_bytecode = True
from example_test import main, run

BOXES = sys.argv[1]


class Boxes(unittest.TestCase):
    def sorted(self, *tokens):
        result = run(BOXES, text=" ".join(tokens).encode())
        self.assertEqual(result.stderr, b"")
        self.assertEqual(result.returncode, 0)
        return result.stdout.decode().splitlines()

    def test_numbers_stand_before_words_and_words_once(self):
        self.assertEqual(
            self.sorted("pear", "3", "-0.5", "apple", "pear", "inf", "3"),
            ["-0.5", "3", "3", "inf", "apple", "pear"])

    def test_nothing_is_nothing(self):
        self.assertEqual(self.sorted(), [])

    def test_words_that_only_values_refer_to_live_through_collections(self):
        words = [f"word{i:05}" for i in range(0, 20000)]
        numbers = [str(i) for i in range(1000)]
        self.assertEqual(self.sorted(*reversed(words), *words, *numbers),
                         [*numbers, *words])


if __name__ == "__main__":
    main()
