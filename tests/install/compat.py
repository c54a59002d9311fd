#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The drop-in for another collector is found by pkg-config and CMake, apart from
that collector's own, and programs that are built with it run on it.

    compat.py SOURCE SCRATCH

What is not installed, of CMake and C++ compilers, is left out."""

import os
import pathlib
import shlex
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
from prefix import install_into_prefix, require, run

LIBRARIES = ["gc", "cord"]
LIBRARIES_OF_CXX = ["gccpp", "gctba"]
NOWHERE = {"LD_LIBRARY_PATH": ""}

C_PROGRAM = """\
#include <gc.h>
#include <gc/cord.h>

int main(void)
{
    CORD x = CORD_EMPTY;
    int i;
    GC_INIT();
    for (i = 0; i < 100000; i++)
        if (GC_MALLOC(100) == NULL)
            return 1;
    GC_gcollect();
    for (i = 0; i < 1000; i++)
        x = CORD_cat(x, "ten chars ");
    CORD_printf("%zu %.9r\\n", CORD_len(x), x);
    return GC_get_gc_no() == 0;
}
"""
CXX_PROGRAM = """\
#include <gc/gc_allocator.h>
#include <gc_cpp.h>
#include <stdio.h>
#include <vector>

int main()
{
    GC_INIT();
    std::vector<int *, gc_allocator<int *> > numbers;
    for (int i = 0; i < 10000; i++)
        numbers.push_back(new (GC) int(i));
    GC_gcollect();
    char *plain = new char[100];
    printf("%d %d\\n", *numbers[9999], GC_base(plain) == plain);
    delete[] plain;
}
"""
CMAKE_LISTS = """\
cmake_minimum_required(VERSION 3.10)
project(of_cords C)
find_package(BDWgc 8.2 REQUIRED)
add_executable(program program.c)
target_link_libraries(program BDWgc::cord)
"""


def check_files(prefix, libraries):
    home = prefix / "lib/tidemark"
    for name in libraries:
        for link in [home / f"lib{name}.so", home / f"lib{name}.so.1"]:
            require(link.is_symlink() and link.resolve().is_file(),
                    f"{link.name} leads to a library")
    require((home / "libtidemark.so.0").resolve() ==
            (prefix / "lib/libtidemark.so.0").resolve(),
            "the folder leads to the one libtidemark")
    for name in ["gc.h", "gc_cpp.h", "gc/gc.h", "gc/parts/init.h", "gc/cord.h"]:
        require((prefix / "include/tidemark" / name).is_file(),
                f"{name} is installed")
    strays = [path.name for path in (prefix / "lib").glob("libg*")]
    strays += [path.name for path in (prefix / "lib/pkgconfig").glob("bdw*")]
    require(not strays, f"nothing stands where libgc's own would: {strays}")


def expect(program, expected, home):
    """It runs, on our libraries, without a word about them in the environment."""
    said = run(program, env=NOWHERE)
    require(said == expected, f"{program.name} says {said!r}")
    loaded = run("ldd", program, env=NOWHERE)
    require(f"libgc.so.1 => {home}/libgc.so.1" in loaded,
            f"the loader finds our libgc: {loaded}")


def check_pkg_config(folder, home, compiler, source, text, libraries, expected):
    env = {"PKG_CONFIG_PATH": str(home / "pkgconfig")}
    words = shlex.split(run("pkg-config", "--cflags", "--libs", "bdw-gc >= 8.2",
                            env=env))
    (folder / source).write_text(text)
    program = folder / ("program_of_" + source.replace(".", "_"))
    run(compiler, "-O1", folder / source, "-o", program,
        *[f"-l{name}" for name in libraries], *words)
    expect(program, expected, home)


def check_cmake(folder, home, expected):
    (folder / "program.c").write_text(C_PROGRAM)
    (folder / "CMakeLists.txt").write_text(CMAKE_LISTS)
    run("cmake", "-S", folder, "-B", folder / "build",
        f"-DBDWgc_DIR={home}/cmake/BDWgc")
    run("cmake", "--build", folder / "build")
    expect(folder / "build/program", expected, home)


prefix, _ = install_into_prefix(sys.argv[1], sys.argv[2])
home = prefix / "lib/tidemark"
compiler_of_cxx = os.environ.get("CXX", "c++")
has_cxx = shutil.which(compiler_of_cxx) is not None
check_files(prefix, LIBRARIES + (LIBRARIES_OF_CXX if has_cxx else []))
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    said = "10000 ten chars\n"
    check_pkg_config(folder, home, os.environ.get("CC", "cc"), "program.c",
                     C_PROGRAM, ["cord"], said)
    if has_cxx:
        check_pkg_config(folder, home, compiler_of_cxx, "program.cc", CXX_PROGRAM,
                         ["gccpp"], "9999 1\n")
    if shutil.which("cmake"):
        check_cmake(folder, home, said)
print("installed, found, linked and run")
