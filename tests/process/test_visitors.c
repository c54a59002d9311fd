/* SPDX-License-Identifier: MIT */
/* The public visitors, and what they must not do. */

#include <check.h>
#include <errno.h>
#include <string.h>

#include "include/tidemark.h"
#include "tests/suite.h"

enum { OBJECTS = 1000 };

static void *kept[OBJECTS]; /* static data */
static _Thread_local void *volatile in_thread;
static size_t seen;
static size_t errors;
static char message[200];

static void note_error(const struct gc_error *error, void *context)
{
    ck_assert_ptr_eq(context, &errors);
    ck_assert_int_eq(error->code, TIDEMARK_ERROR_SYSTEM);
    snprintf(message, sizeof message, "%s", error->message);
    errors++;
}

static void setup(void)
{
    memset(kept, 0, sizeof kept);
    seen = errors = 0;
    gc_set_error_handler(note_error, &errors);
}

static void teardown(void)
{
    gc_set_error_handler(NULL, NULL);
    in_thread = NULL;
}

/* -------------------------------------------------------------- objects */

static bool count_object(const struct gc_object_header *object, void *context)
{
    (void)context;
    ck_assert(object->allocated);
    ck_assert(object->marked);
    seen++;
    return true;
}

static size_t count_objects(void)
{
    seen = 0;
    gc_visit_objects(count_object, NULL);
    return seen;
}

START_TEST(objects_come_and_go)
{
    size_t before = count_objects();
    for (size_t i = 0; i < OBJECTS; i++)
        kept[i] = gc_malloc(1 + i);
    ck_assert_uint_eq(count_objects(), before + OBJECTS);
    for (size_t i = 0; i < OBJECTS; i += 2)
        gc_free(kept[i]);
    ck_assert_uint_eq(count_objects(), before + OBJECTS / 2);
}
END_TEST

static bool check_order(const struct gc_object_header *object, void *context)
{
    const char **end = context;
    ck_assert((const char *)object->base >= *end);
    *end = (const char *)object->base + object->bytes;
    return true;
}

static bool find_first(const struct gc_object_header *object, void *context)
{
    if (object->base != kept[0])
        return true;
    *(struct gc_object_header *)context = *object;
    return false;
}

START_TEST(objects_are_shown_by_their_headers_in_the_order_of_addresses)
{
    for (size_t i = 0; i < OBJECTS; i++)
        kept[i] = i % 3 == 0 ? gc_malloc_atomic(i * 100) : gc_malloc(i);
    const char *end = NULL;
    gc_visit_objects(check_order, &end);
    ck_assert_ptr_nonnull(end);

    struct gc_object_header shown, asked;
    memset(&shown, 0, sizeof shown);
    memset(&asked, 0, sizeof asked);
    gc_visit_objects(find_first, &shown);
    ck_assert(gc_object_header_of(kept[0], &asked));
    ck_assert_ptr_eq(shown.base, kept[0]);
    ck_assert_uint_eq(shown.bytes, asked.bytes);
    ck_assert_int_eq(shown.kind, TIDEMARK_ATOMIC);
    ck_assert_int_eq(asked.kind, TIDEMARK_ATOMIC);
    ck_assert(shown.allocated && shown.marked);
}
END_TEST

static bool stop_at_third(const struct gc_object_header *object, void *context)
{
    (void)object;
    (void)context;
    return ++seen < 3;
}

START_TEST(a_visitor_that_answers_false_sees_no_more)
{
    for (size_t i = 0; i < 10; i++)
        kept[i] = gc_malloc(16);
    seen = 0;
    gc_visit_objects(stop_at_third, NULL);
    ck_assert_uint_eq(seen, 3);
}
END_TEST

/* ----------------------------------------------------------- references */

struct wanted {
    const void *target;
    size_t found[TIDEMARK_FROM_OBJECT + 1];
    enum gc_origin last_origin;
    struct gc_reference last;
};

static bool look_for(const struct gc_reference *reference, void *context)
{
    struct wanted *wanted = context;
    ck_assert_int_ge(reference->origin, wanted->last_origin);
    wanted->last_origin = reference->origin;
    if (reference->target != wanted->target)
        return true;
    wanted->found[reference->origin]++;
    wanted->last = *reference;
    return true;
}

static struct wanted find(const void *target)
{
    struct wanted wanted = {.target = target};
    gc_visit_references(look_for, &wanted);
    return wanted;
}

