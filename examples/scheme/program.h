/* SPDX-License-Identifier: MIT */
#ifndef SCHEME_PROGRAM_H
#define SCHEME_PROGRAM_H

/* From text to what it does.  A program is read and compiled as a whole before
 * any of it runs: a malformed one does nothing. */

#include "machine.h"

/* Runs `text`.  `file` is its name in errors; NULL for the prelude.
 *
 * Returns: false if there was an error that nothing in it handled; it is in
 *          machine->raised. */
bool program_run(struct machine *machine, const char *file, const char *text,
                 size_t length);

#endif
