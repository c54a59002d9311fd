/* SPDX-License-Identifier: MIT */
#include "gc/finalize.h"

#include "base/check.h"

void gc__finalizers_init(struct finalizers *finalizers)
{
    *finalizers = (struct finalizers){.in_cycle = ~(uintptr_t)0};
    gc__table_init(&finalizers->waiting, sizeof(struct finalizer_record));
    gc__table_init(&finalizers->ready, sizeof(struct finalizer_record));
}

void gc__finalizers_finish(struct finalizers *finalizers)
{
    gc__table_finish(&finalizers->waiting);
    gc__table_finish(&finalizers->ready);
}

/* ---------------------------------------------------------------- waiting */

static struct finalizer finalizer_of(const struct finalizer_record *record)
{
    if (record == NULL)
        return (struct finalizer){NULL, NULL, FINALIZE_NO_ORDER};
    return (struct finalizer){record->run, record->data,
                              finalizer_order_of(record)};
}

struct finalizer gc__finalizer_of(const struct finalizers *finalizers,
                                  const struct variable *heap, struct cell cell)
{
    return finalizer_of(
        gc__table_find(&finalizers->waiting, cell_address(&heap->map, cell)));
}

static void remove_waiting(struct finalizers *finalizers,
                           struct finalizer_record *record)
{
    finalizers->of_order[finalizer_order_of(record)]--;
    gc__table_remove(&finalizers->waiting, record);
}

static bool has_room_for_one(struct finalizers *finalizers)
{
    size_t waiting = finalizers->waiting.count + 1;
    return gc__table_reserve(&finalizers->waiting, waiting) &&
           gc__table_reserve(&finalizers->ready,
                             waiting + finalizers->ready.count);
}

static void fill_in(struct finalizers *finalizers,
                    struct finalizer_record *record,
                    const struct finalizer *wanted)
{
    record->run = wanted->run;
    record->data = wanted->data;
    record->object.note = wanted->order;
    finalizers->of_order[wanted->order]++;
}

enum finalizer_answer gc__finalizer_set(struct finalizers *finalizers,
                                        struct variable *heap, struct cell cell,
                                        const struct finalizer *wanted,
                                        struct finalizer *old)
{
    uintptr_t object = cell_address(&heap->map, cell);
    struct finalizer_record *record =
        gc__table_find(&finalizers->waiting, object);
    *old = finalizer_of(record);
    if (wanted->run == NULL) {
        if (record != NULL)
            remove_waiting(finalizers, record);
        return FINALIZER_IS_SET;
    }
    if (record != NULL) {
        finalizers->of_order[old->order]--;
    } else {
        if (!has_room_for_one(finalizers))
            return FINALIZER_HAS_NO_MEMORY;
        record = gc__table_add(&finalizers->waiting, object);
        variable_tie(heap, cell);
        finalizers->registered++;
    }
    fill_in(finalizers, record, wanted);
    return FINALIZER_IS_SET;
}

/* ------------------------------------------------------------------- ready */

static void count_ready(struct finalizers *finalizers)
{
    AO_store(&finalizers->ready_count, finalizers->ready.count);
}

void gc__finalizer_make_ready(struct finalizers *finalizers,
                              struct finalizer_record *record)
{
    struct finalizer_record *ready =
        gc__table_add(&finalizers->ready, keyed_address(&record->object));
    ready->object.note = record->object.note;
    ready->run = record->run;
    ready->data = record->data;
    remove_waiting(finalizers, record);
    count_ready(finalizers);
}

void gc__finalizers_make_all_ready(struct finalizers *finalizers)
{
    while (finalizers->waiting.count > 0)
        gc__finalizer_make_ready(finalizers, table_last(&finalizers->waiting));
}

/* Takes them in turn, so that each is taken, however many more become ready. */
bool gc__finalizer_take(struct finalizers *finalizers,
                        struct finalizer_call *call)
{
    struct table *ready = &finalizers->ready;
    if (ready->count == 0)
        return false;
    if (finalizers->next >= ready->count)
        finalizers->next = 0;
    struct finalizer_record *record = finalizer_at(ready, finalizers->next++);
    call->run = record->run;
    call->object = (void *)keyed_address(&record->object);
    call->data = record->data;
    gc__table_remove(ready, record);
    count_ready(finalizers);
    return true;
}

/* -------------------------------------------------------------------- rest */

void gc__finalizers_forget(struct finalizers *finalizers, uintptr_t object)
{
    struct finalizer_record *record;
    record = gc__table_find(&finalizers->waiting, object);
    if (record != NULL)
        remove_waiting(finalizers, record);
    while ((record = gc__table_find(&finalizers->ready, object)) != NULL)
        gc__table_remove(&finalizers->ready, record);
    count_ready(finalizers);
}

void gc__finalizers_trim(struct finalizers *finalizers)
{
    struct table *waiting = &finalizers->waiting;
    struct table *ready = &finalizers->ready;
    gc__table_trim(waiting, 0);
    gc__table_trim(ready, ready->count + waiting->count);
}

size_t gc__finalizers_memory_bytes(const struct finalizers *finalizers)
{
    return range_size(finalizers->waiting.pages) +
           range_size(finalizers->ready.pages);
}

const char *gc__finalizers_verify(const struct finalizers *finalizers)
{
    size_t of_order[FINALIZER_ORDERS] = {0};
    for (size_t i = 0; i < finalizers->waiting.count; i++)
        of_order[finalizer_order_of(finalizer_at(&finalizers->waiting, i))]++;
    for (unsigned order = 0; order < FINALIZER_ORDERS; order++)
        if (of_order[order] != finalizers->of_order[order])
            return "the finalizers of each order are counted";
    if (finalizers->ready.capacity <
        finalizers->ready.count + finalizers->waiting.count)
        return "there is room for all finalizers among the ready ones";
    const char *fault = gc__table_verify(&finalizers->waiting);
    return fault != NULL ? fault : gc__table_verify(&finalizers->ready);
}
