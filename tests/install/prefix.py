# SPDX-License-Identifier: MIT
"""What the tests of this folder share: a build of the library that is installed
into a prefix of its own, and programs compiled the way a user would."""

import contextlib
import fcntl
import os
import pathlib
import subprocess
import sys


def run(*command, env=None, cwd=None, text_in=None):
    """Runs a command and returns what it wrote; ends the test if it fails."""
    done = subprocess.run([str(word) for word in command], cwd=cwd,
                          env=os.environ | (env or {}), input=text_in,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    if done.returncode != 0:
        print("$", *command)
        print(done.stdout)
        sys.exit(f"exit status {done.returncode}")
    return done.stdout


@contextlib.contextmanager
def one_at_a_time(folder):
    """Tests run in parallel, and some build in the same folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install_into_prefix(source, scratch):
    """Builds the tree in scratch/build and installs it.  Returns the prefix,
    scratch/prefix, and the environment in which pkg-config and the loader look
    there, as README.md says for a prefix outside the system's folders."""
    scratch = pathlib.Path(scratch).resolve()
    prefix, build = scratch / "prefix", scratch / "build"
    with one_at_a_time(scratch):
        setup = ["meson", "setup", build, source, f"--prefix={prefix}",
                 "--libdir=lib"]
        if (build / "meson-private" / "coredata.dat").exists():
            setup.append("--reconfigure")
        run(*setup)
        run("meson", "install", "-C", build)
    library_folder = str(prefix / "lib")
    return prefix, {"PKG_CONFIG_PATH": library_folder + "/pkgconfig",
                    "LD_LIBRARY_PATH": library_folder}


def require(condition, what):
    if not condition:
        sys.exit(f"not so: {what}")
