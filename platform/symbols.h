/* SPDX-License-Identifier: MIT */
#ifndef TIDEMARK_PLATFORM_SYMBOLS_H
#define TIDEMARK_PLATFORM_SYMBOLS_H

/* Names for addresses: which variable or function of which loaded file does an
 * address lie in?  For reports, where a name is worth a few thousand
 * instructions and a look into a file.
 *
 * Opens and reads files and takes the loader's lock: never while the world is
 * stopped, never in a signal handler.  Allocates nothing and prints nothing.
 * The files are read and not mapped, so that one that is truncated meanwhile
 * cannot raise SIGBUS. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SYMBOL_NAME_BYTES = 256, SYMBOL_MODULE_BYTES = 256 };

enum symbol_kind {
    SYMBOL_FUNCTION,
    SYMBOL_VARIABLE,
    SYMBOL_THREAD_LOCAL, /* a variable of the calling thread */
};

struct symbol {
    enum symbol_kind kind;
    uintptr_t start; /* start <= address < start + bytes */
    size_t bytes;
    /* Cut at the end where it is too long; control characters are "?". */
    char name[SYMBOL_NAME_BYTES];
    /* The file's path; cut at the start where it is too long. */
    char module[SYMBOL_MODULE_BYTES];
    /* The address as the module's file counts it, for addr2line and objdump.
     * In thread-local storage: from the start of the module's part. */
    uintptr_t file_address;
};

enum symbol_answer {
    SYMBOL_UNKNOWN,     /* in no loaded file: a stack, a heap; *symbol is
                         * unchanged */
    SYMBOL_MODULE_ONLY, /* in a file, but in nothing that it names: `name` is
                         * "", and kind, start and bytes are 0 */
    SYMBOL_FOUND,
};

enum symbol_answer gc__symbol_find(uintptr_t address, struct symbol *symbol);

/* The same in a file that need not be loaded, for an address as it counts
 * them.  Any file is welcome, be it damaged or no program at all.  Fills in
 * kind, start, bytes and name.
 *
 * Returns false, leaving *symbol alone, if the file cannot be read, is no ELF
 * file of this machine, or names nothing there. */
bool gc__symbol_find_in_file(const char *path, uintptr_t file_address,
                             bool is_thread_local, struct symbol *symbol);

#endif
