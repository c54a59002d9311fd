# SPDX-License-Identifier: MIT
"""The figures to reach for programs with threads, and for several markers.

All of them are by the clock on the wall: processor time hides what a second
thread is for."""

from .figures import Figures
from .summary import number, paired_ratio


def report_of(samples, key):
    return [sample.report[key] for sample in samples]


class ThreadFigures(Figures):
    CLOCK = "wall"

    def in_turns(self, *cases):
        """A list of samples for each (program, peer, arguments): one of each
        in each round."""
        taken = [[] for _ in cases]
        for _ in range(self.runs):
            for samples, (program, peer, arguments) in zip(taken, cases):
                samples += self.samples(program, peer, arguments=arguments,
                                        runs=1)[peer]
        return taken

    def binary_trees(self):
        one, two = self.in_turns(
            ("binary_trees_2", "tidemark-1-markers", ["20", "1"]),
            ("binary_trees_2", "tidemark", ["20", "2"]))
        rates = [report_of(samples, "nodes_a_us") for samples in (two, one)]
        ratio = paired_ratio(*rates)
        return (f"{number(ratio)} x: {number(self.median(two, 'nodes_a_us'))} "
                f"nodes a us, one thread "
                f"{number(self.median(one, 'nodes_a_us'))}", ratio >= 1.8)

    def binary_trees_bdwgc(self):
        time_ratio, peak_ratio, taken = self.ratios("binary_trees_2", "bdwgc")
        seconds = [number(self.median_time(taken[name]))
                   for name in ("tidemark", "bdwgc")]
        return (f"{number(time_ratio)} x its time ({seconds[0]} s, its "
                f"{seconds[1]} s), {number(peak_ratio)} x its peak",
                time_ratio <= 0.35 and peak_ratio <= 1)

    def allocate_speed_up(self, kind, peer):
        """Of two threads over one; and the ns of an object in each."""
        one, two = self.in_turns(*(
            (f"allocate_2_{kind}", peer, [kind, "48", "20000000", threads])
            for threads in ("1", "2")))
        return (paired_ratio(report_of(two, "objects_a_us"),
                             report_of(one, "objects_a_us")),
                [number(self.median(samples, "touched_ns"))
                 for samples in (one, two)])

    def allocate(self):
        parts, ok = [], True
        for kind in ("scanned", "atomic"):
            ratio, ns = self.allocate_speed_up(kind, "tidemark")
            beside, its_ns = self.allocate_speed_up(kind, "bdwgc")
            parts.append(f"{kind} {number(ratio)} x ({ns[0]} -> {ns[1]} ns an "
                         f"object and thread), bdwgc {number(beside)} x "
                         f"({its_ns[0]} -> {its_ns[1]} ns)")
            ok = ok and ratio >= 1.9
        return "; ".join(parts), ok

    def random_graph(self):
        taken = self.samples("random_graph", "tidemark-1-markers",
                             "tidemark-2-markers")
        one, two = (self.median(taken[f"tidemark-{count}-markers"],
                                "collect_over_walk") for count in (1, 2))
        walk = self.median(taken["tidemark-2-markers"], "walk_ns")
        return (f"{number(two)}, with one marker {number(one)}; the walk "
                f"{number(walk)} ns a node", two <= 0.75)

    def list_markers(self):
        names = [f"tidemark-{count}-markers" for count in (1, 2, 16)]
        taken = self.samples("list_10m", *names)
        one, *more = (report_of(taken[name], "collect_seconds")
                      for name in names)
        ratios = [paired_ratio(several, one) for several in more]
        return (f"2 markers {number(ratios[0])}, 16 markers "
                f"{number(ratios[1])}; five collections with one "
                f"{number(self.median(taken[names[0]], 'collect_seconds'))} s",
                max(ratios) <= 1.05)

    def stop_world(self, threads):
        """One measurement of a hundred stops, and what was measured."""
        program = f"stop_world_{threads}"
        taken = self.samples(program, "tidemark", "bdwgc")
        ratio, stop, bare, held, listing, pause = (
            self.median(taken["tidemark"], key) for key in
            ("stop_over_bare", "stop_us", "bare_us", "bare_held_us",
             "list_us", "pause_us"))
        beside = self.median(taken["bdwgc"], "stop_over_bare")
        return (f"{threads} threads {number(ratio)} x ({number(stop)} us, bare "
                f"{number(bare)}, held {number(held)}; listing before it "
                f"{number(listing)}, the whole pause {number(pause)}; bdwgc "
                f"{number(beside)} x)", ratio <= 2)

    def stop_worlds(self):
        parts, oks = zip(*(self.stop_world(threads)
                           for threads in (2, 64, 1000)))
        return "; ".join(parts), all(oks)

    def idle_threads(self):
        """Beyond what a thread of the same program takes where nothing
        allocates and no collector is there."""
        one, quiet, bare = self.in_turns(
            ("idle_threads", "tidemark", None),
            ("idle_threads_quiet", "tidemark", None),
            ("idle_threads_quiet", "glibc", None))
        stack = self.median(bare, "kib_a_thread")
        started, collected = (
            self.median(one, key) - stack
            for key in ("kib_a_thread", "collected_kib_a_thread"))
        silent = self.median(quiet, "kib_a_thread") - stack
        return (f"{number(started)} KiB, after a collection "
                f"{number(collected)}; a thread that allocates nothing "
                f"{number(silent)}, its stack {number(stack)}",
                max(started, collected) <= 64)


# (name for --only, what, reach, how it is measured)
ROWS = [
    ("binary_trees_2", "binary trees, depth 20 in each of 2 threads",
     ">= 1.8 x the throughput of one thread with one marker",
     ThreadFigures.binary_trees),
    ("binary_trees_2_bdwgc", "the same against bdwgc",
     "<= 0.35 x bdwgc's time, <= its peak",
     ThreadFigures.binary_trees_bdwgc),
    ("allocate_2", "allocation of 48 bytes, throughput of 2 threads over one",
     ">= 1.9 x, scanned and pointer-free", ThreadFigures.allocate),
    ("random_graph_2", "random graph, collection with 2 markers over walk",
     "<= 0.75", ThreadFigures.random_graph),
    ("list_markers", "list of 10 M nodes, collection over that with one marker",
     "<= 1.05 with 2 and with 16", ThreadFigures.list_markers),
    ("stop_world", "stopping 2, 64, 1000 threads over signals alone",
     "<= 2 x", ThreadFigures.stop_worlds),
    ("idle_threads", "memory of each of 1000 threads that allocated once",
     "<= 64 KiB beyond the stack", ThreadFigures.idle_threads),
]
