/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TESTS_COMPAT_THREADS_H
#define TIDEMARK_TESTS_COMPAT_THREADS_H

/* For programs of the other library's interface: objects whose addresses are
 * hidden, and threads that wait for each other. */

#include <check.h>
#include <gc/gc.h>
#include <gc/gc_mark.h>
#include <gc/javaxfc.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomics.h"

enum { HIDDEN = 2000, BYTES = 48, FILLING = 0x6b };

static uintptr_t hidden[HIDDEN];
static void *held[HIDDEN]; /* until let_go() */

static inline void *reveal(size_t i)
{
    return (void *)~hidden[i];
}

__attribute__((noinline, unused)) static void hide_objects(void)
{
    for (size_t i = 0; i < HIDDEN; i++) {
        held[i] = memset(GC_MALLOC(BYTES), FILLING, BYTES);
        hidden[i] = ~(uintptr_t)held[i];
    }
}

/* What is lost is handed out again, and overwritten. */
static inline void let_go_and_collect(void)
{
    memset(held, 0, sizeof held);
    GC_gcollect();
    for (size_t i = 0; i < HIDDEN; i++)
        memset(GC_MALLOC(BYTES), 0xff, BYTES);
}

static inline bool is_whole(const void *object)
{
    const unsigned char *bytes = object;
    for (size_t i = 0; i < BYTES; i++)
        if (bytes[i] != FILLING)
            return false;
    return true;
}

static inline size_t count_whole(void)
{
    size_t whole = 0;
    for (size_t i = 0; i < HIDDEN; i++)
        whole += is_whole(reveal(i));
    return whole;
}

static inline void reveal_all(void *volatile *pointers)
{
    for (size_t i = 0; i < HIDDEN; i++)
        pointers[i] = reveal(i);
}

/* ------------------------------------------------------------------ counters */

static unsigned arrived, may_go; /* atomic */

static inline void count_up(unsigned *counter)
{
    AO_int_fetch_and_add_full(counter, 1);
}

static inline void await_count(const unsigned *counter, unsigned value)
{
    while (AO_int_load_acquire(counter) < value)
        sched_yield();
}

static inline void arrive_and_wait(void)
{
    count_up(&arrived);
    await_count(&may_go, 1);
}

static inline void reset_counters(void)
{
    AO_int_store(&arrived, 0);
    AO_int_store(&may_go, 0);
}

#endif
