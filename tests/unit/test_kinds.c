/* SPDX-License-Identifier: MIT */
/* Custom kinds: their cells, and what the marker sees in their objects. */

#include <check.h>

#include "gc/kinds.h"
#include "gc/markers.h"
#include "tests/random.h"
#include "tests/suite.h"
#include "tests/unit/marking.h"

/* A record refers to what its first two words point to.  The procedure counts,
 * and insists on objects. */
struct record {
    void *first;
    void *second;
    void *hidden[2]; /* it says nothing of these */
};

static size_t shown; /* atomic: several markers may call the procedure */

static void look_at_record(void *object, size_t bytes, struct gc_visit *visit,
                           void *context)
{
    struct record *record = object;
    CHECK(context == &shown && bytes >= sizeof *record);
    struct cell cell = hand_cell(object);
    CHECK(cell_address(&heap.map, cell) == (uintptr_t)object);
    CHECK(cell_is_allocated(&heap.map, cell));
    AO_fetch_and_add1((AO_t *)&shown);
    gc__visit_word(visit, (uintptr_t)record->first, &record->first);
    gc__visit_words(visit, range_of(&record->second, sizeof record->second));
}

static const struct kind_traits records = {
    .name = "record",
    .look = LOOK_BY_PROCEDURE,
    .procedure = look_at_record,
    .context = &shown,
    .is_cleared = true,
};

static enum kind add_kind(const struct kind_traits *traits)
{
    unsigned kind = gc__kinds_add(&heap, traits);
    ck_assert_uint_ge(kind, KIND_COUNT);
    return (enum kind)kind;
}

static struct record *new_record(enum kind kind)
{
    return hand_alloc(kind, sizeof(struct record));
}

static void setup(void)
{
    marking_setup();
    shown = 0;
}

/* -------------------------------------------------------------------- cells */

START_TEST(cells_of_a_kind_are_zeroed_or_not_as_it_says)
{
    enum { COUNT = 3000 };
    static const size_t sizes[] = {16, 48, 400, 32768, 100000};
    static char *objects[COUNT];
    struct kind_traits traits = {.look = LOOK_AT_NOTHING, .is_cleared = true};
    enum kind kind = add_kind(&traits);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t count = sizes[i] < 1000 ? COUNT : 100;
        for (unsigned round = 0; round < 2; round++) {
            for (size_t n = 0; n < count; n++) {
                objects[n] = hand_alloc(kind, sizes[i]);
                ck_assert(holds(objects[n], 0, sizes[i]));
                memset(objects[n], 0xa5, sizes[i]);
            }
            for (size_t n = 0; n < count; n++)
                hand_free(objects[n]);
        }
    }
    traits.is_cleared = false;
    kind = add_kind(&traits);
    char *dirty = hand_alloc(kind, 48);
    memset(dirty, 0xa5, 48);
    hand_free(dirty);
    char *again = hand_alloc(kind, 48);
    ck_assert_ptr_eq(again, dirty);
    ck_assert(holds(again + 16, 0xa5, 32)); /* the freed list had two words */
}
END_TEST

START_TEST(cells_of_different_kinds_share_no_block)
{
    enum kind kinds[] = {add_kind(&records), add_kind(&records), KIND_SCANNED};
    char *objects[3];
    for (unsigned i = 0; i < 3; i++) {
        objects[i] = hand_alloc(kinds[i], 32);
        ck_assert_uint_eq(hand_block(objects[i])->kind, kinds[i]);
    }
    ck_assert_ptr_ne(hand_block(objects[0]), hand_block(objects[1]));
    hand_free(objects[0]);
    ck_assert_ptr_ne(hand_alloc(kinds[1], 32), objects[0]);
    ck_assert_ptr_eq(hand_alloc(kinds[0], 32), objects[0]);
}
END_TEST

START_TEST(there_are_as_many_kinds_as_a_block_can_tell_apart)
{
    enum kind last = 0;
    for (unsigned i = 0; i < CUSTOM_KINDS_MAX; i++)
        last = add_kind(&records);
    ck_assert_uint_eq(last, KINDS_MAX - 1);
    ck_assert_uint_eq(gc__kinds_add(&heap, &records), 0);
    struct record *record = new_record(last);
    record->first = hand_alloc(KIND_ATOMIC, 16);
    mark_from((uintptr_t)record);
    ck_assert(is_marked(record->first));
    sweep();
}
END_TEST

