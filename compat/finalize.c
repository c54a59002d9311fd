/* SPDX-License-Identifier: MIT */
/* Finalizers, which are the core's.  An object that was no order's is handled the
 * way that GC_java_finalization asks for, which is the only one. */

#include "compat/finalize.h"

#include <errno.h>

#include "compat/libgc.h"
#include "gc/api/private.h"
#include "include/tidemark.h"

static GC_await_finalize_proc await_finalize;

/* ------------------------------------------------------------------ setting */

static void give_old(const struct gc_finalization *old,
                     GC_finalization_proc *function, void **data)
{
    if (function != NULL)
        *function = old->run;
    if (data != NULL)
        *data = old->data;
}

/* What is no object has no finalizer, and gets none; nor does anything while a
 * program looks for leaks. */
static void replace(void *object, GC_finalization_proc function, void *data,
                    enum gc_order order, GC_finalization_proc *old_function,
                    void **old_data)
{
    struct gc_finalization now = {function, data, order};
    struct gc_finalization old = {NULL, NULL, order};
    prepare();
    if (GC_find_leak)
        return;
    if (!gc_replace_finalizer(object, &now, &old) && errno == ENOMEM)
        gc__compat_out_of_memory(sizeof now);
    give_old(&old, old_function, old_data);
}

void GC_register_finalizer(void *object, GC_finalization_proc function,
                           void *data, GC_finalization_proc *old_function,
                           void **old_data)
{
    replace(object, function, data, TIDEMARK_ORDERED, old_function, old_data);
}

void GC_register_finalizer_ignore_self(void *object,
                                       GC_finalization_proc function,
                                       void *data,
                                       GC_finalization_proc *old_function,
                                       void **old_data)
{
    replace(object, function, data, TIDEMARK_IGNORE_SELF, old_function,
            old_data);
}

void GC_register_finalizer_no_order(void *object, GC_finalization_proc function,
                                    void *data,
                                    GC_finalization_proc *old_function,
                                    void **old_data)
{
    replace(object, function, data, TIDEMARK_NO_ORDER, old_function, old_data);
}

void GC_register_finalizer_unreachable(void *object,
                                       GC_finalization_proc function,
                                       void *data,
                                       GC_finalization_proc *old_function,
                                       void **old_data)
{
    replace(object, function, data, TIDEMARK_UNREACHABLE, old_function,
            old_data);
}

/* ------------------------------------------------------------------ calling */

int GC_invoke_finalizers(void)
{
    return (int)gc_run_finalizers();
}

int GC_should_invoke_finalizers(void)
{
    return gc_ready_finalizers() > 0;
}

/* Those that are set meanwhile too. */
void GC_finalize_all(void)
{
    prepare();
    while (gc__ready_all_finalizers() > 0)
        gc_run_finalizers();
}

static void notify(void *context)
{
    (void)context;
    if (GC_finalizer_notifier != NULL)
        GC_finalizer_notifier();
}

static enum gc_finalizing finalizing(void)
{
    return GC_finalize_on_demand ? TIDEMARK_FINALIZE_ON_DEMAND
                                 : TIDEMARK_FINALIZE_SOON;
}

void gc__compat_apply_finalizing(void)
{
    gc_set_finalizing(finalizing(), notify, NULL);
}

void gc__compat_read_finalizing(void)
{
    gc__choose_finalizing(finalizing());
}

void GC_set_finalize_on_demand(int is_on)
{
    GC_finalize_on_demand = is_on;
    if (gc__compat_was_prepared())
        gc__compat_apply_finalizing();
}

int GC_get_finalize_on_demand(void)
{
    return GC_finalize_on_demand;
}

void GC_set_finalizer_notifier(GC_finalizer_notifier_proc function)
{
    GC_finalizer_notifier = function;
}

GC_finalizer_notifier_proc GC_get_finalizer_notifier(void)
{
    return GC_finalizer_notifier;
}

/* ------------------------------------------------------------------- settings */

void GC_set_java_finalization(int is_on)
{
    GC_java_finalization = is_on;
}

int GC_get_java_finalization(void)
{
    return GC_java_finalization;
}

void gc__compat_tell_ready(void *object)
{
    if (await_finalize != NULL)
        await_finalize(object);
}

void GC_set_await_finalize_proc(GC_await_finalize_proc function)
{
    await_finalize = function;
}

GC_await_finalize_proc GC_get_await_finalize_proc(void)
{
    return await_finalize;
}

void gc__compat_warn_of_cycles(void)
{
    void *object = gc__object_in_cycle();
    if (object != NULL)
        gc__compat_warn("GC Warning: Finalization cycle involving %p\n",
                        (GC_word)object);
}

void GC_dump_finalization(void)
{
    GC_printf("%zu finalizers are ready\n", gc_ready_finalizers());
}
