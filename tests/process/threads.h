/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TESTS_PROCESS_THREADS_H
#define TIDEMARK_TESTS_PROCESS_THREADS_H

/* Threads of a test, or of a scene.  One that finds something wrong returns a
 * message, as a static string, and whoever joins it ends the process: Check's own
 * functions are for the one thread that runs a test. */

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "base/atomics.h"
#include "base/check.h"
#include "include/tidemark.h"

/* A sanitizer makes frames several times as large. */
enum { SMALL_STACK_BYTES = 128 << 10 };

typedef void *thread_function(void *argument);

static inline pthread_t start_with(thread_function *run, void *argument,
                                   size_t stack_bytes, int detach_state)
{
    pthread_t thread;
    pthread_attr_t attributes;
    CHECK(pthread_attr_init(&attributes) == 0);
    if (stack_bytes != 0)
        CHECK(pthread_attr_setstacksize(&attributes, stack_bytes) == 0);
    CHECK(pthread_attr_setdetachstate(&attributes, detach_state) == 0);
    CHECK(pthread_create(&thread, &attributes, run, argument) == 0);
    pthread_attr_destroy(&attributes);
    return thread;
}

static inline pthread_t start(thread_function *run, void *argument)
{
    return start_with(run, argument, 0, PTHREAD_CREATE_JOINABLE);
}

static inline void *join(pthread_t thread)
{
    void *result;
    CHECK(pthread_join(thread, &result) == 0);
    return result;
}

/* Joins a thread that returns a message if something is wrong. */
static inline void finish(pthread_t thread)
{
    const char *problem = join(thread);
    if (problem != NULL) {
        fprintf(stderr, "a thread says: %s\n", problem);
        abort();
    }
}

/* For who collects again and again: others would hardly get on between one
 * collection and the next, if nothing else keeps the machine busy. */
static inline void collect_and_wait(void)
{
    const struct timespec a_while = {0, 100 * 1000};
    GC_collect();
    nanosleep(&a_while, NULL);
}

/* ------------------------------------------------------------------ counters */

/* Counts what threads have done, for others that wait for it. */
struct counter {
    unsigned value; /* atomic */
};

static inline void count_up(struct counter *counter)
{
    AO_int_fetch_and_add_full(&counter->value, 1);
}

static inline unsigned count_of(const struct counter *counter)
{
    return AO_int_load_acquire(&counter->value);
}

static inline void await_count(const struct counter *counter, unsigned value)
{
    while (count_of(counter) < value)
        sched_yield();
}

/* A gate at which threads sleep until it is opened. */
struct gate {
    pthread_mutex_t mutex;
    pthread_cond_t opens;
    bool is_open;
};

#define CLOSED_GATE                                                \
    {                                                              \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false \
    }

static inline void pass(struct gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    while (!gate->is_open)
        pthread_cond_wait(&gate->opens, &gate->mutex);
    pthread_mutex_unlock(&gate->mutex);
}

static inline void set_open(struct gate *gate, bool is_open)
{
    pthread_mutex_lock(&gate->mutex);
    gate->is_open = is_open;
    pthread_cond_broadcast(&gate->opens);
    pthread_mutex_unlock(&gate->mutex);
}

/* ------------------------------------------------------------------- objects */

/* True if all bytes are `byte`. */
static inline bool holds(const void *memory, unsigned char byte, size_t bytes)
{
    const unsigned char *at = memory;
    return bytes == 0 || (at[0] == byte && memcmp(at, at + 1, bytes - 1) == 0);
}

/* A list in which each node is filled with a byte that follows from its place,
 * and from whose list it is. */
struct node {
    struct node *next;
    size_t bytes; /* of the filling */
    unsigned char filling[];
};

static inline unsigned char filling_of(unsigned owner, unsigned place)
{
    return (unsigned char)(1 + (owner * 31 + place * 7) % 255);
}

/* NULL if there is no memory or what was handed out was not zero. */
static inline struct node *new_node(struct node *next, unsigned owner,
                                    unsigned place, size_t bytes)
{
    struct node *node = gc_malloc(sizeof *node + bytes);
    if (node == NULL || !holds(node, 0, sizeof *node + bytes))
        return NULL;
    node->next = next;
    node->bytes = bytes;
    memset(node->filling, filling_of(owner, place), bytes);
    return node;
}

/* True if it has nodes of the places from count - 1 down to 0. */
static inline bool is_list_of(const struct node *node, unsigned owner,
                              unsigned count)
{
    for (unsigned place = count; place-- > 0; node = node->next)
        if (node == NULL ||
            !holds(node->filling, filling_of(owner, place), node->bytes))
            return false;
    return node == NULL;
}

#endif
