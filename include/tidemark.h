/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_H
#define TIDEMARK_H

/* Tidemark: memory that frees itself, for C.
 *
 *     #include <tidemark.h>
 *
 *     struct node *node = gc_malloc(sizeof *node);    // and never free it
 *
 * An object lives while a pointer to any of its bytes can be found: in the
 * registers or the stack of any thread, in a global or thread-local variable, in
 * a range given to gc_add_roots(), or in another live object.  Everything else is
 * swept.  The collector is conservative: any aligned word that looks like such
 * a pointer counts as one, so no help is needed from the compiler.  It never
 * moves an object.
 *
 * What keeps nothing alive: a pointer inside memory of libc's malloc or of
 * mmap (see gc_malloc_uncollectable and gc_add_roots), one that is disguised
 * (XORed, compressed, at an address not a multiple of 8), one in a file.
 *
 * The manual has nine parts:
 *
 *     1. allocating        gc_malloc gc_malloc_atomic gc_calloc gc_realloc
 *                          gc_free gc_aligned_alloc gc_strdup gc_strndup
 *                          gc_malloc_uncollectable
 *                          gc_malloc_atomic_uncollectable gc_keep_alive
 *     2. collecting        GC_collect gc_enable gc_disable gc_init
 *     3. roots             gc_add_roots gc_remove_roots gc_register_thread
 *                          gc_unregister_thread gc_stack_new gc_stack_switch
 *                          gc_stack_delete gc_call_blocking gc_call_active
 *     4. limits, errors    gc_set gc_get gc_set_pictures
 *                          gc_set_out_of_memory_handler gc_set_error_handler
 *     5. asking            gc_base gc_size gc_object_header_of
 *                          gc_visit_objects gc_visit_references
 *     6. seeing            GC_dump_stats GC_dump_heap_map GC_dump_graph
 *                          GC_dump_why, and their JSON, SVG and DOT forms: in
 *                          tidemark_see.h
 *     7. simpler allocators  gc_arena_* gc_pool_*: in tidemark_areas.h
 *     8. finalizers, weak links  gc_set_finalizer gc_link_add gc_weak_new ...:
 *                          in tidemark_finalize.h
 *     9. kinds and types   gc_type_new gc_malloc_typed gc_kind_new ...: in
 *                          tidemark_kinds.h; this includes all four
 *
 * Threads: every function may be called by any thread at any time, but not by a
 * signal handler.  While a collection marks, all other threads stand still: who
 * comes by to allocate stops by itself, and the others are sent a signal.  What
 * they hold keeps objects alive as what the caller holds does. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TIDEMARK_VERSION_MAJOR 0
#define TIDEMARK_VERSION_MINOR 1
#define TIDEMARK_VERSION_PATCH 0

#if defined(__GNUC__)
#define TIDEMARK_API             __attribute__((__visibility__("default")))
#define TIDEMARK_NEW             __attribute__((__malloc__, __warn_unused_result__))
#define TIDEMARK_RESULT          __attribute__((__warn_unused_result__))
#define TIDEMARK_BYTES(...)      __attribute__((__alloc_size__(__VA_ARGS__)))
#define TIDEMARK_ALIGN(argument) __attribute__((__alloc_align__(argument)))
#else
#define TIDEMARK_API
#define TIDEMARK_NEW
#define TIDEMARK_RESULT
#define TIDEMARK_BYTES(...)
#define TIDEMARK_ALIGN(argument)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------
 * 1. Allocating
 *
 * Common to all of these:
 *
 * Units:   sizes are in bytes; results are aligned to 16 bytes.
 * Returns: the object, or NULL if there is no memory for it even after a
 *          collection and after the out-of-memory handler was asked; `errno`
 *          is then ENOMEM.  0 bytes are an object too, unlike any other.
 * Owner:   the collector, unless it says otherwise.
 * Threads: any.  Not async-signal-safe: in a signal handler that has interrupted
 *          another call, refused with a message and EDEADLK.
 * Cost:    a few loads and stores up to 32 KiB, a search of the free blocks
 *          above; when a collection is due, time in proportion to the live
 *          bytes.
 * Errors:  a size that no heap can hold is an allocation that fails. */

