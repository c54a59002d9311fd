# SPDX-License-Identifier: MIT
"""Programs of the system that were made for the Boehm-Demers-Weiser collector, on
our libgc.so.1 and on the system's, in turns: time and peak memory of each.

What they run, and what has to come out, is in tests/clients."""

import hashlib
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from . import build

HERE = build.ROOT / "tests/clients"
SYSTEM = "/lib/x86_64-linux-gnu/libgc.so.1"
LONGEST_SECONDS = 300


def text_of(name):
    return (HERE / name).read_text()


class Client:
    def __init__(self, command, expected, environment=()):
        self.command = command
        self.expected = expected  # what the output has to say
        self.environment = dict(environment)

    def is_right(self, output):
        return re.search(self.expected, output, re.MULTILINE) is not None


class Digested(Client):
    """The output, or a file, has a digest."""

    def __init__(self, command, digest, file=None):
        super().__init__(command, text_of(digest).split()[0])
        self.file = file

    def is_right(self, output):
        if self.file:
            output = "".join(line for line in
                             pathlib.Path(self.file).read_text().splitlines(True)
                             if not line.startswith(("%%Creat", "%%Title")))
        return hashlib.md5(output.encode()).hexdigest() == self.expected


NIX = ["nix-instantiate", "--store", "dummy://", "--eval", "--strict", "--json",
       "heavy.nix"]
ALL = {
    "guile": Client(["guile", "gc.scm"], "guile 3.0.*: ALL OK"),
    "w3m": Digested(["w3m", "-T", "text/html", "-I", "UTF-8", "-O", "UTF-8",
                     "-cols", "100", "-dump", "page.html"], "w3m/expected.md5"),
    "asy": Digested(["asy", "-noV", "-f", "eps", "-o", "out", "heavy.asy"],
                    "asy/expected.md5", "out.eps"),
    "nix": Client(NIX, '"fib":28657.*"words":5000',
                  {"GC_INITIAL_HEAP_SIZE": "16M"}),
}


def prepare(folder):
    """What the programs read, in the working folder."""
    for pattern in ("guile/*.scm", "asy/*.asy", "nix/*.nix"):
        for path in HERE.glob(pattern):
            shutil.copy(path, folder)
    page = subprocess.run([sys.executable, HERE / "w3m/gen.py"], check=True,
                          capture_output=True).stdout
    (folder / "page.html").write_bytes(page)
    for name in ("home", "cache", "nix/conf"):
        (folder / name).mkdir(parents=True)


def environment_of(client, folder, library):
    environment = dict(os.environ)
    environment.pop("LD_LIBRARY_PATH", None)
    environment.update(
        HOME=str(folder / "home"), XDG_CACHE_HOME=str(folder / "cache"),
        TMPDIR=str(folder), LC_ALL="C.UTF-8")
    for name in ("STATE", "STORE", "LOG", "CONF"):
        environment[f"NIX_{name}_DIR"] = str(folder / "nix" / name.lower())
    environment.update(client.environment)
    if library:
        environment["LD_LIBRARY_PATH"] = str(library)
    return environment


def run_once(client, folder, library, clock):
    """Seconds, and the peak in bytes; None if it went wrong.  What a program keeps
    for its next run is taken away before."""
    shutil.rmtree(folder / "cache", ignore_errors=True)
    (folder / "cache").mkdir()
    with tempfile.TemporaryFile("w+") as out:
        start = time.monotonic()
        process = subprocess.Popen(
            client.command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out,
            stderr=subprocess.DEVNULL,
            env=environment_of(client, folder, library))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = (time.monotonic() - start if clock == "wall" else
                   usage.ru_utime + usage.ru_stime)
        out.seek(0)
        output = out.read()
    os.chdir(folder)
    if process.returncode != 0 or not client.is_right(output):
        return None
    return seconds, usage.ru_maxrss * 1024


def compare(name, folder, libraries, runs, clock, say):
    """A line of the table; what failed."""
    taken = {label: [] for label in libraries}
    for _ in range(runs):
        for label, library in libraries.items():
            sample = run_once(ALL[name], folder, library, clock)
            if sample is None:
                return None, [f"{name} fails on {label}"]
            taken[label].append(sample)
    ours, theirs = taken["tidemark"], taken["system"]
    median = statistics.median
    row = {"seconds": median(s for s, _ in ours),
           "system_seconds": median(s for s, _ in theirs),
           "time_ratio": median(a[0] / b[0] for a, b in zip(ours, theirs)),
           "peak_bytes": median(p for _, p in ours),
           "system_peak_bytes": median(p for _, p in theirs),
           "memory_ratio": median(a[1] / b[1] for a, b in zip(ours, theirs))}
    say(f"{name:8} {row['seconds']:8.2f} s {row['system_seconds']:8.2f} s "
        f"{row['time_ratio']:6.2f}  {row['peak_bytes'] / 2**20:7.0f} MiB "
        f"{row['system_peak_bytes'] / 2**20:7.0f} MiB "
        f"{row['memory_ratio']:6.2f}")
    return row, []


def run(builder, only, runs, clock, say):
    """All clients that are installed; their rows by name, and what failed."""
    folder_of_build = builder.library.folder
    build.run(["ninja", "-C", folder_of_build, "compat/libgc.so.1.5.1"])
    libraries = {"tidemark": folder_of_build.resolve() / "compat",
                 "system": None}
    rows, faults = {}, []
    if not pathlib.Path(SYSTEM).exists():
        return rows, ["the system has no libgc.so.1 to compare with"]
    say(f"{'client':8} {'tidemark':>10} {'system':>10} {'ratio':>6}  "
        f"{'tidemark':>11} {'system':>11} {'ratio':>6}")
    with tempfile.TemporaryDirectory(prefix="tidemark-clients-") as name:
        folder = pathlib.Path(name)
        prepare(folder)
        for client in only or ALL:
            if shutil.which(ALL[client].command[0]) is None:
                say(f"{client:8} is not installed")
                continue
            row, failed = compare(client, folder, libraries, runs, clock,
                                  say)
            rows[client] = row
            faults += failed
        os.chdir(build.ROOT)
    return rows, faults
