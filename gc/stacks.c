/* SPDX-License-Identifier: MIT */
#include "gc/stacks.h"

#include <string.h>

#include "gc/heap.h"
#include "gc/section.h"
#include "gc/window.h"
#include "platform/fake_stack.h"
#include "platform/mapping.h"
#include "platform/touched.h"

/* -------------------------------------------------------------- registering */

void gc__stacks_init(struct stacks *stacks)
{
    stacks->unused = NULL;
    gc__growing_init(&stacks->records, sizeof(struct gc_stack));
}

void gc__stacks_finish(struct stacks *stacks)
{
    stacks->unused = NULL;
    gc__growing_finish(&stacks->records);
}

struct gc_stack *gc__stacks_add(struct stacks *stacks, struct range memory)
{
    struct gc_stack *stack = stacks->unused;
    if (stack != NULL)
        stacks->unused = stack->next_unused;
    else
        stack = gc__growing_append(&stacks->records);
    if (stack != NULL)
        *stack = (struct gc_stack){.memory = memory, .state = STACK_FRESH};
    return stack;
}

void gc__stacks_remove(struct stacks *stacks, struct gc_stack *stack)
{
    if (range_size(stack->memory) == 0)
        return;
    stack->memory = (struct range){0, 0};
    stack->next_unused = stacks->unused;
    stacks->unused = stack;
}

static struct gc_stack *record_at(const struct stacks *stacks, size_t index)
{
    return growing_at(&stacks->records, index);
}

/* --------------------------------------------------------- what is readable */

enum { FIRST_UNIT = 64 * PAGE_BYTES };

/* The end of what can be read from `low` on. */
static uintptr_t readable_end(uintptr_t low, uintptr_t most)
{
    uintptr_t high = round_down(low, PAGE_BYTES);
    for (size_t unit = FIRST_UNIT; unit >= PAGE_BYTES; unit /= 64)
        while (most - high >= unit && most > high &&
               gc__is_readable((struct range){high, high + unit}))
            high += unit;
    return larger(low, high);
}

/* The start of what can be read up to `high`. */
static uintptr_t readable_start(uintptr_t high, uintptr_t least)
{
    uintptr_t low = round_up(high, PAGE_BYTES);
    for (size_t unit = FIRST_UNIT; unit >= PAGE_BYTES; unit /= 64)
        while (low - least >= unit && low > least &&
               gc__is_readable((struct range){low - unit, low}))
            low -= unit;
    return smaller(low, high);
}

/* ----------------------------------------------------- a thread's own stack */

static struct range own_stack(const struct thread *thread)
{
    return (struct range){thread->stack_low, thread->stack_base};
}

/* The lowest address that a stack which grows may have, if it is in use from
 * `low` on. */
static uintptr_t least_low(const struct thread *thread)
{
    return thread->stack_base - smaller(thread->stack_base, MOST_FOREIGN_BYTES);
}

/* Finds out how far down the stack reaches by now.  There is no need to where
 * the stack pointer is higher than it has been seen before. */
static void look_how_far_it_grew(struct thread *thread)
{
    struct mapping mapping;
    if (!gc__mapping_of(thread->stack_low, &mapping))
        thread->stack_low =
            readable_start(thread->stack_low, least_low(thread));
    else if (mapping.is_readable)
        thread->stack_low = mapping.range.low;
}

static bool is_on_own_stack(struct thread *thread, uintptr_t stack_pointer)
{
    if (stack_pointer > thread->stack_base || thread->stack_base == 0)
        return false;
    if (stack_pointer < thread->stack_low && thread->stack_grows)
        look_how_far_it_grew(thread);
    return stack_pointer >= thread->stack_low;
}

/* Of a stranger's stack nothing is known but that libc's record of the thread
 * lies at its end.  (The main thread's does not: what is below that is
 * data.) */
static struct range strangers_stack(const struct thread *thread)
{
    struct mapping mapping;
    if (thread->self == 0 || !gc__mapping_of(thread->self, &mapping))
        return (struct range){0, 0};
    return (struct range){mapping.range.low, thread->self};
}

