/* SPDX-License-Identifier: MIT */
#ifndef GC_ALLOCATOR_H
#define GC_ALLOCATOR_H

/* Allocators for the containers of C++:
 *
 *     gc_allocator<T>                  memory that is collected
 *     gc_allocator_ignore_off_page<T>  the same, for large arrays: pointers far
 *                                      from their beginning do not count
 *     traceable_allocator<T>           memory that is searched for pointers, and
 *                                      stays until the container frees it
 *
 * GC_DECLARE_PTRFREE(T); says that a T holds no pointers: gc_allocator<T> then
 * takes memory that is not searched. */

#include "gc.h"

#include <new>
#if __cplusplus >= 201103L
#include <utility>
#endif

#if defined(GC_NEW_ABORTS_ON_OOM) || defined(_LIBCPP_NO_EXCEPTIONS)
#define GC_ALLOCATOR_THROW_OR_ABORT() GC_abort_on_oom()
#else
#define GC_ALLOCATOR_THROW_OR_ABORT() throw std::bad_alloc()
#endif

struct GC_true_type {
};
struct GC_false_type {
};

template <class GC_T> struct GC_type_traits {
    GC_false_type GC_is_ptr_free;
};

#define GC_DECLARE_PTRFREE(GC_T)              \
    template <> struct GC_type_traits<GC_T> { \
        GC_true_type GC_is_ptr_free;          \
    }

GC_DECLARE_PTRFREE(char);
GC_DECLARE_PTRFREE(signed char);
GC_DECLARE_PTRFREE(unsigned char);
GC_DECLARE_PTRFREE(signed short);
GC_DECLARE_PTRFREE(unsigned short);
GC_DECLARE_PTRFREE(signed int);
GC_DECLARE_PTRFREE(unsigned int);
GC_DECLARE_PTRFREE(signed long);
GC_DECLARE_PTRFREE(unsigned long);
GC_DECLARE_PTRFREE(float);
GC_DECLARE_PTRFREE(double);
GC_DECLARE_PTRFREE(long double);

/* So many bytes for what the second argument's type says of pointers. */
template <class is_ptr_free>
inline void *GC_selective_alloc(size_t bytes, is_ptr_free, bool ignore_off_page)
{
    void *object =
        ignore_off_page ? GC_MALLOC_IGNORE_OFF_PAGE(bytes) : GC_MALLOC(bytes);
    if (object == 0)
        GC_ALLOCATOR_THROW_OR_ABORT();
    return object;
}

template <>
inline void *GC_selective_alloc<GC_true_type>(size_t bytes, GC_true_type,
                                              bool ignore_off_page)
{
    void *object = ignore_off_page ? GC_MALLOC_ATOMIC_IGNORE_OFF_PAGE(bytes)
                                   : GC_MALLOC_ATOMIC(bytes);
    if (object == 0)
        GC_ALLOCATOR_THROW_OR_ABORT();
    return object;
}

/* What the three have in common. */
template <class GC_T> class GC_allocator_base_
{
  public:
    typedef size_t size_type;
    typedef ptrdiff_t difference_type;
    typedef GC_T *pointer;
    typedef const GC_T *const_pointer;
    typedef GC_T &reference;
    typedef const GC_T &const_reference;
    typedef GC_T value_type;

    pointer address(reference object) const
    {
        return &object;
    }
    const_pointer address(const_reference object) const
    {
        return &object;
    }

    size_type max_size() const GC_NOEXCEPT
    {
        return size_type(-1) / sizeof(GC_T);
    }

    void deallocate(pointer object, size_type) GC_NOEXCEPT
    {
        GC_FREE(object);
    }

#if __cplusplus >= 201103L
    template <class GC_U, class... arguments>
    void construct(GC_U *place, arguments &&...with)
    {
        ::new (static_cast<void *>(place))
            GC_U(std::forward<arguments>(with)...);
    }
#else
    void construct(pointer place, const GC_T &from)
    {
        new (place) GC_T(from);
    }
#endif
    template <class GC_U> void destroy(GC_U *object)
    {
        object->~GC_U();
    }

  protected:
    /* The bytes of so many; more than there can be count as out of memory. */
    size_type bytes_of(size_type count) const
    {
        if (count > max_size())
            GC_ALLOCATOR_THROW_OR_ABORT();
        return count * sizeof(GC_T);
    }
};

template <> class GC_allocator_base_<void>
{
  public:
    typedef size_t size_type;
    typedef ptrdiff_t difference_type;
    typedef void *pointer;
    typedef const void *const_pointer;
    typedef void value_type;
};

/* A class of that name, with `memory` as the memory for so many bytes of T. */
#define GC_ALLOCATOR_(name, memory)                                            \
    template <class GC_T> class name : public GC_allocator_base_<GC_T>         \
    {                                                                          \
      public:                                                                  \
        template <class GC_U> struct rebind {                                  \
            typedef name<GC_U> other;                                          \
        };                                                                     \
        name() GC_NOEXCEPT                                                     \
        {                                                                      \
        }                                                                      \
        name(const name &other) GC_NOEXCEPT : GC_allocator_base_<GC_T>(other)  \
        {                                                                      \
        }                                                                      \
        template <class GC_U>                                                  \
        GC_ATTR_EXPLICIT name(const name<GC_U> &) GC_NOEXCEPT                  \
        {                                                                      \
        }                                                                      \
        ~name() GC_NOEXCEPT                                                    \
        {                                                                      \
        }                                                                      \
        name &operator=(const name &)                                          \
        {                                                                      \
            return *this;                                                      \
        }                                                                      \
        GC_T *allocate(size_t count, const void * = 0)                         \
        {                                                                      \
            size_t bytes = this->bytes_of(count);                              \
            return static_cast<GC_T *>(memory);                                \
        }                                                                      \
    };                                                                         \
    template <> class name<void> : public GC_allocator_base_<void>             \
    {                                                                          \
      public:                                                                  \
        template <class GC_U> struct rebind {                                  \
            typedef name<GC_U> other;                                          \
        };                                                                     \
    };                                                                         \
    template <class GC_T, class GC_U>                                          \
    inline bool operator==(const name<GC_T> &, const name<GC_U> &) GC_NOEXCEPT \
    {                                                                          \
        return true;                                                           \
    }                                                                          \
    template <class GC_T, class GC_U>                                          \
    inline bool operator!=(const name<GC_T> &, const name<GC_U> &) GC_NOEXCEPT \
    {                                                                          \
        return false;                                                          \
    }

inline void *GC_traceable_alloc_(size_t bytes)
{
    void *object = GC_MALLOC_UNCOLLECTABLE(bytes);
    if (object == 0)
        GC_ALLOCATOR_THROW_OR_ABORT();
    return object;
}

GC_ALLOCATOR_(gc_allocator,
              GC_selective_alloc(bytes, GC_type_traits<GC_T>().GC_is_ptr_free,
                                 false))
GC_ALLOCATOR_(gc_allocator_ignore_off_page,
              GC_selective_alloc(bytes, GC_type_traits<GC_T>().GC_is_ptr_free,
                                 true))
GC_ALLOCATOR_(traceable_allocator, GC_traceable_alloc_(bytes))

#undef GC_ALLOCATOR_

#endif
