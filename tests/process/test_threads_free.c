/* SPDX-License-Identifier: MIT */
/* Objects that one thread allocates and another frees or resizes, and threads
 * that register and unregister. */

#define _GNU_SOURCE

#include <stdlib.h>

#include "tests/process/threads.h"
#include "tests/random.h"
#include "tests/suite.h"

/* ------------------------------------------------------- producer, consumer */

enum { QUEUE = 256, OBJECTS = 100000, MOST_WORDS = 100, FILLINGS = 251 };

struct parcel {
    size_t bytes;
    unsigned char *object;
};

/* In static data, where it keeps what is in it alive. */
static struct {
    struct parcel parcels[QUEUE];
    struct counter put, taken;
} queue;

static void put(struct parcel parcel)
{
    unsigned number = count_of(&queue.put);
    while (number - count_of(&queue.taken) == QUEUE)
        sched_yield();
    queue.parcels[number % QUEUE] = parcel;
    count_up(&queue.put);
}

static struct parcel take(void)
{
    unsigned number = count_of(&queue.taken);
    await_count(&queue.put, number + 1);
    struct parcel parcel = queue.parcels[number % QUEUE];
    queue.parcels[number % QUEUE].object = NULL;
    count_up(&queue.taken);
    return parcel;
}

static unsigned char filling_at(unsigned number)
{
    return (unsigned char)(1 + number % FILLINGS);
}

static void *produce(void *unused)
{
    struct random random = {3};
    for (unsigned i = 0; i < OBJECTS; i++) {
        struct parcel parcel = {
            .bytes = 8 * (1 + random_below(&random, MOST_WORDS))};
        parcel.object = gc_malloc(parcel.bytes);
        if (!holds(parcel.object, 0, parcel.bytes))
            return "an object was not zeroed";
        memset(parcel.object, filling_at(i), parcel.bytes);
        put(parcel);
    }
    return unused;
}

typedef const char *consumer(struct parcel parcel, unsigned number);

static const char *free_it(struct parcel parcel, unsigned number)
{
    (void)number;
    gc_free(parcel.object);
    return NULL;
}

static const char *resize_it(struct parcel parcel, unsigned number)
{
    size_t bytes = number % 2 == 0 ? 2 * parcel.bytes : parcel.bytes / 2;
    unsigned char *object = gc_realloc(parcel.object, bytes);
    size_t kept = bytes < parcel.bytes ? bytes : parcel.bytes;
    if (!holds(object, filling_at(number), kept))
        return "a resized object has changed";
    if (!holds(object + kept, 0, bytes - kept))
        return "what an object grew by is not zero";
    gc_free(object);
    return NULL;
}

static void *consume(void *argument)
{
    consumer *const *handle = argument;
    const char *problem = NULL;
    for (unsigned i = 0; i < OBJECTS; i++) {
        struct parcel parcel = take();
        if (!holds(parcel.object, filling_at(i), parcel.bytes))
            problem = "an object has changed";
        if (problem == NULL)
            problem = (*handle)(parcel, i);
    }
    return (void *)problem;
}

static void expect_to_be_handled(consumer *handle)
{
    queue.put.value = queue.taken.value = 0;
    pthread_t producing = start(produce, NULL);
    pthread_t consuming = start(consume, &handle);
    while (count_of(&queue.taken) < OBJECTS)
        collect_and_wait();
    finish(producing);
    finish(consuming);
}

START_TEST(another_thread_frees_what_a_thread_has_allocated)
{
    expect_to_be_handled(free_it);
}
END_TEST

START_TEST(another_thread_resizes_what_a_thread_has_allocated)
{
    expect_to_be_handled(resize_it);
}
END_TEST

/* --------------------------------------------------------------- double free */

static unsigned double_frees;

static void count_double_frees(const struct gc_error *error, void *context)
{
    (void)context;
    double_frees += error->code == TIDEMARK_ERROR_DOUBLE_FREE;
}

static void *free_argument(void *object)
{
    gc_free(object);
    return NULL;
}

/* The freed list of the other thread is looked at too, and after it has ended, or
 * after a collection, what it was. */