/* All of the thread's own stack that may be in use. */
static struct range own_in_use(struct thread *thread)
{
    if (thread->stack_grows)
        look_how_far_it_grew(thread);
    struct range own =
        thread->is_stranger ? strangers_stack(thread) : own_stack(thread);
    if (own.low == 0)
        return (struct range){0, 0};
    own.low = gc__first_touched(own);
    if (!gc__is_readable(own))
        own.low = readable_start(own.high, own.low);
    return own;
}

/* --------------------------------------------------------- somebody's stack */

/* The collector's own memory is no part of anybody's stack, though the kernel
 * may have made it one mapping with a stack. */
static uintptr_t end_before(uintptr_t low, uintptr_t high, struct range wall)
{
    return low < wall.low && wall.low < high ? wall.low : high;
}

static uintptr_t end_before_walls(const struct heap *heap, uintptr_t low,
                                  uintptr_t high)
{
    const struct roots *roots = &heap->roots;
    high = end_before(low, high, roots->own);
    high = end_before(low, high, heap->stack);
    high = end_before(low, high, heap->marker.stack_memory);
    if (roots->list != NULL)
        high = end_before(low, high, roots->list->memory);
    if (roots->spare != NULL)
        high = end_before(low, high, roots->spare->memory);
    return high;
}

static bool mappings_are_told(void)
{
    struct mapping mapping;
    return gc__mapping_of((uintptr_t)&mapping, &mapping);
}

/* Nothing is probed without need: below a stack that grows, a probe may make it
 * grow. */
static uintptr_t end_around(const struct heap *heap, uintptr_t low)
{
    const struct heap_map *map = &heap->variable.map;
    struct cell cell;
    struct mapping mapping;
    uintptr_t most = low + smaller(MOST_FOREIGN_BYTES, UINTPTR_MAX - low);
    if (heap_map_find(map, low, &cell))
        return cell_address(map, cell) + cell_bytes(map, cell);
    if (!gc__mapping_of(low, &mapping))
        return mappings_are_told() ? low : readable_end(low, most);
    return mapping.is_readable ? smaller(mapping.range.high, most) : low;
}

/* Up to where a stack may reach that nobody has told us of. */
static uintptr_t foreign_end(const struct heap *heap, uintptr_t low)
{
    return end_before_walls(heap, low, end_around(heap, low));
}

/* -------------------------------------------------------- registered stacks */

static bool is_on(const struct gc_stack *stack, uintptr_t stack_pointer)
{
    return range_contains(stack->memory, stack_pointer);
}

static struct gc_stack *find(const struct stacks *stacks,
                             uintptr_t stack_pointer)
{
    for (size_t i = 0; i < stacks->records.count; i++)
        if (is_on(record_at(stacks, i), stack_pointer))
            return record_at(stacks, i);
    return NULL;
}

enum where { ON_OWN, ON_REGISTERED, ON_FOREIGN };

struct position {
    enum where where;
    struct gc_stack *stack; /* ON_REGISTERED: which */
};

/* Looks where it is most likely.  The one that a switch was announced to comes
 * first: it may lie in a frame of the thread's own stack. */
static bool find_at_once(const struct thread *thread, uintptr_t stack_pointer,
                         struct position *position)
{
    *position = (struct position){ON_REGISTERED, thread->coroutine};
    if (thread->coroutine != NULL && is_on(thread->coroutine, stack_pointer))
        return true;
    *position = (struct position){ON_OWN, NULL};
    return range_contains(own_stack(thread), stack_pointer);
}

/* In a stop, or with the heap's lock held by the thread itself. */
static struct position find_position(const struct stacks *stacks,
                                     struct thread *thread,
                                     uintptr_t stack_pointer)
{
    struct position position;
    if (find_at_once(thread, stack_pointer, &position))
        return position;
    struct gc_stack *stack = find(stacks, stack_pointer);
    if (stack != NULL)
        return (struct position){ON_REGISTERED, stack};
    bool is_own = is_on_own_stack(thread, stack_pointer);
    return (struct position){is_own ? ON_OWN : ON_FOREIGN, NULL};
}

