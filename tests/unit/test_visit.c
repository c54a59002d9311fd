/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "gc/visit.h"
#include "tests/suite.h"
#include "tests/unit/whole.h"

enum { SEEN_MAX = 4096 };

/* -------------------------------------------------------------- objects */

static struct object_header objects[SEEN_MAX];
static size_t object_count;
static size_t objects_wanted;

static bool see_object(struct cell cell, const struct object_header *object,
                       void *context)
{
    ck_assert_ptr_eq(context, &heap);
    ck_assert_uint_eq(cell_address(&heap.variable.map, cell), object->base);
    ck_assert_uint_lt(object_count, SEEN_MAX);
    objects[object_count++] = *object;
    return object_count < objects_wanted;
}

static bool see_objects(size_t wanted)
{
    object_count = 0;
    objects_wanted = wanted;
    gc__heap_settle(&heap, &thread);
    return gc__visit_objects(&heap.variable, see_object, &heap);
}

START_TEST(every_object_is_seen_once_in_the_order_of_addresses)
{
    enum { COUNT = 1000 };
    size_t bytes = 0;
    for (size_t i = 0; i < COUNT; i++) {
        size_t size = i % 97 == 0 ? 70000 + i : 1 + i * 7 % 3000;
        void *object = new_object((enum kind)(i % KIND_COUNT), size);
        if (i % 5 == 0)
            free_object(object);
        else
            bytes += size;
    }
    ck_assert(see_objects(SIZE_MAX));
    ck_assert_uint_eq(object_count, COUNT - COUNT / 5);
    size_t seen = 0;
    for (size_t i = 0; i < object_count; i++) {
        ck_assert(objects[i].is_allocated);
        seen += objects[i].bytes;
        if (i > 0)
            ck_assert_uint_ge(objects[i].base,
                              objects[i - 1].base + objects[i - 1].bytes);
    }
    ck_assert_uint_ge(seen, bytes);
    ck_assert_uint_le(seen, bytes + bytes / 8 + 16 * COUNT);
}
END_TEST

START_TEST(a_header_tells_base_size_and_kind)
{
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        uintptr_t base = (uintptr_t)new_object((enum kind)kind, 200000);
        ck_assert(see_objects(SIZE_MAX));
        const struct object_header *last = &objects[object_count - 1];
        ck_assert_uint_eq(last->base, base);
        ck_assert_uint_eq(last->bytes, 200000);
        ck_assert_int_eq(last->kind, kind);
    }
}
END_TEST

START_TEST(a_visitor_ends_the_visit)
{
    for (int i = 0; i < 10; i++)
        new_words(2);
    ck_assert(!see_objects(3));
    ck_assert_uint_eq(object_count, 3);
    ck_assert(!see_objects(10));
}
END_TEST

START_TEST(an_empty_heap_has_nothing_to_see)
{
    ck_assert(see_objects(1));
    ck_assert_uint_eq(object_count, 0);
}
END_TEST

/* ------------------------------------------------------------ references */

static struct reference references[SEEN_MAX];
static size_t reference_count;
static size_t references_wanted;

static bool see_reference(const struct reference *reference, void *context)
{
    ck_assert_ptr_eq(context, &heap);
    ck_assert_uint_lt(reference_count, SEEN_MAX);
    references[reference_count++] = *reference;
    return reference_count < references_wanted;
}

static bool see_references(size_t wanted)
{
    reference_count = 0;
    references_wanted = wanted;
    gc__heap_settle(&heap, &thread);
    return gc__visit_references(&heap, see_reference, &heap);
}

static uintptr_t target_of(size_t i)
{
    return cell_address(&heap.variable.map, references[i].target);
}

static void expect(size_t i, enum origin origin, const void *word,
                   const void *target)
{
    ck_assert_uint_lt(i, reference_count);
    ck_assert_int_eq(references[i].origin, origin);
    ck_assert_uint_eq(references[i].address, (uintptr_t)word);
    ck_assert_uint_eq(target_of(i), (uintptr_t)target);
}

START_TEST(references_come_from_the_roots_and_then_from_the_objects)
{
    uintptr_t *a = new_words(2);
    uintptr_t *b = new_words(2);
    a[1] = (uintptr_t)b;
    b[0] = (uintptr_t)a;
    range_words[1] = (uintptr_t)a;
    thread_local_words[2] = (uintptr_t)b;
    static_words[7] = (uintptr_t)a;
    stack_words[0] = (uintptr_t)b + 3;
    *kept_register() = (uintptr_t)a + 1;

    ck_assert(see_references(SIZE_MAX));
    ck_assert_uint_eq(reference_count, 7);
    expect(0, FROM_REGISTERS, kept_register(), a);
    expect(1, FROM_STACK, &stack_words[0], b);
    expect(2, FROM_STATIC, &static_words[7], a);
    expect(3, FROM_THREAD_LOCAL, &thread_local_words[2], b);
    expect(4, FROM_RANGE, &range_words[1], a);
    expect(5, FROM_OBJECT, &a[1], b);
    expect(6, FROM_OBJECT, &b[0], a);

    ck_assert_uint_eq(references[1].word, (uintptr_t)b + 3);
    ck_assert_uint_eq(references[2].holder.low, (uintptr_t)static_words);
    ck_assert_uint_eq(references[6].holder.low, (uintptr_t)b);
    ck_assert_uint_eq(references[6].holder.high, (uintptr_t)b + 16);
}
END_TEST

