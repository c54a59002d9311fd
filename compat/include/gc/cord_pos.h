/* SPDX-License-Identifier: MIT */
/* Included by cord.h: what a position in a cord is.  Only the names that cord.h
 * speaks of are for programs. */
#if defined(CORD_H) && !defined(CORD_POSITION_H)
#define CORD_POSITION_H

#ifdef __cplusplus
extern "C" {
#endif

/* No cord is deeper. */
#define MAX_DEPTH 48

/* How many characters a function of the program is asked for at once. */
#define FUNCTION_BUF_SZ 8

/* The path_len of a position that is outside of its cord. */
#define CORD_POS_INVALID 0x55555555

struct CORD_pe {
    CORD pe_cord;
    size_t pe_start_pos; /* in the cord as a whole */
};

typedef struct CORD_Pos {
    size_t cur_pos;
    int path_len; /* of the leaf that cur_pos is in */
    /* The characters from cur_start up to cur_end, around cur_pos, if they lie in
     * memory; cur_end is 0 if not. */
    const char *cur_leaf;
    size_t cur_start;
    size_t cur_end;
    /* From the cord itself, path[0], down to that leaf. */
    struct CORD_pe path[MAX_DEPTH + 1];
    char function_buf[FUNCTION_BUF_SZ];
} CORD_pos[1];

CORD_API CORD CORD_pos_to_cord(CORD_pos p);
CORD_API size_t CORD_pos_to_index(CORD_pos p);
CORD_API int CORD_pos_valid(CORD_pos p);
CORD_API void CORD_set_pos(CORD_pos p, CORD x, size_t i);
CORD_API char CORD_pos_fetch(CORD_pos p);
CORD_API void CORD_next(CORD_pos p);
CORD_API void CORD_prev(CORD_pos p);

/* For the macros: what takes more than a few instructions. */
CORD_API char CORD__pos_fetch(CORD_pos);
CORD_API void CORD__next(CORD_pos);
CORD_API void CORD__prev(CORD_pos);

/* Macros of the same names; they may evaluate an argument twice. */
#define CORD_pos_to_cord(p)  ((p)[0].path[0].pe_cord)
#define CORD_pos_to_index(p) ((p)[0].cur_pos)
#define CORD_pos_valid(p)    ((p)[0].path_len != CORD_POS_INVALID)
#define CORD_pos_fetch(p)     \
    ((p)[0].cur_end == 0      \
         ? CORD__pos_fetch(p) \
         : *((p)[0].cur_leaf + ((p)[0].cur_pos - (p)[0].cur_start)))
#define CORD_next(p)                                      \
    ((p)[0].cur_end <= (p)[0].cur_pos + 1 ? CORD__next(p) \
                                          : (void)(p)[0].cur_pos++)
#define CORD_prev(p)                                           \
    ((p)[0].cur_end == 0 || (p)[0].cur_pos <= (p)[0].cur_start \
         ? CORD__prev(p)                                       \
         : (void)(p)[0].cur_pos--)

/* How many characters lie in memory from the position on, none if that is not
 * positive; a step over n of them, less than all; and where they lie. */
#define CORD_pos_chars_left(p) ((long)(p)[0].cur_end - (long)(p)[0].cur_pos)
#define CORD_pos_advance(p, n) ((p)[0].cur_pos += (n)-1, CORD_next(p))
#define CORD_pos_cur_char_addr(p) \
    ((p)[0].cur_leaf + ((p)[0].cur_pos - (p)[0].cur_start))

#ifdef __cplusplus
}
#endif

#endif
