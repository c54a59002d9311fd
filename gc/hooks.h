/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_HOOKS_H
#define TIDEMARK_GC_HOOKS_H

/* What a library that gives the collector another face hangs into it: one
 * constant table for the process.  A NULL entry stands for what the collector
 * does by itself.
 *
 * The pointers to settings are read at each collection, since programs write to
 * them at any time.
 *
 * The functions are called with the heap's lock held, by the thread that
 * collects, on a stack of some 100 KiB where the world stands still.  They may
 * call what gc/api/private.h allows them, and must not allocate. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The steps of a collection, in their order. */
enum step {
    STEP_BEGIN,
    STEP_STOPPING,
    STEP_STOPPED, /* the world stands still until ... */
    STEP_MARKING,
    STEP_MARKED,
    STEP_RESUMING, /* ... now */
    STEP_RESUMED,
    STEP_SWEEPING,
    STEP_SWEPT,
    STEP_END,
    STEP_GIVEN_UP, /* instead of all from STEP_MARKED on but STEP_RESUMING and
                      STEP_RESUMED, after these */
};

/* Asked while a collection marks; not 0: it is to be given up. */
typedef int gc__question(void);

struct hooks {
    const int *disabled;     /* > 0: no collection, the heap grows instead */
    const int *only_by_call; /* not 0: none that nobody asked for */
    const int *skips_data;   /* not 0: loaded data is not looked at */
    gc__question *const *gives_up; /* asked of those that the pace calls for;
                                      NULL in there: they are not given up */

    const int
        *unreachable_later; /* 0: finalizers for unreachable objects become
                                     ready with the others, no matter whether the
                                     objects of those lead to theirs */

    void (*on_step)(enum step step);

    /* Memory has been added to the heap. */
    void (*on_growth)(void);

    /* The finalizer of an object has become ready. */
    void (*on_ready)(void *object);

    /* Shows the roots that only the program knows, and calls
     * gc__mark_all_threads, before or after; if it does not, no thread's registers
     * and stack are looked at. */
    void (*mark_roots)(void);

    /* Whether a writable segment of what is loaded is to be looked at.  Called
     * with the loader's lock, and not the heap's. */
    bool (*takes_segment)(const char *library, uintptr_t low, size_t bytes);

    char **main_stack_bottom; /* the end of the stack that the main thread runs
                                 on; NULL: of its own */
};

#endif
