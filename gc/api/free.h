/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_API_FREE_H
#define TIDEMARK_GC_API_FREE_H

#include "gc/api/process.h"

/* Finds the object that a program hands back.  Reports, in the name of
 * `caller`, what is wrong with the pointer, and returns false, if it is not one
 * that an allocation returned and nobody freed. */
bool gc__find_for_free(struct thread *thread, void *object, const char *caller,
                       struct cell *cell);

/* Frees it, unless freeing is to be ignored. */
void gc__free_cell(struct thread *thread, struct cell cell);

#endif
