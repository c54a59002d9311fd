/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_THREAD_LOCALS_H
#define TIDEMARK_PLATFORM_THREAD_LOCALS_H

/* The thread-local variables of any thread that stands still, found in what
 * libc and the loader write down about it.
 *
 * Three steps, since the loader's lock must not be taken while the world is
 * stopped: the layout is read once; then, before each stop, the modules (the
 * program and each library that has thread-local variables) are listed; in the
 * stop the list is compared with what is loaded by then, and the threads are
 * looked at. */

#include <stdbool.h>
#include <stddef.h>

#include "base/word.h"

/* Where things are kept: offsets in bytes. */
struct thread_local_layout {
    uintptr_t loader;      /* the loader's own data */
    size_t slots_at;       /* in it: the list of slots, one for each module */
    size_t list_count_at;  /* in a part of that list: how many it holds, */
    size_t list_next_at;   /* where the next part is, */
    size_t list_slots_at;  /* and the slots */
    size_t slot_bytes;     /* a slot, */
    size_t slot_module_at; /* which module it stands for, */
    size_t slot_age_at;    /* and since which generation */
    size_t thread_bytes;   /* what libc keeps of a thread, */
    size_t vector_at;      /* and in it: where the thread's vector is */
    size_t entry_bytes;    /* an entry of the vector, */
    size_t entry_count_at; /* how many there are or of which generation, */
    size_t entry_block_at; /* or where the thread's block of a module is */
    struct range block;    /* of all that is not allocated later, as seen from
                              the thread */
};

/* Reads the layout.  Returns false where it is unknown: in a static program,
 * and with other C libraries than glibc on x86-64 or aarch64.  May allocate. */
bool gc__thread_local_layout(struct thread_local_layout *layout);

struct thread_local_module {
    uintptr_t module; /* 0 if there is none of that number */
    size_t age;
    size_t bytes; /* of each thread's block, 0 if unknown: the module is in
                     another namespace, see dlmopen(3) */
};

struct thread_local_modules {
    struct thread_local_module *at; /* the caller's, in the loader's order */
    size_t capacity;
    size_t count;
};

/* Lists what is loaded.  If there are more modules than the capacity it sets
 * modules->count to what is needed and returns false.
 *
 * Takes the loader's lock: never call it while the world is stopped. */
bool gc__thread_local_modules(const struct thread_local_layout *layout,
                              struct thread_local_modules *modules);

/* Whether each module that is loaded now is in the list.  If not, threads may
 * use variables that are not seen: let the world run, and list again.
 *
 * Like what follows, async-signal-safe and without locks. */
bool gc__thread_local_modules_are_current(
    const struct thread_local_layout *layout,
    const struct thread_local_modules *modules);

typedef bool gc__thread_local_visitor(struct range range, void *context);

/* Visits the blocks of variables of a thread, which is what pthread_self() is
 * in it, until the visitor returns false.  The thread stands still, and no
 * other one unmaps memory.  What the visitor sees can be read.
 *
 * Returns false if not all could be seen, since the thread stopped while it
 * changed its vector, or is none of libc's. */
bool gc__thread_locals(const struct thread_local_layout *layout,
                       const struct thread_local_modules *modules,
                       uintptr_t thread, gc__thread_local_visitor *visit,
                       void *context);

#endif
