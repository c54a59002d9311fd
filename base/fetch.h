/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_BASE_FETCH_H
#define TIDEMARK_BASE_FETCH_H

/* Asks for the cache line of `at`, to write to it: it is taken away from other
 * processors' caches at once, not when the write comes.  Any address will do.
 *
 * Compilers give x86-64 the instruction only if told that the processor is a
 * newer one; but it was there from the first on, or does nothing (AMD64
 * Architecture Programmer's Manual, volume 3, PREFETCHW). */
#if defined(__x86_64__)
static inline void fetch_to_write(const void *at)
{
    __asm__ volatile("prefetchw %0" : : "m"(*(const char *)at));
}
#else
static inline void fetch_to_write(const void *at)
{
    __builtin_prefetch(at, 1);
}
#endif

#endif
