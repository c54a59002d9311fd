/* SPDX-License-Identifier: MIT */
#ifndef GC_CPP_H
#define GC_CPP_H

/* For C++:
 *
 *     class node : public gc { ... };           collected, without a destructor
 *     class file : public gc_cleanup { ... };   collected, after its destructor
 *     new (GC) int[10];                         any type
 *     new (PointerFreeGC) char[100];            without pointers inside
 *     new (GC, cleanup, data) thing;            cleanup(thing, data) first
 *     new (NoGC) node;                          until delete
 *
 * delete gives back any of them.  A program that links with libgccpp has its other
 * objects made by a plain `new` in memory that is searched for pointers.  When
 * memory is short, all of them throw std::bad_alloc; GC_NEW_ABORTS_ON_OOM makes
 * them end the program.
 *
 * GC_NAME_CONFLICT leaves out the name GC, which means UseGC; GC_NAMESPACE puts
 * all names into the namespace boehmgc. */

#include "gc.h"

#ifdef GC_NAMESPACE
#define GC_NS_QUALIFY(name) boehmgc::name
#else
#define GC_NS_QUALIFY(name) name
#endif

#define GC_cdecl GC_CALLBACK

/* What compilers have since long; GC_NO_OPERATOR_NEW_ARRAY does without. */
#if !defined(GC_NO_OPERATOR_NEW_ARRAY) && !defined(GC_OPERATOR_NEW_ARRAY)
#define GC_OPERATOR_NEW_ARRAY
#endif
#define GC_PLACEMENT_DELETE

#if defined(GC_NEW_ABORTS_ON_OOM) || defined(_LIBCPP_NO_EXCEPTIONS)
#define GC_OP_NEW_OOM_CHECK(object) \
    do {                            \
        if (!(object))              \
            GC_abort_on_oom();      \
    } while (0)
#elif defined(GC_INCLUDE_NEW)
#include <new>
#define GC_OP_NEW_OOM_CHECK(object) \
    do {                            \
        if (!(object))              \
            throw std::bad_alloc(); \
    } while (0)
#else
/* In libgccpp, and alone in libgctba. */
GC_API void GC_CALL GC_throw_bad_alloc();
#define GC_OP_NEW_OOM_CHECK(object) \
    do {                            \
        if (!(object))              \
            GC_throw_bad_alloc();   \
    } while (0)
#endif

#ifdef GC_NAMESPACE
namespace boehmgc
{
#endif

enum GCPlacement {
    UseGC,
#ifndef GC_NAME_CONFLICT
    GC = UseGC,
#endif
    NoGC,
    PointerFreeGC
#ifdef GC_ATOMIC_UNCOLLECTABLE
    ,
    PointerFreeNoGC
#endif
};

extern "C" {
typedef void(GC_CALLBACK *GCCleanUpFunc)(void *object, void *data);
}

/* Memory as that placement says, or what GC_OP_NEW_OOM_CHECK() does. */
inline void *GC_placed_(size_t bytes, GCPlacement placement)
{
    void *object;
    switch (placement) {
    case UseGC:
        object = GC_MALLOC(bytes);
        break;
    case PointerFreeGC:
        object = GC_MALLOC_ATOMIC(bytes);
        break;
#ifdef GC_ATOMIC_UNCOLLECTABLE
    case PointerFreeNoGC:
        object = GC_MALLOC_ATOMIC_UNCOLLECTABLE(bytes);
        break;
#endif
    case NoGC:
    default:
        object = GC_MALLOC_UNCOLLECTABLE(bytes);
    }
    GC_OP_NEW_OOM_CHECK(object);
    return object;
}

class gc
{
  public:
    inline void *operator new(size_t bytes)
    {
        return GC_placed_(bytes, UseGC);
    }
    inline void *operator new(size_t bytes, GCPlacement placement)
    {
        return GC_placed_(bytes, placement);
    }
    inline void *operator new(size_t, void *place) GC_NOEXCEPT
    {
        return place;
    }
    inline void operator delete(void *object) GC_NOEXCEPT
    {
        GC_FREE(object);
    }
    /* The constructor threw. */
    inline void operator delete(void *object, GCPlacement) GC_NOEXCEPT
    {
        GC_FREE(object);
    }
    inline void operator delete(void *, void *) GC_NOEXCEPT
    {
    }

#ifdef GC_OPERATOR_NEW_ARRAY
    inline void *operator new[](size_t bytes)
    {
        return GC_placed_(bytes, UseGC);
    }
    inline void *operator new[](size_t bytes, GCPlacement placement)
    {
        return GC_placed_(bytes, placement);
    }
    inline void *operator new[](size_t, void *place) GC_NOEXCEPT
    {
        return place;
    }
    inline void operator delete[](void *object) GC_NOEXCEPT
    {
        GC_FREE(object);
    }
    inline void operator delete[](void *object, GCPlacement) GC_NOEXCEPT
    {
        GC_FREE(object);
    }
    inline void operator delete[](void *, void *) GC_NOEXCEPT
    {
    }
#endif
};

/* The base is virtual, so a class that has it several times over has one object of
 * it, and one finalizer.  That is called with the start of the whole object, and
 * the way from there to this part of it as its data. */
class gc_cleanup : virtual public gc
{
  public:
    inline gc_cleanup();
    inline virtual ~gc_cleanup();

