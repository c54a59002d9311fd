/* SPDX-License-Identifier: MIT */
/* Figures.  They are read without the lock, as programs ask for them in callbacks,
 * and the core counts what a thread has in hand when that comes by. */

#include "compat/statistics.h"

#include <stdint.h>
#include <string.h>

#include "alloc/size_class.h"
#include "base/word.h"
#include "compat/libgc.h"
#include "compat/print.h"
#include "compat/sizing.h"
#include "gc/api/private.h"

/* A heap of nothing counts as so much: programs divide by its size. */
enum { NS_PER_MS = 1000000, LARGEST_MAPPED_BYTES = 2048, LEAST_BYTES = 65536 };

/* As programs know it; more may be added at its end. */
struct GC_prof_stats_s {
    GC_word heapsize_full;
    GC_word free_bytes_full;
    GC_word unmapped_bytes;
    GC_word bytes_allocd_since_gc;
    GC_word allocd_bytes_before_gc;
    GC_word non_gc_bytes;
    GC_word gc_no;
    GC_word markers_m1;
    GC_word bytes_reclaimed_since_gc;
    GC_word reclaimed_bytes_before_gc;
    GC_word expl_freed_bytes_since_gc;
    GC_word obtained_from_os_bytes;
};

/* As the last collection left it. */
static size_t freed_before_bytes; /* by the program */
static size_t taken_before_bytes;
static size_t swept_before_bytes;
static size_t before_bytes; /* that were in use as it began */

/* What programs say that they have taken from lists of their own. */
static size_t said_taken_bytes, said_freed_bytes;

static bool is_measured;
static uint64_t measured_from_ns;

/* What has been given back to the system is no part of the heap here. */
static struct figures figures(void)
{
    struct figures figures;
    gc__figures(&figures);
    figures.heap_bytes =
        larger(figures.heap_bytes - figures.unbacked_bytes,
               larger(gc__compat_expanded_bytes(), LEAST_BYTES));
    return figures;
}

/* --------------------------------------------------------------- collections */

/* Close ones while a collection marks, when procedures of the program's ask for
 * every word; at other times the heap may grow. */
static void note_bounds(bool is_marking)
{
    struct figures now = figures();
    GC_least_plausible_heap_addr = (void *)now.heap.low;
    GC_greatest_plausible_heap_addr =
        (void *)(is_marking ? now.heap.high : UINTPTR_MAX);
}

void gc__compat_note_bounds(void)
{
    note_bounds(false);
}

void gc__compat_count_begin(void)
{
    struct figures now = figures();
    before_bytes = now.live_bytes + now.since_bytes;
    note_bounds(true);
}

static size_t in_kib(size_t bytes)
{
    return bytes >> 10;
}

void gc__compat_count_marked(void)
{
    struct figures now = figures();
    GC_gc_no++;
    freed_before_bytes = now.freed_bytes + said_freed_bytes;
    taken_before_bytes = now.taken_bytes + said_taken_bytes;
    swept_before_bytes = now.swept_bytes;
}

void gc__compat_count_end(void)
{
    struct figures now = figures();
    note_bounds(false);
    if (gc__compat_prints_stats)
        GC_log_printf(
            "GC #%lu freed %zd bytes, heap %zu KiB (+ %zu KiB unmapped "
            "+ %zu KiB internal)\n",
            GC_gc_no, (ssize_t)(before_bytes - now.live_bytes),
            in_kib(now.heap_bytes), in_kib(now.unbacked_bytes),
            in_kib(now.metadata_bytes));
}

/* ------------------------------------------------------------- uncollectable */

/* The bytes of uncollectable objects are part of GC_non_gc_bytes, as far as they have
 * been counted: at each collection, and when somebody asks. */
static size_t counted_bytes;

void gc__compat_count_uncollectable(void)
{
    size_t bytes = gc__uncollectable_bytes();
    GC_non_gc_bytes += bytes - counted_bytes;
    counted_bytes = bytes;
}

GC_word GC_get_non_gc_bytes(void)
{
    if (gc__compat_was_prepared() && gc__keep()) {
        gc__compat_count_uncollectable();
        gc__let_go();
    }
    return GC_non_gc_bytes;
}

void GC_set_non_gc_bytes(GC_word bytes)
{
    GC_get_non_gc_bytes();
    GC_non_gc_bytes = bytes;
}

/* ------------------------------------------------------------------- figures */

size_t GC_get_heap_size(void)
{
    return figures().heap_bytes;
}

