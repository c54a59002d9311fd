/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_GC_API_PRIVATE_H
#define TIDEMARK_GC_API_PRIVATE_H

/* What the shared library exports for libgc.so.1 alone, in a version node of its
 * own, and for nobody else: all of it may change in any release.
 *
 * The other thing exported so is gc__thread, in gc/world.h, so that the fast path
 * of gc/api/allocate.h can be compiled into both. */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc/kinds.h"
#include "base/word.h"
#include "gc/hooks.h"
#include "include/tidemark.h"

#define TIDEMARK_PRIVATE __attribute__((visibility("default")))

/* Sets the hooks of the process; the table is kept.  It may be called before
 * everything else, and prepares nothing. */
TIDEMARK_PRIVATE void gc__set_hooks(const struct hooks *hooks);

/* ------------------------------------------------------------------ lock */

/* The calling thread keeps the heap's lock: nobody collects until it lets go, but
 * it itself may call whatever it likes.  Calls nest.  Returns false where the
 * library could not be prepared, or the thread is in the middle of a call already,
 * for instance in a hook: then there is nothing to let go. */
TIDEMARK_PRIVATE bool gc__keep(void);
TIDEMARK_PRIVATE void gc__let_go(void);

/* ---------------------------------------------------------------- figures */

/* As they are at this moment, read without the lock, so that they need not fit
 * each other.  What has just been taken or freed by threads other than the calling
 * one is not in them yet. */
struct figures {
    struct range heap;     /* addresses */
    size_t heap_bytes;     /* blocks, free ones included */
    size_t free_bytes;     /* free blocks */
    size_t unbacked_bytes; /* of them, without memory behind them */
    size_t since_bytes; /* taken less given back, since the last collection */
    size_t taken_bytes; /* ever */
    size_t freed_bytes; /* ever, by the program */
    size_t swept_bytes; /* ever, by the collector */
    size_t live_bytes;  /* after the last collection */
    size_t metadata_bytes; /* the collector's own */
    size_t collections;
    uint64_t pause_total_ns;
    unsigned markers; /* that mark, or will */
};
TIDEMARK_PRIVATE void gc__figures(struct figures *figures);

/* True if `pointer` is into the heap, whether there is an object or not. */
TIDEMARK_PRIVATE bool gc__is_in_heap(const void *pointer);

/* As gc_base() and gc_size(), and also where those are refused: in a hook, and in
 * the procedures of kinds.  There a dead object that has not been swept yet counts
 * too. */
TIDEMARK_PRIVATE void *gc__base(const void *pointer);
TIDEMARK_PRIVATE size_t gc__size(const void *pointer);

/* As GC_collect().  `gives_up`, if it is not NULL, is asked before and while the
 * collection marks; when it answers anything but 0, all is as it was before.
 * False then, and where there can be no collection. */
TIDEMARK_PRIVATE bool gc__collect_unless(gc__question *gives_up);

/* The bytes of all uncollectable objects: with the lock, or for a hook at
 * STEP_MARKING. */
TIDEMARK_PRIVATE size_t gc__uncollectable_bytes(void);

/* No collection that the pace calls for comes before so many bytes have been taken
 * since the last. */
TIDEMARK_PRIVATE void gc__set_least_between(size_t bytes);

/* For a hook, with the lock held: as TIDEMARK_GROWTH. */
TIDEMARK_PRIVATE void gc__set_growth(size_t percent);

/* ------------------------------------------------------------------ roots */

/* See gc/roots.h. */
TIDEMARK_PRIVATE void gc__remove_roots_within(const void *low,
                                              const void *high);
TIDEMARK_PRIVATE bool gc__exclude_roots(const void *low, const void *high);
TIDEMARK_PRIVATE void gc__include_all_roots(void);

/* True if `pointer` is to data of what was loaded at the last collection. */
TIDEMARK_PRIVATE bool gc__is_loaded_data(const void *pointer);

/* For the hook that marks roots: from the registers and stacks of all threads; from
 * a range as from a root; from a range as from a stack. */
TIDEMARK_PRIVATE void gc__mark_all_threads(void);
TIDEMARK_PRIVATE void gc__mark_from(const void *low, const void *high);
TIDEMARK_PRIVATE void gc__mark_as_from_stack(const void *low, const void *high);

/* Which words count as pointers, from the next collection on: see
 * gc/recognition.h.  Whether any byte of an object may be pointed to from
 * elsewhere than stacks; else the first, and those noted since. */
TIDEMARK_PRIVATE void gc__recognise_interior(bool is_on);
TIDEMARK_PRIVATE void gc__note_displacement(size_t bytes);
TIDEMARK_PRIVATE bool gc__recognises_displacement(size_t bytes);

/* The mark of the object that `pointer` is to.  For the hook that marks roots, and
 * for procedures that look at objects; otherwise all objects count as marked, and
 * there is nothing to set. */