  private:
    inline static void GC_cdecl cleanup(void *whole, void *offset);
};

inline void GC_cdecl gc_cleanup::cleanup(void *whole, void *offset)
{
    char *part =
        static_cast<char *>(whole) + reinterpret_cast<ptrdiff_t>(offset);
    reinterpret_cast<gc_cleanup *>(part)->~gc_cleanup();
}

/* Who has given the object a finalizer before, by new (GC, ...), keeps it. */
inline gc_cleanup::gc_cleanup()
{
#ifndef GC_NO_FINALIZATION
    void *part = static_cast<void *>(this);
    void *whole = GC_base(part);
    if (whole == 0)
        return;
    ptrdiff_t offset = static_cast<char *>(part) - static_cast<char *>(whole);
    GC_finalization_proc before = 0;
    void *data_before = 0;
    GC_register_finalizer_ignore_self(
        whole, static_cast<GC_finalization_proc>(cleanup),
        reinterpret_cast<void *>(offset), &before, &data_before);
    if (before != 0)
        GC_register_finalizer_ignore_self(whole, before, data_before, 0, 0);
#else
    (void)cleanup;
#endif
}

inline gc_cleanup::~gc_cleanup()
{
#ifndef GC_NO_FINALIZATION
    void *whole = GC_base(static_cast<void *>(this));
    if (whole != 0)
        GC_register_finalizer_ignore_self(whole, 0, 0, 0, 0);
#endif
}

#ifdef GC_NAMESPACE
}
#endif

inline void *operator new(size_t bytes, GC_NS_QUALIFY(GCPlacement) placement,
                          GC_NS_QUALIFY(GCCleanUpFunc) cleanup = 0,
                          void *data = 0)
{
    void *object = GC_NS_QUALIFY(GC_placed_)(bytes, placement);
#ifndef GC_NO_FINALIZATION
    if (cleanup != 0 && placement == GC_NS_QUALIFY(UseGC))
        GC_REGISTER_FINALIZER_IGNORE_SELF(object, cleanup, data, 0, 0);
#else
    (void)cleanup;
    (void)data;
#endif
    return object;
}

inline void operator delete(void *object, GC_NS_QUALIFY(GCPlacement),
                            GC_NS_QUALIFY(GCCleanUpFunc), void *) GC_NOEXCEPT
{
    GC_FREE(object);
}

#ifdef GC_OPERATOR_NEW_ARRAY
inline void *operator new[](size_t bytes, GC_NS_QUALIFY(GCPlacement) placement,
                            GC_NS_QUALIFY(GCCleanUpFunc) cleanup = 0,
                            void *data = 0)
{
    return ::operator new(bytes, placement, cleanup, data);
}

inline void operator delete[](void *object, GC_NS_QUALIFY(GCPlacement),
                              GC_NS_QUALIFY(GCCleanUpFunc), void *) GC_NOEXCEPT
{
    GC_FREE(object);
}
#endif

#endif
