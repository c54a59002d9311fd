# SPDX-License-Identifier: MIT
"""Runs programs and takes down what they cost.

The peers take turns: A B C D, A B C D, ...  What the machine does besides then
falls on all of them, and each ratio is taken within one round."""

import dataclasses
import os
import subprocess
import tempfile
import threading
import time

from . import programs

LONGEST_SECONDS = 900


class RunError(Exception):
    pass


@dataclasses.dataclass
class Sample:
    """One run.  The peak is the kernel's for the process, without what it had
    before exec(): the program reads it from /proc/self/status."""
    wall: float
    user: float
    system: float
    peak_bytes: int
    report: dict

    @property
    def cpu(self):
        return self.user + self.system


def read_report(text):
    """The key=value lines; a checksum stays text, since it is compared and not
    computed with."""
    report = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals:
            report[key] = value if key == "checksum" else float(value)
    return report


def environment_of(peer, clock):
    """A short one, the same for all: settings of an allocator that happen to
    be in the caller's environment are not to count."""
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"),
                   "LC_ALL": "C", "BENCH_CLOCK": clock}
    for name, value in os.environ.items():
        if name.startswith(("ASAN_", "UBSAN_", "LSAN_")):
            environment[name] = value
    environment.update(peer.environment if peer else ())
    return environment


def run_once(command, peer=None, clock="wall"):
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as \
            errors:
        start = time.monotonic()
        process = subprocess.Popen([str(part) for part in command], stdout=out,
                                   stderr=errors, stdin=subprocess.DEVNULL,
                                   env=environment_of(peer, clock))
        timer = threading.Timer(LONGEST_SECONDS, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            raise RunError(f"{command[0]} ended with {process.returncode}: "
                           f"{errors.read()[-500:].strip()}")
        report = read_report(out.read())
    peak = int(report.get("peak_resident_bytes", usage.ru_maxrss * 1024))
    return Sample(wall, usage.ru_utime, usage.ru_stime, peak, report)


class Runner:
    def __init__(self, builder, clock="wall", quick=False, say=print):
        self.builder = builder
        self.clock = clock
        self.quick = quick
        self.say = say

    def arguments_of(self, program):
        return program.quick if self.quick else program.arguments

    def peers_of(self, program, peers):
        return [peer for peer in peers
                if peer.collects or not program.collectors_only]

    def rounds(self, program, peers, runs, arguments=None):
        """{peer's name: [Sample, ...]}, one of each round.  A peer that fails
        is named and left out of this program."""
        arguments = arguments or self.arguments_of(program)
        if program.file == "startup":
            return self.startup_rounds(program, peers, runs, arguments)
        taken = {peer.name: [] for peer in self.peers_of(program, peers)}
        failed = {}
        for _ in range(runs):
            for peer in self.peers_of(program, peers):
                if peer.name in failed:
                    continue
                try:
                    command = [self.builder.binary(program, peer), *arguments]
                    taken[peer.name].append(
                        run_once(command, peer, self.clock))
                except RunError as error:
                    failed[peer.name] = error
                    self.say(f"{program.name}, {peer.name}: {error}")
        return {name: samples for name, samples in taken.items()
                if name not in failed}, failed

    def startup_rounds(self, program, peers, runs, arguments):
        """One process starts all of them in turns and times them, so that this
        script's own weight is not in the figure."""
        binaries = {peer.name: self.builder.binary(program, peer)
                    for peer in peers if not peer.programs}
        command = [self.builder.helper(programs.SPAWN), *arguments,
                   self.builder.helper(programs.EMPTY), *binaries.values()]
        taken = {name: [] for name in binaries}
        for _ in range(runs):
            try:
                sample = run_once(command)
            except RunError as error:
                self.say(f"{program.name}: {error}")
                return {}, {program.name: error}
            for name, binary in binaries.items():
                report = {
                    "over_empty_us":
                        sample.report[f"{binary.name}.over_first_us"],
                    "median_us": sample.report[f"{binary.name}.median_us"],
                    "empty_us":
                        sample.report[f"{programs.EMPTY}.median_us"]}
                taken[name].append(Sample(sample.wall, 0, 0, 0, report))
        return taken, {}