/* Allocates zeroed memory that the collector scans for pointers. */
TIDEMARK_API void *gc_malloc(size_t bytes) TIDEMARK_NEW TIDEMARK_BYTES(1);

/* Allocates memory that will hold no pointers: text, numbers, pixels.  It is
 * never scanned, which makes collections cheaper, and not zeroed.  A pointer
 * stored in it keeps nothing alive. */
TIDEMARK_API void *gc_malloc_atomic(size_t bytes) TIDEMARK_NEW
    TIDEMARK_BYTES(1);

/* As gc_malloc(count * bytes); fails where the product overflows. */
TIDEMARK_API void *gc_calloc(size_t count, size_t bytes) TIDEMARK_NEW
    TIDEMARK_BYTES(1, 2);

/* Makes `object` larger or smaller, in place or by moving its contents.
 *
 * The result is of the same kind as the object.  The part that it grew by is
 * zeroed if the object is scanned.  `object` must be what an allocation of this
 * library returned, or NULL, and then this is gc_malloc(bytes); 0 bytes make a
 * smallest object, they do not free.
 *
 * Returns: the object, or NULL, and then the old one is unchanged.
 * Owner:   where the object moved, its old place has been freed: other
 *          pointers to it must be updated, as with libc's realloc.
 * Errors:  see gc_free; NULL, errno EINVAL. */
TIDEMARK_API void *gc_realloc(void *object, size_t bytes) TIDEMARK_RESULT
    TIDEMARK_BYTES(2);

/* Frees an object now, without waiting for a collection.  Never necessary.  It
 * pays for large objects, and is the only way to free an uncollectable one.
 * The memory is reused at once, so nothing may point to the object any more.
 *
 * Cost:   some loads and stores.
 * Errors: NULL is ignored.  A pointer into the middle of an object, or to
 *         memory that is not of this library, is reported to the error handler
 *         and then ignored.  So is an object that is free already; the default
 *         handler ends the process there. */
TIDEMARK_API void gc_free(void *object);

/* As gc_malloc, at an address that is a multiple of `alignment`.
 *
 * Units:  `alignment` is in bytes, a power of two, up to 1 GiB.
 * Errors: NULL, errno EINVAL, if it is not.  Wastes up to `alignment` bytes. */
TIDEMARK_API void *gc_aligned_alloc(size_t alignment, size_t bytes) TIDEMARK_NEW
    TIDEMARK_BYTES(2) TIDEMARK_ALIGN(1);

/* Copies a string, or at most `length` bytes of it, into a pointer-free
 * object, with a terminating 0. */
TIDEMARK_API char *gc_strdup(const char *string) TIDEMARK_NEW;
TIDEMARK_API char *gc_strndup(const char *string, size_t length) TIDEMARK_NEW;

/* Allocates an object that lives until gc_free() and is scanned like a root:
 * for memory that is reached only from where the collector does not look, such
 * as libc's heap or the kernel's epoll data.  Zeroed.  The second form is
 * pointer-free: neither zeroed nor scanned.
 *
 * Owner: the caller. */
TIDEMARK_API void *gc_malloc_uncollectable(size_t bytes) TIDEMARK_NEW
    TIDEMARK_BYTES(1);
TIDEMARK_API void *gc_malloc_atomic_uncollectable(size_t bytes) TIDEMARK_NEW
    TIDEMARK_BYTES(1);

/* Keeps `object` alive up to this place in the program.  An optimising compiler
 * may drop the last pointer to an object as soon as it has read what it needs
 * from it; where some other thing depends on the object, say so here. */
static inline void gc_keep_alive(const void *object)
{
#if defined(__GNUC__)
    __asm__ volatile("" : : "r"(object) : "memory");
#else
    static const void *volatile kept;
    kept = object;
    kept = NULL;
#endif
}

/* ------------------------------------------------------------------------
 * 2. Collecting
 *
 * A collection starts by itself when the bytes allocated since the last one
 * and those that survived it, the live ones, reach the goal:
 *
 *     max(floor, live + (growth - 1) x cost), not above the limit
 *
 * where `cost` is what takes time to mark: the bytes that are looked at for
 * pointers, and 8 for each object.  See gc_set() for floor and growth.  The
 * world is stopped while the collector marks; it sweeps afterwards, block by
 * block, as memory is asked for. */

