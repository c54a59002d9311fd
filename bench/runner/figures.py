# SPDX-License-Identifier: MIT
"""The figures that the library has set itself to reach, measured.

One function for each row, in the order of the table.  It returns what was
measured as text, and whether that is enough: None where this command cannot
tell."""

import statistics
import time

from . import build, measure, peers, programs
from .summary import memory_of, number, paired_ratio, time_of

MB = 1e6
LATER_SECONDS = 180
TRACE_ROUNDS = 15


class Figures:
    CLOCK = None  # the caller's choice

    def __init__(self, runner, runs):
        self.runner = runner
        self.builder = runner.builder
        self.clock = runner.clock
        self.runs = runs

    def samples(self, program, *names, arguments=None, runs=None):
        for name in names:
            if reason := self.builder.missing(peers.ALL[name]):
                raise build.BuildError(f"{name} is {reason}")
        taken, failed = self.runner.rounds(
            programs.ALL[program], [peers.ALL[name] for name in names],
            runs or self.runs, arguments)
        for error in failed.values():
            raise error
        return taken

    def ratios(self, program, peer, subject="tidemark", **options):
        """(time, memory) of the subject over the peer's, and the samples."""
        definition = programs.ALL[program]
        taken = self.samples(program, subject, peer, **options)
        times, sizes = ([[of(sample) for sample in taken[name]]
                         for name in (subject, peer)] for of in (
            lambda sample: time_of(definition, sample, self.clock),
            lambda sample: memory_of(definition, sample)))
        return paired_ratio(*times), paired_ratio(*sizes), taken

    def median(self, samples, key):
        return statistics.median(sample.report[key] for sample in samples)

    def median_time(self, samples):
        return statistics.median(getattr(sample, self.clock)
                                 for sample in samples)

    def binary_trees(self, program):
        time_ratio, peak_ratio, taken = self.ratios(program, "bdwgc")
        seconds = [number(self.median_time(taken[name]))
                   for name in ("tidemark", "bdwgc")]
        return (f"{number(time_ratio)} x its time ({seconds[0]} s, its "
                f"{seconds[1]} s), {number(peak_ratio)} x its peak",
                time_ratio <= 0.55 and peak_ratio <= 1)

    def binary_trees_20(self):
        return self.binary_trees("binary_trees")

    def binary_trees_21(self):
        return self.binary_trees("binary_trees_21")

    def random_graph(self):
        taken = self.samples("random_graph", "tidemark")["tidemark"]
        ratio, walk, direct, collect = (
            self.median(taken, key) for key in
            ("collect_over_walk", "walk_ns", "walk_direct_ns", "collect_ns"))
        return (f"{number(ratio)}: {number(collect)} ns a node, the walk "
                f"{number(walk)} ns; without its table {number(direct)} ns",
                ratio <= 1.3)

    def fragmentation(self):
        time_ratio, peak_ratio, taken = self.ratios("fragmentation", "bdwgc")
        live = self.median(taken["tidemark"], "peak_live_bytes")
        return (f"{number(time_ratio)} x its time, {number(peak_ratio)} x its "
                f"peak; {number(live / MB)} MB live",
                time_ratio <= 0.5 and peak_ratio <= 1 and live >= 80 * MB)

    def fragmentation_lean(self):
        taken = self.samples("fragmentation", "tidemark-lean")["tidemark-lean"]
        ratio = self.median(taken, "peak_resident_over_live")
        growth = dict(peers.ALL["tidemark-lean"].environment)
        return (f"{number(ratio)} in {number(self.median_time(taken))} s, "
                f"TIDEMARK_GROWTH={growth['TIDEMARK_GROWTH']}", ratio <= 1.9)

    def allocate(self):
        parts, ok = [], True
        for size in (16, 32, 48, 64):
            ratio, _, taken = self.ratios(f"allocate_{size}", "mimalloc")
            ours, its = taken["tidemark"], taken["mimalloc"]
            parts.append(
                f"{size} bytes {number(ratio)} x "
                f"({number(self.median(ours, 'touched_ns'))} ns, its "
                f"{number(self.median(its, 'touched_ns'))}; fresh heap "
                f"{number(self.median(ours, 'fresh_ns'))}, its "
                f"{number(self.median(its, 'fresh_ns'))})")
            ok = ok and ratio <= 0.8
        return "; ".join(parts), ok

    def list_drop(self):
        arguments = [*programs.ALL["list_drop"].arguments, str(LATER_SECONDS)]
        taken = self.samples("list_drop", "tidemark", arguments=arguments,
                             runs=1)["tidemark"]
        full, after, later = (
            self.median(taken, f"resident_{when}_bytes") / MB
            for when in ("full", "after", "later"))
        return (f"{number(full)} -> {number(after)} MB, {LATER_SECONDS} s "
                f"later {number(later)} MB", max(after, later) <= 12)

    def buffers(self):
        time_ratio, peak_ratio, taken = self.ratios("buffers", "bdwgc")
        return (f"{number(peak_ratio)} x its peak, {number(time_ratio)} x its "
                f"time ({number(self.median_time(taken['tidemark']))} s)",
                peak_ratio <= 1.2 and time_ratio <= 0.5)

    def words(self):
        ratio, _, _ = self.ratios("words", "glibc")
        return f"{number(ratio)} x", ratio <= 1

    def thread_local(self):
        taken = self.samples("thread_local", "tidemark", runs=1)["tidemark"]
        held, survived = (self.median(taken, key)
                          for key in ("held", "survived"))
        return f"{survived:.0f} of {held:.0f} live", survived == held

    def metadata(self):
        taken = self.samples("metadata", "tidemark", runs=1)["tidemark"]
        percent = self.median(taken, "metadata_percent")
        return f"{number(percent)} %", percent <= 2

    def bare_root(self):
        return "not by this command: ./demo in a new root", None

    def clean_build(self):
        seconds = build.clean_build_seconds(self.builder.scratch,
                                            time.monotonic)
        return f"{number(seconds)} s", seconds <= 15

    def stripped_library(self):
        size = self.builder.library.stripped_bytes(self.builder.scratch)
        return f"{size / 1024:.0f} KiB", size <= 300 * 1024

    def startup(self):
        taken = self.samples("startup", "tidemark", runs=1)["tidemark"]
        over = self.median(taken, "over_empty_us")
        return (f"{over / 1000:.2f} ms over "
                f"{self.median(taken, 'empty_us') / 1000:.2f} ms", over <= 500)

    def trace(self):
        taken = self.samples("binary_trees", "tidemark-trace", "tidemark",
                             arguments=["17"], runs=TRACE_ROUNDS)
        ratio = paired_ratio(*([sample.cpu for sample in taken[name]]
                               for name in ("tidemark-trace", "tidemark")))
        return f"{100 * (ratio - 1):+.1f} % of the cpu time", ratio <= 1.01


