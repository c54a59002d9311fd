/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_SWEEP_H
#define TIDEMARK_GC_SWEEP_H

/* Sweeping: unreached objects go back to the free lists.
 *
 * Nothing is swept in the pause.  When the marking ends, gc__sweep_begin says
 * that all blocks are unswept, and from then on the allocator sweeps each when
 * it needs one of its class; what nobody needed is swept before the next
 * marking, since a mark left over would revive a dead object, whose referents
 * have been handed out again.
 *
 * Dead objects of some kinds are shown to the program first (alloc/kinds.h): they
 * are swept when the world has gone on, under the lock. */

#include "alloc/variable.h"

/* The marked bits are now what lives. */
void gc__sweep_begin(struct variable *heap);

/* Has the dead objects of kinds that want to see them swept.  Call it before the
 * lock is given back, but when the world goes on: the program's code is called,
 * and may need what other threads have. */
void gc__sweep_show(struct variable *heap);

/* Sweeps the blocks that nobody asked for. */
void gc__sweep_rest(struct variable *heap);

/* When free memory was last looked through. */
struct return_clock {
    uint64_t ns;
    uint32_t cycle;
};

/* Returns memory to the system that has been free for a while: since before the
 * last look, which was half a second ago or more. */
void gc__sweep_return_old(struct variable *heap, struct return_clock *clock,
                          uint64_t now_ns);

/* Sweeps everything now and returns all free pages. */
void gc__sweep_return_all(struct variable *heap);

#endif
