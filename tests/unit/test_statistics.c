/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* open_memstream */

#include <check.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>

#include "include/tidemark.h"
#include "platform/pages.h"
#include "tests/suite.h"

enum { BLOCK_BYTES = 65536, OBJECTS = 5000 };

static struct gc_stats before, after;
static void **kept;

static void setup(void)
{
    kept = gc_malloc_uncollectable(OBJECTS * sizeof *kept);
    ck_assert_ptr_nonnull(kept);
    gc_stats(&before, sizeof before);
}

static void teardown(void)
{
    gc_free(kept);
}

static size_t growth(size_t offset)
{
    size_t old, new;
    gc_stats(&after, sizeof after);
    memcpy(&old, (char *)&before + offset, sizeof old);
    memcpy(&new, (char *)&after + offset, sizeof new);
    return new - old;
}

#define GROWTH(field) growth(offsetof(struct gc_stats, field))

/* The classes of a kind and a cell size; zero if there is none. */
static struct gc_class_stats class_of(enum gc_kind kind, size_t cell_bytes)
{
    struct gc_class_stats class;
    for (size_t i = 0; gc_class_stats(i, &class, sizeof class); i++)
        if (class.kind == kind && class.cell_bytes == cell_bytes)
            return class;
    return (struct gc_class_stats){.kind = kind, .cell_bytes = cell_bytes};
}

/* ----------------------------------------------------------------- totals */

START_TEST(objects_are_counted_one_by_one)
{
    for (size_t i = 0; i < OBJECTS; i++) {
        kept[i] = gc_malloc(40);
        if (i % 500 == 0)
            ck_assert_uint_eq(GROWTH(object_count), i + 1);
    }
    ck_assert_uint_eq(GROWTH(object_bytes), OBJECTS * 48);
    ck_assert_uint_eq(GROWTH(allocated_bytes), OBJECTS * 48);
    ck_assert_uint_eq(GROWTH(freed_bytes), 0);

    for (size_t i = 0; i < OBJECTS; i += 2)
        gc_free(kept[i]);
    ck_assert_uint_eq(GROWTH(object_count), OBJECTS / 2);
    ck_assert_uint_eq(GROWTH(object_bytes), OBJECTS / 2 * 48);
    ck_assert_uint_eq(GROWTH(freed_bytes), OBJECTS / 2 * 48);
}
END_TEST

START_TEST(large_objects_are_counted_by_their_bytes)
{
    kept[0] = gc_malloc_atomic(1000000);
    ck_assert_uint_eq(GROWTH(object_count), 1);
    ck_assert_uint_eq(GROWTH(object_bytes), 1000000);
    ck_assert_uint_eq(GROWTH(allocated_bytes), 1000000);
    ck_assert_uint_eq(GROWTH(heap_bytes), 16 * BLOCK_BYTES);
    gc_free(kept[0]);
    ck_assert_uint_eq(GROWTH(object_count), 0);
    ck_assert_uint_eq(GROWTH(heap_bytes), 0);
    ck_assert_uint_ge(after.free_bytes, 16 * BLOCK_BYTES);
}
END_TEST

__attribute__((noinline)) static void drop_objects(void)
{
    for (size_t i = 0; i < OBJECTS; i++)
        kept[i] = gc_malloc(64);
    memset(kept, 0, OBJECTS * sizeof *kept);
}

START_TEST(what_is_swept_is_counted)
{
    gc_set(TIDEMARK_STRESS, 0); /* collections are counted */
    drop_objects();
    GC_collect();
    ck_assert_uint_eq(GROWTH(collections), 1);
    ck_assert_uint_ge(GROWTH(swept_objects), OBJECTS * 95 / 100);
    ck_assert_uint_ge(GROWTH(swept_bytes), OBJECTS * 64 * 95 / 100);
    ck_assert_uint_eq(after.allocated_bytes - after.freed_bytes -
                          after.swept_bytes,
                      after.object_bytes);
    ck_assert_uint_eq(after.live_bytes, after.object_bytes);
    ck_assert_uint_ge(after.goal_bytes, after.live_bytes);
    ck_assert_uint_gt(after.pause_last_ns, 0);
    ck_assert_uint_ge(after.pause_max_ns, after.pause_last_ns);
    ck_assert_uint_ge(after.pause_total_ns, after.pause_max_ns);
}
END_TEST

