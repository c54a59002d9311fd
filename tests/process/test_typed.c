/* SPDX-License-Identifier: MIT */
/* Types and kinds of a program's own. */

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomics.h"
#include "tests/hidden.h"
#include "tests/random.h"
#include "tests/suite.h"

/* The word `number` looks like a pointer, and is none. */
struct pair {
    void *pointer;
    uintptr_t number;
};

enum { PAIRS = 10000, LEAF_BYTES = 16 };

static struct gc_type *pair_type;
static void *kept[PAIRS]; /* static data */

/* Kept until there are all of them, since a collection before would have their
 * places used again. */
static void *until_then[HIDDEN];

static void remember(size_t i, void *leaf)
{
    until_then[i] = leaf;
    hidden[i] = hide(leaf);
}

static void collect_now(void)
{
    memset(until_then, 0, sizeof until_then);
    GC_collect();
}

static struct gc_type *type_of_pairs(void)
{
    const uint64_t first = 1;
    struct gc_type *type = gc_type_new(&first, 2);
    ck_assert_ptr_nonnull(type);
    return type;
}

static void setup(void)
{
    memset(kept, 0, sizeof kept);
    if (pair_type == NULL)
        pair_type = type_of_pairs();
}

static void teardown(void)
{
    memset(kept, 0, sizeof kept);
}

static bool holds(const void *memory, int byte, size_t bytes)
{
    const unsigned char *at = memory;
    for (size_t i = 0; i < bytes; i++)
        if (at[i] != byte)
            return false;
    return true;
}

/* -------------------------------------------------------------------- types */

/* Hides the leaves that are only numbers. */
__attribute__((noinline)) static void fill_pairs(struct pair *pairs,
                                                 size_t count, size_t from)
{
    for (size_t i = 0; i < count; i++) {
        pairs[i].pointer = gc_malloc_atomic(LEAF_BYTES);
        memset(pairs[i].pointer, 0x5a, LEAF_BYTES);
        void *leaf = gc_malloc_atomic(LEAF_BYTES);
        remember(from + i, leaf);
        pairs[i].number = (uintptr_t)leaf;
    }
}

static void expect_leaves(const struct pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ck_assert_ptr_eq(gc_base(pairs[i].pointer), pairs[i].pointer);
        ck_assert(holds(pairs[i].pointer, 0x5a, LEAF_BYTES));
    }
}

START_TEST(words_that_are_no_pointers_keep_nothing)
{
    for (size_t i = 0; i < PAIRS; i++) {
        kept[i] = gc_malloc_typed(pair_type, sizeof(struct pair));
        ck_assert(holds(kept[i], 0, sizeof(struct pair)));
        fill_pairs(kept[i], 1, i);
    }
    collect_now();
    expect_gone(PAIRS);
    for (size_t i = 0; i < PAIRS; i++)
        expect_leaves(kept[i], 1);
}
END_TEST

START_TEST(an_array_has_its_type_in_every_element)
{
    static const size_t counts[] = {101, 1500, 8000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        size_t bytes = counts[i] * sizeof(struct pair);
        kept[0] = gc_malloc_typed(pair_type, bytes);
        ck_assert_uint_ge(gc_size(kept[0]), bytes);
        ck_assert(holds(kept[0], 0, bytes));
        fill_pairs(kept[0], counts[i], 0);
        collect_now();
        expect_gone(counts[i]);
        expect_leaves(kept[0], counts[i]);
    }
}
END_TEST

