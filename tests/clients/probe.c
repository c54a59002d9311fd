/* SPDX-License-Identifier: MIT */
/* Behaviour probe for a bdwgc-compatible libgc.so.1 (public API only).
 * gcc -O1 -g -DGC_THREADS -o probe probe.c -lgc -lpthread -ldl
 * LD_LIBRARY_PATH=<dir> ./probe 1      (all_interior_pointers = 1, the Debian default)
 * LD_LIBRARY_PATH=<dir> ./probe 0      (all_interior_pointers = 0, as guile/ecl/nix/neko use it)
 * Compare the output with probe.debian-8.2.2.{1,0}.txt
 */
#define GC_NO_THREAD_REDIRECTS
#include <gc/gc.h>
#include <gc/gc_mark.h>
#include <gc/gc_typed.h>
#include <gc/gc_inline.h>
#include <gc/gc_gcj.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdint.h>
#include <unistd.h>
#include <sys/wait.h>
#include <malloc.h>
#define NI __attribute__((noinline))
static int fin[64];
static void finfn(void *o, void *cd) { fin[(intptr_t)cd]++; (void)o; }
static NI void clobber(void) { volatile char b[8192]; memset((void *)b, 0, sizeof b); }
static void collect(void) { int i; for (i = 0; i < 3; i++) { clobber(); GC_gcollect(); GC_invoke_finalizers(); } }
static void **roots;              /* GC_malloc_uncollectable array: a heap (not stack) root */
#define R(e) printf("%-58s %ld\n", #e, (long)(e))
static NI void put(int slot, size_t sz, long off, int id, int how) {
  char *p = how == 1 ? GC_malloc_atomic(sz) : how == 2 ? GC_malloc_ignore_off_page(sz) : GC_malloc(sz);
  GC_register_finalizer_no_order(p, finfn, (void *)(intptr_t)id, 0, 0);
  if (off != -1) memcpy((char *)roots + slot, &(char *){p + off}, 8);
  p = 0;
}
/* many objects, to be robust against stray stack copies: report how many of N died */
static int died(size_t sz, long off, int how) {
  int i, n = 40; memset(fin, 0, sizeof fin); memset(roots, 0, 4096);
  for (i = 0; i < n; i++) put(i * 8, sz, off, 1, how);
  collect(); n = fin[1]; memset(roots, 0, 4096); collect(); return n;
}
static int died_unaligned(void) { int i; memset(fin, 0, sizeof fin); memset(roots, 0, 4096);
  for (i = 0; i < 40; i++) put(i * 16 + 3, 64, 0, 1, 0); collect(); i = fin[1]; memset(roots, 0, 4096); collect(); return i; }
static NI int stack_interior(void) { volatile uintptr_t keep[20]; int i, r; memset(fin, 0, sizeof fin);
  for (i = 0; i < 20; i++) { char *p = GC_malloc(100); GC_register_finalizer_no_order(p, finfn, (void *)1, 0, 0); keep[i] = (uintptr_t)(p + 40); p = 0; }
  collect(); r = fin[1]; for (i = 0; i < 20; i++) keep[i] = 0; collect(); return r; }
static __thread void *volatile tls_ptr[8];
static NI void tls_put(int id) { int i; for (i = 0; i < 8; i++) { void *p = GC_malloc(100); GC_register_finalizer_no_order(p, finfn, (void *)(intptr_t)id, 0, 0); tls_ptr[i] = p; } clobber(); }
static pthread_barrier_t bar;
static void *thr_gc(void *a) { tls_put(2); clobber(); pthread_barrier_wait(&bar); pthread_barrier_wait(&bar); return a; }
static void *thr_reg(void *a) { struct GC_stack_base sb; int r, r2; GC_get_stack_base(&sb); r = GC_register_my_thread(&sb); r2 = GC_register_my_thread(&sb);
  printf("register_my_thread first=%d second=%d is_registered=%d\n", r, r2, GC_thread_is_registered()); tls_put(3); clobber();
  pthread_barrier_wait(&bar); pthread_barrier_wait(&bar); int was = GC_thread_is_registered();
  printf("unregister=%d is_registered=%d\n", GC_unregister_my_thread(), was); return a; }
static int notified; static void notifier(void) { notified++; }
static int started; static pthread_t starter; static void startcb(void) { started++; starter = pthread_self(); }
static void *oom(size_t n) { (void)n; return (void *)0x1234; }
static void warn(char *m, GC_word a) { (void)m; (void)a; }
struct node { struct node *next; void *pad; };
/* 10 instances of each shape are built in a thread that then exits, so no stale stack copies remain; per collection
   how many of the finalizers for a, b, c ran (none / all, with majority for conservatism) is printed */