/* Collects now, sweeps everything and returns free memory to the system.  Calls
 * finalizers, unless gc_set_finalizing() says otherwise.  Does nothing between
 * gc_disable() and gc_enable().
 *
 * Cost:   in proportion to the live bytes, and to the free blocks that have memory.
 * Errors: where a thread does not stop, the error handler is told, and nothing is
 *         collected; nor is it where there is no memory to list the roots. */
TIDEMARK_API void GC_collect(void);

/* Forbids collections, to all threads, until gc_enable() has been called as often.
 * The heap then grows, up to its limit, instead.  One more gc_enable() does
 * nothing. */
TIDEMARK_API void gc_disable(void);
TIDEMARK_API void gc_enable(void);

/* Prepares the library and reads the environment.  Optional: the first call of
 * any other function does the same.
 *
 * Returns: false, errno ENOMEM, if the system gives no memory for a heap; it
 *          may be called again. */
TIDEMARK_API bool gc_init(void);

/* ------------------------------------------------------------------------
 * 3. Roots
 *
 * Scanned without being asked: the registers and the stack of each thread, its
 * thread-local variables and values of pthread_setspecific(), and the writable data
 * of the program and of every library that is loaded at the time, also by
 * dlopen(). */

/* Has the words in [low, high) scanned too: memory from mmap() or libc's
 * malloc, for instance.  It must stay readable until it is removed.  A range
 * that overlaps one added before is scanned once for each.
 *
 * Returns: false if low > high or there is no memory to note it. */
TIDEMARK_API bool gc_add_roots(const void *low, const void *high);

/* Takes [low, high) back, as a whole or a part of what was added.
 *
 * Returns: false if no range that was added overlaps it, or if there is no
 *          memory to split one; then nothing has changed. */
TIDEMARK_API bool gc_remove_roots(const void *low, const void *high);

/* Makes the calling thread known before its first call, which does the same; a
 * thread that never calls is found when the world stops, unless TIDEMARK_STRANGERS
 * says otherwise.  Calls nest.
 *
 * Returns: false, errno ENOMEM, if there is no memory for its record. */
TIDEMARK_API bool gc_register_thread(void);

/* Takes one gc_register_thread() back.  After the last one the library forgets
 * the thread until its next call; a thread that ends needs none of this.  Ignored
 * in what gc_call_blocking() calls. */
TIDEMARK_API void gc_unregister_thread(void);

typedef void *gc_section_function(void *context);

/* Calls function(context), for as long as it takes, while the thread counts as
 * stopped: collections neither send it a signal nor wait for it, even where it
 * blocks all signals, and its system calls are not interrupted.
 *
 * What the callers have in their variables stays alive.  What `function` has in
 * its own does not: it must not use the library, nor load or unload libraries, nor
 * touch objects but those that are alive anyway.  Calls within it that would are
 * refused, as in a signal handler.  To be left by returning, or by the end of the
 * thread; what it returns is a root only afterwards.
 *
 * Returns: what `function` returns.
 * Threads: where the thread cannot rest, in a visitor or in a section already,
 *          the function is just called.
 * Cost:    two atomic operations; waits for a collection that is going on when
 *          `function` returns. */
TIDEMARK_API void *gc_call_blocking(gc_section_function *function,
                                    void *context);

/* The inverse, within gc_call_blocking(): calls function(context), which may use
 * the library and objects like any other code.  What lies between the two calls
 * is not looked at.  They may be nested in turn.  Anywhere else the function is
 * just called.
 *
 * Returns: what `function` returns.
 * Cost:    the same. */
TIDEMARK_API void *gc_call_active(gc_section_function *function, void *context);