size_t GC_get_free_bytes(void)
{
    struct figures now = figures();
    return now.heap_bytes -
           smaller(now.heap_bytes, now.live_bytes + now.since_bytes);
}

/* Whole free blocks, of which the addresses stay. */
size_t GC_get_unmapped_bytes(void)
{
    return figures().unbacked_bytes;
}

size_t GC_get_bytes_since_gc(void)
{
    return figures().taken_bytes + said_taken_bytes - taken_before_bytes;
}

size_t GC_get_expl_freed_bytes_since_gc(void)
{
    return figures().freed_bytes + said_freed_bytes - freed_before_bytes;
}

size_t GC_get_total_bytes(void)
{
    return figures().taken_bytes + said_taken_bytes;
}

size_t GC_get_obtained_from_os_bytes(void)
{
    struct figures now = figures();
    return now.heap_bytes + now.unbacked_bytes + now.metadata_bytes;
}

size_t GC_get_memory_use(void)
{
    struct figures now = figures();
    return now.live_bytes + now.since_bytes;
}

static void give(GC_word *place, GC_word value)
{
    if (place != NULL)
        *place = value;
}

void GC_get_heap_usage_safe(GC_word *heap, GC_word *unused, GC_word *unmapped,
                            GC_word *since, GC_word *total)
{
    prepare();
    bool is_kept = gc__keep();
    give(heap, GC_get_heap_size());
    give(unused, GC_get_free_bytes());
    give(unmapped, GC_get_unmapped_bytes());
    give(since, GC_get_bytes_since_gc());
    give(total, GC_get_total_bytes());
    if (is_kept)
        gc__let_go();
}

/* -------------------------------------------------------------- all together */

static struct GC_prof_stats_s all_figures(void)
{
    GC_word non_gc_bytes = GC_get_non_gc_bytes(); /* makes the others exact */
    struct figures now = figures();
    return (struct GC_prof_stats_s){
        .heapsize_full = now.heap_bytes + now.unbacked_bytes,
        .free_bytes_full = GC_get_free_bytes() + now.unbacked_bytes,
        .unmapped_bytes = GC_get_unmapped_bytes(),
        .bytes_allocd_since_gc = GC_get_bytes_since_gc(),
        .allocd_bytes_before_gc = taken_before_bytes,
        .non_gc_bytes = non_gc_bytes,
        .gc_no = GC_gc_no,
        .markers_m1 = now.markers - 1,
        .bytes_reclaimed_since_gc = now.swept_bytes - swept_before_bytes,
        .reclaimed_bytes_before_gc = swept_before_bytes,
        .expl_freed_bytes_since_gc = GC_get_expl_freed_bytes_since_gc(),
        .obtained_from_os_bytes = GC_get_obtained_from_os_bytes(),
    };
}

/* What a program knows more of than we do is all ones. */
size_t GC_get_prof_stats_unsafe(struct GC_prof_stats_s *stats, size_t bytes)
{
    struct GC_prof_stats_s now = all_figures();
    size_t known = smaller(bytes, sizeof now);
    memset(stats, 0xff, bytes);
    memcpy(stats, &now, known);
    return known;
}

size_t GC_get_prof_stats(struct GC_prof_stats_s *stats, size_t bytes)
{
    prepare();
    bool is_kept = gc__keep();
    size_t known = GC_get_prof_stats_unsafe(stats, bytes);
    if (is_kept)
        gc__let_go();
    return known;
}

/* --------------------------------------------------------------------- others */

/* The bytes that an object of `bytes` has. */
size_t GC_get_size_map_at(int bytes)
{
    if (bytes < 0 || bytes > LARGEST_MAPPED_BYTES)
        return SIZE_MAX;
    size_t padded = (size_t)bytes + gc__compat_padding;
    return size_class_bytes(size_class_of(larger(padded, 1)));
}

GC_word GC_get_gc_no(void)
{
    return GC_gc_no;
}

void GC_start_performance_measurement(void)
{
    is_measured = true;
    measured_from_ns = figures().pause_total_ns;
}

unsigned long GC_get_full_gc_total_time(void)
{
    if (!is_measured)
        return 0;
    return (unsigned long)((figures().pause_total_ns - measured_from_ns) /
                           NS_PER_MS);
}

void GC_incr_bytes_allocd(size_t bytes)
{
    said_taken_bytes += bytes;
}

void GC_incr_bytes_freed(size_t bytes)
{
    said_freed_bytes += bytes;
}
