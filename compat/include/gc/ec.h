/* SPDX-License-Identifier: MIT */
#ifndef EC_H
#define EC_H

/* Extensible cords: a cord that is being written, character by character.
 *
 *     CORD_ec x;
 *     CORD_ec_init(x);
 *     while ((c = getchar()) != EOF)
 *         CORD_ec_append(x, c);
 *     return CORD_ec_to_cord(x); */

#include "cord.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef CORD_BUFSZ
#define CORD_BUFSZ 128
#endif

/* The cord, and behind it what is in the buffer, up to ec_bufptr. */
typedef struct CORD_ec_struct {
    CORD ec_cord;
    char *ec_bufptr;
    char ec_buf[CORD_BUFSZ + 1];
} CORD_ec[1];

/* Appends the buffer to the cord. */
CORD_API void CORD_ec_flush_buf(CORD_ec x);
/* Appends a cord, which stays shared. */
CORD_API void CORD_ec_append_cord(CORD_ec x, CORD s);

#define CORD_ec_init(x) \
    ((x)[0].ec_cord = CORD_EMPTY, (void)((x)[0].ec_bufptr = (x)[0].ec_buf))

/* Appends a character, which is not NUL. */
#define CORD_ec_append(x, c)                                               \
    ((x)[0].ec_bufptr - (x)[0].ec_buf == CORD_BUFSZ ? CORD_ec_flush_buf(x) \
                                                    : (void)0,             \
     (void)(*(x)[0].ec_bufptr++ = (c)))

#define CORD_ec_to_cord(x) (CORD_ec_flush_buf(x), (x)[0].ec_cord)

#ifdef __cplusplus
}
#endif

#endif
