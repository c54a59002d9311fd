/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_NEXT_FUNCTION_H
#define TIDEMARK_PLATFORM_NEXT_FUNCTION_H

#include <stdint.h>

/* The function that a wrapper of the same name stands before: libc's, or the
 * wrapper of a sanitizer or of another library that is next in line.  Returns 0 if
 * there is none, as in a static program, or where we stand behind libc ourselves,
 * since the program reaches us only through another library.
 *
 * Takes the loader's lock: not for signal handlers, nor with a lock held that is
 * taken where libraries are loaded. */
uintptr_t gc__next_function(const char *name);

#endif
