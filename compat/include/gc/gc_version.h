/* SPDX-License-Identifier: MIT */
/* The release whose interface these headers have.  GC_get_version() says which
 * one the library has. */
#if defined(GC_H) && !defined(GC_VERSION_MAJOR)
#define GC_VERSION_MAJOR 8
#define GC_VERSION_MINOR 2
#define GC_VERSION_MICRO 2
#endif

#if defined(GC_H) && !defined(GC_TMP_VERSION_MAJOR)
#define GC_TMP_VERSION_MAJOR 8
#define GC_TMP_VERSION_MINOR 2
#define GC_TMP_VERSION_MICRO 2
#if GC_VERSION_MAJOR != GC_TMP_VERSION_MAJOR || \
    GC_VERSION_MINOR != GC_TMP_VERSION_MINOR || \
    GC_VERSION_MICRO != GC_TMP_VERSION_MICRO
#error "GC_VERSION_MAJOR, _MINOR, _MICRO are defined, and differ from gc.h's"
#endif
#endif
