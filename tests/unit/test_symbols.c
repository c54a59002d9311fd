/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* pwrite, RTLD_NOLOAD */

#include <check.h>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <gnu/lib-names.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/symbols.h"
#include "tests/suite.h"

static volatile long a_static_variable[4] = {1, 2, 3, 4};
static _Thread_local volatile long a_thread_local_variable[4];

__attribute__((noinline)) static long a_static_function(long value)
{
    __asm__ volatile("" : "+r"(value) : : "memory");
    return value + a_static_variable[1];
}

/* ------------------------------------------------------------------------
 * A file to damage: a copy of this program, without a name. */

static FILE *copy;
static char copy_path[32];
static unsigned char *original;
static size_t original_bytes;

static void *read_whole(const char *path, size_t *bytes)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(fstat(file, &status), 0);
    *bytes = (size_t)status.st_size;
    unsigned char *contents = malloc(*bytes);
    ck_assert_ptr_nonnull(contents);
    ck_assert_int_eq(read(file, contents, *bytes), status.st_size);
    close(file);
    return contents;
}

static void write_copy_at(size_t offset, const void *from, size_t bytes)
{
    ck_assert_int_eq(pwrite(fileno(copy), from, bytes, (off_t)offset),
                     (ssize_t)bytes);
}

static void restore_copy(void)
{
    ck_assert_int_eq(ftruncate(fileno(copy), 0), 0);
    write_copy_at(0, original, original_bytes);
}

static void setup(void)
{
    original = read_whole("/proc/self/exe", &original_bytes);
    copy = tmpfile();
    ck_assert_ptr_nonnull(copy);
    snprintf(copy_path, sizeof copy_path, "/proc/self/fd/%d", fileno(copy));
    restore_copy();
}

static void teardown(void)
{
    fclose(copy);
    free(original);
}

static bool is_this_program(const char *module)
{
    char path[PATH_MAX];
    ssize_t bytes = readlink("/proc/self/exe", path, sizeof path - 1);
    ck_assert_int_gt(bytes, 0);
    path[bytes] = '\0';
    size_t length = strlen(module);
    return length > 0 && length <= (size_t)bytes &&
           strcmp(path + (size_t)bytes - length, module) == 0;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static struct symbol found(const volatile void *address)
{
    struct symbol symbol;
    ck_assert_int_eq(gc__symbol_find((uintptr_t)address, &symbol),
                     SYMBOL_FOUND);
    ck_assert_uint_lt((uintptr_t)address - symbol.start, symbol.bytes);
    return symbol;
}

static uintptr_t file_address_of(const volatile void *address)
{
    return found(address).file_address;
}

/* ------------------------------------------------------------------------
 * The process */

START_TEST(a_static_variable_is_found_by_any_address_in_it)
{
    struct symbol symbol = found(&a_static_variable[2]);
    ck_assert_str_eq(symbol.name, "a_static_variable");
    ck_assert_int_eq(symbol.kind, SYMBOL_VARIABLE);
    ck_assert_uint_eq(symbol.start, (uintptr_t)a_static_variable);
    ck_assert_uint_ge(symbol.bytes, sizeof a_static_variable);
    ck_assert(is_this_program(symbol.module));

    const volatile char *last = (const volatile char *)(a_static_variable + 4);
    ck_assert_str_eq(found(last - 1).name, "a_static_variable");
}
END_TEST

START_TEST(a_function_is_found_by_an_address_in_its_code)
{
    ck_assert_int_eq(a_static_function(1), 3);
    uintptr_t start = (uintptr_t)a_static_function;
    struct symbol symbol = found((void *)(start + 1));
    ck_assert_str_eq(symbol.name, "a_static_function");
    ck_assert_int_eq(symbol.kind, SYMBOL_FUNCTION);
    ck_assert_uint_eq(symbol.start, start);
}
END_TEST

START_TEST(a_thread_local_variable_is_found)
{
    a_thread_local_variable[0] = 1;
    struct symbol symbol = found(&a_thread_local_variable[1]);
    ck_assert_str_eq(symbol.name, "a_thread_local_variable");
    ck_assert_int_eq(symbol.kind, SYMBOL_THREAD_LOCAL);
    ck_assert_uint_eq(symbol.start, (uintptr_t)a_thread_local_variable);
}
END_TEST

START_TEST(names_of_a_stripped_library_come_from_its_dynamic_symbols)
{
    void *library = dlopen(LIBC_SO, RTLD_NOW | RTLD_NOLOAD);
    ck_assert_ptr_nonnull(library);
    struct symbol symbol = found(dlsym(library, "qsort"));
    ck_assert_str_eq(symbol.name, "qsort");
    ck_assert_str_eq(base_name(symbol.module), LIBC_SO);
    dlclose(library);
}
END_TEST

START_TEST(the_shortest_of_several_names_is_given)
{
    void *library = dlopen(LIBC_SO, RTLD_NOW | RTLD_NOLOAD);
    ck_assert_ptr_nonnull(library);
    ck_assert_str_eq(found(dlsym(library, "__environ")).name, "environ");
    dlclose(library);
}
END_TEST

START_TEST(a_name_comes_without_the_version_that_the_linker_added)
{
    struct symbol symbol = found(&stdout);
    ck_assert_str_eq(symbol.name, "stdout");
}
END_TEST

START_TEST(a_stack_a_heap_and_a_hole_have_no_name)
{
    struct symbol symbol;
    int local;
    void *small = malloc(100);
    void *large = malloc(1 << 22);
    ck_assert_int_eq(gc__symbol_find((uintptr_t)&local, &symbol),
                     SYMBOL_UNKNOWN);
    ck_assert_int_eq(gc__symbol_find((uintptr_t)small, &symbol),
                     SYMBOL_UNKNOWN);
    ck_assert_int_eq(gc__symbol_find((uintptr_t)large, &symbol),
                     SYMBOL_UNKNOWN);
    ck_assert_int_eq(gc__symbol_find(0, &symbol), SYMBOL_UNKNOWN);
    ck_assert_int_eq(gc__symbol_find(UINTPTR_MAX, &symbol), SYMBOL_UNKNOWN);
    free(small);
    free(large);
}
END_TEST

START_TEST(a_module_without_a_file_is_named_all_the_same)
{
    uintptr_t vdso = getauxval(AT_SYSINFO_EHDR);
    if (vdso == 0)
        return; /* a kernel without one */
    struct symbol symbol;
    ck_assert_int_eq(gc__symbol_find(vdso, &symbol), SYMBOL_MODULE_ONLY);
    ck_assert_ptr_nonnull(strstr(symbol.module, "vdso"));
    ck_assert_str_eq(symbol.name, "");
    ck_assert_uint_eq(symbol.file_address, 0);
}
END_TEST

static void write_whole(const char *path, const void *contents, size_t bytes)
{
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(contents, 1, bytes, file), bytes);
    ck_assert_int_eq(fclose(file), 0);
}