/* Coroutines: stacks of the program's own, between which it switches with
 * swapcontext() or by other means.
 *
 *     struct gc_stack *stack = gc_stack_new(memory, bytes);
 *     gc_stack_switch(stack);                  // I am about to go there
 *     swapcontext(&mine, &its);
 *
 *     gc_stack_switch(NULL);                   // in the coroutine: and back
 *     swapcontext(&its, &mine);
 *
 *     gc_stack_delete(stack);                  // it has ended
 *
 * A coroutine that is suspended then keeps alive what its variables point to,
 * as does the stack that a thread has left; one that nobody has switched to
 * yet, and one that is deleted, keeps nothing.
 *
 * Calling, and collecting, on a stack that was not registered is harmless, for
 * instance on that of sigaltstack(): it is scanned from the stack pointer up to
 * the end of the mapping that it is in (or of the object, where it is one of
 * this library), but no more than 256 MiB of it, and so is all of the thread's
 * own stack that was ever used.  But nothing is known of it when it is
 * suspended. */
struct gc_stack;

/* Registers `bytes` of memory at `low` as a stack.  It must stay readable until
 * it is deleted, and its memory is not kept alive: take it from mmap(), libc's
 * malloc, a static array or gc_malloc_uncollectable().
 *
 * Returns: NULL, errno ENOMEM, if there is no memory for its record; errno
 *          EINVAL if `bytes` is 0. */
TIDEMARK_API struct gc_stack *gc_stack_new(void *low,
                                           size_t bytes) TIDEMARK_RESULT;

/* Says that the calling thread is about to leave the stack that it runs on, for
 * `to`, or for NULL, its own stack.  Call it right before the switch: what is
 * loaded into registers between the two may not be found later.  Also for the
 * last switch, away from a coroutine that has ended, unless it is deleted
 * before or by then.  A coroutine may be resumed by another thread than the one
 * that ran it last.
 *
 * Cost: some loads and stores. */
TIDEMARK_API void gc_stack_switch(struct gc_stack *to);

/* Forgets a stack.  What it holds is not looked at any more, unless a thread
 * runs on it.  NULL is ignored. */
TIDEMARK_API void gc_stack_delete(struct gc_stack *stack);

/* ------------------------------------------------------------------------
 * 4. Limits and errors
 *
 * Each setting has a call and an environment variable, which is read once, at
 * the first call of the library, and never in a set-user-id program.  Sizes
 * take a suffix K, M or G there.  A value that makes no sense is named on
 * standard error and ignored.
 *
 *   gc_set(...)              environment            default
 *   TIDEMARK_HEAP_FLOOR      TIDEMARK_HEAP_FLOOR    16M    bytes: the goal is
 *                                                          never below it
 *   TIDEMARK_HEAP_LIMIT      TIDEMARK_HEAP_LIMIT    0      bytes of objects;
 *                                                          0 is no limit;
 *                                                          "cgroup": what the
 *                                                          control group may
 *                                                          have
 *   TIDEMARK_GROWTH          TIDEMARK_GROWTH        1.75   goal / live bytes;
 *                                                          percent in gc_set,
 *                                                          105 to 10000
 *   TIDEMARK_WORD_STEP       TIDEMARK_WORD_STEP     8      bytes from a word
 *                                                          that may be a
 *                                                          pointer to the
 *                                                          next: 8, 4, 2, 1
 *   TIDEMARK_INTERIOR        TIDEMARK_INTERIOR      1      0: in objects, data
 *                                                          and ranges a pointer
 *                                                          counts only if it is
 *                                                          to the first byte of
 *                                                          an object, or see
 *                                                 gc_register_displacement
 *   TIDEMARK_PAST_END        TIDEMARK_PAST_END      1      a pointer one past the
 *                                                          end of an object keeps
 *                                                          it 1: in registers and
 *                                                          stacks; 2: anywhere,
 *                                                          since every object is
 *                                                          a byte larger than was
 *                                                          asked for; 0: nowhere
 *   TIDEMARK_MARKERS         TIDEMARK_MARKERS       0      threads that mark, at
 *                                                          most 64; 0 is as
 *                                                          many as there are
 *                                                          processors to use
 *   TIDEMARK_STRESS          TIDEMARK_STRESS        0      collect and verify
 *                                                          the heap at every
 *                                                          n-th allocation;
 *                                                          0 is never
 *   TIDEMARK_TRACE           TIDEMARK_TRACE         0      1: a line for each
 *                                                          collection, on
 *                                                          standard error
 *   TIDEMARK_STATS           TIDEMARK_STATS         0      1: GC_dump_stats()
 *                                                          at exit
 *   TIDEMARK_IGNORE_FREE     TIDEMARK_FREE=ignore   0      1: gc_free() does
 *                                                          nothing
 *   TIDEMARK_STOP_SIGNAL     TIDEMARK_STOP_SIGNAL   0      signal that stops
 *                                                          threads; 0 is a free
 *                                                          real-time signal.
 *                                                          Not once it is used
 *   TIDEMARK_STOP_TIMEOUT    TIDEMARK_STOP_TIMEOUT  10000  ms; if a thread has
 *                                                          not stopped by then,
 *                                                          nothing is collected
 *   TIDEMARK_STRANGERS       TIDEMARK_STRANGERS     1      0: threads that have
 *                                                          never called go on, and
 *                                                          keep nothing alive
 *   gc_set_pictures(dir)     TIDEMARK_PICTURES=dir  none   heap map and graph
 *                                                          at exit, as files
 *                                                          in that folder */