static const char *bk(int n, int of) { static char b[4][16]; static int k; if (n * 10 < of * 5) return "none"; if (n * 10 > of * 5) return "all"; k = (k + 1) & 3; sprintf(b[k], "%d/%d", n, of); return b[k]; }
static int ord[4]; static void ordfn(void *o, void *cd) { (void)o; ord[(intptr_t)cd]++; }
typedef void (*regfn)(void *, GC_finalization_proc, void *, GC_finalization_proc *, void **);
static regfn regs[4] = {GC_register_finalizer, GC_register_finalizer_no_order, GC_register_finalizer_ignore_self, GC_register_finalizer_unreachable};
static NI void mkone(int mode) { struct node *a = GC_malloc(sizeof *a), *b = GC_malloc(sizeof *b), *c = GC_malloc(sizeof *c);
  regfn ra, rb, rc; int m = mode & 7, shape = mode >> 3; ra = rb = rc = regs[m & 3];
  a->next = b; b->next = c;
  if (shape == 1) c->next = c;            /* self cycle */
  if (shape == 2) { b->next = a; c->next = 0; } /* a<->b, c alone */
  if (shape == 3) { ra = GC_register_finalizer_no_order; rb = rc = GC_register_finalizer_unreachable; }
  ra(a, ordfn, (void *)1, 0, 0); rb(b, ordfn, (void *)2, 0, 0); rc(c, ordfn, (void *)3, 0, 0); }
static void *mkthread(void *m) { int i; for (i = 0; i < 10; i++) mkone((int)(intptr_t)m); clobber(); return 0; }
static void mkchain(int mode) { pthread_t t; GC_pthread_create(&t, 0, mkthread, (void *)(intptr_t)mode); GC_pthread_join(t, 0); }
static void go(const char *name, int n) { int i; clobber(); printf("%-44s", name);
  for (i = 0; i < n; i++) { memset(ord, 0, sizeof ord); clobber(); GC_gcollect(); GC_invoke_finalizers(); printf(" gc%d: %s,%s,%s", i + 1, bk(ord[1], 10), bk(ord[2], 10), bk(ord[3], 10)); } puts(""); }
static NI void mklinks(void **w, void **l) { int i; for (i = 0; i < 10; i++) { void *p = GC_malloc(48); w[i] = (void *)GC_HIDE_POINTER(p); l[i] = (void *)GC_HIDE_POINTER(p);
  if (i == 0) { R(GC_general_register_disappearing_link(&w[i], p)); R(GC_general_register_disappearing_link(&w[i], p)); R(GC_register_long_link(&l[i], p)); R(GC_move_disappearing_link(&w[i], &w[i])); R(GC_move_disappearing_link(&w[i], &w[200])); R(GC_move_disappearing_link(&w[i], &w[201])); R(GC_move_disappearing_link(&w[200], &w[i])); R(GC_unregister_disappearing_link(&w[300])); R(GC_general_register_disappearing_link(&w[302],&i)); R(GC_unregister_disappearing_link(&w[302])); }
  else { GC_general_register_disappearing_link(&w[i], p); GC_register_long_link(&l[i], p); }
  GC_register_finalizer_no_order(p, finfn, (void *)5, 0, 0); } }
