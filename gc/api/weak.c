/* SPDX-License-Identifier: MIT */
/* Weak links, and weak references, which are objects with a link in them.
 *
 * Whoever reads a word that a collection may clear needs to have the pointer where
 * it is looked for before a collection can begin.  gc_weak_get() makes the thread
 * busy for the moment: a stop waits until it has the pointer in a register. */

#include "gc/api/finalize.h"
#include "gc/ephemeron.h"

struct gc_weak {
    AO_t object; /* atomic */
};

/* --------------------------------------------------------------------- links */

static enum gc_link_result result_of(enum link_answer answer)
{
    switch (answer) {
    case LINK_DONE:
        return TIDEMARK_LINK_DONE;
    case LINK_EXISTS:
        return TIDEMARK_LINK_EXISTS;
    case LINK_UNKNOWN:
        return TIDEMARK_LINK_UNKNOWN;
    case LINK_MISALIGNED:
        return TIDEMARK_LINK_MISALIGNED;
    case LINK_NO_MEMORY:
        break;
    }
    return TIDEMARK_LINK_NO_MEMORY;
}

static struct links *links_of(enum gc_link_kind kind)
{
    bool is_long = kind == TIDEMARK_LONG_LINK;
    return &gc__process.heap.links[is_long ? LONG_LINK : SHORT_LINK];
}

enum gc_link_result gc_link_add(void **link, const void *object,
                                enum gc_link_kind kind)
{
    struct cell cell;
    if (gc__lock_object(object, &cell) == NULL)
        return errno == EINVAL ? TIDEMARK_LINK_NO_OBJECT
                               : TIDEMARK_LINK_NO_MEMORY;
    enum link_answer answer = gc__link_add(
        links_of(kind), &gc__process.heap.variable, (uintptr_t)link, cell);
    gc__unlock();
    return result_of(answer);
}

bool gc_link_remove(void **link, enum gc_link_kind kind)
{
    if (gc__lock(gc__enter()) == NULL)
        return false;
    bool is_removed = gc__link_remove(links_of(kind), (uintptr_t)link);
    gc__unlock();
    return is_removed;
}

enum gc_link_result gc_link_move(void **link, void **to, enum gc_link_kind kind)
{
    if (gc__lock(gc__enter()) == NULL)
        return TIDEMARK_LINK_NO_MEMORY;
    enum link_answer answer =
        gc__link_move(links_of(kind), &gc__process.heap.variable,
                      (uintptr_t)link, (uintptr_t)to);
    gc__unlock();
    return result_of(answer);
}

/* ------------------------------------------------------------------- toggles */

bool gc_toggle_set(void *object, enum gc_toggle toggle)
{
    struct heap *heap = &gc__process.heap;
    struct cell cell;
    bool is_done = true;
    if (gc__lock_object(object, &cell) == NULL)
        return false;
    if (toggle == TIDEMARK_TOGGLE_DROP)
        gc__toggles_forget(&heap->toggles,
                           cell_address(&heap->variable.map, cell));
    else
        is_done = gc__toggle_add(&heap->toggles, &heap->variable, cell,
                                 (enum toggle)toggle);
    gc__unlock();
    if (!is_done)
        errno = ENOMEM;
    return is_done;
}

static enum toggle ask_program(void *object, void *context)
{
    (void)context;
    return (enum toggle)gc__process.toggle_function(object,
                                                    gc__process.toggle_context);
}

void gc_set_toggle_function(gc_toggle_function *decide, void *context)
{
    if (gc__lock(gc__enter()) == NULL)
        return;
    gc__process.toggle_function = decide;
    gc__process.toggle_context = context;
    gc__process.heap.toggles.decide = decide == NULL ? NULL : ask_program;
    gc__unlock();
}

/* ---------------------------------------------------------------- references */

/* Makes a link at the first word of `holder`, which is its own, about what `object`
 * points into, and has the word point to that.  False if there is no memory or no
 * such object. */
static bool refer(AO_t *holder, const void *object, enum link_kind kind)
{
    struct heap *heap = &gc__process.heap;
    struct cell cell;
    if (holder == NULL || gc__lock_object(object, &cell) == NULL)
        return false;
    enum link_answer answer = gc__link_add(&heap->links[kind], &heap->variable,
                                           (uintptr_t)holder, cell);
    AO_store(holder, cell_address(&heap->variable.map, cell));
    gc__unlock();
    if (answer == LINK_NO_MEMORY)
        errno = ENOMEM;
    return answer != LINK_NO_MEMORY;
}

struct gc_weak *gc_weak_new(const void *object)
{
    struct gc_weak *weak = gc_malloc_atomic(sizeof *weak);
    bool is_done = weak != NULL && refer(&weak->object, object, SHORT_LINK);
    return is_done ? weak : NULL;
}

/* What the word `at` has, unless `unless` has nothing. */
static void *get(const AO_t *at, const AO_t *unless)
{
    struct thread *thread = gc__begin_alone();
    if (thread == NULL && gc__lock(gc__enter_to_ask()) == NULL)
        return NULL;
    uintptr_t object = AO_load(unless) == 0 ? 0 : AO_load(at);
    if (thread == NULL)
        gc__unlock();
    else
        thread_end_busy(thread);
    return (void *)object;
}

void *gc_weak_get(const struct gc_weak *weak)
{
    return get(&weak->object, &weak->object);
}

/* --------------------------------------------------------------- ephemerons */

struct gc_ephemeron {
    struct ephemeron pair;
};

/* The value is there before the pair is known. */
struct gc_ephemeron *gc_ephemeron_new(const void *key, const void *value)
{
    struct gc_ephemeron *ephemeron = gc_malloc_atomic(sizeof *ephemeron);
    if (ephemeron == NULL)
        return NULL;
    AO_store(&ephemeron->pair.value, (AO_t)value);
    bool is_done = refer(&ephemeron->pair.key, key, EPHEMERON_LINK);
    gc_keep_alive(value);
    return is_done ? ephemeron : NULL;
}

void *gc_ephemeron_key(const struct gc_ephemeron *ephemeron)
{
    return get(&ephemeron->pair.key, &ephemeron->pair.key);
}

void *gc_ephemeron_value(const struct gc_ephemeron *ephemeron)
{
    return get(&ephemeron->pair.value, &ephemeron->pair.key);
}

void gc_ephemeron_set(struct gc_ephemeron *ephemeron, const void *value)
{
    AO_store(&ephemeron->pair.value, (AO_t)value);
}
