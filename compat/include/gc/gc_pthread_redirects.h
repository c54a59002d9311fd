/* SPDX-License-Identifier: MIT */
/* Included by gc.h for a program with threads.  The program's calls of some
 * functions of libc become calls of the collector's, which do the same and know
 * of the threads.  GC_NO_THREAD_REDIRECTS or GC_USE_LD_WRAP leaves them alone;
 * GC_PTHREAD_REDIRECTS_ONLY leaves out the declarations. */
#if !defined(GC_PTHREAD_REDIRECTS_H) && defined(GC_H) && defined(GC_PTHREADS)
#define GC_PTHREAD_REDIRECTS_H

#ifndef GC_PTHREAD_REDIRECTS_ONLY

#include <pthread.h>
#ifndef GC_NO_DLOPEN
#include <dlfcn.h>
#endif
#ifndef GC_NO_PTHREAD_SIGMASK
#include <signal.h>
#endif

/* For gc/javaxfc.h. */
#ifndef GC_SUSPEND_THREAD_ID
#define GC_SUSPEND_THREAD_ID pthread_t
#endif

#ifndef GC_PTHREAD_CREATE_CONST
#define GC_PTHREAD_CREATE_CONST const
#endif

#ifdef __cplusplus
extern "C" {
#endif

GC_API int GC_pthread_create(pthread_t *,
                             GC_PTHREAD_CREATE_CONST pthread_attr_t *,
                             void *(*)(void *), void *);
GC_API int GC_pthread_join(pthread_t, void **);
GC_API int GC_pthread_detach(pthread_t);
#ifndef GC_NO_PTHREAD_CANCEL
GC_API int GC_pthread_cancel(pthread_t);
#endif
#if defined(GC_HAVE_PTHREAD_EXIT) && !defined(GC_PTHREAD_EXIT_DECLARED)
#define GC_PTHREAD_EXIT_DECLARED
GC_API void GC_pthread_exit(void *) GC_PTHREAD_EXIT_ATTRIBUTE;
#endif

/* Strict C without POSIX does not know of sigset_t. */
#if !defined(GC_NO_PTHREAD_SIGMASK) && \
    (defined(GC_PTHREAD_SIGMASK_NEEDED) || defined(__USE_POSIX199506))
GC_API int GC_pthread_sigmask(int, const sigset_t *, sigset_t *);
#endif

#ifndef GC_NO_DLOPEN
GC_API void *GC_dlopen(const char *, int);
#endif

#ifdef __cplusplus
}
#endif

#endif

#if !defined(GC_NO_THREAD_REDIRECTS) && !defined(GC_USE_LD_WRAP)

#undef pthread_create
#undef pthread_join
#undef pthread_detach
#define pthread_create GC_pthread_create
#define pthread_join   GC_pthread_join
#define pthread_detach GC_pthread_detach

#ifndef GC_NO_PTHREAD_CANCEL
#undef pthread_cancel
#define pthread_cancel GC_pthread_cancel
#endif

#ifdef GC_HAVE_PTHREAD_EXIT
#undef pthread_exit
#define pthread_exit GC_pthread_exit
#endif

#ifndef GC_NO_PTHREAD_SIGMASK
#undef pthread_sigmask
#define pthread_sigmask GC_pthread_sigmask
#endif

#ifndef GC_NO_DLOPEN
#undef dlopen
#define dlopen GC_dlopen
#endif

#endif

#endif
