#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tour_test.py TOUR EXPECTED: the tour prints what it is expected to, all of
it and page by page."""

import pathlib
import re
import subprocess
import sys
import unittest

TOUR = sys.argv[1]
EXPECTED = pathlib.Path(sys.argv[2]).read_text(encoding="ascii")


def tour(*arguments):
    return subprocess.run([TOUR, *arguments], capture_output=True, text=True,
                          check=False)


def expected_pages():
    return re.split(r"\n\n\n(?=\d\. .*\n===)", EXPECTED)


class TourTest(unittest.TestCase):
    maxDiff = None

    def test_all_pages_are_printed_in_order(self):
        done = tour()
        self.assertEqual(done.stdout, EXPECTED)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_each_page_can_be_printed_alone(self):
        pages = expected_pages()
        for number, page in enumerate(pages, 1):
            done = tour(str(number))
            self.assertEqual(done.stdout.rstrip("\n"), page.rstrip("\n"))
            self.assertTrue(page.startswith(f"{number}. "))
            self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(tour(str(len(pages) + 1)).returncode, 2)

    def test_what_is_no_page_is_refused_with_a_list_of_those_there_are(self):
        for arguments in (["0"], ["x"], ["1x"], [""], ["-1"], ["99"],
                          ["1", "2"]):
            done = tour(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("1  Linear", done.stderr)

    def test_no_line_is_longer_than_80_signs(self):
        for line in EXPECTED.splitlines():
            self.assertLessEqual(len(line), 80)
            self.assertEqual(line, line.rstrip())

    def test_a_full_disk_is_noticed(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([TOUR], stdout=full, check=False)
        self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
