/* SPDX-License-Identifier: MIT */
/* Variables of the environment whose names begin with GC_.  Unlike the core's own
 * they count in every program, as they always have. */

#include "compat/environment.h"

#include <stdlib.h>
#include <string.h>

#include "compat/libgc.h"
#include "compat/print.h"
#include "include/tidemark.h"

enum { MARKERS_MAX = 16 };

/* ------------------------------------------------------------------- values */

/* Presence is enough. */
static bool is_set(const char *name)
{
    return getenv(name) != NULL;
}

static bool is_on(const char *name)
{
    const char *text = getenv(name);
    return text != NULL && strcmp(text, "0") != 0;
}

/* Zero where there is none, or none that makes sense. */
static unsigned long number(const char *name)
{
    const char *text = getenv(name);
    long value = text == NULL ? 0 : strtol(text, NULL, 10);
    return value < 0 ? 0 : (unsigned long)value;
}

static size_t bytes(const char *name)
{
    static const char suffixes[] = "kmg";
    const char *text = getenv(name);
    char *end;
    if (text == NULL)
        return 0;
    size_t value = strtoul(text, &end, 10);
    const char *suffix = *end == '\0' ? NULL : strchr(suffixes, *end | 0x20);
    unsigned shift =
        suffix == NULL ? 0 : 10 * (unsigned)(suffix - suffixes + 1);
    return value > SIZE_MAX >> shift ? 0 : value << shift;
}

/* -------------------------------------------------------------- what it says */

static void read_log(void)
{
    const char *file = getenv("GC_LOG_FILE");
    if (file != NULL)
        gc__compat_print_to_file(file, is_on("GC_ONLY_LOG_TO_FILE"));
    gc__compat_prints_stats =
        is_set("GC_PRINT_STATS") || is_set("GC_PRINT_VERBOSE_STATS");
}

void gc__compat_read_environment(void)
{
    read_log();
    if (is_set("GC_DONT_GC"))
        GC_dont_gc = 1;
    if (is_set("GC_ALL_INTERIOR_POINTERS"))
        GC_all_interior_pointers = 1;
    if (is_set("GC_FIND_LEAK"))
        GC_find_leak = 1;
    if (is_on("GC_USE_ENTIRE_HEAP"))
        GC_use_entire_heap = 1;
    if (number("GC_FREE_SPACE_DIVISOR") > 0)
        GC_free_space_divisor = number("GC_FREE_SPACE_DIVISOR");
    if (number("GC_FULL_FREQUENCY") > 0)
        GC_full_freq = (int)number("GC_FULL_FREQUENCY");
    if (number("GC_PAUSE_TIME_TARGET") > 0)
        GC_time_limit = number("GC_PAUSE_TIME_TARGET");
}

static void apply_markers(void)
{
    unsigned long count = number("GC_MARKERS");
    if (count == 0)
        count = number("GC_NPROCS");
    if (count > 0)
        gc_set(TIDEMARK_MARKERS, count > MARKERS_MAX ? MARKERS_MAX : count);
}

void gc__compat_apply_environment(void)
{
    size_t initial = bytes("GC_INITIAL_HEAP_SIZE");
    size_t most = bytes("GC_MAXIMUM_HEAP_SIZE");
    apply_markers();
    if (initial > 0)
        GC_expand_hp(initial);
    if (most > 0) {
        GC_set_max_heap_size(most);
        if (GC_max_retries == 0)
            GC_max_retries = 2;
    }
}
