/* SPDX-License-Identifier: MIT */
/* A random program against a shadow model.
 *
 *     stress [SEED [OPERATIONS]]
 *
 * Allocates all kinds and sizes, stores and drops pointers, resizes, frees,
 * adds and removes roots, forbids and allows collections, and runs out of
 * memory.  The contents of every object that must be alive are checked again
 * and again, and the heap is verified at each collection.  The same seed makes
 * the same program. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc/verify.h"
#include "gc/api/process.h"
#include "platform/pages.h"
#include "tests/stress/model.h"

enum {
    CHECK_EVERY = 20000, /* operations */
    PHASE_EVERY = 50000, /* see begin_phase */
    LIVE_MOST = 10000,   /* objects */
    STATIC_SLOTS = 400,
    THREAD_SLOTS = 32,
    STACK_SLOTS = 32,
    RANGE_SLOTS = 64,
    RANGES = 8,
    UNCOLLECTABLE_MOST = 500,
};

static void *static_slots[STATIC_SLOTS];
static _Thread_local void *thread_slots[THREAD_SLOTS];
static void **ranges[RANGES];
static uint32_t uncollectable[UNCOLLECTABLE_MOST];
static size_t uncollectable_count;
static size_t disabled;
static size_t scarce_until; /* operation at which there is memory again */

static struct {
    size_t shown, staying, refused, moved, freed, verified, checked,
        most_reached;
} done;

/* -------------------------------------------------------------- allocating */

/* Mostly small. */
static size_t pick_size(void)
{
    size_t choice = pick(500);
    if (choice == 0)
        return pick(100000);
    if (choice == 1)
        return 32000 + pick(2000);
    if (choice == 2)
        return 65536 * (1 + pick(3)) - pick(40);
    if (choice < 12)
        return pick(8000);
    return pick(200);
}

/* Kinds that the program adds.  A procedure looks at where edges may be, or an
 * object has a type, if words are in steps of 8, or any word may be a pointer. */
static int by_procedure, of_words, of_mortals, typed;
static struct gc_type *edges_type;

static void look_at_edges(void *object, size_t bytes, struct gc_visit *visit,
                          void *context)
{
    const char *end = (const char *)object + bytes;
    const char *low = (const char *)object + *(const size_t *)context;
    const char *high = low + EDGES * sizeof(void *);
    gc_mark_words(visit, low, high < end ? high : end);
}

/* Looks at all of it, which a sanitizer would notice if it were too late.  Some
 * are to stay until the next collection. */
static bool note_death(void *object, size_t bytes, void *context)
{
    const unsigned char *at = object;
    size_t *sum = context;
    for (size_t i = 0; i < bytes; i++)
        *sum += at[i];
    bool stays = *sum % 16 == 0;
    done.shown++;
    done.staying += stays;
    return stays;
}

static void add_kinds(void)
{
    static size_t sum;
    const uint64_t edges = (1 << EDGES) - 1;
    const struct gc_kind_traits procedure = {
        .look = TIDEMARK_LOOK_BY_PROCEDURE,
        .mark = look_at_edges,
        .context = &model.skew,
    };
    const struct gc_kind_traits words = {.look = TIDEMARK_LOOK_AT_WORDS};
    const struct gc_kind_traits mortals = {.dead = note_death, .context = &sum};
    by_procedure = gc_kind_new(&procedure);
    of_words = gc_kind_new(&words);
    of_mortals = gc_kind_new(&mortals);
    edges_type = gc_type_new(&edges, 32);
    struct gc_object_header header;
    gc_object_header_of(gc_malloc_typed(edges_type, 8), &header);
    typed = (int)header.kind;
}

static int pick_added_kind(void)
{
    const int kinds[] = {by_procedure, of_words, of_mortals, typed};
    return kinds[pick(model.skew == 0 ? 4 : 3)];
}

static void *allocate_added(int kind, size_t bytes)
{
    return kind == typed ? gc_malloc_typed(edges_type, bytes)
                         : gc_malloc_kind(kind, bytes);
}

static enum gc_kind pick_kind(void)
{
    if (pick(8) == 0)
        return (enum gc_kind)pick_added_kind();
    switch (pick(64)) {
    case 0:
        return TIDEMARK_UNCOLLECTABLE;
    case 1:
        return TIDEMARK_ATOMIC_UNCOLLECTABLE;
    default:
        return pick(4) == 0 ? TIDEMARK_ATOMIC : TIDEMARK_SCANNED;
    }
}

