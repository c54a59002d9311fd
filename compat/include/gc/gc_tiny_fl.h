/* SPDX-License-Identifier: MIT */
#ifndef GC_TINY_FL_H
#define GC_TINY_FL_H

/* Sizes of objects in granules, and arrays of free lists: the n-th list of such
 * an array has objects of n granules, linked through their first words. */

#ifndef GC_GRANULE_BYTES
#define GC_GRANULE_BYTES 16
#define GC_GRANULE_WORDS 2
#endif

/* Words in granules, rounded down. */
#if GC_GRANULE_WORDS == 2
#define GC_WORDS_TO_GRANULES(words) ((words) >> 1)
#else
#define GC_WORDS_TO_GRANULES(words) \
    ((words) * sizeof(void *) / GC_GRANULE_BYTES)
#endif

/* How many lists such an array has: for less than 400 bytes. */
#ifndef GC_TINY_FREELISTS
#define GC_TINY_FREELISTS 25
#endif

/* The size of the objects in the n-th list. */
#define GC_RAW_BYTES_FROM_INDEX(n) ((n)*GC_GRANULE_BYTES)

#endif
