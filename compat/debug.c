/* SPDX-License-Identifier: MIT */
/* Allocating and freeing with headers: see compat/debug.h. */
#include "compat/debug.h"

#include <string.h>

#include "compat/kinds.h"
#include "compat/libgc.h"

/* Numbers that nobody writes by chance; the header's own address is in them, so
 * that a copy of one is none. */
#define LIVE  UINT64_C(0x6d1b40f8a9c3e527)
#define FREED UINT64_C(0x93e4bf07563c1ad9)

enum {
    HEADER_GUARD = 0x5ac3e1,
    END_GUARD = 0xe5,  /* each byte of the word behind an object */
    FREED_BYTE = 0xd6, /* each byte of one that was freed */
};

static_assert(sizeof(struct debug_header) == DEBUG_HEADER_BYTES,
              "programs add it to the start of an object");

AO_t gc__compat_has_debug;

/* -------------------------------------------------------------------- headers */

/* Zeros up to the end of a word: there are programs that read so far. */
static size_t fill_bytes(size_t bytes)
{
    return round_up(bytes, WORD_BYTES) - bytes;
}

static size_t guard_bytes(size_t bytes)
{
    return fill_bytes(bytes) + DEBUG_GUARD_BYTES;
}

struct debug_header *gc__compat_debug_header(const void *base, size_t bytes)
{
    struct debug_header *header = (struct debug_header *)(uintptr_t)base;
    if (base == NULL || bytes < DEBUG_HEADER_BYTES + DEBUG_GUARD_BYTES)
        return NULL;
    AO_t identity = AO_load_acquire(&header->identity) ^ (AO_t)header;
    size_t most = bytes - DEBUG_HEADER_BYTES - DEBUG_GUARD_BYTES;
    bool is_one = (identity == LIVE || identity == FREED) &&
                  header->bytes <= most &&
                  guard_bytes(header->bytes) <=
                      bytes - DEBUG_HEADER_BYTES - header->bytes;
    return is_one ? header : NULL;
}

bool gc__compat_debug_is_freed(const struct debug_header *header)
{
    return (AO_load_acquire(&header->identity) ^ (AO_t)header) == FREED;
}

static const char *first_other(const char *bytes, size_t count, int expected)
{
    for (size_t i = 0; i < count; i++)
        if ((unsigned char)bytes[i] != expected)
            return bytes + i;
    return NULL;
}

static const char *smashed_behind(const struct debug_header *header)
{
    const char *end = debug_bytes(header) + header->bytes;
    size_t fill = fill_bytes(header->bytes);
    const char *smashed = first_other(end, fill, 0);
    return smashed != NULL
               ? smashed
               : first_other(end + fill, DEBUG_GUARD_BYTES, END_GUARD);
}

const char *gc__compat_debug_smashed(const struct debug_header *header)
{
    const char *smashed = NULL;
    if (header->guard != HEADER_GUARD)
        return (const char *)&header->guard;
    if (gc__compat_debug_is_freed(header))
        smashed = first_other(debug_bytes(header), header->bytes, FREED_BYTE);
    return smashed != NULL ? smashed : smashed_behind(header);
}

void gc__compat_debug_print(const struct debug_header *header, const char *kind)
{
    GC_err_printf("%p (%s:%u, sz= %zu%s%s)\n", (void *)debug_bytes(header),
                  header->file, header->line, header->bytes,
                  kind[0] == '\0' ? "" : ", ", kind);
}

/* The header of an object by the pointer that a program has; NULL after a word
 * about it.  `doing` is what is done. */
static struct debug_header *header_of(void *object, const char *doing)
{
    char *base = GC_base(object);
    struct debug_header *header =
        base == NULL ? NULL : gc__compat_debug_header(base, GC_size(base));
    if (header != NULL && object == debug_bytes(header))
        return header;
    GC_err_printf("%s: %p has no debug header\n", doing, object);
    return NULL;
}

/* ----------------------------------------------------------------- allocating */

/* Where inner pointers do not count, those behind a header have to. */
static void begin_debugging(void)
{
    if (AO_load_acquire(&gc__compat_has_debug) != 0)
        return;
    GC_register_displacement(DEBUG_HEADER_BYTES);
    AO_store_release(&gc__compat_has_debug, 1);
}

static size_t with_header(size_t bytes)
{
    begin_debugging();
    if (bytes > SIZE_MAX / 2)
        return SIZE_MAX;
    return DEBUG_HEADER_BYTES + bytes + guard_bytes(bytes);
}

static void *annotate(void *base, size_t bytes, const char *file, int line)
{
    struct debug_header *header = base;
    if (header == NULL)
        return NULL;
    header->file = file == NULL ? "?" : file;
    header->line = (unsigned)line;
    header->bytes = bytes;
    header->guard = HEADER_GUARD;
    char *end = debug_bytes(header) + bytes;
    memset(end, 0, fill_bytes(bytes));
    memset(end + fill_bytes(bytes), END_GUARD, DEBUG_GUARD_BYTES);
    AO_store_release(&header->identity, LIVE ^ (AO_t)header);
    return debug_bytes(header);
}

void *GC_debug_malloc(size_t bytes, const char *file, int line)
{
    return annotate(GC_malloc(with_header(bytes)), bytes, file, line);
}

void *GC_debug_malloc_atomic(size_t bytes, const char *file, int line)
{
    return annotate(GC_malloc_atomic(with_header(bytes)), bytes, file, line);
}

