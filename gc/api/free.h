/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_API_FREE_H
#define TIDEMARK_GC_API_FREE_H

#include "gc/api/process.h"

enum misuse {
    NO_MISUSE,
    FREED_ALREADY,
    INTERIOR_POINTER,
    FOREIGN_POINTER,
    IN_A_VISITOR,
};

/* Finds the object that a program hands back, or says what is wrong with the
 * pointer: none that an allocation returned and nobody freed.  With the lock
 * held. */
enum misuse gc__find_for_free(const void *object, struct cell *cell);

/* True if the call is made by a visitor. */
bool gc__is_in_visitor(void);

/* Tells the error handler, in the name of `caller`.  Without the lock. */
void gc__report_misuse(enum misuse misuse, const void *pointer,
                       const char *caller);

#endif
