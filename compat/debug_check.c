/* SPDX-License-Identifier: MIT */
/* What is said about objects at a collection: those that were overrun, and those
 * that nobody has freed.  It is said while the world stands still, by functions that
 * need neither memory nor locks. */
#include <stdlib.h>

#include "compat/debug.h"
#include "compat/kinds.h"
#include "compat/libgc.h"
#include "gc/api/private.h"

/* More would not be read. */
enum { MOST_LISTED = 40 };

enum { DESCRIPTION_BYTES = 40 }; /* GC_TYPE_DESCR_LEN in the header */

/* Of objects that are to be told of, for one question about each. */
struct list {
    bool (*is_fine)(const struct gc_object_header *object);
    size_t count;
    struct gc_object_header listed[MOST_LISTED];
};

static bool look(const struct gc_object_header *object, void *context)
{
    struct list *list = context;
    if (!list->is_fine(object) && list->count++ < MOST_LISTED)
        list->listed[list->count - 1] = *object;
    return true;
}

static void say_how_many_are_left(const struct list *list)
{
    if (list->count > MOST_LISTED)
        GC_err_printf("and %zu more\n", list->count - MOST_LISTED);
}

/* ------------------------------------------------------------------- overruns */

static bool is_whole(const struct gc_object_header *object)
{
    const struct debug_header *header =
        gc__compat_debug_header(object->base, object->bytes);
    return header == NULL || gc__compat_debug_smashed(header) == NULL;
}

static void say_smashed(const struct gc_object_header *object)
{
    const struct debug_header *header =
        gc__compat_debug_header(object->base, object->bytes);
    GC_err_printf(" %p in or near object at ",
                  (const void *)gc__compat_debug_smashed(header));
    gc__compat_debug_print(header,
                           gc__compat_debug_is_freed(header) ? "freed" : "");
}

void gc__compat_debug_check(void)
{
    struct list smashed = {.is_fine = is_whole};
    if (AO_load_acquire(&gc__compat_has_debug) == 0)
        return;
    gc__show_objects(look, &smashed);
    if (smashed.count == 0)
        return;
    GC_err_printf("GC_check_heap_block: found %zu smashed heap objects:\n",
                  smashed.count);
    for (size_t i = 0; i < smashed.count && i < MOST_LISTED; i++)
        say_smashed(&smashed.listed[i]);
    say_how_many_are_left(&smashed);
}

/* ---------------------------------------------------------------------- leaks */

/* It is referred to, or the program has freed it. */
static bool is_no_leak(const struct gc_object_header *object)
{
    const struct debug_header *header =
        gc__compat_debug_header(object->base, object->bytes);
    return object->marked ||
           (header != NULL && gc__compat_debug_is_freed(header));
}

static const char *name_of(int kind)
{
    static const char *const names[] = {
        [COMPAT_ATOMIC] = "PTRFREE",
        [COMPAT_SCANNED] = "NORMAL",
        [COMPAT_UNCOLLECTABLE] = "UNCOLLECTABLE",
        [COMPAT_ATOMIC_UNCOLLECTABLE] = "ATOMIC_UNCOLLECTABLE",
    };
    return kind >= 0 && kind < FIRST_CUSTOM_KIND ? names[kind] : "custom";
}

/* What the program's function for the kind says, if it has set one. */
static const char *describe(int kind, void *object, char *text)
{
    text[0] = '\0';
    gc__compat_describe(kind, object, text);
    text[DESCRIPTION_BYTES] = '\0';
    return text[0] != '\0' ? text : name_of(kind);
}

static void say_leaked(const struct gc_object_header *object)
{
    char text[DESCRIPTION_BYTES + 1];
    const struct debug_header *header =
        gc__compat_debug_header(object->base, object->bytes);
    const char *kind =
        describe(gc__compat_number_of((enum kind)object->kind),
                 header != NULL ? debug_bytes(header) : object->base, text);
    if (header != NULL)
        gc__compat_debug_print(header, kind);
    else
        GC_err_printf("%p (sz= %zu, %s)\n", object->base, object->bytes, kind);
}

void gc__compat_report_leaks(void)
{
    struct list leaked = {.is_fine = is_no_leak};
    if (!GC_find_leak)
        return;
    gc__show_objects(look, &leaked);
    if (leaked.count == 0)
        return;
    GC_err_printf("Found %zu leaked objects:\n", leaked.count);
    for (size_t i = 0; i < leaked.count && i < MOST_LISTED; i++)
        say_leaked(&leaked.listed[i]);
    say_how_many_are_left(&leaked);
    if (getenv("GC_ABORT_ON_LEAK") != NULL)
        gc__compat_abort("There are leaks");
}

void gc__compat_prepare_leaks(void)
{
    if (GC_find_leak)
        atexit(GC_gcollect);
}

void GC_set_find_leak(int is_on)
{
    GC_find_leak = is_on;
}

int GC_get_find_leak(void)
{
    return GC_find_leak;
}
