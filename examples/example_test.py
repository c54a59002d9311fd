# SPDX-License-Identifier: MIT
"""What the tests of the examples share."""

import pathlib
import subprocess
import sys
import unittest
import urllib.parse

DATA = pathlib.Path(__file__).parent / "data"


def run(*command, text=b"", **options):
    """Runs a command with `text` as its standard input."""
    command = [str(word) for word in command]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.run(command, input=text, check=False, **options)


def cases(name):
    """The lines `TEXT => RESULT` of a file, without the comments."""
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split(" => ", 1)


def unquoted(text):
    """The bytes of a text in which %41 stands for 0x41."""
    return urllib.parse.unquote_to_bytes(text)


def main():
    """Runs all tests; the arguments are the module's, not unittest's."""
    unittest.main(argv=sys.argv[:1])
