#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds the benchmark programs for all peers, runs them in turns, and prints
times, peak memory and ratios.

    bench/run.py                           everything, five runs
    bench/run.py --only words --runs 9     one program
    bench/run.py --quick                   small sizes: does it work at all?
    bench/run.py --figures                 the figures to reach, row by row
    bench/run.py --figures threads         those for programs with threads
    bench/run.py --clients                 programs of the system, on our
                                           libgc.so.1 and on its own
    bench/run.py --json F --svg F          the results as data and as a chart
    bench/run.py --baseline bench/baseline.json    what has changed since

README.md beside this file says what each program measures."""

import argparse
import json
import os
import pathlib
import platform
import sys
import tempfile

sys.dont_write_bytecode = True
from runner import (build, chart, clients, figures, measure, peers, programs,
                    summary, thread_figures)

GROUPS = {"heap": (figures.Figures, figures.ROWS),
          "threads": (thread_figures.ThreadFigures, thread_figures.ROWS)}
BUSY_LOAD = 0.5


def say(line=""):
    print(line, flush=True)


def names_in(known):
    def parse(text):
        names = [name for name in text.split(",") if name]
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(
                    f"{name} is none of {', '.join(known)}")
        return names
    return parse


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add = parser.add_argument
    rows = [row[0] for _, group in GROUPS.values() for row in group]
    add("--only", metavar="NAME,...", default=[],
        type=names_in([*programs.ALL, *rows, *clients.ALL]),
        help="these programs, rows of --figures, or clients")
    add("--runs", type=int, default=5, help="rounds; 5 when not given")
    add("--quick", action="store_true", help="small sizes")
    add("--peers", metavar="NAME,...", type=names_in(peers.ALL),
        default=peers.USUAL, help="the first is the subject of the ratios; of\n"
        + ", ".join(peers.ALL))
    add("--time", choices=["wall", "cpu"], default="wall",
        help="what is compared: time by the clock on the wall, or cpu time\n"
        "(user and system), for a machine that is busy")
    add("--figures", nargs="?", const="all", choices=["all", *GROUPS],
        help="the figures to reach, all or one group of them")
    add("--clients", action="store_true", help="programs that were made for "
        "another\ncollector: time and peak memory of each")
    add("--json", metavar="FILE", help="write the results")
    add("--svg", metavar="FILE", help="draw the ratios")
    add("--baseline", metavar="FILE", help="compare the ratios with a file\n"
        "that --json has written")
    add("--tidemark", metavar="DIR", help="a meson build folder of the "
        "library;\nwithout it, a release build is made")
    add("--built", metavar="DIR", help="take programs from here that are "
        "built already")
    return parser.parse_args(arguments)


def machine():
    try:
        info = pathlib.Path("/proc/cpuinfo").read_text()
        model = next(line.split(":", 1)[1].strip()
                     for line in info.splitlines()
                     if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.machine()
    return {"processor": model, "cores": os.cpu_count(),
            "system": platform.release(), "load": os.getloadavg()[0]}


def warn_if_busy(load):
    if load > BUSY_LOAD:
        say(f"The machine is busy, its load {load:.1f}: times by the clock on "
            "the wall mean little.\n")


def present_peers(builder, names):
    """Those that can run; the others are named, with what to install."""
    present = []
    for name in names:
        if reason := builder.missing(peers.ALL[name]):
            say(f"{name} is left out: {reason}")
        else:
            present.append(peers.ALL[name])
    return present


def chosen_programs(options):
    if options.only:
        return [programs.ALL[name] for name in options.only
                if name in programs.ALL]
    return [program for program in programs.ALL.values()
            if options.quick or not program.on_request]


def compare(options, runner, present):
    """Runs all that was asked for; the summaries, and what went wrong."""
    subject = present[0].name
    say(summary.heading(subject, options.quick))
    summaries, faults = {}, []
    for program in chosen_programs(options):
        try:
            samples, failed = runner.rounds(program, present, options.runs)
        except build.BuildError as error:
            samples, failed = {}, {program.name: error}
            say(f"{program.name}: {error}")
        faults += [f"{program.name}: {name} failed" for name in failed]
        if not samples:
            continue
        result = summary.summarise(program, samples, subject, options.time)
        summaries[program.name] = result
        say(summary.table(program.name, result, subject))
        if difference := summary.disagreement(result):
            faults.append(f"{program.name}: {difference}")
    return summaries, faults


def write_json(path, document):
    pathlib.Path(path).write_text(json.dumps(document, indent=1) + "\n")


def run_comparison(options, builder, document):
    present = present_peers(builder, options.peers)
    if not present:
        return ["no peer is there"]
    runner = measure.Runner(builder, options.time, options.quick, say)
    summaries, faults = compare(options, runner, present)
    if present[0].name != options.peers[0]:
        faults.append(f"{options.peers[0]} did not take part")
    document.update(subject=present[0].name, programs=summaries)
    if options.svg:
        plural = "" if options.runs == 1 else "s"
        remark = (f"{options.runs} run{plural}, {options.time} time, "
                  f"{document['machine']['processor']}, "
                  f"{document['machine']['cores']} cores")
        pathlib.Path(options.svg).write_text(
            chart.draw(summaries, present[0].name,
                       [peer.name for peer in present], remark))
    if options.baseline:
        say(f"\nAgainst {options.baseline}:")
        baseline = json.loads(pathlib.Path(options.baseline).read_text())
        say("\n".join(summary.drift(baseline, summaries)))
    return faults


def run_figures(options, builder, document):
    results = []
    for name, (measured, rows) in GROUPS.items():
        if options.figures not in ("all", name):
            continue
        runner = measure.Runner(builder, measured.CLOCK or options.time, False,
                                say)
        results += figures.print_table(rows, measured(runner, options.runs),
                                       options.only, say)
    document["figures"] = results
    return [f"not reached: {row['what']}" for row in results
            if row["ok"] is False]


def run_clients(options, builder, document):
    document["clients"], faults = clients.run(
        builder, options.only, options.runs, options.time, say)
    return faults


def main():
    options = parse_arguments(sys.argv[1:])
    document = {"machine": machine(), "runs": options.runs,
                "quick": options.quick, "time": options.time}
    if (options.time == "wall" or options.figures) and not options.quick:
        warn_if_busy(document["machine"]["load"])
    with tempfile.TemporaryDirectory(prefix="tidemark-bench-") as scratch:
        builder = build.Builder(pathlib.Path(scratch), options.tidemark,
                                options.built)
        run_all = (run_clients if options.clients else
                   run_figures if options.figures else run_comparison)
        faults = run_all(options, builder, document)
        if builder.found_library:
            document["buildtype"] = builder.library.buildtype
            if builder.library.buildtype != "release":
                say(f"\nThe library's build type is "
                    f"{builder.library.buildtype}, not release.")
    if options.json:
        write_json(options.json, document)
    for fault in faults:
        say(f"\n{fault}" if fault is faults[0] else fault)
    return 1 if faults else 0


sys.exit(main())