static void *allocate(enum gc_kind kind, size_t bytes)
{
    if (kind > TIDEMARK_ATOMIC_UNCOLLECTABLE)
        return allocate_added((int)kind, bytes);
    switch (kind) {
    case TIDEMARK_ATOMIC:
        return gc_malloc_atomic(bytes);
    case TIDEMARK_UNCOLLECTABLE:
        return gc_malloc_uncollectable(bytes);
    case TIDEMARK_ATOMIC_UNCOLLECTABLE:
        return gc_malloc_atomic_uncollectable(bytes);
    case TIDEMARK_SCANNED:
        break;
    }
    if (pick(16) > 0)
        return gc_malloc(bytes);
    size_t alignment = (size_t)1 << pick(pick(50) == 0 ? 21 : 14);
    void *object = gc_aligned_alloc(alignment, bytes);
    if ((uintptr_t)object % alignment != 0)
        model_fail("%p is not aligned to %zu", object, alignment);
    return object;
}

static void check_zeroes(const unsigned char *object, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (object[i] != 0)
            model_fail("byte %zu of %zu is not zeroed", i, to);
}

static void check_header(const void *object, size_t bytes, enum gc_kind kind)
{
    struct gc_object_header header;
    if (!gc_object_header_of(object, &header) || header.base != object ||
        header.bytes < bytes || header.kind != kind || !header.allocated)
        model_fail("%p, %zu bytes, has another header", object, bytes);
}

static bool note_refusal(const void *object)
{
    if (object != NULL)
        return false;
    if (scarce_until == 0 || errno != ENOMEM)
        model_fail("refused, errno %d", errno);
    done.refused++;
    return true;
}

static void allocate_one(void)
{
    size_t bytes = pick_size();
    enum gc_kind kind = pick_kind();
    struct spot place;
    if (model.free_count == 0 || !model_pick_place(&place))
        return;
    bool is_list_full = uncollectable_count == UNCOLLECTABLE_MOST;
    bool needs_list =
        kind == TIDEMARK_UNCOLLECTABLE || kind == TIDEMARK_ATOMIC_UNCOLLECTABLE;
    if (needs_list && is_list_full)
        kind = TIDEMARK_SCANNED;
    void *object = allocate(kind, bytes);
    if (note_refusal(object))
        return;
    check_header(object, bytes, kind);
    if (kind != TIDEMARK_ATOMIC && kind != TIDEMARK_ATOMIC_UNCOLLECTABLE)
        check_zeroes(object, 0, bytes);
    uint32_t number = model_new(object, bytes, kind);
    if (is_uncollectable(shadow_of(number)))
        uncollectable[uncollectable_count++] = number;
    else
        model_point(place, number, 0);
}

/* ------------------------------------------------------------------- links */

static void store_one(void)
{
    struct spot from, to;
    if (!model_walk(&to) || !model_pick_place(&from))
        return;
    uint32_t target = to.link->target;
    size_t bytes = shadow_of(target)->bytes;
    size_t offset = bytes == 0 || pick(2) == 0 ? 0 : pick(bytes);
    model_point(from, target, offset);
}

static void drop_one(void)
{
    struct spot place;
    if (model_walk(&place))
        model_point(place, NO_SHADOW, 0);
}

/* Dropping slots and edges at random, when too much lives. */
static void drop_many(void)
{
    for (size_t i = 0; i < model.slot_count * 2; i++)
        drop_one();
}

/* ------------------------------------------------------ resizing, freeing */

/* An object that nothing but the link found knows. */
static bool walk_to_owned(struct spot *place)
{
    return model_walk(place) &&
           shadow_of(place->link->target)->references == 1 &&
           !is_uncollectable(shadow_of(place->link->target));
}

static void check_resized(const unsigned char *object, const unsigned char *old,
                          size_t had, size_t bytes, bool is_zeroed)
{
    if (memcmp(object, old, had < bytes ? had : bytes) != 0)
        model_fail("resizing from %zu to %zu bytes has changed them", had,
                   bytes);
    if (is_zeroed && bytes > had)
        check_zeroes(object, had, bytes);
}

