/* SPDX-License-Identifier: MIT */
/* How the values are found in linear time.
 *
 * In a round, all pairs that are not settled are looked at; the values of those
 * that are due are shaded; then the marker drains, fast and maybe with helpers.
 * Some of what it marked may be keys, so there is another round.  As long as each
 * settles a good part of the pairs that it looks at, the rounds together cost no
 * more than some looks at each pair.
 *
 * But of a chain, in which the value of each pair leads to the key of the next, a
 * round may settle one.  So when one has settled few, the rest is traced: every
 * object that becomes marked is looked up, as a key and as a pair, and what is due
 * thereby is settled at once.  That costs two looks into a table for each object,
 * once.
 *
 * A round that settles nothing is the last in any case.  So nothing depends on that
 * tracing has seen all, which it has not where the mark stack was full.
 *
 * The note of a record says whether its pair is settled, or is on the list of those
 * that are due and wait for their value to be traced. */

#include "gc/ephemeron.h"

#include "gc/kinds.h"
#include "gc/shade.h"

static const uint32_t OPEN = 0;
static const uint32_t SETTLED = UINT32_MAX;
static const uint32_t LAST_DUE = UINT32_MAX - 1; /* others: number plus one */

enum { GOOD_PART = 8 }; /* of the open pairs, for another round */

struct tracing {
    struct gc_visit visit; /* first: shows it the words of objects */
    struct links *pairs;
    struct marker *marker;
    uint32_t due; /* the first of the list, or LAST_DUE */
};

static const struct ephemeron *pair_of(const struct link_record *record)
{
    return (const struct ephemeron *)keyed_address(&record->link);
}

static bool is_marked(const struct marker *marker, uintptr_t address)
{
    struct cell cell;
    const struct heap_map *map = &marker->heap->map;
    return heap_map_find(map, address, &cell) && cell_is_marked(map, cell);
}

static bool is_due(const struct marker *marker,
                   const struct link_record *record)
{
    return record->link.note == OPEN &&
           is_marked(marker, link_object_of(record)) &&
           is_marked(marker, keyed_address(&record->link));
}

/* ------------------------------------------------------------------ tracing */

static void enlist(struct tracing *tracing, struct link_record *record)
{
    if (!is_due(tracing->marker, record))
        return;
    record->link.note = tracing->due;
    tracing->due = (uint32_t)table_index(&tracing->pairs->table, record) + 1;
}

/* An object has just become marked. */
static void look_up(struct tracing *tracing, struct cell cell)
{
    uintptr_t object = cell_address(&tracing->marker->heap->map, cell);
    struct links *pairs = tracing->pairs;
    struct link_record *record = gc__table_find(&pairs->table, object);
    if (record != NULL)
        enlist(tracing, record);
    for (record = gc__link_first_to(pairs, object); record != NULL;
         record = gc__link_next_to(pairs, record))
        enlist(tracing, record);
}

static void trace(struct tracing *tracing, uintptr_t word)
{
    const struct heap_map *map = &tracing->marker->heap->map;
    struct cell cell;
    if (!heap_map_find(map, word, &cell) || cell_is_marked(map, cell))
        return;
    gc__shade(tracing->marker, word, ALONE);
    if (cell_is_marked(map, cell))
        look_up(tracing, cell);
}

static bool trace_word(struct gc_visit *visit, uintptr_t address,
                       uintptr_t word)
{
    (void)address;
    trace((struct tracing *)visit, word);
    return true;
}

static bool trace_one_value(struct tracing *tracing)
{
    if (tracing->due == LAST_DUE)
        return false;
    struct link_record *record = link_at(tracing->pairs, tracing->due - 1);
    tracing->due = record->link.note;
    record->link.note = SETTLED;
    trace(tracing, AO_load(&pair_of(record)->value));
    return true;
}

static bool trace_one_object(struct tracing *tracing)
{
    struct cell cell;
    if (!gc__mark_take(tracing->marker, &cell))
        return false;
    gc__look_at(tracing->marker->heap, cell, &tracing->visit);
    return true;
}

static void trace_all(struct links *pairs, struct marker *marker)
{
    struct tracing tracing = {
        .visit = {.show = trace_word, .step = marker->step},
        .pairs = pairs,
        .marker = marker,
        .due = LAST_DUE,
    };
    for (size_t i = 0; i < pairs->table.count; i++)
        enlist(&tracing, link_at(pairs, i));
    while (trace_one_value(&tracing) || trace_one_object(&tracing))
        continue;
    gc__mark_drain(marker);
}

/* ------------------------------------------------------------------- rounds */

struct round {
    size_t open;
    size_t settled;
};

static struct round do_round(struct links *pairs, struct marker *marker)
{
    struct round round = {0, 0};
    for (size_t i = 0; i < pairs->table.count; i++) {
        struct link_record *record = link_at(pairs, i);
        round.open += record->link.note == OPEN;
        if (!is_due(marker, record))
            continue;
        record->link.note = SETTLED;
        gc__shade(marker, AO_load(&pair_of(record)->value), ALONE);
        round.settled++;
    }
    gc__mark_drain(marker);
    return round;
}

void gc__ephemerons_mark(struct links *pairs, struct marker *marker,
                         bool begins)
{
    for (size_t i = 0; begins && i < pairs->table.count; i++)
        link_at(pairs, i)->link.note = OPEN;
    for (;;) {
        struct round round = do_round(pairs, marker);
        if (round.settled == 0)
            return;
        if (round.settled < round.open / GOOD_PART)
            trace_all(pairs, marker);
    }
}
