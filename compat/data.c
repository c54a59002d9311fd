/* SPDX-License-Identifier: MIT */
/* The data objects that programs may read and write directly, with the values
 * that they have before anything is called. */

#include "compat/libgc.h"

#include <stdint.h>

#include "compat/defaults.h"

/* Settings. */
int GC_all_interior_pointers = 1;
int GC_dont_expand;
int GC_dont_gc;
int GC_dont_precollect;
int GC_finalize_on_demand;
int GC_find_leak;
GC_word GC_free_space_divisor = 3;
int GC_full_freq = 19;
int GC_java_finalization = 1;
GC_word GC_max_retries;
int GC_no_dls;
GC_word GC_non_gc_bytes;
unsigned long GC_time_limit = 999999;
int GC_use_entire_heap;

/* What the collector says. */
const size_t GC_debug_header_size = 32;
GC_word GC_gc_no;
int GC_gcj_debug_kind;
int GC_gcj_kind;
void *GC_greatest_plausible_heap_addr;
void *GC_least_plausible_heap_addr = (void *)UINTPTR_MAX;
int GC_parallel;
char *GC_stackbottom;

/* Functions of the program's. */
GC_finalizer_notifier_proc GC_finalizer_notifier;
GC_on_heap_resize_proc GC_on_heap_resize;
GC_oom_func GC_oom_fn = gc__compat_default_oom;
GC_abort_func GC_on_abort = gc__compat_default_abort;
GC_push_other_roots_proc GC_push_other_roots = gc__compat_push_threads;
void (*GC_is_valid_displacement_print_proc)(void *) =
    gc__compat_report_displacement;
void (*GC_is_visible_print_proc)(void *) = gc__compat_report_invisible;
void (*GC_same_obj_print_proc)(void *, void *) = gc__compat_report_not_same;

/* Free lists that other inline code than the public one used to take from; they
 * are always empty. */
enum { FREE_LISTS = 129 };
static void *no_scanned[FREE_LISTS], *no_atomic[FREE_LISTS];
static void *no_uncollectable[FREE_LISTS];
static void *no_atomic_uncollectable[FREE_LISTS];
void **const GC_objfreelist_ptr = no_scanned;
void **const GC_aobjfreelist_ptr = no_atomic;
void **const GC_uobjfreelist_ptr = no_uncollectable;
void **const GC_auobjfreelist_ptr = no_atomic_uncollectable;
