#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`meson install` puts everything where a user's compiler, pkg-config and man
look for it, in a prefix and staged for a package.

    install.py SOURCE SCRATCH VERSION"""

import os
import pathlib
import shlex
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
from prefix import install_into_prefix, require, run

PROGRAM = """\
#include <stdio.h>
#include <tidemark.h>

static void *kept;

int main(void)
{
    char text[64];
    kept = gc_strdup("kept");
    for (int i = 0; i < 1000000; i++)
        if (!gc_malloc(48))
            return 1;
    GC_collect();
    snprintf(text, sizeof text, "%s", (char *)kept);
    printf("%s %d.%d.%d\\n", text, TIDEMARK_VERSION_MAJOR,
           TIDEMARK_VERSION_MINOR, TIDEMARK_VERSION_PATCH);
    return 0;
}
"""


def check_files(prefix, version):
    """The files of an installation; links as the loader and the linker need."""
    for name in ["include/tidemark.h", "include/tidemark_malloc.h",
                 "lib/libtidemark.a", "lib/pkgconfig/tidemark.pc",
                 "share/man/man7/gc.7", "share/man/man3/gc_malloc.3",
                 f"lib/libtidemark.so.{version}"]:
        require((prefix / name).is_file(), f"{name} is installed")
    lib = prefix / "lib"
    soname = "libtidemark.so." + version.split(".")[0]
    for name in ["libtidemark.so", soname]:
        require((lib / name).is_symlink()
                and (lib / name).resolve().name == f"libtidemark.so.{version}",
                f"{name} leads to libtidemark.so.{version}")
    strays = [path.name for path in (prefix / "include").iterdir()
              if not path.name.startswith("tidemark") and path.name != "bdwgc"]
    require(not strays, f"no other header is installed: {strays}")


def flags(env, *options):
    return shlex.split(run("pkg-config", *options, "tidemark", env=env))


def try_program(compiler, env, folder, version, linking):
    """Compiles PROGRAM as told by `linking`, words that stand where pkg-config's
    would, and runs it."""
    language = "c++" if "++" in compiler else "c"
    source = folder / ("program.cc" if language == "c++" else "program.c")
    source.write_text(PROGRAM)
    run(compiler, "-Wall", "-Wextra", "-O2", source, *linking, "-o", "program",
        cwd=folder)
    said = run("./program", cwd=folder, env=env)
    require(said == f"kept {version}\n", f"{compiler} {linking}: {said!r}")
    return run("readelf", "--dynamic", "program", cwd=folder)


def check_alone(prefix):
    """Whoever compiles a program needs no package of those that built it."""
    alone = {"PKG_CONFIG_LIBDIR": str(prefix / "lib" / "pkgconfig"),
             "PKG_CONFIG_PATH": ""}
    require(flags(alone, "--cflags", "--libs")
            == [f"-I{prefix}/include", f"-L{prefix}/lib", "-ltidemark"],
            "pkg-config says where the header and the library are, and no more")


def check_linking(compiler, prefix, env, version):
    nowhere = {"LD_LIBRARY_PATH": ""}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        dynamic = try_program(compiler, env, folder, version,
                              flags(env, "--cflags", "--libs"))
        require("[libtidemark.so." in dynamic, "the program needs libtidemark")
        require("[libunwind" not in dynamic, "the program needs no libunwind")

        linking = flags(env, "--static", "--cflags", "--libs")
        archive = prefix / "lib" / "libtidemark.a"
        dynamic = try_program(
            compiler, nowhere, folder, version,
            [archive if word == "-ltidemark" else word for word in linking])
        require("[libtidemark" not in dynamic and "[libunwind" not in dynamic,
                "the archive needs neither libtidemark.so nor libunwind.so")

        try_program(compiler, nowhere, folder, version, ["-static", *linking])


def check_staged(scratch, version):
    """A package's build installs below DESTDIR and looks there."""
    with tempfile.TemporaryDirectory() as root:
        run("meson", "install", "--no-rebuild", "-C", scratch / "build",
            "--destdir", root)
        prefix = pathlib.Path(root + str(scratch / "prefix"))
        check_files(prefix, version)
        outside = {"PKG_CONFIG_PATH": str(prefix / "lib" / "pkgconfig"),
                   "PKG_CONFIG_SYSROOT_DIR": root}
        require(f"-I{prefix}/include" in flags(outside, "--cflags"),
                "pkg-config finds the staged header")


source, version = sys.argv[1], sys.argv[3]
scratch = pathlib.Path(sys.argv[2]).resolve()
prefix, env = install_into_prefix(source, scratch)
check_files(prefix, version)
require(run("pkg-config", "--modversion", "tidemark", env=env).strip()
        == version, f"pkg-config says version {version}")
check_alone(prefix)
for compiler in [os.environ.get("CC", "cc"), os.environ.get("CXX", "c++")]:
    if shutil.which(compiler):
        check_linking(compiler, prefix, env, version)
check_staged(scratch, version)
print("installed, found, linked and run")
