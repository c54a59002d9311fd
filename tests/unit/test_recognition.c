/* SPDX-License-Identifier: MIT */
/* Which words count as pointers, and marks that are set by hand. */

#include <check.h>

#include "gc/kinds.h"
#include "gc/markers.h"
#include "tests/random.h"
#include "tests/suite.h"
#include "tests/unit/marking.h"

static struct recognition recognition;

static void setup(void)
{
    marking_setup();
    recognition_init(&recognition);
    marker.recognition = &recognition;
}

static void displaced(void)
{
    recognition.rule = DISPLACED;
}

static void mark_ambiguous_from(uintptr_t word)
{
    hand_stop();
    gc__marker_start(&marker, WORD_BYTES);
    gc__mark_ambiguous_range(&marker, range_of(&word, sizeof word));
    gc__mark_drain(&marker);
    gc__marker_end(&marker);
}

static const size_t sizes[] = {16, 48, 4096, 32768, 40000, 1 << 20};
enum { SIZES = sizeof sizes / sizeof *sizes };

static bool root_keeps(const char *object, size_t offset)
{
    mark_from((uintptr_t)object + offset);
    bool is_kept = is_marked(object);
    sweep();
    return is_kept;
}

START_TEST(every_byte_counts_unless_told_otherwise)
{
    for (unsigned i = 0; i < SIZES; i++)
        for (unsigned n = 0; n < 3; n++) {
            size_t offsets[] = {0, 1, sizes[i] - 1};
            char *object = hand_alloc(KIND_SCANNED, sizes[i]);
            ck_assert(root_keeps(object, offsets[n]));
        }
}
END_TEST

START_TEST(a_root_that_is_displaced_keeps_nothing_unless_that_was_noted)
{
    displaced();
    for (unsigned i = 0; i < SIZES; i++) {
        ck_assert(root_keeps(hand_alloc(KIND_SCANNED, sizes[i]), 0));
        ck_assert(!root_keeps(hand_alloc(KIND_SCANNED, sizes[i]), 1));
        ck_assert(!root_keeps(hand_alloc(KIND_ATOMIC, sizes[i]), 8));
    }
    recognition_note(&recognition, 1);
    recognition_note(&recognition, 4095);
    for (unsigned i = 0; i < SIZES; i++) {
        ck_assert(root_keeps(hand_alloc(KIND_SCANNED, sizes[i]), 0));
        ck_assert(root_keeps(hand_alloc(KIND_SCANNED, sizes[i]), 1));
        ck_assert(!root_keeps(hand_alloc(KIND_SCANNED, sizes[i]), 2));
        if (sizes[i] >= 4096)
            ck_assert(root_keeps(hand_alloc(KIND_ATOMIC, sizes[i]), 4095));
        if (sizes[i] > 4096)
            ck_assert(!root_keeps(hand_alloc(KIND_ATOMIC, sizes[i]), 4096));
    }
}
END_TEST

START_TEST(a_displaced_word_of_the_stack_keeps_its_object_all_the_same)
{
    displaced();
    for (unsigned i = 0; i < SIZES; i++)
        for (unsigned n = 0; n < 3; n++) {
            size_t offsets[] = {0, 1, sizes[i] - 1};
            char *object = hand_alloc(KIND_SCANNED, sizes[i]);
            mark_ambiguous_from((uintptr_t)object + offsets[n]);
            ck_assert(is_marked(object));
            sweep();
        }
}
END_TEST

START_TEST(a_displaced_word_of_an_object_counts_as_one_of_a_root)
{
    displaced();
    recognition_note(&recognition, 3);
    for (unsigned i = 0; i < SIZES; i++) {
        uintptr_t *holder = hand_alloc(KIND_SCANNED, 8 * sizes[i]);
        char *noted = hand_alloc(KIND_ATOMIC, sizes[i]);
        char *other = hand_alloc(KIND_ATOMIC, sizes[i]);
        holder[0] = (uintptr_t)noted + 3;
        holder[sizes[i] - 1] = (uintptr_t)other + 4;
        mark_ambiguous_from((uintptr_t)holder + 9);
        ck_assert(is_marked(holder));
        ck_assert(is_marked(noted));
        ck_assert(!is_marked(other));
        sweep();
    }
}
END_TEST

static void look_at_all(void *object, size_t bytes, struct gc_visit *visit,
                        void *context)
{
    (void)context;
    gc__visit_words(visit, range_of(object, bytes));
}

START_TEST(so_does_one_that_a_procedure_tells_of)
{
    static const struct kind_traits traits = {.look = LOOK_BY_PROCEDURE,
                                              .procedure = look_at_all,
                                              .is_cleared = true};
    displaced();
    enum kind kind = (enum kind)gc__kinds_add(&heap, &traits);
    uintptr_t *holder = hand_alloc(kind, 32);
    char *plain = hand_alloc(KIND_ATOMIC, 16);
    char *inside = hand_alloc(KIND_ATOMIC, 16);
    holder[0] = (uintptr_t)plain;
    holder[1] = (uintptr_t)inside + 1;
    mark_from((uintptr_t)holder);
    ck_assert(is_marked(plain));
    ck_assert(!is_marked(inside));
    sweep();
}
END_TEST

START_TEST(the_end_of_an_object_counts_or_not)
{
    char *first = hand_alloc(KIND_SCANNED, 64);
    char *second = hand_alloc(KIND_SCANNED, 64);
    ck_assert_ptr_eq(second, first + 64);
    hand_stop();
    mark_ambiguous_from((uintptr_t)second);
    ck_assert(is_marked(first));
    ck_assert(is_marked(second));
    sweep();
    first = hand_alloc(KIND_SCANNED, 64);
    second = hand_alloc(KIND_SCANNED, 64);
    recognition.past_end = false;
    mark_ambiguous_from((uintptr_t)second);
    ck_assert(!is_marked(first));
    ck_assert(is_marked(second));
    sweep();
}
END_TEST

