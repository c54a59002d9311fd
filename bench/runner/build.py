# SPDX-License-Identifier: MIT
"""Compiles the programs for the peers, and finds or builds the library."""

import json
import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]

# The same for every peer.  Without -fno-builtin-..., a compiler may leave out
# a malloc and free of libc's, and of nobody else's.
FLAGS = ["-std=c11", "-O2", "-pthread", "-fno-builtin-malloc",
         "-fno-builtin-calloc", "-fno-builtin-realloc", "-fno-builtin-free",
         f"-I{ROOT}"]


class BuildError(Exception):
    pass


def run(command, **options):
    """What a command prints; BuildError with its last lines if it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        last = "\n    ".join(done.stdout.splitlines()[-12:])
        raise BuildError(f"{command[0]} failed:\n    {last}")
    return done.stdout


def option_of(folder, name):
    options = json.loads(run(["meson", "introspect", "--buildoptions", folder]))
    return next(option["value"] for option in options
                if option["name"] == name)


class Library:
    """libtidemark in a meson build folder: the one given, or a release build
    made in `scratch`."""

    def __init__(self, scratch, given=None):
        self.folder = pathlib.Path(given or scratch / "tidemark")
        if not given:
            run(["meson", "setup", "--buildtype=release", self.folder, ROOT])
        self.path = self.folder / self.file_name()
        run(["ninja", "-C", self.folder, self.path.relative_to(self.folder)])
        self.buildtype = option_of(self.folder, "buildtype")

    def file_name(self):
        targets = json.loads(
            run(["meson", "introspect", "--targets", self.folder]))
        names = [pathlib.Path(target["filename"][0]) for target in targets
                 if target["name"] == "tidemark"
                 and target["type"] == "shared library"]
        if not names:
            raise BuildError(f"{self.folder} builds no shared library")
        return names[0].relative_to(self.folder.resolve())

    def flags(self):
        return [f"-I{ROOT}/include", str(self.path),
                f"-Wl,-rpath,{self.path.parent.resolve()}"]

    def stripped_bytes(self, scratch):
        copy = scratch / "stripped.so"
        shutil.copyfile(self.path, copy)
        run(["strip", copy])
        return copy.stat().st_size


class Builder:
    """Programs by peer, each compiled when it is first asked for.  Where
    `built` holds one already, under the same name, it is taken from there."""

    def __init__(self, scratch, tidemark=None, built=None):
        self.scratch = scratch
        self.given_tidemark = tidemark
        self.built = pathlib.Path(built) if built else None
        self.compiler = os.environ.get("CC", "cc").split()
        self.found_library = None

    @property
    def library(self):
        if self.found_library is None:
            self.found_library = Library(self.scratch, self.given_tidemark)
        return self.found_library

    def missing(self, peer):
        """Why the peer cannot take part, or None."""
        if peer.runs_as == "tidemark":
            return self.missing_library()
        test = f"#include <{peer.header}>\nint main(void) {{ return 0; }}\n"
        try:
            run([*self.compiler, "-x", "c", "-", "-o", self.scratch / "probe",
                 *peer.libraries], input=test)
        except BuildError:
            return f"not installed: apt-get install {peer.package}"
        return None

    def missing_library(self):
        if self.built:
            return None
        try:
            self.library
        except BuildError as error:
            return f"does not build: {error}"
        return None

    def binary(self, program, peer):
        source = program.name if program.defines else program.file
        return self.take(f"{source}-{peer.runs_as}", program.file, lambda: [
            peer.define, *program.defines,
            *(self.library.flags() if peer.runs_as == "tidemark"
              else peer.libraries)])

    def helper(self, name):
        return self.take(name, name, list)

    def take(self, name, source, flags):
        if self.built and (self.built / name).exists():
            return self.built / name
        target = self.scratch / name
        if not target.exists():
            run([*self.compiler, *FLAGS, f"{ROOT}/bench/{source}.c", "-o",
                 target, *flags()])
        return target


def clean_build_seconds(scratch, clock):
    """A whole build, as configured by default, in a new folder."""
    folder = scratch / "clean"
    start = clock()
    run(["meson", "setup", folder, ROOT])
    run(["ninja", "-C", folder])
    return clock() - start
