/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_DRAIN_H
#define TIDEMARK_GC_DRAIN_H

/* Grey to black: objects are taken off the stack, fetched, and their words
 * looked at.  This is where the time of a collection goes. */

#include <stddef.h>

#include "gc/mark.h"

/* Blackens what is on the stack and all that it leads to, while no other marker
 * is at work; or less than that, when `wide` objects have been on the stack and
 * some of them were given away, or marker->ask_at has been reached. */
void gc__drain_alone(struct marker *marker, size_t wide);

/* The same among other markers, or alone where that is so, until nothing is
 * left but what was given away. */
void gc__drain(struct marker *marker);

#endif
