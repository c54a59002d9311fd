/* SPDX-License-Identifier: MIT */
/* Sources: nptl_db/structs.def and nptl/pthread_setspecific.c of glibc 2.36.
 * Offsets are read from the symbols that libc has for debuggers, as in
 * platform/thread_locals_elf.c: three numbers, the bits of an element, how many there
 * are, and the offset in bytes.
 *
 * A thread has the values of the first 32 keys in what libc keeps of it, and those
 * of each 32 more in a block that it allocates when it first sets one of them.  The
 * address of a block is written after the block has been cleared, so whatever is
 * found there is one.  When the thread ends it frees each block and then forgets
 * its address; stopped in between, it leads to memory that may be somebody else's,
 * and is harmless, or gone: so it is asked first whether it can be read. */

#define _GNU_SOURCE /* RTLD_DEFAULT */

#include "platform/thread_values.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>

#include "platform/mapping.h"

enum { BITS = 8 };

/* Of libc's, which a thread that stands still may have been writing. */
__attribute__((no_sanitize("address", "thread"))) static uintptr_t
block_at(const struct thread_value_layout *layout, uintptr_t thread,
         size_t index)
{
    uintptr_t place = thread + layout->blocks_at + index * WORD_BYTES;
    return *(const volatile uintptr_t *)place;
}

/* The first block lies in what libc keeps of the thread. */
static bool is_plausible(const struct thread_value_layout *layout)
{
    uintptr_t self = (uintptr_t)pthread_self();
    struct range kept = {self, self + layout->thread_bytes};
    return range_contains(kept, block_at(layout, self, 0));
}

bool gc__thread_value_layout(struct thread_value_layout *layout)
{
    const uint32_t *thread = dlsym(RTLD_DEFAULT, "_thread_db_sizeof_pthread");
    const uint32_t *blocks = dlsym(RTLD_DEFAULT, "_thread_db_pthread_specific");
    const uint32_t *block =
        dlsym(RTLD_DEFAULT, "_thread_db_sizeof_pthread_key_data_level2");
    if (thread == NULL || blocks == NULL || block == NULL)
        return false;
    size_t bytes = (size_t)blocks[0] / BITS * blocks[1];
    if (blocks[2] + bytes > *thread)
        return false;
    *layout = (struct thread_value_layout){
        .blocks_at = blocks[2],
        .blocks = bytes / WORD_BYTES,
        .block_bytes = *block,
        .thread_bytes = *thread,
    };
    return is_plausible(layout);
}

bool gc__thread_values(const struct thread_value_layout *layout,
                       uintptr_t thread, gc__thread_local_visitor *visit,
                       void *context)
{
    struct range kept = {thread, thread + layout->thread_bytes};
    for (size_t i = 0; i < layout->blocks; i++) {
        uintptr_t low = block_at(layout, thread, i);
        struct range block = {low, low + layout->block_bytes};
        if (low == 0 || block.high < low ||
            (!range_contains(kept, low) && !gc__is_readable(block)))
            continue;
        if (!visit(block, context))
            return false;
    }
    return true;
}
