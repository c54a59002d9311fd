/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_DATA_ROOTS_H
#define TIDEMARK_PLATFORM_DATA_ROOTS_H

#include <stdbool.h>

#include "base/word.h"

enum data_root {
    DATA_ROOT_STATIC,       /* .data and .bss of a program or library */
    DATA_ROOT_THREAD_LOCAL, /* of the calling thread */
};

/* `library` is where the range is loaded from; "" for the program itself. */
typedef bool gc__data_root_visitor(enum data_root what, struct range range,
                                   const char *library, void *context);

/* What is loaded at some time. */
struct loaded_stamp {
    uintptr_t hash;
    size_t count;
};

/* Visits the writable data of everything that is loaded now, less what was made
 * read-only after relocation, and the calling thread's thread-local variables,
 * until the visitor returns false.
 *
 * Takes the loader's lock: never call it while the world is stopped.  A range
 * may be unmapped by dlclose() any time after the call. */
void gc__data_roots(gc__data_root_visitor *visit, void *context,
                    struct loaded_stamp *stamp);

/* True if the same is loaded now, and nothing is just being loaded or unloaded:
 * then all ranges that were visited when the stamp was made are mapped.  For a
 * stopped world: takes no lock, and what it looks at must not change. */
bool gc__data_roots_are_current(const struct loaded_stamp *stamp);

/* True while a library is loaded or unloaded, as seen without any lock. */
bool gc__data_roots_are_changing(void);

#endif
