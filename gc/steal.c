/* SPDX-License-Identifier: MIT */
/* Why what is taken is right.
 *
 * The swap in take() succeeds only if `head` has not moved since it was read,
 * as it never comes back to a value.  So no other taker has got those entries.
 * Neither has the owner overwritten one of them: it writes entry i + CAPACITY
 * only after it has seen a head larger than i.
 *
 * And each was there to be read: the owner wrote it before it moved `tail`
 * (release), and the taker read `tail` (acquire) before the entry.  If on the
 * other hand the owner overwrites entries after others have been taken, it has
 * read `head` (acquire) as moved by the swap (release), which comes after the
 * taker's reading of them. */

#include "gc/steal.h"

#include "base/word.h"

static volatile AO_t *entry_at(struct steal_queue *queue, AO_t index)
{
    return &queue->entries[index % STEAL_CAPACITY];
}

void gc__steal_clear(struct steal_queue *queue)
{
    AO_store(&queue->head, 0);
    AO_store(&queue->tail, 0);
}

size_t gc__steal_put(struct steal_queue *queue, const uintptr_t *entries,
                     size_t count)
{
    AO_t head = AO_load_acquire(&queue->head);
    AO_t tail = AO_load(&queue->tail);
    count = smaller(count, STEAL_CAPACITY - (tail - head));
    for (size_t i = 0; i < count; i++)
        AO_store(entry_at(queue, tail + i), entries[i]);
    AO_store_release(&queue->tail, tail + count);
    return count;
}

size_t gc__steal_take(struct steal_queue *queue, uintptr_t *entries,
                      size_t most)
{
    for (;;) {
        AO_t head = AO_load_acquire(&queue->head);
        size_t there = AO_load_acquire(&queue->tail) - head;
        size_t count = smaller((there + 1) / 2, most);
        if (count == 0)
            return 0;
        /* If `head` is an old value, there may seem to be more than fit. */
        if (there > STEAL_CAPACITY)
            continue;
        for (size_t i = 0; i < count; i++)
            entries[i] = AO_load(entry_at(queue, head + i));
        if (AO_compare_and_swap_full(&queue->head, head, head + count))
            return count;
    }
}
