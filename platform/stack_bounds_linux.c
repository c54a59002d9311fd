/* SPDX-License-Identifier: MIT */
/* Stack bounds on Linux.
 *
 * For the main thread the dynamic loader notes where the kernel left the stack
 * pointer, __libc_stack_end: above it there are only arguments and environment.
 * That costs nothing, where pthread_getattr_np(3) reads /proc/self/maps.  The
 * word is rounded up to the end of its page, since a start-up routine may have
 * pushed a few words before it was noted.
 *
 * The first thread of a process is not on that stack if the process was made by
 * fork in another thread.  Those have what libc keeps of a thread at the end of
 * their stack, above the stack pointer, and the main thread has it below. */

#define _GNU_SOURCE /* pthread_getattr_np, gettid */

#include "platform/stack_bounds.h"

#include <pthread.h>
#include <unistd.h>

extern void *__libc_stack_end __attribute__((weak));

static bool bounds_by_attributes(struct stack_bounds *bounds)
{
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return false;
    void *low;
    size_t bytes;
    int error = pthread_attr_getstack(&attributes, &low, &bytes);
    pthread_attr_destroy(&attributes);
    if (error != 0)
        return false;
    uintptr_t address = (uintptr_t)low;
    *bounds = (struct stack_bounds){{address, address + bytes}, false};
    return true;
}

/* What pthread_getattr_np says of the low end of the main thread's stack is
 * made from the limit on its size, and not from what is mapped. */
static bool main_bounds(struct stack_bounds *bounds)
{
    uintptr_t high;
    if (&__libc_stack_end != NULL && __libc_stack_end != NULL) {
        high = round_up((uintptr_t)__libc_stack_end + 1, PAGE_BYTES);
    } else {
        if (!bounds_by_attributes(bounds))
            return false;
        high = bounds->stack.high;
    }
    *bounds = (struct stack_bounds){{high - PAGE_BYTES, high}, true};
    return true;
}

static bool is_on_main_stack(void)
{
    return (uintptr_t)pthread_self() < (uintptr_t)__builtin_frame_address(0);
}

bool gc__stack_bounds(struct stack_bounds *bounds)
{
    struct stack_bounds found;
    bool is_first = getpid() == gettid();
    if (is_first && is_on_main_stack())
        return main_bounds(bounds);
    if (!bounds_by_attributes(&found))
        return false;
    /* Or the main thread is on a stack of the program's making. */
    if (is_first && &__libc_stack_end != NULL &&
        range_contains(found.stack, (uintptr_t)__libc_stack_end))
        return main_bounds(bounds);
    *bounds = found;
    return true;
}
