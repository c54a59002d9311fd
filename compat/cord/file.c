/* SPDX-License-Identifier: MIT */
/* Cords of files, and those that are written character by character.
 *
 * A file that is read as it is needed is a function, whose data has the pieces that
 * were read last.  Threads may ask for different ones at once; they take the lock
 * of the FILE. */
#include <gc/cord.h>
#include <gc/ec.h>
#include <gc/gc.h>
#include <stdio.h>

#include "compat/cord/node.h"

enum {
    EAGER_BYTES = 128 * 1024, /* up to which CORD_from_file() reads at once */
    READ_BYTES = 8 * 1024,    /* that it reads at a time, then */
    PIECE_BYTES = 1024,
    PIECES = 16
};

struct lazy_file {
    FILE *file;
    char *pieces;           /* PIECES of them */
    size_t numbers[PIECES]; /* which one lies in each place */
    bool is_known[PIECES];  /* whether there is one */
};

static void close_file(void *lazy, void *data)
{
    (void)data;
    fclose(((struct lazy_file *)lazy)->file);
}

/* Called with the lock of the file. */
static const char *piece_of(struct lazy_file *lazy, size_t number)
{
    size_t place = number % PIECES;
    char *piece = lazy->pieces + place * PIECE_BYTES;
    if (lazy->is_known[place] && lazy->numbers[place] == number)
        return piece;
    lazy->is_known[place] = false;
    if (fseek(lazy->file, (long)(number * PIECE_BYTES), SEEK_SET) != 0 ||
        fread(piece, 1, PIECE_BYTES, lazy->file) == 0)
        gc__cord_fail("a file that is a cord cannot be read");
    lazy->numbers[place] = number;
    lazy->is_known[place] = true;
    return piece;
}

static char character_of(size_t i, void *data)
{
    struct lazy_file *lazy = data;
    flockfile(lazy->file);
    char c = piece_of(lazy, i / PIECE_BYTES)[i % PIECE_BYTES];
    funlockfile(lazy->file);
    return c;
}

static CORD from_file_lazy(FILE *f, size_t bytes)
{
    if (bytes == 0) {
        fclose(f);
        return CORD_EMPTY;
    }
    struct lazy_file *lazy = gc__cord_allocate(sizeof *lazy);
    lazy->file = f;
    lazy->pieces = gc__cord_allocate_chars(PIECES * PIECE_BYTES);
    GC_register_finalizer(lazy, close_file, NULL, NULL, NULL);
    return CORD_from_fn(character_of, lazy, bytes);
}

/* -1 if it has none, as a pipe. */
static long bytes_of(FILE *f)
{
    return fseek(f, 0, SEEK_END) == 0 ? ftell(f) : -1;
}

CORD CORD_from_file_eager(FILE *f)
{
    char bytes[READ_BYTES];
    struct part all = {CORD_EMPTY, 0};
    for (size_t count; (count = fread(bytes, 1, sizeof bytes, f)) > 0;)
        all = gc__cord_append(
            all, (struct part){gc__cord_of_bytes(bytes, count), count});
    fclose(f);
    return CORD_balance(all.cord);
}

CORD CORD_from_file_lazy(FILE *f)
{
    long bytes = bytes_of(f);
    return bytes < 0 ? CORD_from_file_eager(f)
                     : from_file_lazy(f, (size_t)bytes);
}

CORD CORD_from_file(FILE *f)
{
    long bytes = bytes_of(f);
    if (bytes > EAGER_BYTES)
        return from_file_lazy(f, (size_t)bytes);
    rewind(f);
    return CORD_from_file_eager(f);
}

/* -- Extensible cords */

void CORD_ec_flush_buf(CORD_ec x)
{
    size_t count = (size_t)(x[0].ec_bufptr - x[0].ec_buf);
    x[0].ec_bufptr = x[0].ec_buf;
    x[0].ec_cord =
        CORD_cat(x[0].ec_cord, gc__cord_of_bytes(x[0].ec_buf, count));
}

void CORD_ec_append_cord(CORD_ec x, CORD s)
{
    CORD_ec_flush_buf(x);
    x[0].ec_cord = CORD_cat(x[0].ec_cord, s);
}