START_TEST(blocks_are_in_use_or_free_and_lie_in_the_address_space)
{
    for (size_t i = 0; i < OBJECTS; i++)
        kept[i] = memset(gc_malloc(1000), 1, 1000);
    gc_stats(&after, sizeof after);
    ck_assert_uint_eq(after.heap_bytes % BLOCK_BYTES, 0);
    ck_assert_uint_ge(after.heap_bytes, after.object_bytes);
    ck_assert_uint_ge(after.reserved_bytes,
                      after.heap_bytes + after.free_bytes);
    ck_assert_uint_ge(after.resident_bytes, after.object_bytes);
}
END_TEST

START_TEST(metadata_is_at_most_a_fiftieth_of_a_large_heap)
{
    enum { COLLECTOR_STACK_BYTES = 256 << 10 };
    size_t least = before.heap_bytes / 64 + COLLECTOR_STACK_BYTES;
    ck_assert_uint_ge(before.metadata_bytes, least);
    for (size_t i = 0; i < 4000; i++)
        kept[i] = gc_malloc_atomic(32768);
    gc_stats(&after, sizeof after);
    ck_assert_uint_ge(after.metadata_bytes, after.heap_bytes / 64);
    ck_assert_uint_le(after.metadata_bytes, after.reserved_bytes / 50);
}
END_TEST

/* ------------------------------------------------------- tied, and threads */

static void finalize(void *object, void *data)
{
    (void)object;
    (void)data;
}

__attribute__((noinline)) static void drop_with_finalizers(void)
{
    for (size_t i = 0; i < OBJECTS; i++)
        ck_assert(gc_set_finalizer(gc_malloc(16), finalize, NULL));
}

START_TEST(finalizers_are_counted_while_they_wait_and_when_they_are_ready)
{
    gc_set_finalizing(TIDEMARK_FINALIZE_ON_DEMAND, NULL, NULL);
    kept[0] = gc_malloc(16);
    gc_set_finalizer(kept[0], finalize, NULL);
    ck_assert_uint_eq(GROWTH(finalizers), 1);
    gc_set_finalizer(kept[0], NULL, NULL);
    ck_assert_uint_eq(GROWTH(finalizers), 0);

    drop_with_finalizers();
    GC_collect();
    ck_assert_uint_ge(GROWTH(ready_finalizers), OBJECTS * 95 / 100);
    ck_assert_uint_eq(after.finalizers + after.ready_finalizers, OBJECTS);
    gc_run_finalizers();
    ck_assert_uint_eq(GROWTH(ready_finalizers), 0);
}
END_TEST

static enum gc_toggle stay_strong(void *object, void *context)
{
    (void)object;
    (void)context;
    return TIDEMARK_TOGGLE_STRONG;
}

START_TEST(what_is_tied_to_objects_is_counted_by_its_sort)
{
    static void *short_link, *long_link;
    kept[0] = gc_malloc(16);
    gc_link_add(&short_link, kept[0], TIDEMARK_SHORT_LINK);
    gc_link_add(&long_link, kept[0], TIDEMARK_LONG_LINK);
    kept[1] = gc_weak_new(kept[0]);
    ck_assert_uint_eq(GROWTH(weak_links), 3);
    kept[2] = gc_ephemeron_new(kept[0], kept[1]);
    ck_assert_uint_eq(GROWTH(ephemerons), 1);
    gc_set_toggle_function(stay_strong, NULL);
    gc_toggle_set(kept[0], TIDEMARK_TOGGLE_STRONG);
    ck_assert_uint_eq(GROWTH(toggles), 1);

    gc_free(kept[0]);
    ck_assert_uint_eq(GROWTH(weak_links), 0);
    ck_assert_uint_eq(GROWTH(ephemerons), 0);
    ck_assert_uint_eq(GROWTH(toggles), 0);
}
END_TEST

START_TEST(custom_kinds_are_counted_and_types_share_one)
{
    static const uint64_t bitmap = 1;
    static const struct gc_kind_traits traits = {.look =
                                                     TIDEMARK_LOOK_AT_NOTHING};
    ck_assert_uint_eq(before.kinds, 0);
    ck_assert_int_ge(gc_kind_new(&traits), 4);
    ck_assert_int_ge(gc_kind_new(&traits), 5);
    ck_assert_uint_eq(GROWTH(kinds), 2);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_ptr_nonnull(gc_malloc_typed(gc_type_new(&bitmap, 2), 16));
    ck_assert_uint_eq(GROWTH(kinds), 3);
}
END_TEST

