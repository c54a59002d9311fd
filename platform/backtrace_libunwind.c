/* SPDX-License-Identifier: MIT */
/* Source: libunwind(3), libunwind-dynamic(3). */

#define _GNU_SOURCE /* mincore, syscall */

#include "platform/backtrace.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/atomics.h"
#include "base/check.h"

/* libunwind.h gives its functions other names, which depend on the processor:
 * unw_step is _ULx86_64_step. */
#define EXPANDED_NAME(macro) NAME_OF(macro)
#define NAME_OF(name)        #name

#if defined(__aarch64__)
enum { FRAME_POINTER = UNW_AARCH64_X29 };
static const unw_regnum_t preserved[] = {
    UNW_AARCH64_X19, UNW_AARCH64_X20, UNW_AARCH64_X21, UNW_AARCH64_X22,
    UNW_AARCH64_X23, UNW_AARCH64_X24, UNW_AARCH64_X25, UNW_AARCH64_X26,
    UNW_AARCH64_X27, UNW_AARCH64_X28, UNW_AARCH64_X29,
};
#else
enum { FRAME_POINTER = UNW_TDEP_BP };
static const unw_regnum_t preserved[] = {
    UNW_X86_64_RBX, UNW_X86_64_RBP, UNW_X86_64_R12,
    UNW_X86_64_R13, UNW_X86_64_R14, UNW_X86_64_R15,
};
#endif

enum { PRESERVED = sizeof preserved / sizeof *preserved };

static const char *const LIBUNWIND = "libunwind.so.8";

enum { UNTRIED, PRESENT, ABSENT };

/* Two threads that come first at the same moment write the same values. */
static struct {
    AO_t state; /* atomic: acquire and release, for the functions below */
    const char *file_name; /* NULL: LIBUNWIND */
    int (*init_local)(unw_cursor_t *, unw_context_t *);
    int (*step)(unw_cursor_t *);
    int (*get_reg)(unw_cursor_t *, unw_regnum_t, unw_word_t *);
    int (*is_signal_frame)(unw_cursor_t *);
    int (*get_save_loc)(unw_cursor_t *, int, unw_save_loc_t *);
} library;

/* ISO C has no conversion from dlsym's result to a pointer to a function. */
static bool look_up(void *handle, const char *name, void *function)
{
    void *symbol = dlsym(handle, name);
    memcpy(function, &symbol, sizeof symbol);
    return symbol != NULL;
}

static bool load_library(void)
{
    const char *file_name =
        library.file_name == NULL ? LIBUNWIND : library.file_name;
    void *handle = dlopen(file_name, RTLD_LOCAL | RTLD_NOW);
    if (handle == NULL)
        return false;
    if (look_up(handle, EXPANDED_NAME(unw_init_local), &library.init_local) &&
        look_up(handle, EXPANDED_NAME(unw_step), &library.step) &&
        look_up(handle, EXPANDED_NAME(unw_get_reg), &library.get_reg) &&
        look_up(handle, EXPANDED_NAME(unw_is_signal_frame),
                &library.is_signal_frame) &&
        look_up(handle, EXPANDED_NAME(unw_get_save_loc), &library.get_save_loc))
        return true;
    dlclose(handle);
    return false;
}

bool gc__backtrace_is_complete(void)
{
    if (AO_load_acquire(&library.state) == UNTRIED)
        AO_store_release(&library.state, load_library() ? PRESENT : ABSENT);
    return AO_load_acquire(&library.state) == PRESENT;
}

void gc__backtrace_use_library(const char *file_name)
{
    library.file_name = file_name;
    AO_store_release(&library.state, UNTRIED);
}

static struct frame innermost(const struct registers *registers)
{
    uintptr_t sp = gc__registers_stack_pointer(registers);
    return (struct frame){
        .pc = gc__registers_pc(registers),
        .stack = {sp, sp},
    };
}

/* The kernel reads the set before it sees that there is nothing to do with it,
 * which makes this the cheapest question without a side effect.
 * Source: rt_sigprocmask(2); the trick is Abseil's (AddressIsReadable). */
static bool is_readable(uintptr_t address)
{
    const long set_bytes = 8, nothing_to_do = ~0L;
    uintptr_t set = round_down(address, (size_t)set_bytes);
    return syscall(SYS_rt_sigprocmask, nothing_to_do, set, NULL, set_bytes) ==
               0 ||
           errno != EFAULT;
}

static bool is_mapped(uintptr_t address)
{
    unsigned char resident;
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    return mincore((void *)round_down(address, page_bytes), 1, &resident) == 0;
}

/* libunwind 1.6 sees before it reads that memory is not mapped, but not that it
 * is there without being readable.  A damaged stack may point there. */
static bool is_trap(uintptr_t address)
{
    return is_mapped(address) && !is_readable(address);
}

/* Compilers compute the caller's frame from one of these.  Not so from others,
 * which may hold anything: with ASan, numbers that look like its shadow gap. */
static bool is_safe_to_step(unw_cursor_t *cursor)
{
    static const unw_regnum_t used[] = {UNW_REG_IP, UNW_REG_SP, FRAME_POINTER};
    unw_word_t word;
    for (size_t i = 0; i < sizeof used / sizeof *used; i++)
        if (library.get_reg(cursor, used[i], &word) >= 0 &&
            (is_trap(word) || is_trap(word + WORD_BYTES)))
            return false;
    return true;
}