/* Three words in four may be pointers, and so may word 99, of 130. */
START_TEST(a_bitmap_may_be_long)
{
    enum { WORDS = 130 };
    uint64_t bitmap[3] = {UINT64_C(0x7777777777777777), UINT64_C(1) << 35,
                          UINT64_MAX};
    struct gc_type *type = gc_type_new(bitmap, WORDS);
    void **object = gc_malloc_typed(type, 2 * WORDS * sizeof(void *));
    kept[0] = object;
    size_t numbers = 0;
    for (size_t i = 0; i < 2 * WORDS; i++) {
        object[i] = gc_malloc_atomic(LEAF_BYTES);
        memset(object[i], 0x5a, LEAF_BYTES);
        if (!(bitmap[i % WORDS / 64] >> (i % WORDS % 64) & 1))
            remember(numbers++, object[i]);
    }
    collect_now();
    expect_gone(numbers);
    for (size_t i = 0; i < 2 * WORDS; i++)
        if (bitmap[i % WORDS / 64] >> (i % WORDS % 64) & 1)
            ck_assert(holds(object[i], 0x5a, LEAF_BYTES));
}
END_TEST

START_TEST(what_is_beyond_the_object_is_not_seen)
{
    const uint64_t last = 1 << 3;
    struct gc_type *type = gc_type_new(&last, 4);
    for (size_t bytes = 0; bytes < 32; bytes++) {
        char *object = gc_malloc_typed(type, bytes);
        memset(object, 0xff, bytes);
        kept[bytes] = object;
    }
    GC_collect();
    for (size_t bytes = 0; bytes < 32; bytes++)
        ck_assert(holds(kept[bytes], 0xff, bytes));
}
END_TEST

START_TEST(a_typed_object_may_be_resized_and_freed)
{
    struct random random = {5};
    size_t count = 1;
    kept[0] = gc_malloc_typed(pair_type, sizeof(struct pair));
    fill_pairs(kept[0], 1, 0);
    for (unsigned round = 0; round < 200; round++) {
        size_t wanted = 1 + random_below(&random, round % 10 == 0 ? 5000 : 40);
        kept[0] = gc_realloc(kept[0], wanted * sizeof(struct pair));
        ck_assert_ptr_nonnull(kept[0]);
        struct pair *pairs = kept[0];
        if (wanted > count) {
            size_t more = wanted - count;
            ck_assert(holds(pairs + count, 0, more * sizeof *pairs));
            fill_pairs(pairs + count, more, count);
        }
        count = wanted;
        if (round % 20 == 0)
            GC_collect();
        expect_leaves(kept[0], count);
    }
    collect_now();
    expect_gone(count);
    gc_free(kept[0]);
    ck_assert_ptr_null(gc_base(kept[0]));
}
END_TEST

START_TEST(what_makes_no_sense_is_refused)
{
    const uint64_t bitmap = 1;
    errno = 0;
    ck_assert_ptr_null(gc_type_new(&bitmap, 0));
    ck_assert_int_eq(errno, EINVAL);
    errno = 0;
    ck_assert_ptr_null(gc_malloc_typed(NULL, 16));
    ck_assert_int_eq(errno, EINVAL);
    static const int wrong[] = {-1, 1000, 253};
    for (unsigned i = 0; i < 3; i++) {
        errno = 0;
        ck_assert_ptr_null(gc_malloc_kind(wrong[i], 16));
        ck_assert_int_eq(errno, EINVAL);
    }
    static const struct gc_kind_traits incomplete[] = {
        {.look = TIDEMARK_LOOK_BY_PROCEDURE},
        {.look = TIDEMARK_LOOK_BY_TYPE},
        {.look = (enum gc_look)9},
    };
    for (unsigned i = 0; i < 3; i++) {
        errno = 0;
        ck_assert_int_eq(gc_kind_new(&incomplete[i]), -1);
        ck_assert_int_eq(errno, EINVAL);
    }
    errno = 0;
    volatile size_t too_much = SIZE_MAX - 3;
    ck_assert_ptr_null(gc_malloc_typed(pair_type, too_much));
    ck_assert_int_eq(errno, ENOMEM);
}
END_TEST

/* -------------------------------------------------------------------- kinds */

/* A stack of pointers, of which those above `depth` are stale. */
struct stack {
    size_t depth;
    void *words[30];
};

static void look_at_stack(void *object, size_t bytes, struct gc_visit *visit,
                          void *context)
{
    (void)bytes;
    (void)context;
    struct stack *stack = object;
    gc_mark_words(visit, stack->words, stack->words + stack->depth);
}