static sem_t arrived, may_end;

static void *arrive_and_wait(void *context)
{
    sem_post(&arrived);
    sem_wait(&may_end);
    return context;
}

static void *rest(void *context)
{
    gc_register_thread();
    return gc_call_blocking(arrive_and_wait, context);
}

static void *block_all_and_wait(void *context)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    return arrive_and_wait(context);
}

/* Since no wrapper is in between, a thread that does not call is a stranger. */
static pthread_t start(void *(*run)(void *))
{
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, run, NULL), 0);
    sem_wait(&arrived);
    return thread;
}

START_TEST(threads_are_counted_by_how_a_stop_finds_them)
{
    gc_set(TIDEMARK_STOP_TIMEOUT, 100000);
    sem_init(&arrived, 0, 0);
    sem_init(&may_end, 0, 0);
    ck_assert_uint_eq(before.threads, 1);
    ck_assert_uint_eq(before.strangers, 0);
    ck_assert_uint_ge(before.markers, 1);

    pthread_t threads[3];
    threads[0] = start(rest);
    ck_assert_uint_eq(GROWTH(threads), 1);
    ck_assert_uint_eq(GROWTH(resting_threads), 1);
    threads[1] = start(arrive_and_wait);
    ck_assert_uint_eq(GROWTH(strangers), 1);
    ck_assert_uint_eq(after.unseen_threads, 0);
    threads[2] = start(block_all_and_wait);
    ck_assert_uint_eq(GROWTH(strangers), 2);
    ck_assert_uint_eq(after.unseen_threads, 1);
    ck_assert_uint_eq(after.threads, 2);

    for (unsigned i = 0; i < 3; i++)
        sem_post(&may_end);
    for (unsigned i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(GROWTH(threads), 0);
    ck_assert_uint_eq(GROWTH(resting_threads), 0);
}
END_TEST

START_TEST(a_record_of_any_size_is_filled_in)
{
    unsigned char expected[sizeof(struct gc_stats)];
    unsigned char found[2 * sizeof(struct gc_stats)];
    gc_stats((struct gc_stats *)expected, sizeof expected);
    for (size_t bytes = 0; bytes < sizeof found; bytes++) {
        memset(found, 0xa5, sizeof found);
        gc_stats((struct gc_stats *)found, bytes);
        /* collections to reserved_bytes: the others may change meanwhile. */
        size_t same = bytes < 32 ? bytes : 32;
        ck_assert_mem_eq(found, expected, same);
        for (size_t i = sizeof expected; i < bytes; i++)
            ck_assert_uint_eq(found[i], 0);
        ck_assert_uint_eq(found[bytes], 0xa5);
    }

    struct gc_class_stats whole, part;
    memset(&part, 0xa5, sizeof part);
    ck_assert(gc_class_stats(0, &whole, sizeof whole));
    ck_assert(gc_class_stats(0, &part, offsetof(struct gc_class_stats, runs)));
    ck_assert_uint_eq(part.blocks, whole.blocks);
    ck_assert_uint_eq(part.runs & 0xff, 0xa5);
}
END_TEST

/* ---------------------------------------------------------------- classes */

static void make_a_bit_of_everything(void)
{
    for (size_t i = 0; i < OBJECTS; i++) {
        size_t bytes = i % 100 == 0 ? 40000 + 100 * i : 1 + i * 13 % 5000;
        kept[i] = i % 3 == 0 ? gc_malloc_atomic(bytes) : gc_malloc(bytes);
        if (i % 4 == 3)
            gc_free(kept[i - 2]);
    }
    for (size_t i = 0; i < OBJECTS; i += 4)
        kept[i] = NULL;
    GC_collect();
}

START_TEST(the_classes_sum_up_to_the_totals)
{
    make_a_bit_of_everything();
    gc_stats(&after, sizeof after);
    struct gc_class_stats class;
    size_t blocks = 0, used_cells = 0, used_bytes = 0;
    size_t i = 0;
    for (; gc_class_stats(i, &class, sizeof class); i++) {
        blocks += class.blocks;
        used_cells += class.used_cells;
        used_bytes += class.used_bytes;
        ck_assert_uint_gt(class.blocks, 0);
        ck_assert_uint_le(class.runs, class.free_cells);
        ck_assert_uint_le(class.used_bytes + class.free_bytes,
                          class.blocks * BLOCK_BYTES);
        if (class.cell_bytes == 0)
            continue;
        ck_assert_uint_eq(class.used_bytes,
                          class.used_cells * class.cell_bytes);
        ck_assert_uint_eq(class.free_bytes,
                          class.free_cells * class.cell_bytes);
        ck_assert_uint_eq(class.used_cells + class.free_cells,
                          class.blocks * (BLOCK_BYTES / class.cell_bytes));
    }
    ck_assert_uint_gt(i, 50);
    ck_assert(!gc_class_stats(i + 1, &class, sizeof class));
    ck_assert(!gc_class_stats(SIZE_MAX, &class, sizeof class));
    ck_assert_uint_eq(used_cells, after.object_count);
    ck_assert_uint_eq(used_bytes, after.object_bytes);
    ck_assert_uint_eq(blocks * BLOCK_BYTES,
                      after.heap_bytes + after.free_bytes);
}
END_TEST

START_TEST(classes_are_in_the_order_of_kind_and_size_and_free_blocks_last)
{
    make_a_bit_of_everything();
    struct gc_class_stats class, previous;
    ck_assert(gc_class_stats(0, &previous, sizeof previous));
    size_t i = 1;
    for (; gc_class_stats(i, &class, sizeof class); i++) {
        if (class.used_cells == 0 && class.cell_bytes == 0)
            break;
        ck_assert_int_ge(class.kind, previous.kind);
        if (class.kind == previous.kind && class.cell_bytes != 0)
            ck_assert_uint_gt(class.cell_bytes, previous.cell_bytes);
        previous = class;
    }
    ck_assert_uint_eq(class.free_bytes, class.free_cells * BLOCK_BYTES);
    ck_assert_uint_gt(class.runs, 0);
    ck_assert(!gc_class_stats(i + 1, &class, sizeof class));
}
END_TEST

START_TEST(neighbouring_free_cells_are_one_run)
{
    enum { CELL = 1024, IN_BLOCK = BLOCK_BYTES / CELL, BLOCKS = 4 };
    for (size_t i = 0; i < BLOCKS * IN_BLOCK; i++)
        kept[i] = gc_malloc_atomic_uncollectable(CELL);
    struct gc_class_stats full = class_of(TIDEMARK_ATOMIC_UNCOLLECTABLE, CELL);
    ck_assert_uint_eq(full.blocks, BLOCKS);
    ck_assert_uint_eq(full.used_cells, BLOCKS * IN_BLOCK);
    ck_assert_uint_eq(full.runs, 0);

    for (size_t i = 0; i < BLOCKS * IN_BLOCK; i += 2)
        gc_free(kept[i]);
    struct gc_class_stats half = class_of(TIDEMARK_ATOMIC_UNCOLLECTABLE, CELL);
    ck_assert_uint_eq(half.blocks, BLOCKS);
    ck_assert_uint_eq(half.free_cells, BLOCKS * IN_BLOCK / 2);
    ck_assert_uint_eq(half.runs, BLOCKS * IN_BLOCK / 2);

    for (size_t i = 1; i < BLOCKS * IN_BLOCK; i += 4)
        gc_free(kept[i]);
    struct gc_class_stats quarter =
        class_of(TIDEMARK_ATOMIC_UNCOLLECTABLE, CELL);
    ck_assert_uint_eq(quarter.free_cells, BLOCKS * IN_BLOCK * 3 / 4);
    ck_assert_uint_eq(quarter.runs, BLOCKS * IN_BLOCK / 4);

    for (size_t i = 3; i < BLOCKS * IN_BLOCK; i += 4)
        gc_free(kept[i]);
    struct gc_class_stats none = class_of(TIDEMARK_ATOMIC_UNCOLLECTABLE, CELL);
    ck_assert_uint_eq(none.blocks, 0);
}
END_TEST

/* ------------------------------------------------------------------- text */

static char *dump(void (*print)(FILE *))
{
    static char *written; /* gcc 12 -O3 takes the other for dangling */
    size_t bytes;
    FILE *file = open_memstream(&written, &bytes);
    ck_assert_ptr_nonnull(file);
    print(file);
    fclose(file);
    return written;
}

static const char *line_of(const char *text, const char *label)
{
    const char *at = strstr(text, label);
    ck_assert_msg(at != NULL, "no \"%s\"", label);
    return at + strlen(label);
}

START_TEST(the_text_has_the_totals_and_a_line_for_each_class)
{
    make_a_bit_of_everything();
    gc_stats(&after, sizeof after);
    char *text = dump(GC_dump_stats);
    ck_assert_uint_eq(strtoul(line_of(text, "\n  objects"), NULL, 10),
                      after.object_count);
    ck_assert_uint_eq(strtoul(line_of(text, "\n  collections"), NULL, 10),
                      after.collections);
    ck_assert_ptr_nonnull(strstr(line_of(text, "\n  longest pause"), " ms"));
    ck_assert_uint_eq(strtoul(line_of(text, "threads\n  known"), NULL, 10),
                      after.threads);

    size_t lines = 0;
    const char *at = line_of(text, "used bytes\n");
    for (; strncmp(at, "  total", 7) != 0; lines++)
        at = strchr(at, '\n') + 1;
    struct gc_class_stats class;
    ck_assert(gc_class_stats(lines - 1, &class, sizeof class));
    ck_assert(!gc_class_stats(lines, &class, sizeof class));

    size_t blocks, runs, free_cells, used_cells;
    ck_assert_int_eq(sscanf(at, " total %zu %zu %zu %*s %*s %zu", &blocks,
                            &runs, &free_cells, &used_cells),
                     4);
    ck_assert_uint_eq(used_cells, after.object_count);
    ck_assert_uint_eq(blocks * BLOCK_BYTES,
                      after.heap_bytes + after.free_bytes);
    free(text);
}
END_TEST

static size_t count(const char *text, const char *what)
{
    size_t found = 0;
    for (; (text = strstr(text, what)) != NULL; text++)
        found++;
    return found;
}

START_TEST(json_has_every_field_and_every_class)
{
    make_a_bit_of_everything();
    gc_stats(&after, sizeof after);
    char *text = dump(GC_dump_stats_json);
    ck_assert_uint_eq(strtoul(line_of(text, "\"object_count\": "), NULL, 10),
                      after.object_count);
    ck_assert_uint_eq(strtoul(line_of(text, "\"swept_bytes\": "), NULL, 10),
                      after.swept_bytes);
    ck_assert_uint_eq(strtoul(line_of(text, "\"markers\": "), NULL, 10),
                      after.markers);
    char *classes = strstr(text, "\"classes\"");
    ck_assert_ptr_nonnull(classes);
    size_t lines = count(classes, "{\"kind\": ");
    struct gc_class_stats class;
    ck_assert(gc_class_stats(lines - 1, &class, sizeof class));
    ck_assert(!gc_class_stats(lines, &class, sizeof class));
    ck_assert_uint_eq(count(classes, "\"free\""), 1);
    ck_assert_uint_eq(strtoul(line_of(classes, "\"cell_bytes\": "), NULL, 10),
                      16);
    free(text);
}
END_TEST

START_TEST(looking_takes_nothing_from_the_heap)
{
    make_a_bit_of_everything();
    gc_stats(&before, sizeof before);
    free(dump(GC_dump_stats));
    free(dump(GC_dump_stats_json));
    free(dump(GC_dump_heap_map));
    free(dump(GC_dump_heap_map_svg));
    ck_assert_uint_eq(GROWTH(allocated_bytes), 0);
    ck_assert_uint_eq(GROWTH(heap_bytes), 0);
    ck_assert_uint_eq(GROWTH(metadata_bytes), 0);
    ck_assert_uint_eq(GROWTH(collections), 0);
}
END_TEST

FIXTURE_SUITE("statistics", setup, teardown, objects_are_counted_one_by_one,
              large_objects_are_counted_by_their_bytes,
              what_is_swept_is_counted,
              blocks_are_in_use_or_free_and_lie_in_the_address_space,
              metadata_is_at_most_a_fiftieth_of_a_large_heap,
              finalizers_are_counted_while_they_wait_and_when_they_are_ready,
              what_is_tied_to_objects_is_counted_by_its_sort,
              custom_kinds_are_counted_and_types_share_one,
              threads_are_counted_by_how_a_stop_finds_them,
              a_record_of_any_size_is_filled_in,
              the_classes_sum_up_to_the_totals,
              classes_are_in_the_order_of_kind_and_size_and_free_blocks_last,
              neighbouring_free_cells_are_one_run,
              the_text_has_the_totals_and_a_line_for_each_class,
              json_has_every_field_and_every_class,
              looking_takes_nothing_from_the_heap)