# (name for --only, what, reach, how it is measured)
ROWS = [
    ("binary_trees", "binary trees, depth 20",
     "<= 0.55 x bdwgc's time, <= its peak", Figures.binary_trees_20),
    ("binary_trees_21", "binary trees, depth 21",
     "<= 0.55 x bdwgc's time, <= its peak", Figures.binary_trees_21),
    ("random_graph", "random graph, collection over walk", "<= 1.3",
     Figures.random_graph),
    ("fragmentation", "fragmentation, default settings",
     "<= 0.5 x bdwgc's time, <= its peak", Figures.fragmentation),
    ("fragmentation_lean", "fragmentation, peak resident over live",
     "<= 1.9", Figures.fragmentation_lean),
    ("allocate", "allocation, heap touched beforehand",
     "<= 0.8 x mimalloc's malloc and free", Figures.allocate),
    ("list_drop", "480 MB list dropped, one GC_collect()",
     "<= 12 MB, also 3 min later", Figures.list_drop),
    ("buffers", "buffers of 6 to 60 KiB, 2 000 live",
     "<= 1.2 x bdwgc's peak, <= 0.5 x its time", Figures.buffers),
    ("words", "word count, pointer-free strings",
     "<= 1.0 x glibc's malloc and free", Figures.words),
    ("thread_local", "held only by a __thread variable", "lives",
     Figures.thread_local),
    ("metadata", "metadata at 1 GiB of 16-byte cells", "<= 2 %",
     Figures.metadata),
    ("bare_root", "bare root to the first heap picture", "<= 3 min",
     Figures.bare_root),
    ("clean_build", "clean build", "<= 15 s", Figures.clean_build),
    ("stripped_library", "stripped .so", "<= 300 KiB",
     Figures.stripped_library),
    ("startup", "start-up over an empty C program", "<= 0.5 ms",
     Figures.startup),
    ("trace", "trace", "<= 1 % of the time", Figures.trace),
]


def print_table(rows, figures, only, say):
    """Measures and prints row by row; the results, for JSON."""
    results = []
    for name, what, reach, measure_row in rows:
        if only and name not in only:
            continue
        try:
            measured, ok = measure_row(figures)
        except (measure.RunError, build.BuildError) as error:
            measured, ok = f"failed: {error}", False
        verdict = {True: "ok", False: "NO", None: "-"}[ok]
        say(f"{verdict:<3} {what}\n      reach     {reach}\n"
            f"      measured  {measured}")
        results.append({"name": name, "what": what, "reach": reach,
                        "measured": measured, "ok": ok})
    return results