START_TEST(a_kind_without_memory_for_its_tables_is_refused)
{
    gc__pages_fail_from(1);
    ck_assert_uint_eq(gc__kinds_add(&heap, &records), 0);
    gc__pages_fail_from(0);

    /* Tables are mapped some at a time: some thread's will be the first. */
    enum kind kind = add_kind(&records);
    static struct local others[20];
    enum refusal why = REFUSED_NOT;
    bool is_refused = false;
    new_record(kind);
    gc__pages_fail_from(1);
    for (unsigned i = 0; i < 20; i++) {
        gc__local_init(&others[i]);
        void *cell =
            gc__variable_alloc_small(&heap, &others[i], kind, 16, &why);
        is_refused |= cell == NULL && why == REFUSED_BY_SYSTEM;
    }
    gc__pages_fail_from(0);
    ck_assert(is_refused);
    for (unsigned i = 0; i < 20; i++)
        gc__local_leave(&heap, &others[i]);
}
END_TEST

START_TEST(slots_of_a_thread_that_ends_are_the_next_ones)
{
    enum kind kind = add_kind(&records);
    enum refusal why;
    size_t bytes = 0;
    for (unsigned i = 0; i < 1000; i++) {
        struct local other;
        gc__local_init(&other);
        gc__variable_alloc_small(&heap, &other, kind, 16, &why);
        gc__local_leave(&heap, &other);
        ck_assert_ptr_null(other.custom);
        if (i == 0)
            bytes = gc__kinds_memory_bytes(&heap);
    }
    ck_assert_uint_eq(gc__kinds_memory_bytes(&heap), bytes);
}
END_TEST

/* ------------------------------------------------------------------ marking */

START_TEST(a_record_keeps_what_its_procedure_tells_of)
{
    struct record *record = new_record(add_kind(&records));
    record->first = hand_alloc(KIND_ATOMIC, 16);
    record->second = new_list(10);
    record->hidden[0] = hand_alloc(KIND_ATOMIC, 16);
    record->hidden[1] = new_node(NULL, NULL);
    mark_from((uintptr_t)record);
    ck_assert(is_marked(record));
    ck_assert(is_marked(record->first));
    ck_assert_uint_eq(marked_in(record->second), 10);
    ck_assert(!is_marked(record->hidden[0]));
    ck_assert(!is_marked(record->hidden[1]));
    ck_assert_uint_eq(shown, 1);
    ck_assert_uint_eq(marker.live_objects, 12);
    ck_assert_uint_eq(marker.live_bytes, 32 + 16 + 160);
    ck_assert_uint_eq(marker.live_atomic_bytes, 16);
    sweep();
}
END_TEST

START_TEST(records_of_every_size_are_looked_at_once)
{
    static const size_t sizes[] = {32,    48,    272,         1000,   32768,
                                   32769, 40000, BLOCK_BYTES, 1 << 20};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    enum kind kind = add_kind(&records);
    struct record *all[COUNT];
    void *leaves[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        all[i] = hand_alloc(kind, sizes[i]);
        all[i]->second = leaves[i] = hand_alloc(KIND_ATOMIC, 16);
        all[i]->first = i > 0 ? all[i - 1] : NULL;
    }
    mark_from((uintptr_t)all[COUNT - 1] + 5);
    for (size_t i = 0; i < COUNT; i++) {
        ck_assert(is_marked(all[i]));
        ck_assert(is_marked(leaves[i]));
    }
    ck_assert_uint_eq(shown, COUNT);
    ck_assert_uint_eq(marker.live_objects, 2 * COUNT);
    sweep();
}
END_TEST

START_TEST(a_kind_of_words_is_scanned_and_one_of_nothing_is_not)
{
    static const size_t sizes[] = {16, 400, 32768, 40000, 1 << 20};
    struct kind_traits words = {.look = LOOK_AT_WORDS, .is_cleared = true};
    struct kind_traits nothing = {.look = LOOK_AT_NOTHING, .is_cleared = true};
    enum kind kinds[] = {add_kind(&words), add_kind(&nothing)};
    for (unsigned k = 0; k < 2; k++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            size_t last = sizes[i] / WORD_BYTES - 1;
            void **object = hand_alloc(kinds[k], sizes[i]);
            object[0] = hand_alloc(KIND_ATOMIC, 16);
            object[last] = hand_alloc(KIND_ATOMIC, 16);
            mark_from((uintptr_t)object);
            bool holds_pointers = k == 0;
            ck_assert(is_marked(object));
            ck_assert(is_marked(object[0]) == holds_pointers);
            ck_assert(is_marked(object[last]) == holds_pointers);
            ck_assert_uint_eq(marker.live_objects, holds_pointers ? 3 : 1);
            ck_assert_uint_eq(
                marker.live_atomic_bytes,
                holds_pointers ? 32 : cell_bytes(&heap.map, hand_cell(object)));
            sweep();
        }
}
END_TEST