/* ---------------------------------------------------------------- switching */

/* Other threads may be registering stacks. */
static struct position find_own_position(struct heap *heap,
                                         struct thread *thread,
                                         uintptr_t stack_pointer)
{
    struct position position;
    if (find_at_once(thread, stack_pointer, &position))
        return position;
    if (heap_is_held_by(heap, thread))
        return (struct position){ON_FOREIGN, NULL};
    heap_lock(heap, thread);
    position = find_position(&heap->stacks, thread, stack_pointer);
    heap_unlock(heap);
    return position;
}

static void leave(struct stack_left *left, uintptr_t low, const uintptr_t *kept)
{
    left->at = larger(low, (uintptr_t)(kept + KEPT_REGISTERS) - SWITCH_BYTES);
    memcpy(left->kept, kept, sizeof left->kept);
}

/* A stop may come anywhere in here.  The stack pointer still lies in the stack
 * that is being left, so what is noted of that one is not looked at yet; and
 * the other one is scanned from where it was left, or else all of it. */
void gc__stacks_switch(struct heap *heap, struct thread *thread,
                       struct gc_stack *to, const uintptr_t *kept)
{
    struct position from =
        find_own_position(heap, thread, (uintptr_t)(kept + KEPT_REGISTERS));
    if (from.where == ON_OWN)
        leave(&thread->own_left, thread->stack_low, kept);
    if (from.where == ON_REGISTERED) {
        leave(&from.stack->left, from.stack->memory.low, kept);
        from.stack->state = STACK_LEFT;
    }
    if (to != NULL)
        to->state = STACK_ENTERED;
    thread->coroutine = to;
}

/* ----------------------------------------------------------------- visiting */

struct walk {
    const struct heap *heap;
    gc__stack_visitor *visit;
    void *context;
};

/* What AddressSanitizer keeps elsewhere of the functions on a stack. */
static bool show_fake_frames(const struct walk *walk,
                             const struct stack_part *part)
{
    uintptr_t fake_stack = part->thread == NULL ? 0 : part->thread->fake_stack;
    struct window window = window_over(part->words, WORD_BYTES);
    struct stack_part frame = *part;
    uintptr_t address, word;
    while (fake_stack != 0 && window_next(&window, &address, &word))
        if (gc__fake_frame_at(fake_stack, word, &frame.words) &&
            !walk->visit(&frame, walk->context))
            return false;
    return true;
}

static bool show_words(const struct walk *walk, struct stack_part part,
                       uintptr_t low, uintptr_t high)
{
    part.words = (struct range){low, high};
    return low >= high ||
           (walk->visit(&part, walk->context) && show_fake_frames(walk, &part));
}

/* True if the section's end in this part of a stack is where the thread is active
 * in it. */
static bool is_active_between(const struct section *section, uintptr_t low,
                              uintptr_t high)
{
    return low <= section->active_high &&
           section->active_high <= section->low && section->low < high;
}

/* What a thread uses of the stack that it runs on, without what was pushed in its
 * blocking sections. */
static bool show_used(const struct walk *walk, const struct thread *thread,
                      uintptr_t low, uintptr_t high)
{
    struct stack_part part = {.thread = thread};
    for (size_t i = thread->sections.count; i-- > 0;) {
        const struct section *section = section_at(thread, i);
        if (!is_active_between(section, low, high))
            continue;
        if (!show_words(walk, part, low, section->active_high))
            return false;
        low = section->low;
    }
    return show_words(walk, part, low, high);
}

static bool show_kept(const struct walk *walk, struct stack_part part,
                      const struct stack_left *left)
{
    uintptr_t low = (uintptr_t)left->kept;
    part.is_kept_registers = true;
    return left->at == 0 ||
           show_words(walk, part, low, low + sizeof left->kept);
}

