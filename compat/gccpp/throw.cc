/* SPDX-License-Identifier: MIT */
/* For gc_cpp.h, which need not include <new> then. */
#include <gc/gc_cpp.h>
#include <new>

void GC_CALL GC_throw_bad_alloc()
{
    throw std::bad_alloc();
}