/* What another build of the same library looks like. */
static void change_build_id(unsigned char *file)
{
    Elf64_Ehdr header;
    memcpy(&header, file, sizeof header);
    for (size_t i = 0; i < header.e_phnum; i++) {
        Elf64_Phdr segment;
        memcpy(&segment, file + header.e_phoff + i * sizeof segment,
               sizeof segment);
        if (segment.p_type == PT_NOTE)
            file[segment.p_offset + segment.p_filesz - 1] ^= 1;
    }
}

static void expect_module_only(const void *address, const char *module)
{
    struct symbol symbol;
    ck_assert_int_eq(gc__symbol_find((uintptr_t)address, &symbol),
                     SYMBOL_MODULE_ONLY);
    ck_assert_str_eq(symbol.module, module);
}

START_TEST(a_library_that_was_replaced_or_deleted_lends_no_wrong_names)
{
    void *library = dlopen(LIBM_SO, RTLD_NOW);
    ck_assert_ptr_nonnull(library);
    struct symbol symbol = found(dlsym(library, "cbrt"));

    char path[] = "/tmp/test_symbols.XXXXXX";
    int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
    size_t bytes;
    unsigned char *contents = read_whole(symbol.module, &bytes);
    write_whole(path, contents, bytes);
    void *again = dlopen(path, RTLD_NOW);
    ck_assert_ptr_nonnull(again);
    void *address = dlsym(again, "cbrt");
    ck_assert_uint_ne((uintptr_t)address, symbol.start);
    ck_assert_str_eq(found(address).name, "cbrt");

    ck_assert_int_eq(unlink(path), 0);
    expect_module_only(address, path);
    change_build_id(contents);
    write_whole(path, contents, bytes);
    expect_module_only(address, path);
    free(contents);

    ck_assert_int_eq(unlink(path), 0);
    dlclose(again);
    dlclose(library);
}
END_TEST

/* ------------------------------------------------------------------------
 * A damaged file */

static bool is_valid(const struct symbol *symbol, uintptr_t address)
{
    size_t length = strnlen(symbol->name, sizeof symbol->name);
    if (length == 0 || length == sizeof symbol->name)
        return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)symbol->name[i] < ' ')
            return false;
    return address - symbol->start < symbol->bytes;
}

/* Whatever the answer, it is a proper one. */
static bool try_copy(uintptr_t address)
{
    struct symbol symbol;
    bool is_found = gc__symbol_find_in_file(copy_path, address, false, &symbol);
    ck_assert(!is_found || is_valid(&symbol, address));
    return is_found;
}

START_TEST(a_file_is_searched_without_being_loaded)
{
    struct symbol symbol;
    uintptr_t address = file_address_of(&a_static_variable[1]);
    ck_assert(gc__symbol_find_in_file(copy_path, address, false, &symbol));
    ck_assert_str_eq(symbol.name, "a_static_variable");
    ck_assert_uint_eq(symbol.start, address - sizeof a_static_variable[0]);

    address = file_address_of(a_thread_local_variable);
    ck_assert(gc__symbol_find_in_file(copy_path, address, true, &symbol));
    ck_assert_str_eq(symbol.name, "a_thread_local_variable");
}
END_TEST

