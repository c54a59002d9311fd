# SPDX-License-Identifier: MIT
"""The allocators that are compared.

A variant runs the programs of another peer with settings of its own in the
environment; it is compared when --peers names it."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Peer:
    name: str
    programs: str = ""       # the peer whose programs it runs; its own if ""
    header: str = ""         # what is missing where the package is
    package: str = ""        # Debian's and Ubuntu's name
    libraries: tuple = ()    # for the linker
    collects: bool = False
    environment: tuple = ()  # (name, value) pairs

    @property
    def runs_as(self):
        return self.programs or self.name

    @property
    def define(self):
        return f"-DPEER_{self.runs_as.upper()}"


ALL = {peer.name: peer for peer in [
    Peer("tidemark", collects=True),
    Peer("bdwgc", header="gc.h", package="libgc-dev", libraries=("-lgc",),
         collects=True),
    Peer("glibc", header="malloc.h", package="libc6-dev"),
    Peer("mimalloc", header="mimalloc.h", package="libmimalloc-dev",
         libraries=("-lmimalloc",)),
    # Variants.
    Peer("tidemark-lean", programs="tidemark", collects=True,
         environment=(("TIDEMARK_GROWTH", "1.18"),)),
    Peer("tidemark-trace", programs="tidemark", collects=True,
         environment=(("TIDEMARK_TRACE", "1"),)),
    *[Peer(f"tidemark-{count}-markers", programs="tidemark", collects=True,
           environment=(("TIDEMARK_MARKERS", f"{count}"),))
      for count in (1, 2, 16)],
    Peer("bdwgc-tuned", programs="bdwgc", header="gc.h", package="libgc-dev",
         libraries=("-lgc",), collects=True,
         environment=(("GC_INITIAL_HEAP_SIZE", "64M"),
                      ("GC_FREE_SPACE_DIVISOR", "1"))),
]}

USUAL = ["tidemark", "bdwgc", "glibc", "mimalloc"]
