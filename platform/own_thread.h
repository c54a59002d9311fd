/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_OWN_THREAD_H
#define TIDEMARK_PLATFORM_OWN_THREAD_H

/* Threads of the library's own: they take no signal of the program's, have a
 * small stack, and run nobody else's code, but for one.
 *
 * To start one takes locks of the system's libraries and may call malloc: so
 * not while other threads are stopped, which may hold them. */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct own_thread {
    pthread_t thread;
};

typedef int own_thread_create(pthread_t *thread, const pthread_attr_t *with,
                              void *(*run)(void *), void *argument);

/* Says what starts a thread, where pthread_create is a wrapper of our own: the
 * function that it wraps. */
void gc__own_threads_start_with(own_thread_create *create);

/* Starts a thread.  False if the system does not give one. */
bool gc__own_thread_start(struct own_thread *thread, void *(*run)(void *),
                          void *argument);

/* The same for one that runs the program's code: its stack is as large as that of
 * other threads, and it is not to be joined. */
bool gc__own_thread_start_alone(struct own_thread *thread, void *(*run)(void *),
                                void *argument);

/* Waits for the thread's end.  No cancellation point. */
void gc__own_thread_join(const struct own_thread *thread);

/* The number by which the system knows the calling thread. */
unsigned gc__own_thread_id(void);

/* How long the calling thread has been on a processor. */
uint64_t gc__own_thread_cpu_ns(void);

/* Test double: the n-th start from now on fails, and so do all after it until
 * this is called with 0. */
void gc__own_threads_fail_from(size_t call);

#endif
