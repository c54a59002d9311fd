/* SPDX-License-Identifier: MIT */
/* What cord.h, cord_pos.h and ec.h of bdwgc 8.2.2 declare. */

typedef const char *CORD;
typedef char (*CORD_fn)(size_t, void *);
typedef int (*CORD_iter_fn)(char, void *);
typedef int (*CORD_batched_iter_fn)(const char *, void *);

/* cord.h */
extern void (*CORD_oom_fn)(void);
CORD CORD_cat(CORD, CORD);
CORD CORD_cat_char_star(CORD, const char *, size_t);
size_t CORD_len(CORD);
CORD CORD_from_fn(CORD_fn, void *, size_t);
CORD CORD_substr(CORD, size_t, size_t);
CORD CORD_balance(CORD);
int CORD_iter5(CORD, size_t, CORD_iter_fn, CORD_batched_iter_fn, void *);
int(CORD_iter)(CORD, CORD_iter_fn, void *);
int CORD_riter4(CORD, size_t, CORD_iter_fn, void *);
int CORD_riter(CORD, CORD_iter_fn, void *);
void CORD_dump(CORD);
CORD CORD_cat_char(CORD, char);
CORD CORD_catn(int, ...);
char CORD_fetch(CORD, size_t);
int CORD_cmp(CORD, CORD);
int CORD_ncmp(CORD, size_t, CORD, size_t, size_t);
size_t CORD_str(CORD, size_t, CORD);
CORD CORD_chars(char, size_t);
CORD CORD_from_file(FILE *);
CORD CORD_from_file_eager(FILE *);
CORD CORD_from_file_lazy(FILE *);
char *CORD_to_char_star(CORD);
CORD CORD_from_char_star(const char *);
const char *CORD_to_const_char_star(CORD);
int CORD_put(CORD, FILE *);
size_t CORD_chr(CORD, size_t, int);
size_t CORD_rchr(CORD, size_t, int);

/* cord.h, printing */
int CORD_sprintf(CORD *, CORD, ...);
int CORD_vsprintf(CORD *, CORD, va_list);
int CORD_fprintf(FILE *, CORD, ...);
int CORD_vfprintf(FILE *, CORD, va_list);
int CORD_printf(CORD, ...);
int CORD_vprintf(CORD, va_list);

/* cord_pos.h */
CORD(CORD_pos_to_cord)(CORD_pos);
size_t(CORD_pos_to_index)(CORD_pos);
char(CORD_pos_fetch)(CORD_pos);
void CORD_set_pos(CORD_pos, CORD, size_t);
void(CORD_next)(CORD_pos);
void(CORD_prev)(CORD_pos);
int(CORD_pos_valid)(CORD_pos);
char CORD__pos_fetch(CORD_pos);
void CORD__next(CORD_pos);
void CORD__prev(CORD_pos);

/* ec.h */
void CORD_ec_flush_buf(CORD_ec);
void CORD_ec_append_cord(CORD_ec, CORD);