static bool read_frame(unw_cursor_t *cursor, bool was_interrupted,
                       struct frame *frame)
{
    unw_word_t pc, sp;
    if (library.get_reg(cursor, UNW_REG_IP, &pc) < 0 ||
        library.get_reg(cursor, UNW_REG_SP, &sp) < 0 || pc == 0)
        return false;
    *frame = (struct frame){
        .pc = pc,
        .stack = {sp, sp},
        .was_interrupted = was_interrupted,
    };
    return true;
}

/* Goes to the caller, if it has one and its frame lies above. */
static bool step(unw_cursor_t *cursor, struct frame *frame,
                 struct frame *caller)
{
    if (!is_safe_to_step(cursor))
        return false;
    bool is_signal_frame = library.is_signal_frame(cursor) > 0;
    if (library.step(cursor) <= 0 ||
        !read_frame(cursor, is_signal_frame, caller) ||
        caller->stack.low <= frame->stack.low)
        return false;
    frame->stack.high = caller->stack.low;
    return true;
}

size_t gc__backtrace(const struct registers *registers, struct frame *frames,
                     size_t capacity)
{
    CHECK(capacity > 0);
    frames[0] = innermost(registers);
    if (!gc__backtrace_is_complete())
        return 1;

    unw_cursor_t cursor;
    struct registers copy = *registers; /* the cursor may write to them */
    if (library.init_local(&cursor, &copy.context) < 0)
        return 1;

    size_t count = 1;
    struct frame caller;
    while (step(&cursor, &frames[count - 1], &caller) && count < capacity)
        frames[count++] = caller;
    return count;
}

/* Where the value stands that the register has in the function at the cursor;
 * 0 if nobody knows. */
static uintptr_t place_of(unw_cursor_t *cursor, unw_regnum_t number)
{
    unw_save_loc_t place;
    if (library.get_save_loc(cursor, number, &place) < 0 ||
        place.type != UNW_SLT_MEMORY)
        return 0;
    return place.u.addr;
}

static bool is_word_in_memory(uintptr_t address)
{
    return address != 0 && address % WORD_BYTES == 0 && is_readable(address);
}

static size_t find_place(const struct held_register *held, size_t count,
                         uintptr_t address)
{
    size_t i = 0;
    while (i < count && held[i].address != address)
        i++;
    return i;
}

/* A function whose callee saved the register is the one that keeps it, unless
 * it left alone what its own caller had there: then the place is the same one
 * frame further out. */
static size_t note_places(unw_cursor_t *cursor, size_t frame,
                          const char *const *names, struct held_register *held,
                          size_t count, size_t capacity)
{
    for (size_t i = 0; i < PRESERVED; i++) {
        uintptr_t address = place_of(cursor, preserved[i]);
        size_t at = find_place(held, count, address);
        bool is_new = at == count;
        if (is_new && (count == capacity || !is_word_in_memory(address)))
            continue;
        held[at] = (struct held_register){address, names[i], frame};
        count += is_new;
    }
    return count;
}

/* The words of the registers themselves tell which name stands for what. */
static void name_preserved(unw_cursor_t *cursor,
                           const struct registers *registers,
                           const char **names)
{
    struct range words = gc__registers_words(registers);
    for (size_t i = 0; i < PRESERVED; i++) {
        uintptr_t address = place_of(cursor, preserved[i]);
        names[i] = range_contains(words, address)
                       ? gc__register_name(registers, address)
                       : "?";
    }
}

static const struct held_register *
find_next_of_same(const struct held_register *held, size_t count, size_t at)
{
    for (size_t i = at + 1; i < count; i++)
        if (held[i].name == held[at].name)
            return &held[i];
    return NULL;
}

/* In a damaged stack, the word may lie in a redzone of a sanitizer. */
__attribute__((no_sanitize("address", "thread"))) static uintptr_t
word_at(uintptr_t address)
{
    return *(const volatile uintptr_t *)address;
}

/* A function that saved a register and has not changed it since keeps nothing
 * of its own in it: the value is the next one's further out. */
static void pass_unchanged_outwards(struct held_register *held, size_t count)
{
    for (size_t i = count; i-- > 0;) {
        const struct held_register *next = find_next_of_same(held, count, i);
        if (next != NULL && word_at(next->address) == word_at(held[i].address))
            held[i].frame = next->frame;
    }
}

size_t gc__backtrace_registers(const struct registers *registers, size_t frames,
                               struct held_register *held, size_t capacity)
{
    if (!gc__backtrace_is_complete())
        return 0;
    unw_cursor_t cursor;
    struct registers copy = *registers;
    struct frame frame, caller;
    if (library.init_local(&cursor, &copy.context) < 0 ||
        !read_frame(&cursor, false, &frame))
        return 0;

    const char *names[PRESERVED];
    size_t count = 0;
    name_preserved(&cursor, &copy, names);
    for (size_t i = 0; i < frames; i++) {
        count = note_places(&cursor, i, names, held, count, capacity);
        if (!step(&cursor, &frame, &caller))
            break;
        frame = caller;
    }

    pass_unchanged_outwards(held, count);

    struct range copied = gc__registers_words(&copy);
    uintptr_t low = gc__registers_words(registers).low;
    for (size_t i = 0; i < count; i++)
        if (range_contains(copied, held[i].address))
            held[i].address += low - copied.low;
    return count;
}

/* After a call of a function that does not return, `pc` may belong to the next
 * function in memory. */
enum symbol_answer gc__frame_function(const struct frame *frame,
                                      struct symbol *symbol)
{
    return gc__symbol_find(frame->pc - (frame->was_interrupted ? 0 : 1),
                           symbol);
}