enum gc_setting {
    TIDEMARK_HEAP_FLOOR,
    TIDEMARK_HEAP_LIMIT,
    TIDEMARK_GROWTH,
    TIDEMARK_WORD_STEP,
    TIDEMARK_MARKERS,
    TIDEMARK_STRESS,
    TIDEMARK_TRACE,
    TIDEMARK_STATS,
    TIDEMARK_IGNORE_FREE,
    TIDEMARK_STOP_SIGNAL,
    TIDEMARK_STOP_TIMEOUT,
    TIDEMARK_STRANGERS,
    TIDEMARK_INTERIOR,
    TIDEMARK_PAST_END
};

/* Beside these there is one that has no call, since it is read when the library is
 * loaded: TIDEMARK_INTERPOSE=0 has the library's wrappers of pthread_create(),
 * pthread_sigmask() and their like do nothing but call libc's. */

/* Changes a setting, for all threads, or tells what it is.  TIDEMARK_PAST_END, 2,
 * holds for objects that are allocated from then on.
 *
 * Returns: gc_set: false, and nothing changes, if `value` is out of bounds.
 *          gc_get: 0 for what is no setting. */
TIDEMARK_API bool gc_set(enum gc_setting setting, size_t value);
TIDEMARK_API size_t gc_get(enum gc_setting setting);

/* Has heap-map.svg, heap-map.txt, graph.dot and graph.json written into
 * `directory` when the program exits; NULL for not.  The name is copied.
 *
 * Returns: false, and nothing changes, if the name is longer than 4 000 bytes. */
TIDEMARK_API bool gc_set_pictures(const char *directory);

/* Asked when an allocation fails, after a collection.  It may free memory and
 * try again, return some other memory, leave by longjmp() or a C++ exception
 * (no lock is held), or return NULL, which the allocation then returns.
 * A `handler` of NULL is the default: return NULL.
 *
 * Threads: the one whose allocation fails calls it; so it may be called by several
 *          at once.  Set it before there are others that allocate. */
typedef void *gc_out_of_memory_handler(size_t bytes, void *context);
TIDEMARK_API void
gc_set_out_of_memory_handler(gc_out_of_memory_handler *handler, void *context);

enum gc_error_code {
    TIDEMARK_ERROR_INTERIOR_POINTER, /* gc_free, gc_realloc: into an object */
    TIDEMARK_ERROR_FOREIGN_POINTER,  /* the same: not of this library */
    TIDEMARK_ERROR_DOUBLE_FREE,      /* the same: free already */
    TIDEMARK_ERROR_SETTING,          /* a value that makes no sense */
    TIDEMARK_ERROR_SYSTEM,           /* the system refused something */
    TIDEMARK_ERROR_THREAD            /* a thread did not stop */
};

struct gc_error {
    enum gc_error_code code;
    const void *address; /* what the call was given, or NULL */
    const char *message; /* one line; valid during the call of the handler */
};

