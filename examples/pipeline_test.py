#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of the pipeline.  usage: pipeline_test.py PIPELINE_PROGRAM"""

import collections
import pathlib
import re
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
from example_test import DATA, main, run

PIPELINE = sys.argv[1]
HARBOUR = DATA / "harbour.txt"
MOST_LETTERS = 40


def expected(text):
    lengths = collections.Counter(min(len(word), MOST_LETTERS)
                                  for word in re.findall("[A-Za-z]+", text))
    return [*(f"{letters:2} {lengths[letters]}" for letters in sorted(lengths)),
            f"{len(text.splitlines())} lines"]


class Pipeline(unittest.TestCase):
    def assert_counts(self, text, threads, *paths):
        result = run(PIPELINE, threads, *paths)
        self.assertEqual(result.stderr, b"")
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stdout.decode().splitlines(), expected(text))

    def test_words_are_counted_by_their_length(self):
        self.assert_counts(HARBOUR.read_text(), 1, HARBOUR)

    def test_any_number_of_threads_counts_the_same(self):
        lines = [" ".join("x" * (1 + (i * j) % 50) for j in range(i % 9))
                 for i in range(20000)]
        text = "\n".join(lines) + "\n"
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "text"
            path.write_text(text)
            for threads in [1, 2, 7, 64]:
                with self.subTest(threads=threads):
                    self.assert_counts(text, threads, path)

    def test_without_a_file_nothing_is_counted(self):
        self.assert_counts("", 3)

    def test_wrong_arguments_are_refused(self):
        for arguments in [[], ["0"], ["65"], ["many"]]:
            result = run(PIPELINE, *arguments)
            self.assertEqual(result.returncode, 2)
            self.assertIn(b"usage", result.stderr)

    def test_a_file_that_is_not_there_is_named(self):
        result = run(PIPELINE, 2, "missing")
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"missing", result.stderr)


if __name__ == "__main__":
    main()
