/* SPDX-License-Identifier: MIT */
/* Threads that register themselves, and their stacks.
 *
 * The core knows where each thread's stack lies, so what a program says of that is
 * only heeded where it is news: for a stack of the program's own making.  And it
 * knows of a thread from its first call on, registered or not; that call is as good
 * as registering, but that the thread may register afterwards still. */

#include "compat/threads.h"

#include "compat/libgc.h"
#include "gc/api/private.h"
#include "include/tidemark.h"

struct GC_stack_base {
    void *mem_base;
};

void gc__compat_prepare_threads(void)
{
    gc_set(TIDEMARK_STRANGERS, 0);
    gc__compat_prepare_signals();
    gc__compat_prepare_markers();
    gc__compat_prepare_wrappers();
    gc_register_thread();
    if (GC_stackbottom == NULL && getpid() == gettid())
        GC_stackbottom = gc__stack_end();
}

/* -------------------------------------------------------------- registration */

void GC_allow_register_threads(void)
{
    prepare();
    gc__compat_expect_threads();
}

int GC_register_my_thread(const struct GC_stack_base *base)
{
    prepare();
    if (gc__registrations() > 0)
        return GC_DUPLICATE;
    if (!gc_register_thread())
        return GC_NO_MEMORY;
    gc__tell_stack_bottom(NULL, base->mem_base);
    return GC_SUCCESS;
}

int GC_unregister_my_thread(void)
{
    prepare();
    if (gc__registrations() == 0)
        gc_register_thread(); /* it is known, then; else it is now */
    gc_unregister_thread();
    return GC_SUCCESS;
}

int GC_thread_is_registered(void)
{
    return gc__registrations() > 0;
}

/* -------------------------------------------------------------------- stacks */

int GC_get_stack_base(struct GC_stack_base *base)
{
    base->mem_base = gc__stack_end();
    return base->mem_base != NULL ? GC_SUCCESS : GC_UNIMPLEMENTED;
}

void *GC_call_with_stack_base(GC_stack_base_func function, void *argument)
{
    struct GC_stack_base base = {&base};
    void *result = function(&base, argument);
    __asm__ volatile("" : : "r"(&base) : "memory"); /* no tail call */
    return result;
}

void *GC_get_my_stackbottom(struct GC_stack_base *base)
{
    void *thread = NULL;
    prepare();
    base->mem_base = gc__stack_bottom(&thread);
    return thread;
}

void GC_set_stackbottom(void *thread, const struct GC_stack_base *base)
{
    if (gc__compat_was_prepared())
        gc__tell_stack_bottom(thread, base->mem_base);
    else
        GC_stackbottom = base->mem_base;
}

/* The normal one is known. */
void GC_register_altstack(void *normal, GC_word normal_bytes, void *alternate,
                          GC_word alternate_bytes)
{
    (void)normal;
    (void)normal_bytes;
    prepare();
    gc__set_signal_stack(alternate, alternate_bytes);
}

/* ------------------------------------------------------------------ blocking */

void *GC_do_blocking(GC_fn_type function, void *argument)
{
    prepare();
    return gc_call_blocking(function, argument);
}

void *GC_call_with_gc_active(GC_fn_type function, void *argument)
{
    prepare();
    return gc_call_active(function, argument);
}
