/* SPDX-License-Identifier: MIT */
/* A library that programs load while they run, with words of each sort. */

#include "tests/plugin.h"

static void *in_data[PLUGIN_WORDS] = {in_data};
static void *in_bss[PLUGIN_WORDS];
static _Thread_local void *in_thread[PLUGIN_WORDS];

void **plugin_words(enum plugin_data which)
{
    switch (which) {
    case PLUGIN_DATA:
        return in_data;
    case PLUGIN_BSS:
        return in_bss;
    case PLUGIN_THREAD:
        return in_thread;
    }
    return 0;
}
