/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_TOUCHED_H
#define TIDEMARK_PLATFORM_TOUCHED_H

#include "base/word.h"

/* The lowest address of the range that anybody may have written to: all below
 * lies on pages that were never touched.  Tells pages that are swapped out from
 * those, which mincore(2) does not; touches none itself.
 *
 * For one stack, that is for memory of one kind.  range.low where that is
 * memory which is shared with other processes, or where the system will not
 * say.  Opens a file, uses four KiB of stack, allocates nothing. */
uintptr_t gc__first_touched(struct range range);

#endif