START_TEST(a_file_that_is_no_program_names_nothing)
{
    struct symbol symbol;
    ck_assert(!gc__symbol_find_in_file("/nonexistent", 0, false, &symbol));
    ck_assert(!gc__symbol_find_in_file("/dev/zero", 0, false, &symbol));
    ck_assert(!gc__symbol_find_in_file("/tmp", 0, false, &symbol));
    ck_assert(!gc__symbol_find_in_file("/proc/self/maps", 0, false, &symbol));
    ck_assert_int_eq(ftruncate(fileno(copy), 0), 0);
    ck_assert(!try_copy(0));
}
END_TEST

START_TEST(a_file_cut_at_any_place_is_survived)
{
    uintptr_t address = file_address_of(a_static_variable);
    size_t step = original_bytes / 500 + 1;
    for (size_t bytes = original_bytes; bytes > step; bytes -= step) {
        ck_assert_int_eq(ftruncate(fileno(copy), (off_t)bytes), 0);
        try_copy(address);
    }
    for (size_t bytes = 100; bytes-- > 0;) {
        ck_assert_int_eq(ftruncate(fileno(copy), (off_t)bytes), 0);
        ck_assert(!try_copy(address));
    }
}
END_TEST

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static void damage(size_t offset, uint64_t *random)
{
    static const unsigned char favourites[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    uint64_t dice = next_random(random);
    unsigned char byte = favourites[dice % sizeof favourites];
    if (dice % 3 == 0)
        byte = (unsigned char)(dice >> 8);
    write_copy_at(offset, &byte, 1);
}

static void damage_and_try(size_t low, size_t bytes, unsigned rounds)
{
    uintptr_t address = file_address_of(a_static_variable);
    uint64_t random = low;
    for (unsigned round = 0; round < rounds; round++) {
        size_t count = 1 + next_random(&random) % 8;
        for (size_t i = 0; i < count; i++)
            damage(low + next_random(&random) % bytes, &random);
        try_copy(address);
        write_copy_at(low, original + low, bytes);
    }
    ck_assert(try_copy(address));
}

static Elf64_Ehdr header_of_copy(void)
{
    Elf64_Ehdr header;
    memcpy(&header, original, sizeof header);
    return header;
}

static Elf64_Shdr section_of_copy(uint32_t type)
{
    Elf64_Ehdr header = header_of_copy();
    Elf64_Shdr section;
    for (size_t i = 0; i < header.e_shnum; i++) {
        memcpy(&section, original + header.e_shoff + i * sizeof section,
               sizeof section);
        if (section.sh_type == type)
            return section;
    }
    ck_abort_msg("no section of type %u", type);
    return section;
}

START_TEST(a_damaged_file_header_is_survived)
{
    damage_and_try(0, sizeof(Elf64_Ehdr), 2000);
}
END_TEST

START_TEST(damaged_section_headers_are_survived)
{
    Elf64_Ehdr header = header_of_copy();
    damage_and_try(header.e_shoff, header.e_shnum * sizeof(Elf64_Shdr), 3000);
}
END_TEST

START_TEST(a_damaged_symbol_table_is_survived)
{
    Elf64_Shdr section = section_of_copy(SHT_SYMTAB);
    damage_and_try(section.sh_offset, section.sh_size, 500);
}
END_TEST

START_TEST(a_file_without_section_headers_names_nothing)
{
    Elf64_Ehdr header = header_of_copy();
    header.e_shoff = 0;
    header.e_shnum = 0;
    write_copy_at(0, &header, sizeof header);
    ck_assert(!try_copy(file_address_of(a_static_variable)));
}
END_TEST

START_TEST(a_control_character_in_a_name_is_replaced)
{
    static const char name[] = "a_static_variable";
    for (size_t i = 0; i + sizeof name <= original_bytes; i++)
        if (memcmp(original + i, name, sizeof name) == 0)
            write_copy_at(i + 1, "\x1b", 1);

    struct symbol symbol;
    uintptr_t address = file_address_of(a_static_variable);
    ck_assert(gc__symbol_find_in_file(copy_path, address, false, &symbol));
    ck_assert_str_eq(symbol.name, "a?static_variable");
}
END_TEST

FIXTURE_SUITE("symbols", setup, teardown,
              a_static_variable_is_found_by_any_address_in_it,
              a_function_is_found_by_an_address_in_its_code,
              a_thread_local_variable_is_found,
              names_of_a_stripped_library_come_from_its_dynamic_symbols,
              the_shortest_of_several_names_is_given,
              a_name_comes_without_the_version_that_the_linker_added,
              a_stack_a_heap_and_a_hole_have_no_name,
              a_module_without_a_file_is_named_all_the_same,
              a_library_that_was_replaced_or_deleted_lends_no_wrong_names,
              a_file_is_searched_without_being_loaded,
              a_file_that_is_no_program_names_nothing,
              a_file_cut_at_any_place_is_survived,
              a_damaged_file_header_is_survived,
              damaged_section_headers_are_survived,
              a_damaged_symbol_table_is_survived,
              a_file_without_section_headers_names_nothing,
              a_control_character_in_a_name_is_replaced)
