# SPDX-License-Identifier: MIT
"""The programs, their arguments, and what of their report is compared."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Program:
    name: str
    title: str
    arguments: tuple = ()
    quick: tuple = ()        # arguments for a smoke test
    source: str = ""         # without .c; the name if ""
    unit: str = "s"
    time: str = ""           # key of the report; the process's time if ""
    memory: str = ""         # key of the report; the peak if ""
    beside: tuple = ()       # further keys that the table shows
    collectors_only: bool = False
    on_request: bool = False  # only where --only names it, and when quick
    defines: tuple = ()

    @property
    def file(self):
        return self.source or self.name


LATENCIES = ("median_us", "p99_us", "p99_9_us", "max_us")
STOP_TIMES = ("bare_us", "bare_held_us", "stop_over_bare", "list_us",
              "pause_us")
THREAD_MEMORY = ("kib_a_thread", "collected_kib_a_thread")

ALL = {program.name: program for program in [
    Program("binary_trees", "short-lived trees beside a long-lived one, "
            "depth 20", ("20",), ("10",)),
    Program("binary_trees_21", "the same, depth 21", ("21",), ("11",),
            source="binary_trees"),
    Program("binary_trees_2", "the same in 2 threads, depth 20 each",
            ("20", "2"), ("10", "2"), source="binary_trees",
            beside=("nodes_a_us",)),
    Program("gcbench", "trees built from the root and from the leaves",
            ("18", "2000000"), ("8", "10000")),
    Program("random_graph", "one collection of 4 M nodes with 4 edges each",
            ("4000000", "5"), ("20000", "2"), unit="ns a node",
            time="collect_ns",
            beside=("walk_ns", "walk_direct_ns", "collect_over_walk"),
            collectors_only=True),
    Program("list_drop", "480 MB dropped and collected; resident afterwards",
            ("drop", "4000000"), ("drop", "20000"), source="list",
            memory="resident_after_bytes",
            beside=("resident_full_bytes", "collect_seconds")),
    Program("list_retain", "the same list, kept", ("retain", "4000000"),
            ("retain", "20000"), source="list",
            memory="resident_after_bytes", beside=("collect_seconds",)),
    Program("list_10m", "a list of 10 M nodes, 1.2 GB, collected 5 times",
            ("retain", "10000000", "0", "5"), ("retain", "20000", "0", "2"),
            source="list", time="collect_seconds",
            memory="resident_after_bytes", collectors_only=True,
            on_request=True),
    Program("fragmentation", "sizes that shift between six phases, 1 in 64 "
            "survives", ("10000000", "200000"), ("20000", "2000"),
            beside=("peak_live_bytes", "peak_resident_over_live")),
    Program("words", "word counting with pointer-free strings", ("200",),
            ("1",), beside=("words", "different_words")),
    Program("buffers", "pointer-free buffers of 6 to 60 KiB, 2 000 live",
            ("200000", "2000"), ("2000", "200")),
    Program("buffers_free", "the same, freed explicitly by all",
            ("200000", "2000"), ("2000", "200"), source="buffers",
            defines=("-DBENCH_FREES_EXPLICITLY=1",)),
    Program("doubling", "arrays that grow by realloc", ("1000000", "20"),
            ("20000", "2")),
    *[Program(f"allocate_{size}", f"{size}-byte objects, each dropped 64 "
              "later", (f"{size}", "20000000"), (f"{size}", "100000"),
              source="allocate", unit="ns", time="touched_ns",
              beside=("fresh_ns", "zeroed_ns")) for size in (16, 32, 48, 64)],
    *[Program(f"allocate_2_{kind}", f"the same in 2 threads, 48 bytes, {kind}",
              (kind, "48", "20000000", "2"), (kind, "48", "100000", "2"),
              source="allocate_threads", unit="ns", time="touched_ns",
              beside=("objects_a_us",)) for kind in ("scanned", "atomic")],
    Program("kv_cache", "key-value cache of 256 MiB, 2 M replacements",
            ("256", "2000000"), ("4", "20000"), beside=LATENCIES),
    Program("kv_cache_1g", "key-value cache of 1 GiB, 4 M replacements",
            ("1024", "4000000"), ("4", "20000"), source="kv_cache",
            beside=LATENCIES, on_request=True),
    Program("startup", "first allocation of a process, over an empty program",
            ("400",), ("10",), unit="us", time="over_empty_us",
            beside=("median_us", "empty_us")),
    Program("metadata", "1 GiB of 16-byte objects", ("1024",), ("8",),
            beside=("tables_bytes", "in_heap_bytes", "metadata_percent"),
            on_request=True),
    *[Program(f"stop_world_{threads}", "stopping threads, of which "
              f"{spinning} busy", (f"{threads}", f"{spinning}", "100"),
              ("2", "1", "3"), source="stop_world", unit="us", time="stop_us",
              beside=STOP_TIMES, collectors_only=True, on_request=True)
      for threads, spinning in ((2, 1), (64, 2), (1000, 2))],
    Program("idle_threads", "1000 threads that have allocated once",
            ("1000", "1"), ("8", "1"), beside=THREAD_MEMORY, on_request=True),
    Program("idle_threads_quiet", "1000 threads that allocate nothing",
            ("1000", "0"), ("8", "0"), source="idle_threads",
            beside=THREAD_MEMORY, on_request=True),
    Program("thread_local", "objects held only by a thread-local variable",
            beside=("held", "survived"), collectors_only=True,
            on_request=True),
]}

# These need no peer.
EMPTY, SPAWN = "empty", "spawn"
