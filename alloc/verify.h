/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_ALLOC_VERIFY_H
#define TIDEMARK_ALLOC_VERIFY_H

/* The heap verifier: walks every structure of the allocator and checks what is
 * said about it where it is declared.
 *
 * Returns NULL, or the first statement that does not hold, with the block it
 * does not hold for in *where.  `local` may be NULL where threads have been
 * retired. */

#include "alloc/variable.h"

const char *gc__variable_verify(const struct variable *heap,
                                const struct local *local, size_t *where);

#endif