static void resize_one(void)
{
    static unsigned char old[1 << 19];
    struct spot place;
    if (!walk_to_owned(&place))
        return;
    uint32_t number = place.link->target;
    const struct shadow *shadow = shadow_of(number);
    size_t had = shadow->bytes;
    size_t bytes =
        pick(2) == 0 ? pick_size() : had + pick(20) - pick(20) % (had + 1);
    model_check_object(number);
    memcpy(old, address_of(shadow), had);
    void *object = gc_realloc(address_of(shadow), bytes);
    if (note_refusal(object)) {
        model_check_object(number);
        return;
    }
    check_header(object, bytes, shadow->kind);
    check_resized(object, old, had, bytes, is_scanned(shadow));
    memset(old, 0, had);
    done.moved += object != address_of(shadow);
    model_move(number, object, bytes);
    model_point(place, number, bytes == 0 ? 0 : place.link->offset % bytes);
}

static void free_one(void)
{
    struct spot place;
    if (!walk_to_owned(&place))
        return;
    uint32_t number = place.link->target;
    model_check_object(number);
    gc_free(address_of(shadow_of(number)));
    model_point(place, NO_SHADOW, 0);
    model_forget(number);
    done.freed++;
}

static void free_uncollectable(void)
{
    if (uncollectable_count == 0)
        return;
    size_t i = pick(uncollectable_count);
    uint32_t number = uncollectable[i];
    if (shadow_of(number)->references > 0)
        return;
    model_check_object(number);
    gc_free(address_of(shadow_of(number)));
    model_forget(number);
    uncollectable[i] = uncollectable[--uncollectable_count];
    done.freed++;
}

/* ------------------------------------------------------------------- roots */

static void add_range(size_t i)
{
    ranges[i] = calloc(RANGE_SLOTS, sizeof *ranges[i]);
    if (gc_add_roots(ranges[i], ranges[i] + RANGE_SLOTS)) {
        model_add_slots(ranges[i], RANGE_SLOTS);
        return;
    }
    note_refusal(NULL);
    free(ranges[i]);
    ranges[i] = NULL;
}

static void remove_words(void **words, size_t count)
{
    if (!gc_remove_roots(words, words + count))
        model_fail("a range cannot be removed");
    model_remove_slots(words, count);
}

/* In two parts, so that the range is split first. */
static void remove_range(size_t i)
{
    if (scarce_until > 0)
        return;
    remove_words(ranges[i] + RANGE_SLOTS / 4, RANGE_SLOTS / 2);
    remove_words(ranges[i], RANGE_SLOTS);
    free(ranges[i]);
    ranges[i] = NULL;
}

static void change_ranges(void)
{
    size_t i = pick(RANGES);
    if (ranges[i] == NULL)
        add_range(i);
    else
        remove_range(i);
}

/* -------------------------------------------------------------- conditions */

static void disable_or_enable(void)
{
    if (disabled < 2 && pick(2) == 0) {
        gc_disable();
        disabled++;
    } else if (disabled > 0) {
        gc_enable();
        disabled--;
    }
}

/* For some operations the heap may not grow, or the system gives nothing. */
static void make_memory_scarce(void)
{
    scarce_until = model.operation + 1 + pick(2000);
    if (pick(2) == 0)
        gc__pages_fail_from(1 + pick(10));
    else
        gc_set(TIDEMARK_HEAP_LIMIT,
               variable_used_bytes(&gc__process.heap.variable) + pick(1 << 17));
}

static void end_scarcity(void)
{
    if (scarce_until == 0 || model.operation < scarce_until)
        return;
    scarce_until = 0;
    gc__pages_fail_from(0);
    gc_set(TIDEMARK_HEAP_LIMIT, 0);
}

/* Half of the time collections come by the goal, and cells by runs and freed
 * lists; else all comes one by one, and the marks are verified too. */
static void begin_phase(void)
{
    gc_set(TIDEMARK_STRESS, pick(2) == 0 ? 0 : 50 + pick(1000));
    gc_set(TIDEMARK_HEAP_FLOOR, (size_t)1 << (18 + pick(5)));
    gc_set(TIDEMARK_GROWTH, 105 + pick(200));
}

static void verify(void)
{
    size_t where;
    const char *fault = gc__variable_verify(&gc__process.heap.variable,
                                            &gc__process.first.local, &where);
    if (fault != NULL)
        model_fail("block %zu: \"%s\" does not hold", where, fault);
    done.verified++;
}

