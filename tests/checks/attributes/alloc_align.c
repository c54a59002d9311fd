/* SPDX-License-Identifier: MIT */
/* The compiler knows the alignment of an object: it removes the calls where
 * that is not so, and warns of the one that is left.
 *
 * gcc: -Wattribute-warning
 * clang: -Wattribute-warning */

#include <tidemark.h>

void alignment_is_known(void) __attribute__((warning("known")));
void use(void *object);
void ask(size_t bytes);

static inline int is_known(uintptr_t bits)
{
    return __builtin_constant_p(bits);
}

void ask(size_t bytes)
{
    void *aligned = gc_aligned_alloc(256, bytes);
    void *ordinary = gc_malloc(bytes);

    if (is_known((uintptr_t)aligned & 255))
        alignment_is_known(); /* warns */
    if (is_known((uintptr_t)aligned & 511))
        alignment_is_known();
    if (is_known((uintptr_t)ordinary & 255))
        alignment_is_known();
    use(aligned);
    use(ordinary);
}
