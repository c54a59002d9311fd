/* SPDX-License-Identifier: MIT */
/* Disappearing links: the core's weak links, short and long. */

#include "compat/libgc.h"
#include "include/tidemark.h"

static int add(void **link, const void *object, enum gc_link_kind kind)
{
    prepare();
    switch (gc_link_add(link, object, kind)) {
    case TIDEMARK_LINK_EXISTS:
        return GC_DUPLICATE;
    case TIDEMARK_LINK_NO_MEMORY:
        return GC_NO_MEMORY;
    case TIDEMARK_LINK_MISALIGNED:
        gc__compat_abort("A disappearing link must be aligned");
    default: /* about no object: it never disappears */
        return GC_SUCCESS;
    }
}

static int move(void **link, void **to, enum gc_link_kind kind)
{
    prepare();
    switch (gc_link_move(link, to, kind)) {
    case TIDEMARK_LINK_DONE:
        return GC_SUCCESS;
    case TIDEMARK_LINK_EXISTS:
        return GC_DUPLICATE;
    case TIDEMARK_LINK_MISALIGNED:
        gc__compat_abort("A disappearing link must be aligned");
    default:
        return GC_NOT_FOUND;
    }
}

/* The object is the one that the link lies in. */
int GC_register_disappearing_link(void **link)
{
    void *object = GC_base(link);
    if (object == NULL)
        gc__compat_abort("A disappearing link must lie in an object");
    return add(link, object, TIDEMARK_SHORT_LINK);
}

int GC_general_register_disappearing_link(void **link, const void *object)
{
    return add(link, object, TIDEMARK_SHORT_LINK);
}

int GC_unregister_disappearing_link(void **link)
{
    return gc_link_remove(link, TIDEMARK_SHORT_LINK);
}

int GC_move_disappearing_link(void **link, void **to)
{
    return move(link, to, TIDEMARK_SHORT_LINK);
}

int GC_register_long_link(void **link, const void *object)
{
    return add(link, object, TIDEMARK_LONG_LINK);
}

int GC_unregister_long_link(void **link)
{
    return gc_link_remove(link, TIDEMARK_LONG_LINK);
}

int GC_move_long_link(void **link, void **to)
{
    return move(link, to, TIDEMARK_LONG_LINK);
}