TIDEMARK_PRIVATE bool gc__is_marked(const void *pointer);
TIDEMARK_PRIVATE void gc__set_mark(const void *pointer, bool is_marked);

/* For a hook, from STEP_MARKING to STEP_MARKED: shows all objects, with the marks
 * that the marking has made, in the order of addresses. */
TIDEMARK_PRIVATE void gc__show_objects(gc_object_visitor *visit, void *context);

/* ------------------------------------------------------------- allocating */

/* What is left when the fast path of gc/api/allocate.h does not serve.  They ask
 * no handler: NULL, errno ENOMEM, if there is no memory. */
TIDEMARK_PRIVATE void *gc__alloc_slowly(enum kind kind, size_t bytes,
                                        size_t alignment);
TIDEMARK_PRIVATE void *gc__alloc_freed(enum kind kind, size_t bytes);

/* If the object is large, pointers beyond its first page keep it no more, until it
 * grows: the program has one to its first page as long as it needs it. */
TIDEMARK_PRIVATE void gc__keep_by_start(const void *object);

/* The same for any kind, fast path included.  `notes_filled`: see alloc_or. */
TIDEMARK_PRIVATE void *gc__alloc_of_kind(enum kind kind, size_t bytes,
                                         bool notes_filled);

/* Some objects at once: see gc__heap_alloc_list. */
TIDEMARK_PRIVATE void *gc__alloc_list(enum kind kind, size_t bytes);

/* Adds a kind and answers its number; 0, errno ENOSPC or ENOMEM, if there is no
 * room for one.  What its procedures may do is said in gc/kinds.h. */
TIDEMARK_PRIVATE unsigned gc__add_kind(const struct kind_traits *traits);

/* What became of an attempt to resize an object without moving it. */
struct resizing {
    bool is_object; /* else it has been reported, and errno is set */
    bool is_done;
    enum kind kind;
    size_t had_bytes;
};
TIDEMARK_PRIVATE struct resizing gc__resize(const void *object, size_t bytes,
                                            const char *caller);

/* ---------------------------------------------------------------- threads */

/* How often the calling thread has been registered, see gc_register_thread(). */
TIDEMARK_PRIVATE unsigned gc__registrations(void);

/* The end of the calling thread's own stack; NULL if the system will not say. */
TIDEMARK_PRIVATE void *gc__stack_end(void);

/* The end of the stack that the calling thread runs on, as it was told last, else
 * its own; in *thread, if that is not NULL, what stands for the thread.  NULL if
 * there is no memory. */
TIDEMARK_PRIVATE void *gc__stack_bottom(void **thread);

/* Says where the stack ends that a thread runs on; NULL stands for the calling
 * one.  It takes no lock: in a stop, or for a thread that does not run. */
TIDEMARK_PRIVATE void gc__tell_stack_bottom(void *thread, void *bottom);

/* Registers the stack of the calling thread's signal handlers until it leaves, in
 * the place of the one before; NULL for none. */
TIDEMARK_PRIVATE void gc__set_signal_stack(void *low, size_t bytes);

/* Stops all other threads, with the lock held, and lets them go on.  False if one
 * does not stop. */
TIDEMARK_PRIVATE bool gc__stop_others(void);
TIDEMARK_PRIVATE void gc__let_others_go(void);

/* See gc/pause.h. */
TIDEMARK_PRIVATE void gc__pause_thread(pthread_t thread);
TIDEMARK_PRIVATE void gc__let_thread_go(pthread_t thread);
TIDEMARK_PRIVATE bool gc__is_paused(pthread_t thread);

/* Told of each thread that a stop has stopped, and that goes on, with the lock
 * held; NULL for nobody. */
TIDEMARK_PRIVATE void
gc__set_thread_watcher(void (*on_thread)(bool is_stopped, uintptr_t thread));

/* Lets the stop signal reach the calling thread, which may block it. */
TIDEMARK_PRIVATE void gc__let_stop_signal_in(void);

/* How many threads mark besides the one that collects. */
TIDEMARK_PRIVATE unsigned gc__helpers(void);

/* What handlers of fork(2) do, for a program that calls them itself. */
TIDEMARK_PRIVATE void gc__fork_begins(void);
TIDEMARK_PRIVATE void gc__fork_ends(void);
TIDEMARK_PRIVATE void gc__fork_has_child(void);

/* ------------------------------------------------------------- finalizers */

/* Who calls them; for a hook. */
TIDEMARK_PRIVATE void gc__choose_finalizing(enum gc_finalizing how);

/* Has all finalizers be ready, though their objects live.  Answers how many are. */
TIDEMARK_PRIVATE size_t gc__ready_all_finalizers(void);

/* The last collection has found this object with an ordered finalizer to lead to
 * itself, so that it is never called, maybe among others; NULL if there was
 * none. */
TIDEMARK_PRIVATE void *gc__object_in_cycle(void);

#endif