START_TEST(freeing_what_another_thread_has_freed_is_reported)
{
    enum { BYTES = 48 };
    gc_set_error_handler(count_double_frees, NULL);
    double_frees = 0;
    for (unsigned i = 0; i < 100; i++) {
        void *object = gc_malloc(BYTES);
        void *neighbour = gc_malloc(BYTES);
        pthread_t thread;
        gc_free(object);
        if (i % 3 == 1)
            GC_collect();
        thread = start(free_argument, object);
        finish(thread);
        gc_keep_alive(neighbour);
    }
    ck_assert_uint_eq(double_frees, 100);
    gc_set_error_handler(NULL, NULL);
}
END_TEST

static struct counter freed;
static struct gate may_end = CLOSED_GATE;

static void *free_and_wait(void *object)
{
    gc_free(object);
    count_up(&freed);
    pass(&may_end);
    return NULL;
}

START_TEST(freeing_what_another_thread_has_on_its_list_is_reported)
{
    enum { BYTES = 48 };
    void *objects[10];
    gc_set_error_handler(count_double_frees, NULL);
    double_frees = freed.value = 0;
    set_open(&may_end, false);
    pthread_t threads[10];
    for (unsigned i = 0; i < 10; i++) {
        objects[i] = gc_malloc(BYTES);
        threads[i] = start(free_and_wait, objects[i]);
    }
    await_count(&freed, 10);
    for (unsigned i = 0; i < 10; i++)
        gc_free(objects[i]);
    ck_assert_uint_eq(double_frees, 10);
    set_open(&may_end, true);
    for (unsigned i = 0; i < 10; i++)
        finish(threads[i]);
    gc_set_error_handler(NULL, NULL);
}
END_TEST

/* -------------------------------------------------------------- registration */

static void *register_often(void *unused)
{
    gc_unregister_thread(); /* nobody has registered it */
    for (unsigned depth = 1; depth < 5; depth++) {
        struct node *list = NULL;
        for (unsigned i = 0; i < depth; i++)
            if (!gc_register_thread())
                return "it could not be registered";
        for (unsigned place = 0; place < 10; place++)
            list = new_node(list, 2, place, 40);
        for (unsigned i = 0; i + 1 < depth; i++)
            gc_unregister_thread();
        GC_collect();
        if (!is_list_of(list, 2, 10))
            return "a list has changed";
        gc_unregister_thread();
        gc_unregister_thread(); /* once too often */
    }
    return unused;
}

START_TEST(registrations_nest)
{
    for (unsigned i = 0; i < 20; i++)
        finish(start(register_often, NULL));
    GC_collect();
}
END_TEST

/* It still stops and is looked at, like any that has never called. */
static struct counter unregistered, may_look;

static void *keep_after_unregistering(void *unused)
{
    struct node *list = NULL;
    if (!gc_register_thread())
        return "it could not be registered";
    for (unsigned place = 0; place < 100; place++)
        list = new_node(list, 5, place, 40);
    gc_unregister_thread();
    count_up(&unregistered);
    await_count(&may_look, 1);
    if (!is_list_of(list, 5, 100))
        return "a list has changed";
    list = new_node(list, 5, 100, 40);
    GC_collect();
    return is_list_of(list, 5, 101) ? unused : "a list has changed";
}

START_TEST(a_thread_that_has_unregistered_keeps_its_objects)
{
    unregistered.value = may_look.value = 0;
    pthread_t thread = start(keep_after_unregistering, NULL);
    await_count(&unregistered, 1);
    GC_collect();
    for (unsigned i = 0; i < 1000; i++)
        memset(gc_malloc(56), 0xff, 56);
    count_up(&may_look);
    finish(thread);
}
END_TEST

START_TEST(the_main_thread_may_unregister_and_go_on)
{
    for (unsigned i = 0; i < 10; i++) {
        struct node *list = NULL;
        ck_assert(gc_register_thread());
        for (unsigned place = 0; place < 100; place++)
            list = new_node(list, 6, place, 40);
        gc_unregister_thread();
        GC_collect();
        ck_assert(is_list_of(list, 6, 100));
    }
}
END_TEST

SUITE("threads_free", another_thread_frees_what_a_thread_has_allocated,
      another_thread_resizes_what_a_thread_has_allocated,
      freeing_what_another_thread_has_freed_is_reported,
      freeing_what_another_thread_has_on_its_list_is_reported,
      registrations_nest, a_thread_that_has_unregistered_keeps_its_objects,
      the_main_thread_may_unregister_and_go_on)
