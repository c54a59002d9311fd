/* SPDX-License-Identifier: MIT */
/* A library with so many thread-local variables that their memory is unmapped
 * when it is freed. */

#include "tests/plugin.h"

static _Thread_local void *in_thread[LARGE_PLUGIN_WORDS];

void **plugin_words(enum plugin_data which)
{
    return which == PLUGIN_THREAD ? in_thread : 0;
}
