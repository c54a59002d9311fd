/* SPDX-License-Identifier: MIT */
#ifndef CORD_H
#define CORD_H

/* Cords: strings that are never changed, made of each other.
 *
 * A C string that is not empty is a cord.  So is what these functions return: a
 * tree whose leaves are strings, and functions that give the n-th character.  To
 * concatenate two cords, or to cut one out of another, takes a time and a memory
 * that hardly depend on their lengths, and both still exist afterwards.  The
 * empty cord is NULL.
 *
 * Positions count from 0.  A character may be NUL.  What has no memory calls
 * CORD_oom_fn, and ends the program if that returns.
 *
 * Threads: two of them may use the same cord, but not the same position. */

#include <stddef.h>
#include <stdio.h>

#if !defined(CORD_API) && defined(CORD_BUILD) && defined(__GNUC__)
#define CORD_API extern __attribute__((__visibility__("default")))
#endif
#ifndef CORD_API
#define CORD_API extern
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef const char *CORD;

#define CORD_EMPTY 0

/* Whether a cord that is not empty is a C string. */
#define CORD_IS_STRING(cord) (*(cord) != '\0')

/* Called when there is no memory; must not return. */
CORD_API void (*CORD_oom_fn)(void);

/* -- Making cords.  Strings become part of the cord, and must not be changed
 * later, unless it says that they are copied. */

/* Both, or n of them, one behind the other. */
CORD_API CORD CORD_cat(CORD x, CORD y);
CORD_API CORD CORD_catn(int n, ...);
/* The same for a string whose length is known, and for one character. */
CORD_API CORD CORD_cat_char_star(CORD x, const char *y, size_t leny);
CORD_API CORD CORD_cat_char(CORD x, char c);

/* The n characters from the i-th on, or as many as there are. */
CORD_API CORD CORD_substr(CORD x, size_t i, size_t n);

/* A copy of a string. */
CORD_API CORD CORD_from_char_star(const char *s);

/* The cord whose i-th character is fn(i, client_data), always the same one. */
typedef char (*CORD_fn)(size_t i, void *client_data);
CORD_API CORD CORD_from_fn(CORD_fn fn, void *client_data, size_t len);

/* So many times the same character; and NUL. */
CORD_API CORD CORD_chars(char c, size_t i);
#define CORD_nul(i) CORD_chars('\0', (i))

/* The rest of a file, from its beginning if that is not read at once.  The file
 * belongs to the cord from then on, must not change, and is closed in time.  A
 * short file is read at once (eager), a long one in pieces as they are needed
 * (lazy). */
CORD_API CORD CORD_from_file(FILE *f);
CORD_API CORD CORD_from_file_eager(FILE *f);
CORD_API CORD CORD_from_file_lazy(FILE *f);

/* The same cord, in a tree that is as flat as its length allows.  The others do
 * that by themselves, when a cord becomes too deep. */
CORD_API CORD CORD_balance(CORD x);

/* -- Asking */

CORD_API size_t CORD_len(CORD x);

/* The i-th character, which there must be.  For more than one, take a position. */
CORD_API char CORD_fetch(CORD x, size_t i);

/* Less than 0, 0, or more, as strcmp(); and of at most len characters from those
 * positions on. */
CORD_API int CORD_cmp(CORD x, CORD y);
CORD_API int CORD_ncmp(CORD x, size_t x_start, CORD y, size_t y_start,
                       size_t len);

/* Where s is found first, from a position on; and a character, and the last one
 * up to a position.  Or CORD_NOT_FOUND. */
#define CORD_NOT_FOUND ((size_t)(-1))
CORD_API size_t CORD_str(CORD x, size_t start, CORD s);
CORD_API size_t CORD_chr(CORD x, size_t i, int c);
CORD_API size_t CORD_rchr(CORD x, size_t i, int c);

/* As C string: a new one, and one that may be part of the cord. */
CORD_API char *CORD_to_char_star(CORD x);
CORD_API const char *CORD_to_const_char_star(CORD x);

/* Writes to a file: 1, or EOF if that failed. */
CORD_API int CORD_put(CORD x, FILE *f);

/* Prints the tree, for a person to read. */
CORD_API void CORD_dump(CORD x);

/* -- Calling a function with each character, from the i-th on to the end, or back
 * to the beginning.  Ends when that returns other than 0, and returns 1 then.
 * With f2, whole pieces may be given to that instead, each a C string. */

typedef int (*CORD_iter_fn)(char c, void *client_data);
typedef int (*CORD_batched_iter_fn)(const char *s, void *client_data);
#define CORD_NO_FN ((CORD_batched_iter_fn)0)

CORD_API int CORD_iter5(CORD x, size_t i, CORD_iter_fn f1,
                        CORD_batched_iter_fn f2, void *client_data);
CORD_API int CORD_iter(CORD x, CORD_iter_fn f1, void *client_data);
#define CORD_iter(x, f1, cd) CORD_iter5(x, 0, f1, CORD_NO_FN, cd)
CORD_API int CORD_riter4(CORD x, size_t i, CORD_iter_fn f1, void *client_data);
CORD_API int CORD_riter(CORD x, CORD_iter_fn f1, void *client_data);

#ifdef __cplusplus
}
#endif

/* -- Positions: a cord and a place in it.  A variable of type CORD_pos has some
 * hundred bytes, and is passed by reference.
 *
 *     CORD_set_pos(p, x, i)    at the i-th character
 *     CORD_pos_valid(p)        whether there is one
 *     CORD_pos_fetch(p)        which one
 *     CORD_next(p)             to the next one
 *     CORD_prev(p)             to the one before
 *     CORD_pos_to_index(p)     the number
 *     CORD_pos_to_cord(p)      the cord */

#include "cord_pos.h"

#define CORD_FOR(pos, cord) \
    for (CORD_set_pos(pos, cord, 0); CORD_pos_valid(pos); CORD_next(pos))

/* -- As printf() and others.  The format is a cord, %r is a cord that is treated
 * as %s is a string, and CORD_sprintf() makes a cord of the result, which shares
 * what the arguments for %r are made of.  They return the number of characters,
 * or -1. */

#ifndef CORD_NO_IO

#include <stdarg.h>

#ifdef __cplusplus
extern "C" {
#endif

CORD_API int CORD_sprintf(CORD *out, CORD format, ...);
CORD_API int CORD_vsprintf(CORD *out, CORD format, va_list args);
CORD_API int CORD_fprintf(FILE *f, CORD format, ...);
CORD_API int CORD_vfprintf(FILE *f, CORD format, va_list args);
CORD_API int CORD_printf(CORD format, ...);
CORD_API int CORD_vprintf(CORD format, va_list args);

#ifdef __cplusplus
}
#endif

#endif

#endif