/* A link whose pointer is XORed with a key. */
struct link {
    uintptr_t disguised;
};

static void look_at_link(void *object, size_t bytes, struct gc_visit *visit,
                         void *context)
{
    (void)bytes;
    const struct link *link = object;
    gc_mark_word(visit, link->disguised ^ *(const uintptr_t *)context);
}

static uintptr_t key = 0x5555555555555555;
static int stack_kind, link_kind, number_kind;

static void make_kinds(void)
{
    static const struct gc_kind_traits stacks = {.name = "stack \"of\" words",
                                                 .look =
                                                     TIDEMARK_LOOK_BY_PROCEDURE,
                                                 .mark = look_at_stack};
    static const struct gc_kind_traits links = {.name = "link",
                                                .look =
                                                    TIDEMARK_LOOK_BY_PROCEDURE,
                                                .mark = look_at_link,
                                                .context = &key};
    static const struct gc_kind_traits numbers = {
        .look = TIDEMARK_LOOK_AT_NOTHING, .not_cleared = true};
    if (stack_kind != 0)
        return;
    stack_kind = gc_kind_new(&stacks);
    link_kind = gc_kind_new(&links);
    number_kind = gc_kind_new(&numbers);
    ck_assert_int_gt(stack_kind, TIDEMARK_ATOMIC_UNCOLLECTABLE);
    ck_assert_int_gt(link_kind, stack_kind);
    ck_assert_int_gt(number_kind, link_kind);
}

__attribute__((noinline)) static void fill_stack(struct stack *stack)
{
    for (size_t i = 0; i < 30; i++) {
        stack->words[i] = gc_malloc_atomic(LEAF_BYTES);
        memset(stack->words[i], 0x5a, LEAF_BYTES);
    }
}

START_TEST(a_procedure_says_what_an_object_refers_to)
{
    size_t stale = 0;
    make_kinds();
    for (size_t i = 0; i < 300; i++) {
        struct stack *stack = gc_malloc_kind(stack_kind, sizeof *stack);
        kept[i] = stack;
        stack->depth = 10;
        fill_stack(stack);
        for (size_t word = 10; word < 30; word++)
            remember(stale++, stack->words[word]);
    }
    collect_now();
    expect_gone(stale);
    for (size_t i = 0; i < 300; i++)
        for (size_t word = 0; word < 10; word++)
            ck_assert(holds(((struct stack *)kept[i])->words[word], 0x5a,
                            LEAF_BYTES));
}
END_TEST

/* A hundred lists of a hundred links each. */
__attribute__((noinline)) static void make_lists(void)
{
    for (size_t i = 0; i < PAIRS; i++) {
        struct link *link = gc_malloc_kind(link_kind, sizeof *link);
        link->disguised = (uintptr_t)kept[i % 100] ^ key;
        hidden[i] = hide(link);
        kept[i % 100] = link;
    }
}

START_TEST(pointers_in_disguise_are_followed_if_a_procedure_knows_them)
{
    make_kinds();
    make_lists();
    GC_collect();
    expect_alive(PAIRS);
    memset(kept, 0, sizeof kept);
    GC_collect();
    expect_gone(PAIRS);
}
END_TEST

START_TEST(a_kind_may_be_one_type)
{
    const struct gc_kind_traits traits = {.look = TIDEMARK_LOOK_BY_TYPE,
                                          .type = pair_type};
    int kind = gc_kind_new(&traits);
    ck_assert_int_gt(kind, 0);
    for (size_t i = 0; i < PAIRS; i++) {
        kept[i] = gc_malloc_kind(kind, sizeof(struct pair));
        ck_assert_uint_eq(gc_size(kept[i]), sizeof(struct pair));
        fill_pairs(kept[i], 1, i);
    }
    collect_now();
    expect_gone(PAIRS);
    for (size_t i = 0; i < PAIRS; i++)
        expect_leaves(kept[i], 1);
    kept[0] = gc_realloc(kept[0], 1000);
    struct gc_object_header header;
    ck_assert(gc_object_header_of(kept[0], &header));
    ck_assert_int_eq((int)header.kind, kind);
    expect_leaves(kept[0], 1);
}
END_TEST

