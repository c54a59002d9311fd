/* SPDX-License-Identifier: MIT */
/* What programs that were compiled with bdwgc's headers have in them: values,
 * sizes, places of fields, and results of macros. */

#define IS(what, value) _Static_assert((what) == (value), #what)

/* Version and results */
IS(GC_VERSION_MAJOR, 8);
IS(GC_VERSION_MINOR, 2);
IS(GC_VERSION_MICRO, 2);
IS(GC_SUCCESS, 0);
IS(GC_DUPLICATE, 1);
IS(GC_NO_MEMORY, 2);
IS(GC_NO_THREADS, 2);
IS(GC_UNIMPLEMENTED, 3);
IS(GC_NOT_FOUND, 4);
IS(GC_TIME_UNLIMITED, 999999);
IS(GC_PROTECTS_NONE, 0);
IS(GC_PROTECTS_POINTER_HEAP, 1);
IS(GC_PROTECTS_PTRFREE_HEAP, 2);
IS(GC_PROTECTS_STATIC_DATA, 4);
IS(GC_PROTECTS_STACK, 8);

/* Enumerations */
IS(GC_EVENT_START, 0);
IS(GC_EVENT_MARK_START, 1);
IS(GC_EVENT_MARK_END, 2);
IS(GC_EVENT_RECLAIM_START, 3);
IS(GC_EVENT_RECLAIM_END, 4);
IS(GC_EVENT_END, 5);
IS(GC_EVENT_PRE_STOP_WORLD, 6);
IS(GC_EVENT_POST_STOP_WORLD, 7);
IS(GC_EVENT_PRE_START_WORLD, 8);
IS(GC_EVENT_POST_START_WORLD, 9);
IS(GC_EVENT_THREAD_SUSPENDED, 10);
IS(GC_EVENT_THREAD_UNSUSPENDED, 11);
IS(GC_TOGGLE_REF_DROP, 0);
IS(GC_TOGGLE_REF_STRONG, 1);
IS(GC_TOGGLE_REF_WEAK, 2);
IS(GC_UNREFERENCED, 0);
IS(GC_NO_SPACE, 1);
IS(GC_REFD_FROM_ROOT, 2);
IS(GC_REFD_FROM_REG, 3);
IS(GC_REFD_FROM_HEAP, 4);
IS(GC_FINALIZER_REFD, 5);

/* Layouts */
IS(sizeof(struct GC_stack_base), 8);
IS(sizeof(struct GC_timeval_s), 16);
IS(offsetof(struct GC_timeval_s, tv_nsec), 8);
IS(sizeof(struct GC_finalizer_closure), 16);
IS(offsetof(struct GC_finalizer_closure, cd), 8);
IS(sizeof(struct GC_prof_stats_s), 96);
IS(offsetof(struct GC_prof_stats_s, heapsize_full), 0);
IS(offsetof(struct GC_prof_stats_s, free_bytes_full), 8);
IS(offsetof(struct GC_prof_stats_s, unmapped_bytes), 16);
IS(offsetof(struct GC_prof_stats_s, bytes_allocd_since_gc), 24);
IS(offsetof(struct GC_prof_stats_s, allocd_bytes_before_gc), 32);
IS(offsetof(struct GC_prof_stats_s, non_gc_bytes), 40);
IS(offsetof(struct GC_prof_stats_s, gc_no), 48);
IS(offsetof(struct GC_prof_stats_s, markers_m1), 56);
IS(offsetof(struct GC_prof_stats_s, bytes_reclaimed_since_gc), 64);
IS(offsetof(struct GC_prof_stats_s, reclaimed_bytes_before_gc), 72);
IS(offsetof(struct GC_prof_stats_s, expl_freed_bytes_since_gc), 80);
IS(offsetof(struct GC_prof_stats_s, obtained_from_os_bytes), 88);

/* Kinds, lists, descriptors */
IS(GC_I_PTRFREE, 0);
IS(GC_I_NORMAL, 1);
IS(GC_GRANULE_BYTES, 16);
IS(GC_GRANULE_WORDS, 2);
IS(GC_TINY_FREELISTS, 25);
IS(GC_RAW_BYTES_FROM_INDEX(3), 48);
IS(GC_WORDS_TO_GRANULES(5), 2);
IS(GC_WORDS_TO_WHOLE_GRANULES(5), 3);
IS(GC_PROC_BYTES, 100);
IS(GC_LOG_MAX_MARK_PROCS, 6);
IS(GC_MAX_MARK_PROCS, 64);
IS(GC_RESERVED_MARK_PROCS, 8);
IS(GC_GCJ_RESERVED_MARK_PROC_INDEX, 0);
IS(GC_DS_TAG_BITS, 2);
IS(GC_DS_TAGS, 3);
IS(GC_DS_LENGTH, 0);
IS(GC_DS_BITMAP, 1);
IS(GC_DS_PROC, 2);
IS(GC_DS_PER_OBJECT, 3);
IS(GC_INDIR_PER_OBJ_BIAS, 16);
IS(GC_MAKE_PROC(9, 5), (((5 << 6) | 9) << 2) | 2);
IS(GC_TYPE_DESCR_LEN, 40);
IS(GC_WORDSZ, 64);
struct of_three_words {
    void *first;
    long second;
    void *third;
};
IS(GC_WORD_OFFSET(struct of_three_words, third), 2);
IS(GC_WORD_LEN(struct of_three_words), 3);
IS(GC_BITMAP_SIZE(struct of_three_words), 1);

/* Hidden pointers are the complement. */
IS(sizeof(GC_HIDE_POINTER(0)), 8);
IS(GC_HIDE_POINTER(0), -1UL);

/* Cords */
IS(CORD_POS_INVALID, 0x55555555);
IS(MAX_DEPTH, 48);
IS(FUNCTION_BUF_SZ, 8);
IS(CORD_BUFSZ, 128);
IS(CORD_NOT_FOUND, (size_t)-1);
IS(sizeof(CORD_pos), 832);
IS(offsetof(struct CORD_Pos, path_len), 8);
IS(offsetof(struct CORD_Pos, cur_leaf), 16);
IS(offsetof(struct CORD_Pos, cur_start), 24);
IS(offsetof(struct CORD_Pos, cur_end), 32);
IS(offsetof(struct CORD_Pos, path), 40);
IS(sizeof(struct CORD_pe), 16);
IS(offsetof(struct CORD_Pos, function_buf), 824);
IS(sizeof(CORD_ec), 152);
IS(offsetof(struct CORD_ec_struct, ec_bufptr), 8);
IS(offsetof(struct CORD_ec_struct, ec_buf), 16);
