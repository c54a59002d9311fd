/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_MAPPING_H
#define TIDEMARK_PLATFORM_MAPPING_H

/* What is mapped at an address that comes from somebody else, a stack for
 * instance.  Both functions are async-signal-safe, allocate nothing and leave
 * errno as it was; what they say holds while no thread maps or unmaps. */

#include <stdbool.h>

#include "base/word.h"

struct mapping {
    struct range range;
    bool is_readable;
    bool is_writable;
};

/* Finds the mapping that holds the address.  Its neighbours may be part of the
 * same allocation, and one mapping may hold several allocations: the kernel
 * merges those that are alike.
 *
 * Returns false, leaving *mapping alone, if there is none or if the system will
 * not say: /proc is missing, or no file can be opened.  Opens a file, uses five
 * KiB of stack, and takes the longer the more mappings there are below. */
bool gc__mapping_of(uintptr_t address, struct mapping *mapping);

/* Whether all of the range can be read now; false if it ends before it begins.
 * A system call for 64 pages. */
bool gc__is_readable(struct range range);

#endif
