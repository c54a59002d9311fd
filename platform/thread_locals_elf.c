/* SPDX-License-Identifier: MIT */
/* Thread-local variables by the vectors of glibc's threads.
 *
 * Sources: U. Drepper, "ELF Handling For Thread-Local Storage", 2013, on blocks
 * and vectors; nptl_db/structs.def, nptl_db/td_thr_tlsbase.c and elf/dl-tls.c of
 * glibc 2.33 to 2.36 on how they change.  Offsets are read from the symbols that
 * libc has for debuggers, _thread_db_...: three numbers each, the bits of a
 * field, how many there are, and the offset in bytes.
 *
 * A thread has one block for all modules that were there at the start, and some
 * room for more.  It lies beside what libc keeps of the thread, and is there as
 * long as the thread.  For each other module the thread allocates a block when
 * it first needs it, and writes it into its vector: entry[-1] says how many
 * entries there are, entry[0] up to which generation of the loader's slots the
 * vector has been brought, entry[n] where the block of module n is.
 *
 * Which entries can be trusted:
 *
 * - Slot n names the module that has the number n, and the generation in which
 *   this came to be, counted up at each dlopen() and dlclose().  The slots are
 *   never freed, and can be read without a lock: a loader that is stopped in the
 *   middle has not yet counted up.
 * - A thread that brings its vector to a generation frees the blocks of all
 *   slots that changed since the vector's old generation, resets their entries
 *   and only then writes the new generation.  So an entry whose slot is younger
 *   than the vector is of a module that is gone, and its block may be freed or
 *   about to be: it is left alone.  Nothing is lost, since no thread has a block
 *   of the new module before its vector is brought that far.
 * - An entry whose slot is not younger holds a block of that slot's module, or
 *   none.  Its size is the one listed if the slot has the same age as when the
 *   modules were listed: a number that comes back to use has another age.  The
 *   slots are read before the sizes, so that what changes in between shows.
 * - A slot without an age is of a module that is being loaded, which nobody uses
 *   yet, or of one that was there at the start and has no block of its own.  The
 *   first slot is nobody's, whatever it says, since numbers begin with 1.
 *
 * One moment remains.  A vector that is too short is reallocated, and the old
 * one is freed before the thread points at the new one: then the first word of
 * the old one, its count, is the allocator's, and if somebody else got the
 * memory, all of it is theirs.  An impossible count is told to the caller.  And
 * whatever the vector says, nothing is read before the system has said that it
 * can be. */

#define _GNU_SOURCE /* dl_iterate_phdr, RTLD_DEFAULT */

#include "platform/thread_locals.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>

#include "platform/mapping.h"

#if defined(__x86_64__)
enum { IS_BLOCK_BELOW_THREAD = 1 }; /* "variant II" */
#else
enum { IS_BLOCK_BELOW_THREAD = 0 };
#endif

enum { MOST_ENTRIES = 1 << 20, BITS = 8 };

/* Memory of libc's, which another thread may be writing. */
__attribute__((no_sanitize("address", "thread"))) static uintptr_t
word_at(uintptr_t address)
{
    return *(const volatile uintptr_t *)address;
}

/* ------------------------------------------------------------------ layout */

struct field {
    const char *name;
    size_t place; /* of the offset in the layout */
};

static const struct field fields[] = {
    {"_thread_db_rtld_global__dl_tls_dtv_slotinfo_list",
     offsetof(struct thread_local_layout, slots_at)},
    {"_thread_db_dtv_slotinfo_list_len",
     offsetof(struct thread_local_layout, list_count_at)},
    {"_thread_db_dtv_slotinfo_list_next",
     offsetof(struct thread_local_layout, list_next_at)},
    {"_thread_db_dtv_slotinfo_list_slotinfo",
     offsetof(struct thread_local_layout, list_slots_at)},
    {"_thread_db_dtv_slotinfo_map",
     offsetof(struct thread_local_layout, slot_module_at)},
    {"_thread_db_dtv_slotinfo_gen",
     offsetof(struct thread_local_layout, slot_age_at)},
    {"_thread_db_pthread_dtvp",
     offsetof(struct thread_local_layout, vector_at)},
    {"_thread_db_dtv_t_counter",
     offsetof(struct thread_local_layout, entry_count_at)},
    {"_thread_db_dtv_t_pointer_val",
     offsetof(struct thread_local_layout, entry_block_at)},
};