void *GC_debug_malloc_uncollectable(size_t bytes, const char *file, int line)
{
    return annotate(GC_malloc_uncollectable(with_header(bytes)), bytes, file,
                    line);
}

void *GC_debug_malloc_atomic_uncollectable(size_t bytes, const char *file,
                                           int line)
{
    return annotate(GC_malloc_atomic_uncollectable(with_header(bytes)), bytes,
                    file, line);
}

void *GC_debug_malloc_ignore_off_page(size_t bytes, const char *file, int line)
{
    return kept_by_start(GC_debug_malloc(bytes, file, line), bytes);
}

void *GC_debug_malloc_atomic_ignore_off_page(size_t bytes, const char *file,
                                             int line)
{
    return kept_by_start(GC_debug_malloc_atomic(bytes, file, line), bytes);
}

void *GC_debug_malloc_stubborn(size_t bytes, const char *file, int line)
{
    return GC_debug_malloc(bytes, file, line);
}

void *GC_debug_malloc_replacement(size_t bytes)
{
    return GC_debug_malloc(bytes, NULL, 0);
}

void *GC_debug_generic_or_special_malloc(size_t bytes, int kind,
                                         const char *file, int line)
{
    return annotate(GC_generic_or_special_malloc(with_header(bytes), kind),
                    bytes, file, line);
}

/* The table stands where the program's part begins; the procedure that the program
 * gave for these knows of the header. */
void *GC_debug_gcj_malloc(size_t bytes, void *table, const char *file, int line)
{
    void **object =
        annotate(GC_generic_malloc(with_header(bytes), GC_gcj_debug_kind),
                 bytes, file, line);
    if (object != NULL)
        *object = table;
    return object;
}

static char *copy(const char *string, size_t length, const char *file, int line)
{
    char *text = GC_debug_malloc_atomic(length + 1, file, line);
    if (text == NULL)
        return NULL;
    memcpy(text, string, length);
    text[length] = '\0';
    return text;
}

char *GC_debug_strdup(const char *string, const char *file, int line)
{
    return string == NULL ? NULL : copy(string, strlen(string), file, line);
}

char *GC_debug_strndup(const char *string, size_t most, const char *file,
                       int line)
{
    return copy(string, strnlen(string, most), file, line);
}

/* -------------------------------------------------------------------- freeing */

static bool is_uncollectable(const struct debug_header *header)
{
    int kind = GC_get_kind_and_size(header, NULL);
    return kind == COMPAT_UNCOLLECTABLE || kind == COMPAT_ATOMIC_UNCOLLECTABLE;
}

static void free_header(struct debug_header *header)
{
    if (is_uncollectable(header)) {
        AO_store_release(&header->identity, 0);
        GC_free(header);
        return;
    }
    memset(debug_bytes(header), FREED_BYTE, header->bytes);
    AO_store_release(&header->identity, FREED ^ (AO_t)header);
}

void GC_debug_free(void *object)
{
    if (object == NULL)
        return;
    struct debug_header *header = header_of(object, "GC_debug_free");
    if (header == NULL) {
        GC_free(object);
        return;
    }
    const char *smashed = gc__compat_debug_smashed(header);
    if (gc__compat_debug_is_freed(header)) {
        GC_err_printf("GC_debug_free: freed before: ");
        gc__compat_debug_print(header, "");
        return;
    }
    if (smashed != NULL) {
        GC_err_printf("GC_debug_free: found smashed location at %p in or near "
                      "object at ",
                      (const void *)smashed);
        gc__compat_debug_print(header, "");
    }
    free_header(header);
}

static void *allocate_like(const struct debug_header *header, size_t bytes,
                           const char *file, int line)
{
    int kind = GC_get_kind_and_size(header, NULL);
    return GC_debug_generic_or_special_malloc(bytes, kind, file, line);
}

void *GC_debug_realloc(void *object, size_t bytes, const char *file, int line)
{
    if (object == NULL)
        return GC_debug_malloc(bytes, file, line);
    if (bytes == 0) {
        GC_debug_free(object);
        return NULL;
    }
    struct debug_header *header = header_of(object, "GC_debug_realloc");
    if (header == NULL)
        return GC_realloc(object, bytes);
    void *moved = allocate_like(header, bytes, file, line);
    if (moved == NULL)
        return NULL;
    memcpy(moved, object, header->bytes < bytes ? header->bytes : bytes);
    GC_debug_free(object);
    return moved;
}

void *GC_debug_realloc_replacement(void *object, size_t bytes)
{
    return GC_debug_realloc(object, bytes, NULL, 0);
}

/* --------------------------------------------------------------------- others */

size_t GC_get_debug_header_size(void)
{
    return DEBUG_HEADER_BYTES;
}

void GC_debug_register_displacement(size_t bytes)
{
    GC_register_displacement(bytes);
    GC_register_displacement(bytes + DEBUG_HEADER_BYTES);
}

void GC_debug_change_stubborn(const void *object)
{
    (void)object;
}

void GC_debug_end_stubborn_change(const void *object)
{
    (void)object;
}

void GC_debug_ptr_store_and_dirty(void *place, const void *pointer)
{
    void *value = GC_is_valid_displacement((void *)(uintptr_t)pointer);
    *(void **)GC_is_visible(place) = value;
}
