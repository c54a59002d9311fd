/* SPDX-License-Identifier: MIT */
/* Finalizers of objects with debug headers.  The core calls a finalizer with the
 * start of an object, and the program wants to have its own pointer: so ours is
 * between them. */
#include "compat/debug.h"
#include "compat/libgc.h"

/* The program's finalizer.  It is the data of ours, and keeps alive what the
 * program's own data refers to. */
struct closure {
    GC_finalization_proc function;
    void *data;
};

typedef void registrar(void *, GC_finalization_proc, void *,
                       GC_finalization_proc *, void **);

static void run(void *base, void *data)
{
    const struct closure *closure = data;
    closure->function((char *)base + DEBUG_HEADER_BYTES, closure->data);
}

static struct closure *closure_of(GC_finalization_proc function, void *data)
{
    struct closure *closure = GC_malloc(sizeof *closure);
    if (closure != NULL)
        *closure = (struct closure){function, data};
    return closure;
}

static void give_old(struct closure old, GC_finalization_proc *function,
                     void **data)
{
    if (old.function == run)
        old = *(struct closure *)old.data;
    if (function != NULL)
        *function = old.function;
    if (data != NULL)
        *data = old.data;
}

static void replace(registrar *registers, void *object,
                    GC_finalization_proc function, void *data,
                    GC_finalization_proc *old_function, void **old_data)
{
    struct closure old = {NULL, NULL};
    char *base = GC_base(object);
    if (GC_find_leak)
        return;
    if (base != NULL && object != base + DEBUG_HEADER_BYTES)
        GC_err_printf("%p gets a finalizer, and is not the start of an object "
                      "with a debug header\n",
                      object);
    if (base != NULL && function != NULL) {
        struct closure *closure = closure_of(function, data);
        if (closure == NULL)
            return;
        registers(base, run, closure, &old.function, &old.data);
    } else if (base != NULL) {
        registers(base, NULL, NULL, &old.function, &old.data);
    }
    give_old(old, old_function, old_data);
}

void GC_debug_register_finalizer(void *object, GC_finalization_proc function,
                                 void *data, GC_finalization_proc *old_function,
                                 void **old_data)
{
    replace(GC_register_finalizer, object, function, data, old_function,
            old_data);
}

void GC_debug_register_finalizer_ignore_self(void *object,
                                             GC_finalization_proc function,
                                             void *data,
                                             GC_finalization_proc *old_function,
                                             void **old_data)
{
    replace(GC_register_finalizer_ignore_self, object, function, data,
            old_function, old_data);
}

void GC_debug_register_finalizer_no_order(void *object,
                                          GC_finalization_proc function,
                                          void *data,
                                          GC_finalization_proc *old_function,
                                          void **old_data)
{
    replace(GC_register_finalizer_no_order, object, function, data,
            old_function, old_data);
}

void GC_debug_register_finalizer_unreachable(void *object,
                                             GC_finalization_proc function,
                                             void *data,
                                             GC_finalization_proc *old_function,
                                             void **old_data)
{
    replace(GC_register_finalizer_unreachable, object, function, data,
            old_function, old_data);
}
