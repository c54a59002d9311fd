/* SPDX-License-Identifier: MIT */
/* Which interior pointers (offset 24) from static data, GC_push_all_eager and GC_push_all ranges keep objects alive; order of collection events.
 * gcc -w -O1 -o roots-probe roots-probe.c -lgc -lpthread; ./roots-probe 0; ./roots-probe 1
 * Debian 8.2.2: 0 -> static 40/40, eager 0/40, push_all 40/40 died;  1 -> all 0/40;  events 0 6 7 1 2 8 9 3 4 5 */
#define GC_THREADS
#include <gc/gc.h>
#include <gc/gc_mark.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int fin[8];
static void f(void *o, void *c)
{
    fin[(intptr_t)c]++;
}
static volatile uintptr_t stat_[40];
static uintptr_t *mall;
static uintptr_t *mall2;
static int ev[64], nev;
static void cb(GC_EventType e)
{
    if (nev < 64)
        ev[nev++] = e;
}
static GC_push_other_roots_proc old;
static void por(void)
{
    GC_push_all_eager(mall, mall + 40);
    GC_push_all(mall2, mall2 + 40);
    old();
}
static void *mk(void *a)
{
    int i;
    for (i = 0; i < 40; i++) {
        char *p = GC_malloc(100);
        GC_register_finalizer_no_order(p, f, (void *)1, 0, 0);
        stat_[i] = (uintptr_t)(p + 24);
        p = GC_malloc(100);
        GC_register_finalizer_no_order(p, f, (void *)2, 0, 0);
        mall[i] = (uintptr_t)(p + 24);
        p = GC_malloc(100);
        GC_register_finalizer_no_order(p, f, (void *)3, 0, 0);
        mall2[i] = (uintptr_t)(p + 24);
    }
    volatile char b[4096];
    memset((void *)b, 0, 4096);
    return 0;
}
int main(int c, char **v)
{
    GC_set_all_interior_pointers(atoi(v[1]));
    GC_set_finalize_on_demand(1);
    GC_INIT();
    mall = malloc(400);
    mall2 = malloc(400);
    memset(mall, 0, 400);
    memset(mall2, 0, 400);
    old = GC_get_push_other_roots();
    GC_set_push_other_roots(por);
    pthread_t t;
    pthread_create(&t, 0, mk, 0);
    pthread_join(t, 0);
    GC_gcollect();
    GC_invoke_finalizers();
    GC_gcollect();
    GC_invoke_finalizers();
    printf("all_int %s: interior ptrs died: static %d/40, push_all_eager "
           "%d/40, push_all %d/40\n",
           v[1], fin[1], fin[2], fin[3]);
    GC_set_on_collection_event(cb);
    GC_gcollect();
    int i;
    for (i = 0; i < nev; i++)
        printf("%d ", ev[i]);
    puts("");
    printf("%lx\n", stat_[0] ^ stat_[0]);
}