static bool read_offsets(struct thread_local_layout *layout)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const uint32_t *field = dlsym(RTLD_DEFAULT, fields[i].name);
        if (field == NULL || field[2] % WORD_BYTES != 0)
            return false;
        *(size_t *)((char *)layout + fields[i].place) = field[2];
    }
    return true;
}

static bool read_sizes(struct thread_local_layout *layout)
{
    const uint32_t *thread = dlsym(RTLD_DEFAULT, "_thread_db_sizeof_pthread");
    const uint32_t *slot =
        dlsym(RTLD_DEFAULT, "_thread_db_sizeof_dtv_slotinfo");
    const uint32_t *vector = dlsym(RTLD_DEFAULT, "_thread_db_dtv_dtv");
    void *loader = dlsym(RTLD_DEFAULT, "_rtld_global");
    if (thread == NULL || slot == NULL || vector == NULL || loader == NULL)
        return false;
    layout->loader = (uintptr_t)loader;
    layout->thread_bytes = *thread;
    layout->slot_bytes = *slot;
    layout->entry_bytes = vector[0] / BITS;
    return vector[2] == 0;
}

/* The loader's function for sanitizers says how much of the block there is; on
 * x86-64 it counts what libc keeps of the thread as a part. */
static bool read_block(struct thread_local_layout *layout)
{
    void (*read_static)(size_t * bytes, size_t * alignment);
    *(void **)&read_static = dlsym(RTLD_DEFAULT, "_dl_get_tls_static_info");
    if (read_static == NULL)
        return false;
    size_t bytes, alignment;
    read_static(&bytes, &alignment);
    layout->block = IS_BLOCK_BELOW_THREAD
                        ? (struct range){layout->thread_bytes - bytes, 0}
                        : (struct range){layout->thread_bytes,
                                         layout->thread_bytes + bytes};
    return bytes > layout->thread_bytes || !IS_BLOCK_BELOW_THREAD;
}

static struct range block_of(const struct thread_local_layout *layout,
                             uintptr_t thread)
{
    return (struct range){thread + layout->block.low,
                          thread + layout->block.high};
}

/* ------------------------------------------------------------------- slots */

struct slots {
    const struct thread_local_layout *layout;
    uintptr_t part;
    size_t at; /* in the part */
};

static struct slots slots_of(const struct thread_local_layout *layout)
{
    return (struct slots){layout, word_at(layout->loader + layout->slots_at),
                          0};
}

static bool next_slot(struct slots *slots, struct thread_local_module *slot)
{
    const struct thread_local_layout *layout = slots->layout;
    while (slots->part != 0 &&
           slots->at == word_at(slots->part + layout->list_count_at)) {
        slots->part = word_at(slots->part + layout->list_next_at);
        slots->at = 0;
    }
    if (slots->part == 0)
        return false;
    uintptr_t address =
        slots->part + layout->list_slots_at + layout->slot_bytes * slots->at++;
    slot->age = word_at(address + layout->slot_age_at);
    slot->module = word_at(address + layout->slot_module_at);
    slot->bytes = 0;
    return true;
}

static bool is_listed(const struct thread_local_modules *modules, size_t number,
                      const struct thread_local_module *slot)
{
    return number < modules->count &&
           modules->at[number].module == slot->module &&
           modules->at[number].age == slot->age;
}

bool gc__thread_local_modules_are_current(
    const struct thread_local_layout *layout,
    const struct thread_local_modules *modules)
{
    struct slots slots = slots_of(layout);
    struct thread_local_module slot;
    for (size_t number = 0; next_slot(&slots, &slot); number++)
        if (slot.module != 0 && !is_listed(modules, number, &slot))
            return false;
    return true;
}

/* ----------------------------------------------------------------- listing */

static int add_size(struct dl_phdr_info *info, size_t bytes, void *context)
{
    struct thread_local_modules *modules = context;
    if (bytes < offsetof(struct dl_phdr_info, dlpi_tls_data))
        return 1;
    if (info->dlpi_tls_modid == 0 || info->dlpi_tls_modid >= modules->count)
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_TLS)
            modules->at[info->dlpi_tls_modid].bytes =
                info->dlpi_phdr[i].p_memsz;
    return 0;
}

