/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_TESTS_COMPAT_CHAINS_H
#define TIDEMARK_TESTS_COMPAT_CHAINS_H

/* Chains of objects with finalizers, of which it is counted which are called: through
 * the other library's interface alone. */

#include <check.h>
#include <gc/gc.h>
#include <stdbool.h>
#include <stdint.h>

enum { CHAINS = 1000, LINKS = 3, MOST = CHAINS / 20 };

struct link {
    struct link *next;
    unsigned place; /* in its chain */
};

static unsigned called[LINKS];

static void count(void *object, void *data)
{
    const struct link *link = object;
    ck_assert_ptr_eq(data, (void *)(uintptr_t)link->place);
    called[link->place]++;
}

typedef void registering(void *, GC_finalization_proc, void *,
                         GC_finalization_proc *, void **);

/* The first ones get another finalizer than the rest.  Without a collection in
 * between, which there would be under stress. */
__attribute__((noinline)) static void
drop_chains(registering *first, registering *rest, bool last_leads_to_itself)
{
    GC_disable();
    for (unsigned i = 0; i < CHAINS; i++) {
        struct link *next = NULL;
        for (unsigned place = LINKS; place-- > 0;) {
            struct link *link = GC_malloc(sizeof *link);
            link->next = next == NULL && last_leads_to_itself ? link : next;
            link->place = place;
            (place == 0 ? first : rest)(link, count, (void *)(uintptr_t)place,
                                        NULL, NULL);
            next = link;
        }
    }
    GC_enable();
}

/* Most of those of a place are called by a collection, or none. */
static void expect_called(unsigned first, unsigned second, unsigned third)
{
    unsigned wanted[] = {first, second, third};
    GC_gcollect();
    for (unsigned i = 0; i < LINKS; i++) {
        ck_assert_uint_le(called[i], wanted[i] * CHAINS);
        ck_assert_uint_ge(called[i] + MOST, wanted[i] * CHAINS);
    }
}

#endif
