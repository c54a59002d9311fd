/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_STEAL_H
#define TIDEMARK_GC_STEAL_H

/* The public part of a marker's grey objects: a bounded queue into which its
 * owner puts some of them, and from which anybody, the owner too, takes half of
 * what is there.  No locks, and nobody waits for anybody.
 *
 * Entries `head` up to `tail` are there, both counted since the start, so that
 * they only ever rise; entry i lies at i modulo the capacity.  One thread
 * writes `tail`, those who take move `head` on by compare-and-swap.
 *
 * The deque of D. Chase and Y. Lev, "Dynamic Circular Work-Stealing Deque",
 * SPAA 2005, also lets its owner take back what was put last without such an
 * operation, which costs a full barrier each time (N. M. Le et al., "Correct
 * and Efficient Work-Stealing for Weak Memory Models", PPoPP 2013), and keeps
 * others from taking many at once.  A marker has a private stack for that, and
 * comes here once for hundreds of objects.  A queue of this form is in the
 * scheduler of the language Go (D. Vyukov, "Scalable Go Scheduler Design", 2012).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomics.h"

enum {
    STEAL_CAPACITY = 1024,
    NEIGHBOUR_BYTES = 128, /* cache lines are fetched in pairs */
};

struct steal_queue {
    /* atomic: acquire, and release when moved.  So who sees it moved may
     * overwrite what was taken. */
    _Alignas(NEIGHBOUR_BYTES) AO_t head;
    /* atomic: release, and acquire.  So who sees it sees the entries. */
    _Alignas(NEIGHBOUR_BYTES) AO_t tail;
    /* atomic: no order.  One may be read while it is overwritten; what was read
     * is then not used. */
    _Alignas(NEIGHBOUR_BYTES) AO_t entries[STEAL_CAPACITY];
};

/* Makes the queue empty.  Nobody else may be using it. */
void gc__steal_clear(struct steal_queue *queue);

/* Puts as many of the entries as there is room for and answers how many, the
 * first ones.  For the owner only. */
size_t gc__steal_put(struct steal_queue *queue, const uintptr_t *entries,
                     size_t count);

/* Takes half of what is there, rounded up, but at most `most`, and answers how
 * many.  0: it was empty. */
size_t gc__steal_take(struct steal_queue *queue, uintptr_t *entries,
                      size_t most);

/* How many are there.  For others than the owner: were there, or may be. */
static inline size_t steal_count(const struct steal_queue *queue)
{
    AO_t head = AO_load_acquire(&queue->head);
    return AO_load_acquire(&queue->tail) - head;
}

/* For the owner this is so until it puts something; for others, it was so. */
static inline bool steal_is_empty(const struct steal_queue *queue)
{
    return steal_count(queue) == 0;
}

#endif