/* Told of misuse.  When it returns, the call at fault is ignored.  A `handler`
 * of NULL is the default: print the message and a backtrace on standard error;
 * at a double free end the process by abort().
 *
 * Threads: as above.  No lock is held. */
typedef void gc_error_handler(const struct gc_error *error, void *context);
TIDEMARK_API void gc_set_error_handler(gc_error_handler *handler,
                                       void *context);

/* ------------------------------------------------------------------------
 * 5. Asking about objects
 *
 * `pointer` may be any number: what points to no object is answered so.
 *
 * Threads: any.  Also in a visitor, for the objects that it is shown.
 * Cost:    the heap's lock and a few loads; of a block that is not swept yet, the
 *          sweep of it. */

enum gc_kind {
    TIDEMARK_SCANNED,
    TIDEMARK_ATOMIC,
    TIDEMARK_UNCOLLECTABLE,
    TIDEMARK_ATOMIC_UNCOLLECTABLE
};

/* An object header, put together from where its parts are kept: what all cells
 * of a block share stands once in the block's descriptor, and what is one
 * object's own is a bit. */
struct gc_object_header {
    void *base;
    size_t bytes;      /* usable: the size that was asked for, rounded up */
    enum gc_kind kind; /* or a number that gc_kind_new has answered */
    bool allocated;    /* false: a free cell */
    bool marked;       /* outside a collection: the same as allocated */
};

/* The first byte of the live object that `pointer` points into, or NULL. */
TIDEMARK_API void *gc_base(const void *pointer);

/* The usable bytes of the object that `pointer` points into, or 0. */
TIDEMARK_API size_t gc_size(const void *pointer);

/* Fills in the header of the cell that `pointer` points into, free or not.
 *
 * Returns: false, and *header is unchanged, where there is no cell. */
TIDEMARK_API bool gc_object_header_of(const void *pointer,
                                      struct gc_object_header *header);

/* Calls `visit` for every allocated object, in the order of addresses, until it
 * returns false.  Dead ones that no collection has found yet are allocated.
 *
 * A visitor may ask, look and visit; calls that would allocate, free or collect
 * are refused.  It must return, and wait for no other thread.
 *
 * Threads: others go on, but for what needs the heap's lock.
 * Cost:    sweeps what is unswept, with the world stopped for the moment; then in
 *          proportion to the blocks and the objects. */
typedef bool gc_object_visitor(const struct gc_object_header *object,
                               void *context);
TIDEMARK_API void gc_visit_objects(gc_object_visitor *visit, void *context);

/* Where the word of a reference was found. */
enum gc_origin {
    TIDEMARK_FROM_REGISTERS,
    TIDEMARK_FROM_STACK,
    TIDEMARK_FROM_STATIC, /* the writable data of a program or library */
    TIDEMARK_FROM_THREAD_LOCAL,
    TIDEMARK_FROM_RANGE, /* gc_add_roots */
    TIDEMARK_FROM_OBJECT,
    TIDEMARK_FROM_FINALIZER /* of `holder`: its data, or that itself when it is
                               ready; also a strong toggle reference */
};

struct gc_reference {
    enum gc_origin origin;
    const void *holder; /* the object or the range that the word is in */
    size_t offset;      /* of the word in its holder, in bytes */
    void *target;       /* the object, by its first byte */
    size_t target_offset;
};

/* Calls `visit` for every word that the collector would take for a pointer:
 * first those in the roots, then those in allocated objects, reached or not, in
 * the order of addresses, until it returns false.
 *
 * Threads: all others are stopped meanwhile, and may have any lock, libc's
 *          included: the visitor must not wait for one.  Otherwise as above. */
typedef bool gc_reference_visitor(const struct gc_reference *reference,
                                  void *context);
TIDEMARK_API void gc_visit_references(gc_reference_visitor *visit,
                                      void *context);

#ifdef __cplusplus
}
#endif

#include "tidemark_areas.h"    /* 7. Simpler allocators */
#include "tidemark_finalize.h" /* 8. Finalizers and weak links */
#include "tidemark_kinds.h"    /* 9. Kinds and types */
#include "tidemark_see.h"      /* 6. Seeing the heap */

#endif
