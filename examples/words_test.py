#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of the word counter.  usage: words_test.py WORDS_PROGRAM"""

import json
import pathlib
import re
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.dont_write_bytecode = True
from example_test import DATA, main, run

WORDS = sys.argv[1]
HARBOUR = DATA / "harbour.txt"
DROP = re.compile(
    rb"dropped (\d+) objects, freed (\d+), "
    rb"resident (\d+) KiB -> (\d+) KiB\n$")


def counted(result):
    """The output without its last line, which is about memory."""
    return DROP.sub(b"", result.stdout)


def many_words(count):
    return b" ".join(b"word%d" % number for number in range(count))


class Counting(unittest.TestCase):
    def assert_counts(self, text, *expected):
        result = run(WORDS, text=text)
        self.assertEqual(result.stderr, b"")
        self.assertEqual(counted(result).decode().split("\n")[:-2],
                         list(expected))

    def test_a_text_has_its_words_counted_the_most_frequent_first(self):
        result = run(WORDS, "--top", 7, HARBOUR)
        self.assertEqual(result.stderr, b"")
        expected = (DATA / "harbour.expected").read_bytes()
        self.assertEqual(counted(result), expected)
        self.assertEqual(result.returncode, 0)

    def test_ten_words_are_printed_unless_told(self):
        result = run(WORDS, HARBOUR)
        self.assertEqual(len(counted(result).splitlines()), 10 + 1)

    def test_several_files_are_counted_as_one(self):
        result = run(WORDS, "--top", 1, HARBOUR, HARBOUR, "-", text=b"the")
        self.assertEqual(counted(result),
                         b"      21 the\n209 words, 68 different\n")

    def test_without_a_file_standard_input_is_counted(self):
        self.assert_counts(b"b a b", "       2 b", "       1 a")

    def test_ascii_letters_are_made_small(self):
        self.assert_counts(b"AZ aZ az", "       3 az")

    def test_letters_of_utf8_are_parts_of_words(self):
        self.assert_counts("naïve été, naïve".encode(),
                           "       2 naïve", "       1 été")

    def test_other_bytes_end_a_word(self):
        self.assert_counts(b"a\0b\x01c\td\re-f_g\x7fh",
                           *("       1 " + word for word in "abcdefgh"))

    def test_an_empty_text_has_no_words(self):
        for text in b"", b" ", b"\n\0-\n":
            self.assertEqual(counted(run(WORDS, text=text)),
                             b"0 words, 0 different\n")

    def test_bytes_that_are_no_utf8_are_words_all_the_same(self):
        result = run(WORDS, text=b"\xff\xfe \xff\xfe\n")
        self.assertIn(b"       2 \xff\xfe\n", result.stdout)

    def test_a_word_of_a_million_letters_is_one(self):
        word = b"x" * 1000000
        result = run(WORDS, text=word + b" " + word)
        self.assertIn(b"       2 " + word + b"\n", result.stdout)

    def test_many_words_are_each_found_again(self):
        text = many_words(20000)
        result = run(WORDS, "--top", 20000, text=text + b"\n" + text)
        lines = counted(result).splitlines()
        self.assertEqual(lines[-1], b"40000 words, 20000 different")
        self.assertEqual({line[:9] for line in lines[:-1]}, {b"       2 "})


class Dropping(unittest.TestCase):
    def test_the_table_is_freed_when_it_is_dropped(self):
        result = run(WORDS, text=many_words(100 * 1000))
        dropped, freed, before, after = map(
            int, DROP.search(result.stdout).groups())
        self.assertEqual(dropped, 2 + 2 * 100 * 1000)
        self.assertGreaterEqual(freed, 0.95 * dropped)
        node_and_text_bytes = 48 + 16
        self.assertGreaterEqual((before - after) * 1024,
                                0.8 * 100 * 1000 * node_and_text_bytes)


class Pictures(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_the_graph_shows_every_object_of_the_table(self):
        file = self.folder / "graph.json"
        result = run(WORDS, "--graph", file, HARBOUR)
        self.assertEqual(result.returncode, 0)
        graph = json.loads(file.read_text())
        table_objects = 2 + 2 * 68
        self.assertGreaterEqual(graph["reached"], table_objects)
        self.assertLessEqual(graph["objects"], table_objects + 20)
        self.assertEqual(len(graph["nodes"]), graph["objects"])

    def test_the_heap_is_drawn_before_and_after_the_drop(self):
        result = run(WORDS, "--pictures", self.folder, HARBOUR)
        self.assertEqual(result.returncode, 0)
        for name in "words-full.svg", "words-dropped.svg":
            root = xml.etree.ElementTree.parse(self.folder / name).getroot()
            self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg")
        dot = (self.folder / "words-graph.dot").read_text()
        self.assertTrue(dot.startswith("digraph"))

    def test_statistics_are_printed_when_asked_for(self):
        plain = run(WORDS, HARBOUR).stdout
        self.assertGreater(len(run(WORDS, "--stats", HARBOUR).stdout),
                           len(plain) + 10)

    def test_a_picture_that_cannot_be_written_is_an_error(self):
        for option in "--graph", "--pictures":
            result = run(WORDS, option, self.folder / "no" / "where", HARBOUR)
            self.assertIn(b"No such file or directory\n", result.stderr)
            self.assertEqual(result.returncode, 1)


class Errors(unittest.TestCase):
    def test_a_file_that_cannot_be_read_is_named_and_left_out(self):
        result = run(WORDS, "--top", 1, "nowhere.txt", HARBOUR)
        self.assertEqual(result.stderr,
                         b"words: nowhere.txt: No such file or directory\n")
        self.assertEqual(counted(result),
                         b"      10 the\n104 words, 68 different\n")
        self.assertEqual(result.returncode, 1)

    def test_a_folder_is_no_file(self):
        result = run(WORDS, DATA, HARBOUR)
        self.assertIn(b": Is a directory\n", result.stderr)
        self.assertIn(b"104 words, ", result.stdout)
        self.assertEqual(result.returncode, 1)

    def test_output_that_cannot_be_written_is_an_error(self):
        with open("/dev/full", "wb") as full:
            result = run(WORDS, HARBOUR, stdout=full)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"words: standard output: ", result.stderr)

    def test_options_that_make_no_sense_are_refused(self):
        for option in "--top=x", "--top=-1", "--top=", "--nothing":
            with self.subTest(option):
                result = run(WORDS, option, HARBOUR)
                self.assertIn(b"usage: words [OPTION ...]", result.stderr)
                self.assertEqual(result.stdout, b"")
                self.assertEqual(result.returncode, 2)


if __name__ == "__main__":
    main()
