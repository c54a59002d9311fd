#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of the pictures and statistics of a program whose heap is known.

usage: pictures_test.py PICTURED_PROGRAM

The program says what it has made (see pictured.c).  Of a few orphans a stale
word on the stack may say that they are reached; never the other way round."""

import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

PROGRAM = sys.argv[1]
STATUS = 7
SVG = "{http://www.w3.org/2000/svg}"
STALE_SHARE = 0.05
EXIT_FILES = ["graph.dot", "graph.json", "heap-map.svg", "heap-map.txt"]

Truth = collections.namedtuple("Truth", "objects references roots")


def truth_of(output):
    """What the program says that it has made."""
    objects, references, roots = {}, set(), set()
    for line in output.splitlines():
        what, *words = line.split(" ", 4)
        if what == "object":
            address, size, kind, state = words
            objects[address] = (int(size), kind.replace("-", " "),
                                state == "reached")
        elif what == "reference":
            holder, offset, target = words
            references.add((holder, int(offset), target))
        elif what == "root":
            kind, offset, target, name = words
            roots.add((kind, name, int(offset), target))
    return Truth(objects, references, roots)


def run(*arguments, **environment):
    return subprocess.run([PROGRAM, *arguments], env=os.environ | environment,
                          capture_output=True, text=True, check=False)


class Pictures(unittest.TestCase):
    """The same questions to files that the program writes when it is asked to,
    and to those that it writes at its end."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        asked, ended = pathlib.Path(cls.folder.name, "asked"), \
            pathlib.Path(cls.folder.name, "ended")
        asked.mkdir()
        ended.mkdir()
        cls.runs = [(asked, run(str(asked))),
                    (ended, run(TIDEMARK_PICTURES=str(ended)))]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def each(self):
        for folder, result in self.runs:
            with self.subTest(folder.name):
                yield folder, truth_of(result.stdout)

    def assert_reach(self, truth, reached):
        """`reached` are addresses."""
        known = {address for address, (_, _, is_reached)
                 in truth.objects.items() if is_reached}
        orphans = set(truth.objects) - known
        self.assertEqual(known - reached, set())
        self.assertLessEqual(len(orphans & reached),
                             STALE_SHARE * len(orphans))

    def test_the_program_ends_as_it_would_without(self):
        for _, result in self.runs:
            self.assertEqual(result.stderr, "")
            self.assertEqual(result.returncode, STATUS)

    def test_at_the_end_four_files_are_written(self):
        ended = self.runs[1][0]
        self.assertEqual(sorted(os.listdir(ended)), EXIT_FILES)

    def test_json_has_the_nodes_and_edges_that_the_program_has(self):
        for folder, truth in self.each():
            graph = json.loads((folder / "graph.json").read_text())
            nodes = {node["address"]: node for node in graph["nodes"]}
            address = {node["id"]: node["address"] for node in graph["nodes"]}
            self.assertEqual(graph["objects"], len(truth.objects))
            self.assertEqual(graph["shown"], len(nodes))
            self.assertEqual({a: (node["bytes"], node["kind"])
                              for a, node in nodes.items()},
                             {a: (size, kind) for a, (size, kind, _)
                              in truth.objects.items()})
            self.assertEqual({(node["address"], offset, address[target])
                              for node in graph["nodes"]
                              for offset, target in node["references"]},
                             truth.references)
            self.assert_reach(truth, {a for a, node in nodes.items()
                                      if node["reached"]})
            self.assertEqual(graph["reached"] + graph["orphans"], len(nodes))

    def test_json_has_the_roots_that_the_program_has(self):
        for folder, truth in self.each():
            graph = json.loads((folder / "graph.json").read_text())
            address = {node["id"]: node["address"] for node in graph["nodes"]}
            roots = {(root["kind"], root["name"], root["offset"],
                      address[root["object"]]) for root in graph["roots"]}
            sure = {root for root in roots
                    if root[0] not in ("registers", "stack")}
            self.assertEqual(sure, truth.roots)
            modules = {root["module"] for root in graph["roots"]
                       if root["kind"] in ("static", "thread-local")}
            self.assertEqual(modules, {os.path.basename(PROGRAM)})

    def test_dot_has_the_nodes_and_edges_that_the_program_has(self):
        node_line = re.compile(r'^ +(n\d+) \[label="(\d+) B", '
                               r'tooltip="(0x[0-9a-f]+)"(.*)\];$', re.M)
        edge_line = re.compile(r'^ +(n\d+) -> (n\d+) \[label="(\d+)"\];$',
                               re.M)
        for folder, truth in self.each():
            text = (folder / "graph.dot").read_text()
            nodes = node_line.findall(text)
            address = {name: a for name, _, a, _ in nodes}
            self.assertEqual({a: int(size) for _, size, a, _ in nodes},
                             {a: size for a, (size, _, _)
                              in truth.objects.items()})
            self.assertEqual({(address[a], int(offset), address[b])
                              for a, b, offset in edge_line.findall(text)},
                             truth.references)
            self.assert_reach(truth, {a for _, _, a, rest in nodes
                                      if "#c0392b" not in rest})

    @unittest.skipUnless(shutil.which("dot"), "Graphviz is not installed")
    def test_graphviz_draws_every_node(self):
        for folder, truth in self.each():
            svg = subprocess.run(["dot", "-Tsvg", folder / "graph.dot"],
                                 capture_output=True, text=True, check=True)
            self.assertEqual(svg.stderr, "")
            drawing = xml.etree.ElementTree.fromstring(svg.stdout)
            titles = [group.find(SVG + "title").text
                      for group in drawing.iter(SVG + "g")
                      if group.get("class") == "node"]
            objects = [title for title in titles if title.startswith("n")]
            self.assertEqual(len(objects), len(truth.objects))

    def test_heap_map_has_a_square_and_a_sign_for_each_block(self):
        for folder, _ in self.each():
            text = (folder / "heap-map.txt").read_text()
            blocks = int(re.search(r"heap map, (\d+) blocks", text)[1])
            rows = re.findall(r"^0x[0-9a-f]{12} (.+)$", text, re.M)
            self.assertEqual(len("".join(rows)), blocks)

            svg = xml.etree.ElementTree.parse(folder / "heap-map.svg")
            groups = [group for group in svg.iter(SVG + "g")
                      if group.get("id") == "blocks"]
            self.assertEqual(len(groups), 1)
            self.assertEqual(len(groups[0].findall(SVG + "rect")), blocks)

    def test_statistics_count_what_the_program_has_made(self):
        folder, result = self.runs[0]
        truth = truth_of(result.stdout)
        stats = json.loads((folder / "stats.json").read_text())
        self.assertEqual(stats["object_count"], len(truth.objects))
        self.assertEqual(stats["object_bytes"],
                         sum(size for size, _, _ in truth.objects.values()))
        self.assertEqual(stats["collections"], 0)
        classes = stats["classes"]
        for field in ("used_cells", "used_bytes"):
            total = {"used_cells": "object_count",
                     "used_bytes": "object_bytes"}[field]
            self.assertEqual(sum(line[field] for line in classes),
                             stats[total])
        self.assertEqual(65536 * sum(line["blocks"] for line in classes),
                         stats["heap_bytes"] + stats["free_bytes"])
        text = (folder / "stats.txt").read_text()
        self.assertRegex(text, rf"(?m)^  objects +{len(truth.objects)} ")


