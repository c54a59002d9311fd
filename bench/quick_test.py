#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The benchmarks work: every program runs at a small size, computes the same
on Tidemark and on libc's malloc, and the table, the data and the chart are made
of it.  And what is wrong is found: the second half gives the script programs
that fail or that compute something else.

    quick_test.py BUILD_FOLDER FOLDER_OF_BUILT_PROGRAMS"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.dont_write_bytecode = True
from runner import build, peers, programs, summary

HERE = pathlib.Path(__file__).parent
SVG = "{http://www.w3.org/2000/svg}"
build_folder, built_folder = sys.argv[1:3]


def run(*arguments):
    return subprocess.run([sys.executable, HERE / "run.py", "--runs", "1",
                           "--quick", "--tidemark", build_folder, *arguments],
                          capture_output=True, text=True)


class EveryProgram(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            data = pathlib.Path(folder) / "results.json"
            chart = pathlib.Path(folder) / "chart.svg"
            cls.done = run("--peers", "tidemark,glibc", "--built",
                           built_folder, "--json", data, "--svg", chart)
            cls.data = json.loads(data.read_text()) if data.exists() else {}
            cls.chart = chart.read_text() if chart.exists() else ""

    def test_the_script_finds_no_fault(self):
        self.assertEqual(0, self.done.returncode,
                         self.done.stdout + self.done.stderr)

    def test_the_table_names_every_program_and_peer(self):
        for name, program in programs.ALL.items():
            self.assertIn(f"\n{name}: ", self.done.stdout)
        self.assertIn("\n  glibc ", self.done.stdout)

    def test_the_data_hold_every_program(self):
        self.assertEqual(list(programs.ALL), list(self.data["programs"]))

    def test_what_was_computed_is_the_same_on_both(self):
        for name, program in self.data["programs"].items():
            checksums = {tuple(row["checksum"])
                         for row in program["peers"].values()}
            self.assertEqual(1, len(checksums), name)
            if name != "startup":
                self.assertNotEqual({("",)}, checksums, name)

    def test_the_programs_report_more_than_nothing(self):
        for name, program in self.data["programs"].items():
            for key in program["beside"]:
                self.assertIn(key, program["peers"]["tidemark"]["report"])
            if name != "startup":
                self.assertGreater(program["peers"]["tidemark"]["time"]
                                   ["median"], 0, name)
                self.assertGreater(program["peers"]["tidemark"]
                                   ["memory_bytes"]["median"], 2**16, name)

    def test_the_chart_has_a_bar_for_each_ratio(self):
        bars = [element for element in
                xml.etree.ElementTree.fromstring(self.chart).iter(f"{SVG}rect")
                if element.get("class") == "bar"]
        ratios = [key for program in self.data["programs"].values()
                  for row in program["peers"].values()
                  if row.get("time_ratio")
                  for key in ("time_ratio", "memory_ratio") if row.get(key)]
        self.assertGreater(len(bars), len(programs.ALL))
        self.assertEqual(len(ratios), len(bars))

    def test_nothing_drifts_from_itself(self):
        lines = summary.drift(self.data, self.data["programs"])
        self.assertTrue(all("+0.0 %" in line for line in lines), lines)


class WhatIsWrong(unittest.TestCase):
    def run_with(self, script):
        """The word count, with a script in the place of Tidemark's program."""
        with tempfile.TemporaryDirectory() as folder:
            false_program = pathlib.Path(folder) / "words-tidemark"
            false_program.write_text("#!/bin/sh\n" + script)
            false_program.chmod(0o755)
            return run("--only", "words", "--peers", "tidemark,glibc",
                       "--built", folder)

    def test_a_different_checksum_is_a_fault(self):
        done = self.run_with("echo words=1; echo checksum=1\n")
        self.assertEqual(1, done.returncode)
        self.assertIn("words: checksums differ: tidemark 1, glibc",
                      done.stdout)

    def test_a_program_that_fails_is_a_fault(self):
        done = self.run_with("echo it broke >&2; exit 3\n")
        self.assertEqual(1, done.returncode)
        self.assertIn("ended with 3: it broke", done.stdout)

    def test_a_missing_peer_is_named_with_its_package(self):
        absent = peers.Peer("absent", header="no_such_header.h",
                            package="libabsent-dev")
        with tempfile.TemporaryDirectory() as folder:
            reason = build.Builder(pathlib.Path(folder)).missing(absent)
        self.assertIn("apt-get install libabsent-dev", reason)

    def test_a_ratio_is_taken_within_each_round(self):
        self.assertEqual(2, summary.paired_ratio([2, 20, 200], [1, 10, 100]))
        self.assertIsNone(summary.paired_ratio([1, 1], [0, -3]))

    def test_a_drift_is_marked(self):
        def programs_with(ratio):
            return {"words": {"peers": {"glibc": {"time_ratio": ratio}}}}
        lines = summary.drift({"programs": programs_with(1.0)},
                              programs_with(1.2))
        self.assertEqual(1, len(lines))
        self.assertIn("+20.0 %  <--", lines[0])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
