#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of the JSON reader.  usage: json_test.py JSON_PROGRAM"""

import os
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
from example_test import DATA, cases, main, run, unquoted

JSON = sys.argv[1]
LIBRARY = DATA / "library.json"

# Stress mode takes time with the square of the size.
MILLION = 50 * 1000 if os.environ.get("TIDEMARK_STRESS") else 1000 * 1000

SUMMARY = b"""\
       578 bytes
         4 deep
         6 objects
         8 arrays
         9 strings
        16 numbers
         1 true
         0 false
         1 null
"""


class Texts(unittest.TestCase):
    def test_every_text_of_the_grammar_is_read_and_printed(self):
        for text, expected in cases("json-accept.txt"):
            with self.subTest(text):
                result = run(JSON, "-", ".", text=unquoted(text))
                self.assertEqual(result.stderr, b"")
                self.assertEqual(result.stdout, unquoted(expected) + b"\n")
                self.assertEqual(result.returncode, 0)

    def test_what_json_prints_it_reads_again(self):
        for _, expected in cases("json-accept.txt"):
            with self.subTest(expected):
                result = run(JSON, "-", ".", text=unquoted(expected))
                self.assertEqual(result.stdout, unquoted(expected) + b"\n")

    def test_every_other_text_is_refused_with_place_and_reason(self):
        for text, expected in cases("json-reject.txt"):
            with self.subTest(text):
                result = run(JSON, "-", ".", text=unquoted(text))
                self.assertEqual(result.stderr.decode(), f"-:{expected}\n")
                self.assertEqual(result.stdout, b"")
                self.assertEqual(result.returncode, 1)


class Paths(unittest.TestCase):
    def test_each_path_prints_its_value_or_says_why_not(self):
        for path, expected in cases("json-paths.txt"):
            with self.subTest(path):
                result = run(JSON, LIBRARY, path)
                if expected.startswith("column "):
                    error = f"json: path {path}: {expected}\n"
                    self.assertEqual(result.stderr.decode(), error)
                    self.assertEqual(result.returncode, 1)
                else:
                    self.assertEqual(result.stdout.decode(), expected + "\n")
                    self.assertEqual(result.returncode, 0)

    def test_a_path_that_leads_nowhere_does_not_stop_the_others(self):
        result = run(JSON, LIBRARY, ".founded", ".nobody", ".open")
        self.assertEqual(result.stdout, b"1887\ntrue\n")
        self.assertEqual(result.returncode, 1)

    def test_without_a_path_there_is_a_summary(self):
        self.assertEqual(run(JSON, LIBRARY).stdout, SUMMARY)


class Sizes(unittest.TestCase):
    def assert_printed_as_read(self, text):
        result = run(JSON, "-", ".", text=text)
        self.assertEqual(result.stderr, b"")
        self.assertTrue(result.stdout == text + b"\n", "the text differs")

    def test_arrays_of_a_million_levels_are_read_and_printed(self):
        self.assert_printed_as_read(b"[" * MILLION + b"]" * MILLION)

    def test_objects_of_a_million_levels_are_read_and_printed(self):
        self.assert_printed_as_read(b'{"a":' * MILLION + b"1" + b"}" * MILLION)

    def test_a_million_levels_are_counted(self):
        result = run(JSON, "-", text=b"[" * MILLION + b"]" * MILLION)
        self.assertIn(b"%d deep\n" % MILLION, result.stdout)
        self.assertIn(b"%d arrays\n" % MILLION, result.stdout)

    def test_a_million_open_levels_are_refused_at_the_end(self):
        result = run(JSON, "-", text=b"[" * MILLION)
        reason = f"-:1:{MILLION + 1}: expected a value, found the end\n"
        self.assertEqual(result.stderr.decode(), reason)

    def test_megabytes_of_values_are_read_and_printed(self):
        item = b'{"id":%d,"name":"a name","on":[true,false,null]}'
        items = b",".join(item % i for i in range(MILLION // 20))
        self.assert_printed_as_read(b"[" + items + b"]")

    def test_a_string_of_megabytes_is_read_and_printed(self):
        text = b"long \xc3\xa9 " * (MILLION // 2)
        self.assert_printed_as_read(b'"' + text + b'"')


class Files(unittest.TestCase):
    def test_a_file_that_is_not_there_is_named(self):
        result = run(JSON, "nowhere.json", ".")
        self.assertEqual(result.stderr,
                         b"json: nowhere.json: No such file or directory\n")
        self.assertEqual(result.returncode, 1)

    def test_a_folder_is_no_file(self):
        result = run(JSON, DATA, ".")
        self.assertIn(b": Is a directory\n", result.stderr)
        self.assertEqual(result.returncode, 1)

    def test_an_error_names_file_line_and_column(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "bad.json"
            file.write_text('{\n  "a": [1, 2,\n        3 4]\n}\n')
            result = run(JSON, file, ".")
            reason = ":3:11: expected ',' or ']', found '4'\n"
            self.assertEqual(result.stderr.decode(), str(file) + reason)
            self.assertEqual(result.returncode, 1)

    def test_output_that_cannot_be_written_is_an_error(self):
        with open("/dev/full", "wb") as full:
            result = run(JSON, LIBRARY, ".", stdout=full)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"json: standard output: ", result.stderr)

    def test_without_a_file_there_is_a_usage(self):
        result = run(JSON)
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"usage: json FILE [PATH ...]\n", result.stderr)


if __name__ == "__main__":
    main()