START_TEST(pointer_free_objects_refer_to_nothing)
{
    uintptr_t *target = new_words(2);
    uintptr_t *scanned = new_object(KIND_SCANNED, 32);
    uintptr_t *atomic = new_object(KIND_ATOMIC, 32);
    uintptr_t *kept = new_object(KIND_UNCOLLECTABLE, 32);
    uintptr_t *kept_atomic = new_object(KIND_ATOMIC_UNCOLLECTABLE, 32);
    for (size_t i = 0; i < 4; i++)
        scanned[i] = atomic[i] = kept[i] = kept_atomic[i] = 0;
    scanned[2] = atomic[0] = kept[3] = kept_atomic[1] = (uintptr_t)target;

    ck_assert(see_references(SIZE_MAX));
    ck_assert_uint_eq(reference_count, 2);
    expect(0, FROM_OBJECT, &scanned[2], target);
    expect(1, FROM_OBJECT, &kept[3], target);
}
END_TEST

START_TEST(a_word_refers_to_what_is_allocated_alone)
{
    uintptr_t *holder = new_words(8);
    uintptr_t *dropped = new_words(2);
    uintptr_t *neighbour = new_words(2);
    uintptr_t *large = new_words(20000);
    holder[0] = (uintptr_t)dropped;
    holder[1] = (uintptr_t)neighbour + 15;
    holder[2] = (uintptr_t)&large[19999];
    holder[3] = heap.variable.map.low + heap.variable.map.bytes;
    holder[4] = heap.variable.map.low - 1;
    holder[5] = (uintptr_t)&holder;
    free_object(dropped);

    ck_assert(see_references(SIZE_MAX));
    ck_assert_uint_eq(reference_count, 2);
    expect(0, FROM_OBJECT, &holder[1], neighbour);
    expect(1, FROM_OBJECT, &holder[2], large);
}
END_TEST

START_TEST(
    in_registers_and_stack_a_word_speaks_for_the_cell_that_ends_there_too)
{
    uintptr_t *first = new_words(2);
    uintptr_t *second = new_words(2);
    ck_assert_ptr_eq(second, first + 2);
    *kept_register() = stack_words[3] = static_words[3] = (uintptr_t)second;
    thread_local_words[3] = range_words[3] = (uintptr_t)second;
    first[0] = (uintptr_t)second;

    ck_assert(see_references(SIZE_MAX));
    ck_assert_uint_eq(reference_count, 8);
    expect(0, FROM_REGISTERS, kept_register(), second);
    expect(1, FROM_REGISTERS, kept_register(), first);
    expect(2, FROM_STACK, &stack_words[3], second);
    expect(3, FROM_STACK, &stack_words[3], first);
    for (size_t i = 4; i < 8; i++)
        ck_assert_uint_eq(target_of(i), (uintptr_t)second);
}
END_TEST

START_TEST(words_are_looked_for_in_steps)
{
    static const size_t steps[] = {8, 4, 2, 1};
    uintptr_t *target = new_words(2);
    char *holder = (char *)new_words(8);
    memcpy(holder + 4, &target, sizeof target);
    memcpy(holder + 18, &target, sizeof target);
    memcpy(holder + 33, &target, sizeof target);
    for (size_t i = 0; i < 4; i++) {
        heap.word_step = steps[i];
        ck_assert(see_references(SIZE_MAX));
        ck_assert_uint_eq(reference_count, i);
        for (size_t k = 0; k < i; k++)
            ck_assert_uint_eq(target_of(k), (uintptr_t)target);
    }
}
END_TEST

START_TEST(a_visitor_of_references_ends_the_visit_wherever_it_is)
{
    uintptr_t *a = new_words(2);
    a[0] = a[1] = (uintptr_t)a;
    *kept_register() = stack_words[1] = static_words[1] = (uintptr_t)a;
    thread_local_words[1] = range_words[1] = (uintptr_t)a;
    for (size_t wanted = 1; wanted <= 7; wanted++) {
        ck_assert(!see_references(wanted));
        ck_assert_uint_eq(reference_count, wanted);
    }
    ck_assert(see_references(8));
    ck_assert_uint_eq(reference_count, 7);
}
END_TEST

FIXTURE_SUITE(
    "visit", whole_setup, whole_teardown,
    every_object_is_seen_once_in_the_order_of_addresses,
    a_header_tells_base_size_and_kind, a_visitor_ends_the_visit,
    an_empty_heap_has_nothing_to_see,
    references_come_from_the_roots_and_then_from_the_objects,
    pointer_free_objects_refer_to_nothing,
    a_word_refers_to_what_is_allocated_alone,
    in_registers_and_stack_a_word_speaks_for_the_cell_that_ends_there_too,
    words_are_looked_for_in_steps,
    a_visitor_of_references_ends_the_visit_wherever_it_is)
