#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of the words that are shared.  usage: intern_test.py INTERN_PROGRAM"""

import pathlib
import re
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
from example_test import DATA, main, run

INTERN = sys.argv[1]
LAST = re.compile(r"without the texts: (\d+) words")


def letters(number):
    """A word for each number."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


class Intern(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def text(self, name, words):
        path = self.folder / name
        path.write_text(" ".join(words))
        return path

    def lines_of(self, *paths):
        result = run(INTERN, *paths)
        self.assertEqual(result.stderr, b"")
        self.assertEqual(result.returncode, 0)
        return result.stdout.decode().splitlines()

    def test_a_word_is_one_object_in_all_texts(self):
        path = DATA / "harbour.txt"
        words = re.findall("[a-z]+", path.read_text().lower())
        different = len(set(words))
        other = self.text("other", ["The", "the", "zebra"])
        lines = self.lines_of(path, other)
        self.assertEqual(lines[0], f"{path}: {len(words)} words, "
                         f"{different} of them new; {different} in all")
        self.assertEqual(lines[1], f"{other}: 3 words, "
                         f"1 of them new; {different + 1} in all")

    def test_words_go_with_the_last_text_that_has_them(self):
        count = 20000
        first = self.text("first", map(letters, range(count)))
        second = self.text("second", map(letters, range(count // 2, 2 * count)))
        lines = self.lines_of(first, second)
        self.assertEqual(lines[1].split("; ")[1], f"{2 * count} in all")
        left = int(LAST.fullmatch(lines[-1]).group(1))
        self.assertLess(left, 2 * count // 20)

    def test_a_text_that_is_not_there_is_named(self):
        result = run(INTERN, self.folder / "missing")
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"missing", result.stderr)


if __name__ == "__main__":
    main()