static void verify_after_collection(void)
{
    static size_t seen;
    if (gc__process.heap.totals.collections == seen)
        return;
    seen = gc__process.heap.totals.collections;
    verify();
}

static void check_all(void)
{
    model_check_all();
    done.checked += model.reached;
    if (model.reached > done.most_reached)
        done.most_reached = model.reached;
    if (model.reached > LIVE_MOST)
        drop_many();
}

/* -------------------------------------------------------------- operations */

static const struct {
    size_t weight;
    void (*run)(void);
} operations[] = {
    {70000, allocate_one},    {60000, store_one},
    {45000, drop_one},        {12000, resize_one},
    {10000, free_one},        {2500, free_uncollectable},
    {100, change_ranges},     {30, verify},
    {20, disable_or_enable},  {10, GC_collect},
    {20, make_memory_scarce},
};

static void run_operation(void)
{
    size_t sum = 0;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        sum += operations[i].weight;
    size_t at = pick(sum);
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (at < operations[i].weight) {
            operations[i].run();
            return;
        }
        at -= operations[i].weight;
    }
}

static void run_operations(size_t count)
{
    for (model.operation = 1; model.operation <= count; model.operation++) {
        run_operation();
        verify_after_collection();
        end_scarcity();
        if (model.operation % CHECK_EVERY == 0)
            check_all();
        if (model.operation % PHASE_EVERY == 0)
            begin_phase();
    }
}

/* ------------------------------------------------------------------ the end */

static bool count_object(const struct gc_object_header *object, void *context)
{
    (void)object;
    *(size_t *)context += 1;
    return true;
}

/* When everything is dropped, hardly anything is left.  The edges go too: a
 * stale word of the stack then keeps one object, and not all behind it. */
static void drop_everything(void)
{
    for (uint32_t i = 0; i < SHADOWS_MOST; i++)
        for (unsigned edge = 0;
             shadow_of(i)->is_used && edge < shadow_of(i)->edge_count; edge++) {
            struct shadow *shadow = shadow_of(i);
            unsigned char *word =
                address_of(shadow) + model.skew + edge * sizeof(void *);
            model_point((struct spot){&shadow->edges[edge], word}, NO_SHADOW,
                        0);
        }
    for (size_t i = 0; i < model.slot_count; i++)
        model_point((struct spot){&model.slots[i].link,
                                  (unsigned char *)model.slots[i].place},
                    NO_SHADOW, 0);
    while (uncollectable_count > 0)
        free_uncollectable();
}

static void finish(void)
{
    scarce_until = scarce_until > 0 ? 1 : 0;
    end_scarcity();
    while (disabled > 0)
        disable_or_enable();
    check_all();
    size_t before = model.reached, after = 0;
    drop_everything();
    done.staying = 0;
    GC_collect();
    verify();
    gc_visit_objects(count_object, &after);
    if (after > before / 20 + 20 + done.staying)
        model_fail("%zu of %zu objects are left, and %zu asked to stay", after,
                   before, done.staying);
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    size_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000 * 1000;
    void *stack_slots[STACK_SLOTS] = {NULL};
    static const size_t steps[] = {8, 8, 8, 4, 2, 1};
    size_t step = steps[seed % 6];

    printf("seed %llu, %zu operations, words in steps of %zu\n",
           (unsigned long long)seed, count, step);
    fflush(stdout);
    if (!gc_init() || !gc_set(TIDEMARK_WORD_STEP, step))
        return EXIT_FAILURE;
    model_init(seed, step < 8 ? step : 0);
    add_kinds();
    model_add_slots(static_slots, STATIC_SLOTS);
    model_add_slots(thread_slots, THREAD_SLOTS);
    model_add_slots(stack_slots, STACK_SLOTS);
    begin_phase();
    run_operations(count);
    finish();
    printf("%zu collections, %zu verifications, %zu objects checked, at most "
           "%zu live\n%zu moved, %zu freed, %zu refused, %zu shown dead\n",
           gc__process.heap.totals.collections, done.verified, done.checked,
           done.most_reached, done.moved, done.freed, done.refused, done.shown);
    gc_keep_alive(stack_slots);
    return EXIT_SUCCESS;
}