START_TEST(cells_that_are_no_objects_are_not_shown)
{
    enum { COUNT = 100 };
    static struct record *all[COUNT];
    enum kind kind = add_kind(&records);
    for (unsigned i = 0; i < COUNT; i++)
        all[i] = new_record(kind);
    uintptr_t words[COUNT + 20];
    for (unsigned i = 0; i < COUNT + 20; i++)
        words[i] = (uintptr_t)(all[0] + i); /* unborn ones too */
    for (unsigned i = 0; i < COUNT; i += 2)
        hand_free(all[i]);
    mark_words_in_steps(words, sizeof words, WORD_BYTES);
    ck_assert_uint_eq(shown, COUNT / 2);
    sweep();
}
END_TEST

/* ----------------------------------------------------------------- overflow */

enum { MANY = 1000 * 1000 };

static void **many; /* outside of the heap */

static void look_at_many(void *object, size_t bytes, struct gc_visit *visit,
                         void *context)
{
    (void)object;
    (void)bytes;
    (void)context;
    for (size_t i = 0; i < MANY; i++)
        gc__visit_word(visit, (uintptr_t)many[i], NULL);
}

static void expect_all_of_many(size_t most)
{
    struct kind_traits traits = {.look = LOOK_BY_PROCEDURE,
                                 .procedure = look_at_many};
    void *object = hand_alloc(add_kind(&traits), 16);
    many = malloc(MANY * sizeof *many);
    for (size_t i = 0; i < MANY; i++) {
        many[i] = hand_alloc(KIND_SCANNED, 16);
        *(void **)many[i] = i % 1000 == 0 ? hand_alloc(KIND_ATOMIC, 16) : NULL;
    }
    marker.most = most;
    mark_from((uintptr_t)object);
    for (size_t i = 0; i < MANY; i++) {
        ck_assert(is_marked(many[i]));
        if (i % 1000 == 0)
            ck_assert(is_marked(*(void **)many[i]));
    }
    ck_assert_uint_eq(marker.live_objects, 1 + MANY + MANY / 1000);
    sweep();
    free(many);
}

START_TEST(a_procedure_may_tell_of_a_million_objects)
{
    expect_all_of_many(SIZE_MAX);
    ck_assert_uint_eq(marker.overflows, 0);
}
END_TEST

START_TEST(a_procedure_may_tell_of_more_than_the_mark_stack_holds)
{
    expect_all_of_many(100);
    ck_assert_uint_gt(marker.overflows, 0);
}
END_TEST

START_TEST(a_procedure_may_tell_much_where_no_memory_is_to_be_had)
{
    enum kind kind = add_kind(&records);
    struct record *all = NULL;
    for (unsigned i = 0; i < 5000; i++) {
        struct record *record = new_record(kind);
        struct record *other = new_record(kind);
        record->first = all;
        record->second = other;
        other->first = hand_alloc(KIND_SCANNED, 32);
        all = record;
    }
    gc__pages_fail_from(1);
    mark_from((uintptr_t)all);
    gc__pages_fail_from(0);
    for (struct record *at = all; at != NULL; at = at->first) {
        ck_assert(is_marked(at));
        ck_assert(is_marked(at->second));
        ck_assert(is_marked(((struct record *)at->second)->first));
    }
    ck_assert_uint_eq(marker.live_objects, 15000);
    sweep();
}
END_TEST

/* --------------------------------------------------------------------- dead */

enum { MORTALS = 2000 };

/* Has a number, and no place where it could be found again. */
struct mortal {
    size_t number;
    void *other;
    bool stays;
};

static size_t deaths[MORTALS];
static size_t died;

static void look_at_mortal(void *object, size_t bytes, struct gc_visit *visit,
                           void *context)
{
    (void)bytes;
    (void)context;
    struct mortal *mortal = object;
    gc__visit_word(visit, (uintptr_t)mortal->other, &mortal->other);
}

static bool note_death(void *object, size_t bytes, void *context)
{
    struct mortal *mortal = object;
    CHECK(bytes >= sizeof *mortal && context == deaths);
    CHECK(mortal->number < MORTALS);
    deaths[mortal->number]++;
    died++;
    return mortal->stays;
}

