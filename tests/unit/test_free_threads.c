/* SPDX-License-Identifier: MIT */
/* Threads that allocate, exchange and free, with the lock only where it is
 * needed.  Also built under the race detector. */

#include <check.h>
#include <pthread.h>

#include "platform/lock.h"
#include "tests/random.h"
#include "tests/suite.h"
#include "tests/unit/hand.h"

enum { THREADS = 4, TURNS = 300 * 1000, SLOTS = 64, OWN = 16 };

struct object {
    const struct object *self;
    uintptr_t number;
};

static struct lock lock; /* of the heap */
static struct local locals[THREADS];
static AO_t slots[SLOTS]; /* atomic: acquire, release */

struct worker {
    pthread_t thread;
    struct random random;
    struct local *local;
    struct object *own[OWN];
    size_t freed_alone, freed_with_lock;
    const char *wrong;
};

/* -------------------------------------------------------------- as in gc/api */

static void *alloc_with_lock(struct worker *worker, enum kind kind,
                             size_t bytes)
{
    enum refusal why;
    lock_take(&lock);
    void *object =
        gc__variable_claim_small(&heap, worker->local, kind, bytes, &why);
    lock_give_back(&lock);
    gc__local_prepare(worker->local);
    return object;
}

static void *alloc(struct worker *worker, enum kind kind, size_t bytes)
{
    unsigned size_class = size_class_of(bytes);
    struct slot *slot = &worker->local->slots[kind][size_class];
    uintptr_t cell = AO_load(&slot->next);
    if (slot->freed != NULL) {
        void *object = gc__local_reuse(&heap, worker->local, slot, kind,
                                       size_class_bytes(size_class), false);
        gc__local_prepare(worker->local);
        return object;
    }
    if (cell == slot->limit)
        return alloc_with_lock(worker, kind, bytes);
    AO_store(&slot->next, cell + size_class_bytes(size_class));
    return (void *)cell;
}

static bool free_with_lock(struct worker *worker, const void *object)
{
    struct cell cell;
    lock_take(&lock);
    bool is_freed = heap_map_find(&heap.map, (uintptr_t)object, &cell) &&
                    cell_address(&heap.map, cell) == (uintptr_t)object &&
                    gc__variable_is_object(&heap, &locals[0], cell) &&
                    gc__variable_free(&heap, worker->local, cell);
    lock_give_back(&lock);
    return is_freed;
}

static bool free_object(struct worker *worker, const void *object)
{
    bool is_alone = gc__local_free(&heap, worker->local, (uintptr_t)object);
    if (!is_alone && !free_with_lock(worker, object))
        return false;
    worker->freed_alone += is_alone;
    worker->freed_with_lock += !is_alone;
    return true;
}

/* ------------------------------------------------------------------- threads */

static struct object *exchange(AO_t *slot, struct object *object)
{
    AO_t old;
    do
        old = AO_load(slot);
    while (!AO_compare_and_swap_full(slot, old, (AO_t)object));
    return (struct object *)old;
}

static void check(struct worker *worker, const struct object *object)
{
    if (object != NULL && object->self != object)
        worker->wrong = "an object has changed";
}

static void renew(struct worker *worker, struct object **own)
{
    static const size_t sizes[] = {16, 48, 256, 1000};
    enum kind kind =
        random_below(&worker->random, 3) == 0 ? KIND_ATOMIC : KIND_SCANNED;
    size_t bytes = sizes[random_below(&worker->random, 4)];
    if (*own != NULL && !free_object(worker, *own))
        worker->wrong = "an object is not freed";
    struct object *object = alloc(worker, kind, bytes);
    if (kind == KIND_SCANNED && (object->self != NULL || object->number != 0))
        worker->wrong = "a new object is not zero";
    *object = (struct object){object, worker->random.state};
    *own = object;
}

/* No object, but a pointer into the heap all the same. */
static void free_in_vain(struct worker *worker)
{
    uintptr_t address =
        heap.map.low + (random_below(&worker->random, BLOCK_BYTES) | 1);
    if (gc__local_free(&heap, worker->local, address))
        worker->wrong = "what is no object is freed";
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    for (unsigned turn = 0; turn < TURNS; turn++) {
        struct object **own = &worker->own[random_below(&worker->random, OWN)];
        check(worker, *own);
        if (turn % 4 != 0)
            renew(worker, own);
        else
            *own = exchange(&slots[random_below(&worker->random, SLOTS)], *own);
        if (turn % 16 == 0)
            free_in_vain(worker);
    }
    for (int i = 0; i < OWN; i++)
        if (worker->own[i] != NULL && !free_object(worker, worker->own[i]))
            worker->wrong = "an object is not freed at the end";
    return NULL;
}

static void setup(void)
{
    hand_setup();
    memset(locals, 0, sizeof locals);
    for (int i = 0; i + 1 < THREADS; i++)
        locals[i].next = &locals[i + 1];
}

static void retire_all(void)
{
    for (int i = 0; i < THREADS; i++)
        gc__local_retire(&heap, &locals[i]);
}

START_TEST(each_object_is_freed_once_by_whoever_has_it)
{
    static struct worker workers[THREADS];
    size_t alone = 0, with_lock = 0;
    memset(workers, 0, sizeof workers);
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i].random.state = i + 1;
        workers[i].local = &locals[i];
        ck_assert_int_eq(
            pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        ck_assert_ptr_null(workers[i].wrong);
        alone += workers[i].freed_alone;
        with_lock += workers[i].freed_with_lock;
    }
    size_t left = 0;
    for (unsigned i = 0; i < SLOTS; i++)
        left += AO_load(&slots[i]) != 0;
    retire_all();
    ck_assert_uint_eq(count_objects(), left);
    ck_assert_uint_gt(alone, 0);
    ck_assert_uint_gt(with_lock, 0);
}
END_TEST

FIXTURE_SUITE("free_threads", setup, hand_teardown,
              each_object_is_freed_once_by_whoever_has_it)
