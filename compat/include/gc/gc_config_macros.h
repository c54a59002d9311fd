/* SPDX-License-Identifier: MIT */
/* What declarations are made of.  Included by gc.h; this is for Linux with glibc
 * and for compilers that understand gcc's attributes.  Macros with a default may
 * be defined before. */
#if defined(GC_H) && !defined(GC_CONFIG_MACROS_H)
#define GC_CONFIG_MACROS_H

#include <features.h>
#include <stddef.h>

/* 1 for gcc of at least that version, and for those who claim to be it. */
#if defined(__GNUC__) && defined(__GNUC_MINOR__)
#define GC_GNUC_PREREQ(major, minor) \
    (__GNUC__ > (major) || (__GNUC__ == (major) && __GNUC_MINOR__ >= (minor)))
#else
#define GC_GNUC_PREREQ(major, minor) 0
#endif

/* -- Threads: GC_THREADS and GC_LINUX_THREADS say the same. */

#if defined(LINUX_THREADS) && !defined(GC_LINUX_THREADS)
#define GC_LINUX_THREADS
#endif
#if defined(GC_LINUX_THREADS) && !defined(GC_THREADS)
#define GC_THREADS
#endif
#if defined(GC_THREADS) && !defined(GC_LINUX_THREADS)
#define GC_LINUX_THREADS
#endif

#undef GC_PTHREADS
#ifdef GC_THREADS
#define GC_PTHREADS
#ifndef _REENTRANT
#define _REENTRANT 1
#endif
#endif

/* The linker's --wrap redirects, and so the header does not. */
#if defined(USE_LD_WRAP) && !defined(GC_USE_LD_WRAP)
#define GC_USE_LD_WRAP
#endif

#ifdef GC_PTHREADS
#ifndef GC_HAVE_PTHREAD_EXIT
#define GC_HAVE_PTHREAD_EXIT
#define GC_PTHREAD_EXIT_ATTRIBUTE __attribute__((__noreturn__))
#endif
#endif

/* Programs ask whether this collector's header has been included. */
#define __GC

/* -- Linkage */

/* GC_BUILD is for the sources of the library. */
#if !defined(GC_API) && defined(GC_BUILD) && !defined(GC_NO_VISIBILITY) && \
    GC_GNUC_PREREQ(4, 0)
#define GC_API extern __attribute__((__visibility__("default")))
#endif
#ifndef GC_API
#define GC_API extern
#endif

/* The calling conventions of functions and callbacks: C's. */
#ifndef GC_CALL
#define GC_CALL
#endif
#ifndef GC_CALLBACK
#define GC_CALLBACK GC_CALL
#endif

/* -- Attributes */

#ifdef __GNUC__
#define GC_ATTRIBUTE_(attribute) __attribute__((attribute))
#else
#define GC_ATTRIBUTE_(attribute)
#endif

/* What comes back is no other object.  A program whose out-of-memory function
 * hands out objects that are in use defines GC_OOM_FUNC_RETURNS_ALIAS. */
#if !defined(GC_ATTR_MALLOC) && defined(GC_OOM_FUNC_RETURNS_ALIAS)
#define GC_ATTR_MALLOC
#endif
#ifndef GC_ATTR_MALLOC
#define GC_ATTR_MALLOC GC_ATTRIBUTE_(__malloc__)
#endif

/* Which argument is the size of what comes back, or which two the factors. */
#ifndef GC_ATTR_ALLOC_SIZE
#define GC_ATTR_ALLOC_SIZE(argument) GC_ATTRIBUTE_(__alloc_size__(argument))
#endif
#ifndef GC_ATTR_CALLOC_SIZE
#define GC_ATTR_CALLOC_SIZE(count, size) \
    GC_ATTRIBUTE_(__alloc_size__(count, size))
#endif

#ifndef GC_ATTR_NONNULL
#define GC_ATTR_NONNULL(argument) GC_ATTRIBUTE_(__nonnull__(argument))
#endif
#ifndef GC_ATTR_CONST
#define GC_ATTR_CONST GC_ATTRIBUTE_(__const__)
#endif

#ifdef GC_BUILD
#undef GC_ATTR_DEPRECATED
#define GC_ATTR_DEPRECATED
#endif
#ifndef GC_ATTR_DEPRECATED
#define GC_ATTR_DEPRECATED GC_ATTRIBUTE_(__deprecated__)
#endif

/* -- Debugging.  These two say what the library could do, as 8.2.2 does. */

#if !defined(GC_HAVE_BUILTIN_BACKTRACE) && !defined(GC_MISSING_EXECINFO_H)
#define GC_HAVE_BUILTIN_BACKTRACE
#endif
#ifndef GC_CAN_SAVE_CALL_STACKS
#define GC_CAN_SAVE_CALL_STACKS
#endif

/* The arguments and the parameters that functions with _debug_ in their names
 * have at the end. */
#define GC_EXTRAS       __FILE__, __LINE__
#define GC_EXTRA_PARAMS const char *, int

/* -- C++ */

#ifdef __cplusplus
#ifndef GC_ATTR_EXPLICIT
#if __cplusplus >= 201103L && !defined(__clang__)
#define GC_ATTR_EXPLICIT explicit
#else
#define GC_ATTR_EXPLICIT
#endif
#endif
#if !defined(GC_NOEXCEPT) && __cplusplus >= 201103L
#define GC_NOEXCEPT noexcept
#endif
#ifndef GC_NOEXCEPT
#define GC_NOEXCEPT throw()
#endif
#endif

#endif
