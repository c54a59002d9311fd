/* SPDX-License-Identifier: MIT */
/* A library that a test is linked with, with thread-local variables. */

#include "tests/linked.h"

static _Thread_local void *in_thread[1000];

void **linked_word(void)
{
    return in_thread;
}