START_TEST(built_in_kinds_are_kinds_too)
{
    for (int kind = 0; kind <= TIDEMARK_ATOMIC_UNCOLLECTABLE; kind++) {
        struct gc_object_header header;
        void *object = gc_malloc_kind(kind, 100);
        ck_assert(gc_object_header_of(object, &header));
        ck_assert_int_eq((int)header.kind, kind);
        gc_free(object);
    }
}
END_TEST

/* A buffer of libc's malloc belongs to the object. */
struct handle {
    char *buffer;
    struct handle *other;
};

static AO_t buffers;

static bool close_handle(void *object, size_t bytes, void *context)
{
    (void)bytes;
    (void)context;
    struct handle *handle = object;
    if (handle->buffer != NULL) {
        free(handle->buffer);
        AO_fetch_and_sub1(&buffers);
    }
    return false;
}

static int handle_kind(void)
{
    static const struct gc_kind_traits traits = {.name = "handle",
                                                 .dead = close_handle};
    int kind = gc_kind_new(&traits);
    ck_assert_int_gt(kind, 0);
    return kind;
}

/* Twenty are alive at a time. */
static void *open_handles(void *kind)
{
    struct handle *handles[20] = {NULL};
    for (unsigned i = 0; i < 20000; i++) {
        struct handle *handle = gc_malloc_kind(*(int *)kind, sizeof *handle);
        handle->buffer = malloc(32);
        memset(handle->buffer, 0x5a, 32);
        handle->other = handles[(i + 7) % 20];
        if (handle->other != NULL)
            handle->other->other = NULL;
        AO_fetch_and_add1(&buffers);
        handles[i % 20] = handle;
        if (!holds(handles[i % 7]->buffer, 0x5a, 32))
            return "the buffer of a live object was freed";
    }
    return NULL;
}

START_TEST(dead_objects_take_with_them_what_they_have_elsewhere)
{
    pthread_t threads[4];
    int kind = handle_kind();
    for (unsigned i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, open_handles, &kind),
                         0);
    for (unsigned i = 0; i < 30; i++)
        GC_collect();
    for (unsigned i = 0; i < 4; i++) {
        void *fault;
        pthread_join(threads[i], &fault);
        if (fault != NULL)
            ck_abort_msg("%s", (const char *)fault);
    }
    GC_collect();
    ck_assert_uint_lt(AO_load(&buffers), 4000); /* of 80 000 */
}
END_TEST

/* -------------------------------------------------------------------- seeing */

struct seen {
    const void *holder;
    const void *target;
    size_t offset;
    size_t count;
};

static bool see(const struct gc_reference *reference, void *context)
{
    struct seen *seen = context;
    if (reference->holder == seen->holder) {
        ck_assert_ptr_eq(reference->target, seen->target);
        ck_assert_uint_eq(reference->offset, seen->offset);
        seen->count++;
    }
    return true;
}

START_TEST(visitors_see_the_references_that_count)
{
    make_kinds();
    struct pair *pair = kept[0] = gc_malloc_typed(pair_type, 4 * sizeof *pair);
    pair[3].number = (uintptr_t)pair;
    pair[3].pointer = pair;
    struct seen seen = {pair, pair, 3 * sizeof *pair, 0};
    gc_visit_references(see, &seen);
    ck_assert_uint_eq(seen.count, 1);

    struct link *link = kept[1] = gc_malloc_kind(link_kind, sizeof *link);
    link->disguised = (uintptr_t)pair ^ key;
    seen = (struct seen){link, pair, 0, 0};
    gc_visit_references(see, &seen);
    ck_assert_uint_eq(seen.count, 1);
}
END_TEST

