/* SPDX-License-Identifier: MIT */
/* A library that programs load while they run, with a word of each sort. */

#include "tests/plugin.h"

static void *in_data = &in_data;
static void *in_bss;
static _Thread_local void *in_thread;

void **plugin_word(enum plugin_word which)
{
    switch (which) {
    case PLUGIN_DATA:
        return &in_data;
    case PLUGIN_BSS:
        return &in_bss;
    case PLUGIN_THREAD:
        return &in_thread;
    }
    return 0;
}
