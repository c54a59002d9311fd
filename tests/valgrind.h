/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TESTS_VALGRIND_H
#define TIDEMARK_TESTS_VALGRIND_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* For tests of what valgrind does in the system's place. */
static inline bool is_under_valgrind(void)
{
    const char *preloaded = getenv("LD_PRELOAD");
    return preloaded != NULL && strstr(preloaded, "vgpreload") != NULL;
}

#endif
