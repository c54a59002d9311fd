#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of the generators.  usage: coroutines_test.py COROUTINES_PROGRAM"""

import re
import sys
import unittest

sys.dont_write_bytecode = True
from example_test import main, run

COROUTINES = sys.argv[1]
LAST = re.compile(r"collections (\d+), swept (\d+) objects, left (\d+)")


def primes():
    found = []
    number = 2
    while True:
        if all(number % prime for prime in found):
            found.append(number)
            yield number
        number += 1


def fibonacci():
    before, last = 0, 1
    while True:
        yield last
        before, last = last, before + last


def expected(count):
    return [f"{i} {prime} {number}" for i, prime, number
            in zip(range(1, count + 1), primes(), fibonacci())]


class Generators(unittest.TestCase):
    def lines_of(self, *arguments):
        result = run(COROUTINES, *arguments)
        self.assertEqual(result.returncode, 0)
        return result.stdout.decode().splitlines()

    def test_lines_have_a_prime_and_a_fibonacci_number(self):
        self.assertEqual(self.lines_of()[:-1], expected(20))

    def test_numbers_live_through_collections_on_any_stack(self):
        lines = self.lines_of(2000)
        self.assertEqual(lines[:-1], expected(2000))
        collections, swept, left = map(int, LAST.fullmatch(lines[-1]).groups())
        self.assertGreaterEqual(collections, 2 * 2000 // 50 + 1)
        made = swept + left
        self.assertGreater(made, 40 * 1000)
        self.assertLess(left, made // 10)

    def test_no_lines_are_no_lines(self):
        self.assertEqual(len(self.lines_of(0)), 1)

    def test_wrong_arguments_are_refused(self):
        for arguments in [["many"], ["1", "2"]]:
            result = run(COROUTINES, *arguments)
            self.assertEqual(result.returncode, 2)
            self.assertIn(b"usage", result.stderr)


if __name__ == "__main__":
    main()