/* ------------------------------------------------------------------- random */

enum { OBJECTS = 50000, EDGES = 4, ROOTS = 30 };

static struct {
    uintptr_t *at;
    bool is_reached;
    struct {
        size_t target;
        size_t offset;
    } edges[EDGES];
} objects[OBJECTS];

static void make_objects(struct random *random)
{
    for (size_t i = 0; i < OBJECTS; i++) {
        size_t bytes = i % 200 == 0 ? 40000 : 48;
        objects[i].at = hand_alloc(KIND_SCANNED, bytes);
        objects[i].is_reached = false;
    }
    for (size_t i = 0; i < OBJECTS; i++)
        for (unsigned edge = 0; edge < EDGES; edge++) {
            size_t target = random_below(random, OBJECTS);
            size_t offset = random_below(random, 6);
            objects[i].edges[edge].target = target;
            objects[i].edges[edge].offset = offset;
            objects[i].at[edge] = (uintptr_t)objects[target].at + offset;
        }
}

/* Displacements 0, 1 and 3 count. */
static void reach(size_t first)
{
    static size_t waiting[OBJECTS];
    size_t count = 0;
    if (!objects[first].is_reached)
        waiting[count++] = first;
    objects[first].is_reached = true;
    while (count > 0) {
        size_t i = waiting[--count];
        for (unsigned edge = 0; edge < EDGES; edge++) {
            size_t target = objects[i].edges[edge].target;
            size_t offset = objects[i].edges[edge].offset;
            if (objects[target].is_reached ||
                (offset != 0 && offset != 1 && offset != 3))
                continue;
            objects[target].is_reached = true;
            waiting[count++] = target;
        }
    }
}

static void expect_the_reached(const uintptr_t *roots)
{
    mark_words_in_steps(roots, ROOTS * sizeof *roots, WORD_BYTES);
    for (size_t i = 0; i < OBJECTS; i++) {
        ck_assert(is_marked(objects[i].at) == objects[i].is_reached);
        struct cell cell = hand_cell(objects[i].at);
        cell_bits(&heap.map, cell)->marked &= ~cell_bit(cell);
    }
}

START_TEST(displaced_edges_are_followed_as_noted_by_any_number_of_markers)
{
    struct random random = {7};
    uintptr_t roots[ROOTS];
    displaced();
    recognition_note(&recognition, 1);
    recognition_note(&recognition, 3);
    make_objects(&random);
    for (unsigned i = 0; i < ROOTS; i++) {
        size_t first = random_below(&random, OBJECTS);
        roots[i] = (uintptr_t)objects[first].at + 1;
        reach(first);
    }
    marker.most = 70;
    expect_the_reached(roots);
    ck_assert_uint_gt(marker.overflows, 0);
    marker.most = SIZE_MAX;
    expect_the_reached(roots);

    ck_assert(gc__markers_set(&marker, 3));
    while (gc__markers_threads(&marker) < 2) {
        marker.worker->team->is_worthwhile = true;
        gc__markers_prepare(&marker);
    }
    for (unsigned round = 0; round < 10; round++) {
        gc__markers_prepare(&marker);
        marker.worker->team->rest = 0;
        expect_the_reached(roots);
    }
    gc__markers_set(&marker, 1);
}
END_TEST

/* ------------------------------------------------------------- marks by hand */

START_TEST(what_is_marked_unseen_keeps_itself_alone)
{
    struct node *list = new_list(3);
    hand_stop();
    gc__marker_start(&marker, WORD_BYTES);
    gc__mark_unseen(&marker, (uintptr_t)list + 8);
    gc__mark_unseen(&marker, (uintptr_t)list);
    gc__mark_unseen(&marker, (uintptr_t)&list); /* no object */
    gc__mark_drain(&marker);
    gc__marker_end(&marker);
    ck_assert(gc__mark_is_set(&marker, (uintptr_t)list));
    ck_assert_uint_eq(marked_in(list), 1);
    ck_assert_uint_eq(marker.live_objects, 1);
    ck_assert_uint_eq(marker.live_bytes, 16);
    sweep();
}
END_TEST

START_TEST(a_mark_that_was_undone_is_set_again_by_who_reaches_the_object)
{
    struct node *list = new_list(3);
    uintptr_t root = (uintptr_t)list;
    hand_stop();
    gc__marker_start(&marker, WORD_BYTES);
    gc__mark_unseen(&marker, root);
    ck_assert(gc__mark_is_set(&marker, root));
    gc__mark_undo(&marker, root);
    ck_assert(!gc__mark_is_set(&marker, root));
    gc__mark_range(&marker, range_of(&root, sizeof root));
    gc__mark_drain(&marker);
    gc__mark_undo(&marker, (uintptr_t)list->next->next);
    gc__marker_end(&marker);
    ck_assert_uint_eq(marked_in(list), 2);
    ck_assert(!gc__mark_is_set(&marker, (uintptr_t)&list));
    sweep();
}
END_TEST

FIXTURE_SUITE("recognition", setup, marking_teardown,
              every_byte_counts_unless_told_otherwise,
              a_root_that_is_displaced_keeps_nothing_unless_that_was_noted,
              a_displaced_word_of_the_stack_keeps_its_object_all_the_same,
              a_displaced_word_of_an_object_counts_as_one_of_a_root,
              so_does_one_that_a_procedure_tells_of,
              the_end_of_an_object_counts_or_not,
              displaced_edges_are_followed_as_noted_by_any_number_of_markers,
              what_is_marked_unseen_keeps_itself_alone,
              a_mark_that_was_undone_is_set_again_by_who_reaches_the_object)
