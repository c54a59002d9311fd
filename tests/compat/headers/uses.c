/* SPDX-License-Identifier: MIT */
/* A program that uses every macro of the headers, as old C had it: it shall
 * compile without a warning. */
#include <gc.h>

#include <gc/cord.h>
#include <gc/ec.h>
#include <gc/gc_backptr.h>
#include <gc/gc_disclaim.h>
#include <gc/gc_gcj.h>
#include <gc/gc_inline.h>
#include <gc/gc_mark.h>
#include <gc/gc_typed.h>
#include <gc/javaxfc.h>

/* Twice is once. */
#include <gc/gc.h>
#include <gc/gc_mark.h>

struct node {
    struct node *next;
    long count;
};

extern void *allocate(size_t bytes);
extern void *allocate_inline(int what);
extern void *allocate_typed(void);
extern void use(void *object, void *link);
extern void step(int **place);
extern struct GC_ms_entry *mark(GC_word *object, struct GC_ms_entry *stack,
                                struct GC_ms_entry *limit, GC_word environment);
extern int count_characters(CORD x);
extern CORD spell(const char *letters);

static void finalize(void *object, void *data)
{
    (void)object;
    (void)data;
}

void *allocate(size_t bytes)
{
    struct node *node = GC_NEW(struct node);
    node->next = GC_NEW_UNCOLLECTABLE(struct node);
    GC_FREE(node->next);
    node->next = (struct node *)GC_MALLOC_STUBBORN(sizeof *node);
    if (GC_NEW_ATOMIC(int) == 0 || GC_NEW_STUBBORN(int) == 0)
        return GC_MALLOC_UNCOLLECTABLE(bytes);
    if (GC_STRDUP("some") == 0 || GC_STRNDUP("some", 2) == 0)
        return GC_MALLOC_ATOMIC_UNCOLLECTABLE(bytes);
    if (GC_MALLOC_IGNORE_OFF_PAGE(bytes) == 0)
        return GC_MALLOC_ATOMIC_IGNORE_OFF_PAGE(bytes);
    GC_NEXT(node) = GC_MALLOC_ATOMIC(bytes);
    return GC_REALLOC(GC_MALLOC(bytes), 2 * bytes);
}

static void *lists[GC_TINY_FREELISTS], *atomic_lists[GC_TINY_FREELISTS];

void *allocate_inline(int what)
{
    void *object = 0;
    switch (what) {
    case 0:
        GC_MALLOC_WORDS(object, 3, lists);
        break;
    case 1:
        GC_MALLOC_ATOMIC_WORDS(object, 30, atomic_lists);
        break;
    case 2:
        GC_FAST_MALLOC_GRANS(object, (size_t)2, lists, 100, GC_I_NORMAL,
                             GC_MALLOC(32), (void)0);
        break;
    default:
        GC_CONS(object, 0, object, lists);
    }
    return object;
}

void *allocate_typed(void)
{
    GC_word bitmap[GC_BITMAP_SIZE(struct node)];
    GC_descr descr;
    bitmap[0] = 0;
    GC_set_bit(bitmap, GC_WORD_OFFSET(struct node, next));
    if (GC_get_bit(bitmap, GC_WORD_OFFSET(struct node, count)))
        return 0;
    descr = GC_make_descriptor(bitmap, GC_WORD_LEN(struct node));
    if (GC_MALLOC_EXPLICITLY_TYPED(sizeof(struct node), descr) != 0)
        return GC_GENERIC_OR_SPECIAL_MALLOC(16, GC_I_NORMAL);
    return GC_CALLOC_EXPLICITLY_TYPED(3, sizeof(struct node), descr);
}

void use(void *object, void *link)
{
    GC_hidden_pointer hidden = GC_HIDE_POINTER(object);
    GC_finalization_proc before;
    void *data;
    GC_REGISTER_FINALIZER(object, finalize, 0, &before, &data);
    GC_REGISTER_FINALIZER_IGNORE_SELF(object, finalize, 0, &before, &data);
    GC_REGISTER_FINALIZER_NO_ORDER(object, finalize, 0, &before, &data);
    GC_REGISTER_FINALIZER_UNREACHABLE(object, finalize, 0, &before, &data);
    GC_REGISTER_DISPLACEMENT(8);
    (void)GC_GENERAL_REGISTER_DISAPPEARING_LINK((void **)link, object);
    (void)GC_REGISTER_LONG_LINK((void **)link, object);
    GC_PTR_STORE(link, object);
    GC_PTR_STORE_AND_DIRTY(link, object);
    GC_END_STUBBORN_CHANGE(link);
    GC_reachable_here(GC_REVEAL_POINTER(hidden));
    GC_alloc_lock();
    GC_alloc_unlock();
    if (GC_GCJ_MALLOC(16, 0) == 0)
        GC_set_oom_fn(GC_get_oom_fn());
    if (GC_GCJ_MALLOC_IGNORE_OFF_PAGE(16, 0) == GC_USR_PTR_FROM_BASE(object))
        GC_gcollect();
}

void step(int **place)
{
    int *at = GC_PTR_ADD(*place, 1);
    (void)GC_PRE_INCR(at, -1);
    (void)GC_POST_INCR(at);
    (void)GC_POST_DECR(at);
    *place = at;
}

struct GC_ms_entry *mark(GC_word *object, struct GC_ms_entry *stack,
                         struct GC_ms_entry *limit, GC_word environment)
{
    (void)GC_MAKE_PROC(8, environment);
    return GC_MARK_AND_PUSH((void *)*object, stack, limit, (void **)object);
}

int count_characters(CORD x)
{
    CORD_pos pos;
    int count = 0;
    CORD_FOR(pos, x)
    {
        count += CORD_pos_fetch(pos) != '\0';
        if (CORD_pos_chars_left(pos) > 3 && *CORD_pos_cur_char_addr(pos) == 'a')
            CORD_pos_advance(pos, 2);
    }
    CORD_set_pos(pos, x, 0);
    CORD_prev(pos);
    return CORD_pos_valid(pos) || CORD_pos_to_index(pos) != 0 ||
                   CORD_pos_to_cord(pos) != x
               ? -1
               : count;
}

CORD spell(const char *letters)
{
    CORD_ec x;
    CORD_ec_init(x);
    while (*letters != '\0')
        CORD_ec_append(x, *letters++);
    CORD_ec_append_cord(x, CORD_nul(3));
    return CORD_ec_to_cord(x);
}

int main(void)
{
    GC_INIT();
    return GC_get_version() == 0;
}