/* The thread's own stack, while it runs on another one. */
static bool show_own(const struct walk *walk, struct thread *thread,
                     enum where where)
{
    const struct stack_left *left = &thread->own_left;
    struct stack_part part = {.thread = thread};
    struct range used = {left->at, thread->stack_base};
    if (where == ON_FOREIGN || left->at == 0)
        used = own_in_use(thread);
    return show_words(walk, part, used.low, used.high) &&
           show_kept(walk, part, left);
}

/* One that has never called us is taken to be on its own stack if libc's record
 * of it lies above. */
static bool show_stranger(const struct walk *walk, struct thread *thread)
{
    struct stack_part part = {.thread = thread};
    uintptr_t low = thread_stack_pointer(thread);
    uintptr_t high = foreign_end(walk->heap, low);
    bool is_own = range_contains((struct range){low, high}, thread->self);
    uintptr_t end_of_own = smaller(high, thread->self + PAGE_BYTES);
    return show_words(walk, part, low, is_own ? end_of_own : high) &&
           (is_own || show_own(walk, thread, ON_FOREIGN));
}

/* Where the program says that the stack ends on which the thread runs; 0 if it has
 * not said so, or it is the thread's own. */
static uintptr_t told_bottom(const struct walk *walk,
                             const struct thread *thread)
{
    char *const *main_bottom = walk->heap->hooks->main_stack_bottom;
    uintptr_t told = thread->told_bottom;
    if (main_bottom != NULL && (unsigned)thread->task == walk->heap->process)
        told = (uintptr_t)*main_bottom;
    bool is_own = told <= thread->stack_base &&
                  (told > thread->stack_low || thread->stack_grows) &&
                  thread->stack_base - told <= MOST_FOREIGN_BYTES;
    return is_own ? 0 : told;
}

static bool is_one_mapping(uintptr_t low, uintptr_t high)
{
    struct mapping mapping;
    return low < high && gc__mapping_of(low, &mapping) && mapping.is_readable &&
           high <= mapping.range.high;
}

static bool show_member(const struct walk *walk, struct thread *thread)
{
    uintptr_t low = thread_stack_pointer(thread);
    uintptr_t told = told_bottom(walk, thread);
    if (told != 0 && is_one_mapping(low, told))
        return show_used(walk, thread, low, told);
    struct position at = find_position(&walk->heap->stacks, thread, low);
    switch (at.where) {
    case ON_OWN:
        return show_used(walk, thread, low, thread->stack_base);
    case ON_REGISTERED:
        at.stack->runner = thread;
        return show_used(walk, thread, low, at.stack->memory.high) &&
               show_own(walk, thread, at.where);
    case ON_FOREIGN:
        return show_used(walk, thread, low, foreign_end(walk->heap, low)) &&
               show_own(walk, thread, at.where);
    }
    return true;
}

/* A registered stack on which no stack pointer was found. */
static bool show_left(const struct walk *walk, const struct gc_stack *stack)
{
    struct stack_part part = {.stack = stack};
    uintptr_t low = stack->state == STACK_LEFT
                        ? stack->left.at
                        : gc__first_touched(stack->memory);
    return show_words(walk, part, low, stack->memory.high) &&
           show_kept(walk, part, &stack->left);
}

static bool show_all_running(const struct walk *walk)
{
    struct thread *thread = walk->heap->world.threads;
    for (; thread != NULL; thread = thread->next)
        if (!(thread->is_stranger ? show_stranger : show_member)(walk, thread))
            return false;
    return true;
}

static bool is_left(const struct gc_stack *stack)
{
    return range_size(stack->memory) > 0 && stack->state != STACK_FRESH &&
           stack->runner == NULL;
}

bool gc__stacks_visit(const struct heap *heap, gc__stack_visitor *visit,
                      void *context)
{
    const struct stacks *stacks = &heap->stacks;
    struct walk walk = {heap, visit, context};
    for (size_t i = 0; i < stacks->records.count; i++)
        record_at(stacks, i)->runner = NULL;
    if (!show_all_running(&walk))
        return false;
    for (size_t i = 0; i < stacks->records.count; i++)
        if (is_left(record_at(stacks, i)) &&
            !show_left(&walk, record_at(stacks, i)))
            return false;
    return true;
}
