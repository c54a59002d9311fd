/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_BASE_CHECK_H
#define TIDEMARK_BASE_CHECK_H

/* CHECK: guards memory safety, stays in every build; keep it O(1) and cheap.
 * DEBUG_CHECK: states an invariant; compiled, but only run, in debug builds,
 * so that a stale condition breaks the build and not a debugging session. */

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                \
    (__builtin_expect(!!(condition), 1) \
         ? (void)0                      \
         : check_failed(#condition, __FILE__, __LINE__))

#define DEBUG_CHECK(condition) \
    ((void)(!TIDEMARK_DEBUG || (CHECK(condition), 1)))

__attribute__((noinline, cold, noreturn)) static void
check_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: CHECK(%s) failed\n", file, line, condition);
    abort();
}

#endif