static int zeroed(const char *p, size_t n) { while (n--) if (*p++) return 0; return 1; }
int main(int argc, char **argv) {
  int all = argc > 1 ? atoi(argv[1]) : 1, i; size_t s; struct GC_stack_base sb;
  setvbuf(stdout, 0, _IONBF, 0);
  printf("# before GC_INIT\n");
  R(GC_is_init_called()); R(GC_get_all_interior_pointers()); R(GC_get_heap_size());
  GC_set_all_interior_pointers(all); GC_set_finalize_on_demand(1);
  GC_INIT();
  printf("# defaults\n"); printf("version %x\n", GC_get_version());
  R(GC_is_init_called()); R(GC_get_gc_no()); R(GC_get_heap_size()); R(GC_get_all_interior_pointers()); R(GC_get_java_finalization()); R(GC_get_find_leak());
  R(GC_get_free_space_divisor()); R(GC_get_full_freq()); R(GC_get_max_retries()); R(GC_get_time_limit()); R(GC_get_dont_expand()); R(GC_get_dont_precollect()); R(GC_get_no_dls()); R(GC_get_parallel());
  R(GC_get_rate()); R(GC_get_max_prior_attempts()); R(GC_get_min_bytes_allocd()); R(GC_get_allocd_bytes_per_finalizer()); R(GC_get_pages_executable()); R(GC_get_force_unmap_on_gcollect()); R(GC_get_disable_automatic_collection()); R(GC_get_manual_vdb_allowed()); R(GC_is_incremental_mode()); R(GC_is_disabled());
  R(GC_get_suspend_signal()); R(GC_get_thr_restart_signal()); R(GC_get_debug_header_size()); R(GC_debug_header_size); R(GC_incremental_protection_needs());
  R(GC_thread_is_registered()); R(GC_get_on_collection_event() != 0); R(GC_get_start_callback() != 0); R(GC_get_oom_fn() != 0); R(GC_get_push_other_roots() != 0); R(GC_get_finalizer_notifier() != 0); R(GC_get_stop_func() != 0);
  R(GC_gcj_kind); R(GC_gcj_debug_kind);
  roots = GC_malloc_uncollectable(4096);
  printf("# sizes: request -> GC_size(GC_malloc) / GC_size(GC_malloc_atomic) / GC_size(GC_malloc_uncollectable)\n");
  { static const size_t q[] = {0, 1, 8, 15, 16, 17, 24, 31, 32, 33, 48, 100, 255, 256, 500, 1000, 1024, 2047, 2048, 2049, 4095, 4096, 4097, 10000, 100000};
    for (i = 0; i < (int)(sizeof q / sizeof *q); i++) printf("  %6zu -> %zu / %zu / %zu\n", q[i], GC_size(GC_malloc(q[i])), GC_size(GC_malloc_atomic(q[i])), GC_size(GC_malloc_uncollectable(q[i]))); }
  printf("# alignment\n"); { unsigned long al = 0; for (s = 0; s < 6000; s += 7) al |= (unsigned long)GC_malloc(s) | (unsigned long)GC_malloc_atomic(s) | (unsigned long)GC_malloc_uncollectable(s); R(al & 15); }
  R((unsigned long)GC_memalign(64, 100) & 63); R((unsigned long)GC_memalign(4096, 10) & 4095); { void *pm = 0; R(GC_posix_memalign(&pm, 3, 10)); R(GC_posix_memalign(&pm, 4, 10)); R(GC_posix_memalign(&pm, 32, 10)); R(GC_posix_memalign(&pm, 8192, 10)); }
  printf("# zeroing\n");
  { int bad = 0, badu = 0, badr = 0; for (int r = 0; r < 20; r++) for (s = 1; s < 9000; s = s * 3 / 2 + 1) {
      char *p = GC_malloc(s); if (!zeroed(p, s)) bad++; memset(p, 0xAA, s); if (r & 1) GC_free(p);
      p = GC_malloc_uncollectable(s); if (!zeroed(p, s)) badu++; memset(p, 0xAA, s); GC_free(p);
      p = GC_malloc(s); memset(p, 0x11, s); p = GC_realloc(p, s * 2 + 100); if (!zeroed(p + s, s + 100)) badr++; memset(p, 0xBB, s * 2 + 100); GC_free(p); }
    R(bad); R(badu); R(badr); }
  { char *p = GC_malloc(100); memset(p, 1, 100); char *q = GC_realloc(p, 60); R(p == q); printf("  after shrink in place, bytes 60..99 zero: %d\n", zeroed(q + 60, 40)); q = GC_realloc(q, 20); R(p == q); R(GC_realloc(q, 0) == 0); R(GC_realloc(0, 10) != 0); R(GC_get_kind_and_size(GC_realloc(GC_malloc_atomic(10), 1000), 0)); R(GC_get_kind_and_size(GC_realloc(GC_malloc_uncollectable(10), 1000), 0)); }
  { void *l; int n = 0, bad = 0; for (l = GC_malloc_many(24); l; l = GC_NEXT(l)) { n++; if (!zeroed((char *)l + 8, 16)) bad++; } printf("malloc_many(24): n=%d nonzero=%d\n", n, bad); l = 0; n = bad = 0; size_t osz = 0; GC_generic_malloc_many(32, GC_I_NORMAL, &l); for (; l; l = GC_NEXT(l)) { osz = GC_size(l); n++; if (!zeroed((char *)l + 8, 24)) bad++; } printf("generic_malloc_many(32,NORMAL): n=%d nonzero=%d size=%zu\n", n, bad, osz);
    n = 0; GC_generic_malloc_many(16, GC_I_PTRFREE, &l); for (; l; l = GC_NEXT(l)) n++; printf("generic_malloc_many(16,PTRFREE): n=%d\n", n); GC_generic_malloc_many(4096, GC_I_NORMAL, &l); printf("generic_malloc_many(4096,NORMAL): next==0 %d\n", GC_NEXT(l) == 0); }
  printf("# kinds\n"); R(GC_get_kind_and_size(GC_malloc(1), 0)); R(GC_get_kind_and_size(GC_malloc_atomic(1), 0)); R(GC_get_kind_and_size(GC_malloc_uncollectable(1), 0)); R(GC_get_kind_and_size(GC_malloc_atomic_uncollectable(1), 0)); R(GC_new_kind(GC_new_free_list(), 0, 1, 1)); R(GC_new_proc((GC_mark_proc)0));
  printf("# descriptors\n"); { GC_word bm[2] = {5, 0}; printf("make_descriptor({1,0,1},3)=%lx\n", GC_make_descriptor(bm, 3)); bm[0] = 7; printf("make_descriptor({1,1,1},3)=%lx\n", GC_make_descriptor(bm, 3)); bm[0] = 0; printf("make_descriptor({0,0},2)=%lx\n", GC_make_descriptor(bm, 2)); bm[0] = 2; bm[1] = 2; GC_descr d = GC_make_descriptor(bm, 100); printf("make_descriptor(2 words) tag=%lx\n", d & GC_DS_TAGS); R(GC_size(GC_malloc_explicitly_typed(32, d))); R(GC_size(GC_malloc_explicitly_typed(24, d))); }
  printf("# GC_base / GC_is_heap_ptr\n"); { char *p = GC_malloc(100), *big = GC_malloc(20000); R(GC_base(p) == p); R(GC_base(p + 1) == p); R(GC_base(p + 99) == p); R(GC_base(p + GC_size(p) - 1) == p); R(GC_base(big + 19999) == big); R(GC_base(big + 4096) == big); R(GC_base(0) == 0); R(GC_base(&all) == 0); R(GC_base(&roots) == 0); R(GC_base((void *)~0UL) == 0); R(GC_is_heap_ptr(p)); R(GC_is_heap_ptr(p + 50)); R(GC_is_heap_ptr(&all)); R(GC_is_heap_ptr(0)); R(GC_is_heap_ptr(malloc(10)));
    R((char *)GC_least_plausible_heap_addr <= p); R((char *)GC_greatest_plausible_heap_addr > p); R(GC_is_visible(&roots) == (void *)&roots); R(GC_same_obj(p + 5, p) == p + 5); R(GC_is_valid_displacement(p) == p); }
  printf("# reachability from the heap: of 40 objects referenced only as stated, how many died\n");
  R(died(64, -1, 0)); R(died(64, 0, 0)); R(died(64, 1, 0)); R(died(64, 8, 0)); R(died(64, 63, 0)); R(died(64, 64, 0)); R(died(48, 48, 0)); R(died(20000, 8, 0)); R(died(20000, 5000, 0)); R(died(20000, 20000, 0)); R(died(20000, 5000, 2)); R(died(64, 0, 1)); R(died_unaligned());
  GC_register_displacement(8); printf("after GC_register_displacement(8): "); R(died(64, 8, 0)); R(died(64, 16, 0));
  printf("# interior pointers on the stack (20 objects, offset 40): died\n"); R(stack_interior());
  printf("# finalization order\n");
  mkchain(0); go("ordered chain a->b->c", 4); mkchain(1); go("no_order chain a->b->c", 3); mkchain(2); go("ignore_self chain a->b->c", 4); mkchain(3); go("unreachable chain a->b->c", 4);
  mkchain(3 << 3); go("no_order a -> unreachable b -> unreachable c", 4);
  GC_set_warn_proc(warn); mkchain(1 << 3); go("ordered chain, c->c", 4); mkchain(2 | 1 << 3); go("ignore_self chain, c->c", 4); mkchain(2 << 3); go("ordered a<->b, c", 3); mkchain(2 | 2 << 3); go("ignore_self a<->b, c", 3); mkchain(1 | 2 << 3); go("no_order a<->b, c", 3);
  { GC_finalization_proc of = ordfn; void *od = (void *)9; char *p = GC_malloc(10); GC_register_finalizer(p, ordfn, (void *)7, &of, &od); R(of == 0 && od == 0); GC_register_finalizer_no_order(p, finfn, (void *)6, &of, &od); R(of == ordfn && od == (void *)7); GC_register_finalizer(p, 0, 0, &of, &od); R(of == finfn && od == (void *)6); of = ordfn; GC_register_finalizer(&all, finfn, 0, &of, &od); R(of == 0); }
  printf("# links\n"); { void **w = malloc(4096), **l = malloc(4096); memset(w, 0, 4096); memset(l, 0, 4096); memset(fin, 0, sizeof fin); mklinks(w, l); clobber(); GC_gcollect(); int a = 0, b = 0; for (i = 1; i < 10; i++) { a += w[i] == 0; b += l[i] == 0; } printf("after gc 1: short cleared %s, long cleared %s, should_invoke=%d\n", bk(a, 9), bk(b, 9), GC_should_invoke_finalizers()); i = GC_invoke_finalizers(); printf("invoke_finalizers -> %s\n", bk(i, 10)); clobber(); GC_gcollect(); a = b = 0; for (i = 1; i < 10; i++) { a += w[i] == 0; b += l[i] == 0; } printf("after gc 2: short cleared %s, long cleared %s\n", bk(a, 9), bk(b, 9)); }
  printf("# notifier / start callback\n"); { GC_set_finalizer_notifier(notifier); GC_set_start_callback(startcb); for (i = 0; i < 20; i++) put(0, 16, -1, 1, 0); clobber(); GC_gcollect(); R(started); R(pthread_equal(starter, pthread_self()) != 0); R(notified); R(GC_should_invoke_finalizers() != 0);  GC_invoke_finalizers(); GC_set_start_callback(0); GC_set_finalizer_notifier(0); }
  printf("# disable\n"); { GC_word g = GC_get_gc_no(); GC_disable(); GC_disable(); R(GC_is_disabled()); GC_gcollect(); R(GC_get_gc_no() - g); GC_enable(); R(GC_is_disabled()); GC_enable(); GC_gcollect(); R(GC_get_gc_no() - g); }
  printf("# oom\n"); { GC_set_oom_fn(oom); GC_set_max_heap_size(64 << 20); R((long)GC_malloc(256 << 20)); R((long)GC_malloc_atomic((size_t)-1)); GC_set_max_heap_size(0); }
  printf("# stack base\n"); { R(GC_get_stack_base(&sb)); struct GC_stack_base m; void *h = GC_get_my_stackbottom(&m); R(h != 0); printf("main: get_stack_base==my_stackbottom %d, above &local %d, GC_stackbottom same %d\n", sb.mem_base == m.mem_base, (char *)sb.mem_base > (char *)&sb, (char *)m.mem_base == GC_stackbottom); }
  printf("# TLS: of 8 objects referenced only from __thread variables, died\n"); collect(); memset(fin, 0, sizeof fin); tls_put(1); collect(); printf("main thread: %s\n", bk(fin[1], 8));
  { pthread_t t; pthread_barrier_init(&bar, 0, 2); GC_pthread_create(&t, 0, thr_gc, 0); pthread_barrier_wait(&bar); collect(); printf("GC_pthread_create thread: %s\n", bk(fin[2], 8)); pthread_barrier_wait(&bar); GC_pthread_join(t, 0);
    GC_allow_register_threads(); pthread_create(&t, 0, thr_reg, 0); pthread_barrier_wait(&bar); collect(); printf("GC_get_stack_base+GC_register_my_thread thread: %s\n", bk(fin[3], 8)); pthread_barrier_wait(&bar); pthread_join(t, 0); }
  printf("# fork\n"); { pid_t c = fork(); if (c == 0) { int k; for (k = 0; k < 200000; k++) GC_malloc(64); GC_gcollect(); _exit(GC_get_gc_no() > 5 ? 0 : 1); } int st; waitpid(c, &st, 0); printf("child exit %d\n", st); }
  R(GC_get_parallel());
  { struct GC_prof_stats_s ps; R(GC_get_prof_stats(&ps, sizeof ps)); R(GC_get_prof_stats(&ps, 16)); R(ps.heapsize_full == GC_get_heap_size() + GC_get_unmapped_bytes()); char big[200]; memset(big, 0, 200); R(GC_get_prof_stats((void *)big, 200)); R(*(long *)(big + 192)); }
  R(GC_get_size_map_at(16)); R(GC_get_size_map_at(100)); R(GC_get_size_map_at(100000));
  return 0;
}