static void print_all(FILE *file, char *text, size_t bytes)
{
    GC_dump_stats(file);
    GC_dump_stats_json(file);
    GC_dump_graph_json(file, 0);
    GC_dump_graph_dot(file, 0);
    GC_dump_heap_map(file);
    GC_dump_heap_map_svg(file);
    rewind(file);
    text[fread(text, 1, bytes - 1, file)] = '\0';
}

START_TEST(kinds_have_names_in_what_is_printed)
{
    enum { TEXT_BYTES = 1 << 22 };
    static char text[TEXT_BYTES];
    make_kinds();
    kept[0] = gc_malloc_kind(stack_kind, sizeof(struct stack));
    kept[1] = gc_malloc_typed(pair_type, 16);
    kept[2] = gc_malloc_kind(number_kind, 16);
    FILE *file = tmpfile();
    print_all(file, text, TEXT_BYTES);
    fclose(file);
    ck_assert_ptr_nonnull(strstr(text, "stack \\\"of\\\" words"));
    ck_assert_ptr_nonnull(strstr(text, "\"kind\": \"typed\""));
    ck_assert_ptr_nonnull(strstr(text, "\"kind\": \"custom\""));
}
END_TEST

/* ------------------------------------------------------------------- threads */

enum { THREADS = 4, ROUNDS = 20000, SLOTS = 64 };

/* Each keeps some objects of several kinds, and their leaves, in its stack. */
static void *work(void *argument)
{
    void *slots[SLOTS] = {NULL};
    struct random random = {(uintptr_t)argument};
    for (unsigned i = 0; i < ROUNDS; i++) {
        size_t at = random_below(&random, SLOTS);
        if (slots[at] != NULL && random_below(&random, 4) == 0)
            gc_free(slots[at]);
        struct pair *pair;
        if (at % 2 == 0)
            pair = gc_malloc_typed(pair_type, (1 + at) * sizeof *pair);
        else
            pair = gc_malloc_kind(link_kind, sizeof *pair);
        if (pair == NULL || !holds(pair, 0, sizeof *pair))
            return "an object was not cleared";
        uintptr_t *leaf = gc_malloc_atomic(LEAF_BYTES);
        *leaf = (uintptr_t)pair;
        if (at % 2 == 0)
            pair->pointer = leaf;
        else
            *(uintptr_t *)pair = (uintptr_t)leaf ^ key;
        slots[at] = pair;
        pair = slots[random_below(&random, SLOTS)];
        if (pair == NULL)
            continue;
        struct gc_object_header header;
        gc_object_header_of(pair, &header);
        leaf = (int)header.kind == link_kind
                   ? (uintptr_t *)(*(uintptr_t *)pair ^ key)
                   : pair->pointer;
        if (*leaf != (uintptr_t)pair)
            return "a leaf was lost";
    }
    return NULL;
}

START_TEST(threads_allocate_objects_of_kinds_while_others_collect)
{
    pthread_t threads[THREADS];
    make_kinds();
    for (uintptr_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, work, (void *)(i + 1)), 0);
    for (unsigned i = 0; i < 50; i++)
        GC_collect();
    for (unsigned i = 0; i < THREADS; i++) {
        void *fault;
        pthread_join(threads[i], &fault);
        if (fault != NULL)
            ck_abort_msg("%s", (const char *)fault);
    }
}
END_TEST

FIXTURE_SUITE("typed", setup, teardown, words_that_are_no_pointers_keep_nothing,
              an_array_has_its_type_in_every_element, a_bitmap_may_be_long,
              what_is_beyond_the_object_is_not_seen,
              a_typed_object_may_be_resized_and_freed,
              what_makes_no_sense_is_refused,
              a_procedure_says_what_an_object_refers_to,
              pointers_in_disguise_are_followed_if_a_procedure_knows_them,
              a_kind_may_be_one_type, built_in_kinds_are_kinds_too,
              dead_objects_take_with_them_what_they_have_elsewhere,
              visitors_see_the_references_that_count,
              kinds_have_names_in_what_is_printed,
              threads_allocate_objects_of_kinds_while_others_collect)