class AtTheEnd(unittest.TestCase):
    def test_statistics_are_printed_when_they_are_asked_for(self):
        result = run(TIDEMARK_STATS="1")
        self.assertRegex(result.stderr, r"\Atidemark: the heap\n  objects ")
        self.assertIn("\nfree lists, ", result.stderr)
        self.assertEqual(result.returncode, STATUS)

    def assert_refused(self, folder, reason):
        result = run(TIDEMARK_PICTURES=str(folder))
        self.assertEqual(result.stderr, "tidemark: cannot write "
                         f"{folder}/heap-map.txt: {reason}\n")
        self.assertEqual(result.returncode, STATUS)

    def test_a_folder_that_is_none_is_named_and_the_status_stays(self):
        with tempfile.TemporaryDirectory() as folder:
            missing = pathlib.Path(folder, "missing")
            self.assert_refused(missing, "No such file or directory")
            missing.write_text("a file")
            self.assert_refused(missing, "Not a directory")

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full")
    def test_a_full_disk_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "heap-map.txt").symlink_to("/dev/full")
            self.assert_refused(folder, "No space left on device")
            self.assertEqual(os.listdir(folder), ["heap-map.txt"])

    def test_files_from_before_are_written_over(self):
        with tempfile.TemporaryDirectory() as folder:
            old = pathlib.Path(folder, "graph.json")
            old.write_text("x" * 10 ** 6)
            run(TIDEMARK_PICTURES=folder)
            self.assertIn("nodes", json.loads(old.read_text()))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
