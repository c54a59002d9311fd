#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How much static thread-local memory the shared library takes.

    static_tls.py SHARED_LIBRARY MOST_BYTES

For libraries that are loaded late the loader has some 1.5 KB set aside, for all
of them together."""

import subprocess
import sys

sys.dont_write_bytecode = True
from tree import finish

library, most = sys.argv[1], int(sys.argv[2])
segments = subprocess.run(
    ["readelf", "--program-headers", "--wide", library], check=True,
    capture_output=True, text=True).stdout
# TLS  Offset VirtAddr PhysAddr FileSiz MemSiz Flg Align
sizes = [int(line.split()[5], 16) for line in segments.splitlines()
         if line.split()[:1] == ["TLS"]]
faults = []
if len(sizes) != 1:
    faults.append(f"{library}: {len(sizes)} TLS segments")
faults += [f"{library}: {size} bytes of thread-local memory, more than {most}"
             for size in sizes if size > most]
finish(faults, f"{sum(sizes)} bytes of thread-local memory")