static enum kind mortal_kind(bool keeps_for_dead)
{
    const struct kind_traits traits = {.look = LOOK_BY_PROCEDURE,
                                       .procedure = look_at_mortal,
                                       .on_dead = note_death,
                                       .dead_context = deaths,
                                       .is_cleared = true,
                                       .keeps_for_dead = keeps_for_dead};
    memset(deaths, 0, sizeof deaths);
    died = 0;
    return add_kind(&traits);
}

static struct mortal *new_mortal(enum kind kind, size_t number, size_t bytes)
{
    struct mortal *mortal = hand_alloc(kind, bytes);
    mortal->number = number;
    return mortal;
}

static void mark_nothing(void)
{
    mark_from(0);
}

START_TEST(each_dead_object_is_shown_once_and_no_other)
{
    static const size_t sizes[] = {32, 48, 1000, 32768, 40000, 200000};
    static struct mortal *all[MORTALS];
    uintptr_t roots[MORTALS] = {0};
    enum kind kind = mortal_kind(false);
    for (size_t i = 0; i < MORTALS; i++) {
        all[i] = new_mortal(kind, i, sizes[i % 50 == 0 ? i / 50 % 6 : i % 3]);
        roots[i] = i % 3 == 0 ? (uintptr_t)all[i] : 0;
    }
    for (size_t i = 1; i < MORTALS; i += 3)
        hand_free(all[i]);
    mark_words_in_steps(roots, sizeof roots, WORD_BYTES);
    sweep();
    for (size_t i = 0; i < MORTALS; i++) {
        ck_assert_uint_eq(deaths[i], i % 3 == 2);
        ck_assert(i % 3 != 0 || is_object(all[i]));
    }
    mark_nothing();
    sweep();
    for (size_t i = 0; i < MORTALS; i++)
        ck_assert_uint_eq(deaths[i], i % 3 != 1);
    ck_assert_uint_eq(count_objects(), 0);
}
END_TEST

START_TEST(each_cell_of_a_kind_that_sees_its_dead_is_an_object)
{
    enum kind kind = mortal_kind(false);
    for (size_t i = 0; i < 300; i++) {
        new_mortal(kind, i, 48);
        ck_assert_uint_eq(count_objects(), i + 1); /* of allocated bits */
    }
}
END_TEST

START_TEST(a_dead_object_may_stay_until_the_next_time)
{
    static const size_t sizes[] = {32, 40000};
    for (unsigned i = 0; i < 2; i++) {
        struct mortal *mortal = new_mortal(mortal_kind(false), 7, sizes[i]);
        mortal->stays = true;
        for (size_t times = 1; times < 4; times++) {
            mark_nothing();
            sweep();
            ck_assert_uint_eq(deaths[7], times);
            ck_assert(is_object(mortal));
            ck_assert_uint_eq(mortal->number, 7);
        }
        mark_from((uintptr_t)mortal);
        sweep();
        ck_assert_uint_eq(deaths[7], 3);
        mortal->stays = false;
        mark_nothing();
        sweep();
        ck_assert_uint_eq(deaths[7], 4);
        ck_assert(!is_object(mortal));
    }
}
END_TEST

static void mark_for_the_dead(void)
{
    hand_stop();
    gc__marker_start(&marker, WORD_BYTES);
    gc__mark_for_dead(&marker);
    gc__marker_end(&marker);
    sweep();
}

START_TEST(what_the_dead_refer_to_is_kept_for_them_if_their_kind_says_so)
{
    for (unsigned keeps = 0; keeps < 2; keeps++) {
        enum kind kind = mortal_kind(keeps != 0);
        new_mortal(kind, 1, 32)->other = new_list(10);
        new_mortal(kind, 2, 40000)->other = hand_alloc(KIND_ATOMIC, 16);
        mark_for_the_dead();
        ck_assert_uint_eq(deaths[1], 1);
        ck_assert_uint_eq(deaths[2], 1);
        ck_assert_uint_eq(count_objects(), keeps ? 11 : 0);
        mark_for_the_dead();
        ck_assert_uint_eq(count_objects(), 0);
        ck_assert_uint_eq(died, 2);
    }
}
END_TEST

START_TEST(of_the_dead_that_lead_to_each_other_the_first_goes_first)
{
    enum kind kind = mortal_kind(true);
    struct mortal *last = NULL;
    for (size_t i = 0; i < 5; i++) {
        struct mortal *mortal = new_mortal(kind, i, 32);
        mortal->other = last;
        last = mortal;
    }
    for (size_t left = 5; left > 0; left--) {
        mark_for_the_dead();
        ck_assert_uint_eq(deaths[left - 1], 1);
        ck_assert_uint_eq(died, 6 - left);
    }
}
END_TEST

