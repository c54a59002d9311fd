#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the Scheme interpreter says about wrong programs and wrong commands.

usage: errors_test.py SCHEME"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SCHEME = os.path.abspath(sys.argv[1])
ERRORS = pathlib.Path(__file__).resolve().parent / "errors"
ARGUMENTS = re.compile(r"^; arguments: (.*)$", re.MULTILINE)


def run(*arguments, text="", **options):
    return subprocess.run([SCHEME, *arguments], input=text, check=False,
                          capture_output=True, encoding="utf-8", **options)


def arguments_in(program):
    """The options that a program asks for in a comment."""
    found = ARGUMENTS.search(program.read_text(encoding="utf-8"))
    return found.group(1).split() if found else []


class WrongPrograms(unittest.TestCase):
    def assert_error(self, text, message):
        result = run("-", text=text)
        self.assertEqual(result.stderr, message)
        self.assertEqual(result.returncode, 1)

    def test_each_wrong_program_is_told_its_mistake_and_the_place(self):
        programs = sorted(ERRORS.glob("*.scm"))
        self.assertGreater(len(programs), 10)
        for program in programs:
            with self.subTest(program=program.name):
                result = run(*arguments_in(program), program.name, cwd=ERRORS)
                expected = program.with_suffix(".expected")
                self.assertEqual(result.stderr,
                                 expected.read_text(encoding="utf-8"))
                self.assertEqual(result.returncode, 1)

    def test_a_malformed_text_does_nothing(self):
        result = run("-", text="(display 1)\n(display 2")
        self.assertEqual(result.stdout, "")

    def test_a_program_with_an_error_prints_what_comes_before(self):
        result = run("-", text='(display "before") (car 1) (display "after")')
        self.assertEqual(result.stdout, "before")

    def test_columns_count_characters(self):
        self.assert_error('(list "\u00e4\u00f6\u00fc" x)',
                          "-:1:13: unbound variable: x\n")

    def test_a_text_is_nested_up_to_a_limit(self):
        deep = "'" + "(" * 1900 + ")" * 1900
        self.assertEqual(run("-", text=deep).returncode, 0)
        self.assert_error("'" + "(" * 10**6, "-:1:2001: nested too deeply\n")
        self.assert_error("'" * 10**6, "-:1:2001: nested too deeply\n")
        self.assert_error("#;" * 10**6, "-:1:4001: nested too deeply\n")
        self.assert_error("(car " * 10**6, "-:1:10001: nested too deeply\n")

    def test_code_that_a_program_makes_is_nested_up_to_a_limit(self):
        self.assert_error(
            "(define (nest n form)\n"
            "  (if (= n 0) form (nest (- n 1) (list 'car form))))\n"
            "(eval (nest 100000 ''()))", "-:3:1: nested too deeply\n")

    def test_data_deeper_than_the_limit_are_shown_with_dots(self):
        result = run("-", text="""
            (define (nest n list) (if (= n 0) list (nest (- n 1) (cons list '()))))
            (write (nest 1000000 '()))""")
        self.assertIn("((...))", result.stdout)
        self.assertEqual(result.returncode, 0)

    def test_data_deeper_than_the_limit_cannot_be_compared(self):
        self.assert_error(
            "(define (nest n list) (if (= n 0) list (nest (- n 1) (cons list '()))))\n"
            "(equal? (nest 1000000 '()) (nest 1000000 '()))",
            "-:2:1: equal?: nested too deeply\n")

    def test_any_bytes_are_read_as_a_text_or_refused(self):
        for seed in range(50):
            noise = bytes((seed * 7919 + i * i * 31 + i) % 256
                          for i in range(2000))
            result = subprocess.run([SCHEME, "-"], input=noise, check=False,
                                    capture_output=True)
            self.assertIn(result.returncode, (0, 1))


class WrongCommands(unittest.TestCase):
    def test_a_file_that_is_not_there_is_named(self):
        result = run("no-such-file.scm")
        self.assertEqual(result.stderr, "scheme: cannot read no-such-file.scm: "
                                        "No such file or directory\n")
        self.assertEqual(result.returncode, 1)

    def test_a_folder_is_not_read(self):
        with tempfile.TemporaryDirectory() as folder:
            result = run(folder)
        self.assertEqual(result.stderr, f"scheme: cannot read {folder}: "
                                        "Is a directory\n")
        self.assertEqual(result.returncode, 1)

    def test_without_a_file_the_usage_is_shown(self):
        for arguments in ((), ("--wrong",), ("--depth",), ("--depth", "x", "-"),
                          ("--depth", "0", "-")):
            with self.subTest(arguments=arguments):
                result = run(*arguments)
                self.assertTrue(result.stderr.startswith("usage: scheme "))
                self.assertEqual(result.returncode, 2)

    def test_a_full_disk_is_noticed(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            result = subprocess.run([SCHEME, "-"], input=b"(display 1)",
                                    stdout=full, stderr=subprocess.PIPE,
                                    check=False)
        self.assertEqual(result.stderr, b"scheme: cannot write: "
                                        b"No space left on device\n")
        self.assertEqual(result.returncode, 1)

    def test_an_empty_text_does_nothing(self):
        result = run("-")
        self.assertEqual((result.stdout, result.returncode), ("", 0))

    def test_a_program_chooses_its_exit_status(self):
        for text, status in (("(exit)", 0), ("(exit #t)", 0), ("(exit #f)", 1),
                             ("(exit 7)", 7)):
            self.assertEqual(run("-", text=text).returncode, status)

    def test_the_heap_limit_is_an_error_and_no_crash(self):
        result = run("-", text="(define (grow l) (grow (cons l l))) (grow '())",
                     env=os.environ | {"TIDEMARK_HEAP_LIMIT": "4M"})
        self.assertEqual(result.stderr, "scheme: out of memory\n")
        self.assertEqual(result.returncode, 1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
