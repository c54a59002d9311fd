/* SPDX-License-Identifier: MIT */
/* Stack bounds on Linux.
 *
 * For the main thread the dynamic loader notes where the kernel left the stack
 * pointer, __libc_stack_end: above it there are only arguments and environment.
 * That costs nothing, where pthread_getattr_np(3) reads /proc/self/maps.  The
 * word is rounded up to the end of its page, since a start-up routine may have
 * pushed a few words before it was noted. */

#define _GNU_SOURCE /* pthread_getattr_np, gettid */

#include "platform/stack_bounds.h"

#include <pthread.h>
#include <unistd.h>

extern void *__libc_stack_end __attribute__((weak));

static bool base_by_attributes(uintptr_t *base)
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
    *base = (uintptr_t)low + bytes;
    return true;
}

bool gc__stack_base(uintptr_t *base)
{
    bool is_main = getpid() == gettid();
    if (!is_main || &__libc_stack_end == NULL || __libc_stack_end == NULL)
        return base_by_attributes(base);
    *base = round_up((uintptr_t)__libc_stack_end + 1, PAGE_BYTES);
    return true;
}