/* ------------------------------------------------------------------ markers */

enum { OBJECTS = 100000 };

static void **graph[OBJECTS];

/* Records, and scanned and pointer-free objects, that lead anywhere: of a record
 * two words count, of a scanned object all four. */
static void make_graph(struct random *random)
{
    struct kind_traits words = {.look = LOOK_AT_WORDS, .is_cleared = true};
    enum kind kinds[] = {KIND_SCANNED, KIND_ATOMIC, add_kind(&records),
                         add_kind(&records), add_kind(&words)};
    for (size_t i = 0; i < OBJECTS; i++) {
        size_t bytes = i % 500 == 0 ? 50000 : 32 + i % 5 * 16;
        graph[i] = hand_alloc(kinds[random_below(random, 5)], bytes);
    }
    for (size_t i = 0; i < OBJECTS; i++)
        for (unsigned edge = 0; edge < 4; edge++)
            if (random_below(random, 3) != 0)
                graph[i][edge] = graph[random_below(random, OBJECTS)];
}

static size_t note_marks(bool *marks)
{
    size_t count = 0;
    struct cell cell = {0, 0};
    for (size_t i = 0; i < OBJECTS; i++)
        count += marks[i] = is_marked(graph[i]);
    for (; gc__variable_next(&heap, &cell); cell.index++)
        cell_bits(&heap.map, cell)->marked = 0;
    return count;
}

START_TEST(several_markers_see_what_one_does)
{
    static bool expected[OBJECTS], found[OBJECTS];
    struct random random = {1};
    make_graph(&random);
    uintptr_t roots[20];
    for (unsigned i = 0; i < 20; i++)
        roots[i] = (uintptr_t)graph[random_below(&random, OBJECTS)];

    mark_words_in_steps(roots, sizeof roots, WORD_BYTES);
    size_t shown_to_one = shown;
    size_t live_bytes = marker.live_bytes;
    size_t live_atomic_bytes = marker.live_atomic_bytes;
    size_t live = note_marks(expected);
    ck_assert_uint_gt(live, OBJECTS / 10);
    ck_assert_uint_lt(live, OBJECTS);

    ck_assert(gc__markers_set(&marker, 4));
    while (gc__markers_threads(&marker) < 3) {
        marker.worker->team->is_worthwhile = true;
        gc__markers_prepare(&marker);
    }
    for (unsigned round = 0; round < 20; round++) {
        shown = 0;
        gc__markers_prepare(&marker);
        marker.worker->team->rest = 0;
        mark_words_in_steps(roots, sizeof roots, WORD_BYTES);
        ck_assert_uint_eq(shown, shown_to_one);
        ck_assert_uint_eq(marker.live_objects, live);
        ck_assert_uint_eq(marker.live_bytes, live_bytes);
        ck_assert_uint_eq(marker.live_atomic_bytes, live_atomic_bytes);
        note_marks(found);
        ck_assert_mem_eq(found, expected, sizeof found);
    }
    gc__markers_set(&marker, 1);
}
END_TEST

FIXTURE_SUITE("kinds", setup, marking_teardown,
              cells_of_a_kind_are_zeroed_or_not_as_it_says,
              cells_of_different_kinds_share_no_block,
              there_are_as_many_kinds_as_a_block_can_tell_apart,
              a_kind_without_memory_for_its_tables_is_refused,
              slots_of_a_thread_that_ends_are_the_next_ones,
              a_record_keeps_what_its_procedure_tells_of,
              records_of_every_size_are_looked_at_once,
              a_kind_of_words_is_scanned_and_one_of_nothing_is_not,
              cells_that_are_no_objects_are_not_shown,
              a_procedure_may_tell_of_a_million_objects,
              a_procedure_may_tell_of_more_than_the_mark_stack_holds,
              a_procedure_may_tell_much_where_no_memory_is_to_be_had,
              each_dead_object_is_shown_once_and_no_other,
              each_cell_of_a_kind_that_sees_its_dead_is_an_object,
              a_dead_object_may_stay_until_the_next_time,
              what_the_dead_refer_to_is_kept_for_them_if_their_kind_says_so,
              of_the_dead_that_lead_to_each_other_the_first_goes_first,
              several_markers_see_what_one_does)
