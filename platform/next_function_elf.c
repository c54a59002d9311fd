/* SPDX-License-Identifier: MIT */
/* Source: dlsym(3). */

#define _GNU_SOURCE /* RTLD_NEXT */

#include "platform/next_function.h"

#include <dlfcn.h>

uintptr_t gc__next_function(const char *name)
{
    return (uintptr_t)dlsym(RTLD_NEXT, name);
}
