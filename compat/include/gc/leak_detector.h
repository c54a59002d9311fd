/* SPDX-License-Identifier: MIT */
#ifndef GC_LEAK_DETECTOR_H
#define GC_LEAK_DETECTOR_H

/* For programs that free what they allocate, and want to know whether they do:
 *
 *     cc -include gc/leak_detector.h ...
 *
 * with GC_set_find_leak(1) or the variable GC_FIND_LEAK of the environment.  libc's
 * names become the collector's, and CHECK_LEAKS() reports. */

#ifndef GC_DEBUG
#define GC_DEBUG
#endif

#include "gc.h"

/* First libc's own declarations, while the names are libc's. */
#ifndef GC_DONT_INCLUDE_STDLIB
#include <stdlib.h>

#include <string.h>
#endif
#ifdef GC_REQUIRE_WCSDUP
#include <wchar.h>
#endif

#undef malloc
#undef calloc
#undef realloc
#undef free
#undef memalign
#undef posix_memalign
#undef strdup
#undef strndup

#define malloc(bytes)          GC_MALLOC(bytes)
#define calloc(count, bytes)   GC_MALLOC((count) * (bytes))
#define realloc(object, bytes) GC_REALLOC(object, bytes)
#define free(object)           GC_FREE(object)
#define strdup(string)         GC_STRDUP(string)
#define strndup(string, bytes) GC_STRNDUP(string, bytes)

/* Of these there are none with file and line. */
#define memalign(alignment, bytes) GC_memalign(alignment, bytes)
#define posix_memalign(place, alignment, bytes) \
    GC_posix_memalign(place, alignment, bytes)

#ifdef GC_REQUIRE_WCSDUP
#undef wcsdup
#define wcsdup(string) GC_WCSDUP(string)
#endif

#ifndef CHECK_LEAKS
#define CHECK_LEAKS() GC_gcollect()
#endif

#endif
