#!/bin/bash
# SPDX-License-Identifier: MIT
# Real programs on a libgc.so.1 of our own, with no rebuild.
#   run.sh [LIBDIR|-] [name...]   LIBDIR is put first on LD_LIBRARY_PATH; - is the system's own library.
# Prints PASS, FAIL or SKIP (program not installed), the wall time, and with COUNT=1 the number of collections, read from
# what GC_PRINT_STATS=1 prints.  KEEP=1 keeps the working folder; T=seconds is the limit of one program (120).
# TIMES=n runs each program n times, and counts it as passed when it did so each time.  STRESS=1 has each collect and
# verify the heap at every so many allocations, as few as let it end within ten minutes on a busy machine (stress_of).
# Debian packages: guile-3.0 w3m nix-bin asymptote; ecl neko crystal guile-2.2.
HERE=$(cd "$(dirname "$0")" && pwd); LIB=${1:-}; [ "$LIB" = - ] && LIB=; shift; ONLY=" $* "
[ -n "$LIB" ] && LIB=$(cd "$LIB" && pwd)
W=$(mktemp -d); T=${T:-$([ -n "${STRESS:-}" ] && echo 1200 || echo 120)}; TIMES=${TIMES:-1}
export HOME=$W/home XDG_CACHE_HOME=$W/cache TMPDIR=$W LC_ALL=C.UTF-8; mkdir -p "$HOME" "$XDG_CACHE_HOME"; cd "$W" || exit 2
[ -n "$LIB" ] && export LD_LIBRARY_PATH=$LIB${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
pass=0; fail=0; skip=0
stress_of() { case $1 in guile|guile-2.2) echo 2000;; guile-oom) echo 4;; guile-limit) echo 40;; nix-oom) echo 20;; ecl|neko) echo 20000;; crystal) echo 200000;; *) echo 1000;; esac; }
# once RE COMMAND...: true when the exit status, rc, is 0 and stdout matches; nothing is left in a cache from before
once() { local re=$1; shift; rm -rf "$XDG_CACHE_HOME"; mkdir -p "$XDG_CACHE_HOME"; timeout -k 5 "$T" "$@" >"$W/$name.out" 2>"$W/$name.err" </dev/null; rc=$?
  [ $rc = 0 ] && grep -aqE -- "$re" "$W/$name.out"; }
# t NAME PROGRAM EXPECTED-REGEX COMMAND...: passes when that holds each time
t() { local name=$1 prog=$2 re=$3 s e rc n= i=0; shift 3
  [ "$ONLY" = "  " ] || case "$ONLY" in *" $name "*) ;; *) return;; esac
  command -v "$prog" >/dev/null || { echo "SKIP $name: $prog is not installed"; skip=$((skip+1)); return; }
  [ -n "${STRESS:-}" ] && { n="stress=$(stress_of "$name") "; set -- env TIDEMARK_STRESS="$(stress_of "$name")" "$@"; }
  s=$(date +%s%N); while [ $i -lt "$TIMES" ] && once "$re" "$@"; do i=$((i+1)); done; e=$(( ($(date +%s%N) - s) / 10000000 ))
  [ "$TIMES" = 1 ] || n="$n$i/$TIMES "
  [ -n "${COUNT:-}" ] && n="${n}collections=$(GC_PRINT_STATS=1 timeout -k 5 "$T" "$@" 2>&1 >/dev/null </dev/null | grep -ac '^GC #')"
  if [ $i = "$TIMES" ]; then pass=$((pass+1)); printf 'PASS %-10s %4d.%02ds %s\n' "$name" $((e/100)) $((e%100)) "$n"
  else fail=$((fail+1)); KEEP=1; printf 'FAIL %-10s %4d.%02ds %sexit %s\n' "$name" $((e/100)) $((e%100)) "$n" $rc; tail -3 "$W/$name.err" | cut -c1-200 | sed 's/^/     | /'; fi; }
cp "$HERE"/guile/*.scm "$HERE"/asy/heavy.asy "$HERE"/nix/*.nix "$HERE"/ecl/heavy.lisp "$HERE"/neko/heavy.neko "$HERE"/crystal/fibers.cr "$W"/
t guile guile 'guile 3.0.*: ALL OK' guile gc.scm
t guile-oom guile '^out-of-memory$' env GC_MAXIMUM_HEAP_SIZE=200M guile --no-auto-compile oom.scm
t guile-limit guile '^within the limit$' guile --no-auto-compile limit.scm
python3 "$HERE/w3m/gen.py" > page.html
t w3m w3m "^$(cat "$HERE/w3m/expected.md5")" bash -c 'set -o pipefail; w3m -T text/html -I UTF-8 -O UTF-8 -cols 100 -dump page.html | md5sum'
t asy asy "^$(cat "$HERE/asy/expected.md5")" bash -c 'asy -noV -f eps -o out heavy.asy && grep -v "^%%Creat\|^%%Title" out.eps | md5sum'
export NIX_STATE_DIR=$W/nix/state NIX_STORE_DIR=$W/nix/store NIX_LOG_DIR=$W/nix/log NIX_CONF_DIR=$W/nix/conf; mkdir -p "$NIX_CONF_DIR"
t nix nix-instantiate '"fib":28657,"longLived":91954000,"loop":805392,"strs":"4bf480009a69127b","tree":16383,"words":5000' env GC_INITIAL_HEAP_SIZE=16M nix-instantiate --store dummy:// --eval --strict --json heavy.nix
t nix-oom nix-instantiate '^nix oom ok' sh -c 'GC_INITIAL_HEAP_SIZE=16M GC_MAXIMUM_HEAP_SIZE=200M nix-instantiate --store dummy:// --eval oom.nix 2>oom.err; [ $? = 1 ] && grep -q "error: out of memory" oom.err && echo nix oom ok'
t guile-2.2 guile-2.2 'guile 2.2.*: ALL OK' guile-2.2 --no-auto-compile gc.scm
t ecl ecl '^ecl .*: 12000172308 20000 ALL OK$' ecl --norc --shell heavy.lisp
t neko nekoc '^neko: 425783 ALL OK$' sh -c 'nekoc heavy.neko && neko heavy.n'
t crystal crystal '^crystal: 1023000 ALL OK$' sh -c 'crystal build fibers.cr && ./fibers'
echo "$pass passed, $fail failed, $skip skipped"
[ -n "${KEEP:-}" ] && echo "kept $W" || rm -rf "$W"
[ $((pass + fail)) -gt 0 ] || exit 77
[ $fail = 0 ]