bool gc__thread_local_modules(const struct thread_local_layout *layout,
                              struct thread_local_modules *modules)
{
    struct slots slots = slots_of(layout);
    struct thread_local_module slot;
    modules->count = 0;
    for (size_t number = 0; next_slot(&slots, &slot); number++) {
        if (slot.module != 0)
            modules->count = number + 1;
        if (number < modules->capacity)
            modules->at[number] = slot;
    }
    if (modules->count > modules->capacity)
        return false;
    dl_iterate_phdr(add_size, modules);
    return true;
}

/* ------------------------------------------------------------------ vector */

struct vector {
    uintptr_t low; /* entry 0 */
    size_t count;
    size_t age;
};

static bool read_vector(const struct thread_local_layout *layout,
                        uintptr_t thread, struct vector *vector)
{
    uintptr_t low = word_at(thread + layout->vector_at);
    uintptr_t head = low - layout->entry_bytes;
    if (low % WORD_BYTES != 0 || head > low ||
        !gc__is_readable((struct range){head, low + layout->entry_bytes}))
        return false;
    vector->low = low;
    vector->count = word_at(head + layout->entry_count_at);
    vector->age = word_at(low + layout->entry_count_at);
    return vector->count < MOST_ENTRIES &&
           gc__is_readable((struct range){head, low + layout->entry_bytes *
                                                          (vector->count + 1)});
}

/* Where the thread's block of the module is, or 0.  An entry without a block is
 * all ones, or all zeros where the vector was made longer. */
static uintptr_t entry_of(const struct thread_local_layout *layout,
                          const struct vector *vector, size_t number)
{
    if (number > vector->count)
        return 0;
    uintptr_t entry = word_at(vector->low + layout->entry_bytes * number +
                              layout->entry_block_at);
    return entry == UINTPTR_MAX ? 0 : entry;
}

/* Some thread, and whether it is libc's: on x86-64 the first word of what libc
 * keeps of it is its own address. */
static bool is_thread(const struct thread_local_layout *layout,
                      uintptr_t thread)
{
    return thread % WORD_BYTES == 0 &&
           gc__is_readable(
               (struct range){thread, thread + layout->thread_bytes}) &&
           gc__is_readable(block_of(layout, thread)) &&
           (!IS_BLOCK_BELOW_THREAD || word_at(thread) == thread);
}

bool gc__thread_locals(const struct thread_local_layout *layout,
                       const struct thread_local_modules *modules,
                       uintptr_t thread, gc__thread_local_visitor *visit,
                       void *context)
{
    if (!is_thread(layout, thread))
        return false;
    struct range own = block_of(layout, thread);
    if (!visit(own, context))
        return true;
    struct vector vector;
    if (!read_vector(layout, thread, &vector))
        return false;

    bool is_all = true;
    struct slots slots = slots_of(layout);
    struct thread_local_module slot;
    for (size_t number = 0; next_slot(&slots, &slot); number++) {
        if (slot.age == 0 || slot.age > vector.age ||
            !is_listed(modules, number, &slot))
            continue;
        uintptr_t low = entry_of(layout, &vector, number);
        struct range block = {low, low + modules->at[number].bytes};
        if (low == 0 || range_contains(own, low) || block.low >= block.high)
            continue;
        if (!gc__is_readable(block))
            is_all = false;
        else if (!visit(block, context))
            return true;
    }
    return is_all;
}

/* The first module has been there from the start, so its variables have to be
 * in the calling thread's block: a layout that says otherwise is wrong. */
static bool is_plausible(const struct thread_local_layout *layout)
{
    uintptr_t thread = (uintptr_t)pthread_self();
    struct vector vector;
    return is_thread(layout, thread) && read_vector(layout, thread, &vector) &&
           range_contains(block_of(layout, thread),
                          entry_of(layout, &vector, 1));
}

bool gc__thread_local_layout(struct thread_local_layout *layout)
{
    return read_offsets(layout) && read_sizes(layout) && read_block(layout) &&
           is_plausible(layout);
}
