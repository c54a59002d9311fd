/* SPDX-License-Identifier: MIT */
/* new and delete of a whole program: what they give is searched for pointers, and
 * stays until it is deleted.  Those of C++ that take std::nothrow call these; those
 * that take an alignment are C++'s own, and their memory is not searched. */
#include <gc/gc.h>
#include <new>

/* As the standard wants it: the program's function may make memory free, or leave
 * by an exception. */
static void *allocate(std::size_t bytes)
{
    for (;;) {
        void *object = GC_malloc_uncollectable(bytes);
        if (object != nullptr)
            return object;
        std::new_handler handler = std::get_new_handler();
        if (handler == nullptr)
            throw std::bad_alloc();
        handler();
    }
}

void *operator new(std::size_t bytes)
{
    return allocate(bytes);
}

void *operator new[](std::size_t bytes)
{
    return allocate(bytes);
}

void operator delete(void *object) noexcept
{
    GC_free(object);
}

void operator delete[](void *object) noexcept
{
    GC_free(object);
}

void operator delete(void *object, std::size_t) noexcept
{
    GC_free(object);
}

void operator delete[](void *object, std::size_t) noexcept
{
    GC_free(object);
}
