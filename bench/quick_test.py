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
from runner import (build, measure, peers, programs, summary,
                    thread_figures)

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


class FakeRunner:
    """Reports what it is given: {(program, peer, threads or None): report}."""
    clock = "wall"

    class builder:
        @staticmethod
        def missing(peer):
            return None

    def __init__(self, reports):
        self.reports = reports

    def rounds(self, program, compared, runs, arguments=None):
        threads = arguments[-1] if arguments else None
        return {peer.name: [self.sample(program.name, peer.name, threads)
                            for _ in range(runs)] for peer in compared}, {}

    def sample(self, program, peer, threads):
        report = self.reports[program, peer, threads]
        return measure.Sample(report.get("wall", 1), 0, 0,
                              report.get("peak", 1), report)


class FiguresOfThreads(unittest.TestCase):
    def verdict(self, name, reports):
        row = next(row for row in thread_figures.ROWS if row[0] == name)
        measured, ok = row[3](thread_figures.ThreadFigures(
            FakeRunner(reports), 2))
        return ok

    def trees(self, rate):
        return self.verdict("binary_trees_2", {
            ("binary_trees_2", "tidemark-1-markers", "1"): {"nodes_a_us": 10},
            ("binary_trees_2", "tidemark", "2"): {"nodes_a_us": rate}})

    def test_two_threads_are_compared_with_one(self):
        self.assertTrue(self.trees(18.1))
        self.assertFalse(self.trees(17.9))

    def trees_of_peers(self, wall, peak):
        return self.verdict("binary_trees_2_bdwgc", {
            ("binary_trees_2", "tidemark", None): {"wall": wall,
                                                   "peak": peak},
            ("binary_trees_2", "bdwgc", None): {"wall": 10, "peak": 100}})

    def test_trees_must_be_faster_than_the_peer_and_no_larger(self):
        self.assertTrue(self.trees_of_peers(3.4, 99))
        self.assertFalse(self.trees_of_peers(3.6, 99))
        self.assertFalse(self.trees_of_peers(3.4, 101))

    def allocation(self, **rates):
        reports = {}
        for kind in ("scanned", "atomic"):
            for peer in ("tidemark", "bdwgc"):
                for threads, rate in (("1", 10), ("2", rates[kind])):
                    reports[f"allocate_2_{kind}", peer, threads] = {
                        "objects_a_us": rate, "touched_ns": 1}
        return self.verdict("allocate_2", reports)

    def test_both_kinds_must_speed_up(self):
        self.assertTrue(self.allocation(scanned=19.1, atomic=19.1))
        self.assertFalse(self.allocation(scanned=18.9, atomic=19.1))
        self.assertFalse(self.allocation(scanned=19.1, atomic=18.9))

    def graph(self, one, two):
        return self.verdict("random_graph_2", {
            ("random_graph", f"tidemark-{count}-markers", None): {
                "collect_over_walk": ratio, "walk_ns": 1}
            for count, ratio in ((1, one), (2, two))})

    def test_the_graph_is_judged_by_two_markers(self):
        self.assertTrue(self.graph(2, 0.74))
        self.assertFalse(self.graph(0.5, 0.76))

    def lists(self, two, sixteen):
        return self.verdict("list_markers", {
            ("list_10m", f"tidemark-{count}-markers", None): {
                "collect_seconds": seconds}
            for count, seconds in ((1, 1), (2, two), (16, sixteen))})

    def test_no_number_of_markers_may_slow_a_list_down(self):
        self.assertTrue(self.lists(1.04, 1.04))
        self.assertFalse(self.lists(1.06, 1))
        self.assertFalse(self.lists(1, 1.06))

    def stops(self, **ratios):
        report = dict.fromkeys(["stop_us", "bare_us", "bare_held_us",
                                "list_us", "pause_us"], 1)
        return self.verdict("stop_world", {
            (f"stop_world_{threads}", peer, None): {
                **report, "stop_over_bare": ratios.get(f"with_{threads}", 1)}
            for threads in (2, 64, 1000) for peer in ("tidemark", "bdwgc")})

    def test_each_number_of_threads_must_stop_in_time(self):
        self.assertTrue(self.stops(with_2=2, with_64=2, with_1000=2))
        for threads in (2, 64, 1000):
            self.assertFalse(self.stops(**{f"with_{threads}": 2.1}))

    def idle(self, started, collected):
        quiet = {"kib_a_thread": 8, "collected_kib_a_thread": 8}
        return self.verdict("idle_threads", {
            ("idle_threads", "tidemark", None): {
                "kib_a_thread": started, "collected_kib_a_thread": collected},
            ("idle_threads_quiet", "tidemark", None): quiet,
            ("idle_threads_quiet", "glibc", None): quiet})

    def test_a_thread_is_judged_without_its_stack(self):
        self.assertTrue(self.idle(71, 71))
        self.assertFalse(self.idle(73, 71))
        self.assertFalse(self.idle(71, 73))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
