/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_MEMCHECK_H
#define TIDEMARK_PLATFORM_MEMCHECK_H

/* What memcheck, the tool of valgrind, is told, where its header was there when
 * the library was built.  Without valgrind a request is some instructions that do
 * nothing, so none stands where an object is handed out in the usual way: under
 * valgrind there are no runs and no freed lists (memcheck_is_on), and every
 * object comes by.
 *
 * Source: valgrind/memcheck.h. */

#include <stdbool.h>

#include "base/word.h"

#if defined(TIDEMARK_HAS_MEMCHECK)

#include <valgrind/memcheck.h>

static inline bool memcheck_is_on(void)
{
    return RUNNING_ON_VALGRIND != 0;
}

static inline void memcheck_no_access(struct range range)
{
    VALGRIND_MAKE_MEM_NOACCESS(range.low, range_size(range));
}

static inline void memcheck_undefined(struct range range)
{
    VALGRIND_MAKE_MEM_UNDEFINED(range.low, range_size(range));
}

static inline void memcheck_defined(struct range range)
{
    VALGRIND_MAKE_MEM_DEFINED(range.low, range_size(range));
}

/* From here on nothing that the calling thread does is reported, ... */
static inline void memcheck_pause(void)
{
    VALGRIND_DISABLE_ERROR_REPORTING;
}

/* ... until here. */
static inline void memcheck_go_on(void)
{
    VALGRIND_ENABLE_ERROR_REPORTING;
}

/* A stack that is switched to. */
static inline void memcheck_note_stack(struct range stack)
{
    VALGRIND_STACK_REGISTER(stack.low, stack.high);
}

#else

static inline bool memcheck_is_on(void)
{
    return false;
}

static inline void memcheck_no_access(struct range range)
{
    (void)range;
}

static inline void memcheck_undefined(struct range range)
{
    (void)range;
}

static inline void memcheck_defined(struct range range)
{
    (void)range;
}

static inline void memcheck_pause(void)
{
}

static inline void memcheck_go_on(void)
{
}

static inline void memcheck_note_stack(struct range stack)
{
    (void)stack;
}

#endif

#endif