START_TEST(a_reference_tells_where_it_was_found)
{
    void **target = gc_malloc(32);
    void **holder = gc_malloc(32);
    void **outside = calloc(4, sizeof *outside);
    ck_assert(gc_add_roots(outside, outside + 4));
    kept[0] = holder;
    kept[1] = target;
    in_thread = target;
    outside[2] = (char *)target + 7;
    ck_assert_uint_eq(find(target).found[TIDEMARK_FROM_STATIC], 1);
    ck_assert_uint_eq(find(target).found[TIDEMARK_FROM_THREAD_LOCAL], 1);

    struct wanted wanted = find(target);
    ck_assert_uint_eq(wanted.found[TIDEMARK_FROM_RANGE], 1);
    ck_assert_uint_eq(wanted.found[TIDEMARK_FROM_OBJECT], 0);
    ck_assert_int_eq(wanted.last.origin, TIDEMARK_FROM_RANGE);
    ck_assert_ptr_eq(wanted.last.holder, outside);
    ck_assert_uint_eq(wanted.last.offset, 2 * sizeof *outside);
    ck_assert_uint_eq(wanted.last.target_offset, 7);

    holder[3] = target;
    wanted = find(target);
    ck_assert_uint_eq(wanted.found[TIDEMARK_FROM_OBJECT], 1);
    ck_assert_ptr_eq(wanted.last.holder, holder);
    ck_assert_uint_eq(wanted.last.offset, 3 * sizeof *holder);
    ck_assert_uint_eq(wanted.last.target_offset, 0);
    ck_assert(gc_remove_roots(outside, outside + 4));
    free(outside);
}
END_TEST

START_TEST(registers_and_stack_are_looked_at_from_the_caller_on)
{
    void *volatile local = gc_malloc(32);
    struct wanted wanted = find(local);
    ck_assert_uint_ge(wanted.found[TIDEMARK_FROM_STACK] +
                          wanted.found[TIDEMARK_FROM_REGISTERS],
                      1);
    ck_assert_uint_eq(wanted.found[TIDEMARK_FROM_STATIC], 0);
    gc_keep_alive(local);
}
END_TEST

/* ------------------------------------------------------- what is forbidden */

static bool misbehave(const struct gc_object_header *object, void *context)
{
    struct gc_stats *stats = context;
    if (object->base != kept[0])
        return true;
    seen++;
    errno = 0;
    ck_assert_ptr_null(gc_malloc(16));
    ck_assert_int_eq(errno, ENOMEM);
    ck_assert_ptr_null(gc_malloc_atomic(1 << 20));
    ck_assert_ptr_null(gc_aligned_alloc(64, 64));
    ck_assert_ptr_null(gc_strdup("text"));
    ck_assert_uint_eq(errors, 0);

    gc_free(object->base);
    ck_assert_uint_eq(errors, 1);
    ck_assert_str_eq(message, "gc_free: a visitor must not change the heap");
    ck_assert_ptr_null(gc_realloc(object->base, 10));
    ck_assert_uint_eq(errors, 2);

    GC_collect();
    struct gc_stats now;
    gc_stats(&now, sizeof now);
    ck_assert_uint_eq(now.collections, stats->collections);
    ck_assert_uint_eq(now.object_count, stats->object_count);
    return true;
}

static bool misbehave_at_reference(const struct gc_reference *reference,
                                   void *context)
{
    struct gc_object_header header;
    if (reference->target != kept[0] || seen > 0)
        return true;
    ck_assert(gc_object_header_of(reference->target, &header));
    return misbehave(&header, context);
}

START_TEST(a_visitor_that_would_change_the_heap_is_refused)
{
    struct gc_stats stats;
    for (size_t i = 0; i < 100; i++)
        kept[i] = gc_malloc(16);
    gc_stats(&stats, sizeof stats);
    gc_visit_objects(misbehave, &stats);
    ck_assert_uint_eq(seen, 1);

    seen = errors = 0;
    gc_visit_references(misbehave_at_reference, &stats);
    ck_assert_uint_eq(seen, 1);

    ck_assert_uint_eq(gc_size(kept[0]), 16);
    gc_free(kept[0]);
    ck_assert_uint_eq(errors, 2);
    kept[0] = gc_malloc(16);
    ck_assert_ptr_nonnull(kept[0]);
    GC_collect();
    struct gc_stats now;
    gc_stats(&now, sizeof now);
    ck_assert_uint_eq(now.collections, stats.collections + 1);
}
END_TEST

static bool ask_in_a_visit(const struct gc_object_header *object, void *context)
{
    size_t *holders = context;
    for (size_t i = 0; i < 3; i++)
        if (object->base == kept[i]) {
            ck_assert_ptr_eq(gc_base((char *)object->base + 5), object->base);
            ck_assert_uint_eq(gc_size(object->base), object->bytes);
            holders[i] = find(object->base).found[TIDEMARK_FROM_STATIC];
        }
    return true;
}

START_TEST(a_visitor_may_ask_and_visit_in_its_turn)
{
    size_t holders[3] = {0, 0, 0};
    for (size_t i = 0; i < 3; i++)
        kept[i] = gc_malloc(32);
    kept[3] = kept[4] = kept[2];
    gc_visit_objects(ask_in_a_visit, holders);
    ck_assert_uint_eq(holders[0], 1);
    ck_assert_uint_eq(holders[1], 1);
    ck_assert_uint_eq(holders[2], 3);
    ck_assert_ptr_nonnull(gc_malloc(16));
}
END_TEST

FIXTURE_SUITE("visitors", setup, teardown, objects_come_and_go,
              objects_are_shown_by_their_headers_in_the_order_of_addresses,
              a_visitor_that_answers_false_sees_no_more,
              a_reference_tells_where_it_was_found,
              registers_and_stack_are_looked_at_from_the_caller_on,
              a_visitor_that_would_change_the_heap_is_refused,
              a_visitor_may_ask_and_visit_in_its_turn)
